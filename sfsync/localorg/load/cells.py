"""One cell of an export to what the org's column holds, or the reason why it cannot be kept."""

import re
from dataclasses import dataclass
from decimal import Decimal

from sfsync.localorg.sobject import NUMBERS, PICKLISTS, Field
from sfsync.localorg.values import Stored, WrongType, cast, complaint
from sfsync.records.ids import is_id, to_18

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_FRACTION = re.compile(r"\.\d*[1-9]\d*(?:Z|[+-]\d\d:?\d\d)?$")
_REASONS = {
    "STRING_TOO_LONG": "longer than the field",
    "INVALID_EMAIL_ADDRESS": "no e-mail address",
    "NUMBER_OUTSIDE_VALID_RANGE": "outside the field's range",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell comes to."""

    stored: Stored
    left_out: str = ""  # why the value is not kept
    changed: str = ""  # how the value differs from what was written


def read_cell(field: Field, text: str) -> Cell:
    """Read a cell as the field's type; a picklist takes any value, for unknown ones are added to it."""
    if field.type == "boolean":
        return _boolean(field, text)
    stripped = text.strip()
    if not stripped:
        return Cell(None)
    if field.type in ("id", "reference"):
        return Cell(to_18(stripped)) if is_id(stripped) else Cell(None, left_out="no record id")
    try:
        stored = cast(field, _instant(stripped) if field.type == "datetime" else text)
    except WrongType:
        return Cell(None, left_out=f"no {field.type}")
    refusal = complaint(field, stored)
    if refusal is not None and not (field.type in PICKLISTS and refusal.code.startswith("INVALID_OR_NULL")):
        return Cell(None, left_out=_REASONS.get(refusal.code, refusal.message))
    return Cell(stored, changed=_difference(field, stored, text, stripped))


def _boolean(field: Field, text: str) -> Cell:
    if not text.strip():
        return Cell(0)
    try:
        return Cell(cast(field, text))
    except WrongType:
        return Cell(0, left_out="no true or false")


def _instant(text: str) -> str:
    """Give a time in the form the org reads: exports write days, a blank for T, and a space before the zone too."""
    if _DAY.fullmatch(text):
        return f"{text}T00:00:00Z"
    if len(text) > 10 and text[10] == " ":
        text = f"{text[:10]}T{text[11:]}"
    return text.replace(" UTC", "Z").replace(" ", "")


def _difference(field: Field, stored: Stored, text: str, stripped: str) -> str:
    if isinstance(stored, int) and field.type in NUMBERS:
        exact = Decimal(stripped).scaleb(field.scale) == stored
        return "" if exact else f"rounded to {field.scale} places"
    if field.type == "datetime":
        return "cut to whole seconds" if _FRACTION.search(stripped) else ""
    if field.type == "date":
        return "" if stored == stripped or stripped[11:].startswith("00:00:00") else "cut to the day"
    if isinstance(stored, str) and stored != text:
        return "written in lower case" if stored == stripped.lower() != stripped else "outer blanks taken away"
    return ""
