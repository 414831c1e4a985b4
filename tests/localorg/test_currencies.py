"""Promises of an org with several currencies."""

from typing import Any

import pytest

from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity.sessions import issue_token
from sfsync.localorg.saving import convert, wishes
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
    wish = wishes.Wish(several.make("Lead", CurrencyIsoCode="EUR"), "Qualified", account_id=account)
    done = convert.convert(org, wish)
    assert several.get("Opportunity", str(done.opportunity_id))["CurrencyIsoCode"] == "EUR"
    assert several.get("Account", account)["CurrencyIsoCode"] == "GBP"


def test_new_records_have_the_currency_of_who_makes_them(several: Org) -> None:
    """convertCurrency() goes by it too, and FORMAT() says which currency an amount is in."""
    several.ask("PATCH", f"sobjects/User/{several.user_id}", {"DefaultCurrencyIsoCode": "EUR"})
    assert several.get("Lead", several.make("Lead"))["CurrencyIsoCode"] == "EUR"
    several.make("Opportunity", Amount=1600, CurrencyIsoCode="GBP", Probability=50)
    soql = (
        "SELECT convertCurrency(Amount) a, convertCurrency(ExpectedRevenue) b, FORMAT(Amount) c, "
        "FORMAT(convertCurrency(Amount)) d FROM Opportunity"
    )
    (shown,) = _rows(several, soql)
    assert shown == {"a": 1800.0, "b": 900.0, "c": "GBP 1,600.00", "d": "EUR 1,800.00"}
    assert _rows(several, "SELECT SUM(Amount) e FROM Opportunity") == [{"e": 2000.0}]


def test_an_amount_in_a_currency_compares_with_what_others_are_worth(several: Org) -> None:
    """`USD5000` finds and orders by worth; a bare number compares as it is; convertCurrency() has no place there."""
    for code, amount in (("EUR", 4501), ("JPY", 7000), ("USD", 5000), ("GBP", 4000)):
        several.make("Opportunity", Amount=amount, CurrencyIsoCode=code)

    def found(condition: str) -> list[str]:
        rows = _rows(several, f"SELECT CurrencyIsoCode FROM Opportunity {condition} ORDER BY Amount, Id")
        return [one["CurrencyIsoCode"] for one in rows]

    assert found("") == ["JPY", "USD", "GBP", "EUR"]
    assert found("WHERE Amount > USD5000") == ["EUR"]
    assert found("WHERE Amount >= usd5000.00 AND Amount != EUR4501") == ["USD", "GBP"]
    assert found("WHERE Amount IN (GBP4000, USD1)") == ["USD", "GBP"]
    assert found("WHERE Amount > 5000") == ["JPY"]
    for soql, code in (
        ("WHERE convertCurrency(Amount) > 1", "MALFORMED_QUERY"),
        ("WHERE Amount > CHF5", "INVALID_FIELD"),
        ("WHERE Amount IN (USD5, 5)", "MALFORMED_QUERY"),
        ("WHERE Probability > USD5", "MALFORMED_QUERY"),
        ("GROUP BY Id HAVING MAX(Amount) > USD5", "MALFORMED_QUERY"),
        ("ORDER BY convertCurrency(Amount)", "MALFORMED_QUERY"),
    ):
        assert several.ask("GET", "query", q=f"SELECT Id FROM Opportunity {soql}").error()[0] == code, soql


@pytest.fixture
def dated(org: Org) -> Org:
    """An org in which rates of the day count; the euro is dearer from December on."""
    assert org.ask("POST", "/_org/settings", {"dated_exchange_rates": True}).status == 200
    org.make("DatedConversionRate", IsoCode="EUR", StartDate="2026-12-01", ConversionRate=0.5)
    return org


def test_each_rate_of_a_currency_ends_where_the_next_begins(dated: Org) -> None:
    """The first of all begins before all days; a second one of a day, or one that is nothing, is refused."""
    rate = dated.make("DatedConversionRate", IsoCode="EUR", StartDate="2026-06-01", ConversionRate=0.8)
    soql = "SELECT StartDate, NextStartDate FROM DatedConversionRate WHERE IsoCode = 'EUR' ORDER BY StartDate"

    def spans() -> list[tuple[str, str]]:
        return [(one["StartDate"], one["NextStartDate"]) for one in _rows(dated, soql)]

    first, last = "0001-01-01", "9999-12-31"
    assert spans() == [(first, "2026-06-01"), ("2026-06-01", "2026-12-01"), ("2026-12-01", last)]
    dated.ask("DELETE", f"sobjects/DatedConversionRate/{rate}")
    assert spans() == [(first, "2026-12-01"), ("2026-12-01", last)]
    for change, code in (
        ({"StartDate": "2026-12-01"}, "DUPLICATE_VALUE"),
        ({"ConversionRate": 0}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"IsoCode": "CHF"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    ):
        body = {"IsoCode": "EUR", "StartDate": "2027-01-01", "ConversionRate": 0.7, **change}
        assert dated.ask("POST", "sobjects/DatedConversionRate", body).error()[0] == code


def test_an_opportunity_is_worth_what_its_close_date_says(dated: Org) -> None:
    """In convertCurrency(), aggregates and conditions; roll-ups and other sObjects keep the rate of the currency."""
    campaign = dated.make("Campaign", Name="Fair")
    for day in ("2026-11-30", "2026-12-01"):
        dated.make("Opportunity", Amount=90, CurrencyIsoCode="EUR", CloseDate=day, CampaignId=campaign)
    shown = _rows(dated, "SELECT convertCurrency(Amount) own FROM Opportunity ORDER BY CloseDate")
    assert [one["own"] for one in shown] == [100.0, 180.0]
    assert _rows(dated, "SELECT SUM(Amount) total FROM Opportunity") == [{"total": 280.0}]
    assert len(_rows(dated, "SELECT Id FROM Opportunity WHERE Amount > USD150")) == 1
    assert dated.get("Campaign", campaign)["AmountAllOpportunities"] == 200.0
    dated.make("Lead", AnnualRevenue=90, CurrencyIsoCode="EUR")
    assert _rows(dated, "SELECT convertCurrency(AnnualRevenue) own FROM Lead") == [{"own": 100.0}]


def test_dated_rates_go_with_the_currencies(dated: Org) -> None:
    """Turned off, either by itself or with all currencies, the rates are no more."""
    dated.ask("POST", "/_org/settings", {"several_currencies": False})
    assert dated.ask("GET", "/_org/settings")["dated_exchange_rates"] is False
    assert dated.ask("GET", "query", q="SELECT Id FROM DatedConversionRate").error()[0] == "INVALID_TYPE"


@pytest.mark.parametrize(
    ("name", "soql"),
    [
        ("several_currencies", "SELECT CurrencyIsoCode FROM Account"),
        ("dated_exchange_rates", "SELECT Id FROM DatedConversionRate WHERE IsoCode = 'EUR'"),
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
