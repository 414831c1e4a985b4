"""Dates, points in time and times of day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sfsync.formula import dates
from sfsync.formula.expression import Expr
from sfsync.formula.functions.table import (
    BOOLEAN,
    DATE,
    DATES_AND_TIMES,
    DATETIME,
    NUMBER,
    TEXT,
    TIME,
    Blank,
    Function,
    Kinds,
    Parameter,
    Site,
    own,
    strict,
)
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
            instant, zone = inner(record, context), context.zone
            if not isinstance(instant, datetime):
                return None
            return instant.date() if zone is UTC else instant.astimezone(zone).date()

        return site.result(Type.DATE, run)
    return strict(Type.DATE, dates.parse_date)(site)


def _datetime_value(site: Site) -> Expr:
    match site.arguments[0].type:
        case Type.DATETIME:
            return site.result(Type.DATETIME, site.arguments[0].run)
        case Type.DATE:
            return strict(Type.DATETIME, dates.midnight)(site)
        case _:
            return strict(Type.DATETIME, dates.parse_datetime)(site)


def _time_value(site: Site) -> Expr:
    match site.arguments[0].type:
        case Type.TIME:
            return site.result(Type.TIME, site.arguments[0].run)
        case Type.DATETIME:
            return strict(Type.TIME, lambda instant: instant.time())(site)
        case _:
            return strict(Type.TIME, dates.parse_time)(site)


def _time_now(site: Site) -> Expr:
    return site.result(Type.TIME, lambda record, context: context.instant.time())


def _add_months(site: Site) -> Expr:
    return strict(site.arguments[0].type, dates.add_months)(site)


def _unix_timestamp(value: date | datetime | time) -> Decimal:
    if isinstance(value, time):
        return Decimal(dates.milliseconds_of(value) // 1_000)
    return Decimal(dates.unix_milliseconds(value) // 1_000)


def _iso(part: int) -> Callable[[date], Decimal]:
    return lambda day: Decimal(day.isocalendar()[part])


def _format_duration(site: Site) -> Expr:
    first, *rest = site.arguments
    second = rest[0] if rest else None
    if second is None or first.type is Type.NUMBER:
        if first.type is not Type.NUMBER:
            raise site.mismatch([Type.NUMBER], first)
        if second is not None and second.type not in (Type.BOOLEAN, Type.NULL):
            raise site.mismatch([Type.BOOLEAN], second)
        return own(Type.TEXT, _duration_of_seconds)(site)
    if second.type not in (first.type, Type.NULL) and first.type is not Type.NULL:
        raise site.mismatch([first.type], second)
    with_days = Type.DATETIME in (first.type, second.type)
    return strict(Type.TEXT, lambda start, end: _duration_between(start, end, with_days))(site)


def _duration_of_seconds(seconds: Decimal | None, with_days: bool | None = False) -> str | None:
    return None if seconds is None else dates.duration(int(seconds), bool(with_days))


def _duration_between(start: Any, end: Any, with_days: bool) -> str:
    if with_days:
        milliseconds = dates.unix_milliseconds(end) - dates.unix_milliseconds(start)
    else:
        milliseconds = dates.milliseconds_of(end) - dates.milliseconds_of(start)
    return dates.duration(abs(milliseconds) // 1_000, with_days)


def _part(name: str, kinds: Kinds, about: str, work: Callable[[Any], Decimal]) -> Function:
    """Make the row of a function that takes a number out of a date or time."""
    parameter = Parameter("time" if kinds == TIME else "date", kinds, refuses_null=kinds >= DATETIME)
    return Function(name, (parameter,), "Number", Blank.BLANK, about, strict(Type.NUMBER, work))


DATES: tuple[Function, ...] = (
    Function("TODAY", (), "Date", Blank.NEVER, "The user's date.", _today),
    Function("NOW", (), "DateTime", Blank.NEVER, "The present moment, the same throughout one evaluation.", _now),
    Function("TIMENOW", (), "Time", Blank.NEVER, "The present time of day, GMT.", _time_now),
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
        (Parameter("expression", DATETIME | TEXT, refuses_null=True),),
        "Date",
        Blank.BLANK,
        "The date of a point in time in the user's time zone, or of text that starts with YYYY-MM-DD.",
        _date_value,
    ),
    Function(
        "DATETIMEVALUE",
        (Parameter("expression", TEXT | DATES_AND_TIMES, refuses_null=True),),
        "DateTime",
        Blank.BLANK,
        "The point in time of text that starts with YYYY-MM-DD HH:MM:SS, read as GMT; of a date, its midnight GMT.",
        _datetime_value,
    ),
    Function(
        "TIMEVALUE",
        (Parameter("expression", TEXT | DATETIME | TIME, refuses_null=True),),
        "Time",
        Blank.BLANK,
        "The time of day of text HH:MM:SS.mmm, or of a point in time in GMT.",
        _time_value,
    ),
    Function(
        "ADDMONTHS",
        (Parameter("date", DATES_AND_TIMES, refuses_null=True), Parameter("num_months", NUMBER, refuses_null=True)),
        "as its first argument",
        Blank.BLANK,
        "The date so many months later; the last day of a month leads to the last day of a month.",
        _add_months,
    ),
    _part("YEAR", DATE, "The year.", lambda day: Decimal(day.year)),
    _part("MONTH", DATE, "The month, 1 to 12.", lambda day: Decimal(day.month)),
    _part("DAY", DATE, "The day of the month.", lambda day: Decimal(day.day)),
    _part("WEEKDAY", DATE, "The day of the week, 1 for Sunday to 7.", lambda day: Decimal(day.isoweekday() % 7 + 1)),
    _part("DAYOFYEAR", DATE, "The day of the year, 1 to 366.", lambda day: Decimal(day.timetuple().tm_yday)),
    _part("ISOWEEK", DATES_AND_TIMES, "The ISO week, 1 to 53.", _iso(1)),
    _part("ISOYEAR", DATES_AND_TIMES, "The year that the ISO week belongs to.", _iso(0)),
    _part("HOUR", TIME, "The hour, 0 to 23.", lambda moment: Decimal(moment.hour)),
    _part("MINUTE", TIME, "The minute, 0 to 59.", lambda moment: Decimal(moment.minute)),
    _part("SECOND", TIME, "The second, 0 to 59.", lambda moment: Decimal(moment.second)),
    _part("MILLISECOND", TIME, "The millisecond, 0 to 999.", lambda moment: Decimal(moment.microsecond // 1_000)),
    _part(
        "UNIXTIMESTAMP", DATES_AND_TIMES | TIME, "The seconds since 1970, or of a time since midnight.", _unix_timestamp
    ),
    Function(
        "FROMUNIXTIME",
        (Parameter("number", NUMBER),),
        "DateTime",
        Blank.BLANK,
        "The point in time so many seconds after 1970 began, GMT.",
        strict(Type.DATETIME, dates.from_unix_seconds),
    ),
    Function(
        "FORMATDURATION",
        (Parameter("start", NUMBER | DATETIME | TIME), Parameter("end", BOOLEAN | DATETIME | TIME, optional=True)),
        "Text",
        Blank.BLANK,
        "A span as HH:MM:SS: of seconds (with TRUE behind them as D:HH:MM:SS), or from one time to another.",
        _format_duration,
    ),
)
