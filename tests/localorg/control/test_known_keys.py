"""Promises of words: what the control plane does not know it refuses, what it takes it does."""

import pytest

from tests.localorg.conftest import Org, Reply


def _add(org: Org, **field: object) -> Reply:
    return org.ask("POST", "/_org/fields", {"sobject": "Lead", "do": "add", "field": field})


def _save(org: Org, **values: object) -> Reply:
    return org.ask("POST", "sobjects/Lead", {"LastName": "N", "Company": "C", **values})


def test_a_restricted_picklist_takes_its_values_alone_and_gives_its_default(org: Org) -> None:
    """Made by the words values, default and restricted."""
    made = _add(
        org, name="R__c", type="picklist", length=20, values=["N", ["S", "South"]], default="N", restricted=True
    )
    assert made.status == 200
    assert org.get("Lead", org.make("Lead"))["R__c"] == "N"
    assert org.get("Lead", org.make("Lead", R__c="S"))["R__c"] == "S"
    assert _save(org, R__c="W").error()[0] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_a_unique_external_id_finds_its_record_and_is_given_once(org: Org) -> None:
    """Made by the words externalId and unique, at once or later; caseSensitive tells aa from AA."""
    key = {"name": "K__c", "type": "string", "length": 20}
    assert _add(org, **key).status == 200
    first, second = org.make("Lead", K__c="aa"), org.make("Lead", K__c="AA")
    refused = _add(org, **key, unique=True, externalId=True).error()[1]
    assert refused == f"K__c cannot be unique: {first} and {second} have the same value"
    assert _add(org, **key, unique=True, externalId=True, caseSensitive=True).status == 200
    assert _save(org, K__c="aa").error()[0] == "DUPLICATE_VALUE"
    assert org.ask("GET", "sobjects/Lead/K__c/AA")["Id"] == second
    assert org.ask("PATCH", "sobjects/Lead/K__c/aa", {"Title": "x"})["created"] is False


def test_a_required_field_is_asked_of_every_record(org: Org) -> None:
    """Made by the word required."""
    assert _add(org, name="Must__c", type="string", length=5, required=True).status == 200
    assert _save(org).error() == ("REQUIRED_FIELD_MISSING", "Required fields are missing: [Must__c]")
    assert _save(org, Must__c="x").status == 201


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"type": "date", "banana": 1}, "the field 'X__c' has no key 'banana': name, label, type"),
        ({"type": "date", "unique": True}, "X__c: `unique` is for fields of the types double, email, int, string"),
        ({"type": "boolean", "required": True}, "cannot be `required`"),
        ({"type": "string", "length": 5, "required": "yes"}, "`required` must be true or false"),
        ({"type": "string", "length": 5, "values": ["A"]}, "`values` is for fields of the types"),
        ({"type": "picklist", "length": 5, "values": [{"value": "A"}]}, "`values` must be a list of texts"),
        ({"type": "picklist", "length": 5, "values": ["A"], "default": "B"}, "'B' is not one of its values"),
        ({"type": "picklist", "length": 5, "restricted": True}, "a `restricted` picklist needs `values`"),
        ({"type": "double", "precision": 5, "default": 5}, "a `default_formula` works it out"),
        ({"type": "string", "length": -5}, "X__c: `length` must be a whole number from 0 to 131072"),
        ({"type": "double", "precision": 5, "scale": "2"}, "X__c: `scale` must be a whole number"),
        ({"type": "date", "also": "banana"}, "'also' has no flag 'banana'"),
        ({"type": "double", "precision": 9, "rollup": {"banana": 1}}, "the roll-up of 'X__c' has no key 'banana'"),
    ],
)
def test_a_field_in_words_nobody_knows_is_refused(org: Org, field: dict[str, object], words: str) -> None:
    """With the words that are known; nothing is made."""
    refused = _add(org, name="X__c", **field)
    assert refused.status == 400 and words in refused.error()[1]
    assert "X__c" not in str(org.ask("GET", "sobjects/Lead/describe").body)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"kind": "validation", "formula": "TRUE", "message": "m"}, "has no key 'banana': kind, sobject"),
        ({"kind": "matching", "items": [{"field": "Email", "mehtod": "Exact"}]}, "'mehtod': field, method, blanks"),
        (
            {"kind": "duplicate", "filter": {"citeria": []}, "matches": []},
            "'citeria': formula, criteria, booleanFilter",
        ),
        ({"kind": "assignment", "entries": [{"criteria": [{"operater": "equals"}]}]}, "'operater': field, operation"),
        ({"kind": "record_type", "picklists": {"Rating": {"vaules": []}}}, "'vaules': values, default are known"),
    ],
)
def test_a_rule_in_words_nobody_knows_is_refused(org: Org, rule: dict[str, object], words: str) -> None:
    """At whatever depth the word stands; nothing is kept."""
    more = {"banana": 1} if rule["kind"] == "validation" else {}
    before = org.ask("GET", "/_org/rules").body
    refused = org.ask("POST", "/_org/rules", {"sobject": "Lead", "name": "R", **rule, **more})
    assert refused.status == 400 and words in refused.error()[1]
    assert org.ask("GET", "/_org/rules").body == before


