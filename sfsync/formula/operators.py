"""The operators: which types each takes, and what it does with blanks."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from sfsync.formula import dates
from sfsync.formula.conditions import all_of, any_of
from sfsync.formula.expression import Expr, Run
from sfsync.formula.numbers import CONTEXT, divide, power
from sfsync.formula.problems import FormulaProblem, too_big
from sfsync.formula.tree import SYNONYMS, Chain, Prefix, Sign
from sfsync.formula.types import PICKLISTS, Type, Value
from sfsync.formula.wording import place, refused_type, wrong_type

Step: TypeAlias = Callable[[Any, Any], Value]
"""Works on two operands of known types; blanks included."""


MAX_TEXT = 200_000  # characters of any text on the way; a result is cut much earlier


def _bounded(text: str) -> str:
    """Give the text where it is no longer than texts may grow. Raises EvaluationFailed."""
    if len(text) > MAX_TEXT:
        raise too_big("The text")
    return text


def _join(left: str | None, right: str | None) -> str | None:
    """Join texts; a blank adds nothing."""
    return right if left is None else left if right is None else _bounded(left + right)


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
    work: Step
    strict: bool = True  # blank where an operand is blank; `work` then never sees a blank

    def step(self) -> Step:
        """Give the work with blanks seen to."""
        work = self.work
        if not self.strict:
            return work
        return lambda left, right: None if left is None or right is None else work(left, right)


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
    ("+", _N, _N): Operation(_N, CONTEXT.add),
    ("+", _D, _N): Operation(_D, dates.add_days),
    ("+", _N, _D): Operation(_D, _flip(dates.add_days)),
    ("+", _DT, _N): Operation(_DT, dates.add_to_datetime),
    ("+", _N, _DT): Operation(_DT, _flip(dates.add_to_datetime)),
    ("+", _TM, _N): Operation(_TM, dates.add_to_time),
    ("+", _T, _T): Operation(_T, _join, strict=False),
    ("&", _T, _T): Operation(_T, _join, strict=False),
    ("-", _N, _N): Operation(_N, CONTEXT.subtract),
    ("-", _D, _N): Operation(_D, _minus(dates.add_days)),
    ("-", _DT, _N): Operation(_DT, _minus(dates.add_to_datetime)),
    ("-", _TM, _N): Operation(_TM, _minus(dates.add_to_time)),
    ("-", _D, _D): Operation(_N, dates.days_between),
    ("-", _DT, _DT): Operation(_N, dates.datetime_difference),
    ("-", _TM, _TM): Operation(_N, dates.time_difference),
    ("*", _N, _N): Operation(_N, CONTEXT.multiply),
    ("/", _N, _N): Operation(_N, divide),
    ("^", _N, _N): Operation(_N, power),
}

_COMPARED = (_N, _D, _DT, _TM)
_ORDERS = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
for _sign, _test in _ORDERS.items():
    _TABLE.update({(_sign, kind, kind): Operation(_B, _test) for kind in _COMPARED})
    _TABLE[_sign, _T, _T] = Operation(_B, _ordered(_test))
for _sign, _test in {"=": operator.eq, "<>": operator.ne}.items():
    _TABLE.update({(_sign, kind, kind): Operation(_B, _test) for kind in (*_COMPARED, _B, _NULL)})
    _TABLE[_sign, _T, _T] = Operation(_B, _test, strict=False)  # blank text is a value like any other


def chain(node: Chain, operands: tuple[Expr, ...]) -> Expr:
    """Compile a chain. Raises FormulaProblem where the types do not go together."""
    if node.signs[0].text in ("&&", "||"):
        return _logical(node, operands)
    if len(operands) == 2:
        one, other = operands
        found = _operation(node.signs[0], one, other)
        return Expr(found.result, _pair(found, one, other), node, equals=_equality(node.signs[0], one, other))
    left, steps = operands[0], []
    for sign, operand in zip(node.signs, operands[1:], strict=True):
        found = _operation(sign, left, operand)
        steps.append((found.step(), operand.run))
        left = Expr(found.result, left.run, node)
    return Expr(left.type, _fold(operands[0].run, tuple(steps)), node)


def _operation(sign: Sign, left: Expr, right: Expr) -> Operation:
    """Find what an operator does with two operands. Raises FormulaProblem."""
    spelled = SYNONYMS.get(sign.text, sign.text)
    if spelled in "+-" and _NULL in (left.type, right.type):
        return Operation(_NULL, lambda one, other: None, strict=False)
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
    if left.type is right.type or _NULL in (left.type, right.type):
        return wrong_type(spelled, _MOVABLE, right if left.type is _NULL else left)
    return wrong_type(spelled, [left.type], left if left.type in PICKLISTS else right)


def _mismatch_sum(spelled: str, left: Expr, right: Expr) -> FormulaProblem:
    if left.type is _T and spelled == "+":
        return wrong_type(spelled, [_T], right)
    if left.type is _TM and right.type is _TM:
        return refused_type(spelled, place(right.node))
    if left.type is right.type or (left.type is _N and right.type in _MOVABLE):
        return wrong_type(spelled, [_N], right)
    return wrong_type(spelled, _MOVABLE, right if left.type in (*_MOVABLE, _TM) else left)


def _pair(found: Operation, left: Expr, right: Expr) -> Run:
    """Make the closure of two operands, in the shape that calls least."""
    one, other, work = left.run, right.run, found.work
    if right.is_literal and (right.constant is not None or not found.strict):
        return _with_constant(found, left, right.constant)
    if not found.strict:
        return lambda record, context: work(one(record, context), other(record, context))

    def run(record: Any, context: Any) -> Value:
        first, second = one(record, context), other(record, context)
        return None if first is None or second is None else work(first, second)

    return run


def _with_constant(found: Operation, left: Expr, constant: Any) -> Run:
    """Make the closure of an operand and a literal."""
    one, work = left.run, found.work
    if not found.strict:
        return lambda record, context: work(one(record, context), constant)
    if left.field is not None and left.field.is_decimal:
        return _number_with_constant(found, left.field.name, one, constant)

    def run(record: Any, context: Any) -> Value:
        value = one(record, context)
        return None if value is None else work(value, constant)

    return run


def _equality(sign: Sign, left: Expr, right: Expr) -> tuple[str, str] | None:
    """Tell whether it is asked if a record's text field holds a text that is not blank."""
    if sign.text not in ("=", "==") or left.field is None or not left.field.is_text:
        return None
    return (left.field.name, right.constant) if isinstance(right.constant, str) else None


def _number_with_constant(found: Operation, name: str, one: Run, constant: Any) -> Run:
    """Make the closure of a number field and a literal: what is a Decimal already needs no reading."""
    work = found.work

    def run(record: Any, context: Any) -> Value:
        value = record.get(name)
        if value.__class__ is not Decimal:
            value = one(record, context)
        return None if value is None else work(value, constant)

    return run


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
    if name == "or":
        return Expr(_B, any_of(operands), node)
    return Expr(_B, all_of(operands), node, conditions=operands)


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
