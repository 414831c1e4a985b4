"""Whose turn it is in each pool."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from sfsync.mirror import tables
from sfsync.mirror.driver import insert


class Turns:
    """The state of each pool's rota, by the pool's name; what is in it is the rules' business."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, pool: str) -> dict[str, Any]:
        """Give a pool's state; empty before its first turn."""
        found = self._connection.execute(select(tables.turns.c.state).where(tables.turns.c.pool == pool)).scalar()
        return dict(found or {})

    def put(self, pool: str, state: Mapping[str, Any]) -> None:
        """Keep a pool's state (JSON values), in place of what was kept."""
        row = insert(self._connection, tables.turns).values(pool=pool, state=dict(state))
        self._connection.execute(row.on_conflict_do_update(index_elements=["pool"], set_={"state": row.excluded.state}))
