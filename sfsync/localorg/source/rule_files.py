"""Rules out of metadata files: from XML to the facts that `rules.setup` takes."""

from collections.abc import Iterator

from sfsync.localorg.markup import Element
from sfsync.localorg.rules.conditions import RuleProblem
from sfsync.localorg.sobject import SObject
from sfsync.localorg.source.missing import Missing
from sfsync.localorg.source.reading import texts

Facts = dict[str, object]


def condition(entry: Element, sobject: SObject, missing: Missing) -> Facts:
    """Give criteria and filter, or formula, of a rule's entry; fields the org lacks are made."""
    items = [_criterion(one) for one in entry.every("criteriaItems")]
    for one in items:
        missing.field(sobject, one["field"], one["value"])
    found: Facts = {"criteria": list(items), "formula": entry.value("formula") or None}
    return {**found, "booleanFilter": entry.value("booleanFilter") or None}


def _criterion(item: Element) -> dict[str, str]:
    return {"field": item.value("field"), "operation": item.value("operation"), "value": item.value("value")}


def assignment_entry(entry: Element, sobject: SObject, missing: Missing) -> Facts:
    """Give one entry of an assignment rule. Raises RuleProblem where it cannot be followed."""
    if entry.value("valueField"):
        raise RuleProblem("comparing two fields is not supported")
    to, kind = entry.value("assignedTo"), entry.value("assignedToType")
    owner = None
    if to:
        owner = missing.queue(to, sobject.name) if kind == "Queue" else missing.user(to)
    facts: Facts = {**condition(entry, sobject, missing), "owner": owner}
    if entry.value("template"):
        missing.template(entry.value("template"))
        facts |= {"template": entry.value("template"), "cc": texts(entry, "notifyCcRecipients")}
    return facts


def response_entry(entry: Element, sobject: SObject, missing: Missing) -> Facts:
    """Give one entry of an auto-response rule."""
    sender = {"senderEmail": entry.value("senderEmail"), "senderName": entry.value("senderName")}
    facts: Facts = {**condition(entry, sobject, missing), **sender, "replyTo": entry.value("replyToEmail")}
    if entry.value("template"):
        missing.template(entry.value("template"))
    return {**facts, "template": entry.value("template"), "cc": texts(entry, "notifyCcRecipients")}


def matching_rules(root: Element, sobject: SObject, missing: Missing) -> Iterator[tuple[str, bool, Facts]]:
    """Give name, activity and facts of each matching rule of a file."""
    for rule in root.every("matchingRules"):
        items = [
            {
                "field": one.value("fieldName"),
                "method": one.value("matchingMethod"),
                "blanks": one.value("blankValueBehavior"),
            }
            for one in rule.every("matchingRuleItems")
        ]
        for one in items:
            missing.field(sobject, one["field"])
        facts: Facts = {"items": items, "booleanFilter": rule.value("booleanFilter")}
        yield rule.value("fullName"), rule.value("ruleStatus") == "Active", {**facts, "label": rule.value("label")}


def duplicate_rule(root: Element, sobject: SObject, missing: Missing) -> Facts:
    """Give the facts of a duplicate rule."""
    plain = ("actionOnInsert", "actionOnUpdate", "alertText", "masterLabel", "securityOption")
    facts: Facts = {name: root.value(name) for name in plain}
    facts |= {name: texts(root, name) for name in ("operationsOnInsert", "operationsOnUpdate")}
    facts["sortOrder"] = int(root.value("sortOrder") or 1)
    facts["matches"] = [_compared(one, sobject, missing) for one in root.every("duplicateRuleMatchRules")]
    found = root.child("duplicateRuleFilter")
    if found is not None and not found.nil:
        items = sorted(found.every("duplicateRuleFilterItems"), key=lambda one: int(one.value("sortOrder") or 0))
        criteria = [{**_criterion(one), "field": _filter_field(one)} for one in items]
        for one in criteria:
            missing.field(sobject, one["field"])
        facts["filter"] = {"criteria": criteria, "booleanFilter": found.value("booleanFilter") or None}
    return facts


def _filter_field(item: Element) -> str:
    table, field = item.value("table"), item.value("field")
    return f"{table}.{field}" if table and "." not in field else field


def _compared(element: Element, sobject: SObject, missing: Missing) -> Facts:
    mapping: dict[str, str] = {}
    given = element.child("objectMapping")
    if given is not None and not given.nil:
        for pair in given.every("mappingFields"):
            mapping[pair.value("outputField")] = pair.value("inputField")
            missing.field(sobject, pair.value("inputField"))
    return {
        "sobject": element.value("matchRuleSObjectType"),
        "rule": element.value("matchingRule"),
        "mapping": mapping,
    }


def validation_rule(root: Element) -> tuple[bool, Facts]:
    """Give activity and facts of a validation rule."""
    facts: Facts = {"formula": root.value("errorConditionFormula"), "message": root.value("errorMessage")}
    return root.is_true("active"), {**facts, "field": root.value("errorDisplayField") or None}
