"""Where rules are kept: one row each, found by kind, sObject and name; compiled once for each state of the catalog."""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from sfsync.localorg.catalog import Catalog, SObject
from sfsync.localorg.objects.derived import rule_id_sql
from sfsync.localorg.state import State

VALIDATION, DUPLICATE, MATCHING, AUTO_RESPONSE = "validation", "duplicate", "matching", "auto_response"
SHARING = "sharing"
KINDS = (VALIDATION, DUPLICATE, MATCHING, AUTO_RESPONSE, SHARING)
_PREFIXES = {DUPLICATE: "0Bm"}
Facts = Mapping[str, object]
Made = TypeVar("Made")

_MOST_KEPT = 512


def keep(state: State, kind: str, sobject: str, name: str, facts: Facts, active: bool) -> None:
    """Keep a rule; one of the same kind, sObject and name is replaced and keeps its place."""
    sql = """INSERT INTO _rule (kind, sobject, name, active, value) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (kind, sobject, name) DO UPDATE SET active = excluded.active, value = excluded.value"""
    state.run(sql, (kind, sobject, name, int(active), json.dumps(dict(facts))))


def id_of(state: State, kind: str, sobject: str, name: str) -> str | None:
    """Give the id that clients see of a rule, None where there is none of that name."""
    prefix = _PREFIXES.get(kind, "")
    sql = f"SELECT {rule_id_sql(prefix)} AS id FROM _rule WHERE kind = ? AND sobject = ? AND name = ?"  # noqa: S608
    row = state.one(sql, (kind, sobject, name))
    return None if row is None else str(row["id"])


def forget(state: State, kind: str | None = None, sobject: str | None = None, name: str | None = None) -> int:
    """Forget the rules that fit all that is given, and give their number."""
    wanted = {"kind": kind, "sobject": sobject, "name": name}
    given = {column: value for column, value in wanted.items() if value is not None}
    where = " AND ".join(["1", *(f"{column} = ?" for column in given)])
    return state.run(f"DELETE FROM _rule WHERE {where}", list(given.values()))  # noqa: S608 - own column names


def listed(state: State) -> list[dict[str, object]]:
    """Give all rules, oldest first."""
    rows = state.rows("SELECT kind, sobject, name, active, value FROM _rule ORDER BY number")
    return [
        {
            "kind": row["kind"],
            "sobject": row["sobject"],
            "name": row["name"],
            "active": bool(row["active"]),
            **json.loads(row["value"]),
        }
        for row in rows
    ]


def active(state: State, kind: str, sobject: str) -> tuple[tuple[str, str], ...]:
    """Give name and JSON of the active rules of a kind on an sObject, oldest first."""
    sql = "SELECT name, value FROM _rule WHERE kind = ? AND sobject = ? AND active = 1 ORDER BY number"
    return tuple((row["name"], row["value"]) for row in state.rows(sql, (kind, sobject)))


def has_any(state: State, sobject: str) -> bool:
    """Tell whether any rule is active on an sObject: asked once per save, so that saving without rules stays cheap."""
    return state.one("SELECT 1 FROM _rule WHERE sobject = ? AND active = 1 LIMIT 1", (sobject,)) is not None


class Compiled(Generic[Made]):
    """Makes rules out of what is kept, and keeps what it made as long as the catalog stays as it is."""

    def __init__(self, make: Callable[[Catalog, SObject, str, Facts], Made]) -> None:
        self._make = make
        self._memory: OrderedDict[tuple[Catalog, int, str, str, str], Made | None] = OrderedDict()

    def of(self, state: State, kind: str, sobject: SObject) -> list[Made]:
        """Give the active rules of a kind on an sObject, those that cannot be made any more left out."""
        made = [self._one(state.catalog, sobject, name, text) for name, text in active(state, kind, sobject.name)]
        return [one for one in made if one is not None]

    def _one(self, catalog: Catalog, sobject: SObject, name: str, text: str) -> Made | None:
        return self.made(catalog, sobject, name, json.loads(text), text)

    def made(self, catalog: Catalog, sobject: SObject, name: str, facts: Facts, text: str = "") -> Made | None:
        """Make one rule, or give it as made before; `text` tells facts of the same name apart."""
        key = (catalog, catalog.version, sobject.name, name, text)
        if key not in self._memory:
            if len(self._memory) >= _MOST_KEPT:
                self._memory.popitem(last=False)
            try:
                self._memory[key] = self._make(catalog, sobject, name, facts)
            except ValueError:
                self._memory[key] = None  # a field it reads has gone since
        return self._memory[key]
