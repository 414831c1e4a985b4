"""ORDER BY as SQL: texts without case, picklists in the order of their list, nulls first unless told otherwise."""

from collections.abc import Sequence

from sfsync.localorg.soql.expressions import Expression, Expressions
from sfsync.localorg.soql.refusals import refuse
from sfsync.localorg.soql.tree import Call, Order


def order_key(expression: Expression, expressions: Expressions) -> tuple[str, ...]:
    """Give the SQL of what an expression is ordered by, the most important first."""
    sql = expressions.corporate(expression).sql  # documented: amounts are ordered by what they are worth
    if expression.type == "picklist" and expression.field is not None and expression.field.picklist:
        place = f"CASE WHEN {sql} IS NOT NULL THEN {expressions.position(expression)} END"
        return place, f"_sort_key({sql})"
    if expression.is_text and sql != "NULL":
        return (f"_sort_key({sql})",)
    return (sql,)


def order_sql(orders: Sequence[Order], expressions: Expressions, table: str, filtered: bool) -> str:
    """Give the whole ORDER BY part for records; equal ones are ordered by Id, so that an order is the same every time.

    `filtered` tells that there is a WHERE: then, without an order asked for, no index on Id shall be walked only to
    please this rule. Raises Refusal MALFORMED_QUERY for a field that cannot be sorted.
    """
    parts: list[str] = []
    last = f'{table}."Id"'
    for order in orders:
        expression = expressions.of(order.operand)
        if isinstance(order.operand, Call) and order.operand.name == "CONVERTCURRENCY":
            raise refuse(expressions.names.text, expression.at, "convertCurrency() cannot be used with ORDER BY")
        if expression.aggregate:
            reason = f"Aggregates can be ordered by in a query with GROUP BY only: {expression.name}"
            raise refuse(expressions.names.text, expression.at, reason)
        if expression.field is not None and not expression.field.sortable:
            reason = f"field '{expression.name}' can not be sorted in a query call"
            raise refuse(expressions.names.text, expression.at, reason)
        parts += [key + _direction(order, expression) for key in order_key(expression, expressions)]
        if expression.sql == last:
            return f"ORDER BY {', '.join(parts)}"
    descending = " DESC" if orders and orders[0].descending else ""
    return f"ORDER BY {', '.join([*parts, ('+' if filtered and not orders else '') + last + descending])}"


def _direction(order: Order, expression: Expression) -> str:
    direction = " DESC" if order.descending else ""
    if not expression.nullable:
        return direction
    return direction + (" NULLS LAST" if order.nulls_first is False else " NULLS FIRST")
