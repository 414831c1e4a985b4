"""Promises of contact roles and fiscal years: what an opportunity shows of its contact and its close date."""

from typing import Any

from tests.localorg.conftest import Org

DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-05-20"}


def _roles(org: Org, deal: str) -> list[tuple[object, object]]:
    soql = f"SELECT ContactId, IsPrimary FROM OpportunityContactRole WHERE OpportunityId = '{deal}' ORDER BY Id"
    found: Any = org.ask("GET", "query", q=soql)["records"]
    return [(one["ContactId"], one["IsPrimary"]) for one in found]


def test_an_opportunity_has_one_primary_contact_and_shows_it(org: Org) -> None:
    """ContactId makes the first primary role; another takes over; without one ContactId is empty."""
    one, other = org.make("Contact"), org.make("Contact")
    deal = str(org.ask("POST", "sobjects/Opportunity", {**DEAL, "ContactId": one})["id"])
    assert _roles(org, deal) == [(one, True)]
    role = {"OpportunityId": deal, "ContactId": other, "IsPrimary": True}
    second = org.ask("POST", "sobjects/OpportunityContactRole", role)["id"]
    assert _roles(org, deal) == [(one, False), (other, True)]
    assert org.get("Opportunity", deal)["ContactId"] == other
    assert org.ask("DELETE", f"sobjects/OpportunityContactRole/{second}").status == 204
    assert org.get("Opportunity", deal)["ContactId"] is None


def test_the_fiscal_year_begins_with_the_month_that_is_set(org: Org) -> None:
    """Opportunities come into other periods, queries group by them; a year is named after the one it ends in."""
    before = org.make("Opportunity", **DEAL)
    assert org.ask("POST", "/_org/settings", {"fiscal_year_start": 13}).status == 400
    assert org.ask("POST", "/_org/settings", {"fiscal_year_start": 5})["fiscal_year_start"] == 5
    after = org.make("Opportunity", **{**DEAL, "CloseDate": "2026-04-30"})
    assert [org.get("Opportunity", one)["Fiscal"] for one in (before, after)] == ["2027 1", "2026 4"]
    by = "FISCAL_YEAR(CloseDate), FISCAL_QUARTER(CloseDate)"
    found: Any = org.ask("GET", "query", q=f"SELECT {by} FROM Opportunity GROUP BY {by} ORDER BY {by}")["records"]
    assert [(one["expr0"], one["expr1"]) for one in found] == [(2026, 4), (2027, 1)]
