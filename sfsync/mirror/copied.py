"""Records the mirror has never seen, brought into PostgreSQL by COPY: raw, as they came, where that can be had.

The server reads the CSV of a bulk query itself and types it by the columns. It knows more spellings than the org
writes (NaN, yes, infinity, today), so it is only given living records whose values look as the org's do. All others,
and what the server says no to, are cast here, which names what is wrong with them.
"""

import re
from collections.abc import Callable, Iterable, Iterator

import psycopg
from sqlalchemy import Connection

from sfsync.mirror.casts import text_caster
from sfsync.mirror.driver import NO_NUL, as_held
from sfsync.mirror.keys import Keys
from sfsync.mirror.layout import Layout
from sfsync.mirror.postgres import Session
from sfsync.mirror.raw_records import rows_of
from sfsync.mirror.shape import quoted
from sfsync.records.values import Kind

_END_MARK = b"\n\\."  # what older servers take for the end of all data, even within a value


class Copied:
    """Writes records of one layout, for one run: what `FirstSight` is for SQLite; `into` another table where told."""

    def __init__(self, connection: Connection, layout: Layout, run: int, into: str = "") -> None:
        self._connection = connection
        self._layout = layout
        self._run = run
        self._deleted = layout.place("IsDeleted")
        self._master = layout.place("MasterRecordId")
        self._is_usual = _usual(layout)
        names = ", ".join(map(quoted, layout.names))
        self._copy = f"COPY {into or quoted(layout.sobject)} ({names}, _deleted, _run) FROM STDIN"
        self._copy_csv = f"{self._copy} (FORMAT csv, FORCE_NULL ({names}))"

    def prepare(self) -> None:
        """Make ready: there is nothing to do."""

    def write(self, rows: list[list[str]]) -> None:
        """Write rows of records that are not there, texts in the order of the layout; no record may occur twice.

        Raises IncompleteAnswer, naming record and field, where a text is no value of its field's kind.
        """
        if not rows:
            return
        stored = as_held(self._connection, list(map(text_caster(self._layout), rows)))
        place = self._deleted
        self._session().copied(
            self._copy, ((*row, 0 if place is None else row[place] or 0, self._run) for row in stored)
        )
        if place is not None and self._master is not None:
            merged = [(str(row[0]), str(row[self._master])) for row in stored if row[self._master] and row[place]]
            Keys(self._connection).follow(merged, there=())

    def write_raw(self, prefix: str, records: list[bytes]) -> None:
        """Write records that are not there as they came in CSV, without the prefix of their ids and the line's end.

        Raises IncompleteAnswer, naming record and field, where a text is no value of its field's kind.
        """
        if not self.poured([(prefix, records)]):
            self.write(rows_of(prefix, records, len(self._layout.names)))

    def poured(self, batches: Iterable[tuple[str, list[bytes]]], all_well: Callable[[], bool] = lambda: True) -> bool:
        """Have the server read such records in one go; `all_well` is asked at their end whether to keep them.

        False, with nothing written, where not, or where the server does not take them all as living ones.
        """
        given: list[int] = []
        try:
            with self._connection.begin_nested():
                written = self._session().poured(self._copy_csv, self._pieces(batches, given))
                if written != sum(given) or not all_well():
                    raise _Unusual
        except (psycopg.DataError, _Unusual):
            return False
        return True

    def _pieces(self, batches: Iterable[tuple[str, list[bytes]]], given: list[int]) -> Iterator[bytes]:
        """Give the lines of CSV for COPY, and note how many records they are of. Raises _Unusual where it may not."""
        for prefix, records in batches:
            head, tail = f'"{prefix}'.encode(), f",0,{self._run}\n".encode()
            data = head + (tail + head).join(records) + tail
            if _END_MARK in data or not all(map(self._is_usual, records)):
                raise _Unusual
            given.append(len(records))
            yield data.replace(b"\0", NO_NUL.encode()) if b"\0" in data else data

    def _session(self) -> Session:
        raw = self._connection.connection.driver_connection
        assert isinstance(raw, Session)
        return raw


# How the org writes values in CSV, each between quotes; none is so where there is none. What looks like that the server
# reads as `casts` does, or it says no.
_TEXT = rb'[^"]*+(?:""[^"]*+)*+'
_AS_WRITTEN = {
    Kind.BOOLEAN: rb"(?:true|false)?+",
    Kind.INTEGER: rb"-?+[0-9]{0,18}+",
    Kind.NUMBER: rb"[-+.0-9eE]*+",
    Kind.DATE: rb"(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?+",
    Kind.DATETIME: rb"(?:[-0-9]{10}T[0-9:]{6}[0-5][0-9]\.[0-9]{3}Z)?+",
    Kind.TIME: rb"(?:[0-9:]{6}[0-5][0-9]\.[0-9]{3}Z)?+",
}
_LIVES = rb"(?:false)?+"


def _usual(layout: Layout) -> Callable[[bytes], object]:
    """Give what tells whether a raw record is a living one whose values look as the org's do."""
    shapes = [_AS_WRITTEN.get(kind, _TEXT) for kind in layout.kinds]
    deleted = layout.place("IsDeleted")
    if deleted is not None:
        shapes[deleted] = _LIVES
    while len(shapes) > 1 and shapes[-1] is _TEXT:  # nothing to see there
        shapes.pop()
    quoted_ones = (b'"' + shape + b'"' for shape in shapes[1:])  # the id comes first, without how it begins
    return re.compile(b",".join([rb'[^"]*+"', *quoted_ones])).match


class _Unusual(Exception):
    """Records that cannot be taken in as they came."""
