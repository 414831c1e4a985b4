"""When a rule applies: criteria under a filter, or a formula; compiled once, asked for any number of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from sfsync.formula import Blanks, Formula, FormulaError, FormulaProblem, Type, compile_formula
from sfsync.localorg.catalog import Catalog, SObject
from sfsync.localorg.context import OrgContext
from sfsync.localorg.formulas.paths import CAMPAIGN, Path, RecordFields, find_path
from sfsync.localorg.rules.boolean_filter import Holds, all_of, parse_filter
from sfsync.localorg.rules.criteria import Criterion, Test, shown, test_of
from sfsync.localorg.rules.relative_days import days_of
from sfsync.localorg.rules.views import Row, Views

_SOME_DAY = date(2000, 1, 1)  # for looking whether a day can be read at all


class RuleProblem(ValueError):
    """A rule that the org cannot take; the text is for people."""


class Condition(Protocol):
    """What rules ask of a record."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """What it reads."""

    def holds(self, org: OrgContext, views: Views, row: Row, before: Row | None) -> bool | FormulaError:
        """Tell whether it holds for a row whose parents are fetched; `before` is the row as it was, None if new."""


@dataclass(frozen=True, slots=True)
class Always:
    """The condition of a rule that has none."""

    paths: tuple[Path, ...] = ()

    def holds(self, org: OrgContext, views: Views, row: Row, before: Row | None) -> bool:
        """Say yes."""
        return True


@dataclass(frozen=True, slots=True)
class Criteria:
    """Criteria under a filter."""

    tests: tuple[tuple[tuple[Path, ...], Test], ...]  # where each looks, and what it asks
    filter: Holds
    paths: tuple[Path, ...]

    def holds(self, org: OrgContext, views: Views, row: Row, before: Row | None) -> bool:
        """Ask all criteria and put their answers together."""
        context = org.state.calculator.context
        said = [
            test([shown(one.field, views.stored(row, one)) for one in paths], context) for paths, test in self.tests
        ]
        return self.filter(said)


@dataclass(frozen=True, slots=True)
class FormulaCondition:
    """A formula that must come to TRUE."""

    formula: Formula
    paths: tuple[Path, ...]

    def holds(self, org: OrgContext, views: Views, row: Row, before: Row | None) -> bool | FormulaError:
        """Work the formula out; one that fails on the record gives the failure."""
        prior = None if before is None else views.record(before, [one for one in self.paths if not one.steps])
        context = replace(org.state.calculator.context, is_new=before is None, prior=prior)
        value = self.formula(views.record(row, self.paths), context)
        return value if isinstance(value, FormulaError) else value is True


def condition_of(catalog: Catalog, sobject: SObject, facts: Mapping[str, object]) -> Condition:
    """Make the condition of `{"criteria": [...][, "booleanFilter"]}` or `{"formula"}`. Raises RuleProblem."""
    formula, items = facts.get("formula"), facts.get("criteria") or []
    if formula and items:
        raise RuleProblem("a rule has either criteria or a formula")
    if formula:
        return formula_condition(catalog, sobject, str(formula))
    if not isinstance(items, list):
        raise RuleProblem("criteria must be a list")
    if not items:
        return Always()
    try:
        made = [_criterion(catalog, sobject, Criterion.of(one)) for one in items]
        filter_text = str(facts.get("booleanFilter") or "")
        holds = parse_filter(filter_text, len(made)) if filter_text.strip() else all_of
    except (ValueError, AttributeError) as error:
        raise RuleProblem(str(error)) from None
    return Criteria(tuple(made), holds, tuple(path for paths, _ in made for path in paths))


def formula_condition(catalog: Catalog, sobject: SObject, source: str) -> FormulaCondition:
    """Compile the formula of a rule; a blank number is blank in it, zero only formula fields can make of it.

    Raises RuleProblem.
    """
    fields = RecordFields(catalog, sobject)
    try:
        formula = compile_formula(source, fields, blanks=Blanks.BLANKS, rule=True)
    except FormulaProblem as problem:
        raise RuleProblem(f"the formula is wrong: {problem}") from None
    if formula.type not in (Type.BOOLEAN, Type.NULL):
        raise RuleProblem(f"the formula must be true or false, not {formula.type.value}")
    return FormulaCondition(formula, tuple(fields.paths[name] for name in formula.names))


def _criterion(catalog: Catalog, sobject: SObject, criterion: Criterion) -> tuple[tuple[Path, ...], Test]:
    path = _path(catalog, sobject, criterion.field)
    if path is None:
        raise RuleProblem(f"{sobject.name} has no field {criterion.field}")
    if path.field.type in ("date", "datetime") and criterion.value.strip():
        days_of(criterion.value, _SOME_DAY)
    paths = [path]
    if path.field.type == "reference" and path.field.relationship_name:
        relationship = criterion.field.rsplit(".", 1)
        before = f"{relationship[0]}." if path.steps or path.start == "$User" else ""
        name = find_path(catalog, sobject, f"{_as_global(before)}{path.field.relationship_name}.Name")
        paths += [name] if name is not None else []
    return tuple(paths), test_of(path.field, criterion)


def _path(catalog: Catalog, sobject: SObject, name: str) -> Path | None:
    """Find the field of a criterion: of the record, of a parent, or (`User.`) of the user who saves.

    Seen in rules of real orgs: criteria of leads name fields of their campaign.
    """
    head, _, rest = name.partition(".")
    if sobject.name == "Lead" and head.lower() == "campaign":
        field = catalog.field("Campaign", rest)
        return None if field is None else Path(f"Campaign.{field.name}", CAMPAIGN, (), field)
    return find_path(catalog, sobject, name) or find_path(catalog, sobject, _as_global(name))


def _as_global(name: str) -> str:
    head, dot, rest = name.partition(".")
    return f"${head}{dot}{rest}" if dot and head.lower() in ("user", "organization") else name


def applies(org: OrgContext, views: Views, condition: Condition, row: Row, before: Row | None) -> bool:
    """Tell whether a rule's condition holds; one that fails does not."""
    return condition.holds(org, views, row, before) is True


def fetch_all(views: Views, conditions: Sequence[Condition], rows: Sequence[Row]) -> None:
    """Fetch what some conditions read of some rows."""
    views.fetch(rows, [path for one in conditions for path in one.paths])
