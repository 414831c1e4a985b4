"""Every error of the program in one tree, sorted by what to do next.

SfsyncError
├ SettingsError      STOP   sfsync.toml, rules or sheets are wrong (all problems at once)
├ UsageError         STOP   the command was called wrongly
├ FileError          STOP   a file to import cannot be read as what it should be
├ OrgError
│ ├ OrgUnreachable   RETRY  no answer, or an answer that is not Salesforce's
│ │ ├ UnknownHost    WAIT   there is no host of the org's name
│ │ └ StillWorking   RETRY  a Bulk job takes longer than anybody waits for it
│ ├ OrgBusy          RETRY  row lock, concurrent limit, server unavailable
│ ├ SessionExpired   LOGIN  the access token is no longer good
│ ├ BudgetSpent      WAIT   the org's or our own share of API calls is used up
│ ├ OutcomeUnknown   RETRY  a write whose answer never came: read back before anything else
│ ├ RecordRefused    BURY   this record as it stands will never be accepted
│ ├ IncompleteAnswer RETRY  a body that holds less than it said
│ ├ LoginRefused     STOP   the org does not let us in
│ └ OrgRefused       STOP   the org understood and said no
├ PlanError          STOP
│ ├ BrakeHit         STOP   more would change than the brakes allow
│ ├ ApprovalNeeded   STOP   a person has to say yes first
│ └ PlanStale        BURY   a record is no longer as it was when the plan was made
└ MirrorError        STOP
  ├ MirrorTooNew     STOP   written by a newer program
  ├ MirrorOfAnotherOrg STOP
  ├ LeaseHeld        WAIT   another process is writing
  └ LeaseLost        STOP   another process has taken over
"""

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import ClassVar, Self

RUN_NOTE = "sfsync run "
"""What a note of an error that ended a run begins with (`add_note`); the run's number follows."""


class Next(Enum):
    """What to do after an error."""

    RETRY = "retry"  # the same again, later
    LOGIN = "login"  # sign in again, then the same again
    WAIT = "wait"  # the same again when a known thing has changed
    BURY = "bury"  # this record only: put it aside, go on with the others
    STOP = "stop"  # a person has to change something first


@dataclass(frozen=True, slots=True)
class Step:
    """What each part of the program does for one `Next`."""

    retried: bool  # tenacity tries the call again
    outbox_state: str  # the state an outbox entry goes to
    exit_code: int  # what a command ends with
    http_status: int  # what our own HTTP side answers


STEPS: dict[Next, Step] = {
    Next.RETRY: Step(retried=True, outbox_state="WAITING", exit_code=5, http_status=503),
    Next.LOGIN: Step(retried=False, outbox_state="WAITING", exit_code=5, http_status=503),
    Next.WAIT: Step(retried=False, outbox_state="WAITING", exit_code=5, http_status=503),
    Next.BURY: Step(retried=False, outbox_state="REJECTED", exit_code=3, http_status=422),
    Next.STOP: Step(retried=False, outbox_state="WAITING", exit_code=2, http_status=400),
}


