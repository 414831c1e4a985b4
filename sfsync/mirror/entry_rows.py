"""Entries as rows of the outbox, read without a detour: they are read by the hundred thousand."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sfsync.mirror import tables
from sfsync.mirror.documents import change_document, document_change
from sfsync.mirror.driver import driver, is_postgres, streamed
from sfsync.mirror.entries import Entry, EntryState
from sfsync.records.change import Change
from sfsync.records.values import Kind, from_text

ENTRIES = (
    "SELECT id, run, attempts, code, message, revives, state, record_id, change, due_at, sent_at, settled_at"
    " FROM _outbox"
)
"""The statement that gives rows for `entry_of`, to which a condition is added."""

NEW = (
    *("run", "state", "action", "sobject", "record_id", "key_field", "about", "change"),
    *("attempts", "code", "message"),
)
"""The columns of a row that `new_row` gives."""

_STATES = {state.value: state for state in EntryState}


def entry_of(row: tuple[Any, ...]) -> Entry:
    """Give the entry a row stands for."""
    number, run, attempts, code, message, revives, state, record_id, change, due_at, sent_at, settled_at = row
    return Entry(
        number, run, document_change(json.loads(change), record_id), _STATES[state], attempts, code, message,
        due_at and _instant(due_at), sent_at and _instant(sent_at), settled_at and _instant(settled_at), revives,
    )  # fmt: skip


def _instant(text: str) -> datetime | None:
    instant = from_text(Kind.DATETIME, text)
    return instant if isinstance(instant, datetime) else None


def new_columns(run: int, change: Change) -> dict[str, Any]:
    """Give the columns of a new entry, as SQLAlchemy takes them."""
    return {
        "run": run,
        "state": EntryState.NEW.value,
        "action": change.action.value,
        "sobject": change.sobject,
        "record_id": change.id,
        "key_field": change.key_field,
        "about": _about(change),
        "change": change_document(change),
        "attempts": 0,
        "code": "",
        "message": "",
    }


def new_row(run: int, change: Change | str) -> tuple[object, ...]:
    """Give the values of the columns `NEW`, by a change or by the JSON that was written down of it."""
    if isinstance(change, str):
        held = json.loads(change)
        place = _place(held["id"], held["key_field"], held["key"])
        return run, "NEW", held["action"], held["sobject"], held["id"], held["key_field"], place, change, 0, "", ""
    document = tables.json_text(change_document(change))
    about = change.action.value, change.sobject, change.id, change.key_field, _about(change), document
    return run, EntryState.NEW.value, *about, 0, "", ""


def _about(change: Change) -> str | None:
    return _place(change.id, change.key_field, change.key)


def _place(record_id: str | None, key_field: str | None, key: str | None) -> str | None:
    return record_id if record_id is not None else f"{key_field}={key}" if key else None


def changed_fields(connection: Connection, where: str, values: Sequence[Any]) -> set[str]:
    """Give the fields that the entries change for which a condition holds."""
    if is_postgres(connection):  # whose JSON takes no NUL
        changes = streamed(connection, f"SELECT change FROM _outbox WHERE {where}", values)  # noqa: S608 - ours
        return {part[0] for (change,) in changes for part in json.loads(change)["fields"]}
    rows = driver(connection).execute(
        "SELECT DISTINCT json_extract(part.value, '$[0]')"  # noqa: S608 - ours
        f" FROM (SELECT change FROM _outbox WHERE {where}), json_each(change, '$.fields') AS part",
        values,
    )
    return {name for (name,) in rows}
