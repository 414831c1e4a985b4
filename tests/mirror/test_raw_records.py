"""Promises of cutting CSV into raw records: exact whatever the values hold and wherever the bytes are cut."""

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.errors import IncompleteAnswer
from sfsync.mirror.raw_records import can_be_cut, cut, header_of, picked, rows_of
from tests.mirror.leads import lead_id

HOSTILE = ['"', "\n", ",", "00Q", '"\n"00Q', '","', "\r\n", "\x00", "é", "\u2028", "a", "😀", '""']
VALUES = st.lists(st.sampled_from(HOSTILE), max_size=8).map("".join) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=5
)
ROWS = st.lists(st.lists(VALUES, min_size=2, max_size=2), max_size=6)


def body_of(rows: Sequence[Sequence[str]]) -> bytes:
    """Write rows under a header as Salesforce does."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([["Id", "LastName", "Title"], *rows])
    return text.getvalue().encode()


def pieces(body: bytes, size: int) -> list[bytes]:
    """Cut bytes into pieces of a size."""
    return [body[start : start + size] for start in range(0, len(body), size)]


def rows_back(chunks: list[bytes]) -> list[list[str]]:
    """Read rows back by cutting raw records."""
    header, body = header_of(chunks)
    assert can_be_cut(header)
    return [row for prefix, records in cut(body) for row in rows_of(prefix, records, 3)]


@given(ROWS, st.integers(1, 90))
def test_rows_come_back_as_they_were_written(values: list[list[str]], size: int) -> None:
    """Quotes, line breaks, commas, even text that looks like the next record: nothing is cut in the wrong place."""
    rows = [[lead_id(number), *row] for number, row in enumerate(values)]
    assert rows_back(pieces(body_of(rows), size)) == rows


@given(ROWS.filter(len), st.integers(1, 90), st.data())
def test_single_records_are_picked_out_just_as_they_were_cut(
    values: list[list[str]], size: int, data: st.DataObject
) -> None:
    """A second look at some records of a page sees the bytes the first one saw, wherever the pieces are cut."""
    body = pieces(body_of([[lead_id(number), *row] for number, row in enumerate(values)]), size)
    records = [record for _, some in cut(header_of(body)[1]) for record in some]
    places = sorted(data.draw(st.sets(st.integers(0, len(records) - 1))))
    assert list(picked(header_of(body)[1], list(map(len, records)), places)) == [records[place] for place in places]


def test_the_last_record_needs_no_line_end() -> None:
    """A body that ends with its last quote is complete."""
    assert rows_back([body_of([[lead_id(1), "a", "b"]]).removesuffix(b"\n")]) == [[lead_id(1), "a", "b"]]


@pytest.mark.parametrize(
    ("header", "whether"),
    [
        (b'"Id","Name"', True),
        (b'"ID"', True),
        (b"Id,Name", False),
        (b'"Name","Id"', False),
        (b'"Id","Name"\r', False),
        (b'"Id",Name', False),
        (b"", False),
    ],
)
def test_only_what_is_all_quoted_with_id_first_is_cut(header: bytes, whether: bool) -> None:
    """Any other form is left to a parser that knows all of CSV."""
    assert can_be_cut(header) is whether


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    """A mark at the start of the answer is taken off."""
    header, rest = header_of([b"\xef\xbb", b'\xbf"Id"', b"\nrest"])
    assert (header, b"".join(rest)) == (b'"Id"', b"rest")


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b'5e0000000001AAA","a"',
        b'5e0000000001AAA","a","b","c"',
        b'5e0000000001AAA","a","b',
        b'5e0000000001AAA","a"x"","b"',
        b'short","a","b"',
        b'5e0000000001AAA","a","\xff"',
    ],
)
def test_a_record_that_is_not_whole_is_not_believed(record: bytes) -> None:
    """Too few values, too many, broken quotes, another id, no UTF-8: the answer counts as damaged."""
    with pytest.raises(IncompleteAnswer):
        rows_of("00Q", [record], 3)
