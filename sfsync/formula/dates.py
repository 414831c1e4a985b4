"""Arithmetic with dates, points in time and times of day."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import TypeVar

from sfsync.formula.numbers import CONTEXT, divide, integer
from sfsync.formula.problems import EvaluationFailed

DAY_MILLISECONDS = 86_400_000
_DAY_SECONDS = Decimal(86_400)
_DAY = Decimal(DAY_MILLISECONDS)
_MILLISECOND = timedelta(milliseconds=1)
_FURTHEST = 4_000_000  # days, more than between years 1 and 9999


def _days(number: Decimal) -> int:
    """Cut a number of days to a whole one, toward zero."""
    if abs(number) > _FURTHEST:
        raise EvaluationFailed("Date out of range")
    return int(number.to_integral_value(ROUND_DOWN))


def add_days(day: date, number: Decimal) -> date:
    """Move a date by whole days; a fraction is cut off."""
    try:
        return day + timedelta(days=_days(number))
    except OverflowError:
        raise EvaluationFailed("Date out of range") from None


def add_to_datetime(instant: datetime, number: Decimal) -> datetime:
    """Move a point in time by days, rounded to whole seconds."""
    if abs(number) > _FURTHEST:
        raise EvaluationFailed("Date out of range")
    seconds = int(CONTEXT.multiply(number, _DAY_SECONDS).to_integral_value(ROUND_HALF_UP))
    try:
        return instant + timedelta(seconds=seconds)
    except OverflowError:
        raise EvaluationFailed("Date out of range") from None


def days_between(later: date, earlier: date) -> Decimal:
    """Count the days from one date to another."""
    return Decimal((later - earlier).days)


def datetime_difference(later: datetime, earlier: datetime) -> Decimal:
    """Give the days between two points in time, with fractions to 39 digits."""
    return divide(Decimal((later - earlier) // _MILLISECOND), _DAY)


def milliseconds_of(moment: time) -> int:
    """Count the milliseconds since midnight."""
    seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
    return seconds * 1_000 + moment.microsecond // 1_000


def time_of(milliseconds: int) -> time:
    """Make the time of day of milliseconds since midnight; past midnight it starts anew."""
    seconds, rest = divmod(milliseconds % DAY_MILLISECONDS, 1_000)
    return time(seconds // 3_600, seconds // 60 % 60, seconds % 60, rest * 1_000)


def add_to_time(moment: time, number: Decimal) -> time:
    """Move a time of day by milliseconds; past midnight it starts anew, before midnight is a failure."""
    total = milliseconds_of(moment) + int(number)
    if total < 0:
        raise EvaluationFailed("Time out of range")
    return time_of(total)


def time_difference(later: time, earlier: time) -> Decimal:
    """Give the milliseconds from one time of day to the next time it is another, never negative."""
    return Decimal((milliseconds_of(later) - milliseconds_of(earlier)) % DAY_MILLISECONDS)


DayT = TypeVar("DayT", date, datetime)


def add_months(day: DayT, number: Decimal) -> DayT:
    """Move a date by months; the last day of a month leads to the last day of a month."""
    year, month = divmod(day.year * 12 + day.month - 1 + integer(number), 12)
    if not 1 <= year <= 9999:
        raise EvaluationFailed("Date out of range")
    last = month_length(year, month + 1)
    was_last = day.day == month_length(day.year, day.month)
    return day.replace(year=year, month=month + 1, day=last if was_last else min(day.day, last))


def month_length(year: int, month: int) -> int:
    """Give the number of days of a month."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def make_date(year: int, month: int, day: int) -> date:
    """Make a date; a year outside 1 to 9999 or a day that is none is a failure."""
    if not 1 <= year <= 9999:
        raise EvaluationFailed("Year out of range in DATE() function")
    try:
        return date(year, month, day)
    except ValueError:
        raise EvaluationFailed("Month or Day out of range in DATE() function") from None


def midnight(day: date) -> datetime:
    """Give the first instant of a day, GMT."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


_ONE_LINE = "[^\\n\\r\\u0085\\u2028\\u2029]*"  # what Java's `.*` takes
_DATE = re.compile(rf"([0-9]{{4}})-[ \t]*(\d+)-[ \t]*(\d+){_ONE_LINE}")


def parse_date(text: str) -> date:
    """Read `yyyy-M-d` at the start of a text; what comes after does not matter. Else a failure."""
    match = _DATE.fullmatch(text)
    try:
        if match is not None:
            return date(*map(int, match.groups()))
    except (ValueError, OverflowError):
        pass
    raise EvaluationFailed(f"Invalid date format: {text}")


_DATETIME = re.compile(rf"([0-9]{{4}})-[ \t]*(\d+)-[ \t]*(\d+) [ \t]*(\d+):[ \t]*(\d+):[ \t]*(\d+){_ONE_LINE}")


def parse_datetime(text: str) -> datetime:
    """Read `yyyy-M-d H:m:s`, GMT, at the start of a text; what comes after does not matter. Else a failure."""
    match = _DATETIME.fullmatch(text)
    try:
        if match is not None:
            return datetime(*map(int, match.groups()), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except (ValueError, OverflowError):
        pass
    raise EvaluationFailed(f"Invalid date format: {text}")


_TIME = re.compile(r"[ \t]*(\d+):[ \t]*(\d+):[ \t]*(\d+)\.[ \t]*(\d+)")


def parse_time(text: str) -> time:
    """Read `H:m:s.S`, with milliseconds and nothing after. Else a failure."""
    match = _TIME.fullmatch(text)
    try:
        if match is not None:
            hour, minute, second, milliseconds = map(int, match.groups())
            return time(hour, minute, second, milliseconds * 1_000)
    except (ValueError, OverflowError):
        pass
    raise EvaluationFailed(f"Invalid time format: {text}")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def unix_milliseconds(day: date) -> int:
    """Count the milliseconds since 1970 began, GMT; of a date, to its midnight."""
    instant = day if isinstance(day, datetime) else midnight(day)
    return (instant - _EPOCH) // _MILLISECOND


def from_unix_seconds(number: Decimal) -> datetime:
    """Make the point in time of seconds since 1970 began, to the millisecond."""
    try:
        return _EPOCH + timedelta(milliseconds=int(number.scaleb(3)))
    except OverflowError:
        raise EvaluationFailed("Date out of range") from None


def duration(seconds: int, with_days: bool) -> str:
    """Write a span as HH:MM:SS, or D:HH:MM:SS; its sign is lost."""
    minutes, second = divmod(abs(seconds), 60)
    hours, minute = divmod(minutes, 60)
    clock = f"{minute:02d}:{second:02d}"
    return f"{hours // 24}:{hours % 24:02d}:{clock}" if with_days else f"{hours:02d}:{clock}"
