"""What ran: one line per execution of a schedule or command."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from sfsync.clock import Clock
from sfsync.mirror import tables
from sfsync.mirror.driver import driver, is_postgres
from sfsync.records.values import Plain, datetime_text

RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a schedule or command."""

    id: int
    command: str
    state: str  # "running", then what `finish` was told
    started_at: datetime
    ended_at: datetime | None
    counts: Mapping[str, int]
    detail: Mapping[str, Plain]


class Runs:
    """All runs."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def start(self, command: str, detail: Mapping[str, Plain]) -> int:
        """Write down that a run starts; gives its number."""
        row = insert(tables.runs).values(
            command=command, state=RUNNING, started_at=self._clock.now(), counts={}, detail=dict(detail)
        )
        return int(self._connection.execute(row.returning(tables.runs.c.id)).scalar_one())

    def note(self, run: int, detail: Mapping[str, Plain]) -> None:
        """Add to a run's detail; what has the same name is replaced."""
        known = self.get(run)
        if known is not None:
            merged = {**known.detail, **detail}
            self._connection.execute(update(tables.runs).where(tables.runs.c.id == run).values(detail=merged))

    def finish(self, run: int, state: str, counts: Mapping[str, int]) -> None:
        """Write down how a run ended."""
        self._connection.execute(
            update(tables.runs)
            .where(tables.runs.c.id == run)
            .values(state=state, counts=dict(counts), ended_at=self._clock.now())
        )

    def get(self, run: int) -> Run | None:
        """Give a run, None where there is none of that number."""
        row = self._connection.execute(select(tables.runs).where(tables.runs.c.id == run)).first()
        return None if row is None else _run(row)

    def latest(self, limit: int = 20) -> list[Run]:
        """Give the latest runs, newest first."""
        found = self._connection.execute(select(tables.runs).order_by(tables.runs.c.id.desc()).limit(limit))
        return _all(found.all())

    def first_whole(self, commands: Sequence[str], moment: datetime) -> datetime | None:
        """Give when the first run of these commands that began since a moment was through, None where none was yet."""
        table = tables.runs
        through = (table.c.ended_at.is_not(None), table.c.state.not_in(("failed", "interrupted")))
        wanted = select(table.c.ended_at).where(table.c.started_at >= moment, table.c.command.in_(commands), *through)
        return self._connection.execute(wanted.order_by(table.c.id).limit(1)).scalar()

    def calls_since(self, moment: datetime) -> int:
        """Add up the API calls of the runs that began since a moment, as they were noted under `calls`."""
        return self._sum("detail", ["calls"], "started_at >= ?", [datetime_text(moment)])

    def counted_between(self, commands: Sequence[str], names: Sequence[str], after: datetime, until: datetime) -> int:
        """Add up what runs of these commands counted under these names that began after a moment and up to another."""
        marks = ", ".join("?" * len(commands))
        those = f"started_at > ? AND started_at <= ? AND command IN ({marks})"
        return self._sum("counts", names, those, [datetime_text(after), datetime_text(until), *commands])

    def _sum(self, column: str, names: Sequence[str], those: str, values: Sequence[str]) -> int:
        """Add up numbers by their names in a column's documents, of those runs: there may be thousands a day."""
        raw, postgres = driver(self._connection), is_postgres(self._connection)
        number = f"CAST({column}::json ->> ? AS bigint)" if postgres else f"json_extract({column}, ?)"
        paths = names if postgres else [f"$.{name}" for name in names]
        each = " + ".join(f"COALESCE({number}, 0)" for _ in names)
        found = raw.execute(f"SELECT SUM({each}) FROM _runs WHERE {those}", (*paths, *values))  # noqa: S608 - ours
        return int(found.fetchone()[0] or 0)

    def first_since(self, commands: Sequence[str], states: Sequence[str]) -> datetime | None:
        """Give when the first run of these commands began after the last that came to one of these states.

        None where that one is the last of all.
        """
        table = tables.runs
        mine = table.c.command.in_(commands)
        last = select(table.c.id).where(mine, table.c.state.in_(states)).order_by(table.c.id.desc()).limit(1)
        found = self._connection.execute(last).scalar() or 0
        after = select(table.c.started_at).where(mine, table.c.id > found).order_by(table.c.id).limit(1)
        return self._connection.execute(after).scalar()

    def running(self) -> list[Run]:
        """Give the runs that never ended, oldest first: those under way, and those whose process died."""
        found = self._connection.execute(
            select(tables.runs).where(tables.runs.c.ended_at.is_(None)).order_by(tables.runs.c.id)
        )
        return _all(found.all())


def _all(rows: Sequence[Row[Any]]) -> list[Run]:
    return [_run(row) for row in rows]


def _run(row: Row[Any]) -> Run:
    return Run(row.id, row.command, row.state, row.started_at, row.ended_at, row.counts, row.detail)
