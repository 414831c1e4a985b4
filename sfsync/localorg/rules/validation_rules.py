"""Validation rules as data: a formula that refuses a record where it comes to TRUE."""

from collections.abc import Mapping
from dataclasses import dataclass

from sfsync.localorg.catalog import Catalog, SObject
from sfsync.localorg.rules.conditions import FormulaCondition, RuleProblem, formula_condition

LONGEST_MESSAGE = 255  # characters (documented: help)


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """A rule ready to be asked."""

    name: str
    condition: FormulaCondition
    message: str
    fields: tuple[str, ...]  # the field the error is shown at, none where it is the page's


def make_validation_rule(catalog: Catalog, sobject: SObject, name: str, facts: Mapping[str, object]) -> ValidationRule:
    """Make a rule of `{"formula", "message"[, "field"]}`. Raises RuleProblem."""
    field = facts.get("field")
    if field and str(field).lower() not in sobject.known:
        raise RuleProblem(f"{sobject.name} has no field {field}")
    if not facts.get("formula") or not facts.get("message"):
        raise RuleProblem("a validation rule needs a formula and a message")
    if len(str(facts["message"])) > LONGEST_MESSAGE:
        raise RuleProblem(f"the message of a validation rule has at most {LONGEST_MESSAGE} characters")
    shown = (sobject.known[str(field).lower()].name,) if field else ()
    return ValidationRule(
        name, formula_condition(catalog, sobject, str(facts["formula"])), str(facts["message"]), shown
    )
