"""Taking a page of a bulk query in, without an object per row wherever that can be had.

Raw records whose print is known are passed over. Of the others, those the mirror has never seen are written straight
from their texts, typed by SQL; only what is left is cast and compared field by field.
"""

import codecs
import csv
import gc
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection
from xxhash import xxh3_64_intdigest

from sfsync.errors import IncompleteAnswer
from sfsync.mirror.casts import cast_function, casts_in_sql, text_caster
from sfsync.mirror.connections import driver
from sfsync.mirror.keys import Keys
from sfsync.mirror.layout import Layout, layout_of
from sfsync.mirror.page import Page
from sfsync.mirror.prints import Prints, Voided, void
from sfsync.mirror.raw_records import can_be_cut, cut, header_of, values_of
from sfsync.mirror.shape import quoted
from sfsync.mirror.slices import slices
from sfsync.mirror.taken import IDS_KEPT, Taken
from sfsync.records.values import Kind


def take_csv(
    connection: Connection,
    sobject: str,
    kinds: Mapping[str, Kind],
    fields: Sequence[str],
    chunks: Iterable[bytes],
    expected: int,
    *,
    run: int,
    now: str,
) -> Taken:
    """Take the page in; see `Records.take_csv`."""
    header, body = header_of(chunks)
    columns = _columns(sobject, kinds, fields, header)
    total = Taken()
    if columns:
        load = Load(connection, layout_of(sobject, kinds, columns), run=run, now=now)
        rows = load.cut_records(cut(body)) if can_be_cut(header) else load.parsed_rows(csv.reader(_lines(body)))
        with _no_collection():
            for taken in rows:
                total += taken
    if total.seen != expected:
        raise IncompleteAnswer(f"the org announced {expected} rows of {sobject} and sent {total.seen}")
    return total


def _columns(sobject: str, kinds: Mapping[str, Kind], fields: Sequence[str], header: bytes) -> list[str]:
    """Give the fields the columns are of, in the order of the header, whose names may be spelt in another case."""
    spelt = {name.lower(): name for name in kinds}
    named = next(csv.reader([header.decode("utf-8", "replace").rstrip("\r")]), [])
    columns = [spelt.get(name.lower(), name) for name in named]
    lacking = [name for name in fields if name not in columns]
    if lacking and columns:
        raise IncompleteAnswer(f"the org's answer for {sobject} lacks {', '.join(lacking)}")
    return columns


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector out while rows come by the thousand: they hold no cycles, and it looks at each."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Load:
    """Takes rows of one page in."""

    def __init__(self, connection: Connection, layout: Layout, *, run: int, now: str) -> None:
        self._connection = connection
        self._raw = driver(connection)
        self._layout = layout
        self._run = run
        self._page = Page(connection, layout, run=run, now=now)
        self._cast = text_caster(layout)
        self._prints = Prints(connection, layout.sobject)
        self._voided = Voided(connection, layout.sobject)

    def parsed_rows(self, rows: Iterable[list[str]]) -> Iterator[Taken]:
        """Take in rows that had to be parsed, since their records could not be cut."""
        for some in slices(rows, 2000):
            taken, written = self._page.take(list(map(self._cast, some)))
            void(self._connection, self._layout.sobject, written)
            yield taken

    def cut_records(self, batches: Iterable[tuple[str, list[bytes]]]) -> Iterator[Taken]:
        """Take in raw records."""
        seed = self._seed()
        self._raw.create_function("_cast", 2, cast_function(self._layout), deterministic=True)
        self._prints.read()
        self._voided.read()
        for prefix, records in batches:
            yield self._batch(prefix, records, seed)
        self._prints.write()

    def _seed(self) -> int:
        """Give what tells prints of this layout from those of any other."""
        uid = self._raw.execute("SELECT value FROM _facts WHERE name = 'uid'").fetchone()
        return xxh3_64_intdigest(repr((uid, self._layout)).encode())

    def _batch(self, prefix: str, records: list[bytes], seed: int) -> Taken:
        ids = [record[:12] for record in records]
        if len(set(ids)) < len(ids):  # a record came twice: the later counts
            half = len(records) // 2
            return self._batch(prefix, records[:half], seed) + self._batch(prefix, records[half:], seed)
        places = self._prints.hold(ids, [xxh3_64_intdigest(record, seed) for record in records])
        voided = self._voided.among(ids)
        if voided:
            places = sorted({*places, *voided})
        count = len(self._layout.names)
        rows = [values_of(records[place], count) for place in places]
        for row in rows:
            row[0] = prefix + row[0]
        taken = self._unknown(rows)
        self._voided.lift(row[0] for row in rows)
        return Taken(len(records) - len(rows)) + taken

    def _unknown(self, rows: list[list[str]]) -> Taken:
        """Take in rows whose prints were not known: some the mirror has, some it has not."""
        known = self._known([row[0] for row in rows])
        if not known:
            return self._first_sight(rows)
        taken, _ = self._page.take([self._cast(row) for row in rows if row[0] in known])
        return taken + self._first_sight([row for row in rows if row[0] not in known])

    def _known(self, ids: list[str]) -> set[str]:
        """Give which of these the mirror has."""
        table = quoted(self._layout.sobject)
        between = f'SELECT 1 FROM {table} WHERE "Id" BETWEEN ? AND ? LIMIT 1'  # noqa: S608 - checked name
        if not ids or not self._raw.execute(between, (min(ids), max(ids))).fetchone():
            return set()
        found: set[str] = set()
        for some in slices(ids):
            marks = ", ".join("?" * len(some))
            rows = self._raw.execute(f'SELECT "Id" FROM {table} WHERE "Id" IN ({marks})', some)  # noqa: S608 - checked name
            found.update(record_id for (record_id,) in rows)
        return found

    def _first_sight(self, rows: list[list[str]]) -> Taken:
        """Write rows the mirror has not, as their texts stand."""
        try:
            self._raw.executemany(self._insert(), rows)
        except sqlite3.OperationalError:
            for row in rows:
                self._cast(row)  # says which value it was that SQL could not cast
            raise
        self._follow(rows)
        return Taken(len(rows), new=len(rows), changed_ids=tuple(row[0] for row in rows[:IDS_KEPT]))

    def _insert(self) -> str:
        layout = self._layout
        values = casts_in_sql(layout.kinds)
        deleted = layout.place("IsDeleted")
        tombstone = "0" if deleted is None else f"coalesce({values[deleted]}, 0)"
        names = ", ".join(map(quoted, layout.names))
        return (
            f"INSERT INTO {quoted(layout.sobject)} ({names}, _deleted, _run)"  # noqa: S608 - checked names, our own casts
            f" VALUES ({', '.join(values)}, {tombstone}, {self._run})"
        )

    def _follow(self, rows: list[list[str]]) -> None:
        master, deleted = self._layout.place("MasterRecordId"), self._layout.place("IsDeleted")
        if master is not None and deleted is not None:
            merged = [(row[0], row[master]) for row in rows if row[master] and row[deleted] == "true"]
            Keys(self._connection).follow(merged, there=())


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Give the text line by line, line ends kept, cutting at LF only."""
    rest = ""
    for text in codecs.iterdecode(chunks, "utf-8"):
        *lines, rest = (rest + text).split("\n")
        yield from (f"{line}\n" for line in lines)
    if rest:
        yield rest
