"""What the health page shows: how the daemon, its schedules and the org stand."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sfsync.clock import Clock
from sfsync.daemon.standing import Standings
from sfsync.errors import SfsyncError
from sfsync.version import __version__


class Report:
    """The source of the health page; called for each look, from any thread."""

    def __init__(
        self,
        standings: Standings,
        clock: Clock,
        alarms: Callable[[], Sequence[str]],
        reached_at: Callable[[], datetime | None],
        outbox: Callable[[], Mapping[str, int]],
    ) -> None:
        self._standings = standings
        self._clock = clock
        self._alarms = alarms
        self._reached_at = reached_at
        self._outbox = outbox
        self.draining = threading.Event()
        self.refused: str | None = None  # why the latest reload was refused

    def __call__(self) -> tuple[bool, dict[str, object]]:
        """Give whether all is well, and the JSON object to show."""
        now = self._clock.now()
        heard, reached_at, outbox = self._heard()
        told = self._standings.told(now)
        errors = [(schedule["last_ended_at"], schedule["error"]) for schedule in told if schedule["error"]]
        well = self._standings.is_well(now) and not heard and self.refused is None
        return well, {
            "version": __version__,
            "state": "draining" if self.draining.is_set() else "running",
            "well": well,
            "error": max(errors, key=lambda pair: str(pair[0]))[1] if errors else None,
            "alarms": heard,
            "reload_error": self.refused,
            "org_reached_at": reached_at and reached_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "org_reached_seconds_ago": reached_at and round((now - reached_at).total_seconds(), 3),
            "outbox": outbox,
            "schedules": told,
        }

    def _heard(self) -> tuple[list[str], datetime | None, Mapping[str, int]]:
        """Give the alarms, and what else the mirror knows; that it cannot tell is an alarm too."""
        try:
            return list(self._alarms()), self._reached_at(), self._outbox()
        except SfsyncError as error:
            return [str(error)], None, {}
