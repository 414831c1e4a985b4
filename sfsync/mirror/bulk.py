"""Taking a page of a bulk query in, without an object per row wherever that can be had.

Raw records whose print is known are passed over. Of the others, those the mirror has never seen are written straight
from their texts, typed by SQL; only what is left is cast and compared field by field.
"""

import codecs
import csv
import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import lt

from sqlalchemy import Connection
from xxhash import xxh3_64_intdigest

from sfsync.errors import IncompleteAnswer
from sfsync.mirror import shape
from sfsync.mirror.casts import text_caster
from sfsync.mirror.connections import driver
from sfsync.mirror.first_sight import FirstSight
from sfsync.mirror.keys import Keys
from sfsync.mirror.layout import Layout, layout_of
from sfsync.mirror.page import Filling, Page
from sfsync.mirror.prints import Prints, Voided, void
from sfsync.mirror.raw_records import can_be_cut, cut, header_of, rows_of
from sfsync.mirror.shape import quoted
from sfsync.mirror.slices import slices
from sfsync.mirror.taken import IDS_KEPT, Taken
from sfsync.records.values import Kind


class Load:
    """Takes one page in, of an sObject whose table has columns of these kinds."""

    def __init__(
        self,
        connection: Connection,
        sobject: str,
        kinds: Mapping[str, Kind],
        *,
        run: int,
        now: str,
        filling: Filling | None = None,
        beside: bool = False,
    ) -> None:
        self._connection = connection
        self._beside = beside
        self._sobject = sobject
        self._kinds = kinds
        self._run = run
        self._now = now
        self._filling = filling

    def take(self, fields: Sequence[str], chunks: Iterable[bytes], expected: int) -> Taken:
        """Take the page in; see `Records.take_csv`."""
        header, body = header_of(chunks)
        columns = self._columns(fields, header)
        total = Taken()
        if columns:
            layout = layout_of(self._sobject, self._kinds, columns)
            page = Page(self._connection, layout, run=self._run, now=self._now, filling=self._filling)
            rows = self._cut(layout, page, body) if can_be_cut(header) else self._parsed(layout, page, body)
            with _no_collection():
                for taken in rows:
                    total += taken
        if total.seen != expected:
            raise IncompleteAnswer(f"the org announced {expected} rows of {self._sobject} and sent {total.seen}")
        return total

    def _columns(self, fields: Sequence[str], header: bytes) -> list[str]:
        """Give the fields the columns are of, in the order of the header, whose names may be spelt in another case."""
        spelt = {name.lower(): name for name in self._kinds}
        named = next(csv.reader([header.decode("utf-8", "replace").rstrip("\r")]), [])
        columns = [spelt.get(name.lower(), name) for name in named]
        lacking = [name for name in fields if name not in columns]
        if lacking and columns:
            raise IncompleteAnswer(f"the org's answer for {self._sobject} lacks {', '.join(lacking)}")
        return columns

    def _parsed(self, layout: Layout, page: Page, body: Iterable[bytes]) -> Iterator[Taken]:
        """Take in rows that have to be parsed, since their records cannot be cut."""
        shape.index(self._connection, self._sobject)
        cast, seen = text_caster(layout), Seen(self._sobject)
        for rows in slices(csv.reader(_lines(body)), 2000):
            taken, written = page.take(list(map(cast, rows)))
            seen.note([str(row[layout.names.index("Id")]).encode() for row in rows])
            void(self._connection, self._sobject, written)
            yield taken
        seen.check()

    def _cut(self, layout: Layout, page: Page, body: Iterable[bytes]) -> Iterator[Taken]:
        """Take in raw records."""
        records = RawRecords(self._connection, layout, page, self._run, self._beside)
        for prefix, batch in cut(body):
            yield records.take(prefix, batch)
        records.end()


