"""Invocable actions: lead assignment rules and mail."""

from typing import Any

import pytest

from tests.localorg.conftest import Org

RULES, MAIL = "actions/standard/invocableApplyLeadAssignmentRules", "actions/standard/emailSimple"


def test_the_actions_are_listed_and_described(org: Org) -> None:
    """By kind, then each with label, name, type and address; assignment rules from version 54."""
    assert org.ask("GET", "actions").body == {
        "standard": "/services/data/v59.0/actions/standard",
        "custom": "/services/data/v59.0/actions/custom",
    }
    listed: Any = org.ask("GET", "actions/standard")["actions"]
    assert {one["name"] for one in listed} == {"invocableApplyLeadAssignmentRules", "emailSimple"}
    assert all(list(one) == ["label", "name", "type", "url"] for one in listed)
    assert org.ask("GET", MAIL)["name"] == "emailSimple"
    assert org.ask("GET", "actions/custom/flow").body == {"actions": []}
    org.version = "53.0"
    older: Any = org.ask("GET", "actions/standard")["actions"]
    assert [one["name"] for one in older] == ["emailSimple"]


def test_leads_cannot_be_converted_by_an_action(org: Org) -> None:
    """There is no such action, as there is none in a real org."""
    reply = org.ask("POST", "actions/standard/convertLead", {"inputs": [{}]})
    assert (reply.status, reply.error()) == (404, ("NOT_FOUND", "Invalid Action Type"))


def test_assignment_rules_are_applied_to_the_leads_named(org: Org) -> None:
    """Each input has a result of its own; the lead goes where the active rule says."""
    lead = org.make("Lead")
    queue, rule = org.queue("Lead"), str(org.state.setting("lead_rule_id"))
    org.state.set_setting("assignment_rules", {rule: [{"criteria": [], "owner": queue}]})
    reply = org.ask("POST", RULES, {"inputs": [{"leadId": lead[:15]}, {"leadId": "nonsense"}]})
    assert reply.status == 200 and isinstance(reply.body, list)
    good, bad = reply.body
    name = "invocableApplyLeadAssignmentRules"
    assert good == {"actionName": name, "errors": None, "isSuccess": True, "outputValues": None}
    assert (bad["isSuccess"], list(bad["errors"][0])) == (False, ["statusCode", "message", "fields"])
    assert org.get("Lead", lead)["OwnerId"] == queue


@pytest.mark.parametrize("inputs", [None, [], [1], [{"leadId": "00Q000000000001"}] * 21])
def test_a_call_without_proper_inputs_is_refused(org: Org, inputs: object) -> None:
    """Nothing, no objects, or more leads than a call takes."""
    assert org.ask("POST", RULES, {"inputs": inputs}).status == 400


def test_mail_ends_in_the_mailbox_and_nowhere_else(org: Org) -> None:
    """Recipients as text, list or record; it can be read and forgotten under /_org/mail."""
    lead = org.make("Lead", Email="Ana@Example.com")
    letter = {"emailSubject": "Hello", "emailBody": "Text"}
    inputs = [{**letter, "emailAddresses": "a@example.com, b@example.com"}, {**letter, "recipientId": lead}]
    reply = org.ask("POST", MAIL, {"inputs": inputs})
    assert reply.status == 200 and isinstance(reply.body, list) and all(one["isSuccess"] for one in reply.body)
    mails: Any = org.ask("GET", "/_org/mail")["mail"]
    assert [one["to"] for one in mails] == [["a@example.com", "b@example.com"], ["ana@example.com"]]
    assert (mails[1]["record_id"], mails[0]["subject"], mails[0]["body"]) == (lead, "Hello", "Text")
    org.ask("DELETE", "/_org/mail")
    assert org.ask("GET", "/_org/mail").body == {"mail": []}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"emailAddresses": "a@example.com"},
        {"emailAddresses": "a@example.com", "emailSubject": "x"},
        {"emailAddresses": "nonsense", "emailSubject": "x", "emailBody": "y"},
        {"emailAddresses": ",".join(["a@example.com"] * 6), "emailSubject": "x", "emailBody": "y"},
        {"recipientId": "001000000000001", "emailSubject": "x", "emailBody": "y"},
        {"recipientId": "00Q000000000001", "emailSubject": "x", "emailBody": "y"},
        {"nonsense": 1, "emailAddresses": "a@example.com", "emailSubject": "x", "emailBody": "y"},
    ],
)
def test_mail_that_cannot_be_sent_says_why(org: Org, given: dict[str, object]) -> None:
    """No recipient, no text, a wrong or missing address, too many of them, an input that is none."""
    reply = org.ask("POST", MAIL, {"inputs": [given]})
    assert reply.status == 400 and isinstance(reply.body, list)
    assert reply.body[0]["isSuccess"] is False and reply.body[0]["errors"][0]["message"]
    assert org.ask("GET", "/_org/mail").body == {"mail": []}
