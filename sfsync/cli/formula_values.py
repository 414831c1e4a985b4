"""Values of formulas as text: as they are typed on a command line, kept in case files, and printed."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation

from sfsync.formula import FieldType, Type, Value

VTYPES: dict[Type, str] = {
    Type.NUMBER: "number",
    Type.TEXT: "text",
    Type.BOOLEAN: "boolean",
    Type.DATE: "date",
    Type.DATETIME: "datetime",
    Type.TIME: "time",
}

_GUESSES: tuple[tuple[str, str], ...] = (
    (r"[+-]?\d+(\.\d+)?", "number"),
    (r"(?i:true|false)", "boolean"),
    (r"\d{4}-\d\d-\d\d", "date"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*", "datetime"),
    (r"\d\d:\d\d(:\d\d(\.\d{1,3})?)?", "time"),
)


def guessed_type(text: str) -> FieldType:
    """Guess the type of a value by its looks: number, true or false, date, date and time, time, else text."""
    return FieldType.of(next((name for pattern, name in _GUESSES if re.fullmatch(pattern, text)), "text"))


def from_text(kind: FieldType, value: object) -> Value:
    """Read a value of a type out of text; None and "" are blank. Raises ValueError where the text is no such value."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) and kind.type is Type.BOOLEAN:
        return value
    text = str(value)
    match kind.type:
        case Type.NUMBER:
            return _number(text)
        case Type.BOOLEAN:
            return _boolean(text)
        case Type.DATE:
            return date.fromisoformat(text[:10])
        case Type.DATETIME:
            instant = datetime.fromisoformat(text)
            return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
        case Type.TIME:
            return time.fromisoformat(text.removesuffix("Z"))
        case _:
            return text


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def vtype(value: Value) -> str:
    """Name the type of a result."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case Decimal():
            return "number"
        case datetime():
            return "datetime"
        case date():
            return "date"
        case time():
            return "time"
        case _:
            return "text"


def to_plain(value: Value) -> str | bool | None:
    """Give a result as JSON holds it: numbers as plain decimal text, points in time in UTC with milliseconds and Z."""
    match value:
        case Decimal():
            return f"{value:f}" if value else f"{abs(value):f}"
        case datetime():
            return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1_000:03d}Z"
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("milliseconds")
        case _:
            return value
