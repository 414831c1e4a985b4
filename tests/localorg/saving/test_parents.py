"""Promises of parents whose rules are about their roll-ups."""

from collections.abc import Callable

from tests.localorg.conftest import Org, Reply

DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-03-01"}


def test_a_child_that_makes_its_parent_break_a_rule_is_refused_with_that_rules_words(
    org: Org, set_rule: Callable[..., Reply]
) -> None:
    """Created or changed, alone or in a set: nothing of it stays, its neighbours under other parents are saved."""
    total = {"child": "Opportunity", "reference": "AccountId", "operation": "sum", "field": "Amount"}
    field = {"name": "Total__c", "type": "currency", "precision": 18, "scale": 2, "rollup": total}
    assert org.ask("POST", "/_org/fields", {"sobject": "Account", "do": "add", "field": field}).status == 200
    set_rule("validation", "Account", "Credit", formula="Total__c > 100", message="Over the limit.", field="Total__c")
    account, other = org.make("Account"), org.make("Account")
    deal = org.make("Opportunity", AccountId=account, Amount=90)
    refused = org.ask("POST", "sobjects/Opportunity", {**DEAL, "AccountId": account, "Amount": 20})
    assert refused.error()[:2] == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Over the limit.")
    assert org.ask("PATCH", f"sobjects/Opportunity/{deal}", {"Amount": 101}).error()[1] == "Over the limit."
    both = [{"attributes": {"type": "Opportunity"}, **DEAL, "AccountId": one, "Amount": 20} for one in (account, other)]
    told = org.ask("POST", "composite/sobjects", {"allOrNone": False, "records": both}).body
    assert [one["success"] for one in told] == [False, True]  # type: ignore[attr-defined, union-attr]
    assert [org.get("Account", one)["Total__c"] for one in (account, other)] == [90.0, 20.0]
    assert org.ask("PATCH", f"sobjects/Opportunity/{deal}", {"Amount": 100}).status == 204
