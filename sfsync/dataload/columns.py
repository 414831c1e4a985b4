"""A file's header held against the sObject: which column is which field, and what may be written at all."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from sfsync.dataload.rows import Row, Table
from sfsync.errors import FileError, Problem, UsageError, Where
from sfsync.records.ids import to_18
from sfsync.records.schema import Field, SObject
from sfsync.records.values import Value, as_kept, from_text

OPERATIONS = ("insert", "update", "upsert")
NULL = "#N/A"  # what a cell says to clear a field, as in Bulk API CSV; an empty cell leaves it alone
KEY_FIELD = "Sfsync_Key__c"  # the unique external id that our creates carry


@dataclass(frozen=True, slots=True)
class Columns:
    """The fields of a file's columns, in file order."""

    fields: tuple[Field, ...]
    key: Field | None  # the field that names the record: Id, or the key of an upsert

    def values(self, row: Row) -> dict[str, Value]:
        """Cast a row's cells to values by field; a field whose cell is empty is left out.

        Raises ValueError, with words for a person, where the row has too many or too few cells, or a cell is no value
        of its field.
        """
        if len(row.cells) != len(self.fields):
            raise ValueError(f"it has {len(row.cells)} cells, the header has {len(self.fields)}")
        values: dict[str, Value] = {}
        for place, (field, cell) in enumerate(zip(self.fields, row.cells, strict=True), 1):
            if "\0" in cell:
                raise ValueError(_no_text(row, place, field, cell))
            if not cell.strip():
                continue
            values[field.name] = None if cell == NULL else _value(field, cell)
        return values


def _no_text(row: Row, place: int, field: Field, cell: str) -> str:
    """Say where a NUL stands: an org would keep it, and nobody means it to."""
    at = f"line {row.line}, column {place} ({field.name})"
    return f"{at}: character {cell.index(chr(0)) + 1} is NUL, which no text has: the file is damaged; take it out"


def _value(field: Field, cell: str) -> Value:
    try:
        read = from_text(field.kind, cell)
        value = field.kept(read) if field.picklist else as_kept(field.type, read)
        return to_18(str(value)) if field.type in ("id", "reference") and value else value
    except ValueError as error:
        raise ValueError(f"{field.name}: {error}") from error


def read_columns(table: Table, schema: SObject, operation: str, key_name: str | None, *, keyed: bool) -> Columns:
    """Match a header to the sObject's fields; `keyed` says that creates are to carry a key of ours.

    Raises FileError with every column that is unknown, named twice, or cannot be written; UsageError where the key of
    the operation is wrong.
    """
    key = _key(schema, operation, key_name, keyed)
    found, problems = [], []
    for place, name in enumerate(table.header):
        field = schema.find(name)
        complaint = _complaint(schema, name, field, table.header[:place], operation, key)
        if complaint is None and keyed and field is not None and field.name == KEY_FIELD and field != key:
            complaint = "sfsync keeps its own keys there", "remove the column, or upsert by it with --key"
        if complaint:
            where = Where(file=str(table.path), line=1, key=name or f"column {place + 1}")
            problems.append(Problem(complaint[0], complaint[1], where))
        elif field is not None:
            found.append(field)
    if key is not None and operation != "insert" and key.name not in {field.name for field in found}:
        unnamed = operation == "upsert" and key_name is None
        todo = (
            "name the column that tells the records apart with --key"
            if unnamed
            else "add it, or choose another operation"
        )
        problems.append(Problem(f"there is no column {key.name}", todo, Where(file=str(table.path), line=1)))
    if problems:
        raise FileError.of(problems)
    return Columns(tuple(found), key)


def _key(schema: SObject, operation: str, key_name: str | None, keyed: bool) -> Field | None:
    if operation not in OPERATIONS:
        near = difflib.get_close_matches(operation, OPERATIONS, n=1)
        raise UsageError(f"there is no operation {operation!r}", todo=f"did you mean {(near or OPERATIONS)[0]}?")
    name = "Id" if operation == "update" else key_name or "Id"
    if keyed and (operation == "insert" or (operation == "upsert" and name.lower() == "id")):
        _check_own_key(schema)
    if operation == "insert":
        return None
    field = schema.find(name)
    if field is None:
        near_field = schema.closest(name)
        raise UsageError(f"{schema.name} has no field {name}", todo=f"did you mean --key {near_field or 'Id'}?")
    if field.type != "id" and not (field.external_id and field.unique):
        keys = [one.name for one in schema.fields.values() if one.external_id and one.unique]
        raise UsageError(
            f"{field.name} cannot be the key of an upsert: it is not a unique external id",
            todo=f"use --key {keys[0]}" if keys else "mark the field as External ID and Unique in Setup",
        )
    return field


def _check_own_key(schema: SObject) -> None:
    field = schema.find(KEY_FIELD)
    if field is None or not (field.external_id and field.unique and field.createable):
        raise UsageError(
            f"{schema.name} has no field {KEY_FIELD}, so a create whose answer is lost could be made twice",
            todo=f"in Setup, add {KEY_FIELD} to {schema.name}: Text, 64 characters, External ID, Unique; "
            "or accept that risk with --no-key",
        )


def _complaint(
    schema: SObject, name: str, field: Field | None, before: Sequence[str], operation: str, key: Field | None
) -> tuple[str, str] | None:
    """Say what is wrong with a column and what to do, or None."""
    if field is None:
        near = schema.closest(name)
        return f"{schema.name} has no such field", f"did you mean {near}?" if near else "remove the column"
    if name.lower() in (earlier.lower() for earlier in before):
        return "the column is there twice", "remove one of them"
    if key is not None and field.name == key.name:
        return None
    writeable = field.createable if operation == "insert" else field.updateable
    if not writeable:
        return "the field cannot be written by this user", "remove the column"
    return None
