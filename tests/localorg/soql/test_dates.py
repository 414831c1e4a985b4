"""Date literals stand for the days Salesforce says."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.localorg.soql.dates import midnight, read_date, read_datetime, span_of
from sfsync.localorg.soql.filters import COUNTED_DATE_LITERALS, PLAIN_DATE_LITERALS

WEDNESDAY = date(2026, 3, 4)


@pytest.mark.parametrize(
    ("literal", "start", "end"),
    [
        ("YESTERDAY", "2026-03-03", "2026-03-04"),
        ("TODAY", "2026-03-04", "2026-03-05"),
        ("TOMORROW", "2026-03-05", "2026-03-06"),
        ("LAST_WEEK", "2026-02-22", "2026-03-01"),
        ("THIS_WEEK", "2026-03-01", "2026-03-08"),
        ("NEXT_WEEK", "2026-03-08", "2026-03-15"),
        ("LAST_MONTH", "2026-02-01", "2026-03-01"),
        ("NEXT_MONTH", "2026-04-01", "2026-05-01"),
        ("LAST_QUARTER", "2025-10-01", "2026-01-01"),
        ("THIS_QUARTER", "2026-01-01", "2026-04-01"),
        ("THIS_YEAR", "2026-01-01", "2027-01-01"),
        ("LAST_FISCAL_YEAR", "2025-01-01", "2026-01-01"),
        ("NEXT_FISCAL_QUARTER", "2026-04-01", "2026-07-01"),
        ("LAST_90_DAYS", "2025-12-04", "2026-03-05"),
        ("NEXT_90_DAYS", "2026-03-05", "2026-06-03"),
        ("LAST_N_DAYS:1", "2026-03-03", "2026-03-05"),
        ("NEXT_N_DAYS:1", "2026-03-05", "2026-03-06"),
        ("N_DAYS_AGO:2", "2026-03-02", "2026-03-03"),
        ("LAST_N_WEEKS:2", "2026-02-15", "2026-03-01"),
        ("NEXT_N_MONTHS:2", "2026-04-01", "2026-06-01"),
        ("N_MONTHS_AGO:3", "2025-12-01", "2026-01-01"),
        ("LAST_N_YEARS:1", "2025-01-01", "2026-01-01"),
        ("N_YEARS_AGO:1", "2025-01-01", "2026-01-01"),
        ("LAST_N_FISCAL_QUARTERS:4", "2025-01-01", "2026-01-01"),
    ],
)
def test_a_literal_spans_its_days(literal: str, start: str, end: str) -> None:
    """LAST_N_DAYS takes in today; other counted literals leave the present unit out; weeks start on Sunday."""
    span = span_of(literal, WEDNESDAY)
    assert (span.start.isoformat(), span.end.isoformat()) == (start, end)


def test_fiscal_literals_follow_the_month_that_fiscal_years_begin_with() -> None:
    """Calendar literals stay as they are."""
    spans = [span_of(one, WEDNESDAY, 2) for one in ("THIS_FISCAL_YEAR", "LAST_FISCAL_QUARTER", "THIS_QUARTER")]
    assert [one.start.isoformat() for one in spans] == ["2026-02-01", "2025-11-01", "2026-01-01"]


@given(
    st.sampled_from(sorted(PLAIN_DATE_LITERALS)) | st.sampled_from(sorted(COUNTED_DATE_LITERALS)),
    st.integers(0, 10**12),
    st.dates(date(1700, 1, 1), date(4000, 12, 31)),
)
def test_every_literal_is_a_span_on_every_day(literal: str, count: int, today: date) -> None:
    """No literal, however large its count, fails or runs backwards, and all stay within 1700 to 4000."""
    span = span_of(f"{literal}:{count}" if literal in COUNTED_DATE_LITERALS else literal, today)
    assert date(1699, 12, 1) <= span.start <= span.end <= date(4001, 1, 1)


def test_a_day_begins_at_midnight_of_the_users_zone() -> None:
    """Midnight in New York is four or five hours later in UTC, by the season."""
    assert midnight(date(2026, 1, 15), "America/New_York") == "2026-01-15T05:00:00.000+0000"
    assert midnight(date(2026, 7, 15), "America/New_York") == "2026-07-15T04:00:00.000+0000"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-04T10:00:00Z", "2026-03-04T10:00:00.000+0000"),
        ("2026-03-04T10:00:00.123Z", "2026-03-04T10:00:00.123+0000"),
        ("2026-03-04T10:00:00+02:00", "2026-03-04T08:00:00.000+0000"),
        ("2026-03-04T10:00:00-0500", "2026-03-04T15:00:00.000+0000"),
        ("2026-13-04T10:00:00Z", None),
        ("1600-01-01T00:00:00Z", None),
    ],
)
def test_a_datetime_is_read_in_utc(written: str, read: str | None) -> None:
    """Zones are applied; moments that do not exist, or that Salesforce cannot hold, are none."""
    assert read_datetime(written) == read


def test_a_day_that_does_not_exist_is_none() -> None:
    """30 February is no day."""
    assert (read_date("2026-02-28"), read_date("2026-02-30")) == ("2026-02-28", None)
