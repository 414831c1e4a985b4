"""When schedules are due: each slot once, in every time zone, through every time change."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.daemon.due import Due, Every, Wall, first_due

MADRID = ZoneInfo("Europe/Madrid")
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
CRONS = st.sampled_from(
    ["* * * * *", "0,15,30,45 * * * *", "30 2 * * *", "0 6 * * mon,fri", "0 0 1 * *", "59 23 31 12 *", "0 3 29 2 *"]
)
DUES = st.integers(1, 90_000).map(Every) | st.builds(Wall, CRONS, st.sampled_from([MADRID, ZoneInfo("UTC")]))


def at(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def slots(due: Due, start: str, count: int) -> list[str]:
    """The first slots after an instant."""
    found, after = [], at(start)
    for _ in range(count):
        slot = due.next(after)
        assert slot is not None
        found.append(slot.strftime("%m-%d %H:%M"))
        after = slot
    return found


@given(DUES, INSTANTS)
def test_slots_go_on_without_end_or_repeat(due: Due, start: datetime) -> None:
    """The slot after a slot is always later, and is the same from any instant between the two."""
    first = due.next(start)
    assert first is not None
    assert first > start
    second = due.next(first)
    assert second is not None
    assert second > first
    between = first + (second - first) / 2
    assert due.next(between) == second


@given(DUES, INSTANTS, st.integers(0, 200_000))
def test_the_latest_slot_is_the_one_with_none_after_it(due: Due, after: datetime, seconds: int) -> None:
    """Between two instants the latest slot is a slot, and no other follows it in time."""
    until = after + timedelta(seconds=seconds)
    latest = due.latest(until, after)
    first = due.next(after)
    assert first is not None
    if latest is None:
        assert first > until
        return
    assert after < latest <= until
    following = due.next(latest)
    assert following is not None
    assert following > until
    assert due.next(latest - timedelta(microseconds=1)) == latest


def test_a_span_is_counted_from_the_same_point_for_ever() -> None:
    """Two daemons started at different times agree on the slots of `every`, so that a claim means something."""
    assert Every(60).next(at("2026-03-01T10:00:17")) == at("2026-03-01T10:01:00")
    assert Every(60).next(at("2026-03-01T10:01:00")) == at("2026-03-01T10:02:00")
    assert Every(60).latest(at("2026-03-01T10:01:00"), at("2026-03-01T10:00:00")) == at("2026-03-01T10:01:00")


def test_an_hour_that_comes_twice_counts_once_where_hours_are_named() -> None:
    """At the end of summer time a nightly schedule runs once, though the wall shows its time twice."""
    assert slots(Wall("30 2 * * *", MADRID), "2026-10-24T12:00", 3) == ["10-25 00:30", "10-26 01:30", "10-27 01:30"]


def test_every_hour_that_passes_counts_where_all_are_meant() -> None:
    """A schedule of each half hour has no gap of an hour at the end of summer time."""
    passed = slots(Wall("0,30 * * * *", MADRID), "2026-10-24T23:29", 8)
    assert passed == [f"10-{day} {hour:02}:{minute}" for day, hour, minute in HALF_HOURS]


HALF_HOURS = [(24, 23, "30"), *((25, hour, minute) for hour in range(3) for minute in ("00", "30")), (25, 3, "00")]


def test_an_hour_left_out_is_made_up_for() -> None:
    """At the beginning of summer time a nightly schedule runs once, though the wall never shows its time."""
    assert slots(Wall("30 2 * * *", MADRID), "2026-03-28T12:00", 3) == ["03-29 01:30", "03-30 00:30", "03-31 00:30"]


@pytest.mark.parametrize(
    ("cron", "start", "expected"),
    [
        ("0 0 * * *", "2026-03-28T12:00", ["03-28 23:00", "03-29 22:00", "03-30 22:00"]),
        ("0 0 1 * *", "2026-03-01T12:00", ["03-31 22:00", "04-30 22:00"]),
    ],
)
def test_midnight_after_the_change_of_the_clock_is_not_lost(cron: str, start: str, expected: list[str]) -> None:
    """The days after summer time began have their slots, too."""
    assert slots(Wall(cron, MADRID), start, len(expected)) == expected


CHANGES = {  # of the clock: put forward by an hour, by half an hour, at midnight, never; and back
    "Europe/Madrid": ("2026-03-29T01:00", "2026-10-25T01:00"),
    "America/New_York": ("2026-03-08T07:00", "2026-11-01T06:00"),
    "Australia/Lord_Howe": ("2026-10-03T15:30", "2026-04-04T15:00"),
    "America/Santiago": ("2026-09-06T04:00", "2026-04-05T03:00"),
    "Asia/Kathmandu": ("2026-03-28T18:15", "2026-10-25T00:00"),
}
AROUND = st.sampled_from([(zone, change) for zone, changes in CHANGES.items() for change in changes])
SOME_MINUTES = st.sets(st.integers(0, 59), min_size=1, max_size=4)


def listed(numbers: set[int]) -> str:
    """A field of a cron expression."""
    return ",".join(map(str, sorted(numbers)))


@given(AROUND, st.integers(-14_400, 14_400), SOME_MINUTES, st.sets(st.integers(0, 4), min_size=1))
def test_a_named_time_is_due_once_a_day_whatever_the_clock_does(
    around: tuple[str, str], seconds: int, minutes: set[int], hours: set[int]
) -> None:
    """From any instant around a change of a zone's clock the next slot is the first listed time yet to come."""
    zone, after = ZoneInfo(around[0]), at(around[1]) + timedelta(seconds=seconds)
    days = [after.astimezone(zone).date() + timedelta(days=days) for days in (-1, 0, 1, 2)]
    times = [time(hour, minute, tzinfo=zone) for hour in hours for minute in minutes]
    named = {datetime.combine(day, one).astimezone(UTC) for day in days for one in times}
    due = Wall(f"{listed(minutes)} {listed(hours)} * * *", zone)
    assert due.next(after) == min(slot for slot in named if slot > after)


