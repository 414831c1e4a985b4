"""Promises of reading a file: what is not a well-formed CSV of known columns is told before anything is sent."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.dataload.rows import open_table
from sfsync.errors import FileError, UsageError
from sfsync.records.schema import SObject
from sfsync.salesforce.around import AroundOrg
from sfsync.sync.context import Context, Silence
from tests.dataload.loader import LEADS, Loader, lasting

PLAIN = "LastName,Company\r\nŁuczak,Öl\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_file_is_read_in_the_encoding_its_mark_tells(loader: Loader, encoding: str) -> None:
    """UTF-8 with or without a byte order mark, UTF-16 and UTF-32 with one, all give the same records."""
    assert loader.run(PLAIN.encode(encoding)).exit == 0
    assert [(lead["LastName"], lead["Company"]) for lead in lasting(loader.shop)] == [("Łuczak", "Öl")]


BAD_FILES = {
    "latin-1": (PLAIN.replace("Łuczak", "Muñoz").encode("latin-1"), 2, "not UTF-8 text: byte 0xf1", "CSV UTF-8"),
    "no mark": (PLAIN.encode("utf-16-le"), 1, "UTF-16 text without the byte order mark", "UTF-8"),
    "cut utf-16": (PLAIN.encode("utf-16")[:-1], 2, "not UTF-16 text", "UTF-8"),
    "unterminated quote": ('LastName,Company\nA,"B\nC,D\nE,F\n', 2, "unexpected end of data", "mend its quotes"),
    "text after a quote": ('LastName,Company\nA,B\n"C"x,D\n', 3, "expected after '\"'", "mend its quotes"),
    "quote in the header": ('LastName,"Company\nA,B\n', 1, "unexpected end of data", "mend its quotes"),
    "semicolons": ("LastName;Company\nA;B\n", 1, "separated by ';'", "with commas"),
    "tabs": ("LastName\tCompany\nA\tB\n", 1, "separated by '\\t'", "with commas"),
    "empty": ("", 1, "no header line", "by API name"),
    "blank header": (" , \nA,B\n", 1, "no header line", "by API name"),
    "a giant cell": (f'LastName,Company\nA,B\nC,"{"x" * 140_000}"\n', 3, "field larger", "mend its quotes"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_csv_is_refused_with_the_line_and_a_way_out(loader: Loader, name: str) -> None:
    """Wrong encodings, quotes and separators name the line where the trouble starts; nothing is written."""
    content, line, words, todo = BAD_FILES[name]
    with pytest.raises(FileError) as caught:
        loader.run(content)
    problem = caught.value.problems[0]
    assert words in problem.message and todo in problem.next
    assert (problem.where.line, problem.where.file) == (line, str(loader.shop.folder / "rows.csv"))
    assert lasting(loader.shop) == [] and loader.shop.books().outbox.counts() == {}


def test_a_file_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    """A wrong path, or a folder instead of a file, is an error with the path in it."""
    for path in (tmp_path / "leads.csv", tmp_path):
        with pytest.raises(FileError, match=str(path)):
            open_table(path)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=8), st.sampled_from(["utf-8", "utf-16"]))
def test_every_cell_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], encoding: str
) -> None:
    """Quotes, commas, line breaks of all kinds and blanks inside cells come through; rows are numbered from 1."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["A", "B"], *rows])
    path = tmp_path_factory.getbasetemp() / "cells.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    table = open_table(path)
    read = list(table.rows())
    assert table.header == ("A", "B")
    assert [list(row.cells) for row in read] == rows
    assert [row.number for row in read] == list(range(1, len(rows) + 1))


