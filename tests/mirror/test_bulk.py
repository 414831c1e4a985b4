"""Promises of the bulk path: the same as taking REST rows, however the bytes come, and nothing missed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfsync.clock import SetClock
from sfsync.errors import IncompleteAnswer
from sfsync.mirror.open import Mirror
from sfsync.mirror.page import Page
from sfsync.mirror.taken import Taken
from tests.mirror.leads import FIELDS, content, csv_bytes, csv_row, empty, lead_id, rest_row, sound, two_mirrors

EARLY = datetime(2026, 2, 1, 8, tzinfo=UTC)
LATE = EARLY + timedelta(hours=1)


def load(mirror: Mirror, rows: Sequence[Sequence[object]], *, run: int = 1, size: int = 1 << 20) -> Taken:
    """Take rows in as a bulk page, in pieces of a size."""
    body = csv_bytes(rows)
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    with mirror.loading() as books:
        return books.records.take_csv("Lead", FIELDS, chunks, len(rows), run=run)


def last_name(mirror: Mirror, number: int) -> object:
    """Give a lead's LastName in the mirror."""
    with mirror.reading() as books:
        record = books.records.get("Lead", lead_id(number))
    return None if record is None else record.fields["LastName"]


def test_a_first_load_brings_everything_and_journals_nothing(leads: Mirror) -> None:
    """Every row is new, whatever is in it, and comes back as REST would have brought it."""
    values = {
        "AnnualRevenue": "12345678901234567.89",
        "NumberOfEmployees": 5,
        "Email": "a@b.c",
        "Birthday__c": "2000-02-29",
    }
    rows = [rest_row(1, EARLY, **values), rest_row(2, EARLY, LastName='"\n"00Q'), rest_row(3, EARLY, IsDeleted=True)]
    taken = load(leads, rows)
    assert taken == Taken(seen=3, new=3, changed_ids=tuple(lead_id(number) for number in (1, 2, 3)))
    with leads.reading() as books:
        assert list(books.journal.of_run(1)) == []
        records = list(books.records.records("Lead", deleted_too=True))
    assert [record.deleted for record in records] == [False, False, True]
    assert records[0].fields["AnnualRevenue"] == Decimal("12345678901234567.89")
    assert records[1].fields["LastName"] == '"\n"00Q'


def test_a_second_load_looks_only_at_what_it_does_not_know(leads: Mirror) -> None:
    """Of a thousand rows of which one changed, one is compared, written and journaled."""
    rows = [rest_row(number, EARLY) for number in range(1000)]
    load(leads, rows)
    rows[500] = rest_row(500, LATE, LastName="Hopper")
    with patch.object(Page, "take", autospec=True, side_effect=Page.take) as compared:
        taken = load(leads, rows, run=2)
    assert [len(call.args[1]) for call in compared.call_args_list] == [1]
    assert taken == Taken(seen=1000, changed=1, changed_ids=(lead_id(500),))
    with leads.reading() as books:
        assert [(line.field, line.before, line.after) for line in books.journal.of_run(2)] == [
            ("LastName", "Name 500", "Hopper")
        ]


@pytest.mark.parametrize("writer", ["take", "settle", "bury"])
def test_a_change_back_to_what_a_load_once_brought_is_seen(leads: Mirror, writer: str) -> None:
    """Loaded as A, made B by any other writer, loaded as A again: the mirror ends with A."""
    row = rest_row(1, EARLY, LastName="A")
    load(leads, [row])
    with leads.writing() as books:
        if writer == "take":
            books.records.take("Lead", FIELDS, [rest_row(1, EARLY, LastName="B")], run=2)
        elif writer == "settle":
            books.records.settle("Lead", [(lead_id(1), {"LastName": "B"})], run=2, because=[{}])
        else:
            books.records.bury("Lead", [(lead_id(1), None)], run=2)
    taken = load(leads, [row], run=3)
    assert taken.changed + taken.undeleted == 1
    assert last_name(leads, 1) == "A"
    with leads.reading() as books:
        assert books.records.count("Lead") == 1
    assert load(leads, [row], run=4) == Taken(seen=1)


def test_an_undone_transaction_leaves_no_prints(leads: Mirror) -> None:
    """What was rolled back counts as never seen."""
    rows = [rest_row(1, EARLY)]
    with pytest.raises(ZeroDivisionError), leads.loading() as books:
        books.records.take_csv("Lead", FIELDS, [csv_bytes(rows)], 1, run=1)
        _ = 1 / 0
    assert load(leads, rows).new == 1


