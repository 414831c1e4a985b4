"""Promises of the watchdog: standing still, being incomplete and unusual counts are alarms; ordinary days are not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sfsync.audit.watchdog import Watch, alarms, to_approve
from sfsync.clock import SetClock
from sfsync.mirror.open import Mirror, open_mirror

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
AS_EVER = Watch()


@pytest.fixture
def clock() -> SetClock:
    """A clock of the test's own."""
    return SetClock(NOW)


@pytest.fixture
def mirror(tmp_path: Path, clock: SetClock) -> Iterator[Mirror]:
    """A mirror with nothing in it."""
    opened = open_mirror(f"sqlite:///{tmp_path}/mirror.db", clock=clock, writable=True)
    yield opened
    opened.close()


def ran(mirror: Mirror, *, state: str = "done", command: str = "sync", error: str = "", **counts: int) -> int:
    """Write down a run."""
    with mirror.writing() as books:
        run = books.runs.start(command, {"error": error} if error else {})
        books.runs.finish(run, state, counts)
    return run


def heard(mirror: Mirror, clock: SetClock, watch: Watch = AS_EVER) -> list[str]:
    """Give the alarms as text."""
    with mirror.reading() as books:
        return [str(problem) for problem in alarms(books, clock.now(), watch)]


def test_a_watermark_that_stands_still_for_too_long_is_an_alarm(mirror: Mirror, clock: SetClock) -> None:
    """Up to the time expected nothing is said; beyond it the sObject, how long, and what to do."""
    with mirror.writing() as books:
        for sobject in ("Lead", "Account"):
            books.watermarks.set(sobject, NOW, run=1)
    clock.advance(900)
    assert heard(mirror, clock, Watch({"Lead": QUARTER})) == []
    clock.advance(60)
    told = heard(mirror, clock, Watch({"Lead": QUARTER, "Account": timedelta(days=3), "Contact": QUARTER}))
    assert len(told) == 1 and told[0].startswith("Lead: its watermark stands still for 16 minutes")
    assert "sfsync serve" in told[0]
    assert heard(mirror, clock) == []


def test_a_plan_that_waits_is_an_alarm_until_one_is_applied(mirror: Mirror, clock: SetClock) -> None:
    """It says how many changes wait, for what, and what to do; a pull does not end it, an apply does."""
    run = ran(mirror, state="waiting", planned=13)
    with mirror.writing() as books:
        books.runs.note(run, {"waits": "the brake allows 5", "next": "look at plan-1.json"})
    ran(mirror, command="pull")
    assert heard(mirror, clock) == [
        f"the plan of run {run} (13 changes) waits: the brake allows 5\n  next: look at plan-1.json"
    ]
    ran(mirror, command="apply")
    assert heard(mirror, clock) == []


def test_a_plan_that_waits_as_settings_ask_is_a_thing_to_do_and_an_alarm_only_after_long(
    mirror: Mirror, clock: SetClock
) -> None:
    """What counts is how long nothing was carried out, whatever plans came since; a brake is an alarm at once."""
    three_days = Watch(approval=timedelta(days=3))

    def waits(why: str = "the plan was not applied") -> None:
        run = ran(mirror, state="waiting", planned=13)
        with mirror.writing() as books:
            books.runs.note(run, {"waits": why, "next": f"sfsync apply plan-{run}.json"})

    for day in range(4):
        waits()
        with mirror.reading() as books:
            [told] = to_approve(books, clock.now(), three_days)
        assert told.message.startswith(f"the plan of run {day + 1} (13 changes) waits for an approval")
        assert "waited since 2026-03-01T12" in told.message and f"plan-{day + 1}.json" in told.next
        assert heard(mirror, clock, three_days) == []
        assert len(heard(mirror, clock)) == 1  # where settings ask for no approval
        clock.advance(24 * 3600)
    assert "waits: the plan was not applied" in heard(mirror, clock, three_days)[0]
    ran(mirror, command="apply")
    waits()
    assert heard(mirror, clock, three_days) == []
    waits("the brake allows 5")
    with mirror.reading() as books:
        assert to_approve(books, clock.now(), three_days) == [] and len(heard(mirror, clock, three_days)) == 1


@pytest.mark.parametrize("state", ["failed", "interrupted"])
def test_a_pull_that_is_not_complete_is_an_alarm_until_one_is(mirror: Mirror, clock: SetClock, state: str) -> None:
    """The latest pull or sync that did not end well is told with its reason; the next good one takes it back."""
    run = ran(mirror, state=state, error="the org cannot be reached")
    ran(mirror, command="verify")
    assert heard(mirror, clock)[0].startswith(f"run {run}, the latest sync, is not complete: the org cannot be reached")
    with mirror.writing() as books:
        books.runs.start("pull", {})  # under way, so nothing can be said of it
    assert len(heard(mirror, clock)) == 1
    ran(mirror, command="pull")
    assert heard(mirror, clock) == []


