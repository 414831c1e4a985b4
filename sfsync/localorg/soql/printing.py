"""Write a tree as SOQL again: the text reads back as the same tree."""

from sfsync.localorg.soql.literals import write_string
from sfsync.localorg.soql.tree import (
    AllFields,
    Call,
    ChildRows,
    Comparison,
    Condition,
    Distance,
    Item,
    Joined,
    Literal,
    Membership,
    Not,
    Operand,
    Order,
    Query,
    Selected,
    SubqueryMembership,
    TypeOf,
)


def write(query: Query) -> str:
    """Write a query as text."""
    parts = [f"SELECT {', '.join(_item(one) for one in query.items)}", _source(query)]
    parts += [f"USING SCOPE {query.scope}"] if query.scope else []
    parts += [f"WHERE {_condition(query.where)}"] if query.where else []
    parts += [f"WITH {query.with_clause}"] if query.with_clause else []
    parts += _groups(query)
    parts += [f"ORDER BY {', '.join(_order(one) for one in query.order_by)}"] if query.order_by else []
    parts += [f"LIMIT {query.limit}"] if query.limit is not None else []
    parts += [f"OFFSET {query.offset}"] if query.offset is not None else []
    parts += [f"FOR {one}" for one in query.for_what]
    parts += [f"UPDATE {', '.join(query.update)}"] if query.update else []
    parts += ["ALL ROWS"] if query.all_rows else []
    return " ".join(parts)


def write_operand(operand: Operand) -> str:
    """Write a field path or a call."""
    if isinstance(operand, Call):
        return f"{operand.name}({'' if operand.argument is None else write_operand(operand.argument)})"
    if isinstance(operand, Distance):
        point = f"GEOLOCATION({operand.latitude}, {operand.longitude})"
        return f"DISTANCE({operand.place}, {point}, '{operand.unit}')"
    return str(operand)


def _item(item: Item) -> str:
    if isinstance(item, Selected):
        return write_operand(item.operand) + (f" {item.alias}" if item.alias else "")
    if isinstance(item, AllFields):
        return f"FIELDS({item.which})"
    if isinstance(item, ChildRows):
        return f"({write(item.query)})"
    return _type_of(item)


def _type_of(item: TypeOf) -> str:
    branches = [f"WHEN {name} THEN {', '.join(map(str, paths))}" for name, paths in item.branches]
    otherwise = [f"ELSE {', '.join(map(str, item.otherwise))}"] if item.otherwise else []
    return " ".join([f"TYPEOF {item.relationship}", *branches, *otherwise, "END"])


def _source(query: Query) -> str:
    source = query.source
    first = f"FROM {source.name}" + (f" {source.alias}" if source.alias else "")
    return ", ".join([first, *(f"{path} {alias}" for alias, path in source.parents)])


def _groups(query: Query) -> list[str]:
    if not query.group_by:
        return [f"HAVING {_condition(query.having)}"] if query.having else []
    operands = ", ".join(write_operand(one) for one in query.group_by)
    group = f"GROUP BY {query.grouping}({operands})" if query.grouping else f"GROUP BY {operands}"
    return [group, f"HAVING {_condition(query.having)}"] if query.having else [group]


def _order(order: Order) -> str:
    nulls = {None: "", True: " NULLS FIRST", False: " NULLS LAST"}[order.nulls_first]
    return write_operand(order.operand) + (" DESC" if order.descending else "") + nulls


def _condition(condition: Condition) -> str:
    if isinstance(condition, Joined):
        return f" {condition.operator} ".join(_nested(one) for one in condition.conditions)
    if isinstance(condition, Not):
        return f"NOT {_nested(condition.condition)}"
    left = write_operand(condition.left)
    if isinstance(condition, Comparison):
        return f"{left} {condition.operator} {_literal(condition.right)}"
    if isinstance(condition, Membership):
        return f"{left} {condition.operator} ({', '.join(_literal(one) for one in condition.values)})"
    assert isinstance(condition, SubqueryMembership)
    return f"{left} {condition.operator} ({write(condition.query)})"


def _nested(condition: Condition) -> str:
    text = _condition(condition)
    return f"({text})" if isinstance(condition, Joined | Not) else text


def _literal(literal: Literal) -> str:
    if literal.kind in ("string", "pattern"):
        return write_string(literal.value, literal.kind == "pattern")
    return literal.value
