"""A compiled piece of a formula: its type, and a closure that works it out for one record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from typing import TypeAlias

from sfsync.formula.tree import Node
from sfsync.formula.types import PICKLISTS, FieldType, Record, Type, Value


@dataclass(frozen=True)
class EvalContext:
    """What a formula may ask beyond the record: the time, the user's zone, and what the record was before."""

    now: datetime  # aware
    zone: tzinfo = UTC  # the user's
    is_new: bool = False  # the record is just being created
    is_clone: bool = False  # ... as a copy of another
    prior: Mapping[str, object] | None = None  # the record's values before, None where there are none

    @cached_property
    def today(self) -> date:
        """The user's date at `now`."""
        return self.now.astimezone(self.zone).date()

    @cached_property
    def instant(self) -> datetime:
        """`now` in UTC, in whole milliseconds."""
        instant = self.now.astimezone(UTC)
        return instant.replace(microsecond=instant.microsecond // 1_000 * 1_000)


Run: TypeAlias = Callable[[Record, EvalContext], Value]


class _NotConstant:
    pass


NOT_CONSTANT = _NotConstant()


@dataclass(frozen=True, slots=True)
class Expr:
    """A compiled node. Text that is empty is None when it runs: the language does not tell them apart."""

    type: Type
    run: Run
    node: Node
    constant: Value | _NotConstant = NOT_CONSTANT  # a literal's value
    field: "FieldUse | None" = None  # where the node is a bare field
    equals: "tuple[str, str] | None" = None  # where the node asks whether a record's text is this one
    conditions: "tuple[Expr, ...]" = ()  # where the node is an AND: what must hold, in order

    @property
    def prior_choice(self) -> Type | None:
        """The kind of picklist where the node is what a picklist held before, else None."""
        use = self.field
        return use.kind.type if use is not None and use.prior and use.kind.type in PICKLISTS else None

    @property
    def all_conditions(self) -> "tuple[Expr, ...]":
        """The conditions of an AND and of ANDs right within it, itself where it is none."""
        pending, found = [self], list[Expr]()
        while pending:
            expr = pending.pop()
            if expr.conditions:
                pending.extend(reversed(expr.conditions))
            else:
                found.append(expr)
        return tuple(found)

    @property
    def is_literal(self) -> bool:
        """Whether the node is a literal, NULL among them."""
        return not isinstance(self.constant, _NotConstant)


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A bare field in a formula."""

    name: str  # as the schema spells it
    kind: FieldType
    raw: Run  # reads it with a blank number as a blank
    prior: bool = False  # the value before, by PRIORVALUE

    @property
    def is_stored(self) -> bool:
        """Whether the record itself holds the value, under the field's name."""
        return not self.prior and self.kind.formula is None

    @property
    def is_text(self) -> bool:
        """Whether the record holds it as text that means what it says."""
        return self.is_stored and self.kind.type in (Type.TEXT, Type.PICKLIST)

    @property
    def is_decimal(self) -> bool:
        """Whether a Decimal in the record is the value itself."""
        return self.is_stored and self.kind.type is Type.NUMBER and not self.kind.percent


@dataclass(slots=True)
class Scope:
    """What a formula is compiled against."""

    find: Callable[[str], tuple[str, FieldType] | None]
    zeroes: bool  # blank numbers count as 0
    rule: bool  # ISNEW, ISCHANGED and their like may be used
    template: bool = False  # within text with merge fields, where blank text is NULL and picklists show their value
    depth: int = 0  # nesting around a formula field that is compiled within another formula
    inside: tuple[str, ...] = ()  # formula fields being compiled, outermost first
    names: dict[str, None] = field(default_factory=dict)  # fields read, as the schema spells them


def literal(type_: Type, value: Value, node: Node) -> Expr:
    """Make the expression of a literal."""
    return Expr(type_, lambda record, context: value, node, constant=value)
