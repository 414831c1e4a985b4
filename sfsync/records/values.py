"""Values of fields, and the four forms they travel in: Python, REST JSON, Bulk CSV text, and the mirror's columns.

A value is `str`, `bool`, `int`, `Decimal`, `date`, `datetime` (aware, UTC), `time` or None. Salesforce keeps no empty
text: "" and None are one value, and None is the one used here. Numbers go as `Decimal` so that no digit is lost.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import Enum

Value = str | bool | int | Decimal | date | datetime | time | None
Plain = str | bool | int | float | None  # what JSON can hold
Stored = str | int | float | None  # what a column of the mirror can hold


class Kind(Enum):
    """What a field's values are, whatever its Salesforce type is called."""

    TEXT = "text"
    ID = "id"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    COMPOUND = "compound"  # address, location: read-only sums of other fields, never stored


_KINDS = {
    "id": Kind.ID,
    "reference": Kind.ID,
    "boolean": Kind.BOOLEAN,
    "int": Kind.INTEGER,
    "long": Kind.INTEGER,
    "double": Kind.NUMBER,
    "currency": Kind.NUMBER,
    "percent": Kind.NUMBER,
    "date": Kind.DATE,
    "datetime": Kind.DATETIME,
    "time": Kind.TIME,
    "address": Kind.COMPOUND,
    "location": Kind.COMPOUND,
    "complexvalue": Kind.COMPOUND,
}


def kind_of(salesforce_type: str) -> Kind:
    """Give the kind of a Salesforce field type; whatever is not a number, date or flag is text."""
    return _KINDS.get(salesforce_type, Kind.TEXT)


# --- text in (Bulk CSV, files, and the texts inside REST JSON) ---

_ZONE_WITHOUT_COLON = re.compile(r"([+-]\d{2})(\d{2})$")


_MOST_DIGITS = 1_000  # far beyond the 18 of the org: writing out 1e999999999 would take all memory
_BEYOND = 2**63  # what 64 bits no longer hold


def _boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in ("true", "1"):
        return True
    if lowered in ("false", "0"):
        return False
    raise ValueError(f"{text!r} is neither true nor false")


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a number")
    if abs(number.adjusted()) > _MOST_DIGITS:
        raise ValueError(f"{text!r} has more digits than any field holds")
    return number


def _integer(text: str) -> int:
    number = _number(text)
    if number != number.to_integral_value():
        raise ValueError(f"{text!r} is not a whole number")
    if not -_BEYOND <= number < _BEYOND:
        raise ValueError(f"{text!r} is more than a whole number can be")
    return int(number)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise ValueError(f"{text!r} is not a date: YYYY-MM-DD") from None


def _datetime(text: str) -> datetime:
    spelt = _ZONE_WITHOUT_COLON.sub(r"\1:\2", text.strip())
    try:
        instant = datetime.fromisoformat(spelt)
    except ValueError:
        raise ValueError(f"{text!r} is not a date and time: YYYY-MM-DDThh:mm:ss.000Z") from None
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} says no time zone: end it with Z or +hh:mm")
    return instant.astimezone(UTC)


def _time(text: str) -> time:
    try:
        read = time.fromisoformat(text.strip().removesuffix("Z"))
    except ValueError:
        read = None
    if read is None or read.tzinfo is not None:
        raise ValueError(f"{text!r} is not a time: hh:mm:ss.000Z")
    return read


_FROM_TEXT: dict[Kind, Callable[[str], Value]] = {
    Kind.TEXT: str,
    Kind.ID: str,
    Kind.BOOLEAN: _boolean,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.TIME: _time,
    Kind.COMPOUND: str,
}


def from_text(kind: Kind, text: str | None) -> Value:
    """Cast text, as Bulk CSV and files hold it, to a value; empty text is None.

    Raises ValueError, with words for a person, where the text is no value of that kind.
    """
    return None if text is None or text == "" else _FROM_TEXT[kind](text)


def from_plain(kind: Kind, plain: object) -> Value:
    """Cast a value out of JSON (a REST answer, a plan file, the journal).

    Raises ValueError where it is no value of that kind.
    """
    if plain is None or plain == "":
        return None
    if isinstance(plain, bool):
        return plain if kind is Kind.BOOLEAN else from_text(kind, str(plain).lower())
    if isinstance(plain, (int, float, Decimal)):
        return from_text(kind, repr(plain) if isinstance(plain, float) else str(plain))
    if isinstance(plain, str):
        return _FROM_TEXT[kind](plain)
    raise ValueError(f"{plain!r} is no value of kind {kind.value}")


# --- out ---


def datetime_text(instant: datetime) -> str:
    """Write an instant as Bulk CSV does: `2024-07-11T21:22:06.000Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def _number_text(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_plain(value: Value) -> Plain:
    """Give the JSON form. A number whose digits a float cannot carry goes as text."""
    if isinstance(value, Decimal):
        if value == value.to_integral_value() and abs(value) < 2**53:
            return int(value)
        as_float = float(value)
        return as_float if Decimal(repr(as_float)) == value else _number_text(value)
    if isinstance(value, datetime):
        return datetime_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value.isoformat(timespec='milliseconds')}Z"
    return None if value == "" else value


def to_text(value: Value) -> str:
    """Give the text form, as a person or a CSV cell would have it; None is empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _number_text(value)
    return str(to_plain(value))


def to_stored(kind: Kind, value: Value) -> Stored:
    """Give what a column of the mirror holds: flags 0 or 1, a number in a form that keeps every digit, else text."""
    if value is None:
        return None
    if kind is Kind.BOOLEAN:
        return int(bool(value))
    if kind is Kind.NUMBER:
        return to_plain(Decimal(str(value)))
    if kind is Kind.INTEGER:
        return int(str(value))
    return to_text(value)


_STORED_AS_THEY_ARE = (Kind.TEXT, Kind.ID)


def from_stored(kind: Kind, stored: Stored) -> Value:
    """Give the value a column of the mirror stands for."""
    if stored is None or (isinstance(stored, str) and kind in _STORED_AS_THEY_ARE):
        return stored
    return bool(stored) if kind is Kind.BOOLEAN else from_plain(kind, stored)


def as_kept(salesforce_type: str, value: Value) -> Value:
    """Give a value as Salesforce keeps it: text trimmed, empty text null, e-mails in lower case, whole seconds.

    Lower-casing of e-mail fields and seconds without a fraction are seen in recorded exchanges with real orgs.
    """
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    if not isinstance(value, str):
        return value
    kept = value.strip()
    return (kept.lower() if salesforce_type == "email" else kept) or None


def same(left: Value, right: Value) -> bool:
    """Tell whether two values are one to Salesforce: numbers by amount, empty text as null."""
    if left == "":
        left = None
    if right == "":
        right = None
    if isinstance(left, bool) or isinstance(right, bool):
        return bool(left) == bool(right)
    return left == right
