"""Promises of parts: a first load by them is the same as one row by row, and what is unusual is left to that."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfsync.clock import SetClock
from sfsync.errors import IncompleteAnswer
from sfsync.mirror.open import Mirror
from sfsync.mirror.taken import Taken
from tests.mirror.leads import FIELDS, content, csv_bytes, empty, lead_id, rest_row, two_mirrors
from tests.postgres import ONLY_SQLITE

pytestmark = pytest.mark.long

EARLY = datetime(2026, 2, 1, 8, tzinfo=UTC)
LATE = EARLY + timedelta(hours=1)


def load(mirror: Mirror, rows: Sequence[Sequence[object]], *, run: int = 1, part_of: bytes | None = None) -> Taken:
    """Take rows in as a bulk page, by a part where one can be made; `part_of`: another page to make it of."""
    body, folder = csv_bytes(rows), mirror.path.parent
    file, part = folder / "page.csv", folder / "page.part"
    file.write_bytes(body if part_of is None else part_of)
    with mirror.reading() as books:
        plan = books.records.part_plan("Lead", FIELDS, run)
    made = plan is not None and plan.make(file, part)
    try:
        with mirror.loading(part if made else None) as books:
            return books.records.take_csv("Lead", FIELDS, [body], len(rows), run=run, beside=made)
    finally:
        part.unlink(missing_ok=True)


def finish(mirror: Mirror) -> None:
    """End a load."""
    with mirror.writing() as books:
        books.records.loaded("Lead")


TEXTS = st.sampled_from(
    ["Ada", "Zoë", 'a "b"', "x\ny", "x\r\ny", '"\n"00Q', '","', '"', "\r", "漢字", "", " x ", "🙂", "a\tb"]
)
NUMBERS = st.sampled_from([None, 0, -1, 12, 0.1, Decimal("99999999999999999.99"), Decimal("1E+3"), Decimal("0.10")])
LEADS = st.fixed_dictionaries(
    {
        "LastName": TEXTS,
        "Email": TEXTS,
        "AnnualRevenue": NUMBERS,
        "NumberOfEmployees": st.sampled_from([None, 0, 7, -3, 10**17]),
        "Birthday__c": st.sampled_from([None, "2000-02-29"]),
        "Calls_At__c": st.sampled_from([None, "09:30:00.000Z"]),
        "IsDeleted": st.booleans(),
        "MasterRecordId": st.sampled_from([None, lead_id(99)]),
    }
)
PAGES = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, 30), LEADS, max_size=12), st.randoms(use_true_random=False), st.booleans()
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture
def pair(tmp_path: Path, clock: SetClock) -> Iterator[tuple[Mirror, Mirror]]:
    """Two mirrors with an empty Lead table each."""
    with two_mirrors(f"sqlite:///{tmp_path}/parts/mirror.db", f"sqlite:///{tmp_path}/rows/mirror.db", clock) as opened:
        yield opened


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pages=PAGES)
def test_parts_and_rows_bring_the_same(pair: tuple[Mirror, Mirror], pages: list[Any]) -> None:
    """Whatever is in the pages, in any order, with records that come in several of them: one content, one journal."""
    for mirror in pair:
        empty(mirror)
    for run, (values, chance, ends) in enumerate(pages, 1):
        rows = [rest_row(number, EARLY, **parts) for number, parts in values.items()]
        chance.shuffle(rows)
        by_part = load(pair[0], rows, run=run)
        with pair[1].loading() as books:
            by_rows = books.records.take_csv("Lead", FIELDS, [csv_bytes(rows)], len(rows), run=run)
        assert (by_part.seen, by_part.new, by_part.changed) == (by_rows.seen, by_rows.new, by_rows.changed)
        assert set(by_part.changed_ids) == set(by_rows.changed_ids)
        if ends:
            finish(pair[0])
        assert content(pair[0]) == content(pair[1])
    finish(pair[0])
    for mirror in pair:
        assert load(mirror, rows, run=99) == Taken(len(rows))


@ONLY_SQLITE
def test_only_a_first_load_goes_by_parts(leads: Mirror) -> None:
    """Once a load is complete, rows are compared one by one."""
    load(leads, [rest_row(1, EARLY), rest_row(2, EARLY)])
    with leads.reading() as books:
        assert books.records.part_plan("Lead", FIELDS, 1) is not None
    finish(leads)
    with leads.reading() as books:
        assert books.records.part_plan("Lead", FIELDS, 1) is None


def test_a_page_that_cannot_be_typed_is_told_with_its_record(leads: Mirror) -> None:
    """A value of another kind makes no part; row by row it is named."""
    rows = [rest_row(1, EARLY), rest_row(2, EARLY, NumberOfEmployees="many")]
    with pytest.raises(IncompleteAnswer, match=f"{lead_id(2)}.NumberOfEmployees"):
        load(leads, rows)
    assert content(leads) == ([], [])


@ONLY_SQLITE
def test_a_part_of_another_page_is_not_taken(leads: Mirror) -> None:
    """A part with more rows than the page has records: nothing of it is kept."""
    with pytest.raises(IncompleteAnswer, match="has 3"):
        load(leads, [rest_row(1, EARLY)], part_of=csv_bytes([rest_row(number, EARLY) for number in range(3)]))
    assert content(leads) == ([], [])


@ONLY_SQLITE
def test_a_part_leaves_nothing_attached(leads: Mirror) -> None:
    """After a page that failed, and one that did not, the mirror stands alone again."""
    with pytest.raises(IncompleteAnswer):
        load(leads, [rest_row(1, EARLY)], part_of=csv_bytes([]))
    load(leads, [rest_row(1, EARLY)])
    with leads.writing() as books:
        databases = books._connection.exec_driver_sql("PRAGMA database_list").all()
    assert [row[1] for row in databases] in (["main"], ["main", "temp"])


def test_parts_follow_merges(leads: Mirror) -> None:
    """Losers of merges, seen for the first time, move their keys."""
    with leads.writing() as books:
        books.keys.put("web", "k", "Lead", lead_id(1))
    load(leads, [rest_row(1, EARLY, IsDeleted=True, MasterRecordId=lead_id(2)), rest_row(2, EARLY)])
    with leads.reading() as books:
        assert books.keys.find("web", ["k"]) == {"k": lead_id(2)}
