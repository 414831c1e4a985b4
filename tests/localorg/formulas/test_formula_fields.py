"""Promises of formula and roll-up fields."""

from datetime import timedelta

import pytest

from tests.localorg.conftest import Org


def _add(org: Org, sobject: str, **facts: object) -> None:
    reply = org.ask("POST", "/_org/fields", {"sobject": sobject, "do": "add", "field": facts})
    assert reply.status == 200, reply.body


def _query(org: Org, soql: str) -> list[dict[str, object]]:
    reply = org.ask("GET", "query", q=soql)
    assert reply.status == 200, reply.body
    return list(reply["records"])  # type: ignore[call-overload]


@pytest.fixture
def account(org: Org) -> str:
    """An account with a roll-up of what it has won, and opportunities that show it."""
    won = {"child": "Opportunity", "reference": "AccountId", "operation": "sum", "field": "Amount"}
    _add(
        org,
        "Account",
        name="Won__c",
        type="currency",
        precision=18,
        scale=2,
        rollup={**won, "filters": [["IsWon", "equals", "True"]]},
    )
    count = {"child": "Opportunity", "reference": "AccountId", "operation": "count"}
    _add(org, "Account", name="Deals__c", type="double", precision=18, scale=0, rollup=count)
    _add(org, "Opportunity", name="Share__c", type="percent", precision=5, scale=1, formula="Amount / Account.Won__c")
    account = org.make("Account")
    org.make("Opportunity", AccountId=account, Amount=30, StageName="Closed Won")
    org.make("Opportunity", AccountId=account, Amount=90, StageName="Closed Won")
    org.make("Opportunity", AccountId=account, Amount=500)
    return account


def test_a_roll_up_counts_what_hangs_on_its_record_now(org: Org, account: str) -> None:
    """Whatever was created, changed, deleted or brought back since; filters hold."""
    found = org.get("Account", account)
    assert (found["Won__c"], found["Deals__c"]) == (120.0, 3.0)
    deal = str(_query(org, "SELECT Id FROM Opportunity WHERE Amount = 90")[0]["Id"])
    org.ask("DELETE", f"sobjects/Opportunity/{deal}")
    assert _query(org, "SELECT Won__c, Deals__c FROM Account WHERE Won__c = 30 ORDER BY Won__c")[0]["Deals__c"] == 2.0


def test_a_saved_child_moves_its_parents_system_modstamp_alone(org: Org, account: str) -> None:
    """LastModifiedDate stays; a change that rolls up nowhere moves nothing."""
    before = org.get("Account", account)
    org.clock.set(org.clock.now() + timedelta(minutes=5))
    deal = str(_query(org, "SELECT Id FROM Opportunity WHERE Amount = 30")[0]["Id"])
    org.ask("PATCH", f"sobjects/Opportunity/{deal}", {"NextStep": "Call"})
    assert org.get("Account", account) == before
    org.ask("PATCH", f"sobjects/Opportunity/{deal}", {"Amount": 31})
    after = org.get("Account", account)
    assert after["SystemModstamp"] > before["SystemModstamp"]  # type: ignore[operator]
    assert after["LastModifiedDate"] == before["LastModifiedDate"]


def test_a_formula_reads_parents_and_their_roll_ups(org: Org, account: str) -> None:
    """In records, in queries, in filters and in order; a percent shows as one; a failure shows as nothing."""
    rows = _query(org, "SELECT Amount, Share__c FROM Opportunity WHERE Share__c < 100 ORDER BY Share__c DESC")
    assert [(one["Amount"], one["Share__c"]) for one in rows] == [(90.0, 75.0), (30.0, 25.0)]
    assert _query(org, "SELECT MAX(Share__c) top FROM Opportunity")[0]["top"] == 416.7
    lonely = org.make("Opportunity", Amount=5)
    assert org.get("Opportunity", lonely)["Share__c"] is None


def test_a_formula_follows_the_clock_and_the_user(org: Org) -> None:
    """TODAY is the user's day, when it is read."""
    _add(org, "Lead", name="Age__c", type="double", precision=5, scale=0, formula="TODAY() - DATEVALUE(CreatedDate)")
    _add(org, "Lead", name="Me__c", type="string", length=1300, formula='$User.Alias & "/" & Owner:User.Alias')
    org.ask("POST", "/_org/settings", {"session_seconds": 1_000_000})
    lead = org.make("Lead")
    assert (org.get("Lead", lead)["Age__c"], org.get("Lead", lead)["Me__c"]) == (0.0, "sync/sync")
    org.clock.set(org.clock.now() + timedelta(days=1))
    assert org.get("Lead", lead)["Age__c"] == 1.0


def test_a_formula_field_cannot_be_written_and_is_described_with_its_source(org: Org) -> None:
    """calculated, calculatedFormula, and how blanks count."""
    _add(org, "Lead", name="Twice__c", type="double", precision=9, scale=0, formula="Score__c * 2", blanks="blanks")
    refused = org.ask("POST", "sobjects/Lead", {"LastName": "N", "Company": "C", "Twice__c": 1})
    assert refused.error()[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    fields = org.ask("GET", "sobjects/Lead/describe")["fields"]
    told = next(one for one in fields if one["name"] == "Twice__c")  # type: ignore[attr-defined]
    assert (told["calculated"], told["calculatedFormula"]) == (True, "Score__c * 2")
    assert told["formulaTreatNullNumberAsZero"] is False
    lead = org.make("Lead")
    assert org.get("Lead", lead)["Twice__c"] is None
    org.ask("PATCH", f"sobjects/Lead/{lead}", {"Score__c": 4})
    assert org.get("Lead", lead)["Twice__c"] == 8.0


def test_a_formula_whose_field_has_gone_is_empty(org: Org) -> None:
    """Nothing else breaks."""
    _add(org, "Lead", name="Twice__c", type="double", precision=9, scale=0, formula="Score__c * 2")
    lead = org.make("Lead", Score__c=4)
    org.ask("POST", "/_org/fields", {"sobject": "Lead", "do": "drop", "field": "Score__c", "force": True})
    assert org.get("Lead", lead)["Twice__c"] is None
    assert _query(org, "SELECT Twice__c FROM Lead")[0]["Twice__c"] is None
