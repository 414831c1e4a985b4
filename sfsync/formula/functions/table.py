"""One row of the function table, and the ways to make its closures."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from sfsync.formula.expression import Expr, Run, Scope
from sfsync.formula.operators import picklist_problem
from sfsync.formula.problems import FormulaProblem
from sfsync.formula.tree import Call
from sfsync.formula.types import PICKLISTS, Type, Value

Kinds: TypeAlias = frozenset[Type]

NUMBER: Kinds = frozenset({Type.NUMBER})
TEXT: Kinds = frozenset({Type.TEXT})
BOOLEAN: Kinds = frozenset({Type.BOOLEAN})
DATE: Kinds = frozenset({Type.DATE})
DATETIME: Kinds = frozenset({Type.DATETIME})
TIME: Kinds = frozenset({Type.TIME})
DATES: Kinds = DATE | DATETIME
VALUES: Kinds = NUMBER | TEXT | DATE | DATETIME | TIME
ANY: Kinds = VALUES | BOOLEAN
CHOICES: Kinds = frozenset(PICKLISTS)


class Blank(Enum):
    """What a function makes of blank arguments."""

    BLANK = "blank when an argument is blank"
    OWN = "see the description"
    NEVER = "never blank"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name in the help, and the types it takes."""

    name: str
    kinds: Kinds
    optional: bool = False
    repeated: bool = False  # the last one may come again


@dataclass(frozen=True, slots=True)
class Site:
    """One call that is being compiled."""

    function: "Function"
    node: Call
    arguments: tuple[Expr, ...]
    scope: Scope

    def mismatch(self, expected: str, received: Expr) -> FormulaProblem:
        """Say that an argument has the wrong type."""
        if received.type in PICKLISTS and received.field is not None:
            return picklist_problem(received)
        return self.wrong(expected, received.type.value)

    def wrong(self, expected: str, received: str) -> FormulaProblem:
        """Say what was expected and what came."""
        shown = f"function '{self.node.name}()'"
        message = f"Incorrect parameter type for {shown}. Expected {expected}, received {received}"
        return FormulaProblem(message, self.node.column)

    def refused(self) -> FormulaProblem:
        """Say that the arguments do not go together."""
        return FormulaProblem(f"Incorrect argument type for function '{self.node.name}()'. ", self.node.column)

    def count_problem(self, expected: int) -> FormulaProblem:
        """Say that there are too few or too many arguments."""
        shown = f"function '{self.node.name}()'"
        received = len(self.arguments)
        message = f"Incorrect number of parameters for {shown}. Expected {expected}, received {received}"
        return FormulaProblem(message, self.node.column)

    def result(self, type_: Type, run: Run) -> Expr:
        """Make the expression of the call."""
        return Expr(type_, run, self.node)


Build: TypeAlias = Callable[[Site], Expr]


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the language."""

    name: str
    parameters: tuple[Parameter, ...]
    returns: str  # for the help: a type's word, or "as its arguments"
    blank: Blank
    help: str
    build: Build
    rule_only: bool = False  # for criteria on a record that is being saved

    @property
    def fewest(self) -> int:
        """The number of arguments it needs."""
        return sum(1 for parameter in self.parameters if not parameter.optional)

    @property
    def most(self) -> int | None:
        """The number of arguments it takes, None where there is no end."""
        return None if any(parameter.repeated for parameter in self.parameters) else len(self.parameters)

    def parameter(self, index: int) -> Parameter:
        """Give the parameter that an argument belongs to."""
        return self.parameters[min(index, len(self.parameters) - 1)]

    def check(self, site: Site) -> None:
        """Check number and types of the arguments. Raises FormulaProblem."""
        count = len(site.arguments)
        if count < self.fewest:
            raise site.count_problem(self.fewest)
        if self.most is not None and count > self.most:
            raise site.count_problem(self.most)
        for index, argument in enumerate(site.arguments):
            kinds = self.parameter(index).kinds
            if argument.type not in kinds and argument.type is not Type.NULL:
                raise site.mismatch(_shown(kinds), argument)

    def compile(self, site: Site) -> Expr:
        """Check a call and make its expression. Raises FormulaProblem."""
        if self.rule_only and not site.scope.rule:
            message = f"Function {self.name} may not be used in this type of formula"
            raise FormulaProblem(message, site.node.column)
        self.check(site)
        return self.build(site)


def _shown(kinds: Kinds) -> str:
    """Name the types of a parameter."""
    return next(kind.value for kind in Type if kind in kinds)


def strict(returns: Type, work: Callable[..., Value]) -> Build:
    """Make a builder of closures that give blank where an argument is blank, and else call `work`."""
    return lambda site: site.result(returns, _closure(_STRICT, _strict_many, work, site))


def own(returns: Type, work: Callable[..., Value]) -> Build:
    """Make a builder of closures that call `work` with whatever the arguments are, blanks too."""
    return lambda site: site.result(returns, _closure(_OWN, _own_many, work, site))


Shape: TypeAlias = Callable[..., Run]


def _closure(shapes: dict[int, Shape], many: Shape, work: Callable[..., Value], site: Site) -> Run:
    """Make the closure of a call in the shape that fits its count of arguments."""
    shape = shapes.get(len(site.arguments), many)
    return shape(work, *(argument.run for argument in site.arguments))


def _own_many(work: Callable[..., Value], *runs: Run) -> Run:
    return lambda record, context: work(*[run(record, context) for run in runs])


def _own_one(work: Callable[..., Value], one: Run) -> Run:
    return lambda record, context: work(one(record, context))


def _own_two(work: Callable[..., Value], one: Run, two: Run) -> Run:
    return lambda record, context: work(one(record, context), two(record, context))


def _strict_many(work: Callable[..., Value], *runs: Run) -> Run:
    def run(record: Any, context: Any) -> Value:
        values = [one(record, context) for one in runs]
        return None if None in values else work(*values)

    return run


def _strict_one(work: Callable[..., Value], one: Run) -> Run:
    def run(record: Any, context: Any) -> Value:
        value = one(record, context)
        return None if value is None else work(value)

    return run


def _strict_two(work: Callable[..., Value], one: Run, two: Run) -> Run:
    def run(record: Any, context: Any) -> Value:
        first, second = one(record, context), two(record, context)
        return None if first is None or second is None else work(first, second)

    return run


_OWN: dict[int, Shape] = {1: _own_one, 2: _own_two}
_STRICT: dict[int, Shape] = {1: _strict_one, 2: _strict_two}
