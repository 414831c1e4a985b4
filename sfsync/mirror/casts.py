"""Casting what the org sends to what the mirror's columns hold: from REST JSON, from CSV text, and from text in SQL.

The three agree: a value looks the same in the mirror whichever way it came.
"""

from collections.abc import Callable, Sequence

from sfsync.records.values import Kind, Stored, from_plain, from_text, to_stored

# Texts of the shape that stands for itself are typed by SQL; the rare others (long numbers, other spellings) go to
# `_cast`, which is `cast_function`. {0} is the text, {1} the place of the field.
_IN_SQL = {
    Kind.TEXT: "CASE WHEN {0} <> '' THEN {0} END",
    Kind.ID: "CASE WHEN {0} <> '' THEN {0} END",
    Kind.BOOLEAN: "CASE {0} WHEN 'true' THEN 1 WHEN 'false' THEN 0 WHEN '' THEN NULL ELSE _cast({1}, {0}) END",
    Kind.INTEGER: "CASE WHEN {0} = '' THEN NULL WHEN {0} GLOB '*[^0-9]*' OR length({0}) > 18 THEN _cast({1}, {0})"
    " ELSE CAST({0} AS INTEGER) END",
    Kind.NUMBER: "CASE WHEN {0} = '' THEN NULL WHEN {0} GLOB '*[^0-9.]*' OR length({0}) > 15 THEN _cast({1}, {0})"
    " ELSE CAST({0} AS NUMERIC) END",
    Kind.DATE: "CASE length({0}) WHEN 10 THEN {0} WHEN 0 THEN NULL ELSE _cast({1}, {0}) END",
    Kind.DATETIME: "CASE WHEN substr({0}, 24) = 'Z' THEN {0} WHEN {0} = '' THEN NULL ELSE _cast({1}, {0}) END",
    Kind.TIME: "CASE WHEN {0} = '' THEN NULL WHEN {0} LIKE '__:__:__.___Z' THEN {0} ELSE _cast({1}, {0}) END",
    Kind.COMPOUND: "NULL",
}


def casts_in_sql(kinds: Sequence[Kind]) -> list[str]:
    """Give the SQL that types the numbered parameters (?1 and on) of one row of texts."""
    return [_IN_SQL[kind].format(f"?{place + 1}", place) for place, kind in enumerate(kinds)]


def cast_function(kinds: Sequence[Kind]) -> Callable[[int, str], Stored]:
    """Give the function `_cast(place, text)` for rows of these kinds."""
    casts = [stored_from_text(kind) for kind in kinds]
    return lambda place, text: casts[place](text)


def stored_from_text(kind: Kind) -> Callable[[str], Stored]:
    """Give what casts a CSV text of that kind to what its column holds. It raises ValueError for any other text."""
    if kind in (Kind.TEXT, Kind.ID):
        return lambda text: text or None
    return lambda text: to_stored(kind, from_text(kind, text))


def stored_from_json(kind: Kind) -> Callable[[object], Stored]:
    """Give what casts a REST JSON value of that kind to what its column holds. It raises ValueError for any other."""
    if kind in (Kind.TEXT, Kind.ID):
        return lambda plain: None if plain is None or plain == "" else str(plain)
    return lambda plain: to_stored(kind, from_plain(kind, plain))
