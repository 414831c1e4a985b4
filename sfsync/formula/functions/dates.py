"""Dates, points in time and times of day."""

from datetime import date
from decimal import Decimal
from typing import Any

from sfsync.formula import dates
from sfsync.formula.expression import Expr
from sfsync.formula.functions.table import DATE, DATETIME, NUMBER, TEXT, Blank, Function, Parameter, Site, strict
from sfsync.formula.numbers import integer
from sfsync.formula.types import Type, Value


def _today(site: Site) -> Expr:
    return site.result(Type.DATE, lambda record, context: context.today)


def _now(site: Site) -> Expr:
    return site.result(Type.DATETIME, lambda record, context: context.instant)


def _date(year: Decimal, month: Decimal, day: Decimal) -> date:
    return dates.make_date(integer(year), integer(month), integer(day))


def _date_value(site: Site) -> Expr:
    inner = site.arguments[0].run
    if site.arguments[0].type is Type.DATETIME:

        def run(record: Any, context: Any) -> Value:
            instant: Any = inner(record, context)
            return None if instant is None else instant.astimezone(context.zone).date()

        return site.result(Type.DATE, run)
    return strict(Type.DATE, dates.parse_date)(site)


DATES: tuple[Function, ...] = (
    Function("TODAY", (), "Date", Blank.NEVER, "The user's date.", _today),
    Function("NOW", (), "DateTime", Blank.NEVER, "The present moment, the same throughout one evaluation.", _now),
    Function(
        "DATE",
        (Parameter("year", NUMBER), Parameter("month", NUMBER), Parameter("day", NUMBER)),
        "Date",
        Blank.BLANK,
        "The date of a year (1 to 9999), month and day; one that does not exist is an error.",
        strict(Type.DATE, _date),
    ),
    Function(
        "DATEVALUE",
        (Parameter("expression", DATETIME | TEXT),),
        "Date",
        Blank.BLANK,
        "The date of a point in time in the user's time zone, or of text that starts with YYYY-MM-DD.",
        _date_value,
    ),
    Function(
        "YEAR",
        (Parameter("date", DATE),),
        "Number",
        Blank.BLANK,
        "The year.",
        strict(Type.NUMBER, lambda day: Decimal(day.year)),
    ),
    Function(
        "MONTH",
        (Parameter("date", DATE),),
        "Number",
        Blank.BLANK,
        "The month, 1 to 12.",
        strict(Type.NUMBER, lambda day: Decimal(day.month)),
    ),
    Function(
        "DAY",
        (Parameter("date", DATE),),
        "Number",
        Blank.BLANK,
        "The day of the month.",
        strict(Type.NUMBER, lambda day: Decimal(day.day)),
    ),
)
