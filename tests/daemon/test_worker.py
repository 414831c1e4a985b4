"""The worker runs each slot once, one after another, and outlives whatever a run does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from sfsync.clock import SetClock
from sfsync.daemon.schedule import Schedule
from sfsync.daemon.standing import LATE_SECONDS, Standings
from sfsync.daemon.worker import Outcome, Worker
from sfsync.errors import MirrorError, OrgUnreachable, Problem

TEN = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
LEADS = Schedule("leads", "sync", ("Lead",), every_seconds=60)
NIGHTLY = Schedule("nightly", "pull", ("Lead",), cron="0 2 * * *")


@dataclass(frozen=True)
class Did:
    """What a run came to."""

    state: str = "done"
    exit: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass
class Kept:
    """Slots in memory."""

    taken: dict[str, list[datetime]] = field(default_factory=dict)
    coalesced: dict[datetime, int] = field(default_factory=dict)
    ended: list[datetime] = field(default_factory=list)

    def claim(self, schedule: str, slot_at: datetime, coalesced: int) -> bool:
        """Take a slot."""
        self.coalesced[slot_at] = coalesced
        if slot_at in self.taken.setdefault(schedule, []):
            return False
        self.taken[schedule].append(slot_at)
        return True

    def end(self, schedule: str, slot_at: datetime) -> None:
        """Hear that a run ended."""
        self.ended.append(slot_at)

    def give_back(self) -> list[tuple[str, datetime]]:
        """Nothing was cut short."""
        return []

    def last(self, schedule: str, until: datetime | None = None) -> datetime | None:
        """Give the latest."""
        return max((one for one in self.taken.get(schedule, []) if until is None or one <= until), default=None)


class House:
    """A worker with all it needs, on a clock that is set."""

    def __init__(self, run: Callable[[Schedule], Outcome], slots: Kept | None = None) -> None:
        self.clock = SetClock(TEN)
        self.slots = slots or Kept()
        self.ran: list[tuple[str, datetime]] = []
        self.standings = Standings([LEADS, NIGHTLY], TEN)

        def running(schedule: Schedule) -> Outcome:
            self.ran.append((schedule.name, self.clock.now()))
            return run(schedule)

        self.why: str | None = None  # why nothing is to begin
        self.worker = Worker(
            [LEADS, NIGHTLY], running, self.slots, self.standings, self.clock, lambda schedule: self.why
        )


def at(minute: int) -> datetime:
    """A slot of the leads."""
    return TEN + timedelta(minutes=minute)


def test_a_slot_is_run_and_recorded() -> None:
    """A due slot runs its schedule; what it came to is known afterwards, to the log too."""
    house = House(lambda _: Did(counts={"changed": 3}))
    house.worker.take("leads", at(0))
    with capture_logs() as lines:
        assert house.worker.step()
    assert house.ran == [("leads", TEN)]
    assert house.slots.last("leads") == at(0)
    assert house.standings.of("leads").state == "done"
    assert [(line["event"], line.get("counts")) for line in lines] == [
        ("run started", None),
        ("run ended", {"changed": 3}),
    ]


def test_a_plan_that_waits_is_a_warning_with_its_reason_and_no_failure() -> None:
    """The log and the page say what it waits for and what to do, until a run's plan does not wait."""
    answers = [Did("waiting", 4, {"planned": 13}, (Problem("over the brake", "look at plan-1.json"),)), Did()]
    house = House(lambda _: answers.pop(0))
    house.worker.take("leads", at(0))
    with capture_logs() as lines:
        assert house.worker.step()
    assert [(line["log_level"], line["why"], line["planned"]) for line in lines if line["event"] == "plan waits"] == [
        ("warning", "over the brake: look at plan-1.json", 13)
    ]
    assert house.standings.told(house.clock.now())[0]["waits"] == "over the brake: look at plan-1.json"
    assert house.standings.of("leads").failures == 0
    house.worker.take("leads", at(1))
    assert house.worker.step() and house.standings.of("leads").waits is None


def test_a_slot_taken_before_is_not_run_again() -> None:
    """A restart at the very moment a slot is due does not run it twice."""
    house = House(lambda _: Did(), Kept({"leads": [at(0)]}))
    house.worker.take("leads", at(0))
    house.worker.step()
    assert house.ran == []
    assert house.standings.of("leads").slot_at == at(0)


def test_slots_due_during_a_run_become_one_run_after_it() -> None:
    """A run longer than its span is followed by one run for the latest slot, never by two at once or a heap."""
    house = House(lambda _: Did())

    def long_run(_: Schedule) -> Did:
        for _minute in range(5):
            house.clock.advance(60)
            house.worker.take("leads", house.clock.now())
        return Did()

    runs = iter([long_run, lambda _: Did()])
    house = House(lambda schedule: next(runs)(schedule))
    house.worker.take("leads", at(0))
    house.worker.step()
    house.worker.step()
    assert house.slots.taken["leads"] == [at(0), at(5)]
    assert len(house.ran) == 2


