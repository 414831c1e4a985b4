"""Writing rows, set by set: the only place of saving that knows SQL for inserts and updates."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, groupby, islice

from sfsync.localorg.formulas.sql import select_list
from sfsync.localorg.sobject import SObject
from sfsync.localorg.state import State
from sfsync.localorg.values import Stored
from sfsync.localorg.variants import REFERENCES_UNSTAMPED, is_on

Row = Mapping[str, Stored]  # by field name, as the columns hold it

_IN_ONE_STATEMENT = 500  # parameters; SQLite's oldest limit is 999
_ROWS_TOGETHER = 100


def insert(state: State, sobject: SObject, rows: Iterable[Row]) -> None:
    """Insert rows as they are; columns a row does not name are null, booleans false. Nothing is checked.

    Neighbours that name the same columns in the same order go in one statement, streaming.
    """
    if state.watch is not None:
        rows = list(rows)
        state.watch(sobject, [str(row["Id"]) for row in rows if row.get("Id")])
    for columns, group in groupby(rows, key=tuple):
        while block := [row.values() for row in islice(group, _IN_ONE_STATEMENT)]:
            insert_columns(state, sobject, dict(zip(columns, zip(*block, strict=True), strict=True)))


def insert_columns(state: State, sobject: SObject, columns: Mapping[str, Sequence[Stored]]) -> None:
    """Insert rows given column by column, all columns of one length, as `insert` does.

    Columns of nulls only are left out: to hand a null to SQLite costs several times what a text does.
    """
    held = {name: values for name, values in columns.items() if values.count(None) < len(values)}
    names = ", ".join(f'"{name}"' for name in held)
    marks = ", ".join("?" * len(held))
    sql = f'INSERT INTO "{sobject.name}" ({names}) VALUES ({marks})'  # noqa: S608 - catalog names
    state.many(sql, zip(*held.values(), strict=True))


def insert_alike(state: State, sobject: SObject, columns: Mapping[str, Sequence[Stored]], same: Row) -> None:
    """Insert rows given column by column; "" is null, and `same` are columns that have one value in all rows.

    For many sets with the same columns: many rows go in one statement, which is then compiled once for all sets.
    """
    most = state.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) - len(same)
    together = max(1, min(_ROWS_TOGETHER, most // len(columns)))
    rows, constants = zip(*columns.values(), strict=True), list(same.values())
    while part := list(islice(rows, together)):
        if len(part) == together:
            state.run(_insertion(sobject.name, (*columns,), (*same,), together), [*constants, *chain(*part)])
        else:
            state.many(_insertion(sobject.name, (*columns,), (*same,), 1), [(*constants, *row) for row in part])


@lru_cache(maxsize=64)
def _insertion(table: str, columns: tuple[str, ...], same: tuple[str, ...], rows: int) -> str:
    """Give a statement that inserts so many rows; its parameters are what is the same in all, then row after row."""
    names = ", ".join(f'"{name}"' for name in (*same, *columns))
    values = ", ".join([*"?" * len(same), *(f"nullif(column{place}, '')" for place in range(1, len(columns) + 1))])
    marks = ", ".join([f"({', '.join('?' * len(columns))})"] * rows)
    return f'INSERT INTO "{table}" ({names}) SELECT {values} FROM (VALUES {marks})'  # noqa: S608 - catalog names


def update(state: State, sobject: SObject, changes: Mapping[str, Row]) -> None:
    """Update rows by Id; those that change the same columns go in one statement."""
    if state.watch is not None:
        state.watch(sobject, list(changes))
    by_columns: dict[tuple[str, ...], list[list[Stored]]] = {}
    for record_id, row in changes.items():
        by_columns.setdefault(tuple(row), []).append([*row.values(), record_id])
    for columns, values in by_columns.items():
        pairs = ", ".join(f'"{name}" = ?' for name in columns)
        state.many(f'UPDATE "{sobject.name}" SET {pairs} WHERE Id = ?', values)  # noqa: S608 - catalog names


def moved_stamp(org_state: State, sobject: SObject, stamp: str) -> dict[str, Stored]:
    """Give the stamp of records whose references the org itself changes: of a delete, an undelete or a merge."""
    moves = "systemmodstamp" in sobject.fields and not is_on(org_state, REFERENCES_UNSTAMPED)
    return {"SystemModstamp": stamp} if moves else {}


def fetch(
    state: State, sobject: SObject, column: str, values: Iterable[Stored], collation: str = ""
) -> list[dict[str, Stored]]:
    """Give the living rows in which a column has one of the values."""
    whole = select_list(state.catalog, state.catalog.version, sobject)
    return _fetch(state, sobject, whole, f'"{column}"{collation}', _alive(sobject), values)


def holders(
    state: State, sobject: SObject, column: str, values: Iterable[Stored], collation: str = ""
) -> list[dict[str, Stored]]:
    """Give Id and that column of the living rows in which it has one of the values."""
    return _fetch(state, sobject, f'"Id", "{column}"', f'"{column}"{collation}', _alive(sobject), values)


def _alive(sobject: SObject) -> str:
    return " AND IsDeleted = 0" if sobject.soft_deletes else ""


def by_id(state: State, sobject: SObject, ids: Sequence[str]) -> dict[str, dict[str, Stored]]:
    """Give the rows of ids by Id, deleted ones included."""
    whole = select_list(state.catalog, state.catalog.version, sobject)
    return {str(row["Id"]): row for row in _fetch(state, sobject, whole, "Id", "", ids)}


def _fetch(
    state: State, sobject: SObject, shown: str, column: str, condition: str, values: Iterable[Stored]
) -> list[dict[str, Stored]]:
    wanted, found = list(dict.fromkeys(values)), []
    for start in range(0, len(wanted), _IN_ONE_STATEMENT):
        part = wanted[start : start + _IN_ONE_STATEMENT]
        marks = ", ".join("?" * len(part))
        sql = f'SELECT {shown} FROM {sobject.source} AS "{sobject.name}" WHERE {column} IN ({marks}){condition}'  # noqa: S608 - catalog names
        found += state.dicts(sql, part)
    return found
