"""Operands of a query as typed SQL expressions: fields, parts of dates, aggregates."""

from dataclasses import dataclass, replace

from sfsync.localorg.catalog import NUMBERS, PICKLISTS, TEXTS, Field
from sfsync.localorg.formulas.amounts import CODE, exchanged, has_codes
from sfsync.localorg.soql.names import Column, Names, Params
from sfsync.localorg.soql.operands import AGGREGATES, DATE_PARTS
from sfsync.localorg.soql.printing import write_operand
from sfsync.localorg.soql.refusals import refuse
from sfsync.localorg.soql.tree import Call, Distance, Operand, Path

_WITHIN_MOMENT = {
    "YEAR": "CAST(strftime('%Y', {0}) AS INTEGER)",
    "QUARTER": "((CAST(strftime('%m', {0}) AS INTEGER) + 2) / 3)",
    "MONTH": "CAST(strftime('%m', {0}) AS INTEGER)",
    "DAY_IN_MONTH": "CAST(strftime('%d', {0}) AS INTEGER)",
    "DAY_IN_WEEK": "(CAST(strftime('%w', {0}) AS INTEGER) + 1)",
    "DAY_IN_YEAR": "CAST(strftime('%j', {0}) AS INTEGER)",
    "DAY_ONLY": "substr({0}, 1, 10)",
    "HOUR_IN_DAY": "CAST(strftime('%H', {0}) AS INTEGER)",
    "WEEK_IN_MONTH": "((CAST(strftime('%d', {0}) AS INTEGER) - 1) / 7 + 1)",
    "WEEK_IN_YEAR": "((CAST(strftime('%j', {0}) AS INTEGER) - 1) / 7 + 1)",
}
_NEEDS_TIME = frozenset({"DAY_ONLY", "HOUR_IN_DAY"})


@dataclass(frozen=True, slots=True)
class Expression:
    """One operand as SQL, with what is known about its value."""

    sql: str
    type: str  # describe's word, or "real" for an average
    scale: int = 0  # of currency, double and percent: the value is an integer scaled by 10**scale
    name: str = ""  # for messages
    at: int = 0
    column: Column | None = None  # where it is a field and nothing else
    aggregate: bool = False

    @property
    def field(self) -> Field | None:
        """Give the field, if it is a field and nothing else."""
        return self.column.field if self.column else None

    @property
    def is_text(self) -> bool:
        """Tell whether its values are texts, compared without case unless the field says otherwise."""
        return self.type in TEXTS or self.type == "anyType"

    @property
    def case_sensitive(self) -> bool:
        """Tell whether case matters when its values are compared."""
        return self.field is not None and self.field.case_sensitive

    @property
    def nullable(self) -> bool:
        """Tell whether it can be null: a field that may be empty, a parent that may be missing, a calculation."""
        return self.column is None or self.column.field.nillable or bool(self.column.node.path)


