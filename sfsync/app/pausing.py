"""Pausing the daemon's schedules from the command line, whether it runs or not."""

from datetime import timedelta

from sfsync.app.program import App
from sfsync.errors import UsageError
from sfsync.mirror.books import Books
from sfsync.records.values import datetime_text
from sfsync.settings.kinds import SPAN, did_you_mean
from sfsync.sync.outcome import Outcome


def pause(app: App, schedule: str | None, span: str | None, reason: str) -> Outcome:
    """Pause a schedule, or all: from the next look on nothing of it begins; a run under way goes on to its end."""
    _check_known(app, schedule)
    until_at = app.wishes.clock.now() + timedelta(seconds=_seconds(span)) if span else None
    with app.mirror(writable=True) as mirror, mirror.writing() as books:
        books.pauses.pause(schedule, until_at, " ".join(reason.split()))
        return Outcome("pause", data=_in_force(books))


def resume(app: App, schedule: str | None) -> Outcome:
    """End the pause of a schedule, or every pause. Raises UsageError where the schedule is paused with all others."""
    _check_known(app, schedule)
    with app.mirror(writable=True) as mirror, mirror.writing() as books:
        if schedule is not None and any(pause.schedule is None for pause in books.pauses.in_force()):
            raise UsageError(
                f"{schedule} is paused with all others",
                todo="end that with `sfsync resume`, then pause those that are to stay paused",
            )
        return Outcome("resume", counts={"resumed": books.pauses.resume(schedule)}, data=_in_force(books))


def _in_force(books: Books) -> dict[str, object]:
    pauses = [
        {
            "schedule": pause.schedule,
            "paused_at": datetime_text(pause.paused_at),
            "until_at": datetime_text(pause.until_at) if pause.until_at else None,
            "reason": pause.reason,
        }
        for pause in books.pauses.in_force()
    ]
    return {"pauses": pauses}


def _check_known(app: App, schedule: str | None) -> None:
    known = list(app.settings.schedules)
    if schedule is not None and schedule not in known:
        raise UsageError(f"there is no [schedule.{schedule}]", todo=did_you_mean(schedule, known))


def _seconds(span: str) -> int:
    try:
        return SPAN.read(span)
    except ValueError as error:
        raise UsageError(f"--for: {error}", todo="sfsync pause --for 2h") from None
