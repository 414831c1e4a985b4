"""Promises of duplicate and matching rules."""

from collections.abc import Callable

import pytest

from tests.localorg.conftest import Org, Reply
from tests.localorg.rights.test_rights import Person, ana, rights

__all__ = ["ana"]
Maker = Callable[..., Reply]
ALLOW = {"sforce-duplicate-rule-header": "allowSave=true"}
NAMES = [
    {"field": "FirstName", "method": "FirstName"},
    {"field": "LastName", "method": "LastName"},
    {"field": "Company", "method": "CompanyName"},
]
BOB = {"FirstName": "Bob", "LastName": "Smyth", "Company": "ACME Corporation"}


@pytest.fixture
def robert(org: Org, set_rule: Maker) -> str:
    """A lead that near names match."""
    set_rule("matching", "Lead", "Near", items=NAMES)
    return org.make("Lead", FirstName="Robert", LastName="Smith", Company="Acme Inc.", Email="rob@acme.example")


def test_an_alert_names_what_is_already_there_in_rests_own_spelling(
    robert: str, set_rule: Maker, create: Maker
) -> None:
    """The body of a real org, with its misspelt key, the rule, and the ids that match."""
    set_rule("duplicate", "Lead", "Warn", matches=[{"rule": "Near"}], operationsOnInsert=["alert"], alertText="Look!")
    assert create(**BOB).body == [
        {
            "duplicateResut": {
                "allowSave": True,
                "duplicateRule": "Warn",
                "duplicateRuleEntityType": "Lead",
                "errorMessage": "Look!",
                "matchResults": [
                    {
                        "entityType": "Lead",
                        "errors": [],
                        "matchEngine": "FuzzyMatchEngine",
                        "matchRecords": [
                            {
                                "additionalInformation": [],
                                "fieldDiffs": [],
                                "matchConfidence": 96.7,
                                "record": {
                                    "attributes": {
                                        "type": "Lead",
                                        "url": f"/services/data/v59.0/sobjects/Lead/{robert}",
                                    },
                                    "Id": robert,
                                },
                            }
                        ],
                        "rule": "Near",
                        "size": 1,
                        "success": True,
                    }
                ],
            },
            "errorCode": "DUPLICATES_DETECTED",
            "message": "Look!",
        }
    ]


def test_allow_save_overrides_an_alert_but_never_a_block(robert: str, org: Org, set_rule: Maker, create: Maker) -> None:
    """The header counts from version 52 on."""
    set_rule("duplicate", "Lead", "Rule", matches=[{"rule": "Near"}], operationsOnInsert=["alert"])
    org.version = "51.0"
    assert create(ALLOW, **BOB).status == 400
    org.version = "52.0"
    assert create(ALLOW, **BOB).status == 201
    set_rule("duplicate", "Lead", "Rule", matches=[{"rule": "Near"}], actionOnInsert="Block")
    refused = create(ALLOW, **BOB)
    assert refused.error() == ("DUPLICATES_DETECTED", "Use one of these records?")
    assert refused.body[0]["duplicateResut"]["allowSave"] is False  # type: ignore[index]


def test_record_details_are_shown_where_the_header_asks(robert: str, set_rule: Maker, create: Maker) -> None:
    """The fields that the matching rule compares."""
    set_rule("duplicate", "Lead", "Rule", matches=[{"rule": "Near"}], actionOnInsert="Block")
    reply = create({"sforce-duplicate-rule-header": "includeRecordDetails=true"}, **BOB)
    result = reply.body[0]["duplicateResut"]["matchResults"][0]  # type: ignore[index]
    record = result["matchRecords"][0]["record"]
    assert (record["FirstName"], record["Company"]) == ("Robert", "Acme Inc.")


def test_what_the_user_does_not_see_is_shown_to_nobody(robert: str, org: Org, ana: Person, set_rule: Maker) -> None:
    """A rule that enforces sharing finds it no duplicate; one that bypasses it refuses, without a word about it."""
    rights(org, sharing={"Lead": "private"}, profile="Standard User", fields={"Lead.Email": "none"})
    set_rule("matching", "Lead", "Last", items=NAMES[1:])
    facts = {"matches": [{"rule": "Last"}], "operationsOnInsert": ["alert"]}
    set_rule("duplicate", "Lead", "Warn", **facts, securityOption="BypassSharingRules")
    (told,) = ana.ask("POST", "sobjects/Lead", BOB).body  # type: ignore[misc, str-unpack]
    assert told["duplicateResut"]["matchResults"][0]["matchRecords"] == []
    current = {"sforce-duplicate-rule-header": "runAsCurrentUser=true", "authorization": f"Bearer {ana.token}"}
    mine = org.ask("POST", "sobjects/Lead", BOB, current)
    assert mine.status == 201
    details = {"sforce-duplicate-rule-header": "includeRecordDetails=true", "authorization": f"Bearer {ana.token}"}
    set_rule(
        "matching", "Lead", "Last", items=[*NAMES[1:], {"field": "Email", "method": "Exact", "blanks": "MatchBlanks"}]
    )
    (told,) = org.ask("POST", "sobjects/Lead", BOB, details).body  # type: ignore[misc, str-unpack]
    (match,) = told["duplicateResut"]["matchResults"][0]["matchRecords"]
    assert match["record"]["Id"] == mine["id"] and set(match["record"]) == {"attributes", "Id", "LastName", "Company"}
    set_rule("duplicate", "Lead", "Warn", **facts, securityOption="EnforceSharingRules")
    org.ask("DELETE", f"sobjects/Lead/{mine['id']}")
    assert ana.ask("POST", "sobjects/Lead", BOB).status == 201


