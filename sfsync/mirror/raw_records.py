"""Cutting the CSV of a bulk query into raw records without parsing it.

Salesforce quotes every value. With `Id` as the first column a record then ends exactly where a line feed, a quote and
the three characters all ids of the sObject begin with follow: inside a quoted value a quote is doubled, or closes the
value and is followed by a comma or the line's end.
"""

import csv
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain

from sfsync.errors import IncompleteAnswer

_QUOTED_HEADER = re.compile(rb'"[^"\r\n]+"(?:,"[^"\r\n]+")*')

_BORDER = 5  # bytes between two records: the line feed, a quote, and how their ids begin

_STRICT = csv.reader((), strict=True).dialect  # made once: making one takes longer than reading a record


def header_of(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Give the first line without its end, and what comes after it; an empty answer has an empty one.

    A byte order mark is taken off.
    """
    rest = iter(chunks)
    head = b""
    for chunk in rest:
        head += chunk
        if b"\n" in chunk:
            break
    line, _, body = head.partition(b"\n")
    return line.removeprefix(b"\xef\xbb\xbf"), chain([body], rest) if body else rest


def can_be_cut(header: bytes) -> bool:
    """Tell whether the records under this header can be cut: all names quoted, Id the first, lines ending in LF."""
    return _QUOTED_HEADER.fullmatch(header) is not None and header.lower().startswith(b'"id"')


def cut(chunks: Iterable[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """Give the records under the header in lists, about one a chunk, and the three characters their ids begin with.

    A raw record lacks those and the quote before them, and the line feed at its end.
    """
    rest, border = b"", b""  # bytes of a record that is not at its end yet; the border between records
    for chunk in chunks:
        rest += chunk
        if not border:
            if len(rest) < 4:
                continue
            border, rest = b"\n" + rest[:4], rest[4:]
        records = rest.split(border)
        rest = records.pop()
        if records:
            yield _prefix(border), records
    if border or rest:
        yield _prefix(border), [rest.removesuffix(b"\n")]


def picked(chunks: Iterable[bytes], sizes: Sequence[int], places: Iterable[int]) -> Iterator[bytes]:
    """Give some of the records again that `cut` gives, without cutting the others.

    `sizes` are the lengths of all, `places` say in order which are wanted.
    """
    rest, ends = iter(chunks), array("Q", accumulate(sizes))
    held, begin = b"", 0  # some bytes, and where they begin
    for place in places:
        end = ends[place] + _BORDER * (place + 1) - 1  # none begins with a line feed but those behind another
        start = end - sizes[place]
        while begin + len(held) < end:
            passed = min(start - begin, len(held))
            held, begin = held[passed:] + next(rest), begin + passed
        yield held[start - begin : end - begin]


def _prefix(border: bytes) -> str:
    try:
        return border[2:].decode("ascii")
    except UnicodeDecodeError:
        raise IncompleteAnswer("the org's answer does not begin with a record id") from None


def rows_of(prefix: str, records: Iterable[bytes], count: int) -> list[list[str]]:
    """Give the values of raw records, whose ids begin with the prefix.

    Raises IncompleteAnswer where one does not hold that many.
    """
    quotes = 2 * count - 1  # of a record none of whose values holds one: there `","` only parts values
    rows = []
    try:
        for record in records:
            text = record.decode()
            values = (prefix + text[:-1]).split('","') if text.count('"') == quotes else _parsed(f'"{prefix}{text}')
            if len(values) != count or len(values[0]) != 18 or text[-1] != '"':
                raise IncompleteAnswer(f"a record of {len(values)} values came where {count} were announced")
            rows.append(values)
    except UnicodeDecodeError:
        raise IncompleteAnswer("the org's answer is not UTF-8") from None
    return rows


def _parsed(text: str) -> list[str]:
    try:
        return next(csv.reader((text,), _STRICT))
    except (csv.Error, StopIteration):
        return []
