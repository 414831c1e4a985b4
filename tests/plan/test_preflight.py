"""Promises of the forecast: what the org will refuse is told before any call."""

from datetime import date
from decimal import Decimal

import pytest

from sfsync.plan.preflight import preflight
from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.schema import SObject
from sfsync.records.values import Value

ID = "00Q000000000001EAA"


def update(**wanted: Value) -> Change:
    """Give an update to these values."""
    parts = tuple(FieldChange(name, "before", value) for name, value in wanted.items())
    return Change(Action.UPDATE, "Lead", ID, parts)


@pytest.mark.parametrize(
    ("wanted", "message", "todo"),
    [
        ({"Compny": "x"}, "no field Compny", "did you mean Company?"),
        ({"CreatedDate": None}, "cannot be written", "leave it out"),
        ({"LastName": "x" * 81}, "holds 80 characters, this has 81", "shorten"),
        ({"LastName": None}, "cannot be empty", "give it a value"),
        ({"CleanStatus": "Sparkling"}, "does not offer 'Sparkling'", "Matched"),
        ({"CleanStatus": "Old"}, "does not offer 'Old'", "Matched"),
        ({"OwnerId": "nobody"}, "no record id", "15 or 18"),
        ({"Score__c": Decimal(10_000)}, "holds 4 digits before the point", "smaller"),
        ({"Score__c": Decimal("7.5")}, "holds 0 digits after the point", "round"),
        ({"LastName": "a\ud83d"}, "half a character", "remove"),
        ({"Renewal__c": date(1699, 12, 31)}, "years 1700 to 4000", "correct"),
    ],
)
def test_a_value_the_org_would_refuse_is_told(lead: SObject, wanted: dict[str, Value], message: str, todo: str) -> None:
    """Each thing that is wrong is named with its field, and with what to do."""
    problems = preflight(update(**wanted), lead)
    assert len(problems) == 1
    assert message in problems[0].message and todo in problems[0].next
    assert problems[0].where.field == next(iter(wanted))


def test_what_the_org_would_take_passes(lead: SObject) -> None:
    """Values within lengths, digits and choices give no problem, nor do cleared fields that may be empty."""
    good = update(LastName="x" * 80, CleanStatus="Matched", Score__c=Decimal(9999), Email=None, DoNotCall=False)
    assert preflight(good, lead) == []


def test_the_key_of_a_create_has_to_fit_its_field(lead: SObject) -> None:
    """It stands beside the fields; the org refuses one that is too long, as any other value."""
    parts = (FieldChange("LastName", None, "Knit"), FieldChange("Company", None, "Wool"))
    lengths = {80: [], 81: ["Email holds 80 characters, this has 81"]}
    for length, told in lengths.items():
        change = Change(Action.CREATE, "Lead", None, parts, (), "k" * length, "Email", 7)
        assert [problem.message for problem in preflight(change, lead)] == told


def test_a_create_is_told_every_required_field_it_lacks(lead: SObject) -> None:
    """All of them at once; fields the org fills by itself are not asked for."""
    change = Change(Action.CREATE, "Lead", None, (FieldChange("Email", None, "a@b.example"),), row=7)
    problems = preflight(change, lead)
    assert [problem.where.field for problem in problems] == ["LastName", "Company"]
    assert {problem.where.row for problem in problems} == {7}
