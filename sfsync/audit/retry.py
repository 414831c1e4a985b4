"""Again, only what failed: the refused entries of a run, as new ones that point to the old."""

from sfsync.errors import Problem, UsageError, Where
from sfsync.mirror.books import Books
from sfsync.mirror.entries import Entry, EntryState
from sfsync.plan.plan import Plan
from sfsync.sync.context import Context
from sfsync.sync.guard import Guard
from sfsync.sync.outcome import Outcome
from sfsync.sync.propose import Proposal, braked
from sfsync.sync.readback import UNKNOWN_OUTCOME
from sfsync.sync.run import begin, carry_out, finish

_ALL = 10_000_000


def retry(context: Context, failed: int, guard: Guard, wait_seconds: float) -> Outcome:
    """Send again what a run left rejected. Each is held against the record first, as any other change.

    What was tried again already, and was refused again, is tried once more. A create without a key whose answer never
    came is left, and told: nobody knows whether there is a record. Raises UsageError where there is no such
    run, or nothing of it is left to try.
    """
    with begin(context, "retry", wait_seconds, {"of": failed}) as run:
        with context.mirror.reading() as books:
            left = _left(books, failed)
            entries = [entry for entry in left if entry.code != UNKNOWN_OUTCOME]
            unsure = tuple(_unsure(entry) for entry in left if entry.code == UNKNOWN_OUTCOME)
            changes = tuple(entry.change for entry in entries)
            plan = Plan(context.org.identity().org_id, context.clock.now(), changes, unsure)
            plan = braked(plan, books, guard.brakes)
        proposal = Proposal(plan, revived=tuple(entries))
        return finish(context, carry_out(context, "retry", run, proposal, guard))


def _unsure(entry: Entry) -> Problem:
    where = Where(sobject=entry.change.sobject, row=entry.change.row)
    todo = f"look in the org; if there is no such record, `sfsync outbox revive {entry.id}`"
    return Problem("its answer never came and it has no key, so it is not sent again by itself", todo, where)


def _left(books: Books, failed: int) -> list[Entry]:
    """Give the entries that stand for what a run left rejected, oldest first: each as it was tried last."""
    if books.runs.get(failed) is None:
        raise UsageError(f"there is no run {failed}", todo="list the runs with `sfsync runs`")
    rejected = books.outbox.entries(run=failed, states=(EntryState.REJECTED,), limit=_ALL)
    left = [entry for entry in books.outbox.last_tries(rejected) if entry.without_effect]
    if not left:
        words = "nothing of it was rejected" if not rejected else "all that was rejected has been dealt with since"
        raise UsageError(f"run {failed} has nothing to try again: {words}", todo="look with `sfsync outbox list`")
    return sorted(left, key=lambda entry: entry.id)
