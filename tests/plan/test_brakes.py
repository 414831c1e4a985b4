"""Promises of the brakes: other people's work is counted, our own and empty fields are not."""

import pytest

from sfsync.plan.brakes import Brakes, measure, overruns
from sfsync.records.change import Action, Change, FieldChange

QUEUE, PERSON, OTHER = "00G000000000001AAA", "005000000000001AAA", "005000000000002AAA"


def change(number: int, *parts: FieldChange, action: Action = Action.UPDATE) -> Change:
    """Give a change of the record of that number."""
    return Change(action, "Lead", f"00Q{number:012d}EAA", parts)


def theirs(sobject: str, record_id: str, field: str) -> bool:
    """Say that nothing was written by us."""
    return False


def ours(sobject: str, record_id: str, field: str) -> bool:
    """Say that everything was."""
    return True


def test_overwriting_and_clearing_are_counted_by_record() -> None:
    """A record counts once a kind, however many of its fields are meant."""
    both = change(1, FieldChange("A", 1, 2), FieldChange("B", 1, 2), FieldChange("C", 1, None))
    assert measure([both, change(2, FieldChange("A", 1, 2))], theirs) == {
        ("Lead", "overwrites"): 2,
        ("Lead", "clears"): 1,
    }


@pytest.mark.parametrize(
    ("part", "own"),
    [
        (FieldChange("Score__c", None, 5), theirs),
        (FieldChange("Score__c", 4, 5), ours),
        (FieldChange("OwnerId", QUEUE, PERSON), theirs),
    ],
)
def test_some_changes_are_free(part: FieldChange, own: object) -> None:
    """Filling an empty field, changing our own value and taking a record out of a queue are not counted."""
    assert measure([change(1, part)], own) == {}  # type: ignore[arg-type]


def test_moving_a_record_from_one_person_to_another_counts() -> None:
    """An owner that a person gave is other people's work."""
    assert measure([change(1, FieldChange("OwnerId", PERSON, OTHER))], theirs) == {("Lead", "overwrites"): 1}


@pytest.mark.parametrize(
    ("mirrored", "changes", "over"), [(100, 20, False), (100, 21, True), (10_000, 500, False), (10_000, 501, True)]
)
def test_the_smaller_of_number_and_share_is_the_limit(mirrored: int, changes: int, over: bool) -> None:
    """20 % of the mirror's records or 500, whichever is reached first; exactly so many are allowed."""
    wanted = [change(number, FieldChange("A", 1, 2)) for number in range(changes)]
    found = overruns(wanted, Brakes(), {"Lead": mirrored}, theirs)
    assert bool(found) is over


def test_no_delete_passes_by_itself() -> None:
    """Deletes are allowed only where settings say so."""
    gone = [change(1, action=Action.DELETE)]
    assert [(one.kind, one.records, one.allowed) for one in overruns(gone, Brakes(), {"Lead": 100}, ours)] == [
        ("deletes", 1, 0)
    ]
    assert overruns(gone, Brakes(deletes=1), {"Lead": 100}, ours) == ()
