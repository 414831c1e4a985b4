"""Writing whole rows over those of the same records, where the mirror has them."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Connection

from sfsync.mirror.driver import driver, is_postgres
from sfsync.mirror.layout import Layout
from sfsync.mirror.shape import quoted
from sfsync.records.values import Stored

_MANY = 50  # rows from here on are faster brought into PostgreSQL by COPY, beside the table, and written over together
_BESIDE = "_incoming"


def upsert(connection: Connection, layout: Layout, rows: Sequence[Sequence[Stored]]) -> None:
    """Write rows, each the layout's values as the database holds them, the tombstone flag and the run.

    No record may come twice.
    """
    columns = [*layout.names, "_deleted", "_run"]
    named = ", ".join([*map(quoted, layout.names), *columns[-2:]])
    table = quoted(layout.sobject)
    others = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name != "Id")
    over = f'ON CONFLICT ("Id") DO UPDATE SET {others}'
    raw = driver(connection)
    if not is_postgres(connection) or len(rows) < _MANY:
        marks = ", ".join("?" * len(columns))
        raw.executemany(f"INSERT INTO {table} ({named}) VALUES ({marks}) {over}", rows)  # noqa: S608 - checked names
        return
    raw.execute(f"CREATE UNLOGGED TABLE {_BESIDE} AS SELECT {named} FROM {table} WITH NO DATA")  # noqa: S608 - as above
    copied = cast("Any", raw).copied
    copied(f"COPY {_BESIDE} ({named}) FROM STDIN", rows)
    raw.execute(f"INSERT INTO {table} ({named}) SELECT {named} FROM {_BESIDE} {over}")  # noqa: S608 - as above
    raw.execute(f"DROP TABLE {_BESIDE}")