class RawRecords:
    """Takes the raw records of one page in, batch by batch.

    While the sObject's ids are not indexed, which is so during a first load that does not come in order, every record
    the table holds has a print: so one that has none is new, and nothing needs to be looked up.
    """

    def __init__(self, connection: Connection, layout: Layout, page: Page, run: int, beside: bool) -> None:
        self._connection = connection
        self._part = Beside(connection, layout) if beside else None
        self._raw = driver(connection)
        self._layout = layout
        self._page = page
        self._cast = text_caster(layout)
        self._first_sight = FirstSight(connection, layout, run)
        self._prints = Prints(connection, layout.sobject)
        self._voided = Voided(connection, layout.sobject)
        self._seen = Seen(layout.sobject)
        self._seed: int | None = None
        self._indexed = True

    def take(self, prefix: str, records: list[bytes]) -> Taken:
        """Take a batch in: records as `cut` gives them, and how their ids begin."""
        ids = [record[:12] for record in records]
        if len(b"".join(ids)) != 12 * len(ids):
            raise IncompleteAnswer(f"the org's answer for {self._layout.sobject} holds what is no record")
        ordered = self._seen.note(ids)
        if self._seed is None:
            self._seed = self._begin(ordered)
        seed = self._seed
        changed, fresh = self._prints.hold(ids, [xxh3_64_intdigest(record, seed) for record in records], ordered)
        changed = self._voided.added(ids, changed, fresh)
        if self._part is not None:
            if len(fresh) == len(records) and not self._indexed:
                return self._part.wait(prefix, records)
            self._part.take_waiting()
            self._part = None
        count = len(self._layout.names)
        new = rows_of(prefix, [records[place] for place in fresh], count)
        old = rows_of(prefix, [records[place] for place in changed], count)
        if not self._indexed and old:
            self._index()
        if self._indexed and new:
            known = self._known([row[0] for row in new])
            if known:
                old += [row for row in new if row[0] in known]
                new = [row for row in new if row[0] not in known]
        taken = self._taken(old, new)
        self._voided.lift(row[0] for row in old)
        return Taken(len(records) - len(old) - len(new)) + taken

    def end(self) -> None:
        """Write down what is known by now. Raises IncompleteAnswer where a record came twice."""
        self._seen.check()
        if self._part is not None:
            self._part.take_all()
        self._prints.write()

    def _begin(self, ordered: bool) -> int:
        """Make ready, now that something comes; gives what tells prints of this layout from those of any other."""
        self._first_sight.prepare()
        self._prints.read()
        self._voided.read()
        table = self._layout.sobject
        if (self._part is not None or not ordered) and shape.is_empty(self._connection, table):
            self._prints.forget()
            shape.drop_index(self._connection, table)
        self._indexed = shape.is_indexed(self._connection, table)
        uid = self._raw.execute("SELECT value FROM _facts WHERE name = 'uid'").fetchone()
        return xxh3_64_intdigest(repr((uid, self._layout)).encode())

    def _index(self) -> None:
        shape.index(self._connection, self._layout.sobject)
        self._indexed = True

    def _taken(self, old: list[list[str]], new: list[list[str]]) -> Taken:
        taken = Taken()
        if old:
            taken, _ = self._page.take(list(map(self._cast, old)))
        if self._page.fills:
            return taken + Taken(len(new))
        self._first_sight.write(new)
        return taken + Taken(len(new), new=len(new), changed_ids=tuple(row[0] for row in new[:IDS_KEPT]))

    def _known(self, ids: list[str]) -> set[str]:
        """Give which of these the mirror has."""
        table = quoted(self._layout.sobject)
        between = f'SELECT 1 FROM {table} WHERE "Id" BETWEEN ? AND ? LIMIT 1'  # noqa: S608 - checked name
        if not self._raw.execute(between, (min(ids), max(ids))).fetchone():
            return set()
        found: set[str] = set()
        for some in slices(ids):
            marks = ", ".join("?" * len(some))
            rows = self._raw.execute(f'SELECT "Id" FROM {table} WHERE "Id" IN ({marks})', some)  # noqa: S608 - checked name
            found.update(record_id for (record_id,) in rows)
        return found


class Beside:
    """The page as a part (see `part`) that lies beside the mirror, while all that comes of it is new."""

    def __init__(self, connection: Connection, layout: Layout) -> None:
        self._connection = connection
        self._layout = layout
        self._table = quoted(layout.sobject)
        self._waiting = 0

    def wait(self, prefix: str, records: list[bytes]) -> Taken:
        """Note records, the next of the page, that are new and need not be written one by one."""
        told = records[: max(IDS_KEPT - self._waiting, 0)]
        self._waiting += len(records)
        ids = tuple(prefix + record[:15].decode("ascii", "replace") for record in told)
        return Taken(len(records), new=len(records), changed_ids=ids)

    def take_all(self) -> None:
        """Take the whole part in, which copies its rows as they are."""
        self._take("", ())

    def take_waiting(self) -> None:
        """Take in what was noted so far."""
        self._take(" WHERE rowid <= ?", (self._waiting,))

    def _take(self, where: str, values: tuple[int, ...]) -> None:
        raw = driver(self._connection)
        taken = raw.execute(f"INSERT INTO main.{self._table} SELECT * FROM beside.{self._table}{where}", values)  # noqa: S608 - checked name
        if taken.rowcount != self._waiting:
            raise IncompleteAnswer(f"a page of {self._waiting} {self._layout.sobject} records has {taken.rowcount}")
        if {"IsDeleted", "MasterRecordId"} <= set(self._layout.names):
            merged = raw.execute(
                f'SELECT "Id", "MasterRecordId" FROM beside.{self._table}'  # noqa: S608 - checked name
                ' WHERE "MasterRecordId" IS NOT NULL AND _deleted = 1'
            )
            Keys(self._connection).follow(merged.fetchall(), there=())


class Seen:
    """Which records a page has brought: each may come once."""

    def __init__(self, sobject: str) -> None:
        self._sobject = sobject
        self._batches: list[list[bytes]] = []
        self._last = b""
        self._ordered = True

    def note(self, ids: list[bytes]) -> bool:
        """Note the records of a batch; tell whether they came in the order of their ids."""
        ordered = all(map(lt, ids, ids[1:]))
        if not ordered and len(set(ids)) < len(ids):
            raise self._twice(len(ids) - len(set(ids)))
        self._ordered = self._ordered and ordered and self._last < ids[0]
        self._last = ids[-1]
        self._batches.append(ids)
        return ordered

    def check(self) -> None:
        """Raise IncompleteAnswer where a record came twice: then another one is missing."""
        if self._ordered:
            return
        distinct: set[bytes] = set()
        distinct.update(*self._batches)
        twice = sum(map(len, self._batches)) - len(distinct)
        if twice:
            raise self._twice(twice)

    def _twice(self, records: int) -> IncompleteAnswer:
        return IncompleteAnswer(f"a page of {self._sobject} holds {records} records twice", todo="pull again")


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


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Give the text line by line, line ends kept, cutting at LF only."""
    rest = ""
    for text in codecs.iterdecode(chunks, "utf-8"):
        *lines, rest = (rest + text).split("\n")
        yield from (f"{line}\n" for line in lines)
    if rest:
        yield rest
