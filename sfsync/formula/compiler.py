"""Compiles a tree against a schema: checks names and types, and makes one closure of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from sfsync.formula import operators
from sfsync.formula.dates import midnight
from sfsync.formula.expression import NOT_CONSTANT, EvalContext, Expr, FieldUse, Run, Scope, literal
from sfsync.formula.functions import FUNCTIONS
from sfsync.formula.functions.table import Site
from sfsync.formula.numbers import ZERO
from sfsync.formula.parser import MAX_DEPTH, parse
from sfsync.formula.problems import FormulaProblem
from sfsync.formula.reading import reader
from sfsync.formula.tree import Call, Chain, Map, Name, Node, Number, Prefix, Subscript, Text, Word, depth, fold
from sfsync.formula.types import FieldType, Record, Type, Value

_WORDS: dict[str, tuple[Type, bool | None]] = {
    "true": (Type.BOOLEAN, True),
    "false": (Type.BOOLEAN, False),
    "null": (Type.NULL, None),
}


def compile_tree(tree: Node, scope: Scope) -> Expr:
    """Compile a tree. Raises FormulaProblem at the first thing that is wrong."""
    return fold(tree, lambda node, below: compile_node(node, below, scope))


def compile_node(node: Node, below: Sequence[Expr], scope: Scope) -> Expr:
    """Compile one node whose children are compiled. Raises FormulaProblem."""
    match node:
        case Number():
            return literal(Type.NUMBER, Decimal(node.text), node)
        case Text():
            return literal(Type.TEXT, node.value or None, node)
        case Word():
            type_, value = _WORDS[node.text.lower()]
            return literal(type_, value, node)
        case Name():
            return _field(node, scope)
        case Prefix():
            return operators.prefix(node, below[0])
        case Chain():
            return operators.chain(node, tuple(below))
        case Call():
            return _call(node, tuple(below), scope)
        case Map() | Subscript():
            raise FormulaProblem("Syntax error", node.column)


def _call(node: Call, arguments: tuple[Expr, ...], scope: Scope) -> Expr:
    function = FUNCTIONS.get(node.name.upper())
    if function is None:
        raise FormulaProblem(f"Unknown function {node.name}. Check spelling.", node.column)
    return function.compile(Site(function, node, arguments, scope))


def _field(node: Name, scope: Scope) -> Expr:
    found = scope.find(node.text)
    if found is None:
        raise FormulaProblem(f"Field {node.text} does not exist. Check spelling.", node.column)
    name, kind = found
    if kind.formula is not None:
        return _formula_field(node, name, kind, kind.formula, scope)
    scope.names[name] = None
    use = FieldUse(name, kind, reader(name, kind))
    return Expr(kind.type, reader(name, kind, zeroes=scope.zeroes), node, NOT_CONSTANT, use)


def _formula_field(node: Name, name: str, kind: FieldType, source: str, scope: Scope) -> Expr:
    """Compile a formula field in place; its blank number counts as a blank number field does."""
    if name in scope.inside:
        message = "Formula cannot use another formula field that directly or indirectly refers to itself."
        raise FormulaProblem(message, node.column)
    try:
        tree = parse(source)
        nested = scope.depth + depth(tree)
        if nested > MAX_DEPTH:
            raise FormulaProblem(f"Formula is nested too deeply. Maximum depth is {MAX_DEPTH}", 1)
        zeroes = scope.zeroes if kind.zeroes is None else kind.zeroes
        inner = compile_tree(tree, replace(scope, zeroes=zeroes, depth=nested, inside=(*scope.inside, name)))
    except FormulaProblem as problem:
        raise FormulaProblem(_nested(name, problem.message), node.column) from problem
    raw = _fitted(inner, kind, name, node)
    run = _instead_of_blank(raw, ZERO) if scope.zeroes and kind.type is Type.NUMBER else raw
    return Expr(kind.type, run, node, NOT_CONSTANT, FieldUse(name, kind, raw))


def _nested(name: str, message: str) -> str:
    """Say in which formula field the problem is, unless that is said already."""
    told = message.startswith(("Error in referenced formula", "Formula cannot use"))
    return message if told else f"Error in referenced formula {name}, {message}"


def _fitted(inner: Expr, kind: FieldType, name: str, node: Name) -> Run:
    """Make what a formula field's formula gives a value of the field's type. Raises FormulaProblem where it is none."""
    run = inner.run
    match inner.type, kind.type:
        case Type.BOOLEAN | Type.NULL, Type.BOOLEAN:
            return _instead_of_blank(run, False)
        case Type.DATETIME, Type.DATE:
            return _changed(run, lambda value: value.date() if isinstance(value, datetime) else value)
        case Type.DATE, Type.DATETIME:
            return _changed(run, lambda value: midnight(value) if isinstance(value, date) else value)
        case given, wanted if given is wanted or given is Type.NULL:
            return run
    message = f"Formula result is data type ({inner.type.value}), incompatible with expected data type"
    raise FormulaProblem(f"Error in referenced formula {name}, {message} ({kind.type.value}).", node.column)


def _instead_of_blank(inner: Run, instead: Value) -> Run:
    """Make a closure that gives another value for a blank."""

    def run(record: Record, context: EvalContext) -> Value:
        value = inner(record, context)
        return instead if value is None else value

    return run


def _changed(inner: Run, change: Callable[[Value], Value]) -> Run:
    """Make a closure that changes what another gives."""
    return lambda record, context: change(inner(record, context))
