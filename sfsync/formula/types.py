"""The types of the formula language, and what a schema says of a field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Protocol, TypeAlias

Value: TypeAlias = str | Decimal | bool | date | datetime | time | None
"""What a formula works on: text, number, Boolean, date, date and time (aware, UTC), time of day, or blank."""

Record: TypeAlias = Mapping[str, object]
"""One record's values by the schema's field name; a name that is missing is blank."""


class Type(Enum):
    """The kind of a value at compile time; the text is Salesforce's word for it in messages."""

    TEXT = "Text"
    NUMBER = "Number"
    BOOLEAN = "Boolean"
    DATE = "Date"
    DATETIME = "DateTime"
    TIME = "Time"
    NULL = "Null"  # the literal NULL, and sums with it
    PICKLIST = "Picklist"
    MULTIPICKLIST = "Multi-Select Picklist"


PICKLISTS = frozenset({Type.PICKLIST, Type.MULTIPICKLIST})


@dataclass(frozen=True, slots=True)
class FieldType:
    """What the schema says of one field."""

    type: Type
    percent: bool = False  # values are as displayed (50 is 50 %); a formula sees 0.5
    scale: int | None = None  # digits behind the point of a number, where known
    formula: str | None = None  # the source of a formula field
    values: tuple[str, ...] | None = None  # API names of a picklist's values, where known
    zeroes: bool | None = None  # blank numbers count as 0 in that formula; None: as they do in the one that reads it

    @classmethod
    def of(cls, name: str, *, scale: int | None = None, formula: str | None = None) -> "FieldType":
        """Make the type from Salesforce's name for it, of Setup (`Text`, `Checkbox`) or of describe (`string`).

        Raises KeyError for a kind of field that formulas cannot read, as an address or a blob.
        """
        return cls(_NAMED[name.lower()], percent=name.lower() == "percent", scale=scale, formula=formula)


_NAMES_OF: dict[Type, tuple[str, ...]] = {
    Type.TEXT: (
        "text", "string", "textarea", "longtextarea", "html", "email", "phone", "url", "id", "reference", "lookup",
        "masterdetail", "hierarchy", "autonumber", "combobox", "encryptedstring", "encryptedtext", "anytype",
    ),
    Type.NUMBER: ("number", "double", "int", "integer", "long", "currency", "percent", "summary"),
    Type.BOOLEAN: ("boolean", "checkbox"),
    Type.DATE: ("date",),
    Type.DATETIME: ("datetime",),
    Type.TIME: ("time",),
    Type.PICKLIST: ("picklist",),
    Type.MULTIPICKLIST: ("multipicklist", "multiselectpicklist"),
}  # fmt: skip
_NAMED = {name: kind for kind, names in _NAMES_OF.items() for name in names}


class Fields(Protocol):
    """A schema that finds a field by the name an author wrote, in any case."""

    def find(self, name: str) -> tuple[str, FieldType] | None:
        """Give the field's own name and type, None where there is no such field."""


class FieldTable:
    """A schema out of a mapping from field name to type; names may also be written `Lead.Name` where it is of Lead."""

    def __init__(self, fields: Mapping[str, FieldType], sobject: str = "") -> None:
        self._fields = {name.lower(): (name, field) for name, field in fields.items()}
        self._prefix = f"{sobject.lower()}."

    def find(self, name: str) -> tuple[str, FieldType] | None:
        """Give the field's own name and type, None where there is no such field."""
        lowered = name.lower()
        return self._fields.get(lowered) or self._fields.get(lowered.removeprefix(self._prefix))


def as_fields(fields: "Mapping[str, FieldType] | Fields") -> Fields:
    """Take a plain mapping for a schema."""
    return FieldTable(fields) if isinstance(fields, Mapping) else fields
