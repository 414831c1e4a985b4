"""The one thread that runs: slots are taken in turn, the most urgent first, never two at once, each once."""

import itertools
import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import structlog

from sfsync.clock import Clock
from sfsync.daemon.due import between
from sfsync.daemon.schedule import Schedule, Slots
from sfsync.daemon.standing import Standings
from sfsync.errors import Problem, SfsyncError

_FAILED_EXITS = (1, 2, 5, 6)  # a bug, wrong settings, the org out of reach, a lease held; 3 and 4 are for a person

_WAITING = "waiting"  # the state of a run that should have applied something and did not

_LAST_IN_LINE = (float("inf"), 0, "", None)  # what ends the thread, behind whatever waits

_log = structlog.get_logger("sfsync.daemon")


class Outcome(Protocol):
    """What a run came to."""

    @property
    def state(self) -> str:
        """One word."""

    @property
    def exit(self) -> int:
        """The exit code a command would end with."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Figures for the log."""

    @property
    def problems(self) -> Sequence[Problem]:
        """What went wrong."""


class Worker:
    """Takes slots and runs their schedules, one after another."""

    def __init__(
        self,
        schedules: Iterable[Schedule],
        run: Callable[[Schedule], Outcome],
        slots: Slots,
        standings: Standings,
        clock: Clock,
        held: Callable[[Schedule], str | None] = lambda schedule: None,
    ) -> None:
        self._schedules = {schedule.name: schedule for schedule in schedules}
        self._dues = {name: schedule.due() for name, schedule in self._schedules.items()}
        self._held = held  # says why nothing of a schedule is to begin now
        self._run = run
        self._slots = slots
        self._standings = standings
        self._clock = clock
        self._line: queue.PriorityQueue[tuple[float, int, str, datetime | None]] = queue.PriorityQueue()
        self._numbers = itertools.count(1)  # of those equally urgent the first come is the first served
        self._busy: set[str] = set()  # schedules that wait or run
        self._put_off: set[str] = set()  # schedules that were held when a slot of theirs was due
        self._lock = threading.Lock()
        self._draining = False

    def take(self, name: str, slot_at: datetime) -> None:
        """Put a slot in line, unless its schedule is in line or runs: what became due meanwhile is run after that."""
        with self._lock:
            if name not in self._busy and not self._draining:
                self._busy.add(name)
                self._put_off.discard(name)
                self._join(name, slot_at)

    def _join(self, name: str, slot_at: datetime) -> None:
        schedule = self._schedules.get(name)
        self._line.put((-schedule.priority if schedule else 0, next(self._numbers), name, slot_at))

    def look(self, now: datetime) -> None:
        """Look anew at schedules that were held: the latest slot of each stands for all that passed meanwhile."""
        with self._lock:
            put_off = [(name, self._dues[name]) for name in self._put_off if name in self._dues]
        for name, due in put_off:
            slot_at = due.latest(now, self._slots.last(name, now) or datetime.min.replace(tzinfo=now.tzinfo))
            if slot_at is not None:
                self.take(name, slot_at)

    def take_over(self, schedules: Iterable[Schedule]) -> None:
        """Go by other schedules from now on; a run under way is not touched."""
        with self._lock:
            self._schedules = {schedule.name: schedule for schedule in schedules}
            self._dues = {name: schedule.due() for name, schedule in self._schedules.items()}

    def drain(self) -> None:
        """Begin nothing new; the run under way goes on to its end."""
        with self._lock:
            self._draining = True
        self._line.put(_LAST_IN_LINE)

    def work(self) -> None:
        """Run what is in line until drained. This is the thread's whole life."""
        while self.step():
            pass

    def step(self) -> bool:
        """Wait for the next in line and run it; False when drained."""
        _, _, name, slot_at = self._line.get()
        if slot_at is None or self._draining:
            return False
        schedule = self._schedules.get(name)
        ran = schedule is not None and self._run_slot(schedule, slot_at)
        with self._lock:
            due = self._dues.get(name)
            later = due.latest(self._clock.now(), slot_at) if due and ran else None
            if later is None or self._draining:
                self._busy.discard(name)
            else:
                self._join(name, later)
            if schedule is not None and not ran:
                self._put_off.add(name)
        return True

    def _run_slot(self, schedule: Schedule, slot_at: datetime) -> bool:
        """Run a schedule for a slot, if nobody did before, and note how it went; nothing escapes.

        Gives False where it is held, or nobody can tell: the slot is not taken then, and is to be looked at again.
        """
        log = _log.bind(schedule=schedule.name, slot_at=slot_at.isoformat())
        claimed = False
        try:
            if (why := self._held(schedule)) is not None:
                if self._standings.hold(schedule.name, why):
                    log.info("held", why=why)
                return False
            coalesced = self._coalesced(schedule, slot_at)
            mine = self._slots.claim(schedule.name, slot_at, coalesced)
            claimed = True
            if not mine:
                self._standings.remember(schedule.name, slot_at)
                log.info("slot was taken before")
                return True
            self._run_claimed(schedule, slot_at, coalesced, log)
            self._slots.end(schedule.name, slot_at)
        except SfsyncError as failure:
            if claimed or self._standings.of(schedule.name).error != str(failure):  # it is looked at again and again
                log.error("run failed", error=str(failure), next=failure.next.value)
            self._failed(schedule, slot_at, str(failure))
        except Exception as bug:
            log.exception("run failed by a bug")
            self._failed(schedule, slot_at, f"a bug: {type(bug).__name__}")
        return claimed

    def _failed(self, schedule: Schedule, slot_at: datetime, why: str) -> None:
        """Note that a run failed, which ends its slot, as far as that can be written down."""
        self._standings.end(schedule.name, "failed", why, self._clock.now())
        with suppress(Exception):
            self._slots.end(schedule.name, slot_at)

    def _run_claimed(
        self, schedule: Schedule, slot_at: datetime, coalesced: int, log: structlog.stdlib.BoundLogger
    ) -> None:
        started = self._clock.monotonic()
        self._standings.begin(schedule.name, slot_at, self._clock.now(), coalesced)
        log.info("run started", run=schedule.run, sobjects=list(schedule.sobjects), coalesced=coalesced)
        outcome = self._run(schedule)
        error = _first_problem(outcome)
        seconds = round(self._clock.monotonic() - started, 3)
        tell = log.info if error is None else log.error
        tell("run ended", state=outcome.state, counts=dict(outcome.counts), error=error, seconds=seconds)
        waits = _words(outcome.problems[0]) if outcome.state == _WAITING and outcome.problems else None
        if waits is not None and waits != self._standings.of(schedule.name).waits:
            log.warning("plan waits", why=waits, planned=outcome.counts.get("planned", 0))
        self._standings.end(schedule.name, outcome.state, error, self._clock.now(), waits)

    def _coalesced(self, schedule: Schedule, slot_at: datetime) -> int:
        """Count the slots since the last that was taken, which this one stands for too."""
        last = self._slots.last(schedule.name, slot_at)
        return 0 if last is None else between(schedule.due(), last, slot_at)


def _first_problem(outcome: Outcome) -> str | None:
    """Say why a run failed, None where it did not."""
    if outcome.exit not in _FAILED_EXITS:
        return None
    return str(outcome.problems[0]) if outcome.problems else outcome.state


def _words(problem: Problem) -> str:
    """Put a problem with what to do into one line."""
    return f"{problem.message}: {problem.next}" if problem.next else problem.message
