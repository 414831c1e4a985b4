"""Casting what the org sends to what the mirror's columns hold: from REST JSON, from CSV text, and from text in SQL.

The three agree: a value looks the same in the mirror whichever way it came.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sfsync.errors import IncompleteAnswer
from sfsync.mirror.layout import Layout
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


def cast_function(layout: Layout) -> Callable[[int, str], Stored]:
    """Give the function `_cast(place, text)` for rows of this layout."""
    casts = [_from_text(kind) for kind in layout.kinds]
    return lambda place, text: casts[place](text)


def text_caster(layout: Layout) -> Callable[[Sequence[str]], list[Stored]]:
    """Give what casts a row of CSV texts to what its columns hold; it raises IncompleteAnswer as `json_caster`'s."""
    return _row_caster(layout, [_from_text(kind) for kind in layout.kinds])


def json_caster(layout: Layout) -> Callable[[Sequence[object]], list[Stored]]:
    """Give what casts a row of REST JSON values to what its columns hold.

    It raises IncompleteAnswer, naming record and field, where a value is not of its field's kind.
    """
    return _row_caster(layout, [_from_json(kind) for kind in layout.kinds])


def _row_caster(layout: Layout, casts: Sequence[Callable[[Any], Stored]]) -> Callable[[Sequence[Any]], list[Stored]]:
    def cast_row(row: Sequence[Any]) -> list[Stored]:
        try:
            return [cast(value) for cast, value in zip(casts, row, strict=True)]
        except ValueError as error:
            raise _not_believed(layout, casts, row, error) from None

    return cast_row


def _not_believed(
    layout: Layout, casts: Sequence[Callable[[Any], Stored]], row: Sequence[Any], error: ValueError
) -> IncompleteAnswer:
    """Say which value of a row cannot be what the org meant."""
    named = f"{layout.sobject}/{dict(zip(layout.names, row, strict=False)).get('Id')}"
    for name, cast, value in zip(layout.names, casts, row, strict=False):
        try:
            cast(value)
        except ValueError as mistake:
            return IncompleteAnswer(f"the org's answer for {named}.{name} makes no sense: {mistake}")
    return IncompleteAnswer(f"the org's answer for {named} has {len(row)} values for {len(casts)} fields: {error}")


def _from_text(kind: Kind) -> Callable[[str], Stored]:
    if kind in (Kind.TEXT, Kind.ID):
        return lambda text: text or None
    if kind is Kind.DATETIME:
        return lambda text: text if text[23:] == "Z" else to_stored(kind, from_text(kind, text))
    if kind is Kind.BOOLEAN:
        return lambda text: _FLAGS[text] if text in _FLAGS else to_stored(kind, from_text(kind, text))
    return lambda text: None if text == "" else to_stored(kind, from_text(kind, text))


def _from_json(kind: Kind) -> Callable[[object], Stored]:
    if kind in (Kind.TEXT, Kind.ID):
        return lambda plain: None if plain is None or plain == "" else str(plain)
    if kind is Kind.BOOLEAN:
        return lambda plain: int(plain) if isinstance(plain, bool) else to_stored(kind, from_plain(kind, plain))
    return lambda plain: None if plain is None else to_stored(kind, from_plain(kind, plain))


_FLAGS = {"true": 1, "false": 0, "": None}
