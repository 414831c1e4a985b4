"""What faults put off: writes done or seen later, locks held, calls still under way. Kept in `_pending`.

Nothing here runs by itself: each request first brings about what has become due, as of the time it was due.
"""

import base64
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sfsync.localorg import trace
from sfsync.localorg.context import OrgContext
from sfsync.localorg.state import State
from sfsync.localorg.wire import HANG_SECONDS, Answer, Request

GHOST, COMMIT, LOCK, CALL = "ghost", "commit", "lock", "call"
_Deed = Callable[[OrgContext, Mapping[str, object]], None]


def any_waits(state: State) -> bool:
    """Tell whether anything is put off at all."""
    return state.one("SELECT 1 FROM _pending LIMIT 1") is not None


def put_off(org: OrgContext, kind: str, seconds: float, value: Mapping[str, object]) -> None:
    """Keep something until some seconds from now."""
    due = _written(org.now + timedelta(seconds=seconds))
    sql = "INSERT INTO _pending (kind, since, due_at, value) VALUES (?, ?, ?, ?)"
    org.state.run(sql, (kind, _written(org.now), due, json.dumps(value)))


def bring_about(org: OrgContext) -> None:
    """Do all that is due by now, in the order in which it became due."""
    sql = "SELECT * FROM _pending WHERE due_at <= ? ORDER BY due_at, number"
    for row in org.state.rows(sql, (_written(org.now),)):
        org.state.run("DELETE FROM _pending WHERE number = ?", (row["number"],))
        if row["kind"] in _DEEDS:
            _DEEDS[row["kind"]](replace(org, now=datetime.fromisoformat(row["due_at"])), json.loads(row["value"]))


def locked(state: State) -> dict[str, datetime]:
    """Give what records writes under way, or somebody else, hold a lock on, and until when; "*" is all of them."""
    rows = state.rows("SELECT value, due_at FROM _pending WHERE kind IN (?, ?) ORDER BY due_at", (LOCK, COMMIT))
    return {
        one: datetime.fromisoformat(row["due_at"]) for row in rows for one in json.loads(row["value"]).get("locked", ())
    }


def under_way(state: State, before: datetime) -> int:
    """Give how many calls that began before some time are still under way."""
    sql = "SELECT count(*) AS n FROM _pending WHERE kind = ? AND since <= ?"
    row = state.one(sql, (CALL, _written(before)))
    return 0 if row is None else int(row["n"])


def oldest_open(state: State) -> datetime | None:
    """Give when the oldest transaction began that is not yet committed, None where there is none."""
    row = state.one("SELECT min(since) AS since FROM _pending WHERE kind = ?", (COMMIT,))
    return None if row is None or row["since"] is None else datetime.fromisoformat(row["since"])


def packed(request: Request) -> dict[str, object]:
    """Write a request as JSON."""
    return {
        "method": request.method,
        "path": request.path,
        "query": dict(request.query),
        "headers": dict(request.headers),
        "body": base64.b64encode(request.body).decode(),
        "base_url": request.base_url,
        "raw_path": request.raw_path,
    }


def unpacked(kept: Mapping[str, object]) -> Request:
    """Read a request that was kept."""
    query, headers = kept["query"], kept["headers"]
    assert isinstance(query, dict) and isinstance(headers, dict)
    body = base64.b64decode(str(kept["body"]))
    texts = {name: str(kept[name]) for name in ("method", "path", "base_url", "raw_path")}
    return Request(query=query, headers=headers, body=body, **texts)


def _ghost(org: OrgContext, kept: Mapping[str, object]) -> None:
    """Do what a client that has long given up had asked for."""
    asked, forward = kept["request"], org.forward
    assert forward is not None and isinstance(asked, dict)
    request = unpacked(asked)
    org = replace(org, user_id=str(kept["user"]), version=str(kept["version"]), token="")
    answer = forward(org, request)
    trace.record(org, request, replace(answer, drop=True), applied=answer.status < 400, faults=[str(kept["fault"])])


def _commit(org: OrgContext, kept: Mapping[str, object]) -> None:
    """Let rows be seen that were written a while ago."""
    rows = kept["rows"]
    assert isinstance(rows, list)
    with suppress(sqlite3.IntegrityError), org.state.transaction():  # a key was taken meanwhile: nothing is committed
        for table, record_id, row in rows:
            put_row(org.state, table, record_id, row)


def put_row(state: State, table: str, record_id: str, row: Mapping[str, str | int | None] | None) -> None:
    """Make a row be so, or not be; columns that have gone are passed over."""
    sobject = state.catalog.sobject(table)
    if sobject is None:
        return
    state.run(f'DELETE FROM "{sobject.name}" WHERE Id = ?', (record_id,))  # noqa: S608 - a name of the catalog
    if row is None:
        return
    have = {one["name"] for one in state.rows("SELECT name FROM pragma_table_info(?)", (sobject.name,))}
    kept = {name: value for name, value in row.items() if name in have}
    names, marks = ", ".join(f'"{name}"' for name in kept), ", ".join("?" * len(kept))
    state.run(f'INSERT INTO "{sobject.name}" ({names}) VALUES ({marks})', list(kept.values()))  # noqa: S608


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


_DEEDS: Mapping[str, _Deed] = {GHOST: _ghost, COMMIT: _commit}


def hold_locks(org: OrgContext, ids: Sequence[str], seconds: float) -> None:
    """Hold locks on records for some seconds."""
    if ids and seconds > 0:
        put_off(org, LOCK, seconds, {"locked": list(ids)})


def note_call(org: OrgContext, answer: Answer) -> None:
    """Note that a call is under way as long as its answer does not leave."""
    silent = answer.spoil is not None and answer.spoil.end == "hang"
    seconds = HANG_SECONDS if silent else answer.delay_seconds
    if seconds > 0:
        put_off(org, CALL, seconds, {})
