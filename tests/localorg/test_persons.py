"""Promises of an org with person accounts."""

from typing import Any
from urllib.parse import urlencode

import pytest

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import convert, merge, wishes
from sfsync.localorg.saving.draft import Draft
from tests.localorg.conftest import Org

ANA = {"FirstName": "Ana", "LastName": "Torres", "PersonEmail": "Ana@Home.example", "Phone": "1"}


@pytest.fixture
def org_of_persons(org: Org) -> Org:
    """An org in which the switch is on."""
    assert org.ask("POST", "/_org/settings", {"person_accounts": True}).status == 200
    return org


def _person(org: Org) -> str:
    reply = org.ask("POST", "sobjects/Account", ANA)
    assert reply.status == 201, reply.body
    return str(reply["id"])


def _converted(org: Org, wish: wishes.Wish) -> convert.Converted:
    asked = OrgContext(org.state, org.clock, org.clock.now(), user_id=org.user_id, version="59.0")
    return convert.convert(asked, wish)


def test_an_org_without_them_knows_nothing_of_them(org: Org) -> None:
    """No field before the switch is on, nor after it is off again; a lead needs a company."""
    for _ in range(2):
        assert org.ask("GET", "query", q="SELECT IsPersonAccount FROM Account").error()[0] == "INVALID_FIELD"
        assert org.ask("POST", "sobjects/Lead", {"LastName": "N"}).error()[0] == "REQUIRED_FIELD_MISSING"
        org.ask("POST", "/_org/settings", {"person_accounts": True})
        _person(org)
        org.ask("POST", "/_org/settings", {"person_accounts": False})
        assert org.ask("GET", "query", q="SELECT RecordTypeId FROM Account").error()[0] == "INVALID_FIELD"


def test_a_person_is_an_account_and_a_contact(org_of_persons: Org) -> None:
    """What is written to one half is in the other."""
    account = org_of_persons.get("Account", _person(org_of_persons))
    told = ("Ana Torres", True, "ana@home.example")
    assert (account["Name"], account["IsPersonAccount"], account["PersonEmail"]) == told
    contact = org_of_persons.get("Contact", str(account["PersonContactId"]))
    assert (contact["Name"], contact["IsPersonAccount"], contact["Email"]) == told
    assert (contact["AccountId"], contact["Phone"], contact["OwnerId"]) == (account["Id"], "1", account["OwnerId"])
    org_of_persons.ask("PATCH", f"sobjects/Account/{account['Id']}", {"LastName": "Diaz", "PersonTitle": "Dr"})
    contact = org_of_persons.get("Contact", str(contact["Id"]))
    assert (contact["Name"], contact["Title"]) == ("Ana Diaz", "Dr")
    org_of_persons.ask("PATCH", f"sobjects/Contact/{contact['Id']}", {"FirstName": "Eva", "Email": "eva@home.example"})
    account = org_of_persons.get("Account", str(account["Id"]))
    assert (account["Name"], account["PersonEmail"]) == ("Eva Diaz", "eva@home.example")


def test_what_a_person_does_not_take_is_refused(org_of_persons: Org) -> None:
    """A name of a person, an account of its contact, and a person's fields of a business."""
    person = org_of_persons.get("Account", _person(org_of_persons))
    business = org_of_persons.make("Account")
    for path, body in (
        (f"Account/{person['Id']}", {"Name": "Acme"}),
        (f"Contact/{person['PersonContactId']}", {"AccountId": business}),
        (f"Account/{business}", {"LastName": "Torres"}),
    ):
        code, text = org_of_persons.ask("PATCH", f"sobjects/{path}", body).error()
        assert (code, text.split(": ", 1)[1]) == (
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"bad field names on insert/update call: {next(iter(body))}",
        )
    assert org_of_persons.get("Account", business)["IsPersonAccount"] is False


def test_a_record_type_makes_a_person_and_a_last_name_gets_one(org_of_persons: Org) -> None:
    """PersonAccount is there, and told as IsPersonType; it needs a last name, and takes no name."""
    soql = "SELECT Id, DeveloperName FROM RecordType WHERE SobjectType = 'Account' AND IsPersonType = true"
    (kind,) = org_of_persons.ask("GET", "query", q=soql)["records"]  # type: ignore[attr-defined]
    assert kind["DeveloperName"] == "PersonAccount"
    typed = {"RecordTypeId": kind["Id"]}
    person = org_of_persons.get("Account", org_of_persons.make("Account", Name=None, LastName="Torres", **typed))
    assert (person["IsPersonAccount"], person["Name"]) == (True, "Torres")
    assert org_of_persons.get("Account", _person(org_of_persons))["RecordTypeId"] == kind["Id"]
    business = org_of_persons.make("Account")
    assert org_of_persons.get("Account", business)["RecordTypeId"] is None
    refused = org_of_persons.ask("POST", "sobjects/Account", typed).error()
    assert refused == ("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]")
    assert org_of_persons.ask("POST", "sobjects/Account", {"Name": "Acme", **typed}).status == 400


