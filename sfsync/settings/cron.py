"""Cron expressions: five fields, read strictly, days of the week as cron counts them.

Weekdays come out as names, because programs do not agree on the number of Sunday.
"""

import re

_FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of the month", 1, 31),
    ("month", 1, 12),
    ("day of the week", 0, 7),
)
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NAMES = {
    "day of the week": {name: number for number, name in enumerate(_WEEKDAYS)},
    "month": {name: number for number, name in enumerate(_MONTHS, start=1)},
}
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?", re.ASCII)


def read_cron(text: str) -> str:
    """Give a cron expression in one spelling: numbers and lists only, weekdays by name.

    `0 6 * * 1-5` becomes `0 6 * * mon,tue,wed,thu,fri`.
    Raises ValueError, with words for a person, where it is not one or can never be due.
    """
    written = text.split()
    if len(written) != len(_FIELDS):
        raise ValueError(f"{text!r} has {len(written)} fields, not five: minute, hour, day, month, weekday")
    numbers = [_numbers(part, *field) for part, field in zip(written, _FIELDS, strict=True)]
    days, months, weekdays = numbers[2:]
    if days is not None and weekdays is not None:
        raise ValueError(f"{text!r} names days of the month and of the week: make two schedules, one for each")
    if days is not None and not any(min(days) <= _LONGEST_MONTH[month - 1] for month in months or range(1, 13)):
        raise ValueError(f"{text!r} is never due: no such month has a day {min(days)}")
    if weekdays is not None:
        names = [_WEEKDAYS[number] for number in sorted({number % 7 for number in weekdays})]
        return " ".join([*map(_spelt, numbers[:4]), ",".join(names)])
    return " ".join(map(_spelt, numbers))


def _spelt(numbers: list[int] | None) -> str:
    return "*" if numbers is None else ",".join(map(str, numbers))


def _numbers(text: str, field: str, lowest: int, highest: int) -> list[int] | None:
    """Give the numbers a field stands for, None for all."""
    if text == "*":
        return None
    chosen: set[int] = set()
    for part in text.split(","):
        chosen |= _range(part, field, lowest, highest)
    return sorted(chosen)


def _range(part: str, field: str, lowest: int, highest: int) -> set[int]:
    found = _PART.fullmatch(part)
    if found is None:
        raise ValueError(f"{part!r} is no {field}")
    step = int(found["step"] or 1)
    if step == 0:
        raise ValueError(f"{part!r}: a step of 0 is never due")
    if found["first"] is None:
        return set(range(lowest, min(highest, 6) + 1 if field == "day of the week" else highest + 1, step))
    first = _number(found["first"], field, lowest, highest)
    open_end = highest if found["step"] else first
    last = _number(found["last"], field, lowest, highest) if found["last"] else open_end
    if last < first:
        raise ValueError(f"{part!r} runs backwards: split it in two, as 22-23,0-5")
    return set(range(first, last + 1, step))


def _number(text: str, field: str, lowest: int, highest: int) -> int:
    named = _NAMES.get(field, {}).get(text.lower())
    if named is not None:
        return named
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise ValueError(f"{text!r} is no {field}: {lowest} to {highest}")
    return int(text)
