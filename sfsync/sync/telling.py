"""Runs and entries as JSON holds them, and as problems a person can act on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sfsync.counting import counted
from sfsync.errors import Problem, Where
from sfsync.mirror.books import Books
from sfsync.mirror.entries import Entry, EntryState
from sfsync.mirror.open import Mirror
from sfsync.mirror.runs import RUNNING, Run
from sfsync.plan.conflicts import Conflict
from sfsync.plan.plan import change_to_plain
from sfsync.records.values import datetime_text, to_plain
from sfsync.sync.awaited import BLOCKED
from sfsync.sync.outcome import FAILED, INTERRUPTED, Outcome
from sfsync.sync.readback import GHOSTS_COME_WITHIN
from sfsync.sync.settle import ALREADY


def listed_runs(mirror: Mirror, limit: int) -> Outcome:
    """List what ran, newest first; what became later of what it left open is counted as it is now.

    A run that never ended, and whose process holds no lease any more, was interrupted; the next one writes that down.
    """
    listed = _latest(mirror, limit)
    under_way = {run.id for run in listed if run.state == RUNNING}
    if under_way and not mirror.is_held("writer"):
        listed = [_died(run) if run.id in under_way else run for run in _latest(mirror, limit)]
    return Outcome("runs", counts={"runs": len(listed)}, data={"runs": [run_to_plain(run) for run in listed]})


def _latest(mirror: Mirror, limit: int) -> list[Run]:
    with mirror.reading() as books:
        return [_as_it_is(books, run) for run in books.runs.latest(limit)]


def _as_it_is(books: Books, run: Run) -> Run:
    """Give a run with its entries counted as they are by now, where it left some open."""
    if run.state in (FAILED, INTERRUPTED):
        return replace(run, counts=books.outbox.counts(run.id))
    if not run.counts.get("unknown"):
        return run
    states = books.outbox.counts(run.id)
    now = {
        "applied": states.get("APPLIED", 0) - books.outbox.count_saying(run.id, ALREADY),
        "superseded": states.get("SUPERSEDED", 0),
        "unknown": states.get("UNKNOWN", 0),
    }
    moved = sum(run.counts.get(name, 0) - number for name, number in now.items())
    return replace(run, counts={**run.counts, **now, "rejected": run.counts.get("rejected", 0) + moved})


def _died(run: Run) -> Run:
    """Give a run that nobody works at as what it is, unless it has ended meanwhile."""
    return replace(run, state=INTERRUPTED) if run.state == RUNNING else run


def run_to_plain(run: Run) -> dict[str, Any]:
    """Give a run as JSON holds it."""
    return {
        "id": run.id,
        "command": run.command,
        "state": run.state,
        "started_at": datetime_text(run.started_at),
        "ended_at": to_plain(run.ended_at),
        "counts": dict(run.counts),
        "detail": dict(run.detail),
    }


def entry_to_plain(entry: Entry) -> dict[str, Any]:
    """Give an entry as JSON holds it."""
    return {
        "id": entry.id,
        "run": entry.run,
        "state": entry.state.value,
        "attempts": entry.attempts,
        "code": entry.code,
        "message": entry.message,
        "due_at": to_plain(entry.due_at),
        "sent_at": to_plain(entry.sent_at),
        "settled_at": to_plain(entry.settled_at),
        "revives": entry.revives,
        "change": change_to_plain(entry.change),
    }


def entry_problem(entry: Entry) -> Problem:
    """Tell why an entry was not applied, and what to do."""
    change = entry.change
    where = Where(sobject=change.sobject, id=change.id, row=change.row)
    code = "" if not entry.code or entry.code.startswith("SFSYNC_") else f"{entry.code}: "
    if entry.state is EntryState.UNKNOWN:
        words = f"the answer to this change never came, and it may still arrive; for now {entry.message}"
        return Problem(words, f"a run after {to_plain(entry.due_at)} looks again and settles it", where)
    if entry.message == BLOCKED:
        after = to_plain(entry.settled_at and entry.settled_at + GHOSTS_COME_WITHIN)
        todo = f"nothing, it passes by itself: a run after {after} plans what is still wanted"
    elif entry.state is EntryState.SUPERSEDED:
        todo = (
            "look at the record, then import the row again"
            if change.row
            else "it stays as it is; `sfsync pull` sees it"
        )
    elif change.row:
        todo = "mend the row and import it again"
    else:
        todo = f"`sfsync outbox show {entry.id}`, mend the cause, revive"
    return Problem(f"{code}{entry.message}", todo, where)


def conflict_problems(conflicts: Sequence[Conflict]) -> list[Problem]:
    """Put into words that fields wait for a person."""
    todo = "`sfsync conflicts` shows the sides; `sfsync conflicts take org` or `take ours` decides"
    rounds = [one.rounds for one in conflicts if one.rounds]
    problems = []
    if len(rounds) < len(conflicts):
        moved = counted(len(conflicts) - len(rounds), "field was", "fields were")
        words = f"{moved} changed in the org since the last agreement"
        problems.append(Problem(f"{words}, and the rules want something else too: nothing is written there", todo))
    if rounds:
        words = f"{counted(len(rounds), 'field was', 'fields were')} changed back {rounds[0]} times by something else"
        more = "find out what (a flow, a trigger, another integration); " + todo
        problems.append(Problem(f"{words}, so it is not written any more", more))
    return problems
