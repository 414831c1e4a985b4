"""Read conditions: WHERE and HAVING.

A list of conditions is joined by AND or by OR, never by both without parentheses; NOT stands before one condition only,
and only at the start of a list.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from sfsync.localorg.soql.cursor import Cursor
from sfsync.localorg.soql.literals import read_string
from sfsync.localorg.soql.operands import read_operand
from sfsync.localorg.soql.refusals import refuse
from sfsync.localorg.soql.tree import (
    Comparison,
    Condition,
    Joined,
    Literal,
    Membership,
    Not,
    Operand,
    SubqueryMembership,
)

if TYPE_CHECKING:
    from sfsync.localorg.soql.tree import Query

_PERIODS = ("WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR")
PLAIN_DATE_LITERALS = frozenset(
    {"YESTERDAY", "TODAY", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS"}
    | {f"{when}_{period}" for when in ("LAST", "THIS", "NEXT") for period in _PERIODS}
)
_UNITS = ("DAYS", "WEEKS", "MONTHS", "QUARTERS", "YEARS", "FISCAL_QUARTERS", "FISCAL_YEARS")
COUNTED_DATE_LITERALS = frozenset(
    form.format(unit) for unit in _UNITS for form in ("LAST_N_{}", "NEXT_N_{}", "N_{}_AGO")
)
_COMPARING = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_MONEY = re.compile(r"[A-Za-z]{3}[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_KINDS = {"number": "number", "date": "date", "datetime": "datetime"}
_WORDS = {"TRUE": "boolean", "FALSE": "boolean", "NULL": "null"}


class Filters:
    """Reads conditions at a cursor; queries within them are read by `read_query`."""

    def __init__(self, cursor: Cursor, read_query: Callable[[Cursor], "Query"]) -> None:
        self._cursor = cursor
        self._read_query = read_query

    def condition(self) -> Condition:
        """Read conditions joined by AND or by OR."""
        cursor = self._cursor
        if cursor.skips("NOT"):
            return Not(self._single())
        conditions = [self._single()]
        operator = cursor.now.upper
        if operator not in ("AND", "OR"):
            return conditions[0]
        while cursor.skips(operator):
            conditions.append(self._single())
        if cursor.now.upper in ("AND", "OR"):
            raise cursor.unexpected()
        return Joined(operator, tuple(conditions))

    def _single(self) -> Condition:
        cursor = self._cursor
        if cursor.now.upper == "NOT":
            raise cursor.unexpected()
        if not cursor.skips("("):
            return self._comparison()
        cursor.deeper()
        inner = self.condition()
        cursor.needs(")")
        cursor.shallower()
        return inner

    def _comparison(self) -> Condition:
        cursor = self._cursor
        left = read_operand(cursor)
        operator = _COMPARING.get(cursor.now.text) if cursor.now.kind == "symbol" else None
        if operator is not None:
            cursor.take()
            return Comparison(left, operator, self._literal())
        if cursor.skips("LIKE"):
            return Comparison(left, "LIKE", self._literal(pattern=True))
        if cursor.skips("NOT", "IN"):
            return self._members(left, "NOT IN")
        for word in ("IN", "INCLUDES", "EXCLUDES"):
            if cursor.skips(word):
                return self._members(left, word)
        raise cursor.unexpected()

    def _members(self, left: Operand, operator: str) -> Condition:
        cursor = self._cursor
        self._refuse_bind()
        cursor.needs("(")
        if operator in ("IN", "NOT IN") and cursor.sees("SELECT"):
            cursor.deeper()
            query = self._read_query(cursor)
            cursor.shallower()
            cursor.needs(")")
            return SubqueryMembership(left, operator, query)
        values = [self._literal()]
        while cursor.skips(","):
            values.append(self._literal())
        cursor.needs(")")
        return Membership(left, operator, tuple(values))

    def _literal(self, pattern: bool = False) -> Literal:
        cursor = self._cursor
        self._refuse_bind()
        token = cursor.now
        if token.kind == "string":
            cursor.take()
            return Literal("pattern" if pattern else "string", read_string(cursor.text, token, pattern), token.at)
        if token.kind in _KINDS:
            cursor.take()
            return Literal(_KINDS[token.kind], token.text, token.at)  # type: ignore[arg-type]
        if token.upper in _WORDS:
            cursor.take()
            return Literal(_WORDS[token.upper], token.upper.lower(), token.at)  # type: ignore[arg-type]
        return self._money() or self._date_literal()

    def _money(self) -> Literal | None:
        """Read an amount in a currency, `USD5000` or `EUR-1.5`; None where there is none."""
        cursor = self._cursor
        token, after = cursor.now, cursor.ahead()
        touching = after.kind == "number" and after.at == token.at + len(token.text)
        written = token.text + (after.text if touching else "")
        if token.kind != "word" or not _MONEY.fullmatch(written):
            return None
        for _ in range(1 + touching):
            cursor.take()
        return Literal("money", written, token.at)

    def _date_literal(self) -> Literal:
        cursor = self._cursor
        token = cursor.now
        if token.upper in PLAIN_DATE_LITERALS:
            cursor.take()
            return Literal("date literal", token.upper, token.at)
        if token.upper in COUNTED_DATE_LITERALS:
            cursor.take()
            cursor.needs(":")
            return Literal("date literal", f"{token.upper}:{cursor.whole_number()}", token.at)
        raise cursor.unexpected()

    def _refuse_bind(self) -> None:
        if self._cursor.now.text == ":":
            raise refuse(self._cursor.text, self._cursor.now.at, "Bind variables only allowed in Apex code")
