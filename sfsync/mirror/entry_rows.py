"""Entries as rows of the outbox, read without a detour: they are read by the hundred thousand."""

import json
from datetime import datetime
from typing import Any

from sfsync.mirror.documents import document_change
from sfsync.mirror.entries import Entry, EntryState
from sfsync.records.values import Kind, from_text

ENTRIES = (
    "SELECT id, run, attempts, code, message, revives, state, record_id, change, due_at, sent_at, settled_at"
    " FROM _outbox"
)
"""The statement that gives rows for `entry_of`, to which a condition is added."""


def entry_of(row: tuple[Any, ...]) -> Entry:
    """Give the entry a row stands for."""
    number, run, attempts, code, message, revives, state, record_id, change, due_at, sent_at, settled_at = row
    return Entry(
        number, run, document_change(json.loads(change), record_id), EntryState(state), attempts, code, message,
        _instant(due_at), _instant(sent_at), _instant(settled_at), revives,
    )  # fmt: skip


def _instant(text: str | None) -> datetime | None:
    instant = from_text(Kind.DATETIME, text) if text else None
    return instant if isinstance(instant, datetime) else None
