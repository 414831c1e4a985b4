"""Deleting, the recycle bin, and the way back."""

import pytest

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import operations
from tests.localorg.conftest import Org
from tests.localorg.saving.conftest import undelete


def _status(org: Org, sobject: str, record_id: str) -> int:
    return org.ask("GET", f"sobjects/{sobject}/{record_id}").status


def test_a_deleted_record_is_gone_for_all_who_ask(org: Org) -> None:
    """GET, PATCH and DELETE of it say ENTITY_IS_DELETED with 404."""
    lead = org.make("Lead")
    assert org.ask("DELETE", f"sobjects/Lead/{lead}").status == 204
    for method, body in (("GET", None), ("PATCH", {"Title": "x"}), ("DELETE", None)):
        reply = org.ask(method, f"sobjects/Lead/{lead}", body)
        assert (reply.status, reply.error()) == (404, ("ENTITY_IS_DELETED", "entity is deleted"))


def test_a_deleted_record_can_be_made_to_look_as_if_it_had_never_been(org: Org) -> None:
    """Real orgs answer GET of a deleted record in two ways, by version; the org can be set to the older one."""
    lead = org.make("Lead")
    org.ask("DELETE", f"sobjects/Lead/{lead}")
    assert org.ask("GET", f"/services/data/v42.0/sobjects/Lead/{lead}").error()[0] == "NOT_FOUND"
    assert org.ask("GET", f"sobjects/Lead/{lead}").error()[0] == "ENTITY_IS_DELETED"
    org.state.set_setting("deleted_as_unknown", True)
    assert org.ask("GET", f"sobjects/Lead/{lead}").error()[0] == "NOT_FOUND"


def test_a_deleted_account_takes_contacts_and_opportunities_along(org: Org) -> None:
    """The cascade reaches them, and undelete brings all of them back with their ids."""
    account = org.make("Account")
    contact, deal = org.make("Contact", AccountId=account), org.make("Opportunity", AccountId=account)
    before = org.get("Contact", contact)["SystemModstamp"]
    org.clock.advance(60)
    org.ask("DELETE", f"sobjects/Account/{account}")
    assert [_status(org, "Contact", contact), _status(org, "Opportunity", deal)] == [404, 404]
    org.clock.advance(60)
    assert undelete(org, "Account", account) == []
    assert org.get("Contact", contact)["AccountId"] == account
    assert org.get("Opportunity", deal)["AccountId"] == account
    assert str(org.get("Contact", contact)["SystemModstamp"]) > str(before)


def test_children_deleted_before_their_parent_stay_deleted(org: Org) -> None:
    """Undelete of the account brings back only what went with it."""
    account = org.make("Account")
    contact = org.make("Contact", AccountId=account)
    org.ask("DELETE", f"sobjects/Contact/{contact}")
    org.clock.advance(5)
    org.ask("DELETE", f"sobjects/Account/{account}")
    assert undelete(org, "Account", account) == []
    assert _status(org, "Contact", contact) == 404


def test_a_lookup_to_a_deleted_record_is_emptied_and_comes_back(org: Org) -> None:
    """ReportsToId and ParentId are emptied, and filled again by undelete unless somebody set another."""
    boss, other = org.make("Contact"), org.make("Contact")
    one, two = org.make("Contact", ReportsToId=boss), org.make("Contact", ReportsToId=boss)
    org.ask("DELETE", f"sobjects/Contact/{boss}")
    assert org.get("Contact", one)["ReportsToId"] is None
    org.ask("PATCH", f"sobjects/Contact/{two}", {"ReportsToId": other})
    assert undelete(org, "Contact", boss) == []
    assert (org.get("Contact", one)["ReportsToId"], org.get("Contact", two)["ReportsToId"]) == (boss, other)


def test_what_went_with_its_parent_comes_back_with_it_alone(org: Org) -> None:
    """UNDELETE_FAILED as long as the parent is in the bin, and for good once the parent is erased."""
    account, contact = org.make("Account"), org.make("Contact")
    deal = org.make("Opportunity", AccountId=account)
    org.ask("DELETE", f"sobjects/Account/{account}")
    assert undelete(org, "Opportunity", deal) == ["UNDELETE_FAILED"]
    assert undelete(org, "Account", account) == undelete(org, "Contact", contact)[1:] == []
    assert _status(org, "Opportunity", deal) == 200


