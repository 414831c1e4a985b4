"""Time and sleep as things one is given, so that a whole service can run under a clock that tests set."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time and sleeps."""

    def now(self) -> datetime:
        """Give the present instant: aware, UTC."""

    def monotonic(self) -> float:
        """Give seconds that only ever grow, for measuring spans."""

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the present instant: aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give seconds that only ever grow, for measuring spans."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        time.sleep(seconds)


class SetClock:
    """A clock that stands still until it is set, advanced, or somebody sleeps on it."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._elapsed = 0.0

    def now(self) -> datetime:
        """Give the instant it was last set to."""
        return self._now

    def monotonic(self) -> float:
        """Give the seconds advanced since it was made."""
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Advance by that many seconds at once."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move forward by that many seconds."""
        self._now += timedelta(seconds=seconds)
        self._elapsed += seconds

    def set(self, instant: datetime) -> None:
        """Move to an instant, forward or back; spans are not affected."""
        self._now = instant.astimezone(UTC)
