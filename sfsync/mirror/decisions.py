"""What the rules concluded, kept until they conclude something else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from sfsync.clock import Clock
from sfsync.mirror import tables
from sfsync.mirror.documents import decision_document, document_decision
from sfsync.mirror.driver import driver
from sfsync.mirror.slices import slices
from sfsync.records.decision import Decision
from sfsync.records.values import datetime_text

_PUT = (
    "INSERT INTO _decisions (sobject, record_id, topic, run, at, taken, decision) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (sobject, record_id, topic) DO UPDATE"
    " SET run = excluded.run, at = excluded.at, taken = excluded.taken, decision = excluded.decision"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A decision with when and how it came to be."""

    decision: Decision
    run: int
    at: datetime
    taken: bool  # accepted from what the org held, by `baseline`


class Decisions:
    """The decisions, one a record and topic."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def put(self, decisions: Iterable[Decision], *, run: int, taken: bool) -> None:
        """Keep decisions, in place of earlier ones about the same record and topic."""
        now = datetime_text(self._clock.now())
        for some in slices(decisions, 1000):
            rows = [
                (one.sobject, one.id, one.topic, run, now, taken, tables.json_text(decision_document(one)))
                for one in some
            ]
            driver(self._connection).executemany(_PUT, rows)

    def get(self, sobject: str, ids: Iterable[str] | None = None) -> dict[tuple[str, str], Stored]:
        """Give the decisions about an sObject's records, or about some of them, by id and topic."""
        return {(row.record_id, row.topic): _stored(row) for row in self._rows(sobject, ids)}

    def _rows(self, sobject: str, ids: Iterable[str] | None) -> Iterator[Row[Any]]:
        table = tables.decisions
        all_of_it = select(table).where(table.c.sobject == sobject)
        if ids is None:
            yield from self._connection.execute(all_of_it)
            return
        for some in slices(ids):
            yield from self._connection.execute(all_of_it.where(table.c.record_id.in_(some)))


def _stored(row: Row[Any]) -> Stored:
    decision = document_decision(row.sobject, row.record_id, row.topic, row.decision)
    return Stored(decision, row.run, row.at, row.taken)
