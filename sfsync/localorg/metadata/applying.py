"""Putting components into the org: custom fields, validation and assignment rules, permission sets, profiles.

A component that the org cannot hold is a problem told, never passed
over.
"""

from collections.abc import Callable, Mapping

from sfsync.localorg import field_ids, fields
from sfsync.localorg.context import OrgContext
from sfsync.localorg.markup import Element
from sfsync.localorg.metadata import permission_sets
from sfsync.localorg.metadata.custom_fields import FieldProblem, facts_of
from sfsync.localorg.metadata.package import Component
from sfsync.localorg.metadata.permission_sets import PermissionProblem
from sfsync.localorg.objects.read import make_field
from sfsync.localorg.rights import files
from sfsync.localorg.rules import kept, setup
from sfsync.localorg.rules.conditions import RuleProblem
from sfsync.localorg.sobject import SObject

ORDER = (
    "CustomObject",
    "CustomField",
    "ValidationRule",
    "AssignmentRules",
    "PermissionSet",
    "Profile",
)  # what others may need comes first


TWICE = "DUPLICATE_DEVELOPER_NAME"  # documented as the code of a custom field that is there already


class Problem(Exception):
    """A component cannot be put into the org; the text says why."""


def apply(org: OrgContext, one: Component) -> tuple[bool, str]:
    """Put one component into the org, or take it out; tell whether it is new, and its id. Raises Problem."""
    if one.problem:
        raise Problem(one.problem)
    found = (_APPLIED if one.element is not None else _TAKEN_OUT).get(one.type)
    if found is None:
        raise Problem(f"This org does not hold components of the type {one.type}")
    try:
        return found(org, one)
    except (FieldProblem, fields.FieldProblem, RuleProblem, PermissionProblem) as error:
        raise Problem(str(error)) from None


def already_there(kind: str, full_name: str) -> str:
    """Say that a component cannot be made because it is there (the words are assumed)."""
    owner, _, name = full_name.rpartition(".")
    if kind == "CustomField":
        return f"There is already a field named {name.removesuffix('__c')} on {owner}."
    return f"There is already a component of the type {kind} named {full_name}"


def _element(one: Component) -> Element:
    if one.element is None:
        raise Problem("There is nothing to deploy")
    return one.element


def _owner(org: OrgContext, name: str) -> SObject:
    kind = org.catalog.sobject(name)
    if kind is None:
        raise Problem(f"This org has no sObject {name}, and takes no new ones")
    return kind


def _object(org: OrgContext, one: Component) -> tuple[bool, str]:
    return False, _owner(org, one.full_name).name


def _field(org: OrgContext, one: Component) -> tuple[bool, str]:
    owner, name = _owner(org, one.full_name.partition(".")[0]), _element(one).value("fullName")
    existing = owner.fields.get(name.lower())
    if existing is not None and not existing.custom:
        return False, existing.name  # a standard field's own settings change nothing here
    facts = facts_of(org.catalog, owner, _element(one))
    fields.check(org.state, owner, make_field(facts))
    field = org.state.add_field(owner.name, facts)
    return existing is None, field_ids.id_of(org.state, _owner(org, owner.name), field)


def _no_field(org: OrgContext, one: Component) -> tuple[bool, str]:
    owner, name = _owner(org, one.full_name.partition(".")[0]), one.full_name.partition(".")[2]
    field = owner.fields.get(name.lower())
    if field is None or not field.custom:
        raise Problem(f"No CustomField named: {one.full_name} found")
    field_id = field_ids.id_of(org.state, owner, field)
    fields.drop(org.state, owner.name, field.name)
    return False, field_id


def _validation_rule(org: OrgContext, one: Component) -> tuple[bool, str]:
    owner, element = _owner(org, one.full_name.partition(".")[0]), _element(one)
    facts = {"formula": element.value("errorConditionFormula"), "message": element.value("errorMessage")}
    if element.value("errorDisplayField"):
        facts["field"] = element.value("errorDisplayField")
    active = element.is_true("active")
    setup.set_up(org.state, kept.VALIDATION, owner.name, element.value("fullName"), facts, active, org.stamp)
    return True, ""


def _no_validation_rule(org: OrgContext, one: Component) -> tuple[bool, str]:
    owner, _, name = one.full_name.partition(".")
    if not kept.forget(org.state, kept.VALIDATION, owner, name):
        raise Problem(f"No ValidationRule named: {one.full_name} found")
    return False, ""


def _assignment_rules(org: OrgContext, one: Component) -> tuple[bool, str]:
    owner = _owner(org, one.full_name)
    for rule in _element(one).every("assignmentRule"):
        active = rule.is_true("active")
        facts = {"entries": [_entry(owner, each) for each in rule.every("ruleEntry")]}
        setup.set_up(org.state, setup.ASSIGNMENT, owner.name, rule.value("fullName"), facts, active, org.stamp)
    return True, ""


def _entry(owner: SObject, element: Element) -> dict[str, object]:
    """Read one entry of an assignment rule; a field may be written with its sObject in front."""
    facts: dict[str, object] = {
        "queue" if element.value("assignedToType") == "Queue" else "user": element.value("assignedTo")
    }
    criteria = [
        {"field": one.value("field").removeprefix(f"{owner.name}."), **_test(one)}
        for one in element.every("criteriaItems")
    ]
    facts |= {"criteria": criteria} if criteria else {}
    named = ("booleanFilter", "formula", "template")
    return {**facts, **{name: element.value(name) for name in named if element.value(name)}}


def _test(element: Element) -> dict[str, str]:
    return {"operation": element.value("operation"), "value": element.value("value")}


def _profile(org: OrgContext, one: Component) -> tuple[bool, str]:
    """Change what a profile grants; what it grants of what the org has not is passed over."""
    name = files.profile_name(one.full_name)
    return files.put_profile(org.state, name, _element(one), org.stamp, lambda what, why: None)


def _permission_set(org: OrgContext, one: Component) -> tuple[bool, str]:
    return permission_sets.put(org, one.full_name, _element(one))


Applied = Callable[[OrgContext, Component], tuple[bool, str]]

_APPLIED: Mapping[str, Applied] = {
    "CustomObject": _object,
    "CustomField": _field,
    "ValidationRule": _validation_rule,
    "AssignmentRules": _assignment_rules,
    "PermissionSet": _permission_set,
    "Profile": _profile,
}
_TAKEN_OUT: Mapping[str, Applied] = {
    "CustomField": _no_field,
    "ValidationRule": _no_validation_rule,
    "PermissionSet": permission_sets.take_out,
}
