"""Fields that wait for a person: listed side by side, and decided."""

from collections.abc import Sequence

from sfsync.errors import UsageError
from sfsync.mirror.books import Books
from sfsync.plan.compare import compare
from sfsync.plan.conflicts import Conflict
from sfsync.plan.plan import Plan, conflict_to_plain
from sfsync.records.change import Change
from sfsync.records.decision import Decision
from sfsync.records.ids import to_18
from sfsync.sync.context import Context
from sfsync.sync.outcome import Outcome
from sfsync.sync.propose import Proposal, braked
from sfsync.sync.run import Order, begin, carry_out, decided, finish


def listed_conflicts(context: Context, order: Order) -> Outcome:
    """List the fields that wait for a person, as a plan made now finds them. Nothing is written."""
    plan = decided(context, order).plan
    told = [conflict_to_plain(one) for one in plan.conflicts]
    return Outcome("conflicts", counts={"conflicts": len(told)}, data={"conflicts": told, "names": dict(plan.names)})


def take(context: Context, order: Order, side: str, records: Sequence[tuple[str, str]]) -> Outcome:
    """Decide conflicts of these records (all of them where none is named) for one side: `org` or `ours`.

    For the org nothing is written there, and the conclusion is left alone until the rules come to another. For ours the
    conclusion is written now. What belongs to one conclusion, as score and grade, goes together.
    Raises UsageError where a record has no conflict.
    """
    with begin(context, "conflicts", order.wait_seconds, {"side": side}) as run:
        found = decided(context, order)
        asked = _asked(found.plan.conflicts, records)
        decisions = [one for one in found.waiting if (one.sobject, one.id) in asked]
        if side == "org":
            with context.mirror.writing() as books:
                books.decisions.put(decisions, run=run, taken=True)
            return finish(context, Outcome("conflicts", run=run, counts={"decided": len(asked)}))
        with context.mirror.reading() as books:
            plan = Plan(found.plan.org_id, found.plan.made_at, tuple(_changes(books, decisions)))
            proposal = Proposal(braked(plan, books, order.brakes), new=tuple(decisions))
        return finish(context, carry_out(context, "conflicts", run, proposal, order.guard))


def _asked(conflicts: Sequence[Conflict], records: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    there = {(one.sobject, one.id) for one in conflicts}
    if not records:
        return there
    by_name = {(sobject.lower(), record_id): (sobject, record_id) for sobject, record_id in there}
    found = set()
    for sobject, written in records:
        try:
            place = by_name.get((sobject.lower(), to_18(written)))
        except ValueError as error:
            raise UsageError(str(error), todo="give it as Lead/00Q...") from error
        if place is None:
            raise UsageError(f"{sobject}/{written} has no conflict", todo="list them with `sfsync conflicts`")
        found.add(place)
    return found


def _changes(books: Books, decisions: Sequence[Decision]) -> list[Change]:
    """Give what it takes for records to become what these decisions want."""
    changes = []
    for sobject in sorted({one.sobject for one in decisions}):
        schema = books.schemas.get(sobject)
        about = [one for one in decisions if one.sobject == sobject]
        for record in books.records.records(sobject, ids=[one.id for one in about]):
            change = compare(record, [one for one in about if one.id == record.id], schema) if schema else None
            changes += [change] if change else []
    return changes
