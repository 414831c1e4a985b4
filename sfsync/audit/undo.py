"""Taking a run back: every value it wrote goes to what it was, where nobody changed it since."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from sfsync.audit.giving_back import given_back
from sfsync.audit.naming import run_named
from sfsync.audit.undoable import undoable
from sfsync.counting import counted
from sfsync.errors import UsageError
from sfsync.mirror.books import Books
from sfsync.mirror.journal import Line
from sfsync.mirror.scratch import Scratch
from sfsync.mirror.slices import alike, slices
from sfsync.plan.plan import Plan
from sfsync.plan.undo import Written, reversing
from sfsync.records.decision import Decision
from sfsync.records.schema import SObject
from sfsync.records.values import Value, as_kept, same
from sfsync.sync.context import Context
from sfsync.sync.guard import Guard
from sfsync.sync.names import with_names
from sfsync.sync.outcome import Outcome
from sfsync.sync.propose import Proposal
from sfsync.sync.run import begin, carry_out, finish

_AT_ONCE = 2_000  # records whose decisions are held in memory


def undo(context: Context, taken_back: int, guard: Guard, wait_seconds: float) -> Outcome:
    """Take a run back. What cannot be is left alone and listed, with the reason, before anything is written.

    It is guarded by canary and approval as any other plan; the limits of the brakes are not for it, since it puts back
    only what its run wrote and nobody has touched since.

    Raises UsageError where there is no such run, or it wrote nothing that can be taken back.
    """
    context = replace(context, giving_back=True)
    with begin(context, "undo", wait_seconds, {"of": taken_back}) as run:
        with context.mirror.reading() as books:
            whole = _plan(books, taken_back, context)
        found = undoable(context, taken_back, whole.changes)
        more = given_back(context, taken_back, found.changes)
        changes, refused = context.mirror.scratch.changes(), context.mirror.scratch.problems()
        changes.add(chain(found.changes, (one.change for one in more.following)))
        refused.add(chain(found.refused, more.refused))
        plan = replace(whole, changes=changes.all(), refused=refused.all())
        with context.mirror.reading() as books:
            left, again = _turned(books, context.mirror.scratch, whole)
            plan = with_names(books, plan)
        proposal = Proposal(plan, new=again, left=left, following=tuple(more.following))
        return finish(context, carry_out(context, "undo", run, proposal, guard))


def _turned(books: Books, scratch: Scratch, plan: Plan) -> tuple[Sequence[Decision], Sequence[Decision]]:
    """Give the decisions that are to be left alone from now on, and those that are to be acted on again.

    A decision whose value is taken back is left alone, so that the next plan does not want it all again; one whose
    value comes back, because an undo is undone, is not left alone any longer.
    """
    left, again = scratch.decisions(), scratch.decisions()
    for sobject, some in alike(plan.changes, lambda one: one.sobject):
        schema = books.schemas.get(sobject)
        changes = {str(change.id): change for change in some if change.id}
        for stored in books.decisions.get(sobject, changes).values():
            change = changes[stored.decision.id]
            if not stored.taken and _wants(stored.decision, change.before(), schema):
                left.add([stored.decision])
            elif stored.taken and _wants(stored.decision, change.after(), schema):
                again.add([stored.decision])
    return left.all(), again.all()


def _wants(decision: Decision, values: Mapping[str, Value], schema: SObject | None) -> bool:
    """Tell whether a decision wants one of these values."""
    for name, wanted in decision.wanted.items():
        field = schema.find(name) if schema else None
        if name in values and same(values[name], field.kept(wanted) if field else as_kept("string", wanted)):
            return True
    return False


def _plan(books: Books, taken_back: int, context: Context) -> Plan:
    run_named(books, taken_back)
    changes = context.mirror.scratch.changes()
    for ids in slices(books.journal.written_by(taken_back), _AT_ONCE):
        lines = (line for line in books.journal.of_run(taken_back, "sfsync", ids) if line.field != "IsDeleted")
        changes.add(reversing([_written(line) for line in lines], taken_back))
    whole = changes.all()
    if not whole:
        deleted = sum(line.field == "IsDeleted" for line in books.journal.of_run(taken_back, origin="sfsync"))
        todo = "undelete them in the org's recycle bin" if deleted else "list the runs with `sfsync runs`"
        words = f"it deleted {counted(deleted, 'record')}" if deleted else "it wrote nothing"
        raise UsageError(f"run {taken_back} cannot be taken back: {words}", todo=todo)
    plan = Plan(context.org.identity().org_id, context.clock.now(), whole)
    return replace(plan, looked_at=_looked_at(plan))


def _written(line: Line) -> Written:
    return Written(line.sobject, line.record_id, line.field, line.before, line.after)


def _looked_at(plan: Plan) -> dict[str, int]:
    """Count the records whose values were held against what the run wrote, by sObject."""
    found = dict.fromkeys(plan.tally.sobjects, 0)
    for (_, sobject, _), number in plan.tally.kinds.items():
        found[sobject] += number
    return found
