"""Aggregate queries: GROUP BY, ROLLUP, CUBE, HAVING, and aggregates over everything."""

# ruff: noqa: S608 (every name in the SQL is the catalog's, every value is bound)

import re
from collections.abc import Sequence
from functools import partial
from itertools import combinations

from sfsync.localorg.soql.comparing import Comparing
from sfsync.localorg.soql.conditions import Conditions
from sfsync.localorg.soql.expressions import Expression, Expressions
from sfsync.localorg.soql.operands import AGGREGATES
from sfsync.localorg.soql.ordering import order_key
from sfsync.localorg.soql.printing import write_operand
from sfsync.localorg.soql.refusals import refuse, refuse_plainly
from sfsync.localorg.soql.shape import JsonShape, Value
from sfsync.localorg.soql.tree import Call, Item, Operand, Order, Path, Query, Selected

MOST_ROLLED_UP = 3  # fields in ROLLUP or CUBE
_MARK = re.compile(r"\?\d+")


def is_grouped(query: Query) -> bool:
    """Tell whether a query asks for aggregates rather than records."""
    return bool(query.group_by) or any(_has_aggregate(item) for item in query.items)


def is_count(query: Query) -> bool:
    """Tell whether a query is `SELECT COUNT()`, which answers with a number and no rows."""
    only = query.items[0]
    bare = isinstance(only, Selected) and only.operand == Call("COUNT", None) and only.alias is None
    return bare and len(query.items) == 1 and not query.group_by


def _has_aggregate(item: Item) -> bool:
    return isinstance(item, Selected) and _aggregates(item.operand)


def _aggregates(operand: object) -> bool:
    """Tell whether an operand is an aggregate, or shows one: `FORMAT(MIN(CloseDate))`."""
    return isinstance(operand, Call) and (operand.name in AGGREGATES or _aggregates(operand.argument))


class Grouping:
    """Compiles one aggregate query."""

    def __init__(self, query: Query, expressions: Expressions, comparing: Comparing, shape: JsonShape) -> None:
        self._query = query
        self._expressions = expressions
        self._text = expressions.names.text
        self._comparing = comparing
        self._shape = shape
        self._groups = [self._group(one) for one in query.group_by]
        self._keys = [_key(one.sql) for one in self._groups]

    def sql(self, where: str) -> str:
        """Give the whole statement up to its LIMIT; `where` is the SQL of the WHERE part with its keyword, or nothing.

        Raises Refusal MALFORMED_QUERY for a field neither grouped nor aggregated.
        """
        query = self._query
        for item in query.items:
            if isinstance(item, Selected) and item.operand == Call("COUNT", None):
                raise refuse(self._text, item.operand.at, "COUNT() cannot be used with GROUP BY; use COUNT(fieldName)")
        if not query.group_by and query.limit is not None:
            raise refuse_plainly("Non-grouped query that uses overall aggregate functions cannot also use LIMIT")
        orders = [self._order(one) for one in query.order_by]
        selects = [self._select(wanted, where, orders) for wanted in self._sets()]
        places = [f"k{number}{tail}" for number, (_, tail) in enumerate(orders)]
        order = f" ORDER BY {', '.join(places)}" if places else ""
        return f"SELECT r FROM ({' UNION ALL '.join(selects)}){order}"

    def members(self) -> list[Value]:
        """Give what is shown of each group."""
        return self._values(range(len(self._groups)))

    def _sets(self) -> list[tuple[int, ...]]:
        """Give the grouping sets, each as the places of the operands it groups by."""
        count = len(self._groups)
        if self._query.grouping and count > MOST_ROLLED_UP:
            raise refuse_plainly(f"{self._query.grouping} supports at most {MOST_ROLLED_UP} fields")
        if self._query.grouping == "ROLLUP":
            return [tuple(range(length)) for length in range(count, -1, -1)]
        if self._query.grouping == "CUBE":
            return [chosen for length in range(count, -1, -1) for chosen in combinations(range(count), length)]
        return [tuple(range(count))]

    def _select(self, wanted: Sequence[int], where: str, orders: Sequence[tuple["Operand", str]]) -> str:
        """Give the SELECT of one grouping set."""
        values = self._values(wanted)
        record = self._shape.group(values)
        keys = [
            f", {order_key(self._value(operand, wanted), self._expressions)[0]} AS k{n}"
            for n, (operand, _) in enumerate(orders)
        ]
        by = [_collated(self._groups[place]) for place in wanted]
        group = f" GROUP BY {', '.join(by) or 'NULL'}" if self._groups else ""
        having = ""
        if self._query.having is not None:
            conditions = Conditions(self._expressions, self._comparing, None, partial(self._value, wanted=wanted))
            having = f" HAVING {conditions.sql(self._query.having)}"
        return f"SELECT {record} AS r{''.join(keys)} FROM {self._expressions.names.from_sql} {where}{group}{having}"

    def _values(self, wanted: Sequence[int]) -> list[Value]:
        values: list[Value] = []
        taken: set[str] = set()
        unnamed = 0
        for item in self._query.items:
            if not isinstance(item, Selected):
                raise refuse_plainly("Grouped queries can select grouped fields and aggregates only")
            made = self._value(item.operand, wanted)
            key = item.alias
            if key is None and isinstance(item.operand, Path):
                key = made.name
            elif key is None:
                key, unnamed = f"expr{unnamed}", unnamed + 1
            if key.lower() in taken:
                raise refuse(self._text, item.operand.at, f"duplicate alias: {key}")
            taken.add(key.lower())
            values.append(Value(key, made))
        return values

    def _value(self, operand: Operand, wanted: Sequence[int]) -> Expression:
        """Make a selected operand for one grouping set: null where the set does not group by it."""
        if isinstance(operand, Call) and operand.name == "GROUPING" and operand.argument is not None:
            place = self._place(operand.argument)
            return Expression(str(int(place not in wanted)), "int", 0, write_operand(operand), operand.at)
        made = self._expressions.of(operand)
        if made.aggregate:
            return made
        if self._place(operand) in wanted:
            return made
        return Expression("NULL", made.type if made.type != "boolean" else "string", made.scale, made.name, made.at)

    def _place(self, operand: Operand) -> int:
        made = self._expressions.of(operand)
        if _key(made.sql) not in self._keys:
            raise refuse(self._text, operand.at, f"Field must be grouped or aggregated: {write_operand(operand)}")
        return self._keys.index(_key(made.sql))

    def _group(self, operand: Operand) -> Expression:
        made = self._expressions.of(operand)
        if made.aggregate or (made.field is not None and not made.field.groupable):
            raise refuse(self._text, operand.at, f"field '{made.name}' can not be grouped in a query call")
        return made

    def _order(self, order: Order) -> tuple[Operand, str]:
        nulls = "LAST" if order.nulls_first is False else "FIRST"
        return order.operand, f" {'DESC' if order.descending else 'ASC'} NULLS {nulls}"


def _key(sql: str) -> str:
    """Give the SQL of an expression without the numbers of its values, to compare it with another."""
    return _MARK.sub("?", sql)


def _collated(group: Expression) -> str:
    return f"{group.sql} COLLATE NOCASE" if group.is_text and not group.case_sensitive else group.sql
