"""Text: its parts, its case, its patterns."""

from sfsync.formula.expression import Expr
from sfsync.formula.functions.table import (
    CHOICES,
    DATES,
    NUMBER,
    TEXT,
    TIME,
    Blank,
    Function,
    Parameter,
    Site,
    own,
    strict,
)
from sfsync.formula.numbers import plain
from sfsync.formula.types import Type


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


_SEARCH = (Parameter("text", TEXT), Parameter("compare_text", TEXT))
_CASED = (Parameter("text", TEXT), Parameter("locale", TEXT, optional=True))

TEXTS: tuple[Function, ...] = (
    Function(
        "CONTAINS",
        _SEARCH,
        "Boolean",
        Blank.OWN,
        "TRUE when the second text is in the first, letter for letter. A blank second text is in every text.",
        own(Type.BOOLEAN, _contains),
    ),
    Function(
        "BEGINS",
        _SEARCH,
        "Boolean",
        Blank.OWN,
        "TRUE when the first text starts with the second, letter for letter. Every text starts with a blank.",
        own(Type.BOOLEAN, _begins),
    ),
    Function("LOWER", _CASED, "Text", Blank.BLANK, "The text in small letters.", strict(Type.TEXT, str.lower)),
    Function("UPPER", _CASED, "Text", Blank.BLANK, "The text in capitals.", strict(Type.TEXT, str.upper)),
    Function(
        "TEXT",
        (Parameter("value", NUMBER | DATES | TIME | CHOICES),),
        "Text",
        Blank.BLANK,
        "The value as text: numbers plain, dates as YYYY-MM-DD, times in GMT, picklists by API name.",
        _text,
    ),
)
