"""Read what stands in a select list or on the left of an operator: field paths, function calls, aliases."""

from sfsync.localorg.soql.cursor import RESERVED, Cursor
from sfsync.localorg.soql.tree import AllFields, Call, Distance, Operand, Path, Selected, TypeOf

AGGREGATES = frozenset({"AVG", "COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM"})
_BOTH_CALENDARS = {f"{calendar}_{unit}" for calendar in ("CALENDAR", "FISCAL") for unit in ("MONTH", "QUARTER", "YEAR")}
_SMALL_PARTS = {
    "DAY_IN_MONTH",
    "DAY_IN_WEEK",
    "DAY_IN_YEAR",
    "DAY_ONLY",
    "HOUR_IN_DAY",
    "WEEK_IN_MONTH",
    "WEEK_IN_YEAR",
}
DATE_PARTS = frozenset(_BOTH_CALENDARS | _SMALL_PARTS)
SHOWN = frozenset({"TOLABEL", "FORMAT", "CONVERTCURRENCY"})
FUNCTIONS = AGGREGATES | DATE_PARTS | SHOWN | {"CONVERTTIMEZONE", "GROUPING"}


def read_path(cursor: Cursor) -> Path:
    """Read a field, perhaps through parents."""
    first = cursor.name()
    names = [first.text]
    while cursor.skips("."):
        names.append(cursor.name().text)
    return Path(tuple(names), first.at)


def read_operand(cursor: Cursor) -> Operand:
    """Read a field path or a function call; a word before a parenthesis must be a known function."""
    if not (cursor.now.kind == "word" and cursor.ahead().text == "("):
        return read_path(cursor)
    name = cursor.take()
    if name.upper == "DISTANCE":
        return _read_distance(cursor, name.at)
    if name.upper not in FUNCTIONS:
        raise cursor.unexpected()
    cursor.needs("(")
    argument: Operand | None = None
    if not (name.upper == "COUNT" and cursor.sees(")")):
        cursor.deeper()
        argument = read_operand(cursor)
        cursor.shallower()
    cursor.needs(")")
    return Call(name.upper, argument, name.at)


def _read_distance(cursor: Cursor, at: int) -> Distance:
    cursor.needs("(")
    place = read_path(cursor)
    for word in (",", "GEOLOCATION", "("):
        cursor.needs(word)
    latitude = _number(cursor)
    cursor.needs(",")
    longitude = _number(cursor)
    cursor.needs(")")
    cursor.needs(",")
    if cursor.now.text.lower() not in ("'mi'", "'km'"):
        raise cursor.unexpected()
    unit = cursor.take().text.strip("'").lower()
    cursor.needs(")")
    return Distance(place, latitude, longitude, unit, at)


def _number(cursor: Cursor) -> str:
    if cursor.now.kind != "number":
        raise cursor.unexpected()
    return cursor.take().text


def read_selected(cursor: Cursor) -> Selected | AllFields:
    """Read one field or function of a select list, with its alias."""
    if cursor.sees("FIELDS", "("):
        return _read_all_fields(cursor)
    return Selected(read_operand(cursor), read_alias(cursor))


def read_alias(cursor: Cursor) -> str | None:
    """Read the alias that may follow, None where none does."""
    if cursor.skips("AS"):
        return cursor.name().text
    if cursor.now.kind == "word" and cursor.now.upper not in RESERVED:
        return cursor.take().text
    return None


def _read_all_fields(cursor: Cursor) -> AllFields:
    at = cursor.take().at
    cursor.needs("(")
    if cursor.now.upper not in {"ALL", "STANDARD", "CUSTOM"}:
        raise cursor.unexpected()
    which = cursor.take().upper
    cursor.needs(")")
    return AllFields(which, at)


def read_type_of(cursor: Cursor) -> TypeOf:
    """Read `TYPEOF relationship WHEN sObject THEN fields ... [ELSE fields] END`."""
    at = cursor.needs("TYPEOF").at
    relationship = cursor.name().text
    branches = []
    while cursor.skips("WHEN"):
        sobject = cursor.name().text
        cursor.needs("THEN")
        branches.append((sobject, _read_paths(cursor)))
    if not branches:
        raise cursor.unexpected()
    otherwise = _read_paths(cursor) if cursor.skips("ELSE") else None
    cursor.needs("END")
    return TypeOf(relationship, tuple(branches), otherwise, at)


def _read_paths(cursor: Cursor) -> tuple[Path, ...]:
    paths = [read_path(cursor)]
    while cursor.skips(","):
        paths.append(read_path(cursor))
    return tuple(paths)
