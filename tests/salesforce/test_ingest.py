"""Promises of the CSV that goes up to a Bulk job and of the results that come down."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from tempfile import TemporaryFile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sfsync.errors import IncompleteAnswer, Next, OrgRefused
from sfsync.records.values import Value
from sfsync.salesforce.ingest_rows import LONGEST_CELL, ReadResults, Rows, refusal_in
from sfsync.salesforce.port import Ingest, ResultSet
from tests.shop import Shop

ID = "00Q000000000001EAA"
OTHER = "00Q000000000002EAA"


def uploaded(*rows: tuple[str, dict[str, Value]], header: tuple[str, ...] = ("Id", "Title", "City")) -> list[list[str]]:
    """Write rows and read them back as a strict reader does."""
    with TemporaryFile() as file:
        sheet = Rows(file, header)
        for key, values in rows:
            assert sheet.add(key, values)
        assert sheet.rows == len(rows)
        return list(csv.reader(io.StringIO(sheet.whole().read().decode(), newline=""), strict=True))


def results(text: str, which: ResultSet = ResultSet.TAKEN, joined_by: str = "Id") -> ReadResults:
    """Read results out of a file."""
    return ReadResults(io.BytesIO(text.encode("latin-1")), which, joined_by)


def test_null_empties_and_what_is_not_given_is_left_alone() -> None:
    """A null, or empty text, is `#N/A`; a field that a change does not name is an empty cell."""
    rows = uploaded((ID, {"Title": None}), (OTHER, {"Title": "", "City": "Ulm"}))
    assert rows == [["Id", "Title", "City"], [ID, "#N/A", ""], [OTHER, "#N/A", "Ulm"]]


def test_values_go_as_salesforce_writes_them() -> None:
    """Flags, numbers, days and instants have the form that Bulk reads."""
    values: dict[str, Value] = {
        "Flag": True, "Number": Decimal("12.50"), "Day": date(2026, 2, 28), "At": datetime(2026, 2, 28, 1, tzinfo=UTC),
    }  # fmt: skip
    rows = uploaded((ID, values), header=("Id", "Flag", "Number", "Day", "At"))
    assert rows[1] == [ID, "true", "12.5", "2026-02-28", "2026-02-28T01:00:00.000Z"]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40))
@example("\r")
@example("\n")
def test_any_text_comes_through_or_is_said_to_be_unfit(text: str) -> None:
    """Quotes, commas and line ends within a text stay what they are."""
    if text.strip().upper() != "#N/A":
        assert uploaded((ID, {"Title": text}))[1] == [ID, text, ""]


@pytest.mark.parametrize("text", ["#N/A", " #n/a", "x" * (LONGEST_CELL + 1), "a\0b", "\ud800"])
def test_what_a_cell_cannot_say_adds_no_row(text: str) -> None:
    """The text that stands for null, too long a text, and what is no UTF-8 are for another way."""
    with TemporaryFile() as file:
        sheet = Rows(file, ["Id", "Title"])
        assert not sheet.add(ID, {"Title": text})
        assert (sheet.rows, sheet.whole().read()) == (0, b"Id,Title\r\n")


def test_results_are_joined_by_what_was_sent_whatever_the_case_of_the_header() -> None:
    """Columns are found by name in any case and place; ids are told in 18 characters."""
    rows = (f'"a ""b""\nc","{ID}","{ID}","false"', f'"","{OTHER}","{OTHER[:15]}","false"')
    text = "\n".join(('"TITLE","sf__id","ID","SF__CREATED"', *rows, ""))
    assert [(one.key, one.id, one.created) for one in results(text)] == [(ID, ID, False), (OTHER, OTHER, False)]


def test_a_key_that_was_made_is_told_with_its_record() -> None:
    """Of an upsert each row tells the key as it was sent, the record, and whether it was made."""
    text = f'"sf__Id","sf__Created","K__c"\n"{ID}","true","k, 1"\n"{OTHER}","false","{ID}"\n'
    found = list(results(text, joined_by="K__c"))
    assert [(one.key, one.id, one.created) for one in found] == [("k, 1", ID, True), (ID, OTHER, False)]


@pytest.mark.parametrize(
    ("text", "code", "message", "fields"),
    [
        ("STRING_TOO_LONG:City: too large: 99:City --", "STRING_TOO_LONG", "City: too large: 99", ("City",)),
        ("DUPLICATE_VALUE:one: two:\nthree:A__c, B__c --", "DUPLICATE_VALUE", "one: two:\nthree", ("A__c", "B__c")),
        ("UNABLE_TO_LOCK_ROW:unable to obtain:--", "UNABLE_TO_LOCK_ROW", "unable to obtain", ()),
        ("Something else: happened", "", "Something else: happened", ()),
        ("", "", "the org refused it and gave no reason", ()),
    ],
)  # fmt: skip
def test_an_error_of_a_row_is_read_into_code_message_and_fields(
    text: str, code: str, message: str, fields: tuple[str, ...]
) -> None:
    """`CODE:message:FIELDS --`, whatever the message holds; what is not of that form is shown as it is."""
    refusal = refusal_in(text)
    assert (refusal.code, refusal.message, refusal.fields) == (code, message, fields)
    assert (refusal.next is Next.RETRY) == (code == "UNABLE_TO_LOCK_ROW")


@pytest.mark.parametrize(
    "text",
    ['"sf__Id","sf__Created"\n"x","true"\n', '"Id","sf__Id","sf__Created"\n"a","b"\n', '"Id"\n"\xff', "\x00\n1,2\n"],
)
def test_results_of_another_form_are_not_believed(text: str) -> None:
    """A column that was sent and is not there, or a row that is cut, makes the whole set be fetched again."""
    with pytest.raises(IncompleteAnswer):
        list(results(text))


def test_an_empty_set_has_no_rows_whatever_its_header() -> None:
    """No rows, only a header, or nothing at all."""
    for text in ("", "\n", '"sf__Id","sf__Created"\n'):
        found = results(text)
        assert (found.count, list(found)) == (0, [])


def test_jobs_are_listed_from_a_time_on(shop: Shop) -> None:
    """Jobs made before are left out; each tells what it does, for whom, and how it stands."""
    does = Ingest("Lead", "upsert", "Ext_Id__c")
    shop.org.start_ingest(Ingest("Lead", "update"))
    shop.clock.advance(60)
    made = shop.org.start_ingest(does)
    (found,) = shop.org.ingest_jobs(shop.clock.now())
    assert (found.id, found.does, found.state, found.user_id) == (made.id, does, "Open", shop.user_id)
    shop.org.abort_ingest(made.id)
    assert shop.org.ingest(made.id).state == "Aborted"


def test_what_is_no_id_of_a_job_is_never_sent(shop: Shop) -> None:
    """An id that holds a path goes nowhere."""
    with pytest.raises(OrgRefused, match="not the id of a job"):
        shop.org.ingest("750000000000001/../../x")
