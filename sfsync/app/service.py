"""What the daemon does with a working folder: runs a schedule, and keeps account of due slots in the mirror."""

from collections.abc import Sequence
from datetime import datetime

from sfsync.app.program import App
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


def run_schedule(app: App, run: str, sobjects: Sequence[str]) -> Outcome:
    """Do what a schedule is for: pull, sync or verify."""
    if run == "pull":
        return app.pull(sobjects)
    if run == "verify":
        return app.verify(2, heal=False)
    return app.sync(sobjects)