@pytest.mark.parametrize("name", ["new", "changed", "deleted"])
def test_a_count_far_from_usual_is_an_alarm(mirror: Mirror, clock: SetClock, name: str) -> None:
    """Over ten times the most ever seen, and over a hundred, is told with run and numbers; a day later it is past."""
    for number in range(40):
        ran(mirror, **{name: number % 20})
    ran(mirror, **{name: 190})
    assert heard(mirror, clock) == []
    run = ran(mirror, **{name: 191})
    told = heard(mirror, clock)
    assert len(told) == 1 and told[0].startswith(f"run {run} saw 191 {name} records; of ")
    clock.advance(24 * 3600)
    assert heard(mirror, clock) == []


def test_what_is_usual_has_to_be_known_first(mirror: Mirror, clock: SetClock) -> None:
    """The first pull brings everything, and that is no alarm, nor is anything while few runs have been made."""
    ran(mirror, command="pull", new=100_000)
    for _ in range(30):
        ran(mirror)
    assert heard(mirror, clock) == []


def test_a_field_that_is_changed_back_all_the_time_is_an_alarm_until_it_is_not(mirror: Mirror, clock: SetClock) -> None:
    """The latest sync says how many fields were left alone for it; the next one that has none ends the alarm."""
    ran(mirror, state="partly", conflicts=3, contested=2)
    [told] = heard(mirror, clock)
    assert "left 2 fields alone that something else keeps changing back" in told and "sfsync conflicts" in told
    ran(mirror, state="partly", conflicts=1, contested=0)
    assert heard(mirror, clock) == []


def days(mirror: Mirror, clock: SetClock, *changed: int) -> None:
    """Let days pass, each with four pulls that bring so many changes in all, and two hours more with one of none."""
    parts = [number // 4 if part else number - number // 4 * 3 for number in changed for part in range(4)]
    with mirror.writing() as books:
        for hours, brought in [*((6, part) for part in parts), (2, 0)]:
            clock.advance(hours * 3600)
            books.runs.finish(books.runs.start("sync", {}), "done", {"changed": brought})


@pytest.mark.parametrize(
    ("fortnight", "today", "alarm"),
    [
        ([5_000] * 14, 3, True),
        ([5_000] * 14, 50, False),  # a hundredth is not less than a hundredth
        (([5_000] * 6 + [2]) * 2, 0, True),  # after a quiet day of each week
        (([2] + [5_000] * 6) * 2, 3, False),  # as on this day of each week
        (([2] + [5_000] * 6) + [5_000] * 7, 0, False),  # so it was two weeks ago
        ([99] * 14, 0, False),  # too few to say anything
        ([5_000] * 7, 0, False),  # what is usual is not known yet
    ],
)
def test_a_day_that_brings_hardly_anything_is_an_alarm(
    mirror: Mirror, clock: SetClock, fortnight: list[int], today: int, alarm: bool
) -> None:
    """Less than a hundredth of what the same hours of the last two weeks brought, each of them a hundred at least."""
    days(mirror, clock, *fortnight, today)
    told = heard(mirror, clock)
    assert len(told) == alarm and all("the 24 hours up to run" in one and "quiet = false" in one for one in told)
    assert heard(mirror, clock, Watch(quiet=False)) == []


def test_a_quiet_day_is_told_only_where_its_pulls_came_through(mirror: Mirror, clock: SetClock) -> None:
    """Where runs failed nobody knows what they brought; the pull after an outage brings what came meanwhile."""
    days(mirror, clock, *[5_000] * 14, 3)
    ran(mirror, state="failed", error="the org is busy")
    ran(mirror)
    assert heard(mirror, clock) == []
    clock.advance(20 * 3600)
    ran(mirror, changed=300)
    assert heard(mirror, clock) == []


@pytest.mark.parametrize("today", [3, 4_000])
def test_what_comes_once_a_day_may_be_an_hour_early_or_late(mirror: Mirror, clock: SetClock, today: int) -> None:
    """A nightly pull is held against those of the same night, though none begins at the same second."""
    for day, minutes in enumerate((0, 3, -2, 60, 0, 1, 0, -1, 0, 0, 59, 0, 0, 2, -3)):
        clock.set(NOW + timedelta(days=day, minutes=minutes))
        ran(mirror, changed=5_000 if day < 14 else today)
    assert len(heard(mirror, clock)) == (today == 3)


def test_a_nightly_load_that_is_late_is_an_alarm_only_after_ninety_minutes(mirror: Mirror, clock: SetClock) -> None:
    """Where the org's changes come by night, pulls of every hour do not cry wolf at the hour they are due."""
    with mirror.writing() as books:
        for hour in range(14 * 24 + 13):
            books.runs.finish(books.runs.start("sync", {}), "done", {"changed": 5_000 if hour % 24 == 13 else 1})
            clock.advance(3600)
    for late in range(3):
        ran(mirror, changed=1)
        assert len(heard(mirror, clock)) == (late == 2)
        clock.advance(3600)
