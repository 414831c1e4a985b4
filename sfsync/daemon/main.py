"""The daemon's life: listen, run what is due, and end in order when told to."""

import os
import signal
import threading
from collections.abc import Callable, Sequence

import structlog

from sfsync.clock import Clock
from sfsync.daemon.bell import IDLE, Bell
from sfsync.daemon.health import HealthServer, Report, address_of, open_listener
from sfsync.daemon.schedule import Clockwork, Schedule, Slots
from sfsync.daemon.standing import Standings
from sfsync.daemon.worker import Outcome, Worker
from sfsync.errors import SfsyncError
from sfsync.version import __version__

DONE = 0
INTERRUPTED = 130
LOOK_SECONDS = 15.0
_log = structlog.get_logger("sfsync.daemon")


def serve(
    schedules: Sequence[Schedule],
    run: Callable[[Schedule], Outcome],
    *,
    clock: Clock,
    slots: Slots,
    listen: tuple[str, int],
    announce: Callable[[dict[str, object]], None],
    drain_seconds: float = 30.0,
    bell: Bell | None = None,
    alarms: Callable[[], Sequence[str]] = tuple,
) -> int:
    """Run schedules until told to end; give the exit code.

    `announce` is given `{"address", "pid"}` once the health page can be reached. SIGTERM and SIGINT end it: nothing new
    begins, the run under way has `drain_seconds` to finish, a second signal ends it at once. A drained SIGTERM is 0,
    all else 130. `alarms` tells what should make somebody look, for the health page. A `bell` can be handed in to ring
    in place of signals, as in a thread.
    Raises SettingsError where the address cannot be listened on.
    """
    listener = open_listener(*listen)
    bell = bell or Bell()
    standings = Standings(schedules, clock.now())
    for schedule in schedules:
        standings.remember(schedule.name, slots.last(schedule.name))
    worker = Worker(schedules, run, slots, standings, clock)
    clockwork = Clockwork(schedules, worker.take)
    draining = threading.Event()
    health = HealthServer(listener, _report(standings, clock, draining, alarms))

    def work() -> None:
        worker.work()
        bell.ring(IDLE)

    with bell.signals(signal.SIGTERM, signal.SIGINT):
        health.start()
        try:
            announce({"address": address_of(listener), "pid": os.getpid()})
            _log.info("daemon started", schedules=[schedule.name for schedule in schedules])
            threading.Thread(target=work, name="worker", daemon=True).start()
            clockwork.start(slots, clock.now())
            return _wait_and_drain(bell, clock, clockwork, worker, draining, drain_seconds)
        finally:
            clockwork.stop()
            health.stop()
            bell.close()


def _wait_and_drain(
    bell: Bell,
    clock: Clock,
    clockwork: Clockwork,
    worker: Worker,
    draining: threading.Event,
    drain_seconds: float,
) -> int:
    """Wait for a signal, then for the run under way; give the exit code."""
    while (first := bell.wait(LOOK_SECONDS)) is None:
        clockwork.look(clock.now())
    _log.info("draining", signal=first, seconds=drain_seconds)
    draining.set()
    clockwork.stop()
    worker.drain()
    drained = bell.wait(drain_seconds) == IDLE
    _log.info("daemon stopped", drained=drained)
    return DONE if drained and first == signal.SIGTERM else INTERRUPTED


def _report(
    standings: Standings, clock: Clock, draining: threading.Event, alarms: Callable[[], Sequence[str]]
) -> Report:
    """Make the health page's source."""

    def report() -> tuple[bool, dict[str, object]]:
        now = clock.now()
        heard = _heard(alarms)
        well = standings.is_well(now) and not heard
        told = standings.told(now)
        errors = [(schedule["last_ended_at"], schedule["error"]) for schedule in told if schedule["error"]]
        state = "draining" if draining.is_set() else "running"
        last = max(errors, key=lambda pair: str(pair[0]))[1] if errors else None
        common = {"version": __version__, "state": state, "well": well, "error": last, "alarms": heard}
        return well, {**common, "schedules": told}

    return report


def _heard(alarms: Callable[[], Sequence[str]]) -> list[str]:
    """Give the alarms; that they cannot be told is one too."""
    try:
        return list(alarms())
    except SfsyncError as error:
        return [str(error)]
