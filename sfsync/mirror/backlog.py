"""What of the outbox is not dealt with: in numbers, and doubted as a whole after a restore."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, text

from sfsync.mirror import tables
from sfsync.mirror.entries import EntryState
from sfsync.records.values import datetime_text

MOST_COUNTED = 100_000
DOUBT = """
    UPDATE _outbox
    SET state = 'UNKNOWN', due_at = NULL, attempts = CASE WHEN attempts > 1 THEN attempts ELSE 1 END,
      sent_at = coalesce(sent_at, :made_at)
    WHERE state IN ('NEW', 'CLAIMED', 'SENT', 'WAITING') AND NOT EXISTS (
      SELECT 1 FROM _outbox AS earlier
      WHERE earlier.about = _outbox.about AND earlier.sobject = _outbox.sobject AND earlier.id < _outbox.id
        AND earlier.state IN ('NEW', 'CLAIMED', 'SENT', 'WAITING', 'UNKNOWN'))
    """
"""What was open when a backup was made may have been sent since: only the org knows. Of several entries about one
record the later ones wait for the first, and are held against the org when their turn comes."""

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

    def doubt(self, made_at: datetime) -> int:
        """Have every open entry looked for in the org before anything is sent; gives how many there are.

        To be asked of books that were put back as they were at an instant.
        """
        return self._connection.execute(text(DOUBT), {"made_at": datetime_text(made_at)}).rowcount

    def _count(self, *which: ColumnElement[bool]) -> int:
        some = select(_table.c.id).where(*which).limit(MOST_COUNTED).subquery()
        return int(self._connection.execute(select(func.count()).select_from(some)).scalar_one())
