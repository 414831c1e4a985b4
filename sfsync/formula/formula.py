"""A formula ready to run: compiled once, called for any number of records."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import TypeAlias, TypeVar

from sfsync.formula.compiler import compile_tree
from sfsync.formula.conditions import all_of
from sfsync.formula.expression import EvalContext, Expr, Run, Scope
from sfsync.formula.numbers import as_displayed, rounded, to_scale
from sfsync.formula.parser import parse
from sfsync.formula.problems import EvaluationFailed, FormulaError, FormulaProblem, as_value
from sfsync.formula.tree import Node, depth
from sfsync.formula.types import PICKLISTS, Fields, FieldType, Record, Type, Value, as_fields
from sfsync.formula.wording import misplaced_picklist

AnyRecord = TypeVar("AnyRecord", bound=Record)

CHUNK = 4_000  # records that a processor's cache holds
MAX_SCALE = 32  # digits behind the point of a number that no field's scale rounds
MAX_RESULT = 1_300  # characters of a text result, Salesforce's limit


class Blanks(Enum):
    """What a blank number field counts as: a formula's setting in Setup."""

    ZEROES = "zeroes"
    BLANKS = "blanks"


Evaluate: TypeAlias = Callable[[Record, EvalContext], Value | FormulaError]


class Formula:
    """A compiled formula. Call it with a record (values by the schema's field name) and a context."""

    __slots__ = ("_conditions", "evaluate", "names", "tree", "type")

    def __init__(self, tree: Node, expr: Expr, names: tuple[str, ...], returns: FieldType | None) -> None:
        self.tree = tree
        self.type = expr.type  # of the expression, whatever it was asked to return
        self.names = names  # the fields it reads, as the schema spells them
        self.evaluate = _evaluation(expr, returns)  # what calling it does, as a plain function for long loops
        self._conditions = expr.all_conditions

    def __call__(self, record: Record, context: EvalContext) -> Value | FormulaError:
        """Work the formula out; a failure comes back as a value."""
        return self.evaluate(record, context)

    def select(self, records: Iterable[AnyRecord], context: EvalContext) -> list[AnyRecord]:
        """Give the records for which it is TRUE, in order; one on which it fails is not among them.

        The conditions of an AND are asked one after the other over all records that are left, which is quicker than
        calling the formula record by record and comes to the same.
        """
        found, rest = list[AnyRecord](), iter(records)
        while chunk := list(islice(rest, CHUNK)):
            for condition in self._conditions:
                chunk = _passing(condition, chunk, context)
            found += chunk
        return found


def _passing(condition: Expr, records: list[AnyRecord], context: EvalContext) -> list[AnyRecord]:
    """Give the records for which a condition is TRUE."""
    if condition.equals is not None:
        name, text = condition.equals
        return [record for record in records if record.get(name) == text]
    run, found, rest = condition.run, list[AnyRecord](), iter(records)
    while True:
        try:  # around the loop: a failure skips its record, and costs the others nothing
            for record in rest:
                if run(record, context) is True:
                    found.append(record)
            return found
        except (EvaluationFailed, ArithmeticError):
            continue


def _guarded(run: Run, finish: Callable[[Value], Value] | None) -> Evaluate:
    """Make the function that gives a failure as a value."""

    def evaluate(record: Record, context: EvalContext) -> Value | FormulaError:
        try:
            value = run(record, context)
            return value if finish is None else finish(value)
        except (EvaluationFailed, ArithmeticError) as error:
            return as_value(error)

    return evaluate


def _guarded_condition(run: Run) -> Evaluate:
    """Make the function of a Boolean formula; one that comes to nothing does not hold."""

    def evaluate(record: Record, context: EvalContext) -> Value | FormulaError:
        try:
            return run(record, context) is True
        except (EvaluationFailed, ArithmeticError) as error:
            return as_value(error)

    return evaluate


def _behind_equality(name: str, text: str, evaluate: Evaluate) -> Evaluate:
    """Make the function of an AND whose first condition asks whether a field of the record holds a text."""
    return lambda record, context: evaluate(record, context) if record.get(name) == text else False


def compile_formula(
    source: str,
    fields: Mapping[str, FieldType] | Fields,
    *,
    returns: FieldType | None = None,
    blanks: Blanks = Blanks.ZEROES,
    rule: bool = False,
) -> Formula:
    """Compile a formula against a schema.

    `returns` is what the result must fit (its scale and percentage are applied to it); `rule` allows ISNEW, ISCHANGED
    and their like. Raises FormulaProblem with Salesforce's words and the 1-based column.
    """
    tree = parse(source)
    scope = Scope(as_fields(fields).find, zeroes=blanks is Blanks.ZEROES, rule=rule, depth=depth(tree))
    expr = compile_tree(tree, scope)
    if expr.type in PICKLISTS:
        raise misplaced_picklist(expr)
    if returns is not None:
        _check_result(expr, returns)
    return Formula(tree, expr, tuple(scope.names), returns)


_TEXTS = frozenset({Type.TEXT, *PICKLISTS})
_DAYS = frozenset({Type.DATE, Type.DATETIME})


def _check_result(expr: Expr, returns: FieldType) -> None:
    """Check that the result fits what was asked for; dates and points in time pass for each other."""
    received, expected = expr.type, returns.type
    same = received is expected or {received, expected} <= _TEXTS or {received, expected} <= _DAYS
    if not same and received is not Type.NULL:
        message = (
            f"Formula result is data type ({received.value}), incompatible with expected data type ({expected.value})."
        )
        raise FormulaProblem(message, 1)


def _evaluation(expr: Expr, returns: FieldType | None) -> Evaluate:
    """Make the whole function with its last step: text has an end, numbers fit their field."""
    match expr.type:
        case Type.BOOLEAN:
            first, *rest = expr.all_conditions
            if first.equals is not None and rest:
                return _behind_equality(*first.equals, _guarded_condition(all_of(rest)))
            return _guarded_condition(expr.run)
        case Type.TEXT:
            return _guarded(expr.run, lambda value: value[:MAX_RESULT] if isinstance(value, str) else None)
        case Type.NUMBER:
            percent, scale = (returns.percent, returns.scale) if returns is not None else (False, None)
            return _guarded(expr.run, lambda value: _fit(value, percent, scale) if isinstance(value, Decimal) else None)
        case _:
            return _guarded(expr.run, None)


def _fit(number: Decimal, percent: bool, scale: int | None) -> Decimal:
    """Make a number what a field shows: percent as displayed, no more digits than it has."""
    shown = as_displayed(number) if percent else number
    if scale is not None:
        return rounded(shown, scale)
    digits = shown.as_tuple().exponent
    return shown if not isinstance(digits, int) or -digits <= MAX_SCALE else to_scale(shown, MAX_SCALE)
