"""A formula ready to run: compiled once, called for any number of records."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum

from sfsync.formula.compiler import compile_tree
from sfsync.formula.expression import EvalContext, Expr, Scope
from sfsync.formula.numbers import as_displayed, rounded, to_scale
from sfsync.formula.parser import parse
from sfsync.formula.problems import EvaluationFailed, FormulaError, FormulaProblem
from sfsync.formula.tree import Node, depth
from sfsync.formula.types import PICKLISTS, Fields, FieldType, Record, Type, Value, as_fields
from sfsync.formula.wording import misplaced_picklist

MAX_SCALE = 32  # digits behind the point of a number that no field's scale rounds
MAX_RESULT = 1_300  # characters of a text result, Salesforce's limit


class Blanks(Enum):
    """What a blank number field counts as: a formula's setting in Setup."""

    ZEROES = "zeroes"
    BLANKS = "blanks"


class Formula:
    """A compiled formula. Call it with a record (values by the schema's field name) and a context."""

    def __init__(self, tree: Node, expr: Expr, names: tuple[str, ...], returns: FieldType | None) -> None:
        self.tree = tree
        self.type = expr.type  # of the expression, whatever it was asked to return
        self.names = names  # the fields it reads, as the schema spells them
        self._run = expr.run
        self._finish = _finishing(expr.type, returns)

    def __call__(self, record: Record, context: EvalContext) -> Value | FormulaError:
        """Work the formula out; a failure comes back as a value."""
        try:
            return self._finish(self._run(record, context))
        except EvaluationFailed as failed:
            return FormulaError(failed.message, failed.shown)
        except ArithmeticError:
            return FormulaError("A number is too big", "#Too Big!")


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


def _finishing(type_: Type, returns: FieldType | None) -> Callable[[Value], Value]:
    """Make the last step: a blank Boolean is FALSE, text has an end, numbers fit their field."""
    match type_:
        case Type.BOOLEAN:
            return lambda value: value is True
        case Type.TEXT:
            return lambda value: value[:MAX_RESULT] if isinstance(value, str) else None
        case Type.NUMBER:
            percent, scale = (returns.percent, returns.scale) if returns is not None else (False, None)
            return lambda value: _fit(value, percent, scale) if isinstance(value, Decimal) else None
        case _:
            return lambda value: value


def _fit(number: Decimal, percent: bool, scale: int | None) -> Decimal:
    """Make a number what a field shows: percent as displayed, no more digits than it has."""
    shown = as_displayed(number) if percent else number
    if scale is not None:
        return rounded(shown, scale)
    digits = shown.as_tuple().exponent
    return shown if not isinstance(digits, int) or -digits <= MAX_SCALE else to_scale(shown, MAX_SCALE)
