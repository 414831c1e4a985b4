"""Entries of the outbox and the states they go through."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sfsync.records.change import Action, Change


class EntryState(Enum):
    """Where an entry stands."""

    NEW = "NEW"  # nobody has taken it yet
    CLAIMED = "CLAIMED"  # a process has taken it for a Bulk job and sent nothing
    SENT = "SENT"  # its call is under way or the next to start, or was when its process died
    UNKNOWN = "UNKNOWN"  # the answer never came: only a look at the org can tell
    WAITING = "WAITING"  # known not to have happened; to be sent again when it is due
    APPLIED = "APPLIED"  # the org took it
    REJECTED = "REJECTED"  # the org, or a check before it, said no
    SUPERSEDED = "SUPERSEDED"  # no longer wanted before it was sent
    CANCELLED = "CANCELLED"  # a person took it back before it was sent

    @property
    def settled(self) -> bool:
        """Whether it is an end, which is never left."""
        return self in SETTLED


SETTLED = frozenset({EntryState.APPLIED, EntryState.REJECTED, EntryState.SUPERSEDED, EntryState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Entry:
    """One change that is to be sent, and what became of it."""

    id: int
    run: int
    change: Change  # with the record's id as soon as that is known
    state: EntryState
    attempts: int  # calls it was part of
    code: str  # Salesforce's status code, or ours; "" where there is none
    message: str
    due_at: datetime | None  # of a WAITING one
    sent_at: datetime | None  # last call
    settled_at: datetime | None
    revives: int | None  # the REJECTED entry it tries again

    @property
    def without_effect(self) -> bool:
        """Whether it ended and nothing came of it: it was refused, or given up before it was ever sent."""
        return self.state is EntryState.REJECTED or (self.state is EntryState.SUPERSEDED and self.attempts == 0)


@dataclass(frozen=True, slots=True)
class Call:
    """What kind of call an entry goes in: entries that agree in this go together."""

    action: Action
    sobject: str
    key_field: str | None  # the external id field of a create


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one entry ends."""

    id: int
    state: EntryState
    code: str = ""
    message: str = ""
    record_id: str | None = None  # of a record that was created
