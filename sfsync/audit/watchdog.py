"""What should make somebody look: a watermark that stands still, an incomplete pull, a plan that waits, odd counts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sfsync.counting import counted
from sfsync.errors import Problem, Where
from sfsync.mirror.books import Books
from sfsync.mirror.runs import RUNNING, Run
from sfsync.sync.gone import still_vanished, vanished_mark
from sfsync.sync.outcome import FAILED, INTERRUPTED, WAITING

_PULLING = ("pull", "sync")
_APPLYING = ("sync", "apply")
_RECENT = 20  # runs that are looked at, of the last 24 hours
_USUAL = 500  # runs before them that say what is usual
_FEWEST = 20  # runs it takes to know what is usual
_TIMES = 10  # so many times the usual is far from it
_FREE = 100  # records a run may always bring
_COUNTED = ("new", "changed", "deleted")


def alarms(books: Books, now: datetime, expected: Mapping[str, timedelta]) -> list[Problem]:
    """Give what is wrong; `expected` says how long the watermark of each sObject may stand still at most."""
    ended = [run for run in books.runs.latest(_RECENT + _USUAL) if run.state != RUNNING]
    runs = [run for run in ended if run.command in _PULLING]
    still = _standing_still(books, now, expected)
    pulls = (*_incomplete(runs), *_vanished(books))
    return [*still, *pulls, *_waiting(ended), *_unusual(runs, now), *_contested(runs)]


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


def _waiting(ended: Sequence[Run]) -> Iterator[Problem]:
    last = next((run for run in ended if run.command in _APPLYING), None)
    if last is not None and last.state == WAITING:
        planned = counted(last.counts.get("planned", 0), "change")
        why = last.detail.get("waits") or "a person has to look"
        yield Problem(f"the plan of run {last.id} ({planned}) waits: {why}", str(last.detail.get("next") or ""))


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


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 2880 else f"{minutes // 1440} days"
