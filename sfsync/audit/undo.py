"""Taking a run back: every value it wrote goes to what it was, where nobody changed it since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from sfsync.audit.giving_back import given_back
from sfsync.audit.naming import run_named
from sfsync.audit.undoable import Sorting, sorted_out
from sfsync.counting import counted
from sfsync.errors import Problem, UsageError
from sfsync.mirror.books import Books
from sfsync.mirror.entries import EntryState
from sfsync.mirror.journal import Line
from sfsync.mirror.long_lists import Gathering
from sfsync.mirror.scratch import GatheredChanges
from sfsync.mirror.slices import slices
from sfsync.plan.plan import Plan
from sfsync.plan.undo import Written, reversing
from sfsync.records.change import Change, FieldChange
from sfsync.records.decision import Decision
from sfsync.records.schema import SObject
from sfsync.records.values import Value, as_kept, same
from sfsync.sync.context import Context
from sfsync.sync.guard import Guard
from sfsync.sync.names import spoken, with_names
from sfsync.sync.outcome import WAITING, Outcome
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
        found = _sorted_out(context, run, taken_back, whole)
        changes = found.changes.all()
        more = given_back(context, taken_back, changes)
        if more.following:
            longer = context.mirror.scratch.changes()
            longer.add(chain(changes, (one.change for one in more.following)))
            changes = longer.all()
        found.refused.add(more.refused)
        plan = replace(whole, changes=changes, refused=found.refused.all())
        with context.mirror.reading() as books:
            plan = with_names(books, plan)
        left, again = found.left.all(), found.again.all()
        proposal = Proposal(plan, left=left, following=tuple(more.following))
        outcome = carry_out(context, "undo", run, proposal, guard)
        _follow(context, run, outcome, left, again)
        return finish(context, outcome)


@dataclass(frozen=True, slots=True)
class _Found:
    """What an undo comes to, gathered some records at a time."""

    changes: GatheredChanges
    refused: Gathering[Problem]
    left: Gathering[Decision]  # that are to be left alone from now on
    again: Gathering[Decision]  # that are to be acted on again


def _sorted_out(context: Context, run: int, taken_back: int, whole: Plan) -> _Found:
    scratch = context.mirror.scratch
    found = _Found(scratch.changes(), scratch.problems(), scratch.decisions(), scratch.decisions())
    for sorting in sorted_out(context, run, taken_back, whole):
        found.changes.add(sorting.possible)
        with context.mirror.reading() as books:
            found.refused.add(spoken(books, sorting.refused))
            _turn(books, sorting, found)
    return found


def _turn(books: Books, sorting: Sorting, found: _Found) -> None:
    """Find the decisions that are to be left alone, and those that are to be acted on again.

    A decision whose value is taken back, or was changed by somebody since, is left alone, so that the next plan does
    not want it all again. One whose values come back, because an undo is undone, is not left alone any longer, unless
    one of them has to stay as it is.
    """
    going, staying = _by_id(sorting.possible), _by_id(sorting.staying)
    for sobject in {change.sobject for change in (*sorting.possible, *sorting.staying)}:
        schema = books.schemas.get(sobject)
        for stored in books.decisions.get(sobject, {**going, **staying}).values():
            decision, about = stored.decision, stored.decision.id
            goes, stays = going.get(about, {}), staying.get(about, {})
            if stored.taken:
                back = {name: part.after for name, part in goes.items()}
                whole = not stays.keys() & decision.wanted.keys()
                found.again.add([decision] if whole and _wants(decision, back, schema) else [])
            else:
                written = {name: part.before for name, part in (goes | stays).items()}
                found.left.add([decision] if _wants(decision, written, schema) else [])


def _by_id(changes: Sequence[Change]) -> dict[str, dict[str, FieldChange]]:
    return {str(change.id): {part.field: part for part in change.fields} for change in changes}


def _follow(
    context: Context, run: int, outcome: Outcome, left: Sequence[Decision], again: Sequence[Decision]
) -> None:  # fmt: skip
    """Have decisions follow what became of the records: what was refused, or not sent for that, did not go back."""
    stopped = outcome.state == WAITING
    if stopped and "applied" not in outcome.counts:  # nothing was to be sent
        return
    not_back = {EntryState.REJECTED, None} if stopped else {EntryState.REJECTED}
    unsure = left if stopped or outcome.counts["rejected"] else ()
    for decisions, ends in ((unsure, not_back), (again, {EntryState.APPLIED})):
        for some in slices(decisions, _AT_ONCE):
            with context.mirror.writing() as books:
                states = books.outbox.states(run, [one.id for one in some])
                books.decisions.put([one for one in some if states.get(one.id) in ends], run=run, taken=False)


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
