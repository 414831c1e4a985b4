"""The operators: which types each takes, and what it does with blanks."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sfsync.formula import dates
from sfsync.formula.expression import Expr, Run
from sfsync.formula.numbers import CONTEXT, ZERO, divide, power
from sfsync.formula.problems import FormulaProblem
from sfsync.formula.tree import SYNONYMS, Chain, Prefix, Sign
from sfsync.formula.types import PICKLISTS, Type, Value

Step: TypeAlias = Callable[[Any, Any], Value]
"""Works on two operands of known types; blanks included."""


def _strict(work: Callable[[Any, Any], Value]) -> Step:
    """Make a step that gives blank where an operand is blank."""

    def step(left: Any, right: Any) -> Value:
        return None if left is None or right is None else work(left, right)

    return step


def _join(left: str | None, right: str | None) -> str | None:
    """Join texts; a blank adds nothing."""
    return right if left is None else left if right is None else left + right


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
    return lambda left, right: move(left, -right)


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
    result, steps = operands[0].type, []
    for sign, operand in zip(node.signs, operands[1:], strict=True):
        found = _operation(sign, result, operand)
        steps.append(found.step)
        result = found.result
    if len(steps) == 1:
        return Expr(result, _pair(steps[0], operands[0], operands[1]), node)
    rest = tuple(zip(steps, (operand.run for operand in operands[1:]), strict=True))
    return Expr(result, _fold(operands[0].run, rest), node)


def _operation(sign: Sign, left: Type, right: Expr) -> Operation:
    """Find what an operator does with two types."""
    spelled = SYNONYMS.get(sign.text, sign.text)
    if spelled in "+-" and _NULL in (left, right.type):
        return Operation(_NULL, lambda left, right: None)
    like_left = right.type if left is _NULL else left
    like_right = like_left if right.type is _NULL else right.type
    if left is _NULL and right.type is _NULL and spelled in "*/^&":
        like_left = like_right = _T if spelled == "&" else _N
    found = _TABLE.get((spelled, like_left, like_right))
    if found is None:
        raise mismatch(sign, left, right)
    return found


def mismatch(sign: Sign, left: Type, right: Expr) -> FormulaProblem:
    """Say which type an operator wanted."""
    if right.type in PICKLISTS and right.field is not None:
        return picklist_problem(right)
    wanted = _wanted(SYNONYMS.get(sign.text, sign.text), left)
    received = right.type if left is wanted else left
    message = f"Incorrect parameter type for operator '{sign.text}'. Expected {wanted.value}, received {received.value}"
    return FormulaProblem(message, sign.column)


def _wanted(spelled: str, left: Type) -> Type:
    """Tell the type an operator wants, given its left operand."""
    if spelled == "&":
        return _T
    if spelled in ("*", "/", "^"):
        return _N
    if spelled in ("+", "-"):
        return _T if left is _T and spelled == "+" else _N
    return left


def picklist_problem(use: Expr) -> FormulaProblem:
    """Say that a picklist field stands where none may."""
    name = use.field.name if use.field else ""
    kind = "a picklist" if use.type is Type.PICKLIST else "a multi-select picklist"
    plural = "Picklist" if use.type is Type.PICKLIST else "Multi-select picklist"
    message = f"Field {name} is {kind} field. {plural} fields are only supported in certain functions."
    return FormulaProblem(message, use.node.column)


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
    """Compile `&&` or `||`."""
    for index, operand in enumerate(operands):
        if operand.type not in (_B, _NULL):
            raise mismatch_boolean(node.signs[max(index - 1, 0)], operand)
    runs = tuple(operand.run for operand in operands)
    return Expr(_B, all_of(runs) if node.signs[0].text == "&&" else any_of(runs), node)


def mismatch_boolean(sign: Sign, operand: Expr) -> FormulaProblem:
    """Say that an operand is no Boolean."""
    if operand.type in PICKLISTS:
        return picklist_problem(operand)
    message = f"Incorrect parameter type for operator '{sign.text}'. Expected Boolean, received {operand.type.value}"
    return FormulaProblem(message, sign.column)


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
    """Compile `-x`, `+x`, `!x` or `NOT x`."""
    inner = operand.run
    if node.sign.text in ("!",) or node.sign.text.lower() == "not":
        if operand.type not in (_B, _NULL):
            raise _mismatch_not(node.sign, operand)
        return Expr(_B, negation(inner), node)
    if operand.type not in (_N, _NULL):
        raise mismatch(node.sign, _N, operand)
    if node.sign.text == "+":
        return Expr(operand.type, inner, node, operand.constant)
    if operand.is_literal and operand.constant is not None:
        negative = ZERO - operand.constant  # type: ignore[operator]
        return Expr(_N, lambda record, context: negative, node, negative)

    def run(record: Any, context: Any) -> Value:
        value: Any = inner(record, context)
        return None if value is None else CONTEXT.minus(value)

    return Expr(operand.type, run, node)


def _mismatch_not(sign: Sign, operand: Expr) -> FormulaProblem:
    if operand.type in PICKLISTS:
        return picklist_problem(operand)
    shown = "not" if sign.text == "!" else sign.text
    message = f"Incorrect parameter type for function '{shown}()'. Expected Boolean, received {operand.type.value}"
    return FormulaProblem(message, sign.column)


def negation(inner: Run) -> Run:
    """Make a NOT; the opposite of a blank is a blank."""

    def run(record: Any, context: Any) -> bool | None:
        value = inner(record, context)
        return None if value is None else not value

    return run