@given(AROUND, st.integers(-14_400, 14_400), SOME_MINUTES)
def test_a_minute_of_every_hour_is_due_whenever_the_wall_shows_it(
    around: tuple[str, str], seconds: int, minutes: set[int]
) -> None:
    """An hour that comes twice counts twice there, and half an hour that is left out has no slots."""
    zone, after = ZoneInfo(around[0]), at(around[1]) + timedelta(seconds=seconds)
    coming = (after.replace(second=0) + timedelta(minutes=number) for number in range(1, 200))
    shown = next(instant for instant in coming if instant.astimezone(zone).minute in minutes)
    assert Wall(f"{listed(minutes)} * * * *", zone).next(after) == shown


def test_weekdays_are_those_of_the_wall_clock() -> None:
    """Monday early in Madrid is still Sunday in UTC, and due all the same."""
    assert slots(Wall("30 0 * * mon", MADRID), "2026-06-10T00:00", 2) == ["06-14 22:30", "06-21 22:30"]


@pytest.mark.parametrize(
    ("due", "last", "now", "expected"),
    [
        (Every(60), None, "2026-03-01T10:00:17", "2026-03-01T10:00:00"),
        (Every(60), "2026-03-01T10:00:00", "2026-03-01T10:00:59", None),
        (Every(60), "2026-02-01T10:00:00", "2026-03-01T10:00:17", "2026-03-01T10:00:00"),
        (Wall("0 3 * * *", MADRID), None, "2026-03-01T10:00:00", None),
        (Wall("0 3 * * *", MADRID), "2026-02-20T02:00:00", "2026-03-01T10:00:00", "2026-03-01T02:00:00"),
        (Wall("0 3 * * *", MADRID), "2026-03-01T02:00:00", "2026-03-01T10:00:00", None),
        (Wall("* * * * *", MADRID), "2022-01-01T00:00:00", "2026-03-01T10:00:30", "2026-03-01T10:00:00"),
        (Wall("0 3 29 2 *", MADRID), "2023-01-01T00:00:00", "2026-03-01T10:00:00", "2024-02-29T02:00:00"),
    ],
)
def test_one_run_makes_up_for_an_outage(due: Due, last: str | None, now: str, expected: str | None) -> None:
    """After any time off, at most one slot is due: the latest. A nightly schedule does not run at noon on day one."""
    found = first_due(due, at(last) if last else None, at(now))
    assert found == (at(expected) if expected else None)


@given(st.lists(INSTANTS, min_size=2, max_size=20), DUES)
def test_looking_at_any_instants_takes_each_slot_at_most_once(looks: list[datetime], due: Due) -> None:
    """However often and irregularly the clock is looked at, taken slots only ever grow."""
    last: datetime | None = None
    taken = []
    for now in sorted(looks):
        slot = first_due(due, last, now)
        if slot is not None:
            taken.append(slot)
        last = slot or last or now
    assert all(earlier < later for earlier, later in pairwise(taken))
