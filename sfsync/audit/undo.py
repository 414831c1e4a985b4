"""Taking a run back: every value it wrote goes to what it was, where nobody changed it since."""

from sfsync.errors import UsageError
from sfsync.mirror.books import Books
from sfsync.plan.brakes import Brakes
from sfsync.plan.plan import Plan
from sfsync.plan.undo import Written, reversing
from sfsync.records.change import Action
from sfsync.sync.context import Context
from sfsync.sync.outcome import Outcome
from sfsync.sync.propose import Proposal
from sfsync.sync.run import Approve, begin, carry_out, finish

NO_BRAKES = Brakes(overwrites=2**31, overwrites_percent=100.0, clears_percent=100.0, deletes=2**31)


def undo(context: Context, taken_back: int, approve: Approve, wait_seconds: float) -> Outcome:
    """Take a run back. What somebody changed since is left alone and listed.

    Raises UsageError where there is no such run, or it wrote nothing that can be taken back.
    """
    with begin(context, "undo", wait_seconds, {"of": taken_back}) as run:
        with context.mirror.reading() as books:
            plan = _plan(books, taken_back, context)
        outcome = carry_out(context, "undo", run, Proposal(plan, ()), approve)
        return finish(context, outcome)


def _plan(books: Books, taken_back: int, context: Context) -> Plan:
    if books.runs.get(taken_back) is None:
        raise UsageError(f"there is no run {taken_back}", todo="list the runs with `sfsync runs`")
    lines = books.journal.of_run(taken_back, origin="sfsync")
    written = [Written(one.sobject, one.record_id, one.field, one.before, one.after) for one in lines]
    changes = tuple(reversing((line for line in written if line.field != "IsDeleted"), taken_back))
    if not changes:
        deleted = sum(line.field == "IsDeleted" for line in written)
        words = (
            f"it deleted {deleted} records: undelete them in the org's recycle bin" if deleted else "it wrote nothing"
        )
        raise UsageError(f"run {taken_back} cannot be taken back: {words}", todo="list the runs with `sfsync runs`")
    looked_at = {sobject: 0 for sobject in {change.sobject for change in changes}}
    for change in changes:
        looked_at[change.sobject] += change.action is not Action.CREATE
    return Plan(context.org.identity().org_id, context.clock.now(), changes, looked_at=looked_at)
