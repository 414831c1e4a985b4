"""A formula taken apart: each piece with its type and what it comes to for one record."""

from collections.abc import Mapping
from dataclasses import dataclass

from sfsync.formula.compiler import compile_node
from sfsync.formula.expression import EvalContext, Expr, Scope
from sfsync.formula.formula import Blanks
from sfsync.formula.parser import parse
from sfsync.formula.problems import EvaluationFailed, FormulaError, as_value
from sfsync.formula.tree import Node, children, depth, fold, unparse
from sfsync.formula.types import Fields, FieldType, Record, Type, Value, as_fields


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a formula."""

    depth: int  # 0 for the whole
    source: str
    type: Type
    value: Value | FormulaError


def explain_formula(
    source: str,
    fields: Mapping[str, FieldType] | Fields,
    record: Record,
    context: EvalContext,
    *,
    blanks: Blanks = Blanks.ZEROES,
    rule: bool = False,
) -> list[Piece]:
    """Take a formula apart, the whole first, each piece before its own pieces. Raises FormulaProblem."""
    tree = parse(source)
    scope = Scope(as_fields(fields).find, zeroes=blanks is Blanks.ZEROES, rule=rule, depth=depth(tree))
    compiled: dict[int, Expr] = {}

    def join(node: Node, below: tuple[Expr, ...]) -> Expr:
        compiled[id(node)] = compile_node(node, below, scope)
        return compiled[id(node)]

    fold(tree, join)
    pieces: list[Piece] = []
    pending = [(tree, 0)]
    while pending:
        node, level = pending.pop()
        expr = compiled[id(node)]
        pieces.append(Piece(level, unparse(node), expr.type, _value(expr, record, context)))
        pending.extend((child, level + 1) for child in reversed(children(node)))
    return pieces


def _value(expr: Expr, record: Record, context: EvalContext) -> Value | FormulaError:
    """Work one piece out by itself, whether or not the whole would have."""
    try:
        return expr.run(record, context)
    except (EvaluationFailed, ArithmeticError) as error:
        return as_value(error)
