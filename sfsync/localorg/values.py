"""Values on their way in (JSON or CSV to a column) and out (a column to JSON or CSV).

Three steps in: `cast` reads the type and normalises (text is trimmed, "" becomes null, e-mail goes to lower case),
`complaint` says what system validation has against the result, `to_stored` does both.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from sfsync.localorg.sobject import NUMBERS, TEXTS, Field, SObject
from sfsync.localorg.wire import Refusal
from sfsync.records.ids import to_18

Stored = str | int | None

ADDRESS_PARTS = (
    *("City", "Country", "CountryCode", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State", "StateCode"),
    "Street",
)
_MOST_DEGREES = {"Latitude": 90, "Longitude": 180}  # documented (help); the code of the refusal is assumed
FIRST_DAY, LAST_DAY = "1700-01-01", "4000-12-31"  # the days Salesforce can hold
EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\.]+(?:\.[^\s@<>,;:\"()\[\]\\.]+)+")
_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"false", "0"})
_ZONE_WITHOUT_COLON = re.compile(r"([+-]\d\d)(\d\d)$")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


class WrongType(ValueError):
    """The value cannot be read as the field's type."""

    def __init__(self, field: Field, value: object) -> None:
        super().__init__(f"{field.name}: {value!r}")
        self.field = field
        self.value = value


def to_stored(field: Field, value: object) -> Stored:
    """Turn a JSON or CSV value into what the column holds. Raises Refusal where Salesforce would refuse it."""
    try:
        stored = cast(field, value)
    except WrongType as error:
        raise parser_error(error) from None
    refusal = complaint(field, stored)
    if refusal is not None:
        raise refusal
    return stored


def cast(field: Field, value: object) -> Stored:
    """Read a JSON or CSV value as the field's type and normalise it. Raises WrongType."""
    if value is None:
        return 0 if field.type == "boolean" else None
    if field.type == "multipicklist":
        return _choices(field, value)
    if field.type in TEXTS:
        return _text(field, value)
    if isinstance(value, str) and not value.strip() and field.type != "boolean":
        return None
    return _READERS[field.type](field, value)


def complaint(field: Field, stored: Stored) -> Refusal | None:
    """Give what system validation has against a cast value, None where nothing."""
    if stored is None:
        return None
    if isinstance(stored, int):
        return _number_complaint(field, stored)
    if field.type in TEXTS:
        return _text_complaint(field, stored)
    if field.type in ("date", "datetime") and not FIRST_DAY <= stored[:10] <= LAST_DAY:
        return _invalid(field, "NUMBER_OUTSIDE_VALID_RANGE", f"invalid date: {stored}")
    return None


def parser_error(error: WrongType, place: str = "[line:1, column:1]") -> Refusal:
    """Give the refusal of a JSON value of the wrong type; `place` is where in the body it ends."""
    wanted = {"reference": "id", "currency": "double", "percent": "double"}.get(error.field.type, error.field.type)
    wanted = "string" if error.field.type in TEXTS else wanted
    shown = str(error.value).lower() if isinstance(error.value, bool) else str(error.value)
    found = _token(error.value)
    shown = {"START_OBJECT": "{", "START_ARRAY": "["}.get(found, shown)
    text = f"Cannot deserialize instance of {wanted} from {found} value {shown}"
    return Refusal(400, "JSON_PARSER_ERROR", f"{text} or request may be missing a required field at {place}")


def to_json(field: Field, stored: Stored) -> object:
    """Give a column's value as REST shows it: 12.0 for currency, double and percent, 12 for int.

    A number whose digits a float cannot carry is a Decimal.
    """
    if field.type == "boolean":
        return bool(stored)
    if isinstance(stored, int) and field.type in NUMBERS:
        shown, exact = stored / 10**field.scale, Decimal(plain(stored, field.scale))
        return shown if Decimal(repr(shown)) == exact else exact
    return stored


def to_csv(field: Field, stored: Stored) -> str:
    """Give a column's value as Bulk shows it; null is an empty cell, a time ends in Z."""
    if field.type == "boolean":
        return "true" if stored else "false"
    if stored is None:
        return ""
    if isinstance(stored, int):
        return plain(stored, field.scale) if field.type in NUMBERS else str(stored)
    return stored.replace("+0000", "Z") if field.type == "datetime" else stored


def plain(scaled: int, scale: int) -> str:
    """Write a scaled integer as a decimal number, with at least one digit after the point."""
    sign, digits = ("-" if scaled < 0 else ""), str(abs(scaled)).rjust(scale + 1, "0")
    whole, fraction = (digits[:-scale], digits[-scale:].rstrip("0")) if scale else (digits, "")
    return f"{sign}{whole}.{fraction or '0'}"


def address_json(sobject: SObject, compound: Field, row: Mapping[str, Stored]) -> dict[str, object] | None:
    """Give a compound address out of the columns of its parts, None where all of them are null."""
    prefix = compound.name.removesuffix("Address")
    parts: dict[str, object] = {}
    for part in ADDRESS_PARTS:
        field = sobject.fields.get((prefix + part).lower())
        if field is None:
            continue  # codes are there with state and country picklists only
        parts[part[0].lower() + part[1:]] = to_json(field, row[field.name])
    return parts if any(value is not None for value in parts.values()) else None


