"""`/recent`, and what `/sobjects/X` tells of recent items: records that who asks has lately looked at.

Documented (REST API guide; restforce's fixtures): newest first, at most 200, of the last 90 days, as who asks may see
them. Assumed: records that are deleted are left out, a `limit` that is no number says nothing.
"""

from collections.abc import Iterable
from datetime import timedelta

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import store
from sfsync.localorg.sobject import SObject
from sfsync.localorg.soql.viewed import MOST_KEPT
from sfsync.localorg.values import stamp
from sfsync.localorg.wire import Answer, Request, json_answer

_KEPT = timedelta(days=90)


def recent(org: OrgContext, request: Request, version: str) -> Answer:
    """GET `/recent`: the records looked at last."""
    asked = request.query.get("limit", "")
    most = int(asked[:9]) if asked.isascii() and asked.isdigit() else MOST_KEPT
    return json_answer(200, items(org)[:most])


def items(org: OrgContext, sobject: SObject | None = None) -> list[dict[str, object]]:
    """Give records that who asks has lately looked at, of one sObject or of all, the newest first."""
    sql = "SELECT sobject, id FROM _viewed WHERE user_id = ? AND at > ? ORDER BY number DESC"
    viewed = [(str(kind), str(one)) for kind, one in org.state.rows(sql, (org.user_id, stamp(org.now - _KEPT)))]
    kinds = {one for one, _ in viewed if sobject is None or one == sobject.name}
    found = {record_id: item for kind in kinds for record_id, item in _items(org, kind, viewed)}
    return [found[record_id] for _, record_id in viewed if record_id in found]


def _items(org: OrgContext, kind: str, viewed: list[tuple[str, str]]) -> Iterable[tuple[str, dict[str, object]]]:
    sobject = org.catalog.sobject(kind)
    if sobject is None:
        return
    rows = store.by_id(org.state, sobject, [one for name, one in viewed if name == kind])
    for record_id, row in rows.items():
        if not row.get("IsDeleted"):
            attributes = {"type": sobject.name, "url": org.record_url(sobject, record_id)}
            name = {} if sobject.name_field is None else {"Name": row[sobject.name_field.name]}
            yield record_id, {"attributes": attributes, "Id": record_id, **name}
