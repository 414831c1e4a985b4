"""Every due time is run once, or stands in another's count, whatever befalls daemon, clock and schedules."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, select
from structlog.testing import capture_logs

from sfsync.clock import SetClock
from sfsync.daemon.due import first_due
from sfsync.daemon.schedule import Schedule
from sfsync.daemon.standing import Standings
from sfsync.daemon.worker import Worker
from sfsync.mirror import tables
from sfsync.mirror.slots import Slots
from tests.daemon.test_worker import Did

ENGINE = create_engine("sqlite://")
SPRING = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)  # Madrid's clock is put forward two hours later
SCHEDULES = (
    Schedule("often", "sync", ("Lead",), every_seconds=600),
    Schedule("nightly", "sync", ("Lead",), cron="15,45 2,3 * * *", zone=ZoneInfo("Europe/Madrid")),
)


class Killed(BaseException):
    """The end of a process that nobody asked for."""


class Machine:
    """A daemon on a clock that is set, which can be killed and started anew on the slots it left."""

    def __init__(self, schedule: Schedule, slots: Slots) -> None:
        self.schedule, self.slots, self.clock = schedule, slots, SetClock(SPRING)
        self.due = schedule.due()
        self.ended: list[datetime] = []  # slots whose runs came to their end
        self.takes_seconds, self.dies, self.held = 0.0, False, False
        self.start()

    def start(self) -> None:
        """Begin as a new process does."""
        now = self.clock.now()
        self.slots.give_back()
        standings = Standings([self.schedule], now)
        why = "held"
        self.worker = Worker(
            [self.schedule], self._run, self.slots, standings, self.clock, lambda _: why if self.held else None
        )
        self.standings = standings
        first = first_due(self.due, self.slots.last(self.schedule.name, now), now)
        self.handed = first or now
        self._work(first)

    def _run(self, _: Schedule) -> Did:
        if self.dies:
            self.dies = False
            raise Killed
        self.clock.advance(self.takes_seconds)
        self.takes_seconds = 0  # else there is no end of slots that are due by then
        slot_at = self.standings.of(self.schedule.name).slot_at
        assert slot_at is not None
        self.ended.append(slot_at)
        return Did()

    def pass_time(self, seconds: float) -> None:
        """Let the clock move on, or be put back, and the daemon do what is due."""
        self.clock.set(self.clock.now() + timedelta(seconds=seconds))
        now = self.clock.now()
        self.handed = min(self.handed, now)
        latest = self.due.latest(now, self.handed)
        self.handed = latest or self.handed
        self.worker.look(now)
        self._work(latest)

    def _work(self, slot_at: datetime | None) -> None:
        if slot_at is not None:
            self.worker.take(self.schedule.name, slot_at)
        try:
            while not self.worker._line.empty():
                self.worker.step()
        except Killed:
            self.start()


@contextmanager
def machine(schedule: Schedule) -> Iterator[Machine]:
    """A machine with the table of slots a mirror has."""
    with ENGINE.connect() as connection, capture_logs():
        tables.slots.create(connection, checkfirst=True)
        connection.execute(delete(tables.slots))
        yield Machine(schedule, Slots(connection))


def befall(one: Machine, events: list[tuple[str, int]]) -> None:
    """Let these things happen, and at last nothing any more."""
    for what, number in events:
        if what == "long run":
            one.takes_seconds = number
        elif what == "hold":
            one.held = not one.held
        elif what == "kill":
            one.dies = True
        elif what == "restart":
            one.start()
        else:
            one.pass_time(number)
    one.held, one.dies, one.takes_seconds = False, False, 0
    one.pass_time(7_200)


FORWARD = st.tuples(st.sampled_from(["long run", "hold", "kill", "restart", *["time"] * 4]), st.integers(0, 7_000))
ANY = st.one_of(FORWARD, st.tuples(st.just("time"), st.integers(-20_000, 20_000)))


@example(SCHEDULES[0], [("kill", 0), ("time", 4_000)])
@given(st.sampled_from(SCHEDULES), st.lists(FORWARD, max_size=25))
def test_every_slot_is_run_or_counted_exactly_once(schedule: Schedule, events: list[tuple[str, int]]) -> None:
    """Over kills, restarts, holds and long runs the runs and what they stand for come to all slots there were."""
    with machine(schedule) as one:
        befall(one, events)
        rows = one.slots._connection.execute(select(tables.slots).order_by(tables.slots.c.slot_at)).all()
        if not rows:  # one that never ran begins with the next, whatever was held before
            assert not one.due.at_once
            return
        expected, slot = 0, one.due.next(rows[0].slot_at - timedelta(seconds=1))
        while slot is not None and slot <= rows[-1].slot_at:
            expected, slot = expected + 1, one.due.next(slot)
        assert sum((row.state == "ended") + row.coalesced for row in rows) == expected
        assert one.due.latest(one.clock.now(), rows[-1].slot_at) is None


@given(st.sampled_from(SCHEDULES), st.lists(ANY, max_size=25))
def test_no_slot_comes_to_its_end_twice(schedule: Schedule, events: list[tuple[str, int]]) -> None:
    """Not even where the clock is put back: what was run under the time that comes again is not run again."""
    with machine(schedule) as one:
        befall(one, events)
        assert len(set(one.ended)) == len(one.ended)
