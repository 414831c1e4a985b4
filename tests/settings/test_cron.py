"""Cron expressions are read strictly and mean what cron means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.settings.cron import read_cron


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("* * * * *", "* * * * *"),
        ("*/15 * * * *", "0,15,30,45 * * * *"),
        ("0 6 * * 1-5", "0 6 * * mon,tue,wed,thu,fri"),
        ("0 6 * * 0", "0 6 * * sun"),
        ("0 6 * * 7", "0 6 * * sun"),
        ("0 6 * * fri-7", "0 6 * * sun,fri,sat"),
        ("0 6 * * */2", "0 6 * * sun,tue,thu,sat"),
        ("5/20 0-23/12 1,15 JAN,mar *", "5,25,45 0,12 1,15 1,3 *"),
        ("0 0 29 2 *", "0 0 29 2 *"),
    ],
)
def test_an_expression_is_brought_to_one_spelling(written: str, meant: str) -> None:
    """Steps, ranges and names become plain lists; weekday 0 and 7 are Sunday, 1 is Monday."""
    assert read_cron(written) == meant


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("* * * *", "4 fields, not five"),
        ("60 * * * *", "'60' is no minute: 0 to 59"),
        ("0 24 * * *", "no hour"),
        ("0 0 0 * *", "no day of the month"),
        ("0 0 * 13 *", "no month"),
        ("0 0 * * 8", "no day of the week"),
        ("0 0 * * funday", "no day of the week"),
        ("0-60/5 * * * *", "no minute"),
        ("*/0 * * * *", "never due"),
        ("0 22-5 * * *", "backwards"),
        ("0 0 30 2 *", "never due"),
        ("0 0 31 2,4,6 *", "never due"),
        ("0 0 1 * mon", "two schedules"),
        ("0 0 , * *", "no day of the month"),
        ("@daily", "not five"),
    ],
)
def test_what_is_wrong_or_never_due_is_refused(written: str, words: str) -> None:
    """A slip is an error, never a schedule that silently does not run."""
    with pytest.raises(ValueError, match=words):
        read_cron(written)


FIELDS = [(0, 59), (0, 23), (1, 28), (1, 12)]


@given(st.tuples(*(st.sets(st.integers(low, high), min_size=1) for low, high in FIELDS)))
def test_reading_what_was_read_changes_nothing(numbers: tuple[set[int], ...]) -> None:
    """The one spelling of an expression reads as itself, and holds exactly the numbers given."""
    written = " ".join([*(",".join(map(str, sorted(part, reverse=True))) for part in numbers), "*"])
    once = read_cron(written)
    assert read_cron(once) == once
    assert [set(map(int, field.split(","))) for field in once.split()[:4]] == list(numbers)
