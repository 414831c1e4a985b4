"""The journal: every change that was seen or made, field by field. It only ever grows."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, literal_column, select

from sfsync.mirror import tables
from sfsync.mirror.documents import kind_of_value
from sfsync.mirror.driver import put_in, streamed
from sfsync.mirror.slices import slices
from sfsync.records.values import Kind, Value, datetime_text, from_text, to_text

Origin = Literal["org", "sfsync"]

# run, at, sobject, record_id, field, kind, before, after, origin, by, because: as the table has them, without the id
Row11 = tuple[int, str, str, str, str, str, str | None, str | None, str, str | None, str | None]

_COLUMNS = ("run", "at", "sobject", "record_id", "field", "kind", "before", "after", "origin", "by", "because")


@dataclass(frozen=True, slots=True)
class Line:
    """One field of one record, from what to what."""

    id: int  # grows with time; 0 on a line that is still to be added
    run: int
    at: datetime
    sobject: str
    record_id: str
    field: str  # API name; IsDeleted for a record that went or came back
    before: Value
    after: Value
    origin: Origin  # who did it: somebody in the org, or sfsync
    by: str | None = None  # id of the user, where the org told
    because: tuple[str, ...] = ()


class Journal:
    """All lines."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, lines: Iterable[Line]) -> None:
        """Write lines down, in this order; their ids are given here."""
        self.add_rows(_row(line) for line in lines)

    def add_rows(self, rows: Iterable[Row11]) -> None:
        """Write lines down that are already in the table's form."""
        put_in(self._connection, "_journal", _COLUMNS, rows)

    def of_record(self, sobject: str, record_id: str, limit: int = 200) -> list[Line]:
        """Give the latest lines about a record, newest first."""
        table = tables.journal
        found = self._connection.execute(
            select(table)
            .where(table.c.record_id == record_id, table.c.sobject == sobject)
            .order_by(table.c.id.desc())
            .limit(limit)
        )
        return [_line(row) for row in found]

    def of_run(self, run: int, origin: Origin | None = None, ids: Sequence[str] | None = None) -> Iterator[Line]:
        """Give the lines a run wrote, oldest first; those of one origin, or about some records, only where told."""
        table = tables.journal
        wanted = select(table).where(table.c.run == run).order_by(table.c.id)
        if ids is not None:  # which are quicker found by their ids than by the run
            wanted = select(table).where(literal_column("+run") == run, table.c.record_id.in_(ids)).order_by(table.c.id)
        if origin is not None:
            wanted = wanted.where(table.c.origin == origin)
        for row in self._connection.execute(wanted):
            yield _line(row)

    def written_by(self, run: int) -> Iterator[str]:
        """Give the ids of the records that sfsync wrote in a run, the one it wrote first as the last."""
        asked = (
            "SELECT record_id FROM _journal WHERE run = ? AND origin = 'sfsync' AND field <> 'IsDeleted'"
            " GROUP BY record_id ORDER BY min(id) DESC"
        )
        for (record_id,) in streamed(self._connection, asked, (run,)):
            yield record_id

    def since(self, sobject: str, moment: datetime) -> Iterator[Line]:
        """Give the lines about an sObject's records that tell of changes after a moment, in the order they came."""
        table = tables.journal
        later = (table.c.sobject == sobject, table.c.at > datetime_text(moment))
        for row in self._connection.execute(select(table).where(*later).order_by(table.c.id)):
            yield _line(row)

    def of_fields(self, sobject: str, ids: Sequence[str], fields: Sequence[str]) -> dict[tuple[str, str], list[Line]]:
        """Give the lines about each of these records and fields, oldest first; what never changed is left out."""
        table = tables.journal
        found: dict[tuple[str, str], list[Line]] = {}
        for some in slices(ids):
            about = (table.c.record_id.in_(some), table.c.field.in_(list(fields)), table.c.sobject == sobject)
            for row in self._connection.execute(select(table).where(*about).order_by(table.c.id)):
                found.setdefault((row.record_id, row.field), []).append(_line(row))
        return found

    def last_hand(self, sobject: str, ids: Sequence[str], fields: Sequence[str]) -> dict[tuple[str, str], Line]:
        """Give the latest line about each of these records and fields; what never changed is left out."""
        table = tables.journal
        found: dict[tuple[str, str], Line] = {}
        for some in slices(ids):
            latest = (
                select(func.max(table.c.id))
                .where(table.c.record_id.in_(some), table.c.field.in_(list(fields)), table.c.sobject == sobject)
                .group_by(table.c.record_id, table.c.field)
            )
            for row in self._connection.execute(select(table).where(table.c.id.in_(latest))):
                found[row.record_id, row.field] = _line(row)
        return found


def _row(line: Line) -> Row11:
    kind = kind_of_value(line.after if line.before is None else line.before)
    return (
        line.run,
        datetime_text(line.at),
        line.sobject,
        line.record_id,
        line.field,
        kind.value,
        None if line.before is None else to_text(line.before),
        None if line.after is None else to_text(line.after),
        line.origin,
        line.by,
        json.dumps(line.because, ensure_ascii=False) if line.because else None,
    )


def _line(row: Row[Any]) -> Line:
    kind = Kind(row.kind)
    at = from_text(Kind.DATETIME, row.at)
    assert isinstance(at, datetime)
    return Line(
        id=row.id,
        run=row.run,
        at=at,
        sobject=row.sobject,
        record_id=row.record_id,
        field=row.field,
        before=from_text(kind, row.before),
        after=from_text(kind, row.after),
        origin=row.origin,
        by=row.by,
        because=tuple(json.loads(row.because)) if row.because else (),
    )
