"""What is expected by settings and schedules; what is not is an alarm."""

from collections.abc import Mapping
from datetime import timedelta

from sfsync.audit.watchdog import Watch
from sfsync.mirror.books import Books
from sfsync.settings.shapes import ScheduleSettings, Settings

_PULLING = ("pull", "sync")
_SHORTEST = timedelta(minutes=15)
_BY_CRON = timedelta(days=3)  # a weekend, and a day to notice


def watch_of(settings: Settings, books: Books) -> Watch:
    """Give what is expected."""
    patience = timedelta(seconds=settings.watch.approval_seconds) if settings.brakes.approve else None
    return Watch(
        _longest_stands(settings, books), quiet=settings.watch.quiet, sobjects=frozenset(settings.sobjects),
        approval=patience,
    )  # fmt: skip


def _longest_stands(settings: Settings, books: Books) -> Mapping[str, timedelta]:
    """Give how long the watermark of each sObject may stand still: of those that a schedule has ever been run for."""
    longest: dict[str, timedelta] = {}
    for name, schedule in settings.schedules.items():
        if schedule.run not in _PULLING or books.slots.last(name) is None:
            continue
        stands = settings.watch.still_seconds
        span = timedelta(seconds=stands) if stands else _by_schedule(schedule)
        for sobject in schedule.sobjects:
            longest[sobject] = min(span, longest.get(sobject, span))
    return longest


def _by_schedule(schedule: ScheduleSettings) -> timedelta:
    if schedule.every_seconds is None:
        return _BY_CRON
    return max(timedelta(seconds=schedule.every_seconds) * 3, _SHORTEST)
