"""The SQL of a field's value: a column, or for formula and roll-up fields an expression over other rows."""

# ruff: noqa: S608 (every name in the SQL is the catalog's)

from collections.abc import Iterator
from functools import lru_cache

from sfsync.localorg.catalog import Catalog, Field, SObject
from sfsync.localorg.formulas.amounts import in_parents
from sfsync.localorg.formulas.paths import ORGANIZATION, PERMISSION, RECORD, Path
from sfsync.localorg.formulas.plans import plan_of
from sfsync.localorg.sobject import NUMBERS, Rollup

FORMULA, USER, PERMITTED = "_formula", "_user", "_permitted"  # functions that the calculator adds to SQLite
_FUNCTIONS = {"sum": "sum", "min": "min", "max": "max"}


def field_sql(catalog: Catalog, sobject: SObject, field: Field, table: str) -> str:
    """Give the SQL of a field of the row that `table` (an alias) stands for."""
    if field.rollup is not None:
        return _rollup(catalog, sobject, field, field.rollup, table)
    if field.formula is None:
        return f'{table}."{field.name}"'
    plan = plan_of(catalog, catalog.version, sobject.name, field.name)
    if plan is None:
        return "NULL"
    read = [_path_sql(catalog, sobject, path, table) for path in plan.paths]
    return f"{FORMULA}({', '.join([_text(sobject.name), _text(field.name), *read])})"


@lru_cache(maxsize=256)
def select_list(catalog: Catalog, version: int, sobject: SObject) -> str:
    """Give what `SELECT` needs for whole rows of an sObject: all columns, and what is worked out.

    `version` is the catalog's, so that a changed catalog is looked at again.
    """
    table = f'"{sobject.name}"'
    worked_out = [one for one in sobject.fields.values() if one.worked_out]
    extra = [f'{field_sql(catalog, sobject, one, table)} AS "{one.name}"' for one in worked_out]
    return ", ".join([f"{table}.*", *extra])


def _path_sql(catalog: Catalog, sobject: SObject, path: Path, table: str) -> str:
    if path.start == PERMISSION:
        return f"{PERMITTED}({_text(path.field.name)})"
    if path.start == RECORD:
        return _along(catalog, (sobject.name,), path, 0, table)
    inner = f"{table.strip(chr(34))}u"
    kind = "Organization" if path.start == ORGANIZATION else "User"
    which = "" if path.start == ORGANIZATION else f' WHERE {inner}."Id" = {USER}()'
    return f'(SELECT {_along(catalog, (kind,), path, 0, inner)} FROM "{kind}" AS {inner}{which} LIMIT 1)'


def _along(catalog: Catalog, owners: tuple[str, ...], path: Path, place: int, table: str) -> str:
    """Go on from a row of one of `owners` along the rest of a path."""
    owner = catalog.sobject(owners[0])
    assert owner is not None
    if place == len(path.steps):
        return field_sql(catalog, owner, owner.known[path.field.name.lower()], table)
    step, inner = path.steps[place], f"{table.strip(chr(34))}p"
    found = [
        f'(SELECT {_along(catalog, (target,), path, place + 1, inner)} FROM "{target}" AS {inner} '
        f'WHERE {inner}."Id" = {table}."{step.reference}")'
        for target in step.targets
    ]
    return f"coalesce({', '.join(found)})" if len(found) > 1 else found[0]


def _rollup(catalog: Catalog, sobject: SObject, field: Field, rollup: Rollup, table: str) -> str:
    child = catalog.sobject(rollup.child)
    if child is None or rollup.reference.lower() not in child.known:
        return "NULL"
    inner = f"{table.strip(chr(34))}c"
    where = [f'{inner}."{child.known[rollup.reference.lower()].name}" = {table}."Id"', *_alive(child, inner)]
    where += _filters(catalog, child, rollup, inner)
    what = (
        "count(*)" if rollup.operation == "count" else _summed(catalog, child, field, rollup, inner, (sobject, table))
    )
    return f'(SELECT {what} FROM "{child.name}" AS {inner} WHERE {" AND ".join(where)})'


def _alive(child: SObject, inner: str) -> list[str]:
    return [f'{inner}."IsDeleted" = 0'] if child.soft_deletes else []


def _filters(catalog: Catalog, child: SObject, rollup: Rollup, inner: str) -> Iterator[str]:
    """Give the conditions of a roll-up, in the few operations that a roll-up's filter has."""
    signs = {"equals": "=", "notEqual": "<>", "lessThan": "<", "greaterThan": ">"}
    signs |= {"lessOrEqual": "<=", "greaterOrEqual": ">="}
    for name, operation, value in rollup.filters:
        field = child.known[name.lower()]
        column = field_sql(catalog, child, field, inner)
        if operation in signs and operation not in ("equals", "notEqual"):
            yield f"{column} {signs[operation]} {_literal(field, value)}"
        else:
            listed = ", ".join(_literal(field, one.strip()) for one in value.split(","))
            negated = "NOT " if operation == "notEqual" else ""
            yield f"coalesce({column} COLLATE NOCASE IN ({listed}), 0) = {0 if negated else 1}"


def _literal(field: Field, value: str) -> str:
    if field.type == "boolean":
        return "1" if value.lower() in ("true", "1") else "0"
    if field.type in NUMBERS or field.type == "int":
        return str(int(float(value) * 10 ** (field.scale if field.type in NUMBERS else 0)))
    return _text(value)


def _summed(
    catalog: Catalog, child: SObject, field: Field, rollup: Rollup, inner: str, parent: tuple[SObject, str]
) -> str:
    summed = child.known[(rollup.field or "Id").lower()]
    column = field_sql(catalog, child, summed, inner)
    if summed.type == "currency":
        column = in_parents(child, parent[0], column, inner, parent[1])
    whole = (
        f"coalesce({_FUNCTIONS[rollup.operation]}({column}), 0)"
        if rollup.operation == "sum"
        else (f"{_FUNCTIONS[rollup.operation]}({column})")
    )
    if summed.type not in NUMBERS and summed.type != "int":
        return whole
    shift = field.scale - (summed.scale if summed.type in NUMBERS else 0)
    return f"{whole} * {10**shift}" if shift >= 0 else f"CAST(round({whole} / {10.0**-shift}) AS INTEGER)"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
