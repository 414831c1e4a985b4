"""Text: its parts, its case, its patterns."""

import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sfsync.formula import letters, units
from sfsync.formula.expression import Expr
from sfsync.formula.functions.table import (
    DATES_AND_TIMES,
    NUMBER,
    SINGLE,
    TEXT,
    TIME,
    Blank,
    Build,
    Function,
    Parameter,
    Site,
    own,
    strict,
)
from sfsync.formula.numbers import ZERO, integer, plain
from sfsync.formula.operators import MAX_TEXT
from sfsync.formula.problems import EvaluationFailed, too_big
from sfsync.formula.types import Type


def _contains_text(site: Site) -> Expr:
    """Compile CONTAINS; a part in quotes is looked for without more ado."""
    part = site.arguments[1]
    if not part.is_literal or part.constant is None:
        return own(Type.BOOLEAN, _contains)(site)
    one, literal = site.arguments[0].run, part.constant

    def run(record: Any, context: Any) -> bool | None:
        text: Any = one(record, context)
        return None if text is None else literal in text

    return site.result(Type.BOOLEAN, run)


def _contains(text: str | None, part: str | None) -> bool | None:
    if part is None:
        return True
    return None if text is None else part in text


def _begins(text: str | None, part: str | None) -> bool | None:
    if part is None:
        return True
    return None if text is None else text.startswith(part)


def _text(site: Site) -> Expr:
    """Compile TEXT by the type of its argument."""
    argument = site.arguments[0]
    match argument.type:
        case Type.NUMBER | Type.NULL:
            return strict(Type.TEXT, plain)(site)
        case Type.DATE:
            return strict(Type.TEXT, lambda day: day.isoformat())(site)
        case Type.DATETIME:
            return strict(Type.TEXT, lambda instant: f"{instant:%Y-%m-%d %H:%M:%S}Z")(site)
        case Type.TIME:
            return strict(Type.TEXT, lambda moment: moment.isoformat("milliseconds"))(site)
        case _:
            return site.result(Type.TEXT, argument.run)


def _left(text: str, count: Decimal) -> str | None:
    return units.cut(text, 0, integer(count))


def _right(text: str, count: Decimal) -> str | None:
    length = units.length(text)
    return units.cut(text, max(length - max(integer(count), 0), 0), length)


def _mid(text: str, start: Decimal, count: Decimal) -> str | None:
    if count <= 0 or start > units.length(text):
        return None
    first = max(integer(start), 1) - 1
    return units.cut(text, first, first + integer(count))


def _substring(text: str, start: Decimal, count: Decimal | None = None) -> str | None:
    length = units.length(text)
    if abs(start) > length or (count is not None and count <= 0):
        return None
    first = integer(start) - 1 if start >= 1 else 0 if start >= 0 else length + integer(start)
    return units.cut(text, first, length if count is None else first + integer(count))


def _find(needle: str | None, text: str | None, start: Decimal | None = ZERO) -> Decimal:
    if start is None:
        raise EvaluationFailed("FIND needs a place to start from")
    if needle is None or text is None:
        return ZERO
    return Decimal(units.find(needle, text, max(integer(start) - 1, 0)) + 1)


def _substitute(text: str | None, old: str | None, new: str | None) -> str | None:
    if text is None or old is None:
        return None
    if len(text) + text.count(old) * len(new or "") > MAX_TEXT:
        raise too_big("The text")
    return text.replace(old, new or "") or None


