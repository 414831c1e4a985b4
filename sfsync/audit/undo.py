"""Taking a run back: every value it wrote goes to what it was, where nobody changed it since."""

from collections.abc import Mapping
from dataclasses import replace

from sfsync.audit.giving_back import given_back
from sfsync.audit.undoable import undoable
from sfsync.counting import counted
from sfsync.errors import UsageError
from sfsync.mirror.books import Books
from sfsync.mirror.slices import slices
from sfsync.plan.plan import Plan
from sfsync.plan.undo import Written, reversing
from sfsync.records.change import Action
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
        found = undoable(context, whole.changes)
        more = given_back(context, taken_back, found.changes)
        changes = (*found.changes, *(one.change for one in more.following))
        plan = replace(whole, changes=changes, refused=(*found.refused, *more.refused))
        with context.mirror.reading() as books:
            left, again = _turned(books, whole)
            plan = with_names(books, plan)
        proposal = Proposal(plan, new=again, left=left, following=tuple(more.following))
        return finish(context, carry_out(context, "undo", run, proposal, guard))


def _turned(books: Books, plan: Plan) -> tuple[tuple[Decision, ...], tuple[Decision, ...]]:
    """Give the decisions that are to be left alone from now on, and those that are to be acted on again.

    A decision whose value is taken back is left alone, so that the next plan does not want it all again; one whose
    value comes back, because an undo is undone, is not left alone any longer.
    """
    left: list[Decision] = []
    again: list[Decision] = []
    for sobject in sorted({change.sobject for change in plan.changes}):
        schema = books.schemas.get(sobject)
        alike = (change for change in plan.changes if change.sobject == sobject and change.id)
        for some in slices(alike, _AT_ONCE):
            changes = {str(change.id): change for change in some}
            for stored in books.decisions.get(sobject, changes).values():
                change = changes[stored.decision.id]
                if not stored.taken and _wants(stored.decision, change.before(), schema):
                    left.append(stored.decision)
                elif stored.taken and _wants(stored.decision, change.after(), schema):
                    again.append(stored.decision)
    return tuple(left), tuple(again)


def _wants(decision: Decision, values: Mapping[str, Value], schema: SObject | None) -> bool:
    """Tell whether a decision wants one of these values."""
    for name, wanted in decision.wanted.items():
        field = schema.find(name) if schema else None
        if name in values and same(values[name], as_kept(field.type if field else "string", wanted)):
            return True
    return False


def _plan(books: Books, taken_back: int, context: Context) -> Plan:
    if books.runs.get(taken_back) is None:
        raise UsageError(f"there is no run {taken_back}", todo="list the runs with `sfsync runs`")
    lines = (line for line in books.journal.of_run(taken_back, origin="sfsync") if line.field != "IsDeleted")
    written = (Written(one.sobject, one.record_id, one.field, one.before, one.after) for one in lines)
    changes = tuple(reversing(written, taken_back))
    if not changes:
        deleted = sum(line.field == "IsDeleted" for line in books.journal.of_run(taken_back, origin="sfsync"))
        todo = "undelete them in the org's recycle bin" if deleted else "list the runs with `sfsync runs`"
        words = f"it deleted {counted(deleted, 'record')}" if deleted else "it wrote nothing"
        raise UsageError(f"run {taken_back} cannot be taken back: {words}", todo=todo)
    looked_at = {sobject: 0 for sobject in {change.sobject for change in changes}}
    for change in changes:
        looked_at[change.sobject] += change.action is not Action.CREATE
    return Plan(context.org.identity().org_id, context.clock.now(), changes, looked_at=looked_at)
