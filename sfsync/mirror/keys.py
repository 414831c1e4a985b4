"""Which record a key of some source stands for today.

Records merge and convert; the map follows, so that a key that is met again never makes its record anew.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, select, update

from sfsync.mirror import tables
from sfsync.mirror.driver import driver, insert
from sfsync.mirror.slices import slices

_PUT = (
    "INSERT INTO _keys (source, key, sobject, record_id) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (source, key) DO UPDATE SET sobject = excluded.sobject, record_id = excluded.record_id"
)


class Keys:
    """The map from source and key to the id of the record."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, source: str, key: str, sobject: str, record_id: str) -> None:
        """Say which record a key stands for, in place of what was said; one that has moved on is followed."""
        self.put_many(source, sobject, [(key, record_id)])

    def put_many(self, source: str, sobject: str, made: Sequence[tuple[str, str]]) -> None:
        """Say which records keys stand for, as `put` does: keys with ids."""
        moved = set[str]()
        for some in slices(record_id for _, record_id in made):
            moves = select(tables.moves.c.old_id).where(tables.moves.c.old_id.in_(some))
            moved.update(self._connection.execute(moves).scalars())
        rows = [(source, key, sobject, self.current(one) if one in moved else one) for key, one in made]
        driver(self._connection).executemany(_PUT, rows)

    def find(self, source: str, keys: Iterable[str]) -> dict[str, str]:
        """Give the ids of the records that keys stand for; a key that was never met is left out."""
        table = tables.keys
        found: dict[str, str] = {}
        for some in slices(keys):
            rows = self._connection.execute(
                select(table.c.key, table.c.record_id).where(table.c.source == source, table.c.key.in_(some))
            )
            found.update((row.key, row.record_id) for row in rows)
        return found

    def forget(self, source: str, keys: Iterable[str]) -> None:
        """Let keys stand for no record any more, so that they may make one anew."""
        for some in slices(keys):
            of_these = (tables.keys.c.source == source, tables.keys.c.key.in_(some))
            self._connection.execute(delete(tables.keys).where(*of_these))

    def moved(self, old_id: str, new_id: str) -> None:
        """Say that a record lives on under another id; keys of the old one stand for the new one from now on.

        The news may come in any order: where the new one has itself moved on, the last one is meant.
        """
        table = tables.moves
        row = insert(self._connection, table).values(old_id=old_id, new_id=new_id)
        self._connection.execute(row.on_conflict_do_update(index_elements=["old_id"], set_={"new_id": new_id}))
        self._connection.execute(
            update(tables.keys).where(tables.keys.c.record_id == old_id).values(record_id=self.current(old_id))
        )

    def follow(self, merged: Iterable[tuple[str, str]], *, there: Iterable[str]) -> None:
        """Follow what a pull saw: records that were merged into others, and records that are there (after all)."""
        for some in slices(there) if self._has_moves() else ():
            self._connection.execute(delete(tables.moves).where(tables.moves.c.old_id.in_(some)))
        for loser, winner in merged:
            self.moved(loser, winner)

    def merged_into(self, ids: Iterable[str]) -> dict[str, str]:
        """Give the records that were merged into these, each with the one it went into."""
        table = tables.moves
        found: dict[str, str] = {}
        for some in slices(ids):
            rows = self._connection.execute(select(table.c.old_id, table.c.new_id).where(table.c.new_id.in_(some)))
            found.update((row.old_id, row.new_id) for row in rows if row.old_id[:3] == row.new_id[:3])
        return found

    def _has_moves(self) -> bool:
        return driver(self._connection).execute("SELECT 1 FROM _moves LIMIT 1").fetchone() is not None

    def current(self, record_id: str) -> str:
        """Give the id under which a record lives today."""
        table = tables.moves
        seen = set()
        while record_id not in seen:
            seen.add(record_id)
            moved = self._connection.execute(select(table.c.new_id).where(table.c.old_id == record_id)).scalar()
            if moved is None:
                break
            record_id = moved
        return record_id
