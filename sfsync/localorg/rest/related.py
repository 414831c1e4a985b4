"""Friendly URLs: `/sobjects/X/<id>/<relationship>` names the parent a relationship leads to, or the children it holds.

Documented (REST API guide, sObject Relationships): since version 36; children are shown as a query shows them; only a
parent can be changed or deleted; 404 where there is none. Assumed: 405 for changing children.
"""

from sfsync.localorg import versions
from sfsync.localorg.context import OrgContext
from sfsync.localorg.rest import query, rows
from sfsync.localorg.saving import store
from sfsync.localorg.saving.shape import shape_of
from sfsync.localorg.sobject import SObject
from sfsync.localorg.soql import run
from sfsync.localorg.wire import Answer, Refusal, Request, not_found
from sfsync.records.ids import is_id, to_18

SINCE = 36


def names_record(org: OrgContext, kind: SObject, text: str) -> bool:
    """Tell whether a part of a path where a key field may stand is the id of a record, followed by a relationship."""
    named = is_id(text) and bool(kind.key_prefix) and text.startswith(str(kind.key_prefix))
    return named and versions.number_of(org.version) >= SINCE


def parent_of(org: OrgContext, kind: SObject, record: str, name: str) -> tuple[SObject, str] | None:
    """Find the parent that a relationship leads to, None where it holds children. Raises Refusal NOT_FOUND."""
    record_id = to_18(record)
    row = store.by_id(org.state, kind, [record_id]).get(record_id)
    if row is None or row.get("IsDeleted"):
        raise not_found()
    reference = shape_of(kind).relations.get(name.lower())
    if reference is None:
        return None
    parent_id = str(row[reference.name] or "")
    target = org.catalog.by_prefix(parent_id[:3]) if parent_id else None
    if target is None:
        raise not_found()
    return target, parent_id


def parent_to_write(org: OrgContext, kind: SObject, record: str, name: str, method: str) -> tuple[SObject, str]:
    """Find the parent to change or delete. Raises Refusal NOT_FOUND, METHOD_NOT_ALLOWED where there are children."""
    found = parent_of(org, kind, record, name)
    if found is None and not any((one.relationship_name or "").lower() == name.lower() for one in kind.children):
        raise not_found()
    if found is None:
        raise Refusal(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed. Allowed are GET")
    return found


def children(org: OrgContext, request: Request, kind: SObject, record: str, name: str) -> Answer:
    """Show the children that a relationship holds. Raises Refusal NOT_FOUND where there is no such relationship."""
    held = next((one for one in kind.children if (one.relationship_name or "").lower() == name.lower()), None)
    if held is None:
        raise not_found()
    child = org.sobject(held.child_sobject)
    names = [one for one in request.query.get("fields", "").split(",") if one.strip()]
    fields = rows.chosen(child, names) if names else list(child.fields.values())
    soql = f"SELECT {', '.join(one.name for one in fields)} FROM {child.name} WHERE {held.field} = '{to_18(record)}'"  # noqa: S608 - catalog names and a checked id
    return query.answer(org, run.execute(org, soql, all_rows=False))
