"""Changing sObjects while clients run: fields added, hidden, shown, dropped or retyped.

A hidden field keeps its values and its part in rules; no client sees it. A dropped one is gone with its values. A
retyped one keeps the values that its new type can hold.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from sfsync.formula import FormulaProblem
from sfsync.localorg.catalog import Catalog, Field, SObject
from sfsync.localorg.formulas.circles import refers_to_itself
from sfsync.localorg.formulas.plans import make_plan
from sfsync.localorg.matching.methods import KEY
from sfsync.localorg.objects.read import make_field
from sfsync.localorg.rules import uses
from sfsync.localorg.sobject import PICKLISTS, TEXTS, Rollup
from sfsync.localorg.state import State
from sfsync.localorg.values import WrongType, cast, complaint, to_json

Facts = Mapping[str, object]

_TYPES = frozenset(
    {"string", "textarea", "phone", "email", "url", "boolean", "int", "double", "currency", "percent", "date"}
    | {"datetime", "reference", "encryptedstring", *PICKLISTS}
)
MOST_DIGITS = 18
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*__c")
_COUNTED = re.compile(r"\{0{1,10}\}")  # the number in the form of an auto number (documented: help)


class FieldProblem(ValueError):
    """A field that cannot be made or changed so; the text is for people."""


def add(state: State, sobject: str, facts: Facts) -> Field:
    """Add a custom field, or replace its facts, where the type stays. Raises FieldProblem."""
    owner = _owner(state, sobject)
    field = _made(facts)
    old = owner.known.get(field.name.lower())
    if old is not None and old.stored and (old.type != field.type or old.scale != field.scale or not field.stored):
        raise FieldProblem(f"{owner.name} has a field {field.name} of another type: retype it")
    check(state, owner, field)
    if old is not None and old.stored and field.unique != old.unique:
        _demand_all_differ(state, owner, field)
        state.run(f'DROP INDEX IF EXISTS "{owner.name}_by_{field.name}"')  # made anew, of the other kind
    return state.add_field(owner.name, facts)


def hide(state: State, sobject: str, name: str) -> None:
    """Take a field out of every client's sight. Raises FieldProblem."""
    _take(state, sobject, name, gone=False)


def show(state: State, sobject: str, name: str) -> None:
    """Let clients see a hidden field again. Raises FieldProblem."""
    owner = _owner(state, sobject)
    field = owner.hidden.get(name.lower())
    if field is None:
        raise FieldProblem(f"{owner.name} has no hidden field {name}")
    state.run("DELETE FROM _absent_field WHERE sobject = ? AND name = ?", (owner.name, field.name))
    state.catalog.add_field(owner.name, field)


def drop(state: State, sobject: str, name: str, force: bool = False) -> None:
    """Delete a custom field with all its values, used or (`force`) not minding. Raises FieldProblem."""
    owner, field = _field(state, sobject, name)
    if not field.custom:
        raise FieldProblem(f"{field.name} is a standard field: it can be hidden, not dropped")
    _demand_unused(state, owner, field, force)
    _take(state, sobject, name, gone=True)
    if field.stored:
        drop_column(state, owner, field)
    state.run("DELETE FROM _custom_field WHERE sobject = ? AND name = ?", (owner.name, field.name))


def retype(state: State, sobject: str, facts: Facts, force: bool = False) -> int:
    """Give a custom field another type, and give the number of values that were lost. Raises FieldProblem.

    One that something uses keeps its type, unless by `force`.
    """
    owner, old = _field(state, sobject, str(facts.get("name", "")))
    if not old.custom:
        raise FieldProblem(f"{old.name} is a standard field: its type stays")
    new = _made({**facts, "name": old.name})
    if (new.type, new.worked_out) != (old.type, old.worked_out):
        _demand_unused(state, owner, old, force)
    check(state, owner, new)
    values = _values(state, owner, old) if old.stored and new.stored else []
    if old.stored:
        drop_column(state, owner, old)
    state.add_field(owner.name, {**facts, "name": old.name})
    kept = [(stored, record_id) for record_id, shown in values if (stored := _recast(new, shown)) is not None]
    if kept:
        state.many(f'UPDATE "{owner.name}" SET "{new.name}" = ? WHERE Id = ?', kept)  # noqa: S608 (catalog names)
    return len(values) - len(kept)


def _made(facts: Facts) -> Field:
    name, kind = str(facts.get("name", "")), str(facts.get("type", ""))
    if not _NAME.fullmatch(name):
        words = "the name of a custom field starts with a letter, has letters, digits and _, and ends in __c"
        raise FieldProblem(f"{words}: {name!r}")
    if kind not in _TYPES:
        raise FieldProblem(f"{name}: the type {kind!r} is not one of {', '.join(sorted(_TYPES))}")
    try:
        return make_field(facts)
    except (ValueError, KeyError, TypeError) as error:
        raise FieldProblem(f"{name}: {error}") from None