def test_schedules_take_turns() -> None:
    """A schedule that is always behind does not keep another from its turn."""
    house = House(lambda schedule: house.clock.advance(90 if schedule is LEADS else 1) or Did())
    house.worker.take("leads", at(0))
    house.worker.take("nightly", at(0))
    for _ in range(3):
        house.worker.step()
    assert [name for name, _ in house.ran] == ["leads", "nightly", "leads"]


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (OrgUnreachable("no answer"), "no answer"),
        (ZeroDivisionError("boom"), "a bug: ZeroDivisionError"),
        (Did("failed", 5, problems=(Problem("login refused"),)), "login refused"),
        (Did("failed", 1), "failed"),
    ],
)
def test_a_run_that_fails_is_told_and_the_next_goes_on(failure: Exception | Did, error: str) -> None:
    """Neither an error nor a bug stops the daemon; the page says why until a run succeeds."""
    answers: list[Exception | Did] = [failure, failure, Did()]

    def run(_: Schedule) -> Did:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    house = House(run)
    with capture_logs():
        for minute, failures in ((0, 1), (1, 2)):
            house.worker.take("leads", at(minute))
            assert house.worker.step()
            assert house.standings.of("leads").failures == failures
            assert house.standings.of("leads").error == error
            assert not house.standings.is_well(house.clock.now())
        house.worker.take("leads", at(2))
        house.worker.step()
    assert house.standings.of("leads").error is None
    assert house.standings.is_well(house.clock.now())


@pytest.mark.parametrize("exit_code", [3, 4])
def test_what_waits_for_a_person_is_no_failure(exit_code: int) -> None:
    """Refused records and a brake are told in the run's state; the schedule itself is well."""
    house = House(lambda _: Did("waiting", exit_code, problems=(Problem("a brake"),)))
    house.worker.take("leads", at(0))
    house.worker.step()
    assert house.standings.of("leads").state == "waiting"
    assert house.standings.is_well(house.clock.now())


def test_slots_that_cannot_be_recorded_are_not_run() -> None:
    """Without the record of slots nothing runs, so nothing runs twice; the page says so, and the slot waits for it."""

    class Full(Kept):
        full = True

        def claim(self, schedule: str, slot_at: datetime, coalesced: int) -> bool:
            if self.full:
                raise MirrorError("the disk is full")
            return super().claim(schedule, slot_at, coalesced)

    slots = Full()
    house = House(lambda _: Did(), slots)
    house.worker.take("leads", at(0))
    with capture_logs():
        assert house.worker.step()
        assert house.ran == [] and house.standings.of("leads").error == "the disk is full"
        slots.full = False
        house.worker.look(at(0))
        assert house.worker.step()
    assert [name for name, _ in house.ran] == ["leads"] and house.standings.is_well(at(0))


def test_draining_begins_nothing_new() -> None:
    """After the word to end, slots in line and slots to come are left for the next life."""
    house = House(lambda _: Did())
    house.worker.take("leads", at(0))
    house.worker.drain()
    house.worker.take("nightly", at(0))
    assert not house.worker.step()
    assert house.ran == []
    assert house.slots.taken == {}


def test_a_schedule_that_does_not_get_its_turn_is_late() -> None:
    """A slot that is not run within five minutes of being due makes the page say so, until it is."""
    house = House(lambda _: Did())
    assert house.standings.is_well(TEN)
    late = at(1) + timedelta(seconds=LATE_SECONDS + 1)
    assert house.standings.late_seconds("leads", late) == LATE_SECONDS + 1
    assert not house.standings.is_well(late)
    house.clock.set(late)
    house.worker.take("leads", at(6))
    house.worker.step()
    assert house.standings.is_well(late)


def test_time_off_does_not_count_as_late() -> None:
    """A daemon started after a week of rest is late only by what passed since it started."""
    house = House(lambda _: Did())
    house.standings.remember("leads", TEN - timedelta(days=7))
    assert house.standings.late_seconds("leads", TEN + timedelta(seconds=5)) == 5


def test_what_a_reload_adds_or_changes_is_late_from_then_on_only() -> None:
    """Times that passed before the daemon went by a schedule are not missed; what stayed the same is still late."""
    house = House(lambda _: Did())
    noon = TEN + timedelta(days=3, hours=2)
    at_six = Schedule("six", "pull", ("Lead",), cron="0 6 * * *")
    changed = replace(NIGHTLY, cron="30 11 * * *")
    house.standings.take_over([LEADS, at_six, changed], noon)
    assert [house.standings.late_seconds(name, noon) for name in ("six", "nightly")] == [0, 0]
    assert house.standings.late_seconds("leads", noon) == (noon - at(1)).total_seconds()
    house.standings.take_over([at_six, changed], noon)
    next_six = TEN + timedelta(days=3, hours=20)
    assert house.standings.is_well(next_six)
    assert not house.standings.is_well(next_six + timedelta(seconds=LATE_SECONDS + 1))


