"""Promises of record types, processes, places and field history."""

from collections.abc import Callable

import pytest

from tests.localorg.conftest import Org, Reply

Maker = Callable[..., Reply]
MASTER = "012000000000000AAA"


@pytest.fixture
def typed(org: Org, set_rule: Maker) -> Org:
    """An org with two record types of leads, one of them the default, and a restricted picklist."""
    field = {"name": "Region__c", "type": "picklist", "length": 255, "values": ["North", "South"], "also": "restricted"}
    org.ask("POST", "/_org/fields", {"sobject": "Lead", "do": "add", "field": field})
    set_rule("process", "Lead", "Short", values=["New", "Working"], default="Working")
    offers = {"Region__c": {"values": ["North"], "default": "North"}}
    set_rule("record_type", "Lead", "Retail", label="Retail leads", default=True, process="Short", picklists=offers)
    set_rule("record_type", "Lead", "Trade", label="Trade leads", active=False)
    return org


def _id(org: Org, name: str) -> str:
    row = org.state.one('SELECT Id FROM "RecordType" WHERE DeveloperName = ?', (name,))
    assert row is not None
    return str(row["Id"])


def test_a_new_record_gets_the_default_type_and_what_that_type_defaults_to(typed: Org, create: Maker) -> None:
    """The status of its process, the values of its picklists; what is given stays."""
    lead = typed.get("Lead", str(create()["id"]))
    assert (lead["RecordTypeId"], lead["Status"], lead["Region__c"]) == (_id(typed, "Retail"), "Working", "North")
    assert typed.get("Lead", str(create(Status="New")["id"]))["Status"] == "New"
    typed.ask("POST", "/_org/settings", {"record_type_defaults_off": True})
    assert typed.get("Lead", str(create()["id"]))["Status"] == "New"


def test_a_restricted_picklist_takes_what_the_record_type_offers(typed: Org, create: Maker) -> None:
    """Or all its values, as set; the master type takes all."""
    assert create(Region__c="South").error()[0] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    lead = str(create()["id"])
    assert typed.ask("PATCH", f"sobjects/Lead/{lead}", {"RecordTypeId": MASTER, "Region__c": "South"}).status == 204
    assert typed.get("Lead", lead)["RecordTypeId"] is None
    typed.ask("POST", "/_org/settings", {"record_type_values_unchecked": True})
    assert create(Region__c="South").status == 201


def test_what_each_type_offers_is_told_with_the_layouts(typed: Org) -> None:
    """The values of its picklists, and all of them for records without a type; which type new records get, too."""
    found = typed.ask("GET", "sobjects/Lead/describe/layouts")
    told = {
        one["recordTypeId"]: {each["picklistName"]: [v["value"] for v in each["picklistValues"]] for each in lists}
        for one in found["recordTypeMappings"]  # type: ignore[attr-defined]
        if (lists := one["picklistsForRecordType"])
    }
    retail = told[_id(typed, "Retail")]
    assert (retail["Region__c"], retail["Status"]) == (["North"], ["New", "Working"])
    assert told[MASTER]["Region__c"] == ["North", "South"] and "Rating" in retail
    usual = [one["recordTypeId"] for one in found["recordTypeMappings"] if one["defaultRecordTypeMapping"]]  # type: ignore[attr-defined]
    assert usual == [_id(typed, "Retail")]


def test_unknown_and_inactive_types_are_refused(typed: Org, create: Maker) -> None:
    """In the words of a real org."""
    for wrong in (_id(typed, "Trade"), "012000000000001AAA"):
        code, message = create(RecordTypeId=wrong).error()
        assert code == "INVALID_CROSS_REFERENCE_KEY" and "this ID value isn't valid for the user" in message


