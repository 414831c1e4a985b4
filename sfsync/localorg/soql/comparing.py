"""Compare one typed expression with one literal, as SQL that an index can serve."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal, localcontext
from zoneinfo import ZoneInfo

from sfsync.localorg.catalog import NUMBERS
from sfsync.localorg.soql.dates import midnight, read_date, read_datetime, span_of
from sfsync.localorg.soql.expressions import Expression
from sfsync.localorg.soql.functions import fold
from sfsync.localorg.soql.names import Params
from sfsync.localorg.soql.refusals import refuse
from sfsync.localorg.soql.tree import Literal
from sfsync.localorg.state import Stored
from sfsync.localorg.wire import Refusal
from sfsync.records.ids import to_18

_LARGEST = 2**63 - 1
_SHOWN_TYPES = {"currency": "double", "percent": "double", "real": "double", "datetime": "dateTime"}


@dataclass(frozen=True, slots=True)
class Day:
    """What date literals depend on: the present moment, the user's zone, the org's fiscal year."""

    now: datetime
    zone: str
    fiscal: int = 1  # the month that fiscal years begin with

    @property
    def today(self) -> date:
        """Give the day it is in the user's zone."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()


class Comparing:
    """Makes comparisons for one query."""

    def __init__(self, text: str, params: Params, day: Day, nulls_differ: bool = True) -> None:
        self._text = text
        self._params = params
        self._day = day
        self._nulls_differ = nulls_differ

    def compare(self, left: Expression, operator: str, literal: Literal) -> str:
        """Give the SQL of `left operator literal`; a null never matches an order, but `!=` if nulls differ.

        Raises Refusal INVALID_FIELD for a literal of another type, INVALID_QUERY_FILTER_OPERATOR for an operator the
        type does not have.
        """
        if literal.kind == "null" or (literal.kind == "string" and literal.value == "" and _holds_text(left)):
            return self._with_null(left, operator)
        sql = self._with_value(left, operator, literal)
        return f"({sql} AND {left.sql} IS NOT NULL)" if operator == "!=" and not self._nulls_differ else sql

    def none_of(self, left: Expression, found: str) -> str:
        """Give the SQL of NOT IN, where `found` is that of IN."""
        also = "" if self._nulls_differ else f" AND {left.sql} IS NOT NULL"
        return f"(({found}) IS NOT TRUE{also})"

    def _with_value(self, left: Expression, operator: str, literal: Literal) -> str:
        if operator == "LIKE":
            return self._like(left, literal)
        if left.type == "boolean":
            return self._boolean(left, operator, literal)
        if left.type in ("id", "reference"):
            return self._plain(left.sql, operator, self._id(left, literal))
        if left.type in NUMBERS or left.type in ("int", "real"):
            return self._number(left, operator, literal)
        if left.type in ("date", "datetime"):
            return self._date(left, operator, literal)
        return self._text_compare(left, operator, literal)

    def stored(self, left: Expression, literal: Literal) -> Stored:
        """Give what a column would hold for a literal of an IN list; texts are folded where case does not matter."""
        if left.type in ("id", "reference"):
            return self._id(left, literal)
        self._need(left, literal, "string")
        return literal.value if left.case_sensitive else fold(literal.value)

    def wrong_type(self, left: Expression) -> Refusal:
        """Give the refusal of a literal whose type is not the field's."""
        if _holds_text(left):
            wanted = "must be of type string and should be enclosed in quotes"
        else:
            shown = _SHOWN_TYPES.get(left.type, left.type)
            wanted = f"must be of type {shown} and should not be enclosed in quotes"
        reason = f"value of filter criterion for field '{left.name}' {wanted}"
        return refuse(self._text, left.at, reason, "INVALID_FIELD")

    def wrong_operator(self, left: Expression) -> Refusal:
        """Give the refusal of an operator that the field's type does not have."""
        kind = "id" if left.type in ("id", "reference") else _SHOWN_TYPES.get(left.type, left.type)
        return refuse(self._text, left.at, f"invalid operator on {kind} field", "INVALID_QUERY_FILTER_OPERATOR")

    def _need(self, left: Expression, literal: Literal, *kinds: str) -> None:
        if literal.kind not in kinds:
            raise self.wrong_type(left)

    def _plain(self, sql: str, operator: str, value: Stored) -> str:
        mark = self._params.bind(value)
        return f"{sql} IS NOT {mark}" if operator == "!=" else f"{sql} {operator} {mark}"

    def _with_null(self, left: Expression, operator: str) -> str:
        if operator not in ("=", "!="):
            raise refuse(self._text, left.at, "Invalid comparison with null", "INVALID_QUERY_FILTER_OPERATOR")
        if left.type == "boolean":
            return f"coalesce({left.sql}, 0) = {int(operator == '!=')}"
        return f"{left.sql} IS {'NOT ' if operator == '!=' else ''}NULL"

    def _boolean(self, left: Expression, operator: str, literal: Literal) -> str:
        self._need(left, literal, "boolean")
        if operator not in ("=", "!="):
            raise self.wrong_operator(left)
        sql = f"coalesce({left.sql}, 0)" if left.nullable else left.sql
        return f"{sql} = {int((literal.value == 'true') == (operator == '='))}"

    def _id(self, left: Expression, literal: Literal) -> str | None:
        self._need(left, literal, "string")
        if not literal.value:
            return None
        try:
            return to_18(literal.value)
        except ValueError:
            reason = f"invalid ID field: {literal.value}"
            raise refuse(self._text, left.at, reason, "INVALID_QUERY_FILTER_OPERATOR") from None

    def _number(self, left: Expression, operator: str, literal: Literal) -> str:
        self._need(left, literal, "number")
        written = Decimal(literal.value)
        if left.type == "real":
            mark = f"CAST({self._params.bind(literal.value)} AS REAL)"
            return f"{left.sql} IS NOT {mark}" if operator == "!=" else f"{left.sql} {operator} {mark}"
        with localcontext() as context:
            context.prec = 5000
            scaled = written.scaleb(left.scale) if -4000 < written.adjusted() < 4000 else written
            floor = scaled.to_integral_value(ROUND_FLOOR) if scaled.adjusted() < 4000 else scaled
        if scaled == floor and abs(floor) <= _LARGEST:
            return self._plain(left.sql, operator, int(floor))
        return self._between_integers(left.sql, operator, floor)

    def _between_integers(self, sql: str, operator: str, floor: Decimal) -> str:
        """Compare with a number that no column can hold: one between two integers, or one out of reach."""
        if operator in ("=", "!="):
            return "0" if operator == "=" else "1"
        held = int(max(min(floor, Decimal(_LARGEST)), Decimal(-_LARGEST - 1)))
        if floor < -_LARGEST:
            return f"{sql} IS NOT NULL" if operator in (">", ">=") else "0"
        return self._plain(sql, "<=" if operator in ("<", "<=") else ">", held)

    def _date(self, left: Expression, operator: str, literal: Literal) -> str:
        self._need(left, literal, left.type, "date literal")
        if literal.kind != "date literal":
            read = read_date(literal.value) if left.type == "date" else read_datetime(literal.value)
            if read is None:
                raise refuse(self._text, literal.at, f"Invalid date: {literal.value}", "INVALID_FIELD")
            return self._plain(left.sql, operator, read)
        span = span_of(literal.value, self._day.today, self._day.fiscal)
        start, end = span.start.isoformat(), span.end.isoformat()
        if left.type == "datetime":
            start, end = midnight(span.start, self._day.zone), midnight(span.end, self._day.zone)
        return self._in_span(left.sql, operator, start, end)

    def _in_span(self, sql: str, operator: str, start: str, end: str) -> str:
        bind = self._params.bind
        if operator in ("=", "!="):
            inside = f"({sql} >= {bind(start)} AND {sql} < {bind(end)})"
            return inside if operator == "=" else f"{inside} IS NOT TRUE"
        edges = {"<": ("<", start), "<=": ("<", end), ">": (">=", end), ">=": (">=", start)}
        edge_operator, edge = edges[operator]
        return f"{sql} {edge_operator} {bind(edge)}"

    def _text_compare(self, left: Expression, operator: str, literal: Literal) -> str:
        self._need(left, literal, "string")
        if left.case_sensitive:
            return self._plain(left.sql, operator, literal.value)
        if literal.value.isascii():
            return self._plain(f"{left.sql} COLLATE NOCASE", operator, literal.value)
        return self._plain(f"_fold({left.sql})", operator, fold(literal.value))

    def _like(self, left: Expression, literal: Literal) -> str:
        if not left.is_text:
            raise self.wrong_operator(left)
        self._need(left, literal, "pattern")
        if left.case_sensitive:
            return f"{left.sql} GLOB {self._params.bind(_as_glob(literal.value))}"
        if literal.value.isascii():
            return f"{left.sql} LIKE {self._params.bind(literal.value)} ESCAPE '\\'"
        return f"_fold({left.sql}) LIKE {self._params.bind(fold(literal.value))} ESCAPE '\\'"


def _holds_text(left: Expression) -> bool:
    return left.is_text or left.type in ("id", "reference")


def _as_glob(pattern: str) -> str:
    """Turn a LIKE pattern into one that minds case."""
    glob = []
    characters = iter(pattern)
    for one in characters:
        if one == "\\":
            one = next(characters, "\\")
            glob.append(f"[{one}]" if one in "*?[" else one)
        elif one in "%_":
            glob.append("*" if one == "%" else "?")
        else:
            glob.append(f"[{one}]" if one in "*?[" else one)
    return "".join(glob)
