"""Custom fields as the Metadata API writes them, and as the catalog keeps them.

Documented (Metadata API guide, CustomField): the types, and which properties each needs. Assumed: the words of
refusals, and that a field's type can be changed only between kinds of text (real orgs allow some more).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sfsync.localorg.catalog import Catalog
from sfsync.localorg.markup import Element
from sfsync.localorg.sobject import TEXTS, Field, SObject

Facts = dict[str, object]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*__c")
MOST_NAME = 43  # characters, with the __c
_FIXED_LENGTHS = {"Email": ("email", 80), "Phone": ("phone", 40), "Url": ("url", 255), "TextArea": ("textarea", 255)}
_LONG_TEXTS = {"LongTextArea": "plaintextarea", "Html": "richtextarea"}
_NUMBERS = {"Number": "double", "Currency": "currency", "Percent": "percent"}
_PICKLISTS = {"Picklist": ("picklist", 255), "MultiselectPicklist": ("multipicklist", 4099)}
_PLAIN = {"Checkbox": "boolean", "Date": "date", "DateTime": "datetime"}
_FORMULA_CHANGES = {True: "to a Formula from", False: "from a Formula to"}
_WRITTEN = {"string": "Text", "boolean": "Checkbox", "date": "Date", "datetime": "DateTime", "int": "Number"}


class FieldProblem(Exception):
    """The field cannot be as it is described; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class _Described:
    """One field as described, with the sObject it is to be on."""

    catalog: Catalog
    owner: SObject
    element: Element

    def value(self, name: str) -> str:
        return self.element.value(name)

    def number(self, name: str, least: int, most: int) -> int:
        """Read a whole number. Raises FieldProblem where it is none, or out of bounds."""
        text = self.value(name)
        if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or not least <= int(text) <= most:
            raise FieldProblem(f"{name} must be a whole number from {least} to {most}, not '{text}'")
        return int(text)


def facts_of(catalog: Catalog, owner: SObject, element: Element) -> Facts:
    """Read a description into facts in the form of objects/*.json. Raises FieldProblem."""
    name, kind = element.value("fullName"), element.value("type")
    if not _NAME.fullmatch(name) or len(name) > MOST_NAME:
        raise FieldProblem(f"'{name}' is no name a custom field can have")
    described = _Described(catalog, owner, element)
    facts: Facts = {"name": name, "label": element.value("label") or name.removesuffix("__c").replace("_", " ")}
    facts |= {"help": element.value("inlineHelpText")} if element.value("inlineHelpText") else {}
    reader = _READERS.get(kind)
    if reader is None:
        raise FieldProblem(f"Fields of the type '{kind}' are not supported here")
    facts |= reader(described)
    facts |= _flags(described)
    facts |= _formula(described, kind)
    _check_change(owner.known.get(name.lower()), str(facts["type"]), "formula" in facts)
    return facts


def _text(described: _Described) -> Facts:
    return {"type": "string", "length": described.number("length", 1, 255) if described.value("length") else 255}


def _fixed(described: _Described) -> Facts:
    kind, length = _FIXED_LENGTHS[described.value("type")]
    extra = {"extra": "plaintextarea"} if kind == "textarea" else {}
    return {"type": kind, "length": length, **extra}


def _long_text(described: _Described) -> Facts:
    extra = _LONG_TEXTS[described.value("type")]
    return {"type": "textarea", "length": described.number("length", 256, 131_072), "extra": extra}


def _number(described: _Described) -> Facts:
    precision, scale = described.number("precision", 1, 18), described.number("scale", 0, 17)
    if scale > precision:
        raise FieldProblem("scale cannot be greater than precision")
    return {"type": _NUMBERS[described.value("type")], "precision": precision, "scale": scale}


def _picklist(described: _Described) -> Facts:
    kind, length = _PICKLISTS[described.value("type")]
    value_set = described.element.child("valueSet")
    if value_set is not None and value_set.value("valueSetName"):
        raise FieldProblem(f"There is no global value set named {value_set.value('valueSetName')} here")
    listed = list(_values(described.element))
    if not listed:
        raise FieldProblem("Must specify either valueSetDefinition or valueSetName for a picklist")
    values = [[name, one.value("label") or name] for name, one in listed]
    chosen = next((name for name, one in listed if one.is_true("default")), None)
    facts: Facts = {"type": kind, "length": length, "values": values}
    return {**facts, "default": chosen} if chosen else facts


def _values(element: Element) -> Iterator[tuple[str, Element]]:
    """Give the values of a picklist by name, in today's form or the one before version 38."""
    definition = (element.child("valueSet") or element).child("valueSetDefinition")
    old = element.child("picklist")
    for one in definition.every("value") if definition else old.every("picklistValues") if old else ():
        yield one.value("fullName") or one.value("valueName"), one


