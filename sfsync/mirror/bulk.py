"""Taking a page of a bulk query in."""

import codecs
import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from sfsync.errors import IncompleteAnswer
from sfsync.mirror.page import Page, layout_of
from sfsync.mirror.prints import void
from sfsync.mirror.slices import slices
from sfsync.mirror.taken import Taken
from sfsync.records.values import Kind, Stored, from_text, to_stored


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
    """Take the rows in."""
    layout = layout_of(sobject, kinds, fields)
    page = Page(connection, layout, run=run, now=now)
    casts = [_stored_from_text(kind) for kind in layout.kinds]
    rows = csv.reader(_lines(chunks))
    places = _places(sobject, next(rows, []), fields) if expected else []
    total = Taken()
    for some in slices(rows, 2000):
        stored = [[cast(row[place]) for cast, place in zip(casts, places, strict=True)] for row in some]
        taken, written = page.take(stored)
        void(connection, sobject, written)
        total += taken
    if total.seen != expected:
        raise IncompleteAnswer(f"the org announced {expected} rows of {sobject} and sent {total.seen}")
    return total


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Give the text line by line, line ends kept, cutting at LF only."""
    rest = ""
    for text in codecs.iterdecode(chunks, "utf-8-sig"):
        *lines, rest = (rest + text).split("\n")
        yield from (f"{line}\n" for line in lines)
    if rest:
        yield rest


def _places(sobject: str, header: Sequence[str], fields: Sequence[str]) -> list[int]:
    """Give where each field stands in a row; the org may spell the header's names in another case."""
    known = {name.lower(): place for place, name in enumerate(header)}
    lacking = [name for name in fields if name.lower() not in known]
    if lacking:
        raise IncompleteAnswer(f"the org's answer for {sobject} lacks {', '.join(lacking)}")
    return [known[name.lower()] for name in fields]


def _stored_from_text(kind: Kind) -> Callable[[str], Stored]:
    if kind in (Kind.TEXT, Kind.ID):
        return lambda text: text or None
    return lambda text: to_stored(kind, from_text(kind, text))
