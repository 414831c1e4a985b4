"""Promises of an org with person accounts."""

from typing import Any
from urllib.parse import urlencode

import pytest

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import convert, wishes
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
