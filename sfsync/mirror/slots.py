"""Which due times of a schedule have been taken, so that each is run once, whatever restarts and clocks do."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from sfsync.mirror import tables
from sfsync.mirror.driver import insert

KEPT = timedelta(days=7)


class Slots:
    """The due times that were taken."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, schedule: str, slot_at: datetime, coalesced: int = 0) -> bool:
        """Take a due time, which stands for so many earlier ones too; False where it was taken before.

        Those a week older are forgotten.
        """
        table = tables.slots
        row = insert(self._connection, table).values(schedule=schedule, slot_at=slot_at, coalesced=coalesced)
        row = row.on_conflict_do_nothing()
        taken = self._connection.execute(row.returning(table.c.slot_at)).first() is not None
        if taken:
            self._connection.execute(
                delete(table).where(table.c.schedule == schedule, table.c.slot_at < slot_at - KEPT)
            )
        return taken

    def last(self, schedule: str) -> datetime | None:
        """Give the latest due time that was taken, None where none was."""
        table = tables.slots
        return self._connection.execute(select(func.max(table.c.slot_at)).where(table.c.schedule == schedule)).scalar()
