"""Promises of fields that change while clients run."""

import shutil
from pathlib import Path

import pytest

from sfsync.localorg.state import State
from tests.localorg.conftest import Org, Reply

STRAY = {"child": "Lead", "reference": "OwnerId", "operation": "count"}


def _change(org: Org, do: str, field: object, sobject: str = "Lead", **more: object) -> Reply:
    return org.ask("POST", "/_org/fields", {"sobject": sobject, "do": do, "field": field, **more})


def _query(org: Org, soql: str) -> list[dict[str, object]]:
    reply = org.ask("GET", "query", q=soql)
    assert reply.status == 200, reply.body
    return list(reply["records"])  # type: ignore[call-overload]


def test_an_added_field_is_described_written_and_found_at_once(org: Org) -> None:
    """With its limits, in the same org."""
    _change(org, "add", {"name": "Budget__c", "label": "Budget", "type": "currency", "precision": 6, "scale": 2})
    org.make("Lead", Budget__c=12.345)
    assert _query(org, "SELECT Budget__c FROM Lead WHERE Budget__c > 12")[0]["Budget__c"] == 12.35
    refused = org.ask("POST", "sobjects/Lead", {"LastName": "N", "Company": "C", "Budget__c": 10**6})
    assert refused.error()[0] == "NUMBER_OUTSIDE_VALID_RANGE"
    fields = org.ask("GET", "sobjects/Lead/describe")["fields"]
    described = next(one for one in fields if one["name"] == "Budget__c")  # type: ignore[attr-defined]
    assert (described["precision"], described["scale"], described["custom"]) == (6, 2, True)


def test_a_hidden_field_is_seen_by_no_client_but_keeps_its_values(org: Org) -> None:
    """Rules still see it; shown again, it is as it was."""
    lead = org.make("Lead", Score__c=80)
    _change(org, "hide", "Score__c")
    assert org.ask("GET", "query", q="SELECT Score__c FROM Lead").error()[0] == "INVALID_FIELD"
    assert org.ask("PATCH", f"sobjects/Lead/{lead}", {"Score__c": 1}).error()[0] == "INVALID_FIELD"
    assert "Score__c" not in org.get("Lead", lead)
    rule = {"kind": "validation", "sobject": "Lead", "name": "H", "formula": "Score__c > 50", "message": "Hot!"}
    assert org.ask("POST", "/_org/rules", rule).status == 201
    assert org.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}).error()[1] == "Hot!"
    _change(org, "show", "Score__c")
    assert org.get("Lead", lead)["Score__c"] == 80.0


def test_a_dropped_field_is_gone_with_its_values(org: Org) -> None:
    """A field of the same name begins empty; by force, rules that read the old one no longer run."""
    lead = org.make("Lead", Score__c=80)
    rule = {"kind": "validation", "sobject": "Lead", "name": "H", "formula": "Score__c > 50", "message": "Hot!"}
    org.ask("POST", "/_org/rules", rule)
    assert _change(org, "drop", "Score__c", force=True).status == 200
    assert org.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}).status == 204
    _change(org, "add", {"name": "Score__c", "type": "string", "length": 5})
    assert org.get("Lead", lead)["Score__c"] is None


USERS = {
    "Validation Rule - Lead.V": {"kind": "validation", "formula": "Used__c = 'x'", "message": "m"},
    "Matching Rule - Lead.M": {"kind": "matching", "items": [{"field": "Used__c", "method": "Exact"}]},
    "Assignment Rule - Lead.A": {
        "kind": "assignment",
        "entries": [{"criteria": [{"field": "Used__c", "operation": "equals", "value": "x"}]}],
    },
    "Auto-Response Rule - Lead.R": {"kind": "auto_response", "entries": [{"formula": "Used__c = 'x'"}]},
    "Duplicate Rule - Lead.D": {
        "kind": "duplicate",
        "matches": [
            {"sobject": "Contact", "rule": "Standard_Contact_Match_Rule_v1_1", "mapping": {"LastName": "Used__c"}}
        ],
    },
}


@pytest.mark.parametrize("told", USERS)
def test_a_field_that_a_rule_uses_is_neither_dropped_nor_retyped(org: Org, told: str) -> None:
    """The refusal names the rule; one that is inactive does not count."""
    _change(org, "add", {"name": "Used__c", "type": "string", "length": 5})
    rule = {"sobject": "Lead", "name": told[-1], **USERS[told]}
    assert org.ask("POST", "/_org/rules", rule).status == 201
    for do, field in (("drop", "Used__c"), ("retype", {"name": "Used__c", "type": "phone", "length": 40})):
        refused = _change(org, do, field)
        assert refused.status == 400
        assert refused.error()[1] == f"This custom field is referenced elsewhere in salesforce.com. : {told}"
    assert _change(org, "retype", {"name": "Used__c", "type": "string", "length": 9}).status == 200
    if rule["kind"] != "assignment":
        org.ask("POST", "/_org/rules", {**rule, "active": False})
        assert _change(org, "drop", "Used__c").status == 200