def _reference(described: _Described) -> Facts:
    target = described.catalog.sobject(described.value("referenceTo"))
    if target is None:
        raise FieldProblem(
            f"referenceTo value of '{described.value('referenceTo')}' does not resolve to a valid sObject"
        )
    name = described.value("fullName").removesuffix("__c")
    children = described.value("relationshipName")
    cascades = described.value("type") == "MasterDetail" or described.value("deleteConstraint") == "Cascade"
    restricts = described.value("deleteConstraint") == "Restrict"
    facts: Facts = {"type": "reference", "to": [target.name], "relationship": f"{name}__r"}
    facts |= {"children": f"{children}__r"} if children else {}
    return {**facts, "on_parent_delete": "cascade" if cascades else "restrict" if restricts else "clear"}


def _summary(described: _Described) -> Facts:
    child_name, _, reference = described.value("summaryForeignKey").partition(".")
    child = described.catalog.sobject(child_name)
    if child is None or reference.lower() not in child.fields:
        raise FieldProblem(f"summaryForeignKey '{described.value('summaryForeignKey')}' is no reference of an sObject")
    operation = described.value("summaryOperation")
    rollup: Facts = {"child": child.name, "reference": child.fields[reference.lower()].name, "operation": operation}
    summed = child.fields.get(described.value("summarizedField").rpartition(".")[2].lower())
    if summed is None and operation != "count":
        raise FieldProblem(f"summarizedField '{described.value('summarizedField')}' is no field")
    if summed is not None:
        rollup["field"] = summed.name
    rollup["filters"] = [
        [one.value("field").rpartition(".")[2], one.value("operation"), one.value("value")]
        for one in described.element.every("summaryFilterItems")
    ]
    counted: Facts = {"type": "double", "precision": 18, "scale": 0}
    like = counted if summed is None else {"type": summed.type, "precision": summed.precision, "scale": summed.scale}
    return {**like, "rollup": rollup}


def _plain(described: _Described) -> Facts:
    return {"type": _PLAIN[described.value("type")]}


_READERS: Mapping[str, Callable[[_Described], Facts]] = {
    "Text": _text,
    "Lookup": _reference,
    "MasterDetail": _reference,
    "Summary": _summary,
    **dict.fromkeys(_FIXED_LENGTHS, _fixed),
    **dict.fromkeys(_LONG_TEXTS, _long_text),
    **dict.fromkeys(_NUMBERS, _number),
    **dict.fromkeys(_PICKLISTS, _picklist),
    **dict.fromkeys(_PLAIN, _plain),
}


def _flags(described: _Described) -> Facts:
    also, lacks = [], []
    if described.element.is_true("externalId"):
        also += ["external_id", "id_lookup"]
    for name, flag in (("unique", "unique"), ("caseSensitive", "case_sensitive")):
        also += [flag] if described.element.is_true(name) else []
    value_set = described.element.child("valueSet")
    if value_set is not None and value_set.is_true("restricted"):
        also.append("restricted")
    if described.element.is_true("required") or described.value("type") == "MasterDetail":
        lacks.append("nillable")
    facts: Facts = {"also": " ".join(also)} if also else {}
    return {**facts, "not": " ".join(lacks)} if lacks else facts


def _formula(described: _Described, kind: str) -> Facts:
    formula, default = described.value("formula"), described.value("defaultValue")
    if formula:
        blanks = "blanks" if described.value("formulaTreatBlanksAs") == "BlankAsBlank" else "zeroes"
        return {"formula": formula, "blanks": blanks}
    if not default:
        return {}
    return {"default": default.lower() == "true"} if kind == "Checkbox" else {"default_formula": default}


def _check_change(now: Field | None, kind: str, formula: bool) -> None:
    if now is not None and (now.formula is not None) != formula:
        raise FieldProblem(f"Cannot update a field {_FORMULA_CHANGES[formula]} something else")
    if now is not None and now.type != kind and not {now.type, kind} <= TEXTS:
        raise FieldProblem(f"Cannot change field type from {now.type} to {kind}")


def described_as(field: Field) -> dict[str, str]:
    """Give a field's properties as the Metadata API writes them, without picklist values."""
    kind = {value: key for key, value in _NUMBERS.items()}.get(field.type) or _kind(field)
    told = {"fullName": field.name, "externalId": str(field.external_id).lower(), "label": field.label}
    if kind in ("Text", *_LONG_TEXTS):
        told["length"] = str(field.length)
    if kind in _NUMBERS:
        told |= {"precision": str(field.precision or field.digits), "scale": str(field.scale)}
    if field.reference_to:
        told |= {"referenceTo": field.reference_to[0]}
        told |= {"relationshipName": field.children.removesuffix("__r")} if field.children else {}
    if field.formula:
        told |= {"formula": field.formula}
    told |= {"required": str(not field.nillable and field.type != "boolean").lower(), "type": kind}
    return {**told, "unique": str(field.unique).lower()}


def _kind(field: Field) -> str:
    if field.type == "textarea":
        return "Html" if field.extra == "richtextarea" else "LongTextArea" if field.length > 255 else "TextArea"
    if field.type == "reference":
        return "MasterDetail" if field.on_parent_delete == "cascade" and not field.nillable else "Lookup"
    found = {kind: name for name, (kind, _) in (*_FIXED_LENGTHS.items(), *_PICKLISTS.items())}
    return _WRITTEN.get(field.type) or found.get(field.type, "Text")
