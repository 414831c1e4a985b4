"""Which schedules a person has paused: the daemon begins none of their runs meanwhile."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select

from sfsync.clock import Clock
from sfsync.mirror import tables

ALL = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """One pause."""

    schedule: str | None  # None: all
    paused_at: datetime
    until_at: datetime | None  # None: until somebody resumes it
    reason: str


class Pauses:
    """The pauses in force."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def pause(self, schedule: str | None, until_at: datetime | None, reason: str) -> None:
        """Pause a schedule, None for all; a pause of the same that was there before gives way."""
        table, name = tables.pauses, schedule or ALL
        self._connection.execute(delete(table).where(table.c.schedule == name))
        self._connection.execute(
            table.insert().values(schedule=name, paused_at=self._clock.now(), until_at=until_at, reason=reason)
        )

    def resume(self, schedule: str | None = None) -> int:
        """End the pause of a schedule, or with None every pause; gives how many ended."""
        table = tables.pauses
        ending = delete(table) if schedule is None else delete(table).where(table.c.schedule == schedule)
        return self._connection.execute(ending).rowcount

    def in_force(self) -> list[Pause]:
        """Give the pauses that hold now; those for all schedules come first."""
        table = tables.pauses
        lasting = or_(table.c.until_at.is_(None), table.c.until_at > self._clock.now())
        rows = self._connection.execute(select(table).where(lasting).order_by(table.c.schedule))
        return [Pause(row.schedule or None, row.paused_at, row.until_at, row.reason) for row in rows]
