"""Updates on their way, many at once, without an object of each: held against the mirror, landed when they are done."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from sfsync.clock import Clock
from sfsync.errors import MirrorError
from sfsync.mirror.documents import expected
from sfsync.mirror.driver import driver
from sfsync.mirror.landing import Taken, land
from sfsync.mirror.shape import quoted
from sfsync.mirror.slices import slices
from sfsync.records.values import Value

Held = tuple[int, str, dict[str, Value] | None]
"""An entry, its record, and what is to be written.

That is None where the mirror does not hold just what the change expects: look at such an entry as a whole.
"""


class Updates:
    """The entries of the outbox that change records."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def held(self, sobject: str, fields: Sequence[str], ids: Sequence[int]) -> list[Held]:
        """Hold these updates of one sObject, which change some fields, against the mirror; oldest first."""
        found: list[Held] = []
        for some in slices(ids):
            where = f"entry.id IN ({', '.join('?' * len(some))}) ORDER BY entry.id"
            found += held_against_mirror(self._connection, sobject, fields, where, some)
        return found

    def land(self, run: int, sobject: str, ids: Sequence[int]) -> None:
        """Bring these updates of one sObject to their end, with base and journal: the org has taken them.

        Raises MirrorError, with nothing done, where one of them is not under way.
        """
        taken: list[Taken] = []
        for some in slices(ids):
            marks = ", ".join("?" * len(some))
            asked = f"SELECT id, record_id, change FROM _outbox WHERE id IN ({marks}) AND state IN ('SENT', 'UNKNOWN')"  # noqa: S608 - marks
            taken += driver(self._connection).execute(asked, some)
        if len(taken) != len(ids):
            raise MirrorError(
                f"{len(ids) - len(taken)} of {len(ids)} entries that the org took are no longer under way",
                todo="nothing was changed; run the command again",
            )
        if taken:
            land(self._connection, sobject, taken, run=run, now=self._clock.now())


def held_against_mirror(
    connection: Connection, sobject: str, fields: Sequence[str], where: str, values: Sequence[Any]
) -> list[Held]:
    """Hold those updates of an sObject against the mirror for which a condition on `entry` holds."""
    named = "".join(f", record.{quoted(name)}" for name in fields)
    rows = driver(connection).execute(
        f"SELECT entry.id, entry.record_id, entry.change, record._deleted{named} FROM _outbox AS entry"  # noqa: S608 - checked names
        f' LEFT JOIN {quoted(sobject)} AS record ON record."Id" = entry.record_id WHERE {where}',
        values,
    )
    found: list[Held] = []
    for number, record_id, change, deleted, *held in rows:
        known = deleted == 0
        writes = expected(json.loads(change), dict(zip(fields, held, strict=True))) if known else None
        found.append((number, record_id, writes))
    return found
