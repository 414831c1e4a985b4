"""Puts rows into the org set-wise: ids taken and rows inserted by the thousand."""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice

from sfsync.localorg.saving import store
from sfsync.localorg.sobject import SObject
from sfsync.localorg.state import State, Stored
from sfsync.localorg.values import stamp

Row = dict[str, Stored]
CHUNK = 2_000


def insert(state: State, sobject: str, rows: Iterable[Row], each: Callable[[int], None] = lambda count: None) -> int:
    """Insert rows (column to stored value), each given the next Id; calls `each` with the count so far.

    All rows of one call have the columns of the first. Gives how many there were.
    """
    source, done = iter(rows), 0
    known = state.catalog.sobject(sobject)
    if known is None or known.key_prefix is None:
        raise KeyError(sobject)
    while chunk := list(islice(source, CHUNK)):
        for row, record_id in zip(chunk, state.next_ids(known.key_prefix, len(chunk)), strict=True):
            row["Id"] = record_id
        put(state, known, chunk)
        done += len(chunk)
        each(done)
    return done


def put(state: State, sobject: SObject, rows: list[Row]) -> None:
    """Insert rows that have their Ids, all with the columns of the first."""
    store.insert_columns(state, sobject, {name: [row[name] for row in rows] for name in rows[0]})


def stamps(created: datetime, by: str, changed: datetime, changed_by: str) -> Row:
    """Give the audit columns of a record made and last changed at these moments by these users."""
    return {
        "CreatedDate": stamp(created),
        "CreatedById": by,
        "LastModifiedDate": stamp(changed),
        "LastModifiedById": changed_by,
        "SystemModstamp": stamp(changed),
    }
