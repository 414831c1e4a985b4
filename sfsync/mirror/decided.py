"""How far the rules have concluded on an sObject's records, so that what has not moved since is not decided again."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from sfsync.mirror import shape
from sfsync.mirror.documents import document_value
from sfsync.mirror.driver import driver, streamed
from sfsync.mirror.shape import quoted
from sfsync.records.values import to_stored

_START, _END = '{"wanted":', ',"because":['  # how a decision is written down; neither stands inside a JSON text
_NOTHING = f"{_START}{{}}%"
RENAME_JOURNAL = "INSERT INTO _facts VALUES ('journal', :name) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
"""A journal that was put back as it was has another name: its lines go on as others than those that were lost."""


@dataclass(frozen=True, slots=True)
class Standing:
    """By what, and when, all records of an sObject were last decided."""

    by: str  # fingerprint of all that the rules went by but the records
    run: int  # what no run from that one on has brought
    line: int  # and no line of the journal after this one tells of, is as it was decided
    open: tuple[str, ...]  # ids whose conclusions were not kept, because they wait for a person


class Decided:
    """How far the decisions of each sObject stand."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, sobject: str) -> Standing | None:
        """Give how an sObject's decisions stand; None where they were never made, or nobody can tell."""
        found = driver(self._connection).execute("SELECT value FROM _facts WHERE name = ?", (_name(sobject),))
        row = found.fetchone()
        plain = json.loads(row[0]) if row else None
        if plain is None or "line" not in plain:
            return None
        return Standing(plain["by"], plain["run"], plain["line"], tuple(plain["open"]))

    def put(self, sobject: str, standing: Standing | None) -> None:
        """Keep how an sObject's decisions stand; None: nobody can tell."""
        raw = driver(self._connection)
        raw.execute("DELETE FROM _facts WHERE name = ?", (_name(sobject),))
        if standing is not None:
            plain = {"by": standing.by, "run": standing.run, "line": standing.line, "open": list(standing.open)}
            raw.execute("INSERT INTO _facts VALUES (?, ?)", (_name(sobject), json.dumps(plain)))

    def last_line(self) -> int:
        """Give the number of the journal's last line, 0 where there is none."""
        row = driver(self._connection).execute("SELECT max(id) FROM _journal").fetchone()
        return int(row[0] or 0)

    def journal(self) -> str:
        """Give the name of the journal whose lines are meant."""
        sql = "SELECT value FROM _facts WHERE name IN ('journal', 'uid') ORDER BY name LIMIT 1"
        return str(driver(self._connection).execute(sql).fetchone()[0])

    def rename_journal(self, name: str) -> None:
        """Give the journal another name, since it was put back as it was at some time."""
        self._connection.execute(text(RENAME_JOURNAL), {"name": name})

    def moved(self, sobject: str, standing: Standing, fewer_than: int) -> set[str] | None:
        """Give the ids of records that something has touched since, or that were open; None where they are too many.

        A change that an earlier run had begun may be settled under its number later: the journal tells of that one.
        """
        found = set(standing.open)
        if shape.columns(self._connection, sobject):
            touched = (
                f'SELECT "Id" FROM {quoted(sobject)} WHERE _deleted = 0 AND (_run IS NULL OR _run >= ?)',  # noqa: S608 - checked name
                (standing.run,),
            )
            told = (
                "SELECT DISTINCT record_id FROM _journal WHERE id > ? AND sobject = ?",
                (standing.line, sobject),
            )
            for sql, values in (touched, told):
                for (record_id,) in streamed(self._connection, sql, values):
                    found.add(record_id)
                    if len(found) >= fewer_than:
                        return None
        return found if len(found) < fewer_than else None

    def differing(self, sobject: str, fields: Sequence[str], before: int) -> Iterator[str]:
        """Give the ids of records that no run from that one on has touched and whose stored decisions want otherwise.

        `fields` are those that decisions may want. What was taken as it is by a baseline is passed over.
        """
        kinds = shape.columns(self._connection, sobject)
        named = [name for name in fields if name in kinds]
        last = None
        for record_id, document, *held in self._untouched(sobject, named, before, taken=False):
            wanted = json.loads(document[len(_START) : document.index(_END)])
            if record_id != last and any(_differs(kinds, named, held, name, value) for name, value in wanted.items()):
                last = record_id
                yield record_id

    def left(self, sobject: str, before: int) -> int:
        """Count the decisions about untouched records that want something and were taken as they are."""
        return sum(1 for _ in self._untouched(sobject, [], before, taken=True))

    def _untouched(self, sobject: str, fields: Sequence[str], before: int, *, taken: bool) -> Iterator[Any]:
        columns = "".join(f", record.{quoted(name)}" for name in fields)
        yield from streamed(
            self._connection,
            f"SELECT made.record_id, made.decision{columns} FROM _decisions AS made"  # noqa: S608 - checked names
            f' JOIN {quoted(sobject)} AS record ON record."Id" = made.record_id'
            " WHERE made.sobject = ? AND made.taken = ? AND made.decision NOT LIKE ?"
            " AND record._deleted = 0 AND record._run < ? ORDER BY made.record_id",
            (sobject, taken, _NOTHING, before),
        )


def _differs(kinds: Any, named: Sequence[str], held: Sequence[Any], name: str, value: Any) -> bool:
    """Tell whether a column does not hold a value for sure; a closer look may find that it does."""
    if name not in kinds or name not in named:
        return True
    return bool(held[named.index(name)] != to_stored(kinds[name], document_value(value)))


def _name(sobject: str) -> str:
    return f"decided:{sobject}"