def _type_of_persons(org: Org) -> dict[str, object]:
    row = org.state.one('SELECT Id FROM "RecordType" WHERE IsPersonType = 1')
    assert row is not None
    return {"RecordTypeId": row["Id"]}


def test_a_business_with_one_contact_becomes_a_person_and_a_business_again(org_of_persons: Org) -> None:
    """By its record type alone; ids stay, and what either half said; the contact is by itself again afterwards."""
    org = org_of_persons
    typed, untyped = _type_of_persons(org), {"RecordTypeId": "012000000000000AAA"}
    account = org.make("Account", Phone="1", Industry="Banking")
    contact = org.make("Contact", AccountId=account, FirstName="Ana", LastName="Torres", Email="ana@home.example")
    refused = org.ask("PATCH", f"sobjects/Account/{account}", {**typed, "Industry": "Energy"}).error()
    assert refused[0] == "INVALID_FIELD_FOR_INSERT_UPDATE" and refused[1].startswith("Cannot specify any additional")
    assert org.ask("PATCH", f"sobjects/Account/{account}", typed).status == 204
    person, half = org.get("Account", account), org.get("Contact", contact)
    assert (person["Name"], person["IsPersonAccount"], person["PersonContactId"]) == ("Ana Torres", True, contact)
    assert (person["PersonEmail"], person["Industry"], half["Phone"]) == ("ana@home.example", "Banking", "1")
    assert half["IsPersonAccount"] is True
    assert org.ask("PATCH", f"sobjects/Account/{account}", {"LastName": "Diaz"}).status == 204
    assert org.get("Contact", contact)["Name"] == "Ana Diaz"
    assert org.ask("PATCH", f"sobjects/Account/{account}", untyped).status == 204
    business, half = org.get("Account", account), org.get("Contact", contact)
    assert (business["Name"], business["IsPersonAccount"], business["PersonEmail"]) == ("Ana Diaz", False, None)
    assert (business["PersonContactId"], half["IsPersonAccount"], half["AccountId"]) == (None, False, account)
    assert org.ask("PATCH", f"sobjects/Contact/{contact}", {"AccountId": None}).status == 204


@pytest.mark.parametrize("against", ["no contact", "two contacts", "owner", "parent", "child", "boss", "report"])
def test_a_business_that_is_tied_to_others_cannot_become_a_person(org_of_persons: Org, against: str) -> None:
    """Nothing of it changes."""
    org = org_of_persons
    other = org.make("Account")
    account = org.make("Account", ParentId=other if against == "parent" else None)
    boss = org.make("Contact")
    for _ in range({"no contact": 0, "two contacts": 2}.get(against, 1)):
        own = org.make("Contact", AccountId=account, ReportsToId=boss if against == "boss" else None)
    if against == "child":
        org.make("Account", ParentId=account)
    elif against == "report":
        org.make("Contact", ReportsToId=own)
    elif against == "owner":
        ben = org.insert("User", LastName="Ben", Username="ben@example.com", IsActive=1)
        org.ask("PATCH", f"sobjects/Contact/{own}", {"OwnerId": ben})
    before = org.get("Account", account)
    refused = org.ask("PATCH", f"sobjects/Account/{account}", _type_of_persons(org))
    assert refused.error()[1] == "Account cannot be converted to person-account"
    assert org.get("Account", account) == before


def test_custom_fields_of_contacts_are_the_persons_too(org: Org) -> None:
    """Under a name in __pc, whenever they come; unique ones stay so; a formula is read over there."""
    field = {"name": "Shoe__c", "type": "double", "precision": 4, "scale": 1}
    org.ask("POST", "/_org/fields", {"sobject": "Contact", "do": "add", "field": field})
    org.ask("POST", "/_org/settings", {"person_accounts": True})
    formula = {"name": "Twice__c", "type": "double", "precision": 4, "scale": 1, "formula": "Shoe__c * 2"}
    org.ask("POST", "/_org/fields", {"sobject": "Contact", "do": "add", "field": formula})
    made = org.ask("POST", "sobjects/Account", {**ANA, "Shoe__pc": 38.5, "Ext_Id__pc": "a1"})
    person = org.get("Account", str(made["id"]))
    assert (person["Shoe__pc"], person["Twice__pc"]) == (38.5, 77.0)
    contact = str(person["PersonContactId"])
    assert (org.get("Contact", contact)["Shoe__c"], org.get("Contact", contact)["Ext_Id__c"]) == (38.5, "a1")
    org.ask("PATCH", f"sobjects/Contact/{contact}", {"Shoe__c": 40})
    assert org.get("Account", str(made["id"]))["Shoe__pc"] == 40.0
    assert org.ask("POST", "sobjects/Account", {**ANA, "Ext_Id__pc": "a1"}).error()[0] == "DUPLICATE_VALUE"
    assert org.ask("POST", "sobjects/Account", {"Name": "Acme", "Shoe__pc": 1}).status == 400
    org.ask("POST", "/_org/fields", {"sobject": "Contact", "do": "drop", "field": "Twice__c"})
    org.ask("POST", "/_org/fields", {"sobject": "Contact", "do": "drop", "field": "Shoe__c"})
    assert "Shoe__pc" not in org.get("Account", str(made["id"]))


