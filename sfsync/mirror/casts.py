"""Casting what the org sends to what the mirror's columns hold: from REST JSON, from CSV text, and from text in SQL.

The three agree: a value looks the same in the mirror whichever way it came.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
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
    Kind.DATE: "CASE WHEN {0} = '' THEN NULL WHEN date({0}, '+0 days') IS {0} THEN {0} ELSE _cast({1}, {0}) END",
    Kind.DATETIME: "CASE WHEN substr({0}, 24) = 'Z' AND julianday({0}) THEN {0}"
    " WHEN {0} = '' THEN NULL ELSE _cast({1}, {0}) END",
    Kind.TIME: "CASE WHEN {0} = '' THEN NULL ELSE _cast({1}, {0}) END",
    Kind.COMPOUND: "NULL",
}


def cast_in_sql(kind: Kind, place: int, texts: Sequence[str]) -> str:
    """Give the SQL that types the texts of one column: a template with the text at `{}`, or a literal without one.

    The less there is to look at in each row, the faster it is; so what holds for all these texts is found out first.
    """
    simple = _SIMPLE.get(kind)
    return (simple(texts) if simple else None) or _IN_SQL[kind].format("{}", place)


def cast_of_column(kind: Kind, place: int, column: str) -> str:
    """Give the SQL that types a column of texts, whatever they hold."""
    return _IN_SQL[kind].format(column, place)


def _plain_text(texts: Sequence[str]) -> str | None:
    if all(texts):
        return "{}"
    return None if any(texts) else "NULL"


def _plain_flags(texts: Sequence[str]) -> str | None:
    true = texts.count("true")
    if true + texts.count("false") != len(texts):
        return None
    return "{} = 'true'" if true else "0"


def _plain_digits(texts: Sequence[str]) -> str | None:
    return _digits(texts, "".join(texts), "CAST({} AS INTEGER)", 18)


def _plain_numbers(texts: Sequence[str]) -> str | None:
    return _digits(texts, "".join(texts).replace(".", ""), "CAST({} AS NUMERIC)", 15)


def _digits(texts: Sequence[str], digits: str, cast: str, longest: int) -> str | None:
    if not digits:
        return None if any(texts) else "NULL"
    if not (digits.isascii() and digits.isdigit()) or max(map(len, texts)) > longest:
        return None
    return f"CASE WHEN {{}} <> '' THEN {cast} END" if "" in texts else cast


def _plain_dates(texts: Sequence[str]) -> str | None:
    if not any(texts):
        return "NULL"
    return "{}" if {*map(len, texts)} == {10} and _read(date.fromisoformat, {*texts}) else None


def _plain_instants(texts: Sequence[str]) -> str | None:
    joined = "".join(texts)
    if not joined:
        return "NULL"
    alike = len(joined) == 24 * len(texts) and joined[23::24].count("Z") == joined[10::24].count("T") == len(texts)
    return "{}" if alike and _read(datetime.fromisoformat, texts) else None


def _read(read: Callable[[str], object], texts: Iterable[str]) -> bool:
    """Tell whether every text can be read."""
    try:
        deque(map(read, texts), 0)
    except ValueError:
        return False
    return True


_SIMPLE: dict[Kind, Callable[[Sequence[str]], str | None]] = {
    Kind.TEXT: _plain_text,
    Kind.ID: _plain_text,
    Kind.BOOLEAN: _plain_flags,
    Kind.INTEGER: _plain_digits,
    Kind.NUMBER: _plain_numbers,
    Kind.DATE: _plain_dates,
    Kind.DATETIME: _plain_instants,
}


def cast_function(layout: Layout) -> Callable[[int, str], Stored]:
    """Give the function `_cast(place, text)` for rows of this layout."""
    casts = [_from_text(kind) for kind in layout.kinds]
    return lambda place, text: casts[place](text)


def text_caster(layout: Layout) -> Callable[[Sequence[str]], list[Stored]]:
    """Give what casts a row of CSV texts to what its columns hold; it raises IncompleteAnswer as `json_caster`'s."""
    casts = [_from_text(kind) for kind in layout.kinds]
    others = [(place, cast) for place, cast in enumerate(casts) if layout.kinds[place] not in _TEXTS]

    def cast_row(row: Sequence[str]) -> list[Stored]:
        try:
            values: list[Stored] = [text or None for text in row]  # all that most columns need
            for place, cast in others:
                values[place] = cast(row[place])
        except (ValueError, IndexError) as error:
            raise _not_believed(layout, casts, row, error) from None
        if len(values) != len(casts):
            raise _not_believed(layout, casts, row, "it is not of this layout")
        return values

    return cast_row


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
    layout: Layout, casts: Sequence[Callable[[Any], Stored]], row: Sequence[Any], error: object
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
    if kind in _TEXTS:
        return lambda text: text or None
    if kind is Kind.DATETIME:
        return _instant_from_text
    if kind is Kind.BOOLEAN:
        return lambda text: _FLAGS[text] if text in _FLAGS else to_stored(kind, from_text(kind, text))
    if kind in (Kind.NUMBER, Kind.INTEGER):
        return lambda text: _number(kind, text)
    return lambda text: None if text == "" else to_stored(kind, from_text(kind, text))


def _instant_from_text(text: str) -> Stored:
    """Cast what stands for itself, as it is; all other spellings have to be read."""
    instant = from_text(Kind.DATETIME, text)
    return text if text[23:] == "Z" and text[10] == "T" else to_stored(Kind.DATETIME, instant)


def _number(kind: Kind, text: str) -> Stored:
    whole = text.removesuffix(".0")  # as amounts without a fraction come
    if len(whole) <= _SAFE_DIGITS and whole.isdecimal() and whole.isascii():
        return int(whole)
    return None if text == "" else to_stored(kind, from_text(kind, text))


def _from_json(kind: Kind) -> Callable[[object], Stored]:
    if kind in (Kind.TEXT, Kind.ID):
        return lambda plain: None if plain is None or plain == "" else str(plain)
    if kind is Kind.BOOLEAN:
        return lambda plain: int(plain) if isinstance(plain, bool) else to_stored(kind, from_plain(kind, plain))
    if kind is Kind.DATETIME:
        return _instant_from_json
    return lambda plain: None if plain is None else to_stored(kind, from_plain(kind, plain))


def _instant_from_json(plain: object) -> Stored:
    """Cast what REST writes as `2026-11-24T12:30:45.000+0000`; all other spellings have to be read."""
    instant = from_plain(Kind.DATETIME, plain)
    if isinstance(plain, str) and plain[23:] == "+0000" and plain[10] == "T":
        return f"{plain[:23]}Z"
    return to_stored(Kind.DATETIME, instant)


_TEXTS = (Kind.TEXT, Kind.ID)
_SAFE_DIGITS = 15  # digits of a number that nothing cuts
_FLAGS = {"true": 1, "false": 0, "": None}
