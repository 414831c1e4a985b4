"""Promises of what may be applied without a person."""

from hypothesis import given
from hypothesis import strategies as st

from sfsync.plan.approval import beyond_allowance
from sfsync.records.change import Action, Change, FieldChange

ALLOWED = {("lead", "score__c"): 3, ("lead", "grade__c"): None, ("account", "*"): 1}


def update(sobject: str, *names: str) -> Change:
    """Give a change of these fields."""
    return Change(Action.UPDATE, sobject, "00Q000000000001AAA", tuple(FieldChange(name, None, "x") for name in names))


def test_what_is_not_named_is_not_allowed() -> None:
    """A field, a create and a delete that nobody allowed each wait; `*` stands for fields only."""
    create = Change(Action.CREATE, "Account", None, (FieldChange("Name", None, "x"),))
    delete = Change(Action.DELETE, "Account", "001000000000001AAA", ())
    told = beyond_allowance([update("Lead", "OwnerId"), create, delete, update("Account", "Name")], ALLOWED)
    assert told == [
        "Account.create of 1 records, 0 allowed",
        "Account.delete of 1 records, 0 allowed",
        "Lead.OwnerId of 1 records, 0 allowed",
    ]


@given(scores=st.integers(0, 6), grades=st.integers(0, 6))
def test_records_are_counted_by_field_and_any_number_is_any(scores: int, grades: int) -> None:
    """A plan is beyond exactly where one field changes in more records than allowed."""
    changes = [update("Lead", "Score__c")] * scores + [update("Lead", "Grade__c")] * grades
    assert bool(beyond_allowance(changes, ALLOWED)) == (scores > 3)
