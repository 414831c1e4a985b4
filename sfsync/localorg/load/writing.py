"""Writes rows with Ids of their own, unless an Id or a unique value is taken."""

import sqlite3
from dataclasses import dataclass

from sfsync.localorg.load.report import ROW, VALUE, Report
from sfsync.localorg.saving import store
from sfsync.localorg.sobject import SObject
from sfsync.localorg.state import State, Stored

LOADED = "_loaded"  # a temporary table: which rows this load wrote, out of which file and line


@dataclass(frozen=True, slots=True)
class Row:
    """A row to write, by the number of its line."""

    row: int
    values: dict[str, Stored]

    @property
    def id(self) -> str:
        """The Id, 18 characters."""
        return str(self.values["Id"])


def write(state: State, sobject: SObject, file: str, rows: list[Row], report: Report) -> int:
    """Write rows; those whose Id is taken are noted and left out. Gives how many were written."""
    taken = _taken(state, sobject, rows)
    fresh: dict[str, Row] = {}
    for row in rows:
        if row.id in taken or row.id in fresh:
            ours = row.id in fresh or state.one(f"SELECT 1 FROM temp.{LOADED} WHERE id = ?", (row.id,))  # noqa: S608
            reason = "the Id is in the files twice" if ours else "the Id is in the org already"
            report.note(file, ROW, reason, None, row.row, row.id)
        else:
            fresh[row.id] = row
    if not fresh:
        return 0
    chosen = list(fresh.values())
    try:
        with state.transaction():
            columns = {name: [row.values[name] for row in chosen] for name in chosen[0].values}
            store.insert_columns(state, sobject, {**columns, "_deleted_at": [_deleted_at(row) for row in chosen]})
    except sqlite3.IntegrityError:
        for row in chosen:
            _write_one(state, sobject, file, row, report)
    kept = ((row.id, sobject.name, file, row.row) for row in chosen)
    state.many(f"INSERT INTO temp.{LOADED} VALUES (?, ?, ?, ?)", kept)  # noqa: S608
    return len(chosen)


def _taken(state: State, sobject: SObject, rows: list[Row]) -> set[str]:
    marks = ", ".join("?" * len(rows))
    sql = f'SELECT Id FROM "{sobject.name}" WHERE Id IN ({marks})'  # noqa: S608 - a name of the catalog
    return {found["Id"] for found in state.rows(sql, [row.id for row in rows])}


def _deleted_at(row: Row) -> Stored:
    return row.values["SystemModstamp"] if row.values.get("IsDeleted") else None


def _write_one(state: State, sobject: SObject, file: str, row: Row, report: Report) -> None:
    """Write a row of a chunk in which some unique value is taken: such a value is left out."""
    for field in sobject.columns:
        value = row.values[field.name]
        if not field.unique or value is None:
            continue
        collation = "" if field.case_sensitive else " COLLATE NOCASE"
        found = f'SELECT 1 FROM "{sobject.name}" WHERE "{field.name}" = ?{collation}'  # noqa: S608
        if state.one(found, (value,)) is not None:
            report.note(file, VALUE, "must be unique, and another record has it", field.name, row.row, str(value))
            row.values[field.name] = None
    store.insert(state, sobject, [{**row.values, "_deleted_at": _deleted_at(row)}])