class Expressions:
    """Makes the expressions of one query."""

    def __init__(self, names: Names, params: Params, zone: str, user_id: str, fiscal: int = 1) -> None:
        self.names = names
        self.params = params
        self._zone = zone
        self._user_id = user_id
        self._fiscal = fiscal  # the month that fiscal years begin with

    def of(self, operand: Operand) -> Expression:
        """Make the SQL of an operand. Raises Refusal where a name is unknown or a function does not fit its field."""
        if isinstance(operand, Path):
            return of_column(self.names.column(operand), operand.at)
        if isinstance(operand, Distance):
            return self._distance(operand)
        if operand.name in AGGREGATES:
            return self._aggregate(operand)
        if operand.name in DATE_PARTS:
            return self._date_part(operand)
        if operand.name in ("TOLABEL", "FORMAT", "CONVERTCURRENCY"):
            return self._shown(operand)
        raise refuse(self.names.text, operand.at, f"unexpected token: '{operand.name}'")

    def position(self, expression: Expression) -> str:
        """Give the SQL of a picklist value's place in its list; unlisted values come last."""
        values = expression.field.picklist if expression.field else ()
        cases = " ".join(f"WHEN {self.params.bind(one.value)} THEN {place}" for place, one in enumerate(values))
        return f"CASE {expression.sql} COLLATE NOCASE {cases} ELSE {len(values)} END"

    def _aggregate(self, call: Call) -> Expression:
        if call.argument is None:
            return Expression("count(*)", "int", 0, "COUNT()", call.at, aggregate=True)
        inner = self.of(call.argument)
        number = inner.type in NUMBERS or inner.type == "int"
        able = inner.field.aggregatable if inner.field else not inner.aggregate
        if not able or (call.name in ("SUM", "AVG") and not number):
            reason = f"field {inner.name} does not support aggregate operator {call.name}"
            raise refuse(self.names.text, call.at, reason)
        sql, kind, scale = self._aggregate_sql(call.name, self.corporate(inner))
        return Expression(sql, kind, scale, write_operand(call), call.at, aggregate=True)

    def _aggregate_sql(self, name: str, inner: Expression) -> tuple[str, str, int]:
        collated = f"{inner.sql} COLLATE NOCASE" if inner.is_text and not inner.case_sensitive else inner.sql
        if name == "COUNT":
            return f"count({inner.sql})", "int", 0
        if name == "COUNT_DISTINCT":
            return f"count(DISTINCT {collated})", "int", 0
        if name == "AVG":
            return f"avg({inner.sql}) / {10**inner.scale}.0", "real", 0
        if name == "SUM":
            return f"sum({inner.sql})", inner.type, inner.scale
        if inner.type in PICKLISTS and inner.field and inner.field.picklist:
            placed = f"printf('%05d', {self.position(inner)}) || {inner.sql}"
            return f"substr({name.lower()}({placed}), 6)", "string", 0
        kind = "string" if inner.is_text else inner.type
        return f"{name.lower()}({collated})", kind, inner.scale

    def _date_part(self, call: Call) -> Expression:
        moment, kind = self._moment(call)
        if kind not in ("date", "datetime") or (call.name in _NEEDS_TIME and kind == "date"):
            wanted = "dateTime" if call.name in _NEEDS_TIME else "date or dateTime"
            raise refuse(self.names.text, call.at, f"{call.name} function requires a field of type {wanted}")
        if call.name.startswith("FISCAL_") and self._fiscal > 1:  # as many months on, it is the calendar's
            moment = f"date({moment}, 'start of month', '+{13 - self._fiscal} months')"
        part = call.name.removeprefix("CALENDAR_").removeprefix("FISCAL_")
        sql = _WITHIN_MOMENT[part].format(moment)
        return Expression(sql, "date" if part == "DAY_ONLY" else "int", 0, write_operand(call), call.at)

    def _moment(self, call: Call) -> tuple[str, str]:
        """Give the SQL of the moment a date function looks at, and its type."""
        argument = call.argument
        if isinstance(argument, Call) and argument.name == "CONVERTTIMEZONE" and isinstance(argument.argument, Path):
            inner = self.of(argument.argument)
            return f"_local({inner.sql}, {self.params.bind(self._zone)})", inner.type
        if not isinstance(argument, Path):
            raise refuse(self.names.text, call.at, f"unexpected token: '{call.name}'")
        inner = self.of(argument)
        return (f"substr({inner.sql}, 1, 19)" if inner.type == "datetime" else inner.sql), inner.type

    def _distance(self, wanted: Distance) -> Expression:
        column = self.names.column(wanted.place)
        if column.field.type != "address":
            reason = f"DISTANCE needs a location, which the field '{column.field.name}' is not"
            raise refuse(self.names.text, wanted.at, reason, "INVALID_FIELD")
        prefix = column.field.name.removesuffix("Address")
        parts = [*wanted.place.names[:-1], prefix + "Latitude"], [*wanted.place.names[:-1], prefix + "Longitude"]
        at = [self.of(Path(tuple(names), wanted.place.at)) for names in parts]
        here = ", ".join(f"{one.sql} / {10**one.scale}.0" for one in at)
        bind = self.params.bind
        there = f"{bind(float(wanted.latitude))}, {bind(float(wanted.longitude))}, {bind(wanted.unit)}"  # type: ignore[arg-type]
        return Expression(f"_distance({here}, {there})", "real", 0, write_operand(wanted), wanted.at)

    def _shown(self, call: Call) -> Expression:
        if call.argument is None:
            raise refuse(self.names.text, call.at, f"unexpected token: '{call.name}'")
        inner = self.of(call.argument)
        if call.name == "CONVERTCURRENCY":
            return self._users_own(call, inner)
        if call.name == "TOLABEL":
            return Expression(self._label(inner), "string", 0, inner.name, call.at)
        kind = f"{inner.type}:{inner.scale}" if inner.type in NUMBERS else inner.type
        sql = f"_shown({inner.sql}, {self.params.bind(kind)}{self._code(call)}, {self.params.bind(self._zone)})"
        return Expression(sql, "string", 0, inner.name, call.at, aggregate=inner.aggregate)

    def corporate(self, inner: Expression) -> Expression:
        """Give an amount in the org's own currency, where its record has one; anything else stays as it is."""
        return self._exchanged(inner, "")

    def _users_own(self, call: Call, inner: Expression) -> Expression:
        """Give an amount in the currency of who asks."""
        if inner.type != "currency" or inner.column is None:
            reason = f"convertCurrency() can only be used with currency fields, which '{inner.name}' is not"
            raise refuse(self.names.text, call.at, reason, "INVALID_FIELD")
        return self._exchanged(inner, self._user_code())

    def _exchanged(self, inner: Expression, target: str) -> Expression:
        if inner.type != "currency" or inner.column is None or inner.column.node.polymorphic:
            return inner
        sobject, table = inner.column.node.variants[0]
        return replace(inner, sql=exchanged(self.names.catalog, sobject, inner.sql, table, target))

    def _user_code(self) -> str:
        user = self.names.catalog.sobject("User")
        if user is None or not has_codes(user):
            return ""
        return f'(SELECT "DefaultCurrencyIsoCode" FROM "User" WHERE "Id" = {self.params.bind(self._user_id)})'  # noqa: S608

    def _code(self, call: Call) -> str:
        """Give the SQL that goes behind the kind of an amount to be shown: a colon and its currency, or nothing."""
        own = call.argument
        converted = isinstance(own, Call) and own.name == "CONVERTCURRENCY"
        path = own.argument if isinstance(own, Call) and converted else own
        column = self.names.column(path) if isinstance(path, Path) else None
        if column is None or column.field.type != "currency" or column.node.polymorphic:
            return ""
        sobject, table = column.node.variants[0]
        if not has_codes(sobject):
            return ""
        code = self._user_code() if converted else f'{table}."{CODE}"'
        return f" || ':' || {code}"

    def _label(self, inner: Expression) -> str:
        values = inner.field.picklist if inner.field else ()
        if not values:
            return inner.sql
        bind = self.params.bind
        cases = " ".join(f"WHEN {bind(one.value)} THEN {bind(one.label)}" for one in values)
        return f"CASE {inner.sql} {cases} ELSE {inner.sql} END"


def of_column(column: Column, at: int = 0) -> Expression:
    """Make the expression that is a field and nothing else."""
    field = column.field
    scale = field.scale if field.type in NUMBERS else 0
    return Expression(column.sql, field.type, scale, field.name, at, column)
