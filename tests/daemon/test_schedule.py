"""The clockwork hands over each slot when it is due, and is not misled by a clock that was moved."""

import queue
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sfsync.clock import SystemClock
from sfsync.daemon.schedule import Clockwork, Schedule
from tests.daemon.test_worker import Kept

EVERY = Schedule("often", "sync", ("Lead",), every_seconds=1)
DAILY = Schedule("daily", "pull", ("Lead",), every_seconds=86_400)
Handed = queue.SimpleQueue[tuple[str, datetime]]


@pytest.fixture
def now() -> datetime:
    """The time on the wall, which APScheduler looks at by itself."""
    return SystemClock().now()


@pytest.fixture
def started() -> Iterator[Callable[[list[Schedule], Kept, datetime], tuple[Clockwork, Handed]]]:
    """Starts clockworks that put what they hand over into a queue, and stops them."""
    running = []

    def start(schedules: list[Schedule], slots: Kept, now: datetime) -> tuple[Clockwork, Handed]:
        handed: Handed = queue.SimpleQueue()
        clockwork = Clockwork(schedules, lambda name, slot_at: handed.put((name, slot_at)))
        running.append(clockwork)
        clockwork.start(slots, now)
        return clockwork, handed

    yield start
    for clockwork in running:
        clockwork.stop()


Start = Callable[[list[Schedule], Kept, datetime], tuple[Clockwork, Handed]]


def test_a_slot_missed_while_away_is_handed_over_at_once(started: Start, now: datetime) -> None:
    """After an outage of days the latest slot comes first, with its exact time, and only that."""
    last = now - timedelta(days=5)
    _, handed = started([DAILY], Kept({"daily": [last]}), now)
    assert handed.get(timeout=10) == ("daily", datetime(now.year, now.month, now.day, tzinfo=UTC))
    assert handed.empty()


def test_a_clock_put_back_by_a_year_is_followed(started: Start, now: datetime) -> None:
    """A daemon that started under a wrong clock does not wait out the year by which it was wrong."""
    clockwork, handed = started([EVERY], Kept({"often": [now + timedelta(days=365)]}), now + timedelta(days=365))
    assert handed.empty()
    clockwork.look(now - timedelta(seconds=3))
    name, slot_at = handed.get(timeout=10)
    assert name == "often"
    assert slot_at <= SystemClock().now()


def test_a_clock_put_forward_by_decades_costs_one_slot(started: Start) -> None:
    """A machine that starts in 1970 and then learns the time hands over the latest slot, at once."""
    then = datetime(1970, 1, 1, tzinfo=UTC)
    _, handed = started([EVERY], Kept({"often": [then]}), then)
    slots = [handed.get(timeout=10)[1] for _ in range(2)]
    assert slots[0] == then or SystemClock().now() - slots[0] < timedelta(minutes=1)
    assert SystemClock().now() - slots[1] < timedelta(minutes=1)


def test_looking_hands_nothing_over_by_itself(started: Start, now: datetime) -> None:
    """However often the clock is looked at, a slot that is not due is not handed over."""
    clockwork, handed = started([DAILY], Kept({"daily": [now]}), now)
    for _ in range(100):
        clockwork.look(now)
    assert handed.empty()


def test_after_the_stop_nothing_is_handed_over(started: Start, now: datetime) -> None:
    """A clockwork that was stopped keeps quiet, and may be stopped again."""
    clockwork, handed = started([DAILY], Kept({"daily": [now]}), now)
    clockwork.stop()
    clockwork.stop()
    assert handed.empty()
