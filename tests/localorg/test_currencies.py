"""Promises of an org with several currencies."""

from typing import Any

import pytest

from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity.sessions import issue_token
from sfsync.localorg.saving import convert
from tests.localorg.conftest import Org

RATES = {"USD": 1.0, "EUR": 0.9, "GBP": 0.8, "JPY": 150.0}


@pytest.fixture
def several(org: Org) -> Org:
    """An org in which the switch is on."""
    assert org.ask("POST", "/_org/settings", {"several_currencies": True}).status == 200
    return org


def _rows(org: Org, soql: str) -> list[dict[str, Any]]:
    found: Any = org.ask("GET", "query", q=soql)["records"]
    return [{key: value for key, value in one.items() if key != "attributes"} for one in found]


def test_one_currency_knows_nothing_of_others(org: Org) -> None:
    """No field, no CurrencyType; what the switch brings goes with it."""
    for _ in range(2):
        assert org.ask("GET", "query", q="SELECT Id FROM CurrencyType").error()[0] == "INVALID_TYPE"
        assert org.ask("GET", "query", q="SELECT CurrencyIsoCode FROM Lead").error()[0] == "INVALID_FIELD"
        org.ask("POST", "/_org/settings", {"several_currencies": True})
        org.ask("POST", "/_org/settings", {"several_currencies": False})


def test_records_have_the_corporate_currency_or_one_that_is_active(several: Org) -> None:
    """Others are refused as a restricted picklist refuses; a currency made active is taken at once."""
    assert several.get("Lead", several.make("Lead"))["CurrencyIsoCode"] == "USD"
    assert several.get("Lead", several.make("Lead", CurrencyIsoCode="EUR"))["CurrencyIsoCode"] == "EUR"
    lead = {"LastName": "N", "Company": "C", "CurrencyIsoCode": "CHF"}
    assert several.ask("POST", "sobjects/Lead", lead).error()[0] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    several.make("CurrencyType", IsoCode="CHF", ConversionRate=0.85, IsActive=True)
    assert several.ask("POST", "sobjects/Lead", lead).status == 201
    found = _rows(several, "SELECT IsoCode, ConversionRate FROM CurrencyType WHERE IsoCode != 'CHF'")
    assert {one["IsoCode"]: one["ConversionRate"] for one in found} == RATES


def test_sums_are_in_the_currency_of_the_org(several: Org) -> None:
    """Aggregates and convertCurrency() convert; a record's own amount stays as it is."""
    for code, amount in (("EUR", 90), ("GBP", 80), ("USD", 100)):
        several.make("Opportunity", Amount=amount, CurrencyIsoCode=code)
    told = _rows(several, "SELECT SUM(Amount) total, MAX(Amount) most FROM Opportunity")
    assert told == [{"total": 300.0, "most": 100.0}]
    shown = _rows(several, "SELECT Amount, convertCurrency(Amount) own FROM Opportunity ORDER BY Id")
    assert [(one["Amount"], one["own"]) for one in shown] == [(90.0, 100.0), (80.0, 100.0), (100.0, 100.0)]


def test_a_roll_up_is_in_the_currency_of_its_record(several: Org) -> None:
    """What hangs on a campaign in euros is summed up in euros."""
    campaign = several.make("Campaign", Name="Fair", CurrencyIsoCode="EUR")
    several.make("Opportunity", Amount=100, CampaignId=campaign)
    several.make("Opportunity", Amount=90, CampaignId=campaign, CurrencyIsoCode="EUR")
    assert several.get("Campaign", campaign)["AmountAllOpportunities"] == 180.0


def test_a_conversion_keeps_the_currency(several: Org) -> None:
    """New records have that of the lead; an account that is there keeps its own."""
    org = OrgContext(several.state, several.clock, several.clock.now(), user_id=several.user_id, version="59.0")
    account = several.make("Account", CurrencyIsoCode="GBP")
    wish = convert.Wish(several.make("Lead", CurrencyIsoCode="EUR"), "Qualified", account_id=account)
    done = convert.convert(org, wish)
    assert several.get("Opportunity", str(done.opportunity_id))["CurrencyIsoCode"] == "EUR"
    assert several.get("Account", account)["CurrencyIsoCode"] == "GBP"


def test_dated_rates_are_kept(several: Org) -> None:
    """They can be made and queried."""
    several.make("DatedConversionRate", IsoCode="EUR", StartDate="2026-01-01", ConversionRate=0.92)
    assert _rows(several, "SELECT IsoCode, ConversionRate FROM DatedConversionRate") == [
        {"IsoCode": "EUR", "ConversionRate": 0.92}
    ]


@pytest.mark.parametrize(
    ("name", "soql"),
    [
        ("several_currencies", "SELECT CurrencyIsoCode FROM Account"),
        ("person_accounts", "SELECT IsPersonAccount FROM Account"),
        ("state_country_picklists", "SELECT BillingCountryCode FROM Account"),
        ("production", "SELECT Id FROM Organization WHERE IsSandbox = false"),
    ],
)
def test_a_switch_that_changes_the_schema_outlives_a_reset(org: Org, name: str, soql: str) -> None:
    """It is on in the new org as it was in the old one, with all it brings."""
    org.ask("POST", "/_org/settings", {name: True})
    assert org.ask("POST", "/_org/reset", {"leads": 1, "accounts": 1, "contacts": 1, "opportunities": 1}).status == 200
    org.token = issue_token(org.state, org.clock, str(org.state.setting("integration_user_id")))
    assert org.ask("GET", "/_org/settings")[name] is True
    assert org.ask("GET", "query", q=soql)["totalSize"] == 1