@pytest.mark.parametrize(
    ("page", "body", "words"),
    [
        ("rights", {"objects": {"Lead": ["read"]}}, "`objects` needs a `profile` or a `permission_set`"),
        ("rights", {"profile": "Standard User", "all": "yes"}, "`all` must be true or false"),
        ("rights", {"profile": "Standard User", "objects": {"Lead": [{}]}}, "with a list of create, read"),
        ("rights", {"sharing": ["Lead"]}, "`sharing` must be an object"),
        ("users", {"username": "sfsync@local-org.example.com", "active": "no"}, "`active` must be true or false"),
        ("users", {"username": 1}, "`username` must be a text"),
        ("token", {}, "`username` must be a text"),
        ("snapshots", {"name": None}, "`name` must be a text"),
        ("reset", {"leads": 10**8}, "`leads` must be a whole number from 0 to 10000000"),
        ("settings", {"session_seconds": 0}, "`session_seconds` must be a whole number from 1"),
        ("settings", {"limits": {"DailyCake": 1}}, "`limits` has no limit 'DailyCake'"),
        ("settings", {"history_tracked": {"Lead": ["Stattus"]}}, "Lead has no field 'Stattus'"),
        ("settings", {"history_tracked": {"Task": ["Status"]}}, "'Task' is none of Lead"),
        ("settings", {"default_lead_owner": "00Q000000000001"}, "the id of a User or Group of this org, or null"),
        ("settings", {"custom_permissions": "All"}, "`custom_permissions` must be a list of names"),
        ("rules", {"kind": "validation", "sobject": "Lead", "name": "R", "active": "no"}, "`active` must be true"),
        (
            "rules",
            {"kind": "assignment", "sobject": "Lead", "name": "R", "entries": ["x"]},
            "'entries' of the rule 'R'",
        ),
        (
            "rules",
            {"kind": "assignment", "sobject": "Lead", "name": "R", "entries": [{"owner": "00Q000000000001"}]},
            "the org has no user or queue '00Q000000000001",
        ),
        (
            "fields",
            {"sobject": "Lead", "do": "add", "field": {"name": "9x__c", "type": "date"}},
            "starts with a letter",
        ),
        (
            "rules",
            {"kind": "duplicate", "sobject": "Lead", "name": "R", "matches": [{"rule": "Near"}]},
            "Lead has no matching rule 'Near'",
        ),
        ("rules", {"kind": "record_type", "sobject": "Lead", "name": "R", "process": "P"}, "Lead has no process 'P'"),
        ("rules", {"kind": "duplicate", "sobject": "Lead", "name": "R", "sortOrder": "x"}, "'sortOrder' of the rule"),
        ("rules", {"kind": "record_type", "sobject": "Lead", "name": "R", "picklists": {"Rating": 1}}, "'picklists'"),
    ],
)
def test_an_odd_value_is_refused(org: Org, page: str, body: dict[str, object], words: str) -> None:
    """With what it must be; nothing is changed."""
    before = [org.ask("GET", f"/_org/{one}").body for one in ("rights", "settings", "rules")]
    refused = org.ask("POST", f"/_org/{page}", body)
    assert refused.status == 400 and words in refused.error()[1]
    assert [org.ask("GET", f"/_org/{one}").body for one in ("rights", "settings", "rules")] == before


def test_rules_are_not_forgotten_by_a_misspelt_word(org: Org) -> None:
    """A parameter or kind that is unknown forgets nothing."""
    rule = {"kind": "validation", "sobject": "Lead", "name": "R", "formula": "TRUE", "message": "m"}
    assert org.ask("POST", "/_org/rules", rule).status == 201
    assert org.ask("DELETE", "/_org/rules", sobjct="Lead").status == 400
    assert org.ask("DELETE", "/_org/rules", kind="validatoin").status == 400
    assert "R" in [one["name"] for one in org.ask("GET", "/_org/rules")["rules"]]  # type: ignore[attr-defined]
