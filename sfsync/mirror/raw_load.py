"""Taking in the raw records of a page: which of them are known, which have changed, and which are new.

A page whose records come in the order of their ids is gone through once, batch by batch. Of one in no order all prints
are looked up at once, which takes them in order; then those records that bring something are picked out and looked at.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from xxhash import xxh3_64_digest, xxh3_64_intdigest

from sfsync.errors import IncompleteAnswer
from sfsync.mirror import shape
from sfsync.mirror.beside import Beside
from sfsync.mirror.casts import text_caster
from sfsync.mirror.driver import driver, is_postgres
from sfsync.mirror.first_sight import FirstSight
from sfsync.mirror.layout import Layout
from sfsync.mirror.page import Page
from sfsync.mirror.prints import KEY, Prints, Voided, placed
from sfsync.mirror.raw_records import cut, picked, rows_of
from sfsync.mirror.seen import Seen
from sfsync.mirror.shape import quoted
from sfsync.mirror.slices import slices
from sfsync.mirror.taken import IDS_KEPT, Taken

if TYPE_CHECKING:
    from sfsync.mirror.compared import Compared
    from sfsync.mirror.copied import Copied

Batch = tuple[str, list[bytes]]  # how the ids begin, and records as `cut` gives them
_TOGETHER = 1000  # records that are compared field by field at a time


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
        self._first_sight = _first_sight(connection, layout, run)
        self._copied = None if isinstance(self._first_sight, FirstSight) else self._first_sight
        self._prints = Prints(connection, layout.sobject)
        self._voided = Voided(connection, layout.sobject)
        self._seen = Seen(layout.sobject)
        self._seed = 0  # tells prints of this layout from those of any other
        self._indexed = True
        self._compared = _compared(connection, layout, page, run)
        self._prefix = ""
        self._old: list[bytes] = []  # raw records the mirror has, to be compared

    def take(self, body: Callable[[], Iterable[bytes]]) -> Iterator[Taken]:
        """Take the page in; `body` gives its bytes under the header from the start each time it is called.

        Raises IncompleteAnswer where a record came twice.
        """

        def batches() -> Iterator[Batch]:
            return cut(body())

        rest = batches()
        first = next(rest, None)
        if first is not None:
            whole = chain([first], rest)
            ids = self._ids(first[1])
            in_order = ids == sorted(ids)
            self._begin(in_order)
            poured = self._poured(first[1], batches) if self._copied and not self._indexed else None
            if poured is not None:
                yield poured
            else:
                yield from self._in_order(whole) if in_order else self._in_no_order(whole, body)
        yield from self._end()

    def _poured(self, first: list[bytes], batches: Callable[[], Iterator[Batch]]) -> Taken | None:
        """Have the server read the whole page while its prints are made; `first` are its first records.

        None, with nothing written, where not all of it is new or anything in it is unusual.
        """
        if self._copied is None or self._page.fills or self._prints.any_known(self._ids(first)):
            return None
        ids: list[bytes] = []
        prints = array("Q")
        told: list[str] = []
        seen = Seen(self._layout.sobject)

        def noted() -> Iterator[Batch]:
            for prefix, records in batches():
                yield prefix, records  # what follows is done while the server reads them
                some = self._ids(records)
                seen.note(some)
                ids.extend(some)
                prints.extend(self._prints_of(records))
                told.extend(_long_ids(prefix, records[: max(IDS_KEPT - len(told), 0)]))

        def all_new() -> bool:
            seen.check()
            return len(self._prints.hold(ids, prints, seen.in_order)[1]) == len(ids)

        if self._copied.poured(noted(), all_new):
            return Taken(len(ids), new=len(ids), changed_ids=tuple(told))
        self._prints = Prints(self._connection, self._layout.sobject)
        self._prints.read()
        return None

    def _in_order(self, batches: Iterable[Batch]) -> Iterator[Taken]:
        for prefix, records in batches:
            ids = self._ids(records)
            ordered = self._seen.note(ids)
            changed, fresh = self._prints.hold(ids, self._prints_of(records), ordered)
            yield self._batch(prefix, records, self._voided.added(ids, changed, fresh), fresh)

    def _in_no_order(self, whole: Iterable[Batch], body: Callable[[], Iterable[bytes]]) -> Iterator[Taken]:
        keys: list[bytes] = []
        sizes = array("I")
        told: list[str] = []
        prefix = ""
        for prefix, records in whole:
            keys += self._keys(records)
            sizes.extend(map(len, records))
            told += _long_ids(prefix, records[: max(IDS_KEPT - len(told), 0)])
        in_order = sorted(keys)
        self._seen.check_keys(in_order)
        changed, fresh = self._prints.look(in_order) if self._indexed else self._prints.hold_keys(in_order)
        fresh = placed(keys, in_order, fresh)
        changed = self._voided.added(keys, placed(keys, in_order, changed), fresh)
        if self._part is not None and not self._indexed and len(fresh) == len(keys):
            yield self._part.wait(len(keys), told)
            return
        self._part = None
        wanted, new = sorted([*changed, *fresh]), set(fresh)
        yield Taken(len(keys) - len(wanted))
        found = picked(body(), sizes, wanted)
        for some in slices(wanted, _TOGETHER):
            whether = [place in new for place in some]
            places = [[at for at, is_new in enumerate(whether) if is_new is one] for one in (False, True)]
            yield self._batch(prefix, list(islice(found, len(some))), *places)

    def _ids(self, records: Sequence[bytes]) -> list[bytes]:
        ids = [record[:12] for record in records]
        if len(b"".join(ids)) != 12 * len(ids):
            raise IncompleteAnswer(f"the org's answer for {self._layout.sobject} holds what is no record")
        return ids

    def _keys(self, records: Sequence[bytes]) -> list[bytes]:
        """Give the ids of records with their prints."""
        seed = self._seed
        keys = [record[:12] + xxh3_64_digest(record, seed) for record in records]
        if len(b"".join(keys)) != KEY * len(keys):
            self._ids(records)  # which says what is wrong
        return keys

    def _prints_of(self, records: Sequence[bytes]) -> list[int]:
        seed = self._seed
        return [xxh3_64_intdigest(record, seed) for record in records]

    def _batch(self, prefix: str, records: list[bytes], changed: Sequence[int], fresh: Sequence[int]) -> Taken:
        """Take a batch in, of which some have another print than before, and some none."""
        if self._copied and len(fresh) == len(records) and not self._indexed and not self._page.fills:
            self._copied.write_raw(prefix, records)
            return Taken(len(records), new=len(records), changed_ids=tuple(_long_ids(prefix, records[:IDS_KEPT])))
        if self._part is not None:
            if len(fresh) == len(records) and not self._indexed:
                return self._part.wait(len(records), _long_ids(prefix, records[:IDS_KEPT]))
            self._part.take_waiting()
            self._part = None
        count = len(self._layout.names)
        new = rows_of(prefix, [records[place] for place in fresh], count)
        old = [records[place] for place in changed]
        if not self._indexed and old:
            self._index()
        if self._indexed and new:
            known = self._known([row[0] for row in new])
            if known:
                old += [records[place] for place, row in zip(fresh, new, strict=True) if row[0] in known]
                new = [row for row in new if row[0] not in known]
        self._prefix = prefix
        self._old += old
        taken = Taken(len(records) - len(old) - len(new)) + self._write(new)
        return taken + self._compare() if len(self._old) >= _TOGETHER else taken

    def _end(self) -> Iterator[Taken]:
        """Finish what waits, and write down what is known by now."""
        self._seen.check()
        if self._part is not None:
            self._part.take_all()
        yield self._compare()
        self._prints.write()

    def _begin(self, ordered: bool) -> None:
        """Make ready, now that something comes."""
        self._first_sight.prepare()
        self._prints.read()
        self._voided.read()
        table = self._layout.sobject
        if (self._part is not None or self._copied or not ordered) and shape.is_empty(self._connection, table):
            self._prints.forget()
            shape.drop_index(self._connection, table)
        self._indexed = shape.is_indexed(self._connection, table)
        if ordered:
            self._prints.settle()
        uid = self._raw.execute("SELECT value FROM _facts WHERE name = 'uid'").fetchone()
        self._seed = xxh3_64_intdigest(repr((uid, self._layout)).encode())

    def _index(self) -> None:
        shape.index(self._connection, self._layout.sobject)
        self._indexed = True

    def _compare(self) -> Taken:
        """Compare the records that wait for it with what the mirror has, field by field."""
        records, self._old = self._old, []
        taken = self._compared.take(self._prefix, records) if self._compared else None
        if taken is None:
            rows = rows_of(self._prefix, records, len(self._layout.names))
            taken, _ = self._page.take(list(map(self._cast, rows))) if rows else (Taken(), [])
        self._voided.lift(_long_ids(self._prefix, records))
        return taken

    def _write(self, new: list[list[str]]) -> Taken:
        """Write rows of records the mirror has not."""
        if self._page.fills:
            return Taken(len(new))
        self._first_sight.write(new)
        return Taken(len(new), new=len(new), changed_ids=tuple(row[0] for row in new[:IDS_KEPT]))

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


def _first_sight(connection: Connection, layout: Layout, run: int) -> "FirstSight | Copied":
    """Give what writes new records."""
    if is_postgres(connection):
        from sfsync.mirror.copied import Copied  # psycopg need not be there

        return Copied(connection, layout, run)
    return FirstSight(connection, layout, run)


def _compared(connection: Connection, layout: Layout, page: Page, run: int) -> "Compared | None":
    """Give what compares many records at once, None where nothing can."""
    if not is_postgres(connection) or page.filling is not None:
        return None
    from sfsync.mirror.compared import Compared  # as above

    return Compared(connection, layout, run, page.now)


def _long_ids(prefix: str, records: Iterable[bytes]) -> list[str]:
    return [prefix + record[:15].decode("ascii", "replace") for record in records]
