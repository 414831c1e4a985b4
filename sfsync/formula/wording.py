"""Salesforce's words for what is wrong with a formula."""

from collections.abc import Iterable

from sfsync.formula.expression import Expr
from sfsync.formula.problems import FormulaProblem
from sfsync.formula.tree import Chain, Node, Prefix
from sfsync.formula.types import PICKLISTS, Type


def place(node: Node) -> int:
    """Give the column that messages about a node point at: its operator's, else its own."""
    match node:
        case Chain():
            return node.signs[-1].column
        case Prefix():
            return node.sign.column
        case _:
            return node.column


def described(name: str) -> str:
    """Name a function or an operator, in the author's spelling."""
    return f"function '{name}()'" if name[:1].isalpha() else f"operator '{name}'"


def wrong_type(name: str, expected: Iterable[Type | str], actual: Expr) -> FormulaProblem:
    """Say that an operand or argument has the wrong type; a bare picklist is said to be one."""
    if actual.type in PICKLISTS and actual.field is not None:
        return misplaced_picklist(actual)
    words = [kind if isinstance(kind, str) else kind.value for kind in expected if kind is not actual.type]
    received = actual.type.value
    message = f"Incorrect parameter type for {described(name)}. Expected {', '.join(words)}, received {received}"
    return FormulaProblem(message, place(actual.node))


def wrong_count(name: str, expected: int, received: int, column: int) -> FormulaProblem:
    """Say that a function has too few or too many arguments."""
    message = f"Incorrect number of parameters for {described(name)}. Expected {expected}, received {received}"
    return FormulaProblem(message, column)


def refused_type(name: str, column: int) -> FormulaProblem:
    """Say that a function does not take what it was given."""
    return FormulaProblem(f"Incorrect argument type for {described(name)}. ", column)


def misplaced_picklist(use: Expr) -> FormulaProblem:
    """Say that a picklist field stands where none may."""
    name = use.field.name if use.field else ""
    kind = "picklist" if use.type is Type.PICKLIST else "multi-select picklist"
    message = f"Field {name} is a {kind} field. {kind.capitalize()} fields are only supported in certain functions."
    return FormulaProblem(message, place(use.node))