def check(state: State, owner: SObject, field: Field) -> None:
    """Refuse a field that cannot be on an sObject: its digits, its formula, what it rolls up. Raises FieldProblem."""
    if field.precision > MOST_DIGITS or field.scale > field.precision > 0:
        raise FieldProblem(f"{field.name}: a number has at most {MOST_DIGITS} digits")
    if field.auto_number is not None and len(_COUNTED.findall(field.auto_number)) != 1:
        raise FieldProblem(f"{field.name}: the form of an auto number has one {{0}}, of 10 zeros at most")
    if field.rollup is not None:
        _check_rollup(state, owner, field.name, field.rollup)
    if field.worked_out:
        _check_worked_out(state.catalog, owner, field)


def _demand_unused(state: State, owner: SObject, field: Field, force: bool) -> None:
    """Refuse to touch a field that something uses. Raises FieldProblem."""
    told = "" if force else uses.refusal(state, owner, field)
    if told:
        raise FieldProblem(told)


def _demand_all_differ(state: State, owner: SObject, field: Field) -> None:
    """Refuse to make a field unique some of whose values are alike. Raises FieldProblem."""
    alive = "AND IsDeleted = 0" if owner.soft_deletes else ""
    folded = f'"{field.name}"' if field.case_sensitive or field.type not in TEXTS else f'"{field.name}" COLLATE NOCASE'
    sql = f"""SELECT min(Id) AS first, max(Id) AS last FROM "{owner.name}" WHERE "{field.name}" IS NOT NULL {alive}
              GROUP BY {folded} HAVING count(*) > 1 LIMIT 1"""  # noqa: S608 (catalog names)
    row = state.one(sql) if field.unique else None
    if row is not None:
        raise FieldProblem(f"{field.name} cannot be unique: {row['first']} and {row['last']} have the same value")


def _check_worked_out(catalog: Catalog, owner: SObject, field: Field) -> None:
    """Try the field out in a copy of the catalog, for what it does to others that read it."""
    tried = Catalog({one.name.lower(): one for one in catalog})
    tried.add_field(owner.name, field)
    changed = tried.sobject(owner.name)
    assert changed is not None
    if field.formula is not None:
        try:
            make_plan(tried, changed, field)
        except FormulaProblem as problem:
            raise FieldProblem(f"{field.name}: {problem}") from None
    if refers_to_itself(tried, changed, field):
        raise FieldProblem(f"{field.name}: a field cannot refer to itself, directly or through others")


def _check_rollup(state: State, owner: SObject, name: str, rollup: Rollup) -> None:
    child = state.catalog.sobject(rollup.child)
    if child is None:
        raise FieldProblem(f"{name}: the org has no sObject {rollup.child}")
    if rollup.operation not in ("count", "sum", "min", "max"):
        raise FieldProblem(f"{name}: the operation {rollup.operation!r} is not one of count, sum, min, max")
    for wanted in (rollup.reference, rollup.field, *(one for one, _, _ in rollup.filters)):
        if wanted is not None and wanted.lower() not in child.known:
            raise FieldProblem(f"{name}: {child.name} has no field {wanted}")
    reference = child.known[rollup.reference.lower()]
    if owner.name not in reference.reference_to:
        raise FieldProblem(f"{name}: {child.name}.{reference.name} does not name records of {owner.name}")


def _owner(state: State, sobject: str) -> SObject:
    owner = state.catalog.sobject(sobject)
    if owner is None:
        raise FieldProblem(f"the org has no sObject {sobject}")
    return owner


def _field(state: State, sobject: str, name: str) -> tuple[SObject, Field]:
    owner = _owner(state, sobject)
    field = owner.known.get(name.lower())
    if field is None:
        raise FieldProblem(f"{owner.name} has no field {name}")
    return owner, field


def _take(state: State, sobject: str, name: str, gone: bool) -> None:
    owner, field = _field(state, sobject, name)
    if field.name in ("Id", "IsDeleted", "SystemModstamp"):
        raise FieldProblem(f"{field.name} stays where it is")
    state.run("INSERT OR REPLACE INTO _absent_field VALUES (?, ?, ?)", (owner.name, field.name, int(gone)))
    state.catalog.take_field(owner.name, field.name, gone)


def drop_column(state: State, owner: SObject, field: Field) -> None:
    """Drop a column with the indexes it stands in."""
    found = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
    for row in state.rows(found, (owner.name,)):
        if f'"{field.name}"' in row["sql"] or (KEY in row["sql"] and field.name in row["sql"]):
            state.run(f'DROP INDEX "{row["name"]}"')
    state.run(f'ALTER TABLE "{owner.name}" DROP COLUMN "{field.name}"')


def _values(state: State, owner: SObject, field: Field) -> list[tuple[str, object]]:
    sql = f'SELECT Id, "{field.name}" FROM "{owner.name}" WHERE "{field.name}" IS NOT NULL'  # noqa: S608 (catalog names)
    return [(str(record_id), to_json(field, stored)) for record_id, stored in state.stream(sql)]


def _recast(field: Field, shown: object) -> str | int | None:
    """Read a value as another type; None where it cannot be read."""
    try:
        stored = cast(field, _written(shown))
    except WrongType:
        return None
    return None if complaint(field, stored) is not None else stored


def _written(shown: object) -> str:
    if isinstance(shown, bool):
        return "true" if shown else "false"
    text = shown if isinstance(shown, str) else str(shown)
    return text.removesuffix(".0") if isinstance(shown, (float, Decimal)) else text
