"""Custom fields out of an org's source, global value sets and auto numbers among them."""

from collections.abc import Mapping
from dataclasses import replace

from sfsync.localorg.catalog import Catalog
from sfsync.localorg.markup import Element
from sfsync.localorg.metadata.custom_fields import facts_of
from sfsync.localorg.rules.conditions import RuleProblem
from sfsync.localorg.sobject import SObject

Facts = dict[str, object]
ValueSets = Mapping[str, list[list[str]]]  # global value sets by name: value and label each


def field_facts(catalog: Catalog, owner: SObject, element: Element, sets: ValueSets) -> Facts:
    """Give the facts of a custom field. Raises FieldProblem, RuleProblem."""
    if element.value("type") == "AutoNumber":
        form = element.value("displayFormat") or "{0}"
        text = replace(element, children=tuple(_as_text(one) for one in element.children))
        return {**facts_of(catalog, owner, text), "auto_number": form}
    return facts_of(catalog, owner, _with_values(element, sets))


def _as_text(child: Element) -> Element:
    return replace(child, text="Text") if child.name == "type" else child


def _with_values(element: Element, sets: ValueSets) -> Element:
    """Write the values of a global value set into the field that names it."""
    value_set = element.child("valueSet")
    name = value_set.value("valueSetName") if value_set is not None else ""
    if value_set is None or not name:
        return element
    if name not in sets:
        raise RuleProblem(f"the org has no global value set {name}")
    definition = Element("valueSetDefinition", children=tuple(_value(*one) for one in sets[name]))
    kept = tuple(one for one in value_set.children if one.name != "valueSetName")
    filled = replace(value_set, children=(*kept, definition))
    return replace(element, children=tuple(filled if one is value_set else one for one in element.children))


def _value(name: str, label: str) -> Element:
    return Element("value", children=(Element("fullName", text=name), Element("label", text=label)))
