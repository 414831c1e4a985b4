"""Freezes: times in which the daemon writes nothing to the org, at fixed dates or every week."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
_SPAN = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?")
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")

Moment = datetime | time  # by the clock on a wall: a date with a time, or a time of any day


@dataclass(frozen=True, slots=True)
class Freeze:
    """One freeze; the end is not part of it."""

    starts: Moment  # naive, as `ends`, and of the same kind
    ends: Moment  # a time not after `starts` is one of the next day
    days: frozenset[int]  # on which one of every week may start; 0 is Monday
    zone: ZoneInfo

    def covers(self, instant: datetime) -> bool:
        """Tell whether an aware instant lies in it."""
        if isinstance(self.starts, datetime):
            return isinstance(self.ends, datetime) and self._lies(instant, self.starts, self.ends)
        today = instant.astimezone(self.zone).date()
        return any(self._covers(instant, today - timedelta(days=back)) for back in (0, 1))

    def _covers(self, instant: datetime, day: date) -> bool:
        assert isinstance(self.starts, time) and isinstance(self.ends, time)
        over_midnight = timedelta(days=1 if self.ends <= self.starts else 0)
        begins, ends = datetime.combine(day, self.starts), datetime.combine(day + over_midnight, self.ends)
        return day.weekday() in self.days and self._lies(instant, begins, ends)

    def _lies(self, instant: datetime, begins: datetime, ends: datetime) -> bool:
        """Tell whether an instant lies between two times of the wall: the first, where it comes twice, to the last."""
        begun, first, second = (
            wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)
            for wall, fold in ((begins, 0), (ends, 0), (ends, 1))
        )
        return begun <= instant < max(first, second)


def read_moment(text: str) -> Moment:
    """Read "18:00" or "2026-12-24 18:00". Raises ValueError with words for a person."""
    try:
        if _CLOCK.fullmatch(text):
            return time.fromisoformat(text)
        day, _, clock = text.partition(" ")
        if _CLOCK.fullmatch(clock):
            return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock))
    except ValueError:
        pass
    raise ValueError(f'{text!r} is no time: write "18:00" for every day, or "2026-12-24 18:00"')


def read_days(text: str) -> frozenset[int]:
    """Read "mon-fri" or "mon, wed, fri-sun". Raises ValueError with words for a person."""
    found: set[int] = set()
    for part in text.lower().split(","):
        match = _SPAN.fullmatch(part.strip())
        first, last = (match[1], match[2] or match[1]) if match else ("", "")
        if first not in DAYS or last not in DAYS or DAYS.index(last) < DAYS.index(first):
            raise ValueError(f'{part.strip()!r} is neither a day nor days from one to another: write "mon-fri"')
        found.update(range(DAYS.index(first), DAYS.index(last) + 1))
    return frozenset(found)