def _pad(text: str, count: Decimal, padding: str) -> tuple[str, str | None]:
    """Give the padding that brings a text to a length, and the text where it is cut instead."""
    wanted, length = integer(count), units.length(text)
    if wanted <= length:
        return "", units.cut(text, 0, wanted)
    if wanted > MAX_TEXT:
        raise too_big("The text")
    missing = wanted - length
    filled = padding * (missing // units.length(padding) + 1)
    return units.cut(filled, 0, missing) or "", text


def _lpad(text: str | None, count: Decimal | None, padding: str | None = " ") -> str | None:
    if text is None or count is None:
        return None
    filled, kept = _pad(text, count, _padding(padding))
    return None if kept is None else filled + kept


def _rpad(text: str | None, count: Decimal | None, padding: str | None = " ") -> str | None:
    if text is None or count is None:
        return None
    filled, kept = _pad(text, count, _padding(padding))
    return None if kept is None else kept + filled


def _padding(padding: str | None) -> str:
    return "null" if padding is None else padding  # as Java appends a blank


def _cased(plainly: Callable[[str], str], in_locale: Callable[..., str | None]) -> Build:
    """Make the builder of LOWER or UPPER: Python's own, but for a locale that is named."""
    return lambda site: (strict(Type.TEXT, plainly) if len(site.arguments) == 1 else own(Type.TEXT, in_locale))(site)


def _chr(number: Decimal) -> str | None:
    code = integer(number)
    return chr(code) if 0 < code <= sys.maxunicode else None


_SEARCH = (Parameter("text", TEXT), Parameter("compare_text", TEXT))
_CASED = (Parameter("text", TEXT), Parameter("locale", TEXT, optional=True))
_ONE_TEXT = (Parameter("text", TEXT),)
_COUNTED = (Parameter("text", TEXT), Parameter("num_chars", NUMBER))
_PADDED = (Parameter("text", TEXT), Parameter("padded_length", NUMBER), Parameter("pad_string", TEXT, optional=True))

TEXTS: tuple[Function, ...] = (
    Function(
        "CONTAINS",
        _SEARCH,
        "Boolean",
        Blank.OWN,
        "TRUE when the second text is in the first, letter for letter. A blank second text is in every text.",
        _contains_text,
    ),
    Function(
        "BEGINS",
        _SEARCH,
        "Boolean",
        Blank.OWN,
        "TRUE when the first text starts with the second, letter for letter. Every text starts with a blank.",
        own(Type.BOOLEAN, _begins),
    ),
    Function(
        "FIND",
        (Parameter("search_text", TEXT), Parameter("text", TEXT), Parameter("start_num", NUMBER, optional=True)),
        "Number",
        Blank.NEVER,
        "The place of the first text in the second, from 1 on; 0 where it is not there or either is blank.",
        own(Type.NUMBER, _find),
    ),
    Function(
        "LEFT",
        _COUNTED,
        "Text",
        Blank.BLANK,
        "The first characters of the text; blank for none.",
        strict(Type.TEXT, _left),
    ),
    Function(
        "RIGHT",
        _COUNTED,
        "Text",
        Blank.BLANK,
        "The last characters of the text; blank for none.",
        strict(Type.TEXT, _right),
    ),
    Function(
        "MID",
        (Parameter("text", TEXT), Parameter("start_num", NUMBER), Parameter("num_chars", NUMBER)),
        "Text",
        Blank.BLANK,
        "Characters out of the middle of the text; blank for none.",
        strict(Type.TEXT, _mid),
    ),
    Function(
        "SUBSTR",
        (Parameter("text", TEXT), Parameter("start", NUMBER), Parameter("length", NUMBER, optional=True)),
        "Text",
        Blank.BLANK,
        "Characters from a place on; a negative place counts from the end, and past either end there is nothing.",
        strict(Type.TEXT, _substring),
    ),
    Function(
        "LEN",
        _ONE_TEXT,
        "Number",
        Blank.NEVER,
        "The length of the text in UTF-16 units; 0 for blank.",
        own(Type.NUMBER, lambda text: Decimal(units.length(text)) if text else ZERO),
    ),
    Function("LOWER", _CASED, "Text", Blank.BLANK, "The text in small letters.", _cased(str.lower, letters.lower)),
    Function("UPPER", _CASED, "Text", Blank.BLANK, "The text in capitals.", _cased(str.upper, letters.upper)),
    Function(
        "INITCAP",
        _ONE_TEXT,
        "Text",
        Blank.BLANK,
        "The first letter of each word as a capital, the others small.",
        strict(Type.TEXT, letters.initial_capitals),
    ),
    Function(
        "TRIM",
        _ONE_TEXT,
        "Text",
        Blank.BLANK,
        "The text without spaces at its ends; tabs and line ends stay.",
        strict(Type.TEXT, lambda text: text.strip(" ") or None),
    ),
    Function(
        "LPAD",
        _PADDED,
        "Text",
        Blank.BLANK,
        "The text filled up on its left, or cut after so many characters. Padding is a space where none is given.",
        own(Type.TEXT, _lpad),
    ),
    Function(
        "RPAD",
        _PADDED,
        "Text",
        Blank.BLANK,
        "The text filled up on its right, or cut after so many characters. Padding is a space where none is given.",
        own(Type.TEXT, _rpad),
    ),
    Function(
        "SUBSTITUTE",
        (Parameter("text", TEXT), Parameter("old_text", TEXT), Parameter("new_text", TEXT)),
        "Text",
        Blank.OWN,
        "The text with every old part replaced by the new. Blank where text or old part is; a blank new part removes.",
        own(Type.TEXT, _substitute),
    ),
    Function(
        "REVERSE", _ONE_TEXT, "Text", Blank.BLANK, "The text backwards.", strict(Type.TEXT, lambda text: text[::-1])
    ),
    Function(
        "ASCII",
        _ONE_TEXT,
        "Number",
        Blank.BLANK,
        "The code point of the first character.",
        strict(Type.NUMBER, lambda text: Decimal(ord(text[0]))),
    ),
    Function(
        "CHR",
        (Parameter("number", NUMBER),),
        "Text",
        Blank.BLANK,
        "The character of a code point; blank where there is none.",
        strict(Type.TEXT, _chr),
    ),
    Function(
        "TEXT",
        (Parameter("value", NUMBER | DATES_AND_TIMES | TIME | SINGLE),),
        "Text",
        Blank.BLANK,
        "The value as text: numbers plain, dates as YYYY-MM-DD, times in GMT, picklists by API name.",
        _text,
    ),
)
