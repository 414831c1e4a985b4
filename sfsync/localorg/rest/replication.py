"""`/sobjects/X/updated` and `/deleted`: what changed in a window of time."""

import re
from collections.abc import Mapping, Sized
from datetime import UTC, datetime, timedelta

from sfsync.localorg.context import OrgContext
from sfsync.localorg.faults import later
from sfsync.localorg.saving.recycle import bin_days
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import stamp
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer, not_found

UPDATED_DAYS = 30
MOST_IDS = 600_000
_ZONE_WITHOUT_COLON = re.compile(r"([+ -]\d\d)(\d\d)$")


def updated(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """List the ids of living records created or changed in the window, by SystemModstamp."""
    return json_answer(200, updated_between(org, _replicated(org, sobject), request.query))


def deleted(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """List the records deleted in the window, with the time of it."""
    return json_answer(200, deleted_between(org, _replicated(org, sobject), request.query))


def updated_between(org: OrgContext, kind: SObject, window: Mapping[str, str]) -> dict[str, object]:
    """Give the ids updated in a window of `start` and `end` as written. Raises Refusal."""
    start, end = _window(org, window, UPDATED_DAYS)
    alive = " AND IsDeleted = 0" if kind.soft_deletes else ""
    sql = f"SELECT Id FROM {kind.source} WHERE SystemModstamp >= ? AND SystemModstamp < ?{alive} LIMIT ?"  # noqa: S608
    found = [str(row["Id"]) for row in org.state.rows(sql, (stamp(start), stamp(end), MOST_IDS + 1))]
    _few_enough(found)
    return {"ids": found, "latestDateCovered": _covered(org, end)}


def deleted_between(org: OrgContext, kind: SObject, window: Mapping[str, str]) -> dict[str, object]:
    """Give the records deleted in a window of `start` and `end` as written. Raises Refusal."""
    start, end = _window(org, window, bin_days(org.state))
    hidden = f'id IN (SELECT "Id" FROM "{kind.name}" WHERE NOT ({kind.visible}))' if kind.visible else "0"  # noqa: S608
    sql = f"""SELECT id, deleted_at FROM _deleted_log WHERE sobject = ? AND deleted_at >= ? AND deleted_at < ?
              AND NOT ({hidden}) LIMIT ?"""  # noqa: S608 - names of the catalog
    rows = org.state.rows(sql, (kind.name, stamp(start), stamp(end), MOST_IDS + 1))
    _few_enough(rows)
    return {
        "deletedRecords": [{"id": row["id"], "deletedDate": row["deleted_at"]} for row in rows],
        "earliestDateAvailable": max(
            stamp(_minute(org.now - timedelta(days=bin_days(org.state)))),
            str(org.state.setting(f"deletes of {kind.name} since") or ""),
        ),
        "latestDateCovered": _covered(org, end),
    }


def forget_deletes(org: OrgContext, sobject: str) -> None:
    """Note that the log of an sObject's deletes has lost some, so that it is complete from now on only."""
    org.state.set_setting(f"deletes of {sobject} since", stamp(org.now))


def _replicated(org: OrgContext, sobject: str) -> SObject:
    kind = org.sobject(sobject)
    if not kind.replicateable or "systemmodstamp" not in kind.fields:
        raise not_found()
    return kind


def _window(org: OrgContext, window: Mapping[str, str], days: int) -> tuple[datetime, datetime]:
    """Read start and end, seconds cut off. Raises Refusal where the window is none or reaches back too far."""
    start, end = (_minute(_time(window, name)) for name in ("start", "end"))
    if start < _minute(org.now - timedelta(days=days)):
        raise Refusal(
            400, "INVALID_REPLICATION_DATE", f"startDate before org replication enabled date or {days} days ago"
        )
    if start >= end:
        raise Refusal(400, "INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate")
    return start, end


def _time(window: Mapping[str, str], name: str) -> datetime:
    text = window.get(name)
    if not text:
        raise Refusal(400, "MISSING_ARGUMENT", f"The {name} parameter is required")
    try:
        read = datetime.fromisoformat(_ZONE_WITHOUT_COLON.sub(r"\1:\2", text).replace(" ", "+"))
    except ValueError:
        raise Refusal(400, "MALFORMED_QUERY", f"Invalid date: {text}") from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _covered(org: OrgContext, end: datetime) -> str:
    """Give the time up to which the answer is complete: `now`, or when the oldest open transaction began."""
    return stamp(min(end, _minute(later.oldest_open(org.state) or org.now)))


def _few_enough(found: Sized) -> None:
    if len(found) > MOST_IDS:
        raise Refusal(400, "EXCEEDED_ID_LIMIT", f"exceeded max ids limit of {MOST_IDS}")
