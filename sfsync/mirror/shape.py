"""The typed table of each sObject: what its columns are, and how it grows with the schema."""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from sfsync.errors import MirrorError
from sfsync.mirror.catalogs import catalog
from sfsync.mirror.driver import driver, is_postgres
from sfsync.records.schema import SObject
from sfsync.records.values import Kind, from_text, to_stored

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)

_ALIKE = {Kind.ID: Kind.TEXT}  # a reference that becomes text, or the other way, keeps its column


def quoted(name: str) -> str:
    """Give a name as SQL takes it. Raises MirrorError where it is no API name, so that nothing else reaches SQL."""
    if not _NAME.fullmatch(name):
        raise MirrorError(f"{name!r} is not the name of an sObject or field")
    return f'"{name}"'


def columns(connection: Connection, sobject: str) -> dict[str, Kind]:
    """Give the fields an sObject's table holds, with their kinds, ours left out; none where there is no table."""
    quoted(sobject)  # refuses what is no name
    return catalog(connection).kinds(connection, sobject)


def shape(connection: Connection, schema: SObject, fields: Sequence[str]) -> list[str]:
    """Make the sObject's table, or widen it by what is new; gives the columns that were added.

    A field that is gone keeps its column, one whose kind has changed has its values cast (null where they cannot be).
    Compound fields have no column: they are sums of others.
    """
    wanted = {"Id": Kind.ID}
    for name in fields:
        field = schema.fields.get(name)
        if field is None:
            raise MirrorError(f"{schema.name} has no field {name!r}")
        if field.kind is not Kind.COMPOUND:
            wanted[name] = field.kind
    present = columns(connection, schema.name)
    if not present:
        _create(connection, schema.name, wanted)
        return list(wanted)
    added = [name for name in wanted if name not in present]
    for name in added:
        _add(connection, schema.name, name, wanted[name])
    for name, kind in wanted.items():
        if name in present and _alike(present[name]) is not _alike(kind):
            _recast(connection, schema.name, name, kind)
    return added


def _alike(kind: Kind) -> Kind:
    return _ALIKE.get(kind, kind)


def _create(connection: Connection, sobject: str, wanted: Mapping[str, Kind]) -> None:
    table, words = quoted(sobject), catalog(connection)
    parts = [
        f"{quoted(name)} {words.declared[kind]}{' NOT NULL' if name == 'Id' else ''}" for name, kind in wanted.items()
    ]
    connection.exec_driver_sql(f"CREATE TABLE {table} ({', '.join([*parts, *words.own])})")
    index(connection, sobject)


def index(connection: Connection, sobject: str) -> None:
    """Make the indexes of an sObject's table, where a first load has put that off."""
    table = quoted(sobject)
    connection.exec_driver_sql(f'CREATE UNIQUE INDEX IF NOT EXISTS "_{sobject}_id" ON {table} ("Id")')
    connection.exec_driver_sql(
        f'CREATE INDEX IF NOT EXISTS "_{sobject}_deleted" ON {table} (_deleted) WHERE _deleted = 1'
    )


def is_indexed(connection: Connection, sobject: str) -> bool:
    """Tell whether there is an index over the ids."""
    return catalog(connection).has_index(connection, f"_{sobject}_id")


def drop_index(connection: Connection, sobject: str) -> None:
    """Put the indexes off: to make them of all records at once is faster, unless those come in order.

    PostgreSQL keeps the one of the tombstones, which costs nothing while there are none.
    """
    for name in ("id",) if is_postgres(connection) else ("id", "deleted"):
        connection.exec_driver_sql(f'DROP INDEX IF EXISTS "_{sobject}_{name}"')


def is_empty(connection: Connection, sobject: str) -> bool:
    """Tell whether there is no record at all."""
    return connection.exec_driver_sql(f"SELECT 1 FROM {quoted(sobject)} LIMIT 1").first() is None  # noqa: S608 - checked name


def _add(connection: Connection, sobject: str, name: str, kind: Kind) -> None:
    declared = catalog(connection).declared[kind]
    connection.exec_driver_sql(f"ALTER TABLE {quoted(sobject)} ADD COLUMN {quoted(name)} {declared}")


def _recast(connection: Connection, sobject: str, name: str, kind: Kind) -> None:
    """Give a column another type; its values are cast, in one transaction with everything else."""
    table, column = quoted(sobject), quoted(name)
    raw = driver(connection)
    rows = raw.execute(f'SELECT {column}, "Id" FROM {table} WHERE {column} IS NOT NULL').fetchall()  # noqa: S608 - checked names
    connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
    _add(connection, sobject, name, kind)
    cast = [(_cast(kind, value), record_id) for value, record_id in rows]
    if cast:
        raw.executemany(f'UPDATE {table} SET {column} = ? WHERE "Id" = ?', cast)  # noqa: S608 - checked names


def _cast(kind: Kind, stored: str | int | float) -> str | int | float | None:
    try:
        return to_stored(kind, from_text(kind, str(stored)))
    except ValueError:
        return None
