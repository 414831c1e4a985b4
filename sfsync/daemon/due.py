"""When a schedule is due: instants that stay the same whatever restarts, clocks and time changes do."""

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_A_DAY = timedelta(days=1)  # no clock is put forward by more
_LOOKS_BACK = tuple(timedelta(days=days) for days in (1 / 24, 1, 32, 366, 5 * 366))


class Due(Protocol):
    """The instants a schedule is due at: its slots, all in UTC."""

    at_once: bool  # a schedule that has never run starts with the slot just past, rather than wait for the next

    def next(self, after: datetime) -> datetime | None:
        """Give the first slot after an instant; None where there is none any more."""

    def latest(self, until: datetime, after: datetime) -> datetime | None:
        """Give the last slot up to an instant, later than another; None where there is none between them."""


MOST_COUNTED = 10_000


def between(due: Due, after: datetime, until: datetime) -> int:
    """Count the slots between two instants, both left out; at most ten thousand are told apart."""
    count, slot = 0, due.next(after)
    while slot is not None and slot < until and count < MOST_COUNTED:
        count, slot = count + 1, due.next(slot)
    return count


class Every:
    """Slots at whole multiples of a span, counted from 1970, so that they do not depend on when the program started."""

    at_once = True

    def __init__(self, seconds: int) -> None:
        self._span = timedelta(seconds=seconds)

    def next(self, after: datetime) -> datetime:
        """Give the first slot after an instant."""
        return _EPOCH + ((after - _EPOCH) // self._span + 1) * self._span

    def latest(self, until: datetime, after: datetime) -> datetime | None:
        """Give the last slot up to an instant, later than another."""
        slot = _EPOCH + (until - _EPOCH) // self._span * self._span
        return slot if slot > after else None


class Wall:
    """Slots by the clock on a wall, from a cron expression of five fields with weekdays by name.

    An hour the wall clock repeats (autumn) counts once where the expression names hours; one it leaves out (spring) is
    made up for as if the clock had not been moved. Where every hour is meant, each hour that passes counts.
    """

    at_once = False

    def __init__(self, cron: str, zone: ZoneInfo) -> None:
        minute, hour, day, month, weekday = cron.split()
        fields = {"minute": minute, "hour": hour, "day": day, "month": month, "day_of_week": weekday}
        self._zone = zone
        self._names_hours = hour != "*"
        # Named hours are looked for on the wall itself, without a zone: added to times of a zone, spans over a change
        # of the clock are an hour off in APScheduler 3.11, and a slot at midnight is lost.
        self._trigger = CronTrigger(**fields, timezone=UTC if self._names_hours else zone)

    def next(self, after: datetime) -> datetime | None:
        """Give the first slot after an instant."""
        if not self._names_hours:
            return self._fire_time(after.astimezone(UTC) + _TICK)
        found: datetime | None = None
        shown = self._fire_time(self._wall_before(after))
        while shown is not None:
            slot = shown.replace(tzinfo=self._zone, fold=0).astimezone(UTC)
            if slot > after:  # else the hour comes a second time, and counted the first
                found = slot if found is None else min(found, slot)
                if slot.astimezone(self._zone).replace(tzinfo=UTC, fold=0) == shown:
                    break  # what is left out comes among what follows it, not after
            shown = self._fire_time(shown + _TICK)
        return found

    def _wall_before(self, after: datetime) -> datetime:
        """Give what the wall shows next, or would show if the clock had not been put forward the day before."""
        offsets = ((after - back).astimezone(self._zone).utcoffset() for back in (timedelta(0), _A_DAY))
        return after.astimezone(UTC) + min(offset for offset in offsets if offset is not None) + _TICK

    def _fire_time(self, start: datetime) -> datetime | None:
        found: datetime | None = self._trigger.get_next_fire_time(None, start)
        return found.astimezone(UTC) if found else None

    def latest(self, until: datetime, after: datetime) -> datetime | None:
        """Give the last slot up to an instant, later than another, looking back five years at most."""
        for span in _LOOKS_BACK:
            start = max(after, until - span)
            found = self._last_between(start, until)
            if found is not None or start == after:
                return found
        return None

    def _last_between(self, start: datetime, until: datetime) -> datetime | None:
        found = None
        slot = self.next(start)
        while slot is not None and slot <= until:
            found, slot = slot, self.next(slot)
        return found


def first_due(due: Due, last: datetime | None, now: datetime) -> datetime | None:
    """Give the slot to run now, if one is due: the latest since the last that was taken.

    One run makes up for all slots missed while nothing ran.
    """
    if last is None:
        return due.latest(now, now - timedelta(days=5 * 366)) if due.at_once else None
    return due.latest(now, last)
