"""Ghosts: calls that were given up, had not arrived when somebody looked, and may still arrive until a time.

The outbox lets no other change of their records be claimed before that (`outbox.READY`).
"""

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection

from sfsync.mirror import tables
from sfsync.mirror.documents import change_document
from sfsync.mirror.driver import driver
from sfsync.mirror.entries import Entry, EntryState
from sfsync.mirror.entry_rows import ENTRIES, entry_of
from sfsync.records.change import Action, Change
from sfsync.records.values import Kind, datetime_text, from_text

# The plus has SQLite go by the index of ghosts, which are few, and not through the whole outbox.
_COMING = """
    SELECT sobject, record_id, change, ghost_until FROM _outbox
    WHERE ghost_until > ? AND record_id IS NOT NULL ORDER BY +id
    """
_PAST = f"{ENTRIES} WHERE ghost_until <= ? ORDER BY +id"


class Ghosts:
    """Which entries of the outbox may have one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def expect(self, waits: Sequence[tuple[int, datetime]]) -> None:
        """Say that calls which carried these entries may arrive until a time, each its own."""
        rows = [(datetime_text(until), entry) for entry, until in waits]
        driver(self._connection).executemany("UPDATE _outbox SET ghost_until = ? WHERE id = ?", rows)

    def coming(self, now: datetime) -> dict[tuple[str, str | None], tuple[datetime, list[str]]]:
        """Give what may still arrive about records, by sObject and id: until when at most, and the changes as kept."""
        found: dict[tuple[str, str | None], tuple[datetime, list[str]]] = {}
        rows = driver(self._connection).execute(_COMING, (datetime_text(now),))
        for sobject, record_id, change, text in rows:
            until = from_text(Kind.DATETIME, text)
            assert isinstance(until, datetime)
            latest, changes = found.get((sobject, record_id), (until, []))
            found[sobject, record_id] = (max(latest, until), [*changes, change])
        return found

    def says(self, kept: str, change: Change) -> bool:
        """Tell whether what may arrive says the very same as a change."""
        return bool(json.loads(kept) == json.loads(tables.json_text(change_document(change))))

    def past(self, now: datetime, limit: int = 2_000) -> list[Entry]:
        """Give applied creates of which another call may have arrived and none can any more, oldest first."""
        rows = driver(self._connection).execute(_PAST, (datetime_text(now),))
        made = (one for one in map(entry_of, rows) if one.state is EntryState.APPLIED)
        return list(islice((one for one in made if one.change.action is Action.CREATE), limit))

    def forget(self, entries: Sequence[int]) -> None:
        """Say that there are none of these entries any more."""
        rows = [(entry,) for entry in entries]
        driver(self._connection).executemany("UPDATE _outbox SET ghost_until = NULL WHERE id = ?", rows)
