"""Date literals as spans of days: `LAST_WEEK` on a given day, in a given zone.

Salesforce's rules: `LAST_N_DAYS:n` takes in today, `NEXT_N_DAYS:n` starts tomorrow; the other counted literals leave
the present unit out. Weeks start on Sunday (locale en_US), fiscal years with a month of the org's choice.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

FIRST_DAY, LAST_DAY = date(1700, 1, 1), date(4000, 12, 31)
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `start` up to, not including, `end`."""

    start: date
    end: date


def span_of(literal: str, today: date, fiscal: int = 1) -> Span:
    """Give the days a date literal stands for, held inside the days Salesforce knows.

    `fiscal` is the month that fiscal years begin with.
    """
    name, _, written = literal.partition(":")
    count = min(int(written), 4_000_000) if written else 1
    begins = fiscal if "FISCAL_" in name else 1
    name = name.replace("FISCAL_", "")
    days = {
        "YESTERDAY": (-1, 0),
        "TODAY": (0, 1),
        "TOMORROW": (1, 2),
        "LAST_90_DAYS": (-90, 1),
        "NEXT_90_DAYS": (1, 91),
    }
    if name in days:
        return Span(_day(today, days[name][0]), _day(today, days[name][1]))
    first, end = _units(name, count)
    unit = name.replace("_AGO", "").split("_")[-1].removesuffix("S")
    if unit == "DAY":
        return Span(_day(today, first), _day(today, end + 1 if name.startswith("LAST_N") else end))
    start = _start_of(unit, today, begins)
    return Span(_moved(unit, start, first), _moved(unit, start, end))


def _units(name: str, count: int) -> tuple[int, int]:
    """Give the first unit and the one after the last, the present one being 0."""
    if name.endswith("_AGO"):
        return -count, 1 - count
    if name.startswith("THIS_"):
        return 0, 1
    return (-count, 0) if name.startswith("LAST_") else (1, count + 1)


def _start_of(unit: str, today: date, begins: int) -> date:
    if unit == "WEEK":
        return today - timedelta(days=today.isoweekday() % 7)
    months = _MONTHS[unit]
    year, month = divmod(today.year * 12 + today.month - 1 - (today.month - begins) % months, 12)
    return date(year, month + 1, 1)


def _moved(unit: str, start: date, count: int) -> date:
    if unit == "WEEK":
        return _day(start, 7 * count)
    months = start.year * 12 + start.month - 1 + count * _MONTHS[unit]
    year, month = divmod(months, 12)
    if year < FIRST_DAY.year:
        return FIRST_DAY
    return date(year, month + 1, 1) if year <= LAST_DAY.year else LAST_DAY


def _day(start: date, days: int) -> date:
    if days < (FIRST_DAY - start).days:
        return FIRST_DAY
    return start + timedelta(days=days) if days < (LAST_DAY - start).days else LAST_DAY


def midnight(day: date, zone: str) -> str:
    """Give the instant a day begins in a zone, as datetime columns hold it."""
    instant = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def read_datetime(written: str) -> str | None:
    """Give a dateTime literal as datetime columns hold it, None where there is no such moment."""
    text = written.upper()
    if text[-3] != ":" and text[-5] in "+-":
        text = f"{text[:-2]}:{text[-2:]}"
    try:
        instant = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not FIRST_DAY <= instant.date() <= LAST_DAY:
        return None
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}+0000"


def read_date(written: str) -> str | None:
    """Give a date literal as date columns hold it, None where there is no such day."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return written if FIRST_DAY <= day <= LAST_DAY else None