def test_a_field_that_other_fields_need_stays(org: Org) -> None:
    """What a formula reads along its way, what rolls up, and what a conversion maps."""
    number = {"type": "double", "precision": 9, "scale": 0}
    broker = {"name": "Broker__c", "type": "reference", "to": ["Account"], "relationship": "Broker__r"}
    size, sum_ = {"name": "Size__c", **number}, {"child": "Opportunity", "reference": "AccountId", "operation": "sum"}
    _change(org, "add", broker)
    _change(org, "add", size, "Account")
    _change(org, "add", size, "Opportunity")
    _change(org, "add", {"name": "Shown__c", **number, "formula": "Broker__r.Size__c"})
    _change(org, "add", {"name": "Twice__c", **number, "formula": "Shown__c * 2"})
    _change(org, "add", {"name": "Sum__c", **number, "rollup": {**sum_, "field": "Size__c"}}, "Account")
    org.state.set_setting("lead_convert_map", {"Account": {"Grade__c": "Sum__c"}})
    for sobject, field, told in (
        ("Lead", "Broker__c", "Custom Field - Lead.Shown__c"),
        ("Account", "Size__c", "Custom Field - Lead.Shown__c"),
        ("Lead", "Shown__c", "Custom Field - Lead.Twice__c"),
        ("Opportunity", "Size__c", "Custom Field - Account.Sum__c"),
        ("Lead", "Grade__c", "Lead Mapping - Lead.Grade__c to Account.Sum__c"),
    ):
        assert _change(org, "drop", field, sobject).error()[1].endswith(f" : {told}")
    assert _change(org, "drop", "Twice__c").status == _change(org, "drop", "Shown__c").status == 200


def test_a_retyped_field_keeps_what_its_new_type_can_hold(org: Org) -> None:
    """And says how many values it could not."""
    _change(org, "add", {"name": "Size__c", "type": "string", "length": 20})
    kept, lost = org.make("Lead", Size__c="12.5"), org.make("Lead", Size__c="large")
    number = {"name": "Size__c", "type": "double", "precision": 10, "scale": 2}
    assert _change(org, "retype", number)["changed"][0]["values_lost"] == 1  # type: ignore[index]
    assert (org.get("Lead", kept)["Size__c"], org.get("Lead", lost)["Size__c"]) == (12.5, None)
    _change(org, "retype", {"name": "Size__c", "type": "string", "length": 20})
    assert org.get("Lead", kept)["Size__c"] == "12.5"


def test_a_formula_becomes_another_formula_and_back(org: Org) -> None:
    """Whatever either returns; what was stored before a field became a formula is lost."""
    lead = org.make("Lead", NumberOfEmployees=4)
    number = {"type": "double", "precision": 10, "scale": 0}
    _change(org, "add", {"name": "Size__c", "type": "string", "length": 20, "formula": "LastName"})
    for facts, value in (
        ({**number, "formula": "NumberOfEmployees * 2"}, 8.0),
        ({**number, "formula": "NumberOfEmployees * 3"}, 12.0),
        ({"type": "string", "length": 9, "formula": "Company"}, "Acme"),
        (number, None),
    ):
        assert _change(org, "retype", {"name": "Size__c", **facts}).status == 200
        assert org.get("Lead", lead)["Size__c"] == value


def test_a_formula_never_needs_its_own_value(org: Org) -> None:
    """Neither through another formula, nor along parents, nor by what rolls up."""
    text, number = {"type": "string", "length": 80}, {"type": "double", "precision": 10, "scale": 0}
    _change(org, "add", {"name": "A__c", **text, "formula": "LastName"})
    _change(org, "add", {"name": "B__c", **text, "formula": "A__c"})
    assert _change(org, "add", {"name": "A__c", **text, "formula": "B__c"}).status == 400
    _change(org, "add", {"name": "Up__c", **text, "formula": "Name"}, "Account")
    up = _change(org, "add", {"name": "Up__c", **text, "formula": "Parent.Up__c"}, "Account")
    assert "cannot refer to itself" in up.error()[1]
    rollup = {"child": "Opportunity", "reference": "AccountId", "operation": "sum", "field": "Down__c"}
    _change(org, "add", {"name": "Down__c", **number, "formula": "1"}, "Opportunity")
    _change(org, "add", {"name": "Sum__c", **number, "rollup": rollup}, "Account")
    down = _change(org, "add", {"name": "Down__c", **number, "formula": "Account.Sum__c"}, "Opportunity")
    assert "cannot refer to itself" in down.error()[1]