@dataclass(frozen=True, slots=True)
class Where:
    """Where a problem is: a place in a file, a record in the org, or a row of a file. Unknown parts are None."""

    file: str | None = None
    line: int | None = None  # 1-based
    column: int | None = None  # 1-based
    key: str | None = None  # dotted, as in `sobjects.Lead.fields`
    sobject: str | None = None
    id: str | None = None
    field: str | None = None
    row: int | None = None  # 1-based data row, the header not counted

    def __str__(self) -> str:
        if self.file is not None:
            place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
            place = f"{place}, row {self.row}" if self.row is not None else place
            return f"{place}: {self.key}" if self.key else place
        if self.sobject is not None:
            named = f"{self.sobject}/{self.id}" if self.id else self.sobject
            named = f"{named}.{self.field}" if self.field else named
            return f"row {self.row}, {named}" if self.row is not None else named
        return f"row {self.row}" if self.row is not None else (self.key or "")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, for a person: what, what to do next, and where."""

    message: str
    next: str = ""
    where: Where = Where()

    def __str__(self) -> str:
        place = str(self.where)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text}\n  next: {self.next}" if self.next else text


class SfsyncError(Exception):
    """The root: an error with the problems it stands for."""

    next: ClassVar[Next] = Next.STOP
    exit_code: ClassVar[int | None] = None  # only where the class differs from its `next`

    def __init__(self, message: str | Problem, *more: Problem, todo: str = "", where: Where | None = None) -> None:
        first = message if isinstance(message, Problem) else Problem(message, todo, where or Where())
        self.problems: tuple[Problem, ...] = (first, *more)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> Self:
        """Make one error out of several problems; there must be at least one."""
        return cls(problems[0], *problems[1:])


class SettingsError(SfsyncError):
    """A settings, rule or sheet file is wrong."""


class UsageError(SfsyncError):
    """The command was called wrongly."""


class FileError(SfsyncError):
    """A file cannot be read as what it should be."""


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def file_error(path: Path, error: OSError, todo: str, then: str = "try again") -> FileError:
    """Make the error for a file the system refuses, with what to do; where there is no room, some is made first."""
    room = f"make room in {path.parent}, or raise the limit that was met, then {then}"
    return FileError(f"{path}: {error.strerror or error}", todo=room if error.errno in _NO_ROOM else todo)


class OrgError(SfsyncError):
    """Something between us and the org."""

    def __init__(self, message: str | Problem, *more: Problem, code: str = "", todo: str = "") -> None:
        super().__init__(message, *more, todo=todo)
        self.code = code  # Salesforce's errorCode, or "" where there was none


class OrgUnreachable(OrgError):
    """No answer, or one that is not Salesforce's."""

    next = Next.RETRY


class UnknownHost(OrgUnreachable):
    """There is no host of that name: to ask again at once is of no use."""

    next = Next.WAIT


class StillWorking(OrgUnreachable):
    """A Bulk job takes longer than anybody waits for it."""


class OrgBusy(OrgError):
    """The org cannot do it just now."""

    next = Next.RETRY


class IncompleteAnswer(OrgError):
    """A body holds less than it said, so nothing of it is believed."""

    next = Next.RETRY

    def __init__(self, message: str | Problem, *more: Problem, code: str = "", todo: str = "") -> None:
        usual = (
            "run it again; if it stays so, show this to Salesforce support, or see what stands between org and sfsync"
        )
        super().__init__(message, *more, code=code, todo=todo or usual)


class SessionExpired(OrgError):
    """The access token is no longer good."""

    next = Next.LOGIN


class BudgetSpent(OrgError):
    """No API calls are left, in the org or in our share."""

    next = Next.WAIT


class OutcomeUnknown(OrgError):
    """A write may or may not have happened; only a look at the org can tell."""

    next = Next.RETRY


class RecordRefused(OrgError):
    """The org will never accept this record as it stands."""

    next = Next.BURY


class LoginRefused(OrgError):
    """The org does not let us in."""

    exit_code = 5


class OrgRefused(OrgError):
    """The org understood the request and said no."""

    exit_code = 5


class PlanError(SfsyncError):
    """A plan cannot be carried out as it stands."""

    exit_code = 4


class BrakeHit(PlanError):
    """More would change than the brakes allow."""


class ApprovalNeeded(PlanError):
    """A person has to say yes first."""


class PlanStale(PlanError):
    """A record is no longer as it was when the plan was made."""

    next = Next.BURY
    exit_code = 3


class MirrorError(SfsyncError):
    """Something about the mirror."""


class MirrorTooNew(MirrorError):
    """The mirror was written by a newer program."""


class MirrorOfAnotherOrg(MirrorError):
    """The mirror belongs to another org."""


class LeaseHeld(MirrorError):
    """Another process holds the lease."""

    next = Next.WAIT
    exit_code = 6


class LeaseLost(MirrorError):
    """Another process has taken over while this one stood still."""

    exit_code = 6


def exit_code_of(error: SfsyncError) -> int:
    """Give the exit code a command ends with after this error."""
    return STEPS[error.next].exit_code if error.exit_code is None else error.exit_code
