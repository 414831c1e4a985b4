"""Again, only what failed: the refused entries of a run, as new ones that point to the old."""

from array import array

from sfsync.audit.naming import run_named
from sfsync.errors import Problem, UsageError, Where
from sfsync.mirror.books import Books
from sfsync.mirror.entries import Entry, EntryState
from sfsync.mirror.runs import Run
from sfsync.mirror.slices import slices
from sfsync.plan.plan import Plan
from sfsync.sync.context import Context
from sfsync.sync.guard import Guard
from sfsync.sync.outcome import Outcome
from sfsync.sync.propose import Proposal, braked
from sfsync.sync.readback import UNKNOWN_OUTCOME
from sfsync.sync.run import begin, carry_out, finish

_AT_ONCE = 2_000  # entries held in memory
_PLANNED_ANEW = "`sfsync plan` names it with the reason: mend that, and the next sync or apply takes it along"
_REFUSED_BEFORE = {
    "undo": "`sfsync undo {}` looks at it again, and names what stays with the reason",
    "retry": "`sfsync retry {}` names it with the reason",
}
"""How what never came to be an entry is tried again, by the command of its run."""


def retry(context: Context, failed: int, guard: Guard, wait_seconds: float) -> Outcome:
    """Send again what a run left rejected. Each is held against the record first, as any other change.

    What was tried again already, and was refused again, is tried once more. A create without a key whose answer never
    came is left, and told: nobody knows whether there is a record. So is a row of a file that could not be read. Raises
    UsageError where there is no such run, or nothing of it is left to try.
    """
    with begin(context, "retry", wait_seconds, {"of": failed}) as run:
        with context.mirror.reading() as books:
            proposal = _proposal(context, books, failed, guard)
        return finish(context, carry_out(context, "retry", run, proposal, guard))


def _proposal(context: Context, books: Books, failed: int, guard: Guard) -> Proposal:
    """Gather what a run left rejected and can be tried again."""
    run = run_named(books, failed)
    ids = array("q")
    changes, left_out = context.mirror.scratch.changes(), context.mirror.scratch.problems()
    rejected = left = 0
    for some in slices(books.outbox.each(failed, (EntryState.REJECTED,)), _AT_ONCE):
        rejected += len(some)
        tries = sorted((one for one in books.outbox.last_tries(some) if one.without_effect), key=lambda one: one.id)
        left += len(tries)
        known = [one for one in tries if one.code != UNKNOWN_OUTCOME and not one.change.unread]
        ids.extend(one.id for one in known)
        changes.add(one.change for one in known)
        left_out.add(_unsure(one) for one in tries if one.code == UNKNOWN_OUTCOME)
        left_out.add(_unread(one) for one in tries if one.change.unread)
    if not left:
        raise _nothing_to_try(run, rejected)
    plan = Plan(context.org.identity().org_id, context.clock.now(), changes.all(), left_out.all())
    return Proposal(braked(plan, books, guard.brakes), revived=ids)


def _nothing_to_try(run: Run, rejected: int) -> UsageError:
    """Say why a run has nothing to try again, of whose entries so many were rejected."""
    words, todo = "nothing of it was rejected", "look with `sfsync outbox list`"
    if rejected:
        words = "all that was rejected has been dealt with since"
    elif before := run.counts.get("rejected", 0):
        words = f"what it could not do ({before}) was refused before anything was sent, and is not in the outbox"
        todo = _REFUSED_BEFORE.get(run.command, _PLANNED_ANEW).format(run.detail.get("of"))
    return UsageError(f"run {run.id} has nothing to try again: {words}", todo=todo)


def _unsure(entry: Entry) -> Problem:
    where = Where(sobject=entry.change.sobject, row=entry.change.row)
    todo = f"look in the org; if there is no such record, `sfsync outbox revive {entry.id}`"
    return Problem("its answer never came and it has no key, so it is not sent again by itself", todo, where)


def _unread(entry: Entry) -> Problem:
    words = f"it could not be read, so there is nothing to send again: {entry.message}"
    return Problem(
        words, "mend it in the file and import that", Where(sobject=entry.change.sobject, row=entry.change.row)
    )
