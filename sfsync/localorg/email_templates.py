"""Email templates: how a mail is written, with fields of a record merged in.

Documented (help, merge fields for email templates): `{!Lead.Company}` and `{{{Recipient.FirstName}}}` name a field of
the record, `User` or `Sender` whoever sends, `Organization` the org; `Lead.OwnerFullName` and its like the owner,
`Lead.Link` the record's address; a blank field shows nothing. Assumed: a name that leads nowhere shows nothing, how
numbers and times are written; values are put into HTML escaped, and never looked at for more names.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from html import escape

from sfsync.localorg.context import OrgContext
from sfsync.localorg.formulas.calculator import zone_named
from sfsync.localorg.formulas.paths import Path, find_path
from sfsync.localorg.formulas.values import formula_value
from sfsync.localorg.mail import Mail
from sfsync.localorg.rules.views import Row, Views
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import Stored

Record = tuple[SObject, Row]

KIND = "EmailTemplate"
_NAME = r"[A-Za-z$_][\w$.]*"
_MERGE = re.compile(rf"\{{\{{\{{\s*({_NAME})\s*\}}\}}\}}|\{{!\s*({_NAME})\s*\}}")
_GLOBALS = {("user", "sender", "$user"): "$User", ("organization", "$organization"): "$Organization"}
_RECIPIENT = "recipient"
_OF_OWNER: Mapping[str, str] = {
    "ownerfullname": "Owner.Name",
    "ownername": "Owner.Name",
    "ownerfirstname": "Owner.FirstName",
    "ownerlastname": "Owner.LastName",
    "owneremail": "Owner.Email",
    "ownertitle": "Owner.Title",
    "ownerphone": "Owner.Phone",
}


@dataclass(frozen=True, slots=True)
class Template:
    """One template."""

    id: str
    subject: str
    body: str  # as plain text
    html: str  # "": it is plain text alone


def find(org: OrgContext, named: str) -> Template | None:
    """Find a template by `Folder/DeveloperName`, as rules name it, or by Id; None where the org has none."""
    sql = f'SELECT * FROM "{KIND}" WHERE DeveloperName = ? COLLATE NOCASE OR substr(Id, 1, 15) = ?'  # noqa: S608
    row = org.state.one(sql, (named.rpartition("/")[2], named[:15]))
    if row is None:
        return None
    html = str(row["HtmlValue"] or "") if row["TemplateType"] != "text" else ""
    return Template(str(row["Id"]), str(row["Subject"] or ""), str(row["Body"] or ""), html)


def written(org: OrgContext, mail: Mail, *records: Record) -> Mail:
    """Write a mail as its template has it, about records; as it is where it has no template that is there.

    The first record is the recipient's, or what the mail is about.
    """
    template = find(org, mail.template) if mail.template else None
    if template is None:
        return mail
    merge = partial(_merged, org, records)
    used = f'UPDATE "{KIND}" SET TimesUsed = coalesce(TimesUsed, 0) + 1, LastUsedDate = ? WHERE Id = ?'  # noqa: S608
    org.state.run(used, (org.stamp, template.id))
    text = merge(template.body, False)
    body, html = (merge(template.html, True), True) if template.html else (text, False)
    return replace(mail, subject=" ".join(merge(template.subject, False).split()), body=body, html=html, text=text)


def _merged(org: OrgContext, records: Sequence[Record], text: str, html: bool) -> str:
    def value(found: re.Match[str]) -> str:
        shown = _value(org, records, found[1] or found[2])
        return escape(shown).replace("\n", "<br>") if html else shown

    return _MERGE.sub(value, text)


def _value(org: OrgContext, records: Sequence[Record], name: str) -> str:
    """Give what a name stands for as text."""
    head, _, rest = name.lower().partition(".")
    for words, start in _GLOBALS.items():
        if head in words:
            return _along(org, org.sobject("User"), {}, f"{start}.{rest}")
    found = [one for one in records if one[0].name.lower() == head or head == _RECIPIENT]
    if not found:
        return ""
    sobject, row = found[0]
    if rest == "link":
        return f"{org.base_url}/{row.get('Id')}"
    return _along(org, sobject, row, _OF_OWNER.get(rest, rest))


def _along(org: OrgContext, sobject: SObject, row: Row, name: str) -> str:
    path = find_path(org.state.catalog, sobject, name)
    if path is None:
        return ""
    views = Views(org)
    views.fetch([row], [path])
    return _shown(org, path, views.stored(row, path))


def _shown(org: OrgContext, path: Path, stored: Stored) -> str:
    """Write a value as the locale en_US has it, times in the zone of whoever sends."""
    value = formula_value(path.field, stored) if path.field.type not in ("id", "reference") else stored
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if isinstance(value, datetime):
        sender = org.state.one('SELECT TimeZoneSidKey FROM "User" WHERE Id = ?', (org.user_id,))
        local = value.astimezone(zone_named(sender["TimeZoneSidKey"] if sender else ""))
        return f"{local.month}/{local.day}/{local.year} {local.hour % 12 or 12}:{local:%M %p}"
    if path.field.type == "date" and isinstance(stored, str):
        year, month, day = stored.split("-")
        return f"{int(month)}/{int(day)}/{year}"
    return str(value)
