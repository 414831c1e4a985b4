"""The rows of the local org: one SQLite file, one connection, one transaction per request.

Callers hold the org's lock. Ids come from counters in the file, so the same seed and calls give the same ids.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from sfsync.localorg import schema
from sfsync.localorg.catalog import Catalog, Field, PicklistValue, SObject
from sfsync.localorg.formulas.calculator import Calculator
from sfsync.localorg.matching.methods import KEY, match_key
from sfsync.localorg.objects.read import make_field
from sfsync.records.ids import suffix

Stored: TypeAlias = str | int | None  # a value as a column holds it
Params: TypeAlias = Sequence[Stored] | Mapping[str, Stored]

SETS_STAMPS = "set_audit_fields"  # the setting: new records may bring audit stamps of their own
_PICKLISTS = "picklists"  # the setting: values by field, where they were set anew
_SHAPE = "shape"  # the setting: as which program would have a fresh org's tables they were looked at last
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # ascending as bytes
ID_NUMBERS = 62**9
_TAILS = [(a + b, a.isupper() + 2 * b.isupper()) for a in _DIGITS for b in _DIGITS]  # with which of the two are A-Z
_POD = "Lc0"  # characters 4 to 6 of every id: which server made it


class State:
    """Everything one local org knows."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, catalog: Catalog) -> None:
        self.folder = folder
        self.connection = connection  # for registering SQL functions and collations
        self.catalog = catalog
        self.calculator = Calculator(lambda: self.catalog)
        self.watch: Callable[[SObject, Sequence[str]], None] | None = None  # told of rows before they are written
        self._depth = 0

    @classmethod
    def open(cls, folder: Path) -> "State":
        """Open the org in a folder, making both where they are not; the folder becomes 0700, the file 0600."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        path = folder / "org.db"
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
        connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF", "cache_size=-65536"):
            connection.execute(f"PRAGMA {pragma}")
        state = cls(folder, connection, Catalog.shipped())
        state.calculator.register(connection)
        connection.create_function(KEY, 2, match_key, deterministic=True)
        with state.transaction():
            state._prepare()
            if state.setting(_SHAPE) != schema.shape():
                state._make_tables(state.catalog)
                state.set_setting(_SHAPE, schema.shape())
        return state

    def begin(self, now: datetime, user_id: str) -> None:
        """Take note of who asks, and when, for the formulas that want to know."""
        self.calculator.begin(self.connection, now, user_id)

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def rows(self, sql: str, params: Params = ()) -> list[sqlite3.Row]:
        """Give all rows of a query."""
        return self.connection.execute(sql, params).fetchall()

    def one(self, sql: str, params: Params = ()) -> sqlite3.Row | None:
        """Give the first row of a query, None where there is none."""
        row: sqlite3.Row | None = self.connection.execute(sql, params).fetchone()
        return row

    def dicts(self, sql: str, params: Params = ()) -> list[dict[str, Stored]]:
        """Give all rows of a query as dictionaries, in a tenth of the time that making them of `rows` takes."""
        cursor = self.connection.cursor()
        cursor.row_factory = None
        cursor.execute(sql, params)
        names = [one[0] for one in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def stream(self, sql: str, params: Params = ()) -> Iterator[tuple[Stored, ...]]:
        """Give rows one by one as plain tuples, without holding them all."""
        cursor = self.connection.cursor()
        cursor.row_factory = None
        yield from cursor.execute(sql, params)

    def run(self, sql: str, params: Params = ()) -> int:
        """Carry out one statement and give the number of rows it touched."""
        return self.connection.execute(sql, params).rowcount

    def many(self, sql: str, seq: Iterable[Params]) -> None:
        """Carry out one statement for each set of parameters."""
        self.connection.executemany(sql, seq)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all or nothing; inside another transaction, as a savepoint of it."""
        inner = self._depth > 0
        begin, commit = ("SAVEPOINT inner", "RELEASE inner") if inner else ("BEGIN IMMEDIATE", "COMMIT")
        self.connection.execute(begin)
        self._depth += 1
        catalog, version = self.catalog, self.catalog.version
        try:
            yield
        except BaseException:
            for undo in ("ROLLBACK TO inner", "RELEASE inner") if inner else ("ROLLBACK",):
                self.connection.execute(undo)
            if self.catalog is not catalog or self.catalog.version != version:
                self.reread()
            raise
        else:
            self.connection.execute(commit)
        finally:
            self._depth -= 1

    def next_number(self, name: str, count: int = 1) -> int:
        """Take `count` numbers off a counter and give the first; counters start at 1."""
        self.run("INSERT INTO _counter VALUES (?, 0) ON CONFLICT (name) DO NOTHING", (name,))
        row = self.one("UPDATE _counter SET last = last + ? WHERE name = ? RETURNING last", (count, name))
        assert row is not None
        return int(row["last"]) - count + 1

    def next_ids(self, prefix: str, count: int) -> list[str]:
        """Give that many new 18-character ids, ascending."""
        first = self.next_number(f"id {prefix}", count)
        return list(_ids(prefix, first, count))

    def next_id(self, prefix: str) -> str:
        """Give a new 18-character id."""
        return self.next_ids(prefix, 1)[0]

    def setting(self, key: str) -> object:
        """Give a setting as the JSON value it was kept as, None where it was not."""
        row = self.one("SELECT value FROM _setting WHERE key = ?", (key,))
        return None if row is None else json.loads(row["value"])

    def set_setting(self, key: str, value: object) -> None:
        """Keep a JSON value under a key."""
        self.run("INSERT OR REPLACE INTO _setting VALUES (?, ?)", (key, json.dumps(value)))

    def add_field(self, sobject: str, facts: Mapping[str, object]) -> Field:
        """Add a custom field, given in the form of objects/*.json, with its column; it stays until `reset`."""
        field, owner = make_field(facts), self.catalog.sobject(sobject)
        if owner is None:
            raise KeyError(sobject)
        keep = "INSERT OR REPLACE INTO _custom_field VALUES (?, ?, ?)"
        with self.transaction():
            self.run(keep, (owner.name, field.name, json.dumps(dict(facts))))
            back = "DELETE FROM _absent_field WHERE sobject = ? AND name = ? COLLATE NOCASE"
            self.run(back, (owner.name, field.name))
            self.catalog.add_field(owner.name, field)
            self._make_tables([one for one in self.catalog if one.name == owner.name])
        return field

    def add_picklist_value(self, sobject: str, field: str, value: str, label: str | None = None) -> None:
        """Add a value at the end of a picklist; it stays until `reset`."""
        added = [value, label or value]
        self.run(
            "INSERT INTO _picklist_value (sobject, field, value) VALUES (?, ?, ?)", (sobject, field, json.dumps(added))
        )
        self.catalog.add_picklist_value(sobject, field, PicklistValue(value, label or value))

    def set_picklist(self, sobject: str, field: str, values: Sequence[PicklistValue]) -> None:
        """Make these the values of a picklist, in their order; they stay until `reset`."""
        kept = self.setting(_PICKLISTS)
        listed = [astuple(one) for one in values]
        self.set_setting(_PICKLISTS, {**(kept if isinstance(kept, dict) else {}), f"{sobject}.{field}": listed})
        self.run("DELETE FROM _picklist_value WHERE sobject = ? AND field = ?", (sobject, field))
        self.catalog.set_picklist(sobject, field, values)

    def reset(self) -> None:
        """Forget everything: all rows, settings, sessions, counters, custom fields."""
        with self.transaction():
            for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"):
                self.run(f'DROP TABLE "{row["name"]}"')
            self.reread()

    def reread(self) -> None:
        """Make the catalog anew, of what is shipped and what is kept, and the tables that it lacks."""
        self._prepare()
        self._make_tables(self.catalog)

    def replace_by(self, source: sqlite3.Connection) -> None:
        """Take over the tables and rows of another state's file, in place of all there is."""
        listed = "SELECT name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        with self.transaction():
            for name, _ in list(self.stream(listed, ("table",))):
                self.run(f'DROP TABLE "{name}"')
            for name, definition in source.execute(listed, ("table",)).fetchall():
                self.run(definition)
                self._take_rows(source, str(name))
            self.run("DELETE FROM sqlite_sequence")
            self._take_rows(source, "sqlite_sequence")
            for _, definition in source.execute(listed, ("index",)).fetchall():
                self.run(definition)
            self.reread()

    def _take_rows(self, source: sqlite3.Connection, table: str) -> None:
        rows = source.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a name of the schema
        marks = ", ".join("?" * len(rows.description))
        self.many(f'INSERT INTO "{table}" VALUES ({marks})', rows)  # noqa: S608

    def _prepare(self) -> None:
        """Make what tables of the org's own there are not, and the catalog, with what was added at run time."""
        for definition in schema.OWN_TABLES:
            self.run(f"CREATE TABLE IF NOT EXISTS {definition}")
        for definition in schema.OWN_INDEXES:
            self.run(f"CREATE INDEX IF NOT EXISTS {definition}")
        shipped = Catalog.shipped()
        off = frozenset(one.name.lower() for one in shipped if one.needs and self.setting(one.needs) is not True)
        self.catalog = Catalog.shipped(without=off)
        for row in self.rows("SELECT sobject, facts FROM _custom_field"):
            self.catalog.add_field(row["sobject"], make_field(json.loads(row["facts"])))
        picklists = self.setting(_PICKLISTS)
        for name, listed in picklists.items() if isinstance(picklists, dict) else ():
            sobject, field = name.split(".")
            if self.catalog.field(sobject, field) is None:
                continue  # of a switch that is off
            self.catalog.set_picklist(sobject, field, [PicklistValue(*one) for one in listed])
        for row in self.rows("SELECT sobject, field, value FROM _picklist_value ORDER BY number"):
            self.catalog.add_picklist_value(row["sobject"], row["field"], PicklistValue(*json.loads(row["value"])))
        for row in self.rows("SELECT sobject, name, gone FROM _absent_field"):
            self.catalog.take_field(row["sobject"], row["name"], bool(row["gone"]))
        self._open_stamps()

    def _open_stamps(self) -> None:
        """Let new records bring stamps of their own, where the org is set so."""
        if self.setting(SETS_STAMPS) is True:
            self.catalog.open_stamps()

    def _make_tables(self, sobjects: Iterable[SObject]) -> None:
        """Make each sObject's table, or the columns it lacks, and its indexes."""
        for sobject in sobjects:
            have = {row["name"] for row in self.rows("SELECT name FROM pragma_table_info(?)", (sobject.name,))}
            if not have:
                self.run(schema.table(sobject))
            for field in schema.kept(sobject) if have else ():
                if field.name not in have:
                    self.run(f'ALTER TABLE "{sobject.name}" ADD COLUMN {schema.column(field)}')
            for statement in schema.indexes(sobject):
                self.run(statement)


def _ids(prefix: str, first: int, count: int) -> Iterator[str]:
    """Write numbers that follow each other as ids; those that differ in two digits share the work on the others."""
    number, end = first, first + count
    while number < end:
        start = number % len(_TAILS)
        tails = _TAILS[start : start + end - number]
        head = id_of(prefix, number)[:13]
        ends = [suffix(head + tail) for tail in ("00", "A0", "0A", "AA")]
        yield from [head + tail + ends[cased] for tail, cased in tails]
        number += len(tails)


def id_of(prefix: str, number: int) -> str:
    """Write a number (below `ID_NUMBERS`) as an id: prefix, pod, nine digits to the base 62, suffix."""
    digits = ""
    for _ in range(9):
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    text = prefix + _POD + digits
    return text + suffix(text)
