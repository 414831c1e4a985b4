"""Records with an earlier change that is not settled, or may still arrive: they are left out of a plan until it is.

What says the very same as a call that may still arrive does no harm, and is not left out.
"""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import compress

from sfsync.counting import counted
from sfsync.errors import Problem
from sfsync.mirror.books import Books
from sfsync.mirror.entries import Entry, EntryState
from sfsync.mirror.slices import slices
from sfsync.records.change import Change
from sfsync.records.values import datetime_text
from sfsync.sync.context import Context
from sfsync.sync.outcome import DONE, PARTLY, Outcome
from sfsync.sync.propose import Proposal

BLOCKED = "an earlier change of this record is not settled: its answer was lost, and it may still arrive"

_AT_ONCE = 2_000  # changes held in memory
_Place = tuple[str, str | None]  # sObject and id


@dataclass(slots=True)
class Awaited:
    """What was left out of a plan, and for what it waits."""

    lost: int = 0  # records whose earlier answers were lost
    until: datetime | None = None  # when none of those can arrive any more
    jobs: Counter[int] = field(default_factory=Counter)  # records, by the run whose call for them is under way
    imports: Counter[int] = field(default_factory=Counter)  # records, by the import that was cut short

    def counts(self) -> Mapping[str, int]:
        """Count the records; empty where there are none."""
        number = self.lost + self.jobs.total() + self.imports.total()
        return {"waiting": number} if number else {}

    def problems(self) -> tuple[Problem, ...]:
        """Put into words what waits for what, each kind once."""
        found = []
        if self.lost and self.until is not None:
            waits = f"{counted(self.lost, 'record waits', 'records wait')} until {datetime_text(self.until)}"
            words = f"{waits}: the answer to an earlier change was lost, and that may still arrive"
            found.append(Problem(words, "nothing, it passes by itself: a run after that plans what is still wanted"))
        for run, number in sorted(self.jobs.items()):
            words = (
                f"{counted(number, 'record waits', 'records wait')} for a job of run {run} that the org has not ended"
            )
            found.append(Problem(words, "nothing; every run looks whether it has ended"))
        for run, number in sorted(self.imports.items()):
            words = f"{counted(number, 'record waits', 'records wait')} for import {run}, which was cut short"
            todo = f"`sfsync import --resume {run}`, or cancel its entries: `sfsync outbox list --run {run}`"
            found.append(Problem(words, todo))
        return tuple(found)

    def told_in(self, outcome: Outcome) -> Outcome:
        """Give an outcome that tells of it: something should have been written and was not."""
        if not self.counts():
            return outcome
        state = PARTLY if outcome.state == DONE else outcome.state
        problems = (*outcome.problems, *self.problems()) if outcome.exit == 4 else (*self.problems(), *outcome.problems)
        counts = {**outcome.counts, **self.counts()}
        return replace(outcome, state=state, exit=outcome.exit or 3, counts=counts, problems=problems)


def without_awaited(context: Context, proposal: Proposal) -> tuple[Proposal, Awaited]:
    """Give a proposal without the changes that cannot be sent yet, and tell of those."""
    awaited = Awaited()
    if not proposal.plan.changes:
        return proposal, awaited
    kept, stays = context.mirror.scratch.changes(), bytearray()
    with context.mirror.reading() as books:
        coming = books.ghosts.coming(context.clock.now())
        if not coming and not books.outbox.open_runs():
            return proposal, awaited
        for some in slices(proposal.plan.changes, _AT_ONCE):
            unsettled = _unsettled(books, some)
            going = [not _is_left(books, change, coming, unsettled, awaited) for change in some]
            kept.add(compress(some, going))
            stays += bytes(going)
    if all(stays):
        return proposal, awaited
    revived = array("q", compress(proposal.revived, stays))
    following = tuple(compress(proposal.following, stays[len(stays) - len(proposal.following) :]))
    plan = replace(proposal.plan, changes=kept.all())
    return replace(proposal, plan=plan, revived=revived, following=following), awaited


def _unsettled(books: Books, changes: Sequence[Change]) -> dict[_Place, Entry]:
    """Give the open entries about the records of changes."""
    entries = books.outbox.unsettled([change.id for change in changes if change.id])
    return {(entry.change.sobject, entry.change.id): entry for entry in entries}


def _is_left(
    books: Books, change: Change, coming: Mapping[_Place, tuple[datetime, list[str]]],
    unsettled: Mapping[_Place, Entry], awaited: Awaited,
) -> bool:  # fmt: skip
    """Tell whether a change cannot be sent yet, and note for what it waits."""
    place = change.sobject, change.id
    until = None
    if place in coming and any(not books.ghosts.says(one, change) for one in coming[place][1]):
        until = coming[place][0]
    entry = unsettled.get(place)
    sent = entry is not None and entry.state in (EntryState.SENT, EntryState.UNKNOWN)
    if entry is not None and entry.state is EntryState.UNKNOWN and entry.due_at is not None:
        until = max(entry.due_at, until or entry.due_at)
    if until is not None:
        awaited.lost += 1
        awaited.until = max(until, awaited.until or until)
    elif entry is not None:
        (awaited.jobs if sent else awaited.imports)[entry.run] += 1
    return until is not None or entry is not None