def test_other_columns_make_every_print_unknown(leads: Mirror) -> None:
    """The same bytes under other columns mean something else."""
    narrow = ["Id", "LastName"]
    with leads.loading() as books:
        books.records.take_csv("Lead", narrow, [csv_bytes([[lead_id(1), "x@y.z"]], narrow)], 1, run=1)
        other = ["Id", "Email"]
        taken = books.records.take_csv("Lead", other, [csv_bytes([[lead_id(1), "x@y.z"]], other)], 1, run=2)
    assert taken.changed == 1


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_a_page_with_other_than_the_announced_rows_is_not_believed(leads: Mirror, expected: int) -> None:
    """Fewer rows or more than announced: nothing of the page is kept."""
    body = csv_bytes([rest_row(1, EARLY), rest_row(2, EARLY)])
    with (
        pytest.raises(IncompleteAnswer, match=f"announced {expected} rows of Lead and sent 2"),
        leads.loading() as books,
    ):
        books.records.take_csv("Lead", FIELDS, [body], expected, run=1)
    assert last_name(leads, 1) is None


@pytest.mark.parametrize("cut", [5, 200, 300, -1, -2, -30])
def test_a_page_cut_off_anywhere_is_not_believed(leads: Mirror, cut: int) -> None:
    """In the header, in a value, at a record's end: a short body is never taken for a whole one."""
    body = csv_bytes([rest_row(number, EARLY) for number in range(3)])
    if cut == -1:
        body += b'"'  # a line too many, begun
    with pytest.raises(IncompleteAnswer), leads.loading() as books:
        books.records.take_csv("Lead", FIELDS, [body[:cut] if cut != -1 else body], 3, run=1)
    with leads.reading() as books:
        assert books.records.count("Lead", deleted_too=True) == 0


@pytest.mark.parametrize("body", [b"", csv_bytes([])])
def test_an_empty_page_is_a_page(leads: Mirror, body: bytes) -> None:
    """No rows come as a header alone, or as nothing at all."""
    with leads.loading() as books:
        assert books.records.take_csv("Lead", FIELDS, [body] if body else [], 0, run=1) == Taken()


def test_a_column_that_lacks_is_told(leads: Mirror) -> None:
    """An answer without a field that was asked for is not taken for nulls."""
    with pytest.raises(IncompleteAnswer, match="lacks LastName"), leads.loading() as books:
        books.records.take_csv("Lead", ["Id", "LastName"], [b'"Id"\n"00Q5e0000000001AAA"\n'], 1, run=1)


def test_the_header_may_spell_names_in_another_case_and_order(leads: Mirror) -> None:
    """Columns are known by name, as Salesforce compares names."""
    body = f'"ID","email","LASTNAME"\n"{lead_id(1)}","a@b.c","Ada"\n'.encode()
    with leads.loading() as books:
        assert books.records.take_csv("Lead", ["LastName", "Id", "Email"], [body], 1, run=1).new == 1
        record = books.records.get("Lead", lead_id(1))
    assert record is not None and (record.fields["LastName"], record.fields["Email"]) == ("Ada", "a@b.c")


@pytest.mark.parametrize(
    "body",
    [
        f"Id,LastName\n{lead_id(1)},Ada\n",
        f'"LastName","Id"\n"Ada","{lead_id(1)}"\n',
        f'"Id","LastName"\r\n"{lead_id(1)}","Ada"\r\n',
        f'\ufeff"Id","LastName"\n"{lead_id(1)}","Ada"\n',
    ],
)
def test_every_other_form_of_csv_is_understood_too(leads: Mirror, body: str) -> None:
    """Unquoted, Id not first, CR LF, a byte order mark: the rows arrive, and a second load knows they are the same."""
    for new in (1, 0):
        with leads.loading() as books:
            taken = books.records.take_csv("Lead", ["Id", "LastName"], [body.encode()], 1, run=1)
        assert (taken.seen, taken.new, taken.changed) == (1, new, 0)
    assert last_name(leads, 1) == "Ada"


@pytest.mark.parametrize(
    ("field", "text"), [("AnnualRevenue", "a lot"), ("NumberOfEmployees", "1.5"), ("IsDeleted", "x")]
)
def test_a_value_of_another_kind_is_told_with_its_record(leads: Mirror, field: str, text: str) -> None:
    """A column that slipped is noticed before anything is kept; the error names record and field."""
    good, bad = csv_row(rest_row(1, EARLY)), csv_row(rest_row(2, EARLY, **{field: text}))
    with pytest.raises(IncompleteAnswer, match=f"{lead_id(2)}.{field}"), leads.loading() as books:
        books.records.take_csv("Lead", FIELDS, [csv_bytes([good, bad])], 2, run=1)
    assert last_name(leads, 1) is None


@pytest.mark.parametrize("size", [1 << 20, 150])
@pytest.mark.parametrize("place", [1, 2, 40])
def test_a_page_with_a_record_twice_is_not_believed(leads: Mirror, place: int, size: int) -> None:
    """Where one record comes twice another is missing, though the count is right: nothing of the page is kept."""
    rows = [rest_row(number, EARLY) for number in range(40)]
    rows.insert(place, rows[0])
    with pytest.raises(IncompleteAnswer, match="twice"):
        load(leads, rows, size=size)
    assert last_name(leads, 0) is None


