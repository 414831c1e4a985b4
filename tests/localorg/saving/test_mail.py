"""Promises of the mail that rules send: who gets it, who does not, and what it says."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.localorg.conftest import Org, Reply

Maker = Callable[..., Reply]
ENTRY = {"criteria": [], "queue": "Inbound", "template": "Leads/Assigned"}
ANSWER = {"criteria": [], "template": "Leads/Thanks", "senderName": "Acme", "senderEmail": "hello@acme.example"}


def _mail(org: Org) -> list[dict[str, Any]]:
    return list(org.ask("GET", "/_org/mail")["mail"])  # type: ignore[call-overload]


def _template(org: Org, name: str, subject: str, body: str = "", **more: object) -> str:
    texts = {"Subject": subject, "Body": body, "TemplateType": "text", "IsActive": True, **more}
    return org.make("EmailTemplate", Name=name, DeveloperName=name, **texts)


def _submit(org: Org, **form: str) -> None:
    row = org.state.one('SELECT Id FROM "Organization"')
    assert row is not None
    pairs = {"oid": row["Id"], "last_name": "Nowak", "company": "Acme", **form}
    assert org.raw("POST", "/servlet/servlet.WebToLead", urlencode(pairs).encode()).status == 200


def _by_soap(org: Org, *headers: str) -> None:
    session = f"<SessionHeader><sessionId>{org.token}</sessionId></SessionHeader>"
    rule = "<AssignmentRuleHeader><useDefaultRule>true</useDefaultRule></AssignmentRuleHeader>"
    lead = "<sObjects><type>Lead</type><LastName>N</LastName><Company>C</Company></sObjects>"
    spaces = 'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"'
    head, body = session + rule + "".join(headers), f"<create>{lead}</create>"
    envelope = f"<e:Envelope {spaces}><e:Header>{head}</e:Header><e:Body>{body}</e:Body></e:Envelope>"
    answer = org.raw("POST", "/services/Soap/u/59.0", envelope.encode(), {}, {"soapaction": '""'})
    assert b"<success>true</success>" in bytes(answer.body)  # type: ignore[arg-type]


def _queue(org: Org, **more: object) -> str:
    queue = org.queue("Lead")
    for name, active in (("ana", 1), ("gone", 0)):
        address = f"{name}@acme.example"
        user = org.insert("User", LastName=name, Name=name, Username=address, Email=address, IsActive=active)
        org.insert("GroupMember", GroupId=queue, UserOrGroupId=user)
    assert org.ask("PATCH", f"sobjects/Group/{queue}", more).status == 204
    return queue


@pytest.mark.parametrize(
    ("more", "to"),
    [
        ({"Email": None}, ["ana@acme.example"]),
        ({"Email": "in@acme.example"}, ["in@acme.example"]),
        ({"Email": "in@acme.example", "DoesSendEmailToMembers": True}, ["in@acme.example", "ana@acme.example"]),
    ],
)
def test_mail_to_a_queue_goes_where_the_queue_says(
    org: Org, set_rule: Maker, more: dict[str, object], to: list[str]
) -> None:
    """To its own address, to its active members where it has none, to both where it is set so."""
    _queue(org, **more)
    set_rule("assignment", "Lead", "Standard", entries=[ENTRY])
    _submit(org)
    assert [one["to"] for one in _mail(org)] == [to]


def test_assignment_mail_of_the_api_is_soap_s_where_it_asks(org: Org, set_rule: Maker, create: Maker) -> None:
    """REST sends none unless it is set to; SOAP with EmailHeader and triggerUserEmail; no rule, no mail."""
    _queue(org, Email="in@acme.example")
    set_rule("assignment", "Lead", "Standard", entries=[ENTRY])
    create()
    _by_soap(org)
    assert _mail(org) == []
    _by_soap(org, "<EmailHeader><triggerUserEmail>true</triggerUserEmail></EmailHeader>")
    assert len(_mail(org)) == 1
    org.ask("POST", "/_org/settings", {"rest_sends_assignment_mail": True})
    create({"sforce-auto-assign": "FALSE"})
    assert len(_mail(org)) == 1
    create()
    assert len(_mail(org)) == 2


def test_a_template_merges_fields_of_record_owner_sender_and_org(org: Org, set_rule: Maker) -> None:
    """Custom fields and parents too; blanks and names that lead nowhere show nothing; values are not read again."""
    org.queue("Lead")
    set_rule("assignment", "Lead", "Standard", entries=[ENTRY])
    body = "{!Lead.OwnerFullName}|{!Lead.AnnualRevenue}|{!Lead.Score__c}|{!User.FirstName}|{!Organization.Name}|"
    body += "{!Lead.Link}|{!Lead.Nothing}|{!Nobody.Name}|{! Lead.Title }"
    _template(org, "Assigned", "New: {!Lead.Name}\n{!Lead.Company}", body)
    ana = org.insert("User", LastName="Ana", Username="ana@example.com", Email="ana@acme.example", IsActive=1)
    queue = org.state.one("SELECT Id FROM \"Group\" WHERE Type = 'Queue'")
    assert queue is not None
    org.insert("GroupMember", GroupId=queue["Id"], UserOrGroupId=ana)
    _submit(org, first_name="{!User.Email}", revenue="1234", Score__c="7.5")
    (letter,) = _mail(org)
    assert letter["subject"] == "New: {!User.Email} Nowak Acme"
    lead = org.ask("GET", "query", q="SELECT Id, Score__c FROM Lead")["records"][0]  # type: ignore[index]
    link = f"https://acme.my.salesforce.com/{lead['Id']}"
    score = letter["body"].split("|")[2]
    assert float(score) == lead["Score__c"]
    assert letter["body"] == f"Inbound|1,234|{score}|Integration|Local Org|{link}|||"
    used = org.ask("GET", "query", q="SELECT TimesUsed, LastUsedDate FROM EmailTemplate")["records"][0]  # type: ignore[index]
    assert (used["TimesUsed"], used["LastUsedDate"][:10]) == (1, "2026-11-24")


def test_an_html_template_escapes_what_it_merges(org: Org, set_rule: Maker) -> None:
    """The mail is HTML with the plain text beside it, and says who it is from and where answers go."""
    set_rule("auto_response", "Lead", "Answers", entries=[{**ANSWER, "replyTo": "reply@acme.example"}])
    html = {"TemplateType": "custom", "HtmlValue": "<p>Dear {{{Recipient.Name}}}</p>"}
    _template(org, "Thanks", "Thank you", "Dear {{{Recipient.Name}}}", **html)
    _submit(org, first_name="<b>", email="ana@example.com")
    (letter,) = _mail(org)
    assert (letter["body"], letter["html"]) == ("<p>Dear &lt;b&gt; Nowak</p>", True)
    assert letter["text"] == "Dear <b> Nowak"
    sender = ("Acme <hello@acme.example>", "reply@acme.example", ["ana@example.com"])
    assert (letter["sender"], letter["reply_to"], letter["to"]) == sender


def test_an_action_sends_a_template_by_its_id(org: Org) -> None:
    """About the recipient and the related record; a template that is not there is refused."""
    template = _template(org, "Offer", "{!Opportunity.Name}", "For {!Contact.Name}, {!Opportunity.CloseDate}")
    contact, deal = org.make("Contact", Email="ana@example.com"), org.make("Opportunity")
    given = {"recipientId": contact, "relatedRecordId": deal, "emailTemplateId": template}
    assert org.ask("POST", "actions/standard/emailSimple", {"inputs": [given]}).status == 200
    (letter,) = _mail(org)
    assert (letter["subject"], letter["body"]) == ("Acme 1", "For Nowak, 12/31/2026")
    given["emailTemplateId"] = "00X000000000001"
    assert org.ask("POST", "actions/standard/emailSimple", {"inputs": [given]}).status == 400
