"""What the org said of its sObjects when it was last asked, and which of their fields are pulled."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import Connection, select

from sfsync.mirror import tables
from sfsync.mirror.driver import driver, insert
from sfsync.records.schema import Field, SObject


class Schemas:
    """The schemas, by sObject."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, schema: SObject, pulled: Sequence[str]) -> None:
        """Keep an sObject's schema and the names of the fields that are pulled, in place of what was kept before."""
        kept = {**_parts(schema), "fields": [_parts(field) for field in schema.fields.values()]}
        statement = insert(self._connection, tables.schemas).values(
            sobject=schema.name, pulled=list(pulled), schema=kept
        )
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["sobject"],
                set_={"pulled": statement.excluded.pulled, "schema": statement.excluded.schema},
            )
        )

    def get(self, name: str) -> SObject | None:
        """Give an sObject's schema, None where none is kept that this version can read: ask the org then."""
        kept = self._written("schema", name)
        return None if kept is None else _schema(kept)

    def every(self) -> dict[str, SObject]:
        """Give all schemas that are kept and can be read, by sObject."""
        return {name: schema for name in self.names() if (schema := self.get(name))}

    def pulled(self, name: str) -> tuple[str, ...]:
        """Give the names of the fields that are pulled; none for an sObject that is not kept."""
        kept = self._written("pulled", name)
        return () if kept is None else tuple(json.loads(kept))

    def _written(self, what: Literal["schema", "pulled"], name: str) -> str | None:
        """Give a document as it is kept: these two are asked for in each of a run's transactions."""
        raw = driver(self._connection)
        found = raw.execute(f"SELECT {what} FROM _schemas WHERE sobject = ?", (name,)).fetchone()  # noqa: S608 - ours
        return None if found is None else str(found[0])

    def names(self) -> tuple[str, ...]:
        """Give the names of all sObjects that are kept, in order."""
        return tuple(self._connection.execute(select(tables.schemas.c.sobject).order_by("sobject")).scalars())


def _parts(value: SObject | Field) -> dict[str, Any]:
    return {part.name: getattr(value, part.name) for part in fields(value)}


@lru_cache(maxsize=8)
def _schema(written: str) -> SObject | None:
    """Read a schema, which takes milliseconds; it is mostly the same one."""
    try:
        kept = json.loads(written)
        fields = [_field(part) for part in kept["fields"]]
        return SObject(**{**kept, "fields": {field.name: field for field in fields}})
    except (KeyError, TypeError):
        return None  # kept by a version whose schemas had other parts


def _field(kept: Mapping[str, Any]) -> Field:
    parts: dict[str, Any] = {name: tuple(part) if isinstance(part, list) else part for name, part in kept.items()}
    return Field(**parts)
