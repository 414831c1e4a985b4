"""Writing whole rows over those of the same records, where the mirror has them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection

from sfsync.mirror.driver import driver, is_postgres
from sfsync.mirror.layout import Layout
from sfsync.mirror.shape import quoted
from sfsync.records.values import Stored

_MANY = 50  # rows from here on are faster brought into PostgreSQL by COPY, beside the table, and written over together
INCOMING = "_incoming"
"""Where rows lie in PostgreSQL beside the table, until they are written over those there."""


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
    with incoming(connection, layout):
        copied = cast("Any", raw).copied
        copied(f"COPY {INCOMING} ({named}) FROM STDIN", rows)
        raw.execute(f"INSERT INTO {table} ({named}) SELECT {named} FROM {INCOMING} {over}")  # noqa: S608 - as above


@contextmanager
def incoming(connection: Connection, layout: Layout) -> Iterator[None]:
    """Have an empty table beside a layout's, with its columns, while inside: `INCOMING`, in PostgreSQL."""
    named = ", ".join([*map(quoted, layout.names), "_deleted", "_run"])
    raw = driver(connection)
    raw.execute(f"CREATE TEMP TABLE {INCOMING} AS SELECT {named} FROM {quoted(layout.sobject)} WITH NO DATA")  # noqa: S608 - checked names
    yield
    raw.execute(f"DROP TABLE {INCOMING}")  # where anything failed it goes with the transaction
