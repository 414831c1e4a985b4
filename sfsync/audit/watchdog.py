"""What should make somebody look: a watermark that stands still, an incomplete pull, a plan that waits, odd counts.

A plan that waits for an approval because settings ask for one is a thing to do, and an alarm only once it waits long.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sfsync.counting import counted
from sfsync.errors import Problem, Where
from sfsync.mirror.books import Books
from sfsync.mirror.runs import RUNNING, Run
from sfsync.records.values import datetime_text
from sfsync.sync.gone import still_vanished, vanished_mark
from sfsync.sync.guard import NOT_APPROVED
from sfsync.sync.outcome import DONE, FAILED, INTERRUPTED, PARTLY, WAITING
from sfsync.sync.sight import still_unseen, unseen_since

_PULLING = ("pull", "sync")
_APPLYING = ("sync", "apply")
_CARRIED_OUT = (DONE, PARTLY)
_RECENT = 20  # runs that are looked at, of the last 24 hours
_USUAL = 500  # runs before them that say what is usual
_FEWEST = 20  # runs it takes to know what is usual
_TIMES = 10  # so many times the usual is far from it
_FREE = 100  # records a run may always bring
_COUNTED = ("new", "changed", "deleted")
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_LATE = timedelta(minutes=90)  # what comes once a day may come so much earlier or later, as when clocks change
_BUSY = 100  # records it takes in a day to say that another is quiet
_QUIET = 100  # a quiet day brings less than one of so many
_TROUBLED = 10  # where more than one of so many runs of a day failed, nobody knows what it brought


@dataclass(frozen=True, slots=True)
class Watch:
    """What is expected."""

    still: Mapping[str, timedelta] = field(default_factory=dict)  # how long each watermark may stand still at most
    quiet: bool = True  # whether a day that brings hardly anything is an alarm
    sobjects: frozenset[str] | None = None  # those that settings name; None: all of the mirror
    approval: timedelta | None = None  # how long plans may wait for approval; None: settings ask for none


def alarms(books: Books, now: datetime, watch: Watch) -> list[Problem]:
    """Give what is not as expected."""
    ended = _ended(books)
    runs = [run for run in ended if run.command in _PULLING]
    unseen = unseen_since(books)
    still = _standing_still(books, now, {name: span for name, span in watch.still.items() if name not in unseen})
    hidden = still_unseen(unseen, watch.sobjects if watch.sobjects is not None else unseen)
    pulls = (*_incomplete(runs), *hidden, *_vanished(books))
    counts = (*_unusual(runs, now), *(_quiet(books, runs) if watch.quiet else ()))
    return [*still, *pulls, *_waiting(books, ended, now, watch), *counts, *_contested(runs)]


def to_approve(books: Books, now: datetime, watch: Watch) -> list[Problem]:
    """Give the plan that waits for an approval as settings ask for, and no longer than they allow."""
    last = _last_plan(_ended(books))
    if last is None or not _as_asked(books, last, now, watch):
        return []
    since = books.runs.first_since(_APPLYING, _CARRIED_OUT)
    words = f"{_plan(last)} waits for an approval; plans have waited since {datetime_text(since or now)}"
    return [Problem(words, str(last.detail.get("next") or ""))]


def _ended(books: Books) -> list[Run]:
    return [run for run in books.runs.latest(_RECENT + _USUAL) if run.state != RUNNING]


def _standing_still(books: Books, now: datetime, expected: Mapping[str, timedelta]) -> Iterator[Problem]:
    todo = "look at `sfsync runs` for why pulls do not complete; if there are none, start `sfsync serve`"
    for sobject, longest in expected.items():
        mark = books.watermarks.get(sobject)
        still = now - mark.covered_until if mark else None
        if still is not None and still > longest:
            words = f"its watermark stands still for {_span(still)}; more than {_span(longest)} is not expected"
            yield Problem(words, todo, Where(sobject=sobject))


def _incomplete(runs: Sequence[Run]) -> Iterator[Problem]:
    last = next(iter(runs), None)
    if last is not None and last.state in (FAILED, INTERRUPTED):
        why = last.detail.get("error")
        words = f"run {last.id}, the latest {last.command}, is not complete: {why or last.state}"
        yield Problem(words, "the next one goes on where it was; if it fails again, look at the reason")


def _waiting(books: Books, ended: Sequence[Run], now: datetime, watch: Watch) -> Iterator[Problem]:
    last = _last_plan(ended)
    if last is not None and not _as_asked(books, last, now, watch):
        why = last.detail.get("waits") or "a person has to look"
        yield Problem(f"{_plan(last)} waits: {why}", str(last.detail.get("next") or ""))


def _last_plan(ended: Sequence[Run]) -> Run | None:
    """Give the run whose plan waits, None where the last plan does not."""
    last = next((run for run in ended if run.command in _APPLYING), None)
    return last if last is not None and last.state == WAITING else None


def _as_asked(books: Books, waiting: Run, now: datetime, watch: Watch) -> bool:
    """Tell whether a plan waits because settings have all plans wait, and not for long yet."""
    if watch.approval is None or waiting.detail.get("waits") != NOT_APPROVED:
        return False
    since = books.runs.first_since(_APPLYING, _CARRIED_OUT)
    return since is None or now - since <= watch.approval


def _plan(run: Run) -> str:
    return f"the plan of run {run.id} ({counted(run.counts.get('planned', 0), 'change')})"


def _vanished(books: Books) -> Iterator[Problem]:
    for name in books.schemas.names():
        if (mark := books.watermarks.get(vanished_mark(name))) is not None:
            yield still_vanished(name, mark.run)


def _contested(runs: Sequence[Run]) -> Iterator[Problem]:
    last = next((run for run in runs if run.command == "sync"), None)
    if last is not None and (fields := last.counts.get("contested", 0)):
        words = f"run {last.id} left {counted(fields, 'field')} alone that something else keeps changing back"
        yield Problem(words, "`sfsync conflicts` lists them; find out what changes them, then decide")


def _unusual(runs: Sequence[Run], now: datetime) -> Iterator[Problem]:
    recent = [run for run in runs[:_RECENT] if run.started_at > now - timedelta(hours=24)]
    usual = runs[_RECENT:]
    if len(usual) < _FEWEST:
        return
    for name in _COUNTED:
        most = max(run.counts.get(name, 0) for run in usual)
        for run in recent:
            came = run.counts.get(name, 0)
            if came > max(_FREE, most * _TIMES):
                told = f"run {run.id} saw {came:,} {name} records; of {len(usual)} runs before none saw over {most:,}"
                yield Problem(told, "find out who changed them; `sfsync undo` takes back what sfsync itself wrote")


def _quiet(books: Books, runs: Sequence[Run]) -> Iterator[Problem]:
    """Hold the day up to the last complete pull against the same hours one week and two weeks before."""
    last = next((run for run in runs if run.state in (DONE, PARTLY, WAITING)), None)
    if last is None:
        return
    day = [run for run in runs if run.started_at > last.started_at - _DAY + _LATE]
    back = _LATE if day == [last] else _DAY + _LATE  # a pull a day is held against single ones
    came, one_week, two_weeks = (_came(books, last.started_at - weeks * _WEEK, back) for weeks in range(3))
    least = min(one_week, two_weeks)
    troubled = sum(run.state in (FAILED, INTERRUPTED) for run in day)
    if least >= _BUSY and came * _QUIET < least and troubled * _TROUBLED <= len(day):
        words = f"the 24 hours up to run {last.id} brought {counted(came, 'record')}; the same hours one week before"
        todo = "see whether what writes in the org still does, and whether sfsync's user still sees all"
        yield Problem(
            f"{words} brought {one_week:,}, two weeks before {two_weeks:,}",
            f"{todo}; if it is a quiet day, wait; `quiet = false` under [watch] turns this off",
        )


def _came(books: Books, until: datetime, back: timedelta) -> int:
    return books.runs.counted_between(_PULLING, _COUNTED, until - back, until + _LATE)


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 2880 else f"{minutes // 1440} days"
