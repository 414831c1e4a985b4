"""What of the outbox is not dealt with, in numbers."""

from sqlalchemy import ColumnElement, Connection, func, select

from sfsync.mirror import tables
from sfsync.mirror.entries import EntryState

MOST_COUNTED = 100_000
_table = tables.outbox
_TO_SEND = tuple(one.value for one in EntryState if not one.settled and one is not EntryState.UNKNOWN)


class Backlog:
    """Entries that something or somebody still has to see to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def counts(self) -> dict[str, int]:
        """Count what is to be sent (`open`), looked for (`unknown`), and for a person (`dead_letters`).

        Of each at most a hundred thousand are told apart, so that it takes no time whatever there is.
        """
        revived = _table.alias()
        again = select(revived.c.id).where(revived.c.revives == _table.c.id).exists()
        return {
            "open": self._count(_table.c.state.in_(_TO_SEND)),
            "unknown": self._count(_table.c.state == EntryState.UNKNOWN.value),
            "dead_letters": self._count(_table.c.state == EntryState.REJECTED.value, ~again),
        }

    def _count(self, *which: ColumnElement[bool]) -> int:
        some = select(_table.c.id).where(*which).limit(MOST_COUNTED).subquery()
        return int(self._connection.execute(select(func.count()).select_from(some)).scalar_one())