def test_a_person_goes_and_comes_back_as_a_whole(org_of_persons: Org) -> None:
    """The contact never goes by itself."""
    person = org_of_persons.get("Account", _person(org_of_persons))
    path = f"sobjects/Contact/{person['PersonContactId']}"
    assert org_of_persons.ask("DELETE", path).error()[0] == "DELETE_FAILED"
    assert org_of_persons.ask("DELETE", f"sobjects/Account/{person['Id']}").status == 204
    assert org_of_persons.ask("GET", path).status == 404


def test_persons_merge_with_their_contacts(org_of_persons: Org) -> None:
    """What hung on either half of the loser hangs on the winner's; a business merges with no person."""
    org = org_of_persons
    winner, loser = (org.get("Account", _person(org)) for _ in range(2))
    deal = org.make("Opportunity", AccountId=loser["Id"])
    task = org.make("Task", Subject="call", WhoId=loser["PersonContactId"])
    asked = OrgContext(org.state, org.clock, org.clock.now(), user_id=org.user_id, version="59.0")
    kind = asked.sobject("Account")
    merged = merge.merge(asked, kind, Draft({}, str(winner["Id"])), [str(loser["Id"])])
    assert merged.errors == ()
    assert org.get("Opportunity", deal)["AccountId"] == winner["Id"]
    assert org.get("Task", task)["WhoId"] == winner["PersonContactId"]
    soql = "SELECT Id, MasterRecordId FROM Contact WHERE IsDeleted = true"
    (gone,) = org.ask("GET", "queryAll", q=soql)["records"]  # type: ignore[attr-defined]
    assert (gone["Id"], gone["MasterRecordId"]) == (loser["PersonContactId"], winner["PersonContactId"])
    business = org.make("Account")
    refused = merge.merge(asked, kind, Draft({}, str(winner["Id"])), [business])
    assert refused.errors[0].code == "INVALID_TYPE_FOR_OPERATION"


def test_a_lead_without_company_becomes_a_person(org_of_persons: Org) -> None:
    """One account and one contact come of it, and an opportunity named after the person; with a company, a business."""
    lead = org_of_persons.make("Lead", Company=None, FirstName="Ana", LastName="Torres", Email="ana@home.example")
    done = _converted(org_of_persons, wishes.Wish(lead, "Qualified"))
    assert done.errors == ()
    account = org_of_persons.get("Account", str(done.account_id))
    assert (account["IsPersonAccount"], account["PersonContactId"]) == (True, done.contact_id)
    assert account["PersonEmail"] == "ana@home.example"
    assert org_of_persons.get("Opportunity", str(done.opportunity_id))["Name"] == "Ana Torres"
    found: Any = org_of_persons.ask("GET", "query", q="SELECT Id FROM Contact")
    assert found["totalSize"] == 1
    again = _converted(org_of_persons, wishes.Wish(org_of_persons.make("Lead"), "Qualified", account_id=account["Id"]))  # type: ignore[arg-type]
    assert again.contact_id == done.contact_id
    business = _converted(org_of_persons, wishes.Wish(org_of_persons.make("Lead"), "Qualified"))
    assert org_of_persons.get("Account", str(business.account_id))["IsPersonAccount"] is False


def test_a_form_leaves_the_company_blank(org_of_persons: Org) -> None:
    """`[not provided]` stands in for the last name alone."""
    row = org_of_persons.state.one('SELECT Id FROM "Organization"')
    assert row is not None
    body = urlencode({"oid": row["Id"], "email": "a@b.example"}).encode()
    org_of_persons.raw("POST", "/servlet/servlet.WebToLead", body, {}, {"authorization": ""})
    found: Any = org_of_persons.ask("GET", "query", q="SELECT LastName, Company FROM Lead")["records"]
    assert [(one["LastName"], one["Company"]) for one in found] == [("[not provided]", None)]
