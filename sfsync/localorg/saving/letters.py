"""Mail that saving causes: written in the same transaction as the record, so that only what is committed is sent.

Documented (help, queues): mail to a queue goes to the queue's own address, to its members too where it is set so, and
to the members alone where it has none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sfsync.localorg import email_templates, mail
from sfsync.localorg.context import OrgContext
from sfsync.localorg.mail import Mail
from sfsync.localorg.rights.members import users_in
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft
from sfsync.localorg.sobject import SObject

Facts = Mapping[str, object]


def to_assignee(org: OrgContext, draft: Draft, entry: Facts) -> Mail:
    """Write to the new owner, or to a queue, as an entry of an assignment rule has it."""
    to = addresses(org, str(draft.row["OwnerId"]))
    told, copied = str(entry["template"]), _strings(entry.get("cc"))
    return Mail(_address(org, org.user_id), to, "", "", cause="assignment rule", cc=copied, template=told)


def to_sender(draft: Draft, entry: Facts) -> Mail:
    """Answer a new lead as an entry of an auto-response rule has it."""
    return Mail(
        sender=_from(entry),
        to=[str(draft.row["Email"])],
        subject="",
        body="",
        cause="auto-response rule",
        cc=_strings(entry.get("cc")),
        template=str(entry["template"]),
        reply_to=str(entry.get("replyTo") or ""),
    )


def send(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Send the letters of records that are saved, written as their templates have it."""
    for draft in drafts:
        for letter in draft.letters:
            about = replace(letter, record_id=str(draft.row["Id"]))
            mail.send(org, email_templates.written(org, about, (sobject, draft.row)))


def _from(entry: Facts) -> str:
    name, address = str(entry.get("senderName") or ""), str(entry.get("senderEmail") or "")
    return f"{name} <{address}>" if name else address


def _strings(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _address(org: OrgContext, user_id: str) -> str:
    """Give the address of a user, "" where there is none."""
    row = org.state.one('SELECT Email FROM "User" WHERE Id = ?', (user_id,))
    return str(row["Email"]) if row and row["Email"] else ""


def addresses(org: OrgContext, owner_id: str) -> list[str]:
    """Give the address of a user, or those that mail to a queue goes to."""
    if owner_id.startswith("005"):
        return [one for one in [_address(org, owner_id)] if one]
    group = org.state.one('SELECT Email, DoesSendEmailToMembers AS both FROM "Group" WHERE Id = ?', (owner_id,))
    own = [str(group["Email"])] if group is not None and group["Email"] else []
    if own and group is not None and not group["both"]:
        return own
    users = store.by_id(org.state, org.sobject("User"), users_in(org.state, owner_id))
    return [*own, *(str(one["Email"]) for one in users.values() if one["Email"] and one["IsActive"])]
