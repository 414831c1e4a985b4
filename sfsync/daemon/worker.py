"""The one thread that runs: slots are taken in turn, never two at once, each once."""

import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from sfsync.clock import Clock
from sfsync.daemon.schedule import Schedule, Slots
from sfsync.daemon.standing import Standings
from sfsync.errors import Problem, SfsyncError

_FAILED_EXITS = (1, 2, 5, 6)  # a bug, wrong settings, the org out of reach, a lease held; 3 and 4 are for a person

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
    ) -> None:
        self._schedules = {schedule.name: schedule for schedule in schedules}
        self._dues = {name: schedule.due() for name, schedule in self._schedules.items()}
        self._run = run
        self._slots = slots
        self._standings = standings
        self._clock = clock
        self._waiting: queue.SimpleQueue[tuple[str, datetime] | None] = queue.SimpleQueue()
        self._busy: set[str] = set()  # schedules that wait or run
        self._lock = threading.Lock()
        self._draining = False

    def take(self, name: str, slot_at: datetime) -> None:
        """Put a slot in line, unless its schedule is in line or runs: what became due meanwhile is run after that."""
        with self._lock:
            if name not in self._busy and not self._draining:
                self._busy.add(name)
                self._waiting.put((name, slot_at))

    def drain(self) -> None:
        """Begin nothing new; the run under way goes on to its end."""
        with self._lock:
            self._draining = True
        self._waiting.put(None)

    def work(self) -> None:
        """Run what is in line until drained. This is the thread's whole life."""
        while self.step():
            pass

    def step(self) -> bool:
        """Wait for the next in line and run it; False when drained."""
        waiting = self._waiting.get()
        if waiting is None or self._draining:
            return False
        name, slot_at = waiting
        self._run_slot(self._schedules[name], slot_at)
        with self._lock:
            later = self._dues[name].latest(self._clock.now(), slot_at)
            if later is None or self._draining:
                self._busy.discard(name)
            else:
                self._waiting.put((name, later))
        return True

    def _run_slot(self, schedule: Schedule, slot_at: datetime) -> None:
        """Run a schedule for a slot, if nobody did before, and note how it went; nothing escapes."""
        log = _log.bind(schedule=schedule.name, slot_at=slot_at.isoformat())
        try:
            if not self._slots.claim(schedule.name, slot_at):
                self._standings.remember(schedule.name, slot_at)
                log.info("slot was taken before")
                return
            started = self._clock.monotonic()
            self._standings.begin(schedule.name, slot_at, self._clock.now())
            log.info("run started", run=schedule.run, sobjects=list(schedule.sobjects))
            outcome = self._run(schedule)
            error = _first_problem(outcome)
            seconds = round(self._clock.monotonic() - started, 3)
            log.info("run ended", state=outcome.state, counts=dict(outcome.counts), error=error, seconds=seconds)
            self._standings.end(schedule.name, outcome.state, error, self._clock.now())
        except SfsyncError as failure:
            log.error("run failed", error=str(failure), next=failure.next.value)
            self._standings.end(schedule.name, "failed", str(failure), self._clock.now())
        except Exception as bug:
            log.exception("run failed by a bug")
            self._standings.end(schedule.name, "failed", f"a bug: {type(bug).__name__}", self._clock.now())


def _first_problem(outcome: Outcome) -> str | None:
    """Say why a run failed, None where it did not."""
    if outcome.exit not in _FAILED_EXITS:
        return None
    return str(outcome.problems[0]) if outcome.problems else outcome.state
