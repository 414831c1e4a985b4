"""When an opportunity made by a conversion is to close."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.localorg.saving.convert import quarter_end


@pytest.mark.parametrize(
    ("today", "first_month", "end"),
    [
        (date(2026, 11, 24), 1, date(2026, 12, 31)),
        (date(2026, 1, 1), 1, date(2026, 3, 31)),
        (date(2026, 3, 31), 1, date(2026, 3, 31)),
        (date(2026, 12, 5), 2, date(2027, 1, 31)),
        (date(2024, 2, 29), 3, date(2024, 2, 29)),
    ],
)
def test_it_closes_on_the_last_day_of_the_fiscal_quarter(today: date, first_month: int, end: date) -> None:
    """Whatever month the fiscal year begins with, across years and leap days."""
    assert quarter_end(today, first_month) == end


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 12))
def test_the_end_lies_ahead_within_a_quarter_and_on_a_months_last_day(today: date, first_month: int) -> None:
    """And the day after it begins another quarter of the fiscal year."""
    end = quarter_end(today, first_month)
    after = end + timedelta(days=1)
    assert timedelta() <= end - today < timedelta(days=92)
    assert after.day == 1 and (after.month - first_month) % 3 == 0