HEADERS = {
    "unknown, with what was meant": (("LastNme", "Company"), "insert", {}, "no such field", "did you mean LastName?"),
    "unknown, with nothing near": (("LastName", "Zzyzx"), "insert", {}, "no such field", "remove the column"),
    "without a name": (("LastName", ""), "insert", {}, "no such field", "remove the column"),
    "twice": (("LastName", "lastname"), "insert", {}, "there twice", "remove one"),
    "read-only": (("LastName", "CreatedDate"), "insert", {}, "cannot be written", "remove the column"),
    "the key of an insert": (("LastName", "Sfsync_Key__c"), "insert", {}, "keeps its own keys", "--key"),
    "no Id in an update": (("LastName", "Company"), "update", {}, "no column Id", "another operation"),
    "no key in an upsert": (("LastName", "Company"), "upsert", {"key": "Ext_Id__c"}, "no column Ext_Id__c", "add it"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_column_that_cannot_be_loaded_is_named_before_anything_is_sent(loader: Loader, name: str) -> None:
    """Each wrong column is told with the header's line and what to do; nothing is written."""
    header, operation, order, words, todo = HEADERS[name]
    with pytest.raises(FileError) as caught:
        loader.run((header, ("Knit", "Wool")), operation, **order)
    problem = caught.value.problems[0]
    assert words in problem.message and todo in problem.next and problem.where.line == 1
    assert lasting(loader.shop) == [] and loader.shop.books().outbox.counts() == {}


def test_all_wrong_columns_are_told_at_once(loader: Loader) -> None:
    """One look at the errors is enough to mend the whole header."""
    with pytest.raises(FileError) as caught:
        loader.run((("LastNme", "Company", "Company", "IsDeleted"), ("A", "B", "C", "false")))
    assert [problem.where.key for problem in caught.value.problems] == ["LastNme", "Company", "IsDeleted"]


ORDERS = {
    "operation": ("inser", {}, "no operation 'inser'", "did you mean insert?"),
    "key": ("upsert", {"key": "Ext_Idd__c"}, "no field Ext_Idd__c", "--key Ext_Id__c"),
    "key that is none": ("upsert", {"key": "Email"}, "cannot be the key", "--key"),
    "sobject": ("insert", {"sobject": "Leed"}, "no sObject Leed", "--sobject"),
}


@pytest.mark.parametrize("name", ORDERS)
def test_a_wrong_order_is_told_with_what_was_meant(loader: Loader, name: str) -> None:
    """A misspelt operation, key or sObject is wrong usage, and says what to write instead."""
    operation, order, words, todo = ORDERS[name]
    with pytest.raises(UsageError) as caught:
        loader.run(LEADS, operation, **order)
    assert words in caught.value.problems[0].message and todo in caught.value.problems[0].next


class WithoutKey(AroundOrg):
    """An org whose sObjects have no Sfsync_Key__c."""

    def describe(self, sobject: str) -> SObject:
        """See `Org`."""
        found = self._inner.describe(sobject)
        fields = {name: field for name, field in found.fields.items() if name != "Sfsync_Key__c"}
        return SObject(
            found.name, found.label, found.key_prefix, found.createable, found.updateable, found.deletable,
            found.replicateable, fields,
        )  # fmt: skip


@pytest.mark.parametrize("operation, header", [("insert", ("LastName", "Company")), ("upsert", ("Id", "Company"))])
def test_an_sobject_without_our_key_refuses_creates_with_words_how_to_add_it(
    loader: Loader, operation: str, header: tuple[str, str]
) -> None:
    """The refusal says what to make in Setup, and how to accept the risk instead; updates go as ever."""
    shop = loader.shop
    context = Context(WithoutKey(shop.org), shop.mirror, shop.clock, Silence())
    with pytest.raises(UsageError) as caught:
        loader.run((header, ("", "Wool")), operation, context=context)
    problem = caught.value.problems[0]
    assert "could be made twice" in problem.message
    assert all(word in problem.next for word in ("Text, 64 characters, External ID, Unique", "--no-key"))
    lead = shop.make("Lead", LastName="Knit", Company="Wool")
    assert loader.run((("Id", "Company"), (lead, "Linen")), "update", context=context).exit == 0
    assert loader.run(LEADS, context=context, no_key=True).counts["applied"] == 3
