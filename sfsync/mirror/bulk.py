"""Taking a page of a bulk query in, without an object per row wherever that can be had.

Raw records whose print is known are passed over. Of the others, those the mirror has never seen are written straight
from their texts, typed by SQL; only what is left is cast and compared field by field.
"""

import codecs
import csv
import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection

from sfsync.errors import IncompleteAnswer
from sfsync.mirror import shape
from sfsync.mirror.casts import text_caster
from sfsync.mirror.layout import Layout, layout_of
from sfsync.mirror.page import Filling, Page
from sfsync.mirror.prints import void
from sfsync.mirror.raw_load import RawRecords
from sfsync.mirror.raw_records import can_be_cut, header_of
from sfsync.mirror.seen import Seen
from sfsync.mirror.slices import slices
from sfsync.mirror.taken import Taken
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
            rows = self._cut(layout, page, chunks) if can_be_cut(header) else self._parsed(layout, page, body)
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

    def _cut(self, layout: Layout, page: Page, chunks: Iterable[bytes]) -> Iterator[Taken]:
        """Take in raw records."""
        records = RawRecords(self._connection, layout, page, self._run, self._beside)
        return records.take(lambda: header_of(chunks)[1])


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
