"""What an org says of its sObjects and fields, as far as the program needs it: describe answers as types."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sfsync.records.values import Kind, Value, as_kept, kind_of


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an sObject."""

    name: str  # API name, Salesforce's spelling
    label: str
    type: str  # Salesforce's word: string, picklist, reference ...
    length: int  # characters; 0 where it does not apply
    precision: int  # digits in all, numbers only
    scale: int  # digits after the point
    nillable: bool
    createable: bool
    updateable: bool
    defaulted: bool  # the org gives a value on create where none is sent
    unique: bool
    case_sensitive: bool
    external_id: bool
    id_lookup: bool
    filterable: bool
    calculated: bool
    restricted: bool  # a picklist that takes only its own values
    picklist: tuple[str, ...]  # API values that are active
    reference_to: tuple[str, ...]  # sObjects a reference may point to
    relationship: str | None  # the name of the parent path: Owner for OwnerId
    formula: str = ""  # what a formula field is worked out by, where the org tells
    blanks_as_zeroes: bool = False  # how that formula takes blank numbers

    @property
    def kind(self) -> Kind:
        """What its values are."""
        return kind_of(self.type)

    @property
    def required(self) -> bool:
        """Whether a create without it is refused: the rule public clients use, true of recorded describes."""
        return self.createable and not self.nillable and not self.defaulted and self.type != "boolean"

    def kept(self, value: Value) -> Value:
        """Give a value as Salesforce keeps it in this field.

        A value of a picklist is spelt as its list does, case plays no part (documented: help, picklist fields are not
        case sensitive); several values stand in the order of the list.
        """
        kept = as_kept(self.type, value)
        if not self.picklist or not isinstance(kept, str) or kept in self.picklist:
            return kept
        listed = {one.lower(): one for one in self.picklist}
        if self.type != "multipicklist":
            return listed.get(kept.lower(), kept)
        chosen = dict.fromkeys(listed.get(one.lower(), one) for part in kept.split(";") if (one := part.strip()))
        places = {one: place for place, one in enumerate(self.picklist)}
        return ";".join(sorted(chosen, key=lambda one: places.get(one, len(places)))) or None


@dataclass(frozen=True, slots=True)
class SObject:
    """One sObject with its fields, in describe order, by API name."""

    name: str
    label: str
    key_prefix: str | None
    createable: bool
    updateable: bool
    deletable: bool
    replicateable: bool  # getUpdated and getDeleted answer for it
    fields: Mapping[str, Field]

    @property
    def archives(self) -> bool:
        """Whether the org archives old records, tasks and events of over a year: then only queryAll shows them all."""
        return "IsArchived" in self.fields

    def find(self, name: str) -> Field | None:
        """Give the field of that name in any case, or None."""
        exact = self.fields.get(name)
        if exact is not None:
            return exact
        lowered = name.lower()
        return next((field for field in self.fields.values() if field.name.lower() == lowered), None)

    def closest(self, name: str) -> str | None:
        """Give the field name most like a misspelt one, or None where nothing is near."""
        by_lower = {known.lower(): known for known in self.fields}
        near = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
        return by_lower[near[0]] if near else None


@dataclass(frozen=True, slots=True)
class RecordTypes:
    """What of each picklist the record types of an sObject offer."""

    default: str | None  # id of the one that new records get which name none
    offers: Mapping[str, Mapping[str, frozenset[str]]]  # values by record type id (18 characters) and field


def sobject_from_describe(describe: Mapping[str, Any]) -> SObject:
    """Read a describe answer (`/sobjects/X/describe`, any API version)."""
    fields = [_field(entry) for entry in describe["fields"]]
    return SObject(
        name=describe["name"],
        label=describe.get("label") or describe["name"],
        key_prefix=describe.get("keyPrefix"),
        createable=bool(describe.get("createable")),
        updateable=bool(describe.get("updateable")),
        deletable=bool(describe.get("deletable")),
        replicateable=bool(describe.get("replicateable")),
        fields={field.name: field for field in fields},
    )


def _field(entry: Mapping[str, Any]) -> Field:
    return Field(
        name=entry["name"],
        label=entry.get("label") or entry["name"],
        type=entry["type"],
        length=entry.get("length") or 0,
        precision=entry.get("precision") or entry.get("digits") or 0,
        scale=entry.get("scale") or 0,
        nillable=bool(entry.get("nillable")),
        createable=bool(entry.get("createable")),
        updateable=bool(entry.get("updateable")),
        defaulted=bool(entry.get("defaultedOnCreate")),
        unique=bool(entry.get("unique")),
        case_sensitive=bool(entry.get("caseSensitive")),
        external_id=bool(entry.get("externalId")),
        id_lookup=bool(entry.get("idLookup")),
        filterable=bool(entry.get("filterable", True)),
        calculated=bool(entry.get("calculated")),
        restricted=bool(entry.get("restrictedPicklist")),
        picklist=tuple(choice["value"] for choice in entry.get("picklistValues") or () if choice.get("active", True)),
        reference_to=tuple(entry.get("referenceTo") or ()),
        relationship=entry.get("relationshipName"),
        formula=entry.get("calculatedFormula") or "",
        blanks_as_zeroes=bool(entry.get("formulaTreatNullNumberAsZero")),
    )
