"""What of the outbox is not dealt with: in numbers, doubted as a whole after a restore, made needless by newer runs."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, text

from sfsync.mirror import tables
from sfsync.mirror.driver import driver, is_one_of
from sfsync.mirror.entries import EntryState
from sfsync.mirror.slices import slices
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

_DEAD_UPDATES = """
    SELECT id, record_id, sobject, change FROM _outbox AS dead
    WHERE state = 'REJECTED' AND id < CAST(:before AS BIGINT) AND action = 'update' AND record_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM _outbox AS again WHERE again.revives = dead.id)
    ORDER BY id DESC LIMIT :most
    """
_UPDATES_TO_SEND = """
    SELECT record_id, sobject, id, change FROM _outbox
    WHERE +run = ? AND state || '' = 'NEW' AND action = 'update' AND revives IS NULL AND record_id
    """
"""Of a run: quicker found by their records than by their run or state, which they may share with all others."""

_AT_ONCE = 2_000  # dead letters held in memory
_BEHIND_ALL = 2**62  # no entry has such a number
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

    def stand_for(self, run: int) -> None:
        """Have each update of a run that is to be sent stand for the latest dead letter which it makes needless.

        That is one of the same record all of whose fields it writes too. Rows of files are left: they are told by
        what became of them.
        """
        ask, before = driver(self._connection), _BEHIND_ALL
        while dead := ask.execute(_DEAD_UPDATES, {"before": before, "most": _AT_ONCE}).fetchall():
            fresh = self._updates_to_send(run, [record_id for _, record_id, _, _ in dead])
            stands: dict[int, int] = {}
            for number, record_id, sobject, change in dead:
                newer, fields = fresh.get((record_id, sobject), (0, frozenset()))
                earlier = json.loads(change) if newer else {}
                if newer and earlier["row"] is None and _fields(earlier) <= fields:
                    stands.setdefault(newer, number)
            rows = [(number, newer) for newer, number in stands.items()]
            ask.executemany("UPDATE _outbox SET revives = ? WHERE id = ?", rows)
            before = dead[-1][0]

    def _updates_to_send(self, run: int, ids: Sequence[str]) -> dict[tuple[str, str], tuple[int, frozenset[str]]]:
        """Give a run's updates of these records, by id and sObject: each entry's number, and the fields it writes."""
        found = {}
        for some in slices(ids):
            which, values = is_one_of(self._connection, some)
            for record_id, sobject, number, change in driver(self._connection).execute(
                f"{_UPDATES_TO_SEND} {which}", (run, *values)
            ):
                found[record_id, sobject] = number, _fields(json.loads(change))
        return found

    def _count(self, *which: ColumnElement[bool]) -> int:
        some = select(_table.c.id).where(*which).limit(MOST_COUNTED).subquery()
        return int(self._connection.execute(select(func.count()).select_from(some)).scalar_one())


def _fields(change: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(part[0] for part in change["fields"])
