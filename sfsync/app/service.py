"""What the daemon does with a working folder: runs schedules, takes up changed settings, keeps account of slots."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sfsync.app.holding import OrgSwitch, frozen, paused
from sfsync.app.program import App
from sfsync.errors import SettingsError
from sfsync.mirror.open import Mirror
from sfsync.settings.read import read_settings
from sfsync.settings.shapes import Settings
from sfsync.sync.outcome import DONE, PARTLY, WAITING, Outcome

_REACHED = (DONE, PARTLY, WAITING)  # states of runs in which the org answered


class MirrorSlots:
    """Slots kept in the mirror, so that each is run once whatever restarts."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror

    def claim(self, schedule: str, slot_at: datetime, coalesced: int) -> bool:
        """Take a slot, which stands for so many earlier ones too; False where it was taken before."""
        with self._mirror.writing() as books:
            return books.slots.claim(schedule, slot_at, coalesced)

    def end(self, schedule: str, slot_at: datetime) -> None:
        """Say that the run of a slot came to its end."""
        with self._mirror.writing() as books:
            books.slots.end(schedule, slot_at)

    def give_back(self) -> list[tuple[str, datetime]]:
        """Give back, and tell, slots whose runs were cut short: each once."""
        with self._mirror.writing() as books:
            return books.slots.give_back()

    def last(self, schedule: str, until: datetime) -> datetime | None:
        """Give the latest slot up to an instant that was taken, None where none was."""
        with self._mirror.reading() as books:
            return books.slots.last(schedule, until)


class Service:
    """A working folder as a daemon needs it: settings and rules stay as they were read until a reload replaces them."""

    def __init__(self, config: Path, app: App, mirror: Mirror) -> None:
        self._config = config
        self._app = app
        self._mirror = mirror
        self._switch = self._switch_of(app)
        self._reached_at: datetime | None = None

    def _switch_of(self, app: App) -> OrgSwitch:
        return OrgSwitch(app.org, app.wishes.clock, app.settings.serve.pause_field)

    def run(self, run: str, sobjects: Sequence[str]) -> Outcome:
        """Do what a schedule is for: pull, sync or verify."""
        outcome = self._do(run, sobjects)
        if outcome.state in _REACHED:
            self._reached_at = self._app.wishes.clock.now()
        return outcome

    def _do(self, run: str, sobjects: Sequence[str]) -> Outcome:
        if run == "pull":
            return self._app.pull(sobjects)
        if run == "verify":
            return self._app.verify(2, sobjects)
        return self._app.sync(sobjects, alone=True)

    def held(self, schedule: str, run: str) -> str | None:
        """Say why nothing of a schedule is to begin now, None where it may. Raises OrgError where nobody can tell."""
        with self._mirror.reading() as books:
            pauses = books.pauses.in_force()
        now = self._app.wishes.clock.now()
        return paused(pauses, schedule) or frozen(self._app.settings.freezes, run, now) or self._switch.paused()

    def reload(self) -> Settings:
        """Read settings and rules anew, and go by them from the next run on.

        Raises SettingsError, with nothing changed, where they do not hold, name a secret that cannot be read, or name
        another mirror or address: for these the daemon has to be started anew.
        """
        before = self._app.settings
        settings = read_settings(self._config)
        if settings.mirror_url != before.mirror_url or _address(settings) != _address(before):
            raise SettingsError(
                "[mirror] url and [serve] listen cannot change while the daemon runs",
                todo="put them back, or start the daemon anew",
            )
        if not settings.schedules:
            raise SettingsError(f"{settings.file} has no schedules", todo='add [schedule.leads] with run = "sync"')
        app = App(settings, self._app.wishes)
        app.hold_rules(self._mirror)
        app.secrets()
        self._app, self._switch = app, self._switch_of(app)
        return settings

    def alarms(self) -> list[str]:
        """Tell what should make somebody look."""
        return self._app.alarms(self._mirror)

    def secrets(self) -> list[str]:
        """Give the secrets of the settings in force, to be kept out of logs."""
        return self._app.secrets()

    def drain_seconds(self) -> float:
        """Give how long a run under way has to finish when the daemon ends."""
        return self._app.settings.serve.drain_seconds

    def outbox(self) -> dict[str, int]:
        """Count the entries of the outbox that are not dealt with."""
        with self._mirror.reading() as books:
            return books.backlog.counts()

    def reached_at(self) -> datetime | None:
        """Give when a run last ended that the org answered, by this daemon or before it; None where none ever did."""
        if self._reached_at is None:
            with self._mirror.reading() as books:
                ended = (run.ended_at for run in books.runs.latest(100) if run.state in _REACHED)
                self._reached_at = next(ended, None)
        return self._reached_at


def _address(settings: Settings) -> tuple[str, int]:
    return settings.serve.host, settings.serve.port