def test_a_first_load_in_any_order_is_the_same_as_in_order(leads: Mirror) -> None:
    """Ids that come in no order, over several pages, with one record in two of them: each is there once, the later."""
    rows = [rest_row(number, EARLY) for number in range(400)]
    chance = Random(1)
    chance.shuffle(rows)
    load(leads, rows[:150], size=4000)
    load(leads, rows[150:300], size=4000)
    load(leads, [*rows[300:], rest_row(7, LATE, LastName="Later")], size=4000)
    with leads.writing() as books:
        books.records.loaded("Lead")
    with leads.reading() as books:
        assert [record.id for record in books.records.records("Lead")] == [lead_id(number) for number in range(400)]
    assert last_name(leads, 7) == "Later"
    assert load(leads, rows, size=4000).changed == 1
    assert sound(leads)


@pytest.mark.parametrize("writer", ["take", "settle", "bury"])
def test_whoever_writes_after_a_first_load_that_was_cut_short_finds_its_records(leads: Mirror, writer: str) -> None:
    """The index a load in no order puts off is there for the next writer, though the load never ended."""
    load(leads, [rest_row(3, EARLY), rest_row(1, EARLY), rest_row(2, EARLY)])
    with leads.writing() as books:
        if writer == "take":
            books.records.take("Lead", FIELDS, [rest_row(1, LATE, LastName="B")], run=2)
        elif writer == "settle":
            books.records.settle("Lead", [(lead_id(1), {"LastName": "B"})], run=2, because=[{}])
        else:
            assert books.records.bury("Lead", [(lead_id(1), None)], run=2) == 1
    with leads.reading() as books:
        assert books.records.count("Lead", deleted_too=True) == 3
    assert load(leads, [rest_row(4, EARLY), rest_row(1, LATE, LastName="C")], run=3).new == 1
    assert last_name(leads, 1) == "C"


def test_merged_records_are_followed_on_first_sight(leads: Mirror) -> None:
    """A load that brings losers of merges moves their keys, even when it sees them for the first time."""
    with leads.writing() as books:
        books.keys.put("web", "k", "Lead", lead_id(1))
    load(leads, [rest_row(1, EARLY, IsDeleted=True, MasterRecordId=lead_id(2)), rest_row(2, EARLY)])
    with leads.reading() as books:
        assert books.keys.find("web", ["k"]) == {"k": lead_id(2)}


TEXTS = st.sampled_from(["Ada", "Zoë", 'a "b"', "x\ny", '"\n"00Q', ""])
NUMBERS = st.sampled_from([None, 0, -1, 12, 0.1, Decimal("99999999999999999.99"), Decimal("1E+3"), Decimal("0.10")])
LEADS = st.fixed_dictionaries(
    {
        "LastName": TEXTS,
        "AnnualRevenue": NUMBERS,
        "NumberOfEmployees": st.sampled_from([None, 0, 7, -3]),
        "Birthday__c": st.sampled_from([None, "2000-02-29"]),
        "Calls_At__c": st.sampled_from([None, "09:30:00.000Z"]),
        "IsDeleted": st.booleans(),
    }
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["load", "take", "bury"]), st.dictionaries(st.integers(0, 12), LEADS, max_size=8),
        st.randoms(use_true_random=False),
    ),
    max_size=6,
)  # fmt: skip


@pytest.fixture
def pair(url: str, tmp_path: Path, clock: SetClock) -> Iterator[tuple[Mirror, Mirror]]:
    """Two mirrors with an empty Lead table each, the first in either database."""
    with two_mirrors(url, f"sqlite:///{tmp_path}/rest.db", clock) as opened:
        yield opened


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, size=st.integers(20, 3000))
def test_bulk_and_rest_bring_the_same(pair: tuple[Mirror, Mirror], steps: list[Any], size: int) -> None:
    """Whatever mix of loads, REST pages and burials, in any order: same counts, same records, same journal."""
    bulk, rest = pair
    for mirror in pair:
        empty(mirror)
    for run, (kind, values, chance) in enumerate(steps, 1):
        rows = [rest_row(number, EARLY, **parts) for number, parts in values.items()]
        chance.shuffle(rows)
        if kind == "bury":
            for mirror in pair:
                with mirror.writing() as books:
                    books.records.bury("Lead", [(lead_id(number), LATE) for number in values], run=run)
            continue
        with rest.writing() as books:
            expected = books.records.take("Lead", FIELDS, rows, run=run)
        if kind == "load":
            taken = load(bulk, rows, run=run, size=size)
        else:
            with bulk.writing() as books:
                taken = books.records.take("Lead", FIELDS, rows, run=run)
        assert _counts(taken) == _counts(expected)
        assert content(bulk) == content(rest)


def _counts(taken: Taken) -> tuple[int, int, int, int, int, set[str]]:
    return taken.seen, taken.new, taken.changed, taken.deleted, taken.undeleted, set(taken.changed_ids)
