"""One row of the function table, and the ways to make its closures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from sfsync.formula.expression import Expr, Run, Scope
from sfsync.formula.problems import FormulaProblem
from sfsync.formula.tree import Call
from sfsync.formula.types import PICKLISTS, Type, Value
from sfsync.formula.wording import refused_type, wrong_count, wrong_type

Kinds: TypeAlias = frozenset[Type]

NUMBER: Kinds = frozenset({Type.NUMBER})
TEXT: Kinds = frozenset({Type.TEXT})
BOOLEAN: Kinds = frozenset({Type.BOOLEAN})
DATE: Kinds = frozenset({Type.DATE})
DATETIME: Kinds = frozenset({Type.DATETIME})
TIME: Kinds = frozenset({Type.TIME})
DATES_AND_TIMES: Kinds = DATE | DATETIME
VALUES: Kinds = NUMBER | TEXT | DATE | DATETIME | TIME
ANY: Kinds = VALUES | BOOLEAN
SINGLE: Kinds = frozenset({Type.PICKLIST})
MULTI: Kinds = frozenset({Type.MULTIPICKLIST})
CHOICES: Kinds = SINGLE | MULTI


class Blank(Enum):
    """What a function makes of blank arguments."""

    BLANK = "blank"
    OWN = "see there"
    NEVER = "never blank"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name in the help, and the types it takes."""

    name: str
    kinds: Kinds
    optional: bool = False
    repeated: bool = False  # the last one may come again
    refuses_null: bool = False  # a literal NULL is refused too


@dataclass(frozen=True, slots=True)
class Site:
    """One call that is being compiled."""

    function: "Function"
    node: Call
    arguments: tuple[Expr, ...]
    scope: Scope

    @property
    def runs(self) -> tuple[Run, ...]:
        """The closures of the arguments."""
        return tuple(argument.run for argument in self.arguments)

    def mismatch(self, expected: Iterable[Type | str], received: Expr) -> FormulaProblem:
        """Say that an argument has the wrong type."""
        return wrong_type(self.node.name, expected, received)

    def refused(self) -> FormulaProblem:
        """Say that the function does not take what it was given."""
        return refused_type(self.node.name, self.node.column)

    def count_problem(self, expected: int) -> FormulaProblem:
        """Say that there are too few or too many arguments."""
        return wrong_count(self.node.name, expected, len(self.arguments), self.node.column)

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
    usage: str = ""  # how it is called, where the parameters do not say it
    most_arguments: int | None = None  # the end of a repeated parameter, where there is one

    @property
    def fewest(self) -> int:
        """The number of arguments it needs."""
        return sum(1 for parameter in self.parameters if not parameter.optional)

    @property
    def most(self) -> int | None:
        """The number of arguments it takes, None where there is no end."""
        if any(parameter.repeated for parameter in self.parameters):
            return self.most_arguments
        return len(self.parameters)

    def parameter(self, index: int) -> Parameter:
        """Give the parameter that an argument belongs to."""
        return self.parameters[min(index, len(self.parameters) - 1)]

    def check(self, site: Site) -> None:
        """Check number and types of the arguments. Raises FormulaProblem."""
        count = len(site.arguments)
        if count < self.fewest:
            raise site.count_problem(self.fewest)
        if self.most is not None and count > self.most:
            raise site.count_problem(self.most_arguments or self.fewest)
        for index, argument in enumerate(site.arguments):
            self._check_argument(site, self.parameter(index), argument)

    def _check_argument(self, site: Site, parameter: Parameter, argument: Expr) -> None:
        if argument.type in parameter.kinds or argument.prior_choice in parameter.kinds:
            return
        if argument.type is Type.NULL and not parameter.refuses_null:
            return
        if parameter.refuses_null and argument.type not in PICKLISTS and parameter.kinds != BOOLEAN:
            raise site.refused()
        raise site.mismatch([kind for kind in Type if kind in parameter.kinds], argument)

    def compile(self, site: Site) -> Expr:
        """Check a call and make its expression. Raises FormulaProblem."""
        if self.rule_only and not site.scope.rule:
            message = f"Function {self.name} may not be used in this type of formula"
            raise FormulaProblem(message, site.node.column)
        self.check(site)
        return self.build(site)


def strict(returns: Type, work: Callable[..., Value]) -> Build:
    """Make a builder of closures that give blank where an argument is blank, and else call `work`."""

    def build(site: Site) -> Expr:
        if len(site.arguments) == 1:
            field = site.arguments[0].field
            if field is not None and field.is_text:
                return site.result(returns, _strict_field(work, field.name, site.runs[0]))
        return site.result(returns, _closure(_STRICT, _strict_many, work, site))

    return build


def own(returns: Type, work: Callable[..., Value]) -> Build:
    """Make a builder of closures that call `work` with whatever the arguments are, blanks too."""
    return lambda site: site.result(returns, _closure(_OWN, _own_many, work, site))


Shape: TypeAlias = Callable[..., Run]


def _closure(shapes: dict[int, Shape], many: Shape, work: Callable[..., Value], site: Site) -> Run:
    """Make the closure of a call in the shape that fits its count of arguments."""
    shape = shapes.get(len(site.arguments), many)
    return shape(work, *site.runs)


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


def _strict_field(work: Callable[..., Value], name: str, one: Run) -> Run:
    """Make the closure over a text field: what is a text already needs no reading."""

    def run(record: Any, context: Any) -> Value:
        value = record.get(name)
        if not value or value.__class__ is not str:
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
