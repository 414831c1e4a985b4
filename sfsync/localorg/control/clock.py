"""The org's clock: the machine's, moved ahead or back, or standing still. How it is set lies in the state."""

from datetime import UTC, datetime, timedelta

from sfsync.clock import Clock
from sfsync.localorg.state import State

SETTING = "clock"


class OrgClock:
    """A clock over another one; `restore` takes up what the state says."""

    def __init__(self, machine: Clock) -> None:
        self._machine = machine
        self._ahead = timedelta()
        self._stands_at: datetime | None = None

    def now(self) -> datetime:
        """Give the org's present instant: aware, UTC."""
        return self._stands_at or self._machine.now() + self._ahead

    def monotonic(self) -> float:
        """Give the machine's seconds, for measuring spans."""
        return self._machine.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait in the machine's time."""
        self._machine.sleep(seconds)

    def restore(self, state: State) -> None:
        """Go as the state says."""
        kept = state.setting(SETTING)
        kept = kept if isinstance(kept, dict) else {}
        self._ahead = timedelta(seconds=float(kept.get("ahead_seconds", 0)))
        stands_at = kept.get("stands_at")
        self._stands_at = datetime.fromisoformat(stands_at) if stands_at else None

    def stand_at(self, state: State, instant: datetime) -> None:
        """Stand still at an instant."""
        self._keep(state, timedelta(), instant.astimezone(UTC))

    def advance(self, state: State, seconds: float) -> None:
        """Go ahead by some seconds, still standing or still running."""
        step = timedelta(seconds=seconds)
        if self._stands_at is None:
            self._keep(state, self._ahead + step, None)
        else:
            self._keep(state, timedelta(), self._stands_at + step)

    def run_as_machine(self, state: State) -> None:
        """Show the machine's time again."""
        self._keep(state, timedelta(), None)

    def shown(self) -> dict[str, object]:
        """Give how it is set as JSON."""
        return {
            "now": self.now().isoformat(),
            "stands_still": self._stands_at is not None,
            "ahead_seconds": self._ahead.total_seconds(),
        }

    def _keep(self, state: State, ahead: timedelta, stands_at: datetime | None) -> None:
        kept = {
            "ahead_seconds": ahead.total_seconds(),
            "stands_at": stands_at.isoformat() if stands_at else None,
        }
        state.set_setting(SETTING, kept)
        self.restore(state)
