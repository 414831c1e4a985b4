"""The daemon's parts: what a schedule runs, and where due slots are written down."""

from collections.abc import Callable
from datetime import datetime

from sfsync.app.program import App
from sfsync.daemon.logging import log_to_stderr
from sfsync.daemon.main import serve
from sfsync.daemon.redaction import Redactor
from sfsync.daemon.schedule import Schedule
from sfsync.errors import SettingsError
from sfsync.mirror.open import Mirror
from sfsync.sync.outcome import Outcome


class MirrorSlots:
    """Slots kept in the mirror, so that each is run once whatever restarts."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror

    def claim(self, schedule: str, slot_at: datetime) -> bool:
        """Take a slot; False where it was taken before."""
        with self._mirror.writing() as books:
            return books.slots.claim(schedule, slot_at)

    def last(self, schedule: str) -> datetime | None:
        """Give the latest slot that was taken, None where none was."""
        with self._mirror.reading() as books:
            return books.slots.last(schedule)


def run_daemon(app: App, announce: Callable[[dict[str, object]], None]) -> int:
    """Run the schedules of sfsync.toml until told to end; give the exit code.

    Raises SettingsError where there is nothing to run, LeaseHeld where another daemon has this mirror.
    """
    settings, clock = app.settings, app.wishes.clock
    schedules = [
        Schedule(name, one.run, one.sobjects, one.every_seconds, one.cron, one.zone)
        for name, one in settings.schedules.items()
    ]
    if not schedules:
        raise SettingsError(f"{settings.file} has no schedules", todo='add [schedule.leads] with run = "sync"')
    log_to_stderr(clock, Redactor(app.secrets()))
    with app.mirror(writable=True) as mirror, mirror.lease("daemon", "serve", 0.0):
        return serve(
            schedules,
            lambda schedule: run_schedule(app, schedule),
            clock=clock,
            slots=MirrorSlots(mirror),
            listen=(settings.serve.host, settings.serve.port),
            announce=announce,
            drain_seconds=settings.serve.drain_seconds,
        )


def run_schedule(app: App, schedule: Schedule) -> Outcome:
    """Do what a schedule is for."""
    if schedule.run == "pull":
        return app.pull(schedule.sobjects)
    if schedule.run == "verify":
        return app.verify(2, heal=False)
    return app.sync(schedule.sobjects)
