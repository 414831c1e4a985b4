"""Promises of a plan as a value, and of its way back."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.plan.pieces import json_pieces
from sfsync.plan.plan import PlainPlan, Plan, change_from_plain, change_to_plain, plan_from_plain, plan_to_plain
from sfsync.plan.undo import Written, reversing
from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.schema import SObject, sobject_from_describe
from sfsync.records.values import Value
from tests.plan.conftest import described

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ID = "00Q000000000001EAA"
KINDS: dict[str, st.SearchStrategy[Value]] = {
    "string": st.text(min_size=1).filter(lambda text: text.isprintable()),
    "double": st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**14), max_value=10**14),
    "boolean": st.booleans(),
    "date": st.dates(date(1700, 1, 1)),
    "datetime": st.datetimes(datetime(1700, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - bounds go naive
        lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
    ),
}
SCHEMA: SObject = sobject_from_describe(
    {"name": "Lead", "fields": [described(f"F_{kind}", kind, length=255) for kind in KINDS]}
)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Make any update of fields of every kind."""
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, unique=True))
    parts = tuple(
        FieldChange(f"F_{kind}", draw(st.none() | KINDS[kind]), draw(st.none() | KINDS[kind]), ("rule: +1",))
        for kind in kinds
    )
    return Change(Action.UPDATE, "Lead", ID, parts)


@given(changes())
def test_a_change_comes_back_from_json_as_it_was(change: Change) -> None:
    """Every kind of value survives a plan file, to the last digit and millisecond."""
    plain = json.loads(json.dumps(change_to_plain(change)), parse_float=Decimal)
    assert change_from_plain(plain, SCHEMA) == change


@given(changes())
def test_taking_back_twice_is_where_one_began(change: Change) -> None:
    """The reverse of the reverse of an update is the update."""
    forth = change.reversed().reversed()
    assert (forth.before(), forth.after()) == (change.before(), change.after())


def test_an_edited_plan_is_refused() -> None:
    """A plan file whose changes were touched after it was made is no plan."""
    plan = Plan("00D000000000001EAA", NOW, (Change(Action.UPDATE, "Lead", ID, (FieldChange("F_string", "a", "b"),)),))
    plain = json.loads("".join(json_pieces(plan_to_plain(plan))))
    assert plan_from_plain(plain, plan.changes).changes == plan.changes
    plain["changes"][0]["fields"][0]["after"] = "c"
    with pytest.raises(ValueError, match="edited"):
        plan_from_plain(plain, [change_from_plain(one, SCHEMA) for one in plain["changes"]])


def test_the_cost_counts_calls_by_group() -> None:
    """A call carries 200 writes of one kind, after one look at what moved; a create is not looked at before."""
    updates = tuple(Change(Action.UPDATE, "Lead", ID, ()) for _ in range(401))
    creates = tuple(Change(Action.CREATE, "Lead", None, (), key=str(n), key_field="K__c") for n in range(200))
    assert Plan("00D", NOW, updates).calls() == 3 + 1
    assert Plan("00D", NOW, creates).calls() == 1


def test_a_run_is_taken_back_to_what_was_before_its_first_write() -> None:
    """A field written twice goes back to its first value; the record written last is taken back first."""
    written = [
        Written("Lead", "1", "Score__c", None, Decimal(5)),
        Written("Lead", "2", "Score__c", Decimal(1), Decimal(2)),
        Written("Lead", "1", "Score__c", Decimal(5), Decimal(9)),
    ]
    back = reversing(written, 7)
    assert [change.id for change in back] == ["2", "1"]
    assert back[1].fields == (FieldChange("Score__c", Decimal(9), None),)
    assert back[1].because == ("undo of run 7",)


def test_what_a_run_created_is_deleted_only_as_it_was_made() -> None:
    """The way back of a create is a delete that expects the values it was made with."""
    written = [Written("Lead", "1", "Id", None, "1"), Written("Lead", "1", "Company", None, "Acme")]
    back = reversing(written, 7)
    assert (back[0].action, back[0].before()) == (Action.DELETE, {"Company": "Acme"})


def test_a_plan_is_turned_into_json_only_for_whoever_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes to the same; but a run whose plan nobody looks at never holds it in that form."""
    plan = Plan("00D", NOW, (Change(Action.UPDATE, "Lead", ID, (FieldChange("Title", "a", "b"),)),))
    assert "".join(json_pieces(PlainPlan(plan))) == "".join(json_pieces(plan_to_plain(plan)))
    assert PlainPlan(plan)["id"] == plan.id
    monkeypatch.setattr("sfsync.plan.plan.plan_to_plain", lambda _: pytest.fail("it was turned into JSON"))
    PlainPlan(plan)
