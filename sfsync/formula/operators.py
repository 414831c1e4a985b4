"""The operators: which types each takes, and what it does with blanks."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sfsync.formula import dates
from sfsync.formula.expression import Expr, Run
from sfsync.formula.numbers import CONTEXT, divide, power
from sfsync.formula.problems import FormulaProblem, too_big
from sfsync.formula.tree import SYNONYMS, Chain, Prefix, Sign
from sfsync.formula.types import PICKLISTS, Type, Value
from sfsync.formula.wording import place, refused_type, wrong_type

Step: TypeAlias = Callable[[Any, Any], Value]
"""Works on two operands of known types; blanks included."""


def _strict(work: Callable[[Any, Any], Value]) -> Step:
    """Make a step that gives blank where an operand is blank."""

    def step(left: Any, right: Any) -> Value:
        return None if left is None or right is None else work(left, right)

    return step


MAX_TEXT = 1_000_000  # characters of any text on the way; a result is cut much earlier


def bounded(text: str, added: int = 0) -> str:
    """Give the text where it is no longer than texts may grow. Raises EvaluationFailed."""
    if len(text) > MAX_TEXT:
        raise too_big("The text")
    return text


def _join(left: str | None, right: str | None) -> str | None:
    """Join texts; a blank adds nothing."""
    return right if left is None else left if right is None else bounded(left + right)


def _units(text: str) -> bytes:
    """Give a key that orders text by UTF-16 units, as Java does."""
    return text.encode("utf-16-be", "surrogatepass")


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[str, str], bool]:
    """Make a comparison of texts by UTF-16 units."""
    return lambda left, right: test(_units(left), _units(right))


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operator gives for two types, and how."""

    result: Type
    step: Step


def _flip(work: Callable[[Any, Any], Value]) -> Callable[[Any, Any], Value]:
    return lambda left, right: work(right, left)


def _minus(move: Callable[[Any, Any], Value]) -> Callable[[Any, Any], Value]:
    return lambda left, right: move(left, right.copy_negate())


_N, _T, _B, _D, _DT, _TM, _NULL = (
    Type.NUMBER,
    Type.TEXT,
    Type.BOOLEAN,
    Type.DATE,
    Type.DATETIME,
    Type.TIME,
    Type.NULL,
)

_TABLE: dict[tuple[str, Type, Type], Operation] = {
    ("+", _N, _N): Operation(_N, _strict(CONTEXT.add)),
    ("+", _D, _N): Operation(_D, _strict(dates.add_days)),
    ("+", _N, _D): Operation(_D, _strict(_flip(dates.add_days))),
    ("+", _DT, _N): Operation(_DT, _strict(dates.add_to_datetime)),
    ("+", _N, _DT): Operation(_DT, _strict(_flip(dates.add_to_datetime))),
    ("+", _TM, _N): Operation(_TM, _strict(dates.add_to_time)),
    ("+", _T, _T): Operation(_T, _join),
    ("&", _T, _T): Operation(_T, _join),
    ("-", _N, _N): Operation(_N, _strict(CONTEXT.subtract)),
    ("-", _D, _N): Operation(_D, _strict(_minus(dates.add_days))),
    ("-", _DT, _N): Operation(_DT, _strict(_minus(dates.add_to_datetime))),
    ("-", _TM, _N): Operation(_TM, _strict(_minus(dates.add_to_time))),
    ("-", _D, _D): Operation(_N, _strict(dates.days_between)),
    ("-", _DT, _DT): Operation(_N, _strict(dates.datetime_difference)),
    ("-", _TM, _TM): Operation(_N, _strict(dates.time_difference)),
    ("*", _N, _N): Operation(_N, _strict(CONTEXT.multiply)),
    ("/", _N, _N): Operation(_N, _strict(divide)),
    ("^", _N, _N): Operation(_N, _strict(power)),
}

_COMPARED = (_N, _D, _DT, _TM)
_ORDERS = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
for _sign, _test in _ORDERS.items():
    _TABLE.update({(_sign, kind, kind): Operation(_B, _strict(_test)) for kind in _COMPARED})
    _TABLE[_sign, _T, _T] = Operation(_B, _strict(_ordered(_test)))
for _sign, _test in {"=": operator.eq, "<>": operator.ne}.items():
    _TABLE.update({(_sign, kind, kind): Operation(_B, _strict(_test)) for kind in (*_COMPARED, _B, _NULL)})
    _TABLE[_sign, _T, _T] = Operation(_B, _test)  # blank text is a value like any other


def chain(node: Chain, operands: tuple[Expr, ...]) -> Expr:
    """Compile a chain. Raises FormulaProblem where the types do not go together."""
    if node.signs[0].text in ("&&", "||"):
        return _logical(node, operands)
    left, steps = operands[0], []
    for sign, operand in zip(node.signs, operands[1:], strict=True):
        found = _operation(sign, left, operand)
        steps.append(found.step)
        left = Expr(found.result, left.run, node)
    if len(steps) == 1:
        return Expr(left.type, _pair(steps[0], operands[0], operands[1]), node)
    rest = tuple(zip(steps, (operand.run for operand in operands[1:]), strict=True))
    return Expr(left.type, _fold(operands[0].run, rest), node)


