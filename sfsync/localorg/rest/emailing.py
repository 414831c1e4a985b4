"""The action emailSimple: a mail out of the org, which here ends in its mailbox.

Documented (Actions guide): recipients as a comma-separated text or a list, five at most together; from version 65
`recipientAddresses` stands beside `emailAddresses`, with `ccRecipients`-like lists left out here; a recipient record
needs an e-mail address. Assumed: codes and words of refusals.
"""

import re
from collections.abc import Iterator, Mapping

from sfsync.localorg import email_templates, mail
from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import store
from sfsync.localorg.wire import Refusal, said
from sfsync.records.ids import is_id, to_18

Json = dict[str, object]

MOST_RECIPIENTS = 5
INPUTS = (
    ("emailAddresses", "STRING", False),
    ("emailAddressesArray", "STRING", False),
    ("recipientAddresses", "STRING", False),
    ("bccAddresses", "STRING", False),
    ("recipientId", "REFERENCE", False),
    ("relatedRecordId", "REFERENCE", False),
    ("emailSubject", "STRING", False),
    ("emailBody", "TEXTAREA", False),
    ("emailTemplateId", "REFERENCE", False),
    ("senderType", "STRING", False),
    ("senderAddress", "STRING", False),
    ("sendRichBody", "BOOLEAN", False),
    ("logEmailOnSend", "BOOLEAN", False),
)
_ADDRESS = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+")
_WITH_ADDRESS = ("Lead", "Contact", "User")


def send_simple(org: OrgContext, given: Mapping[str, object]) -> None:
    """Send one mail. Raises Refusal for unknown inputs, wrong addresses, too many, or nothing to say."""
    unknown = sorted(set(given) - {name for name, _, _ in INPUTS})
    if unknown:
        raise _bad(f"The input {unknown[0]} is not one of this action")
    to = _recipients(org, given)
    subject, body = given.get("emailSubject"), given.get("emailBody")
    if not given.get("emailTemplateId") and not (subject and body):
        raise _bad("Missing required input parameter: emailBody" if subject else "Missing required input: emailSubject")
    letter = mail.Mail(
        sender=_sender(org, given),
        to=to,
        subject=str(subject or ""),
        body=str(body or ""),
        html=given.get("sendRichBody") is True,
        record_id=_record_id(given),
        logged=given.get("logEmailOnSend") is True,
        cause="emailSimple",
        template=_template(org, given),
    )
    mail.send(org, email_templates.written(org, letter, *_records(org, given)))


def _recipients(org: OrgContext, given: Mapping[str, object]) -> list[str]:
    found: list[str] = []
    for name in ("emailAddresses", "emailAddressesArray", "recipientAddresses", "bccAddresses"):
        value = given.get(name) or []
        found += [said(one).strip() for one in (value if isinstance(value, list) else said(value).split(","))]
    found = [one for one in found if one]
    wrong = next((one for one in found if not _ADDRESS.fullmatch(one)), None)
    if wrong is not None:
        raise Refusal(400, "INVALID_EMAIL_ADDRESS", f"Email address is invalid: {wrong}", ())
    recipient = given.get("recipientId")
    if recipient:
        found.append(_address_of(org, said(recipient)))
    if not found:
        raise _bad("Missing required input parameter: emailAddresses")
    if len(found) > MOST_RECIPIENTS:
        raise Refusal(400, "LIMIT_EXCEEDED", f"A mail can have at most {MOST_RECIPIENTS} recipients", ())
    return found


def _address_of(org: OrgContext, record_id: str) -> str:
    kind = org.catalog.by_prefix(record_id[:3]) if is_id(record_id) else None
    if kind is None or kind.name not in _WITH_ADDRESS:
        raise _bad(f"recipientId must be a lead, a contact or a user, not {record_id}")
    row = org.state.one(f'SELECT Email FROM "{kind.name}" WHERE Id = ?', (to_18(record_id),))  # noqa: S608
    if row is None or not row["Email"]:
        raise Refusal(400, "INVALID_EMAIL_ADDRESS", f"The record {record_id} has no email address", ())
    return str(row["Email"])


def _sender(org: OrgContext, given: Mapping[str, object]) -> str:
    if given.get("senderType") == "OrgWideEmailAddress" and given.get("senderAddress"):
        return str(given["senderAddress"])
    row = org.state.one("SELECT Email FROM User WHERE Id = ?", (org.user_id,))
    return "" if row is None else str(row["Email"] or "")


def _record_id(given: Mapping[str, object]) -> str | None:
    value = given.get("relatedRecordId") or given.get("recipientId")
    return None if value is None else str(value)


def _template(org: OrgContext, given: Mapping[str, object]) -> str:
    """Give the id of the template that is named, "" where none is. Raises Refusal for one that is not there."""
    named = said(given.get("emailTemplateId") or "")
    if named and email_templates.find(org, named) is None:
        raise Refusal(400, "INVALID_CROSS_REFERENCE_KEY", f"The email template {named} is not there", ())
    return named


def _records(org: OrgContext, given: Mapping[str, object]) -> Iterator[email_templates.Record]:
    """Give the records whose fields a template may name: the recipient first, then the related one."""
    for name in ("recipientId", "relatedRecordId"):
        text = said(given.get(name) or "")
        kind = org.catalog.by_prefix(text[:3]) if is_id(text) else None
        if kind is not None:
            yield from ((kind, row) for row in store.by_id(org.state, kind, [to_18(text)]).values())


def _bad(reason: str) -> Refusal:
    return Refusal(400, "INVALID_API_INPUT", reason, ())
