"""The machine's clock tells aware time; the set clock moves only when told."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sfsync.clock import Clock, SetClock, SystemClock

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("clock", [SystemClock(), SetClock(START)], ids=["system", "set"])
def test_the_time_is_aware_and_utc(clock: Clock) -> None:
    """No part of the program ever sees a time without a zone."""
    assert clock.now().utcoffset() == timedelta(0)


def test_the_system_clock_goes_forward() -> None:
    """A span measured with it is never negative, and sleeping no time returns."""
    clock = SystemClock()
    before = clock.monotonic()
    clock.sleep(0)
    assert clock.monotonic() >= before


def test_sleeping_on_a_set_clock_takes_no_time_but_moves_it() -> None:
    """A week of waiting is over at once, in the time of day as in spans."""
    clock = SetClock(START)
    clock.sleep(7 * 86400)
    assert clock.now() == START + timedelta(days=7)
    assert clock.monotonic() == 7 * 86400


def test_setting_a_clock_back_does_not_shorten_spans() -> None:
    """A wall clock that is put right moves no measured span."""
    clock = SetClock(START)
    clock.advance(5)
    clock.set(datetime(2026, 3, 1, 13, 0, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == datetime(2026, 3, 1, 11, 0, tzinfo=UTC)
    assert clock.monotonic() == 5
