"""Promises of what is told about runs: what became later of what they left open is told as it is now."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sfsync.clock import SetClock
from sfsync.mirror.entries import EntryState
from sfsync.mirror.open import Mirror, open_mirror
from sfsync.records.change import Action, Change, FieldChange
from sfsync.sync.awaited import BLOCKED
from sfsync.sync.settle import ALREADY
from sfsync.sync.telling import entry_problem, listed_runs

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHANGES = [
    Change(Action.UPDATE, "Lead", f"00QLc00000000{n:02d}MAA", (FieldChange("Title", None, "Chief"),)) for n in range(4)
]


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    """A mirror with one run that sent two of its four changes and heard of none."""
    opened = open_mirror(f"sqlite:///{tmp_path}/mirror.db", clock=SetClock(NOW), writable=True)
    with opened.writing() as books:
        run = books.runs.start("sync", {})
        books.outbox.add(run, CHANGES)
        sent = [1, 2]
        books.outbox.send(sent, NOW)
        books.outbox.doubt(sent)
    yield opened
    opened.close()


def counts(mirror: Mirror) -> Mapping[str, int]:
    """Give what is told of the run."""
    found: Mapping[str, int] = listed_runs(mirror, 5).data["runs"][0]["counts"]
    return found


@pytest.mark.parametrize("state", ["interrupted", "failed"])
def test_a_run_that_was_cut_short_is_counted_as_its_entries_stand_now(mirror: Mirror, state: str) -> None:
    """What a later run has settled is no longer told as open."""
    with mirror.writing() as books:
        books.runs.finish(1, state, books.outbox.counts(1))
    assert counts(mirror) == {"NEW": 2, "UNKNOWN": 2}
    with mirror.writing() as books:
        books.outbox.settle(1, EntryState.APPLIED)
        books.outbox.settle(2, EntryState.REJECTED, "X", "no")
        books.outbox.supersede(1, "its run ended before it was sent")
    assert counts(mirror) == {"APPLIED": 1, "REJECTED": 1, "SUPERSEDED": 2}


def test_answers_that_were_lost_and_found_later_are_counted_as_what_they_were(mirror: Mirror) -> None:
    """A run that ended with unknown outcomes tells them until they are settled, and its other counts stay."""
    with mirror.writing() as books:
        books.outbox.settle(3, EntryState.APPLIED)
        books.outbox.settle(4, EntryState.APPLIED, message=ALREADY)
        told = {"planned": 4, "applied": 1, "already": 1, "rejected": 7, "superseded": 0, "unknown": 2}
        books.runs.finish(1, "partly", told)
    assert counts(mirror) == told
    with mirror.writing() as books:
        books.outbox.settle(1, EntryState.APPLIED)
        books.outbox.settle(2, EntryState.REJECTED, "X", "no")
    assert counts(mirror) == told | {"applied": 2, "rejected": 8, "unknown": 0}


def test_what_waits_for_a_lost_answer_is_told_to_pass_by_itself_and_when(mirror: Mirror) -> None:
    """Ten minutes after the run gave up on it nothing of the earlier change can come any more."""
    with mirror.writing() as books:
        books.outbox.supersede(1, BLOCKED)
        problem = entry_problem(books.outbox.entries(states=[EntryState.SUPERSEDED])[0])
    assert problem.next.startswith("nothing, it passes by itself: a run after 2026-03-01T12:10:00")
