"""Promises about keys of leads that were converted: no second record, and no change where nobody wants one."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from sfsync.localorg.variants import CONVERTED_EDITABLE
from sfsync.plan.converted import ConvertedLeads
from sfsync.plan.policy import Policy
from sfsync.sync.outcome import Outcome
from sfsync.sync.run import pull_only
from tests.dataload.loader import Loader
from tests.shop import Shop

HEAD = ("Ext_Id__c", "LastName", "Company", "Title", "City")
ROW = ("k1", "Knit", "Wool", "Boss", "Ghent")
NEXT = ("k1", "Purl", "Yarn", "Chief", "Ghent")
DELETED = pytest.mark.parametrize(
    "deleted", [False, pytest.param(True, marks=pytest.mark.long)], ids=["there", "deleted since"]
)


def convert(shop: Shop, lead: str) -> str:
    """Convert a lead as somebody in the org would; gives its contact."""
    shop.fault({"convert_in_org": lead}, "^/services/data", "GET", nth=1)
    shop.ask("GET", "limits")
    return str(shop.rows("SELECT ConvertedContactId FROM Lead WHERE Id = ?", lead)[0]["ConvertedContactId"])


@pytest.fixture
def lead(loader: Loader) -> str:
    """A lead that was imported by a key of its own."""
    assert loader.run((HEAD, ROW), "upsert", key="Ext_Id__c").exit == 0
    return str(loader.shop.rows("SELECT Id FROM Lead")[0]["Id"])


def again(loader: Loader, converted: ConvertedLeads) -> Outcome:
    """Import a row with the same key and other values."""
    terms = replace(loader.terms(), policies={"Lead": Policy(converted=converted)})
    return loader.run((HEAD, NEXT), "upsert", key="Ext_Id__c", terms=terms)


def held(shop: Shop, contact: str) -> Mapping[str, object]:
    """Give what a contact holds."""
    return shop.rows("SELECT LastName, Title, MailingCity FROM Contact WHERE Id = ?", contact)[0]


def records(shop: Shop) -> int:
    """Count the leads and contacts there are."""
    return len(
        shop.rows("SELECT Id FROM Lead WHERE IsDeleted = 0 UNION ALL SELECT Id FROM Contact WHERE IsDeleted = 0")
    )


@DELETED
def test_a_row_about_a_converted_lead_is_refused_before_any_call(loader: Loader, lead: str, deleted: bool) -> None:
    """It says which contact the lead became; nothing is made anew, though the lead be gone by now."""
    contact = convert(loader.shop, lead)
    then = _deleted(loader.shop, lead) if deleted else records(loader.shop)
    outcome = again(loader, ConvertedLeads.LEAVE)
    assert outcome.exit == 3 and contact in outcome.problems[0].message
    assert records(loader.shop) == then and held(loader.shop, contact)["LastName"] == "Knit"
    assert not loader.shop.calls("PATCH", "composite/sobjects/Contact")
    loader.accounted(outcome)


@DELETED
def test_a_row_goes_to_the_contact_where_settings_say_so(loader: Loader, lead: str, deleted: bool) -> None:
    """What has a place there is written, what has none is named in the reason; and again it is so already."""
    contact = convert(loader.shop, lead)
    then = _deleted(loader.shop, lead) if deleted else records(loader.shop)
    outcome = again(loader, ConvertedLeads.CONTACT)
    assert (outcome.exit, outcome.counts["applied"]) == (0, 1)
    assert held(loader.shop, contact) == {"LastName": "Purl", "Title": "Chief", "MailingCity": "Ghent"}
    change = loader.shop.books().outbox.entries(run=outcome.run)[0].change
    assert "no place for Company" in change.because[-1] and records(loader.shop) == then
    assert again(loader, ConvertedLeads.CONTACT).counts["unchanged"] == 1


@pytest.mark.long
def test_a_contact_that_was_merged_since_is_followed(loader: Loader, lead: str) -> None:
    """The row arrives at the record that lives on."""
    shop = loader.shop
    contact, winner = convert(shop, lead), shop.make("Contact", LastName="Winner")
    with shop.mirror.writing() as books:
        books.keys.moved(contact, winner)
    assert again(loader, ConvertedLeads.CONTACT).exit == 0 and held(shop, winner)["LastName"] == "Purl"


@pytest.mark.long
def test_converted_leads_are_written_where_told_and_allowed(loader: Loader, lead: str) -> None:
    """With the right to; without it the org refuses, and the row ends as superseded."""
    convert(loader.shop, lead)
    loader.shop.local.state.set_setting(CONVERTED_EDITABLE, False)
    refused = again(loader, ConvertedLeads.WRITE)
    assert refused.exit == 3 and "CANNOT_UPDATE_CONVERTED_LEAD" in refused.problems[0].message
    loader.shop.local.state.set_setting(CONVERTED_EDITABLE, True)
    assert again(loader, ConvertedLeads.WRITE).exit == 0
    assert loader.shop.rows("SELECT Company FROM Lead WHERE Id = ?", lead)[0]["Company"] == "Yarn"


def _deleted(shop: Shop, lead: str) -> int:
    """Let a pull see a conversion, then delete the lead in the org; gives how many records are left."""
    pull_only(shop.context, shop.order(), full=False)
    shop.ask("DELETE", f"sobjects/Lead/{lead}")
    return records(shop)
