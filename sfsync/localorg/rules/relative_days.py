"""Days as criteria name them: `2026-11-24`, `11/24/2026`, `TODAY`, `LAST 30 DAYS`, `NEXT_N_DAYS:7`."""

import re
from datetime import date, timedelta

_NUMBERED = re.compile(r"(last|next)[ _](?:n[ _])?days[ :]*(\d+)|(last|next)[ _](\d+)[ _]days?")
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_SINGLE = {"today": 0, "yesterday": -1, "tomorrow": 1}


def days_of(text: str, today: date) -> tuple[date, date]:
    """Give the first and the last day that a text names. Raises ValueError where it names none."""
    words = text.strip().lower()
    if words in _SINGLE:
        day = today + timedelta(days=_SINGLE[words])
        return day, day
    numbered = _NUMBERED.fullmatch(words)
    if numbered is not None:
        which, count = numbered.group(1) or numbered.group(3), int(numbered.group(2) or numbered.group(4))
        if which == "last":
            return today - timedelta(days=count), today
        return today + timedelta(days=1), today + timedelta(days=count)
    if re.fullmatch(r"(this|last|next)[ _](month|year)", words):
        return _period(words.replace("_", " "), today)
    american = _AMERICAN.match(words)
    if american is not None:
        month, day_number, year = (int(one) for one in american.groups())
        return (date(year, month, day_number),) * 2
    return (date.fromisoformat(words[:10]),) * 2


def _period(words: str, today: date) -> tuple[date, date]:
    which, unit = words.split()
    offset = {"last": -1, "this": 0, "next": 1}[which]
    if unit == "year":
        return date(today.year + offset, 1, 1), date(today.year + offset, 12, 31)
    months = today.year * 12 + today.month - 1 + offset
    first, after = (date(one // 12, one % 12 + 1, 1) for one in (months, months + 1))
    return first, after - timedelta(days=1)
