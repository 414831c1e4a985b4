"""When a score that a record already holds is written anew."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from sfsync.rules.facts import Facts, People
from sfsync.rules.rewriting import Held, parse_rewriting

NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
FACTS = Facts(People({}, {}), NOW)


def refused(text: str, before: int, after: int, *, grades: str = "AA", written_at: datetime | None = NOW) -> bool:
    held, found = Held(Decimal(before), grades[0]), Held(Decimal(after), grades[1])
    return parse_rewriting(text).refusal(held, found, written_at, FACTS) is not None


def test_a_score_moves_by_at_least_what_by_says() -> None:
    """`by 5` writes a move of 5 points up or down and keeps one of 4."""
    assert [refused("by 5", 20, after) for after in (24, 25, 16, 15)] == [True, False, True, False]


def test_a_new_grade_is_written_however_near_the_score() -> None:
    """`band changes` writes as soon as the grade differs, and only then."""
    assert not refused("band changes", 20, 21, grades="BA")
    assert refused("band changes", 20, 99, grades="AA")


def test_daily_writes_a_small_move_once_a_day_of_the_org() -> None:
    """`daily` waits for the org's next day after our own last write; a score of somebody else's is not waited for."""
    earlier = NOW - timedelta(minutes=45)
    rewriting = parse_rewriting("daily")
    held, found = Held(Decimal(1), "A"), Held(Decimal(2), "A")
    in_utc, in_madrid = FACTS, Facts(People({}, {}), NOW, ZoneInfo("Europe/Madrid"))
    assert rewriting.refusal(held, found, earlier, in_utc) is not None
    assert rewriting.refusal(held, found, NOW - timedelta(minutes=20), in_madrid) is not None
    assert rewriting.refusal(held, found, earlier, in_madrid) is None
    assert rewriting.refusal(held, found, None, in_utc) is None


def test_any_of_several_conditions_is_enough() -> None:
    """Conditions joined by `or` each suffice."""
    text = "band changes or by 5 or daily"
    assert not refused(text, 20, 21, grades="AB")
    assert not refused(text, 20, 26)
    assert not refused(text, 20, 21, written_at=None)
    assert refused(text, 20, 21)


def test_always_writes_every_difference() -> None:
    """`always` keeps nothing back."""
    assert not refused("always", 20, 21)


def test_a_record_without_a_score_gets_one_at_once() -> None:
    """No condition holds back a first score."""
    assert parse_rewriting("by 50").refusal(Held(None, None), Held(Decimal(1), "A"), None, FACTS) is None


@pytest.mark.parametrize("text", ["by 0", "by five", "weekly", "band changes and daily", "daily or", ""])
def test_anything_else_is_refused(text: str) -> None:
    """A condition that is not understood is an error, never one that silently does not apply."""
    with pytest.raises(ValueError, match="says nothing"):
        parse_rewriting(text)


def test_a_condition_is_told_as_it_is_written() -> None:
    """Reasons repeat the condition in the words of the file."""
    assert str(parse_rewriting("daily  or by 5 or band changes")) == "band changes or by 5 or daily"
