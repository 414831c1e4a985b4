"""Promises of parents whose rules are about their roll-ups."""

from collections.abc import Callable

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import merge
from sfsync.localorg.saving.draft import Draft
from tests.localorg.conftest import Org, Reply
from tests.localorg.saving.conftest import undelete

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


def _field(org: Org, sobject: str, name: str, rollup: dict[str, str], **facts: object) -> None:
    field = {"name": name, "type": "double", "precision": 18, "scale": 0, "rollup": rollup, **facts}
    reply = org.ask("POST", "/_org/fields", {"sobject": sobject, "do": "add", "field": field})
    assert reply.status == 200, reply.body


DEALS = {"child": "Opportunity", "reference": "AccountId", "operation": "count"}


def test_a_record_cannot_go_or_come_back_where_its_parents_rule_is_against_it(
    org: Org, set_rule: Callable[..., Reply]
) -> None:
    """The usual way to keep children: a rule on their number; the org can be set to let them go."""
    _field(org, "Account", "Deals__c", DEALS)
    set_rule("validation", "Account", "Keep", formula="Deals__c < PRIORVALUE(Deals__c)", message="They stay.")
    account, other = org.make("Account"), org.make("Account")
    deal = org.make("Opportunity", AccountId=account)
    assert org.ask("DELETE", f"sobjects/Opportunity/{deal}").error() == (
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "They stay.",
    )
    assert org.get("Account", account)["Deals__c"] == 1.0
    assert org.ask("PATCH", f"sobjects/Opportunity/{deal}", {"AccountId": other}).error()[1] == "They stay."
    assert org.ask("DELETE", f"sobjects/Account/{account}").status == 204  # the parent itself takes them along
    assert undelete(org, "Account", account) == []
    org.ask("POST", "/_org/settings", {"deletes_pass_rules_of_parents": True})
    assert org.ask("DELETE", f"sobjects/Opportunity/{deal}").status == 204
    org.ask("POST", "/_org/settings", {"deletes_pass_rules_of_parents": False})
    set_rule("validation", "Account", "Keep", formula="Deals__c > PRIORVALUE(Deals__c)", message="No more.")
    assert undelete(org, "Opportunity", deal) == ["FIELD_CUSTOM_VALIDATION_EXCEPTION"]
    assert org.ask("GET", f"sobjects/Opportunity/{deal}").status == 404


def test_grandparents_are_stamped_and_asked_too(org: Org, set_rule: Callable[..., Reply]) -> None:
    """What rolls up a roll-up follows a child that is made, changed, moved, deleted, brought back or merged away."""
    _field(org, "Account", "Sum__c", {**DEALS, "operation": "sum", "field": "Amount"}, type="currency", scale=2)
    twice = {"name": "Twice__c", "type": "currency", "precision": 18, "scale": 2, "formula": "Sum__c * 2"}
    assert org.ask("POST", "/_org/fields", {"sobject": "Account", "do": "add", "field": twice}).status == 200
    up = {"child": "Account", "reference": "ParentId", "operation": "sum", "field": "Twice__c"}
    _field(org, "Account", "Below__c", up, type="currency", scale=2)
    top, other = org.make("Account"), org.make("Account")
    middle, second = org.make("Account", ParentId=top), org.make("Account")
    deal = org.make("Opportunity", AccountId=middle, Amount=10)

    def after(method: str, path: str, body: object = None) -> tuple[object, bool]:
        stamp = org.get("Account", top)["SystemModstamp"]
        org.clock.advance(60)
        assert org.ask(method, path, body).status < 300
        now = org.get("Account", top)
        return now["Below__c"], now["SystemModstamp"] > stamp  # type: ignore[operator]

    record = f"sobjects/Opportunity/{deal}"
    assert after("PATCH", record, {"Amount": 30}) == (60.0, True)
    assert after("PATCH", record, {"NextStep": "call"}) == (60.0, False)
    assert after("PATCH", record, {"AccountId": other}) == (0.0, True)
    assert after("PATCH", record, {"AccountId": middle}) == (60.0, True)
    assert after("DELETE", record) == (0.0, True)
    assert undelete(org, "Opportunity", deal) == []
    assert org.get("Account", top)["Below__c"] == 60.0
    set_rule("validation", "Account", "Top", formula="Below__c > 100", message="Too much below.")
    assert org.ask("PATCH", record, {"Amount": 51}).error()[1] == "Too much below."
    assert org.ask("PATCH", f"sobjects/Account/{middle}", {"ParentId": None}).status == 204
    assert org.ask("PATCH", record, {"Amount": 51}).status == 204
    assert org.ask("PATCH", f"sobjects/Account/{middle}", {"ParentId": top}).error()[1] == "Too much below."
    org.ask("PATCH", record, {"Amount": 20})
    assert org.ask("PATCH", f"sobjects/Account/{second}", {"ParentId": top}).status == 204
    stamp = org.get("Account", top)["SystemModstamp"]
    org.clock.advance(60)
    asked = OrgContext(org.state, org.clock, org.clock.now(), org.user_id, version="59.0")
    assert merge.merge(asked, asked.sobject("Account"), Draft({}, second), [middle]).errors == ()
    now = org.get("Account", top)
    assert now["Below__c"] == 40.0 and now["SystemModstamp"] > stamp  # type: ignore[operator]


def test_a_parent_is_stamped_by_systemmodstamp_alone_or_by_both_as_set(org: Org) -> None:
    """Sources differ on whether LastModifiedDate moves with a roll-up."""
    _field(org, "Account", "Deals__c", DEALS)
    account = org.make("Account")
    for moves in (False, True):
        org.ask("POST", "/_org/settings", {"rollups_move_last_modified": moves})
        org.clock.advance(60)
        org.make("Opportunity", AccountId=account)
        now = org.get("Account", account)
        assert (now["LastModifiedDate"] == now["SystemModstamp"]) is moves
