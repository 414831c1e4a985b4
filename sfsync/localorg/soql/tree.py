"""The tree a SOQL text is read into. Places (`at`) are offsets in the text and take no part in comparison."""

from dataclasses import dataclass, field
from typing import Literal as OneOf


@dataclass(frozen=True, slots=True)
class Path:
    """A field, perhaps through parents: `Account.Owner.Name` is three names."""

    names: tuple[str, ...]
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of nothing, a field, or another call: `COUNT()`, `CALENDAR_YEAR(convertTimezone(CreatedDate))`."""

    name: str  # in capitals
    argument: "Path | Call | Distance | None"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a place is from a point: `DISTANCE(Address, GEOLOCATION(40.4, -3.7), 'km')`."""

    place: Path  # a compound address
    latitude: str  # as written, in degrees
    longitude: str
    unit: str  # mi or km
    at: int = field(default=0, compare=False)


Operand = Path | Call | Distance


@dataclass(frozen=True, slots=True)
class Selected:
    """One operand of a select list, with its alias."""

    operand: Operand
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class AllFields:
    """`FIELDS(ALL)`, `FIELDS(STANDARD)` or `FIELDS(CUSTOM)`."""

    which: str  # in capitals
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ChildRows:
    """A query in a select list, over the children of each record."""

    query: "Query"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TypeOf:
    """Fields by the kind of record a polymorphic reference points at."""

    relationship: str
    branches: tuple[tuple[str, tuple[Path, ...]], ...]  # sObject name and its fields
    otherwise: tuple[Path, ...] | None
    at: int = field(default=0, compare=False)


Item = Selected | AllFields | ChildRows | TypeOf


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in a filter.

    `value` is what was meant for a string (a pattern keeps its escapes), else the text as written; a date literal with
    a count is written `LAST_N_DAYS:3`, an amount in a currency `USD5000`.
    """

    kind: OneOf["string", "pattern", "number", "boolean", "null", "date", "datetime", "date literal", "money"]
    value: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`operand operator literal`; the operator is one of `= != < <= > >= LIKE`."""

    left: Operand
    operator: str
    right: Literal


@dataclass(frozen=True, slots=True)
class Membership:
    """`operand operator (literals)`; the operator is one of `IN`, `NOT IN`, `INCLUDES`, `EXCLUDES`."""

    left: Operand
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class SubqueryMembership:
    """`field IN (SELECT ...)`, a semi-join, or `NOT IN`, an anti-join."""

    left: Operand
    operator: str
    query: "Query"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Joined:
    """Two or more conditions under one operator, `AND` or `OR`."""

    operator: str
    conditions: tuple["Condition", ...]


Condition = Comparison | Membership | SubqueryMembership | Not | Joined


@dataclass(frozen=True, slots=True)
class Order:
    """One operand of ORDER BY. `nulls_first` None means as Salesforce does when nothing is said: first."""

    operand: Operand
    descending: bool = False
    nulls_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What a query is over: an sObject (or a child relationship), its alias, and aliased parents (`c.Account a`)."""

    name: str
    alias: str | None = None
    parents: tuple[tuple[str, Path], ...] = ()  # alias and path
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Query:
    """One whole query."""

    items: tuple[Item, ...]
    source: Source
    scope: str | None = None
    where: Condition | None = None
    with_clause: str | None = None  # as written, checked but without effect here
    grouping: OneOf["", "ROLLUP", "CUBE"] = ""
    group_by: tuple[Operand, ...] = ()
    having: Condition | None = None
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int | None = None
    for_what: tuple[str, ...] = ()  # VIEW, REFERENCE, UPDATE
    update: tuple[str, ...] = ()  # TRACKING, VIEWSTAT
    all_rows: bool = False
    at: int = field(default=0, compare=False)
    limit_at: int = field(default=0, compare=False)
    offset_at: int = field(default=0, compare=False)