def test_collections_tell_duplicates_without_a_match_list(robert: str, org: Org, set_rule: Maker) -> None:
    """As a real org does; records that are no duplicates are saved."""
    set_rule("duplicate", "Lead", "Rule", matches=[{"rule": "Near"}], actionOnInsert="Block")
    records = [{"attributes": {"type": "Lead"}, "LastName": "Else", "Company": "Other"}]
    records.append({"attributes": {"type": "Lead"}, **BOB})
    good, bad = org.ask("POST", "composite/sobjects", {"records": records}).body  # type: ignore[misc]
    assert good["success"]
    error = {"statusCode": "DUPLICATES_DETECTED", "message": "Use one of these records?", "fields": []}
    assert bad == {"success": False, "errors": [error]}


def test_a_report_saves_and_writes_the_duplicates_down(robert: str, org: Org, set_rule: Maker) -> None:
    """In a set that names all of them."""
    set_rule("duplicate", "Lead", "Rule", matches=[{"rule": "Near"}], operationsOnInsert=["report"])
    bob = org.make("Lead", **BOB)
    soql = "SELECT RecordId FROM DuplicateRecordItem ORDER BY RecordId"
    found = org.ask("GET", "query", q=soql)["records"]
    assert [one["RecordId"] for one in found] == [robert, bob]  # type: ignore[attr-defined]


def test_an_update_is_looked_at_only_where_it_changes_what_is_compared(robert: str, org: Org, set_rule: Maker) -> None:
    """And never against itself."""
    set_rule("duplicate", "Lead", "Rule", matches=[{"rule": "Near"}], actionOnUpdate="Block")
    other = org.make("Lead", **{**BOB, "LastName": "Else"})
    assert org.ask("PATCH", f"sobjects/Lead/{robert}", {"Company": "ACME"}).status == 204
    assert org.ask("PATCH", f"sobjects/Lead/{other}", {"Title": "Head"}).status == 204
    assert org.ask("PATCH", f"sobjects/Lead/{other}", {"LastName": "Smith"}).error()[0] == "DUPLICATES_DETECTED"


def test_deleted_and_converted_leads_are_no_duplicates(robert: str, org: Org, set_rule: Maker, create: Maker) -> None:
    """Only what lives and is a lead still counts."""
    set_rule("duplicate", "Lead", "Rule", matches=[{"rule": "Near"}], actionOnInsert="Block")
    org.state.run("UPDATE Lead SET IsConverted = 1 WHERE Id = ?", (robert,))
    assert create(**BOB).status == 201
    assert create(**BOB).status == 400
    org.state.run("UPDATE Lead SET IsDeleted = 1")
    assert create(**BOB).status == 201


def test_leads_are_compared_with_contacts_by_a_mapping(org: Org, set_rule: Maker, create: Maker) -> None:
    """The standard rule for contacts, as standard lead rules of real orgs name it; the account's name is compared."""
    account = org.make("Account", Name="Globex GmbH")
    contact = org.make("Contact", FirstName="Ana", LastName="Garcia", Title="CEO", AccountId=account)
    mapping = {"FirstName": "FirstName", "LastName": "LastName", "Title": "Title", "AccountId": "Company"}
    match = {"sobject": "Contact", "rule": "Standard_Contact_Match_Rule_v1_1", "mapping": mapping}
    set_rule("duplicate", "Lead", "Known", matches=[match], actionOnInsert="Block")
    refused = create(FirstName="Ana", LastName="García", Title="Chief Executive Officer", Company="Globex")
    result = refused.body[0]["duplicateResut"]["matchResults"][0]  # type: ignore[index]
    assert result["matchRecords"][0]["record"]["Id"] == contact
    assert create(FirstName="Ana", LastName="García", Title="Clerk", Company="Initech").status == 201


def test_blank_matches_blank_only_where_the_rule_says_so(org: Org, set_rule: Maker, create: Maker) -> None:
    """MatchBlanks takes two blanks for equal, never a blank and a value; otherwise a blank never matches."""
    items = [{"field": "LastName", "method": "Exact"}, {"field": "Email", "method": "Exact", "blanks": "MatchBlanks"}]
    set_rule("matching", "Lead", "Blanks", items=items)
    set_rule("duplicate", "Lead", "Rule", matches=[{"rule": "Blanks"}], actionOnInsert="Block")
    assert create().status == 201
    assert create(Email="a@b.example").status == 201
    assert create().status == 400
    set_rule("matching", "Lead", "Blanks", items=[items[0], {"field": "Email", "method": "Exact"}])
    assert create().status == 201


def test_a_filter_says_which_ways_of_matching_count_and_which_records_are_looked_at(
    org: Org, set_rule: Maker, create: Maker
) -> None:
    """`1 OR 2` of the matching rule, criteria of the duplicate rule."""
    items = [{"field": "Email", "method": "Exact"}, {"field": "Phone", "method": "Phone"}]
    set_rule("matching", "Lead", "Either", items=items, booleanFilter="1 OR 2")
    only = {"criteria": [{"field": "LeadSource", "operation": "notEqual", "value": "Web"}]}
    set_rule("duplicate", "Lead", "Rule", matches=[{"rule": "Either"}], actionOnInsert="Block", filter=only)
    create(Email="a@b.example", Phone="+1 415 555 1234")
    assert create(Phone="(415) 555-1234").status == 400
    assert create(Email="A@b.example").status == 400
    assert create(Email="a@b.example", LeadSource="Web").status == 201