def test_record_types_are_described_master_last(typed: Org, org: Org) -> None:
    """With which is the default; an sObject without any has the master type alone."""
    told = typed.ask("GET", "sobjects/Lead/describe")["recordTypeInfos"]
    shown = [(one["developerName"], one["active"], one["defaultRecordTypeMapping"]) for one in told]  # type: ignore[attr-defined]
    assert shown == [("Retail", True, True), ("Trade", False, False), ("Master", True, False)]
    assert [one["name"] for one in org.ask("GET", "sobjects/Contact/describe")["recordTypeInfos"]] == ["Master"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"Country": "us", "State": "ca"}, ("United States", "US", "California", "CA")),
        ({"CountryCode": "DE"}, ("Germany", "DE", None, None)),
        ({"CountryCode": "US", "StateCode": "TX"}, ("United States", "US", "Texas", "TX")),
        ({"City": "Nowhere"}, (None, None, None, None)),
    ],
)
def test_places_are_kept_by_name_and_code_where_the_org_has_lists_of_them(
    org: Org, create: Maker, given: dict[str, str], stored: tuple[str | None, ...]
) -> None:
    """Whichever of the two is given; the compound address shows both."""
    assert org.ask("POST", "/_org/settings", {"state_country_picklists": True}).status == 200
    lead = org.get("Lead", str(create(**given)["id"]))
    assert tuple(lead[one] for one in ("Country", "CountryCode", "State", "StateCode")) == stored
    address = lead["Address"]
    assert address is None or (address["countryCode"], address["stateCode"]) == (stored[1], stored[3])  # type: ignore[index]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Country": "USA"}, "There's a problem with this country"),
        ({"State": "CA"}, "A country must be specified before specifying a state"),
        ({"Country": "Germany", "State": "CA"}, "There's a problem with this state"),
    ],
)
def test_unknown_places_are_refused_where_the_org_has_lists_of_them(
    org: Org, create: Maker, given: dict[str, str], words: str
) -> None:
    """And taken as text where it has none."""
    assert create(**given).status == 201
    org.ask("POST", "/_org/settings", {"state_country_picklists": True})
    code, message = create(**given).error()
    assert code == "FIELD_INTEGRITY_EXCEPTION" and words in message
    org.ask("POST", "/_org/settings", {"state_country_picklists": False})
    assert create(**given).status == 201
    assert "CountryCode" not in org.get("Lead", str(create()["id"]))


def test_tracked_fields_leave_a_history(org: Org) -> None:
    """Old and new value by whom and when, a reference by name and by id; nothing of fields that are not tracked."""
    queue = org.queue("Lead")
    org.ask("POST", "/_org/settings", {"history_tracked": {"Lead": ["Status", "OwnerId"], "Opportunity": ["Amount"]}})
    lead = org.make("Lead")
    org.ask("PATCH", f"sobjects/Lead/{lead}", {"Status": "Working", "Title": "x"})
    org.ask("PATCH", f"sobjects/Lead/{lead}", {"OwnerId": queue}, {"sforce-auto-assign": "false"})
    soql = f"SELECT Field, OldValue, NewValue FROM LeadHistory WHERE LeadId = '{lead}' ORDER BY Id"
    rows = org.ask("GET", "query", q=soql)["records"]
    told = [(one["Field"], one["OldValue"], one["NewValue"]) for one in rows]  # type: ignore[attr-defined]
    assert told == [
        ("created", None, None),
        ("Status", "New", "Working"),
        ("Owner", "Integration Sync", "Inbound"),
        ("Owner", org.user_id, queue),
    ]
    deal = org.make("Opportunity", Amount=5)
    org.ask("PATCH", f"sobjects/Opportunity/{deal}", {"Amount": 7.5})
    found = org.ask("GET", "query", q="SELECT NewValue FROM OpportunityFieldHistory WHERE Field = 'Amount'")
    assert found["records"][0]["NewValue"] == "7.5"  # type: ignore[index]


def test_nothing_is_written_down_of_sobjects_that_are_not_tracked(org: Org) -> None:
    """Not even their creation."""
    lead = org.make("Lead")
    org.ask("PATCH", f"sobjects/Lead/{lead}", {"Status": "Working"})
    assert org.ask("GET", "query", q="SELECT COUNT() FROM LeadHistory")["totalSize"] == 0
