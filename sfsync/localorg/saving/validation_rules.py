"""Validation rules: formulas that refuse a record where they come to TRUE."""

from collections.abc import Sequence

from sfsync.formula import FormulaError
from sfsync.localorg.context import OrgContext
from sfsync.localorg.rules import kept
from sfsync.localorg.rules.validation_rules import make_validation_rule
from sfsync.localorg.rules.views import Views
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.sobject import SObject

FAILING_PASSES = "failing_validation_formula_passes"  # the setting; on: a formula that fails on a record lets it pass


_RULES = kept.Compiled(make_validation_rule)


def check(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse the drafts that a rule is against; all rules that are against one are told."""
    rules = _RULES.of(org.state, kept.VALIDATION, sobject)
    if not rules:
        return
    views, asked = Views(org), living(drafts)
    views.fetch([one.row for one in asked], [path for rule in rules for path in rule.condition.paths])
    lenient = org.state.setting(FAILING_PASSES) is True
    for draft in asked:
        for rule in rules:
            said = rule.condition.holds(org, views, draft.row, draft.before)
            if said is True:
                draft.refuse(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, rule.fields)
            elif isinstance(said, FormulaError) and not lenient:
                text = f'The formula in the "{rule.name}" rule is invalid due to the following: {said.message}. '
                draft.refuse(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", f"{text}Notify your administrator.", rule.fields)
