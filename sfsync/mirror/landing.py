"""What updates leave behind that the org has taken, many at once: their ends, the base, the journal."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sfsync.mirror import hands, shape
from sfsync.mirror.documents import document_value, written_parts
from sfsync.mirror.driver import driver
from sfsync.mirror.journal import Journal, Line
from sfsync.mirror.schemas import Schemas
from sfsync.mirror.slices import slices
from sfsync.records.values import Value, datetime_text, same

Taken = tuple[int, str, str]  # an entry, its record, its change as JSON

Unmirrored = tuple[str, Value, Value, tuple[str, ...]]  # field, before, after, why

_APPLIED = "state = 'APPLIED', code = '', message = '', settled_at = ?, due_at = NULL"


def land(connection: Connection, sobject: str, taken: Sequence[Taken], *, run: int, now: datetime) -> None:
    """Write down that the org has taken updates of one sObject, whose entries are open."""
    _end(connection, [entry for entry, _, _ in taken], datetime_text(now))
    documents = [(record_id, json.loads(change)) for _, record_id, change in taken]
    mirrored = frozenset(Schemas(connection).pulled(sobject))
    if mirrored:
        kinds = shape.columns(connection, sobject)
        shape.index(connection, sobject)
        writes = [(record_id, written_parts(document)) for record_id, document in documents]
        found = {one: {part[0]: part[1] for part in document["fields"]} for one, document in documents}
        hands.settle(connection, sobject, kinds, writes, found, run=run, now=datetime_text(now))
    Journal(connection).add(
        Line(0, run, now, sobject, record_id, field, before, after, "sfsync", None, because)
        for record_id, document in documents
        for field, before, after, because in _unmirrored(document, mirrored)
    )


def _end(connection: Connection, entries: Sequence[int], now: str) -> None:
    for some in slices(entries):
        marks = ", ".join("?" * len(some))
        applied = f"UPDATE _outbox SET {_APPLIED} WHERE id IN ({marks})"  # noqa: S608 - our own constants
        driver(connection).execute(applied, (now, *some))


def _unmirrored(
    document: Mapping[str, Any], mirrored: frozenset[str]
) -> Iterator[tuple[str, Any, Any, tuple[str, ...]]]:
    """Give what a change writes that the mirror has no column for."""
    for field, before, after, because in document["fields"]:
        if field not in mirrored and not same(document_value(before), document_value(after)):
            yield field, document_value(before), document_value(after), tuple(because or document["because"])
