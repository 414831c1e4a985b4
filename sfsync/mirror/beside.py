"""Taking in the part (see `part`) that lies beside the mirror, while all that comes of the page is new."""

from collections.abc import Sequence

from sqlalchemy import Connection

from sfsync.errors import IncompleteAnswer
from sfsync.mirror.driver import driver
from sfsync.mirror.keys import Keys
from sfsync.mirror.layout import Layout
from sfsync.mirror.shape import quoted
from sfsync.mirror.taken import IDS_KEPT, Taken


class Beside:
    """The part of one page."""

    def __init__(self, connection: Connection, layout: Layout) -> None:
        self._connection = connection
        self._layout = layout
        self._table = quoted(layout.sobject)
        self._waiting = 0

    def wait(self, records: int, told: Sequence[str]) -> Taken:
        """Note so many records, the next of the page, that are new and need not be written one by one.

        `told` are the ids of the first of them.
        """
        self._waiting += records
        return Taken(records, new=records, changed_ids=tuple(told[:IDS_KEPT]))

    def take_all(self) -> None:
        """Take the whole part in, which copies its rows as they are."""
        self._take("", ())

    def take_waiting(self) -> None:
        """Take in what was noted so far."""
        self._take(" WHERE rowid <= ?", (self._waiting,))

    def _take(self, where: str, values: tuple[int, ...]) -> None:
        raw = driver(self._connection)
        taken = raw.execute(f"INSERT INTO main.{self._table} SELECT * FROM beside.{self._table}{where}", values)  # noqa: S608 - checked name
        if taken.rowcount != self._waiting:
            raise IncompleteAnswer(f"a page of {self._waiting} {self._layout.sobject} records has {taken.rowcount}")
        if {"IsDeleted", "MasterRecordId"} <= set(self._layout.names):
            merged = raw.execute(
                f'SELECT "Id", "MasterRecordId" FROM beside.{self._table}'  # noqa: S608 - checked name
                ' WHERE "MasterRecordId" IS NOT NULL AND _deleted = 1'
            )
            Keys(self._connection).follow(merged.fetchall(), there=())