def test_changes_outlast_the_process(org: Org, tmp_path: Path) -> None:
    """Added, hidden and dropped fields are so in the org opened again."""
    _change(org, "add", {"name": "New__c", "type": "date"})
    _change(org, "add", {"name": "Gone__c", "type": "date"})
    for do, name in (("hide", "Grade__c"), ("drop", "Score__c"), ("drop", "Gone__c")):
        assert _change(org, do, name).status == 200
    org.state.run("PRAGMA wal_checkpoint(TRUNCATE)")
    again = tmp_path / "again"
    again.mkdir()
    shutil.copy(tmp_path / "org.db", again / "org.db")
    state = State.open(again)
    lead = state.catalog.sobject("Lead")
    state.close()
    assert lead is not None
    assert "new__c" in lead.fields and "grade__c" in lead.hidden
    assert not {"score__c", "gone__c"} & set(lead.known)


@pytest.mark.parametrize(
    ("do", "field", "words"),
    [
        ("drop", "Title", "Title is a standard field: it can be hidden, not dropped"),
        ("drop", "Nothing__c", "Lead has no field Nothing__c"),
        ("show", "Title", "Lead has no hidden field Title"),
        ("hide", "Id", "Id stays where it is"),
        ("add", {"name": "Bad name__c", "type": "date"}, "the name of a custom field starts with a letter"),
        ("add", {"name": 'x" TEXT; --__c', "type": "date"}, "the name of a custom field starts with a letter"),
        ("add", {"name": "X__c", "type": "blob"}, "the type 'blob' is not one of"),
        ("add", {"name": "X__c", "type": "double", "precision": 19}, "at most 18 digits"),
        ("add", {"name": "X__c", "type": "double", "formula": "Nothing__c"}, "Field Nothing__c does not exist"),
        ("add", {"name": "Score__c", "type": "string", "length": 3}, "of another type: retype it"),
        (
            "add",
            {"name": "X__c", "type": "double", "precision": 9, "scale": 0, "rollup": STRAY},
            "X__c: Lead.OwnerId does not name records of Lead",
        ),
        ("add", "X__c", "must be the facts of a field"),
        ("paint", "X__c", "`do` must be one of add, hide, show, drop, retype"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_words(org: Org, do: str, field: object, words: str) -> None:
    """Nothing changes."""
    before = org.ask("GET", "sobjects/Lead/describe").body
    refused = _change(org, do, field)
    assert refused.status == 400 and words in refused.error()[1]
    assert org.ask("GET", "sobjects/Lead/describe").body == before


def test_multi_select_picklists_hold_each_value_once_in_the_lists_order(org: Org) -> None:
    """A restricted one refuses what it does not list; INCLUDES finds the parts."""
    field = {"name": "Region__c", "type": "multipicklist", "length": 4099, "values": ["North", "South", "East"]}
    _change(org, "add", {**field, "also": "restricted"})
    lead = org.make("Lead", Region__c="South; North;South")
    assert org.get("Lead", lead)["Region__c"] == "North;South"
    assert len(_query(org, "SELECT Id FROM Lead WHERE Region__c INCLUDES ('South')")) == 1
    refused = org.ask("PATCH", f"sobjects/Lead/{lead}", {"Region__c": "North;West"})
    assert refused.error()[0] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_new_records_get_default_formulas_and_the_next_number(org: Org) -> None:
    """A value that is given stays; an auto number cannot be given; the day may stand in it."""
    _change(org, "add", {"name": "Due__c", "type": "date", "default_formula": "TODAY() + 7"})
    _change(org, "add", {"name": "No__c", "type": "string", "length": 30, "auto_number": "L-{0000}"})
    _change(org, "add", {"name": "Day__c", "type": "string", "length": 30, "auto_number": "{YY}{MM}{DD}-{0}/{YYYY}"})
    assert (
        _change(org, "add", {"name": "Bad__c", "type": "string", "length": 30, "auto_number": "X-{YY}"}).status == 400
    )
    first, second = org.get("Lead", org.make("Lead")), org.get("Lead", org.make("Lead", Due__c="2030-01-01"))
    assert (first["Due__c"], first["No__c"]) == ("2026-12-01", "L-0001")
    assert (second["Due__c"], second["No__c"]) == ("2030-01-01", "L-0002")
    assert second["Day__c"] == "261124-2/2026"
    refused = org.ask("POST", "sobjects/Lead", {"LastName": "N", "Company": "C", "No__c": "L-9"})
    assert refused.error()[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"
