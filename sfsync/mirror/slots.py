"""Which due times of a schedule have been taken, so that each is run once, whatever restarts and clocks do.

One whose run was cut short, since its process was killed, is given back once; after that it counts as run.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from sfsync.mirror import tables
from sfsync.mirror.driver import insert

KEPT = timedelta(days=7)
_RUNNING, _ENDED, _GIVEN_BACK = "running", "ended", "given back"
_JUST = timedelta(milliseconds=1)


class Slots:
    """The due times that were taken."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, schedule: str, slot_at: datetime, coalesced: int = 0) -> bool:
        """Take a due time, which stands for so many earlier ones too; False where it was taken before.

        Those a week older are forgotten.
        """
        table = tables.slots
        row = insert(self._connection, table)
        row = row.values(schedule=schedule, slot_at=slot_at, coalesced=coalesced, state=_RUNNING)
        row = row.on_conflict_do_update(
            index_elements=["schedule", "slot_at"],
            set_={"state": _RUNNING, "coalesced": table.c.coalesced + coalesced},
            where=table.c.state == _GIVEN_BACK,
        )
        taken = self._connection.execute(row.returning(table.c.slot_at)).first() is not None
        if taken:
            self._connection.execute(
                delete(table).where(table.c.schedule == schedule, table.c.slot_at < slot_at - KEPT)
            )
        return taken

    def end(self, schedule: str, slot_at: datetime) -> None:
        """Say that the run of a due time came to its end, however it went."""
        table = tables.slots
        of_it = (table.c.schedule == schedule, table.c.slot_at == slot_at)
        self._connection.execute(update(table).where(*of_it).values(state=_ENDED))

    def give_back(self) -> list[tuple[str, datetime]]:
        """Give back, and tell, the due times whose runs were cut short for the first time; the others have ended.

        To be asked by who begins, while nobody else runs anything.
        """
        table = tables.slots
        cut = update(table).where(table.c.state == _RUNNING)
        back = cut.where(table.c.cut_short == 0).values(state=_GIVEN_BACK, cut_short=1)
        rows = self._connection.execute(back.returning(table.c.schedule, table.c.slot_at)).all()
        self._connection.execute(cut.values(state=_ENDED))
        return sorted((row.schedule, row.slot_at) for row in rows)

    def last(self, schedule: str, until: datetime | None = None) -> datetime | None:
        """Give the latest due time that was taken, the instant before one that was given back; None where none was.

        Where the clock was ahead there are some after `until`, which do not count.
        """
        table = tables.slots
        wanted = select(table.c.slot_at, table.c.state).where(table.c.schedule == schedule)
        if until is not None:
            wanted = wanted.where(table.c.slot_at <= until)
        row = self._connection.execute(wanted.order_by(table.c.slot_at.desc()).limit(1)).first()
        if row is None:
            return None
        at: datetime = row.slot_at
        return at - _JUST if row.state == _GIVEN_BACK else at
