"""The daemon's life: listen, run what is due, take up changed settings, and end in order when told to."""

import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from sfsync.clock import Clock
from sfsync.daemon.bell import IDLE, Bell
from sfsync.daemon.health import HealthServer, address_of, open_listener
from sfsync.daemon.report import Report
from sfsync.daemon.schedule import Clockwork, Schedule, Slots
from sfsync.daemon.standing import Standings
from sfsync.daemon.worker import Outcome, Worker
from sfsync.errors import SfsyncError

DONE = 0
INTERRUPTED = 130
LOOK_SECONDS = 15.0
_log = structlog.get_logger("sfsync.daemon")


def _no_other() -> Sequence[Schedule] | None:
    return None


@dataclass(frozen=True, slots=True)
class Duties:
    """What a daemon is there for. All but the runs can be left out."""

    run: Callable[[Schedule], Outcome]
    held: Callable[[Schedule], str | None] = lambda schedule: None  # why nothing of it is to begin now
    reload: Callable[[], Sequence[Schedule] | None] = _no_other  # the schedules of settings read anew
    alarms: Callable[[], Sequence[str]] = tuple  # what should make somebody look
    reached_at: Callable[[], datetime | None] = lambda: None  # when the org last answered
    drain_seconds: Callable[[], float] = lambda: 30.0  # for the run under way to finish, once it is to end
    outbox: Callable[[], Mapping[str, int]] = dict  # how much of it needs sending, looking for, or a person


def serve(
    schedules: Sequence[Schedule],
    duties: Duties,
    *,
    clock: Clock,
    slots: Slots,
    listen: tuple[str, int],
    announce: Callable[[dict[str, object]], None],
    bell: Bell | None = None,
) -> int:
    """Run schedules until told to end; give the exit code.

    `announce` is given `{"address", "pid"}` once the health page can be reached. SIGHUP has the settings read anew;
    those that do not hold change nothing. SIGTERM and SIGINT end it: nothing new begins, the run under way has the
    drain time to finish, a second signal ends it at once. A drained SIGTERM is 0, all else 130. A `bell` can be
    handed in to ring in place of signals, as in a thread.
    Raises SettingsError where the address cannot be listened on.
    """
    listener = open_listener(*listen)
    bell = bell or Bell()
    now = clock.now()
    standings = Standings(schedules, now)
    for name, slot_at in slots.give_back():
        _log.warning("its run was cut short: the slot is run again", schedule=name, slot_at=slot_at.isoformat())
    for schedule in schedules:
        standings.remember(schedule.name, slots.last(schedule.name, now))
    worker = Worker(schedules, duties.run, slots, standings, clock, duties.held)
    clockwork = Clockwork(schedules, worker.take)
    report = Report(standings, clock, duties.alarms, duties.reached_at, duties.outbox)
    life = _Life(duties, clock, slots, bell, standings, worker, clockwork, report, {one.name: one for one in schedules})
    health = HealthServer(listener, report)

    def work() -> None:
        worker.work()
        bell.ring(IDLE)

    with bell.signals(signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        health.start()
        try:
            announce({"address": address_of(listener), "pid": os.getpid()})
            _log.info("daemon started", schedules=[schedule.name for schedule in schedules])
            threading.Thread(target=work, name="worker", daemon=True).start()
            clockwork.start(slots, clock.now())
            return life.drain(life.wait(), duties.drain_seconds())
        finally:
            clockwork.stop()
            health.stop()
            bell.close()


@dataclass(slots=True)
class _Life:
    """What the main thread does: wait for signals, and do as they say."""

    duties: Duties
    clock: Clock
    slots: Slots
    bell: Bell
    standings: Standings
    worker: Worker
    clockwork: Clockwork
    report: Report
    schedules: dict[str, Schedule] = field(default_factory=dict)

    def wait(self) -> int:
        """Wait for the signal that ends it, and give its number."""
        while True:
            rung = self.bell.wait(LOOK_SECONDS)
            if rung is None:
                self._look()
            elif rung == signal.SIGHUP:
                self._reload()
            else:
                return rung

    def _look(self) -> None:
        self.clockwork.look(self.clock.now())
        try:
            self.worker.look(self.clock.now())
        except SfsyncError as error:  # the mirror cannot be read: runs tell that too, and it may pass
            _log.error("cannot look at what was held", error=str(error))

    def _reload(self) -> None:
        try:
            changed = self.duties.reload()
            if changed is not None:
                self._take_over(changed)
        except SfsyncError as error:
            self.report.refused = str(error)
            _log.error("reload refused: the settings and rules from before stay in force", error=str(error))
            return
        self.report.refused = None
        _log.info("reloaded", schedules=list(self.schedules))

    def _take_over(self, changed: Sequence[Schedule]) -> None:
        after = {schedule.name: schedule for schedule in changed}
        now = self.clock.now()
        self.standings.take_over(changed, now)
        for name in after.keys() - self.schedules.keys():
            self.standings.remember(name, self.slots.last(name, now))
        self.worker.take_over(changed)
        self.clockwork.take_over(self.schedules, after, self.slots, now)
        self.schedules = after

    def drain(self, first: int, seconds: float) -> int:
        """Wait for the run under way; give the exit code."""
        _log.info("draining", signal=first, seconds=seconds)
        self.report.draining.set()
        self.clockwork.stop()
        self.worker.drain()
        until = self.clock.monotonic() + seconds
        while (rung := self.bell.wait(max(0.0, until - self.clock.monotonic()))) == signal.SIGHUP:
            pass
        drained = rung == IDLE
        _log.info("drained" if drained else "not drained: the next start settles what is left", drained=drained)
        return DONE if drained and first == signal.SIGTERM else INTERRUPTED
