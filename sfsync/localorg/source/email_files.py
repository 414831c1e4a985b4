"""Email templates out of metadata files: the XML beside the text it is about.

Documented (Metadata API guide, EmailTemplate): `Folder/Name.email` holds the text, or the HTML; in
`Name.email-meta.xml` stands all else, the plain text of an HTML template among it.
"""

from sfsync.localorg.markup import Element
from sfsync.localorg.rules.conditions import RuleProblem
from sfsync.localorg.setup_rows import insert
from sfsync.localorg.source.reading import MetadataFile
from sfsync.localorg.state import State, Stored

_TYPES = ("text", "html", "custom", "visualforce")


def take(state: State, file: MetadataFile, root: Element, now: str) -> None:
    """Make a template, or replace the one of that developer name. Raises RuleProblem."""
    kind = root.value("type") or "text"
    if kind not in _TYPES:
        raise RuleProblem(f"the type {kind!r} of a template is not one of {', '.join(_TYPES)}")
    try:
        content = file.body.decode("utf-8")
    except UnicodeDecodeError:
        raise RuleProblem("the text of the template is not UTF-8") from None
    user = str(state.setting("integration_user_id"))
    text = content if kind == "text" else root.value("textOnly")
    columns: dict[str, Stored] = {
        "Name": root.value("name") or file.name,
        "Subject": root.value("subject") or None,
        "Body": text or None,
        "HtmlValue": None if kind == "text" else content or None,
        "TemplateType": kind,
        "TemplateStyle": root.value("style") or "none",
        "IsActive": int(root.is_true("available")),
        "Encoding": root.value("encodingKey") or "UTF-8",
        "Description": root.value("description") or None,
        **{"LastModifiedDate": now, "LastModifiedById": user, "SystemModstamp": now},
    }
    known = state.one('SELECT Id FROM "EmailTemplate" WHERE DeveloperName = ? COLLATE NOCASE', (file.name,))
    if known is not None:
        pairs = ", ".join(f'"{one}" = ?' for one in columns)
        state.run(f'UPDATE "EmailTemplate" SET {pairs} WHERE Id = ?', [*columns.values(), str(known["Id"])])  # noqa: S608
    else:
        new = {"Id": state.next_id("00X"), "DeveloperName": file.name, "OwnerId": user}
        insert(state, "EmailTemplate", {**new, **columns}, now)