def _operation(sign: Sign, left: Expr, right: Expr) -> Operation:
    """Find what an operator does with two operands. Raises FormulaProblem."""
    spelled = SYNONYMS.get(sign.text, sign.text)
    if spelled in "+-" and _NULL in (left.type, right.type):
        return Operation(_NULL, lambda one, other: None)
    found = _TABLE.get((spelled, *_as_one_kind(spelled, left.type, right.type)))
    if found is None:
        raise _mismatch(spelled, left, right)
    return found


def _as_one_kind(spelled: str, left: Type, right: Type) -> tuple[Type, Type]:
    """Take a NULL for what the other side is."""
    if left is _NULL and right is _NULL and spelled in "*/^&":
        left = _T if spelled == "&" else _N
    return (right if left is _NULL else left), (left if right is _NULL else right)


_MOVABLE = (_N, _D, _DT)


def _mismatch(spelled: str, left: Expr, right: Expr) -> FormulaProblem:
    """Say which operand does not fit an operator, in the order in which Salesforce looks at them."""
    if spelled in ("*", "/", "^", "&"):
        wanted = _T if spelled == "&" else _N
        return wrong_type(spelled, [wanted], right if left.type in (wanted, _NULL) else left)
    if spelled in ("+", "-"):
        return _mismatch_sum(spelled, left, right)
    if left.type is right.type:
        return wrong_type(spelled, _MOVABLE, left)
    return wrong_type(spelled, [left.type], left if left.type in PICKLISTS else right)


def _mismatch_sum(spelled: str, left: Expr, right: Expr) -> FormulaProblem:
    if left.type is _T and spelled == "+":
        return wrong_type(spelled, [_T], right)
    if left.type is _TM and right.type is _TM:
        return refused_type(spelled, place(right.node))
    if left.type is right.type or (left.type is _N and right.type in _MOVABLE):
        return wrong_type(spelled, [_N], right)
    return wrong_type(spelled, _MOVABLE, right if left.type in (*_MOVABLE, _TM) else left)


def _pair(step: Step, left: Expr, right: Expr) -> Run:
    """Make the closure of two operands."""
    one, other = left.run, right.run
    if right.is_literal:
        constant = right.constant
        return lambda record, context: step(one(record, context), constant)
    return lambda record, context: step(one(record, context), other(record, context))


def _fold(first: Run, rest: tuple[tuple[Step, Run], ...]) -> Run:
    """Make the closure of many operands: a loop, so that a long chain needs no stack."""

    def run(record: Any, context: Any) -> Value:
        value = first(record, context)
        for step, operand in rest:
            value = step(value, operand(record, context))
        return value

    return run


def _logical(node: Chain, operands: tuple[Expr, ...]) -> Expr:
    """Compile `&&` or `||`, which messages call `and()` and `or()`."""
    name = "and" if node.signs[0].text == "&&" else "or"
    for operand in operands:
        if operand.type not in (_B, _NULL):
            raise wrong_type(name, [_B], operand)
    runs = tuple(operand.run for operand in operands)
    return Expr(_B, all_of(runs) if name == "and" else any_of(runs), node)


def all_of(runs: tuple[Run, ...]) -> Run:
    """Make a lazy AND; a blank is not true."""
    if len(runs) == 2:
        one, other = runs
        return lambda record, context: bool(one(record, context)) and bool(other(record, context))

    def run(record: Any, context: Any) -> bool:
        for one in runs:  # noqa: SIM110 - all() over a generator costs twice as much
            if not one(record, context):
                return False
        return True

    return run


def any_of(runs: tuple[Run, ...]) -> Run:
    """Make a lazy OR; a blank is not true."""

    def run(record: Any, context: Any) -> bool:
        for one in runs:  # noqa: SIM110 - any() over a generator costs twice as much
            if one(record, context):
                return True
        return False

    return run


def prefix(node: Prefix, operand: Expr) -> Expr:
    """Compile `-x`, `+x`, `!x` or `NOT x`. Raises FormulaProblem where the type does not fit."""
    inner, sign = operand.run, node.sign.text
    if sign not in ("-", "+"):
        if operand.type not in (_B, _NULL):
            raise wrong_type("not" if sign == "!" else sign, [_B], operand)
        return Expr(_B, negation(inner), node)
    if operand.type is not _N:
        raise wrong_type(sign, [_N], operand)
    return Expr(_N, inner if sign == "+" else _negative(inner), node)


def _negative(inner: Run) -> Run:
    def run(record: Any, context: Any) -> Value:
        value: Any = inner(record, context)
        return None if value is None else CONTEXT.minus(value)

    return run


def negation(inner: Run) -> Run:
    """Make a NOT; the opposite of a blank is a blank."""

    def run(record: Any, context: Any) -> bool | None:
        value = inner(record, context)
        return None if value is None else not value

    return run
