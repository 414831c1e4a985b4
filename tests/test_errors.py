"""Every error says what to do next, and every part of the program does just that."""

from collections.abc import Iterator

import pytest

from sfsync import errors
from sfsync.errors import STEPS, Next, Problem, SettingsError, SfsyncError, Where, exit_code_of

DOCUMENTED_EXIT_CODES = {1, 2, 3, 4, 5, 6, 130}
OUTBOX_STATES = {"WAITING", "REJECTED", "UNKNOWN"}


def tree(root: type[SfsyncError] = SfsyncError) -> Iterator[type[SfsyncError]]:
    """A class and all below it."""
    yield root
    for child in root.__subclasses__():
        if child.__module__.startswith("sfsync."):
            yield from tree(child)


CLASSES = sorted(tree(), key=lambda cls: cls.__name__)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_each_error_class_leads_somewhere(cls: type[SfsyncError]) -> None:
    """Every class has a docstring and a next step: an outbox state, an exit code and an HTTP status."""
    step = STEPS[cls.next]
    error = cls("it went wrong")
    assert exit_code_of(error) in DOCUMENTED_EXIT_CODES
    assert step.outbox_state in OUTBOX_STATES
    assert 400 <= step.http_status < 600
    assert cls.__doc__ is not None
    assert cls.__doc__.strip().endswith(".")
    assert [problem.message for problem in error.problems] == ["it went wrong"]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_all_error_classes_stand_in_one_file_and_its_picture(cls: type[SfsyncError]) -> None:
    """sfsync/errors.py holds the whole tree, and the drawing at its top shows each class with its next step."""
    assert cls.__module__ == "sfsync.errors"
    drawn = [line.split() for line in (errors.__doc__ or "").splitlines() if cls.__name__ in line.split()]
    assert len(drawn) == 1
    (words,) = drawn
    told = [word for word in words if word in Next.__members__]
    assert not told or told == [cls.next.name]


def test_only_what_may_pass_by_itself_is_tried_again() -> None:
    """Nothing is retried that a person has to mend or that will never be accepted."""
    assert {step for step, does in STEPS.items() if does.retried} == {Next.RETRY}
    assert set(STEPS) == set(Next)


def test_exit_codes_are_those_that_are_promised() -> None:
    """Scripts can tell apart: wrong settings, a brake, an org out of reach, a lease held, refused drift."""
    assert {cls.__name__: exit_code_of(cls("x")) for cls in CLASSES} == {
        "SfsyncError": 2,
        "SettingsError": 2,
        "UsageError": 2,
        "FileError": 2,
        "OrgError": 2,
        "OrgUnreachable": 5,
        "StillWorking": 5,
        "UnknownHost": 5,
        "OrgBusy": 5,
        "SessionExpired": 5,
        "BudgetSpent": 5,
        "OutcomeUnknown": 5,
        "RecordRefused": 3,
        "LoginRefused": 5,
        "OrgRefused": 5,
        "IncompleteAnswer": 5,
        "PlanError": 4,
        "BrakeHit": 4,
        "ApprovalNeeded": 4,
        "PlanStale": 3,
        "MirrorError": 2,
        "MirrorTooNew": 2,
        "MirrorOfAnotherOrg": 2,
        "LeaseHeld": 6,
        "LeaseLost": 6,
    }


def test_all_problems_are_told_at_once() -> None:
    """An error made of several problems shows every one with its place and what to do."""
    error = SettingsError.of(
        [
            Problem("no such key", "did you mean fields?", Where(file="sfsync.toml", line=3, column=1, key="a.b")),
            Problem("no such field", where=Where(sobject="Lead", id="00Q000000000001AAA", field="Scor__c")),
        ]
    )
    assert isinstance(error, SettingsError)
    assert str(error).splitlines() == [
        "sfsync.toml:3:1: a.b: no such key",
        "  next: did you mean fields?",
        "Lead/00Q000000000001AAA.Scor__c: no such field",
    ]


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (Where(), ""),
        (Where(file="a.csv", row=7), "a.csv, row 7"),
        (Where(file="a.toml", line=2), "a.toml:2"),
        (Where(sobject="Lead"), "Lead"),
        (Where(row=3), "row 3"),
        (Where(key="org.url"), "org.url"),
    ],
)
def test_a_place_is_written_as_people_look_it_up(where: Where, text: str) -> None:
    """File with line and column, record with field, or row: whatever is known."""
    assert str(where) == text
