"""Reads the facts about sObjects that lie beside this file.

The files hold only what differs from the defaults of a field's type (`_TYPE_FLAGS`); `"not"` takes flags away and
`"also"` adds some, both by the attribute names of `Field`. A string among the fields names a shared group of
shared.json, and `{"address": "Billing"}` stands for the nine fields of one compound address.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, TypeAlias

from sfsync.localorg.objects.derived import rows_of
from sfsync.localorg.sobject import ChildRelationship, Field, PicklistValue, Rollup, SObject

Facts: TypeAlias = Mapping[str, object]

LONG_TEXT_OVER = 255  # characters: a longer textarea can be neither filtered, sorted nor grouped

_WRITE = "createable updateable nillable permissionable"
_FIND = "filterable sortable groupable aggregatable"
_TYPE_FLAGS = {
    "id": f"{_FIND} defaulted_on_create id_lookup",
    "boolean": "createable updateable defaulted_on_create filterable sortable groupable permissionable",
    "double": f"{_WRITE} filterable sortable aggregatable",
    "currency": f"{_WRITE} filterable sortable aggregatable",
    "percent": f"{_WRITE} filterable sortable aggregatable",
    "datetime": f"{_WRITE} filterable sortable aggregatable",
    "multipicklist": f"{_WRITE} filterable",
    "address": "nillable filterable permissionable query_by_distance",
    "long textarea": _WRITE,
}
_OTHER_TYPES = f"{_WRITE} {_FIND}"
_ADDRESS_PARTS = (
    ("Street", "Street", "textarea", 255),
    ("City", "City", "string", 40),
    ("State", "State/Province", "string", 80),
    ("PostalCode", "Zip/Postal Code", "string", 20),
    ("Country", "Country", "string", 80),
)


def make_field(facts: Facts, value_sets: Mapping[str, list[str]] | None = None) -> Field:
    """Make a field from facts in the form of the JSON files."""
    kind, length = str(facts["type"]), int(str(facts.get("length", 0)))
    long_text = kind == "textarea" and length > LONG_TEXT_OVER
    flags = set((_TYPE_FLAGS.get("long textarea" if long_text else kind, _OTHER_TYPES)).split())
    flags |= set(str(facts.get("also", "")).split())
    flags -= set(str(facts.get("not", "")).split())
    rollup = _rollup(facts.get("rollup"))
    if "formula" in facts or rollup is not None:
        flags = flags - {"createable", "updateable"} | {"calculated", "nillable"}
    if "auto_number" in facts:
        flags = flags - {"createable", "updateable", "nillable"} | {"defaulted_on_create"}
    name = str(facts["name"])
    made = Field(
        name=name,
        label=str(facts.get("label", name)),
        type=kind,
        length=18 if kind in ("id", "reference") else length,
        precision=int(str(facts.get("precision", 0))),
        scale=int(str(facts.get("scale", 0))),
        digits=int(str(facts.get("digits", 0))),
        picklist=_picklist(facts, value_sets or {}),
        reference_to=_strings(facts.get("to")),
        relationship_name=_text(facts.get("relationship")),
        children=_text(facts.get("children")),
        on_parent_delete=str(facts.get("on_parent_delete", "clear")),
        compound=_text(facts.get("compound")),
        extra=_text(facts.get("extra")),
        default_value=_default(facts, kind),
        help=_text(facts.get("help")),
        formula=_text(facts.get("formula")),
        blanks=str(facts.get("blanks", "zeroes")),
        rollup=rollup,
        default_formula=_text(facts.get("default_formula")),
        auto_number=_text(facts.get("auto_number")),
        custom=name.endswith(("__c", "__pc")),
    )
    return replace(made, **_flags(flags))


def _rollup(facts: object) -> Rollup | None:
    """Read `{"child", "reference", "operation"[, "field", "filters": [[field, operation, value], ...]]}`."""
    if not isinstance(facts, dict):
        return None
    filters = tuple((str(name), str(operation), str(value)) for name, operation, value in facts.get("filters", []))
    child, reference, operation = (str(facts[key]) for key in ("child", "reference", "operation"))
    return Rollup(child, reference, operation, _text(facts.get("field")), filters)


def _flags(names: Iterable[str]) -> dict[str, Any]:
    return dict.fromkeys(names, True)


def _default(facts: Facts, kind: str) -> str | bool | None:
    default = facts.get("default", False if kind == "boolean" else None)
    return default if isinstance(default, bool) else _text(default)


def _picklist(facts: Facts, value_sets: Mapping[str, list[str]]) -> tuple[PicklistValue, ...]:
    listed = facts.get("values", [])
    values = value_sets[listed] if isinstance(listed, str) else listed
    if not isinstance(values, list):
        raise TypeError(f"{facts['name']}: values must be a list or the name of a shared one")
    pairs = [(one, one) if isinstance(one, str) else (str(one[0]), str(one[1])) for one in values]
    return tuple(PicklistValue(value, label, value == facts.get("default")) for value, label in pairs)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _strings(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _address(prefix: str, label: str, lacks: str) -> Iterator[Facts]:
    """Give the facts of the parts of one compound address, then of the compound itself."""
    compound = f"{prefix}Address"
    shared = {"compound": compound, "not": lacks}
    for part, words, kind, length in _ADDRESS_PARTS:
        extra = {"extra": "plaintextarea"} if kind == "textarea" else {}
        yield {"name": prefix + part, "label": label + words, "type": kind, "length": length, **extra, **shared}
    for part in ("Latitude", "Longitude"):
        yield {"name": prefix + part, "label": label + part, "type": "double", "precision": 18, "scale": 15, **shared}
    accuracy = {"name": f"{prefix}GeocodeAccuracy", "label": f"{label}Geocode Accuracy", "type": "picklist"}
    yield {**accuracy, "length": 40, "values": "geocode accuracy", "also": "restricted", **shared}
    yield {"name": compound, "label": f"{label}Address", "type": "address", "not": lacks}


@dataclass(frozen=True, slots=True)
class _Shared:
    """What objects/shared.json holds: value sets by name, groups of fields by name."""

    values: Mapping[str, list[str]]
    groups: Mapping[str, list[Facts]]

    def expand(self, entries: list[str | Facts]) -> Iterator[Facts]:
        """Give the facts of each field that a list of entries stands for."""
        for entry in entries:
            if isinstance(entry, str):
                yield from self.groups[entry]
            elif "address" in entry:
                yield from _address(str(entry["address"]), str(entry.get("label", "")), str(entry.get("not", "")))
            else:
                yield entry


@cache
def shipped(without: frozenset[str]) -> Mapping[str, SObject]:
    """Give the sObjects of objects/*.json by their lower-case names, but for those named."""
    return MappingProxyType(with_children({name: one for name, one in _read().items() if name not in without}))


@cache
def _read() -> Mapping[str, SObject]:
    folder = resources.files(__package__)
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".json")), key=lambda one: one.name)
    read = {one.name.removesuffix(".json"): json.loads(one.read_text("utf-8")) for one in files}
    shared = _Shared(read["shared"]["values"], read["shared"]["groups"])
    return {name.lower(): _sobject(facts, shared) for name, facts in read.items() if name != "shared"}


def _sobject(facts: Mapping[str, object], shared: _Shared) -> SObject:
    entries = facts["fields"]
    assert isinstance(entries, list)
    made = [make_field(one, shared.values) for one in shared.expand(entries)]
    scopes = facts.get("scopes", {"everything": "All"})
    assert isinstance(scopes, dict)
    bare = SObject(
        name=str(facts["name"]),
        label=str(facts["label"]),
        label_plural=str(facts["label_plural"]),
        key_prefix=_text(facts["key_prefix"]),
        fields=MappingProxyType({one.name.lower(): one for one in made}),
        scopes=tuple((str(name), str(label)) for name, label in scopes.items()),
        needs=str(facts.get("needs", "")),
    )
    bare = replace(bare, rows=rows_of(bare.name, bare.key_prefix, bare.fields.values()))
    bare = replace(bare, replicateable="systemmodstamp" in bare.fields)  # histories and shares have none
    return replace(bare, **_flags(str(facts.get("is", "")).split()))


def with_children(sobjects: Mapping[str, SObject]) -> dict[str, SObject]:
    """Give the sObjects with the child relationships that the reference fields of all of them make."""
    children: dict[str, list[ChildRelationship]] = {name: [] for name in sobjects}
    for child in sorted(sobjects.values(), key=lambda one: one.name):
        for reference in child.fields.values():
            for parent in () if reference.name == "MasterRecordId" else reference.reference_to:  # no child of a merge
                if parent.lower() in children:
                    children[parent.lower()].append(_child(child, reference))
    return {name: replace(one, children=tuple(children[name])) for name, one in sobjects.items()}


def _child(child: SObject, reference: Field) -> ChildRelationship:
    fate = reference.on_parent_delete
    return ChildRelationship(child.name, reference.name, reference.children, fate == "cascade", fate == "restrict")
