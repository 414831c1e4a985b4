"""Taking a run back: every value it wrote goes to what it was, where nobody changed it since."""

from sfsync.errors import UsageError
from sfsync.mirror.books import Books
from sfsync.plan.plan import Plan
from sfsync.plan.undo import Written, reversing
from sfsync.records.change import Action
from sfsync.sync.context import Context
from sfsync.sync.outcome import Outcome
from sfsync.sync.propose import Proposal
from sfsync.sync.run import Approve, begin, carry_out, finish

NOT_APPLIED = 4  # exit code of a run that was held or not approved


def undo(context: Context, taken_back: int, approve: Approve, wait_seconds: float) -> Outcome:
    """Take a run back. What somebody changed since is left alone and listed.

    Raises UsageError where there is no such run, or it wrote nothing that can be taken back.
    """
    with begin(context, "undo", wait_seconds, {"of": taken_back}) as run:
        with context.mirror.reading() as books:
            plan = _plan(books, taken_back, context)
        outcome = carry_out(context, "undo", run, Proposal(plan, ()), approve)
        if outcome.exit != NOT_APPLIED:
            _turn_decisions(context, taken_back, run)
        return finish(context, outcome)


def _turn_decisions(context: Context, taken_back: int, run: int) -> None:
    """Let what a run decided count as left alone, so that the next plan does not want it all again.

    Decisions that an undo left alone, and that is now undone itself, are to be acted on again.
    """
    with context.mirror.writing() as books:
        for sobject, ids in books.outbox.written_ids(run).items():
            stored = [one for one in books.decisions.get(sobject, ids).values() if one.run == taken_back]
            for taken in (True, False):
                turned = [one.decision for one in stored if one.taken is not taken]
                books.decisions.put(turned, run=run, taken=taken)


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