def test_a_detail_deleted_before_its_master_is_lost_with_it(org: Org) -> None:
    """It cannot return, not even once the master has; the next purge takes it out of sight."""
    master = {"name": "Broker__c", "type": "reference", "to": ["Account"], "relationship": "Broker__r"}
    detail = {**master, "required": True, "on_parent_delete": "cascade"}
    assert org.ask("POST", "/_org/fields", {"sobject": "Lead", "do": "add", "field": detail}).status == 200
    account = org.make("Account")
    lead = org.make("Lead", Broker__c=account)
    org.ask("DELETE", f"sobjects/Lead/{lead}")
    org.clock.advance(5)
    org.ask("DELETE", f"sobjects/Account/{account}")
    assert undelete(org, "Account", account) == []
    assert undelete(org, "Lead", lead) == ["UNDELETE_FAILED"]
    org.clock.advance(3600)
    assert org.ask("GET", f"sobjects/Lead/{lead}").error()[0] == "NOT_FOUND"


def test_a_reference_to_what_is_in_the_bin_is_empty_in_what_comes_back(org: Org) -> None:
    """It leads there again once that comes back too."""
    boss = org.make("Contact")
    report = org.make("Contact", ReportsToId=boss)
    for one in (report, boss):
        org.ask("DELETE", f"sobjects/Contact/{one}")
    assert undelete(org, "Contact", report) == []
    assert org.get("Contact", report)["ReportsToId"] is None
    assert undelete(org, "Contact", boss) == []
    assert org.get("Contact", report)["ReportsToId"] == boss


def test_what_is_erased_takes_along_what_went_with_it(org: Org) -> None:
    """Nothing is left in the bin whose parent is gone."""
    account = org.make("Account")
    deal = org.make("Opportunity", AccountId=account)
    task = org.make("Task", Subject="call", WhatId=deal)
    context = OrgContext(org.state, org.clock, org.clock.now(), org.user_id, version="59.0")
    with org.state.transaction():
        assert operations.delete(context, context.sobject("Account"), [account], hard=True)[0].success
    left = org.ask("GET", "queryAll", q=f"SELECT Id FROM Opportunity WHERE Id = '{deal}'")["totalSize"]
    tasks = org.ask("GET", "queryAll", q=f"SELECT Id FROM Task WHERE Id = '{task}'")["totalSize"]
    assert (left, tasks) == (0, 0)


def test_a_record_whose_key_was_taken_meanwhile_cannot_return(org: Org) -> None:
    """DUPLICATE_VALUE, and it stays in the bin."""
    lead = org.make("Lead", Ext_Id__c="k")
    org.ask("DELETE", f"sobjects/Lead/{lead}")
    org.make("Lead", Ext_Id__c="k")
    assert undelete(org, "Lead", lead) == ["DUPLICATE_VALUE"]
    assert _status(org, "Lead", lead) == 404


def test_what_is_not_in_the_bin_cannot_be_undeleted(org: Org) -> None:
    """A living record and an unknown id refuse."""
    assert undelete(org, "Lead", org.make("Lead")) == ["UNDELETE_FAILED"]
    assert undelete(org, "Lead", "00Q000000000009EAA") == ["INVALID_CROSS_REFERENCE_KEY"]


@pytest.mark.parametrize(("days", "code"), [(14, "ENTITY_IS_DELETED"), (16, "NOT_FOUND")])
def test_the_bin_keeps_records_for_fifteen_days(org: Org, days: int, code: str) -> None:
    """After that they are as if they had never been."""
    lead = org.make("Lead")
    org.ask("DELETE", f"sobjects/Lead/{lead}")
    org.clock.advance(days * 86400)
    org.state.set_setting("session_seconds", 40 * 86400)
    assert org.ask("GET", f"sobjects/Lead/{lead}").error()[0] == code


def test_kinds_without_a_bin_are_gone_at_once_with_what_hangs_on_them(org: Org) -> None:
    """Deleting a queue removes its members and what it may own."""
    queue = org.queue("Lead")
    member = org.make("GroupMember", GroupId=queue, UserOrGroupId=org.user_id)
    assert org.ask("DELETE", f"sobjects/Group/{queue}").status == 204
    assert _status(org, "GroupMember", member) == _status(org, "Group", queue) == 404
    assert org.state.rows('SELECT * FROM "QueueSobject"') == []


def test_users_cannot_be_deleted(org: Org) -> None:
    """They can only be made inactive."""
    assert org.ask("DELETE", f"sobjects/User/{org.user_id}").error()[1] == "entity type cannot be deleted: User"