def stamp(moment: datetime) -> str:
    """Write a time as datetime columns hold it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def instant(written: str) -> datetime:
    """Read a time as datetime columns hold it."""
    return datetime.strptime(written, "%Y-%m-%dT%H:%M:%S.%f%z")


def _text(field: Field, value: object) -> str | None:
    if not isinstance(value, str):
        raise WrongType(field, value)
    text = value.strip()
    return (text.lower() if field.type == "email" else text) or None


def _choices(field: Field, value: object) -> str | None:
    """Read the values of a multi-select picklist, each once; those of the list stand in its order, others after."""
    text = _text(field, value) or ""
    chosen = dict.fromkeys(one for part in text.split(";") if (one := part.strip()))
    places = {one.value: place for place, one in enumerate(field.picklist)}
    return ";".join(sorted(chosen, key=lambda one: places.get(one, len(places)))) or None


def _boolean(field: Field, value: object) -> int:
    if isinstance(value, bool):
        return int(value)
    word = str(value).strip().lower()
    if not isinstance(value, str) or word not in _TRUE | _FALSE:
        raise WrongType(field, value)
    return int(word in _TRUE)


def _decimal(field: Field, value: object) -> Decimal:
    """Read a number; JSON numbers come as int or Decimal, so that no digit is lost."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise WrongType(field, value)
    try:
        number = Decimal(value.strip() if isinstance(value, str) else str(value))
    except InvalidOperation:
        raise WrongType(field, value) from None
    if not number.is_finite() or number.adjusted() > 60:
        raise WrongType(field, value)
    return number


def _scaled(field: Field, value: object) -> int:
    number = _decimal(field, value)
    return int(number.scaleb(field.scale).quantize(Decimal(1), ROUND_HALF_UP)) if number.adjusted() < 20 else _HUGE


def _int(field: Field, value: object) -> int:
    number = _decimal(field, value)
    if number != number.to_integral_value():
        raise WrongType(field, value)
    return int(number) if number.adjusted() < 18 else _HUGE


def _date(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise WrongType(field, value)
    text = value.strip()
    try:
        return date.fromisoformat(text[:10] if _TIME.match(text) else text).isoformat()
    except ValueError:
        raise WrongType(field, value) from None


def _datetime(field: Field, value: object) -> str:
    if not isinstance(value, str) or not _TIME.match(value.strip()):
        raise WrongType(field, value)
    text = _ZONE_WITHOUT_COLON.sub(r"\1:\2", value.strip())
    try:
        instant = datetime.fromisoformat(text)
        return stamp(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise WrongType(field, value) from None


def _id(field: Field, value: object) -> str:
    """Give the 18-character form; a malformed id passes as it is, for `complaint` and the saving code to refuse."""
    if not isinstance(value, str):
        raise WrongType(field, value)
    try:
        return to_18(value.strip())
    except ValueError:
        return value.strip()


_HUGE = 10**18  # outside every range, inside a column
_READERS: dict[str, Callable[[Field, object], Stored]] = {
    "boolean": _boolean,
    "int": _int,
    "double": _scaled,
    "currency": _scaled,
    "percent": _scaled,
    "date": _date,
    "datetime": _datetime,
    "id": _id,
    "reference": _id,
}


def _invalid(field: Field, code: str, text: str) -> Refusal:
    return Refusal(400, code, f"{field.label}: {text}", (field.name,))


def outside(field: Field, stored: int) -> Refusal:
    """Give the refusal of a number that a field does not take."""
    shown = plain(stored, field.scale) if field.type in NUMBERS else stored
    return _invalid(field, "NUMBER_OUTSIDE_VALID_RANGE", f"value outside of valid range on numeric field: {shown}")


def _number_complaint(field: Field, stored: int) -> Refusal | None:
    digits = field.precision if field.type in NUMBERS else field.digits
    beyond = bool(digits) and abs(stored) >= 10**digits
    if field.compound is not None:
        degrees = next((most for part, most in _MOST_DEGREES.items() if field.name.endswith(part)), None)
        beyond = beyond or (degrees is not None and abs(stored) > degrees * 10**field.scale)
    return outside(field, stored) if beyond and field.type != "boolean" else None


def _text_complaint(field: Field, stored: str) -> Refusal | None:
    if field.type == "email" and not EMAIL.fullmatch(stored):
        return _invalid(field, "INVALID_EMAIL_ADDRESS", f"invalid email address: {stored}")
    wrong = _unlisted(field, stored) if field.restricted else None
    if wrong is not None:
        bad = f"bad value for restricted picklist field: {wrong}"
        return _invalid(field, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", bad)
    if field.length and len(stored) > field.length:
        return _invalid(field, "STRING_TOO_LONG", f"data value too large: {stored} (max length={field.length})")
    return None


def _unlisted(field: Field, stored: str) -> str | None:
    """Give the first value that a restricted picklist does not list."""
    listed = {one.value for one in field.picklist if one.active}
    chosen = stored.split(";") if field.type == "multipicklist" else [stored]
    return next((one for one in chosen if one not in listed), None)


def _token(value: object) -> str:
    """Name a JSON value the way Salesforce's parser does."""
    if isinstance(value, bool):
        return "VALUE_TRUE" if value else "VALUE_FALSE"
    if isinstance(value, int):
        return "VALUE_NUMBER_INT"
    if isinstance(value, (float, Decimal)):
        return "VALUE_NUMBER_FLOAT"
    if isinstance(value, dict):
        return "START_OBJECT"
    return "START_ARRAY" if isinstance(value, list) else "VALUE_STRING"
