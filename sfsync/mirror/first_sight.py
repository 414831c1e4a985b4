"""Writing records the mirror has never seen, as the texts of their CSV stand: SQL types them.

Binding a value costs more than all else done with it, so a column that holds nothing in a whole batch is not bound.
"""

import sqlite3
from collections.abc import Sequence

from sqlalchemy import Connection

from sfsync.mirror.casts import cast_function, cast_in_sql, text_caster
from sfsync.mirror.connections import sqlite_driver
from sfsync.mirror.keys import Keys
from sfsync.mirror.layout import Layout
from sfsync.mirror.shape import quoted


class FirstSight:
    """Writes rows of one layout, for one run."""

    def __init__(self, connection: Connection, layout: Layout, run: int) -> None:
        self._connection = connection
        self._raw = sqlite_driver(connection)
        self._layout = layout
        self._run = run
        self._deleted = layout.place("IsDeleted")
        self._master = layout.place("MasterRecordId")

    def prepare(self) -> None:
        """Teach SQLite the casts of the few texts that SQL alone cannot type."""
        self._raw.create_function("_cast", 2, cast_function(self._layout), deterministic=True)

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of records that are not there, texts in the order of the layout; no record may occur twice.

        Raises IncompleteAnswer, naming record and field, where a text is no value of its field's kind.
        """
        if not rows:
            return
        columns = list(zip(*rows, strict=True))
        statement, bound = self._statement(columns)
        try:
            self._raw.executemany(statement, zip(*(columns[place] for place in bound), strict=True))
        except sqlite3.OperationalError:
            cast = text_caster(self._layout)
            for row in rows:
                cast(row)  # says which value it was that SQL could not cast
            raise
        self._follow(columns)

    def _statement(self, columns: Sequence[Sequence[str]]) -> tuple[str, list[int]]:
        """Give the statement for rows of these columns, and which of them it binds."""
        layout, bound, values = self._layout, [], []
        for place, (kind, texts) in enumerate(zip(layout.kinds, columns, strict=True)):
            template = cast_in_sql(kind, place, texts)
            if "{}" in template:
                bound.append(place)
            values.append(template.replace("{}", f"?{len(bound)}"))
        tombstone = "0" if self._deleted is None else f"coalesce({values[self._deleted]}, 0)"
        names = ", ".join(map(quoted, layout.names))
        statement = (
            f"INSERT INTO {quoted(layout.sobject)} ({names}, _deleted, _run)"  # noqa: S608 - checked names, our own casts
            f" VALUES ({', '.join(values)}, {tombstone}, {self._run})"
        )
        return statement, bound

    def _follow(self, columns: Sequence[Sequence[str]]) -> None:
        """Let keys follow records that were merged away."""
        if self._master is None or self._deleted is None or not any(columns[self._master]):
            return
        parts = zip(columns[0], columns[self._master], columns[self._deleted], strict=True)
        merged = [(record_id, master) for record_id, master, deleted in parts if master and deleted == "true"]
        Keys(self._connection).follow(merged, there=())
