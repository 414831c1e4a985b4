"""Conditions of WHERE and HAVING as SQL.

Documented (SOQL reference): semi- and anti-joins go with no OR and no NOT. Seen in public traces: the words where they
stand in brackets with OR. Assumed: the same words for NOT.
"""

# ruff: noqa: S608 (every name in the SQL is the catalog's, every value is bound)

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from sfsync.localorg.formulas.amounts import CODE, has_codes, rate
from sfsync.localorg.soql.comparing import Comparing
from sfsync.localorg.soql.expressions import Expression, Expressions
from sfsync.localorg.soql.functions import fold
from sfsync.localorg.soql.refusals import refuse
from sfsync.localorg.soql.tree import (
    Call,
    Comparison,
    Condition,
    Distance,
    Joined,
    Literal,
    Membership,
    Not,
    Operand,
    Query,
    SubqueryMembership,
)

MOST_SUBQUERIES = 2  # semi- and anti-joins of one WHERE
_NESTED = (
    "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions"
)
MANY_VALUES = 200  # an IN list longer than this is handed to SQLite as one JSON value


class Conditions:
    """Turns the conditions of one query into SQL.

    `subquery` compiles the query of a semi-join and gives its SQL; None where there may be none. `grouped` is given for
    HAVING: it refuses an operand that is neither grouped nor aggregated.
    """

    def __init__(
        self,
        expressions: Expressions,
        comparing: Comparing,
        subquery: Callable[[Query, Expression], str] | None,
        grouped: Callable[[Operand], Expression] | None = None,
    ) -> None:
        self._expressions = expressions
        self._comparing = comparing
        self._subquery = subquery
        self._grouped = grouped
        self._subqueries = 0

    def sql(self, condition: Condition) -> str:
        """Give the SQL of a whole condition. Raises Refusal as the checks of its parts do."""
        buried = _buried(condition)
        if buried is not None:
            raise refuse(self._expressions.names.text, buried.query.at, _NESTED)
        return self._sql(condition)

    def _sql(self, condition: Condition) -> str:
        if isinstance(condition, Joined):
            return self._joined(condition)
        if isinstance(condition, Not):
            return f"(({self._sql(condition.condition)}) IS NOT TRUE)"
        if isinstance(condition, Comparison):
            left = self._left(condition.left)
            if isinstance(condition.left, Distance) and condition.operator not in ("<", "<=", ">", ">="):
                raise self._comparing.wrong_operator(left)
            return f"({self._compare(left, condition.operator, condition.right)})"
        if isinstance(condition, Membership):
            return f"({self._membership(condition)})"
        return f"({self._semi_join(condition)})"

    def _left(self, operand: Operand) -> Expression:
        """Make the left side, which must be something that can be filtered."""
        left = self._operand(operand)
        text = self._expressions.names.text
        if isinstance(operand, Call) and operand.name == "CONVERTCURRENCY":
            reason = "convertCurrency() cannot be used in WHERE; write the amount with its currency, as in USD5000"
            raise refuse(text, operand.at, reason)
        if left.aggregate and self._grouped is None:
            raise refuse(text, left.at, f"unexpected token: '{left.name}'")
        if left.type == "address":
            reason = "Address fields can only be filtered using the DISTANCE function"
            raise refuse(text, left.at, reason, "INVALID_FIELD")
        if left.field is not None and not left.field.filterable:
            reason = f"field '{left.name}' can not be filtered in a query call"
            raise refuse(text, left.at, reason, "INVALID_FIELD")
        return left

    def _operand(self, operand: Operand) -> Expression:
        """Make an operand; in HAVING it is what the row shows of it, null where the row is a subtotal over it."""
        if self._grouped is None:
            return self._expressions.of(operand)
        shown = self._grouped(operand)
        if isinstance(operand, Call) and operand.name == "GROUPING":
            return shown
        return replace(self._expressions.of(operand), sql=shown.sql)

    def _compare(self, left: Expression, operator: str, literal: Literal) -> str:
        """Compare with a literal; an amount in a currency with what the record's own amount is worth."""
        if literal.kind != "money":
            return self._comparing.compare(left, operator, literal)
        column, text = left.column, self._expressions.names.text
        if left.aggregate or column is None or left.type != "currency" or column.node.polymorphic:
            raise refuse(text, literal.at, f"unexpected token: '{literal.value}'")
        sobject, table = column.node.variants[0]
        if not has_codes(sobject):
            raise refuse(text, literal.at, f"unexpected token: '{literal.value}'")
        catalog, code = self._expressions.names.catalog, literal.value[:3].upper()
        if code not in {one.value for one in sobject.known[CODE.lower()].picklist}:
            raise refuse(text, literal.at, f"Invalid currency ISO code: {code}", "INVALID_FIELD")
        bind = self._expressions.params.bind
        here = f"{left.sql} * 1.0 * {rate(catalog, sobject, bind(code), table)}"
        there = f"CAST({bind(str(Decimal(literal.value[3:]).scaleb(left.scale)))} AS REAL)"
        sign = {"!=": "IS NOT"}.get(operator, operator)
        own = rate(catalog, sobject, f'{table}."{CODE}"', table)
        return f"{here} {sign} {there} * {own}"

    def _joined(self, joined: Joined) -> str:
        """Join as a balanced tree, so that a long list does not pass SQLite's limit on depth."""
        if joined.operator == "OR" and any(isinstance(one, SubqueryMembership) for one in joined.conditions):
            reason = "Semi join sub-selects are not allowed with the 'OR' operator"
            raise refuse(self._expressions.names.text, _place(joined), reason)
        parts = [self._sql(one) for one in joined.conditions]
        while len(parts) > 1:
            pairs = [parts[place : place + 2] for place in range(0, len(parts), 2)]
            parts = [f"({f' {joined.operator} '.join(pair)})" for pair in pairs]
        return parts[0]

    def _membership(self, condition: Membership) -> str:
        left = self._left(condition.left)
        if condition.operator in ("INCLUDES", "EXCLUDES"):
            return self._choices(left, condition)
        if left.is_text or left.type in ("id", "reference"):
            found = self._in_values(left, condition.values)
        else:
            if len({one.kind == "money" for one in condition.values if one.kind != "null"}) > 1:
                raise refuse(
                    self._expressions.names.text, left.at, "amounts with and without a currency cannot be mixed"
                )
            equal = [self._compare(left, "=", one) for one in condition.values]
            found = " OR ".join(f"({one})" for one in equal) if len(equal) < MANY_VALUES else _balanced(equal)
        return self._comparing.none_of(left, found) if condition.operator == "NOT IN" else found

    def _in_values(self, left: Expression, literals: tuple[Literal, ...]) -> str:
        present = [one for one in literals if one.kind != "null"]
        stored = [self._comparing.stored(left, one) for one in present]
        values = [one for one in stored if one not in (None, "")]
        ascii_only = all(str(one).isascii() for one in values)
        sql = left.sql
        if left.is_text and not left.case_sensitive:
            sql = f"{sql} COLLATE NOCASE" if ascii_only else f"_fold({sql})"
        bind = self._expressions.params.bind
        if len(values) > MANY_VALUES:
            found = f"{sql} IN (SELECT value FROM json_each({bind(json.dumps(values))}))"
        else:
            found = f"{sql} IN ({', '.join(bind(one) for one in values)})"
        return f"{found} OR {left.sql} IS NULL" if len(values) < len(literals) else found

    def _choices(self, left: Expression, condition: Membership) -> str:
        """Compare chosen values of a multi-select picklist; `'a;b'` asks for both."""
        if left.type != "multipicklist":
            raise self._comparing.wrong_operator(left)
        wanted = []
        for literal in condition.values:
            if literal.kind != "string":
                raise self._comparing.wrong_type(left)
            wanted.append(" AND ".join(self._chosen(left, one) for one in literal.value.split(";")))
        found = " OR ".join(f"({one})" for one in wanted)
        return f"({found}) IS NOT TRUE" if condition.operator == "EXCLUDES" else found

    def _chosen(self, left: Expression, value: str) -> str:
        mark = self._expressions.params.bind(f";{fold(value)};")
        return f"instr(';' || _fold({left.sql}) || ';', {mark}) > 0"

    def _semi_join(self, condition: SubqueryMembership) -> str:
        left = self._left(condition.left)
        text = self._expressions.names.text
        self._subqueries += 1
        if self._subquery is None:
            raise refuse(text, condition.query.at, "Nesting of semi join sub-selects is not supported")
        if self._subqueries > MOST_SUBQUERIES:
            raise refuse(text, condition.query.at, f"Maximum of {MOST_SUBQUERIES} semi join sub-selects are allowed")
        if left.type not in ("id", "reference"):
            reason = f"Semi join sub-selects need an ID or reference field on the left side: '{left.name}'"
            raise refuse(text, left.at, reason)
        found = f"{left.sql} IN ({self._subquery(condition.query, left)})"
        return f"({found}) IS NOT TRUE" if condition.operator == "NOT IN" else found


def _balanced(parts: list[str]) -> str:
    while len(parts) > 1:
        pairs = [parts[place : place + 2] for place in range(0, len(parts), 2)]
        parts = [f"({' OR '.join(pair)})" for pair in pairs]
    return parts[0]


def _buried(condition: Condition, top: bool = True, barred: bool = False) -> SubqueryMembership | None:
    """Find a semi-join inside of OR or NOT, where none may stand; one in an OR at the top has a refusal of its own."""
    if isinstance(condition, SubqueryMembership):
        return condition if barred else None
    if isinstance(condition, Not):
        return _buried(condition.condition, False, True)
    if not isinstance(condition, Joined):
        return None
    barred = barred or condition.operator == "OR"
    below = [one for one in condition.conditions if not (top and isinstance(one, SubqueryMembership))]
    return next((found for one in below if (found := _buried(one, False, barred)) is not None), None)


def _place(joined: Joined) -> int:
    """Give the place of the first semi-join in a list of conditions."""
    return next(one.query.at for one in joined.conditions if isinstance(one, SubqueryMembership))