def test_it_is_known_since_when_a_schedule_fails() -> None:
    """The end of the first failure stays until a run does not fail; each is an error in the log."""
    outcomes = [Did(), Did("failed", 5), Did("failed", 5), Did()]
    house = House(lambda _: outcomes.pop(0))
    since = []
    with capture_logs() as lines:
        for minute in range(4):
            house.clock.set(at(minute))
            house.worker.take("leads", at(minute))
            house.worker.step()
            since.append(house.standings.of("leads").failing_since)
    assert since == [None, at(1), at(1), None]
    assert [line["log_level"] for line in lines if line["event"] == "run ended"] == ["info", "error", "error", "info"]


def test_a_schedule_is_due_by_one_clock_only() -> None:
    """A schedule with both a span and a cron expression, or neither, is refused."""
    for wrong in (Schedule("x", "pull", ()), Schedule("x", "pull", (), 60, "* * * * *")):
        with pytest.raises(ValueError, match="one of every_seconds and cron"):
            wrong.due()


def test_the_most_urgent_of_those_that_wait_runs_next() -> None:
    """A higher priority goes before whatever waited longer; among equals the first come is the first served."""
    house = House(lambda _: Did())
    urgent = Schedule("urgent", "pull", ("Lead",), every_seconds=3600, priority=5)
    house.standings.take_over([LEADS, NIGHTLY, urgent], TEN)
    house.worker.take_over([LEADS, NIGHTLY, urgent])
    for name in ("nightly", "leads", "urgent"):
        house.worker.take(name, TEN)
    with capture_logs():
        assert [house.worker.step() for _ in range(3)] == [True] * 3
    assert [name for name, _ in house.ran] == ["urgent", "nightly", "leads"]


def test_what_is_held_is_made_up_for_by_one_run() -> None:
    """While a schedule is held no slot of it is taken; then the latest stands for all, and says for how many."""
    house = House(lambda _: Did(), Kept({"leads": [at(0)]}))
    house.why = "paused since noon"
    with capture_logs() as lines:
        for minute in (1, 2, 3):
            house.clock.set(at(minute))
            house.worker.take("leads", at(minute))
            assert house.worker.step()
        assert (house.ran, house.slots.last("leads")) == ([], at(0))
        assert house.standings.told(at(3))[0]["held"] == "paused since noon"
        assert house.standings.is_well(at(60))
        house.why = None
        house.clock.set(at(5))
        house.worker.look(at(5))
        assert house.worker.step()
    assert house.ran == [("leads", at(5))]
    assert (house.slots.last("leads"), house.slots.coalesced[at(5)]) == (at(5), 4)
    assert house.standings.told(at(5))[0]["held"] is None
    assert [line["event"] for line in lines] == ["held", "run started", "run ended"]


def test_a_schedule_that_is_gone_runs_no_more() -> None:
    """What waits in line is dropped where a reload took its schedule away; what stayed runs."""
    house = House(lambda _: Did())
    house.worker.take("leads", TEN)
    house.worker.take("nightly", TEN)
    house.worker.take_over([NIGHTLY])
    with capture_logs():
        assert house.worker.step() and house.worker.step()
    assert [name for name, _ in house.ran] == ["nightly"]


def test_where_nobody_can_tell_whether_it_is_held_nothing_begins() -> None:
    """A checkbox in the org that cannot be read fails the schedule instead of writing; it is looked at again."""
    house = House(lambda _: Did())

    def unreachable(_: Schedule) -> str | None:
        raise OrgUnreachable("no route")

    house.worker = Worker([LEADS], lambda _: Did(), house.slots, house.standings, house.clock, unreachable)
    house.worker.take("leads", at(0))
    with capture_logs():
        assert house.worker.step()
    assert house.slots.last("leads") is None
    assert not house.standings.is_well(at(0)) and house.standings.of("leads").error == "no route"
    with capture_logs() as lines:
        house.worker.look(at(0))
        assert house.worker.step()
    assert lines == []  # told once


@pytest.mark.parametrize("failing", [False, True], ids=["done", "failed"])
def test_a_slot_ends_with_its_run_however_that_went(failing: bool) -> None:
    """What failed is told and tried at the next slot; only a run that was cut short leaves its slot open."""

    def run(schedule: Schedule) -> Did:
        if failing:
            raise OrgUnreachable("no network")
        return Did()

    house = House(run)
    house.worker.take("leads", at(0))
    with capture_logs():
        assert house.worker.step()
    assert house.slots.ended == [at(0)]
