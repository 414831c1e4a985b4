"""Fields that wait for a person: listed side by side, and decided."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from sfsync.errors import UsageError
from sfsync.mirror.books import Books
from sfsync.mirror.slices import alike
from sfsync.plan.compare import compare
from sfsync.plan.conflicts import Conflict
from sfsync.plan.pieces import Seen
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
    proposal = decided(context, order)
    told = Seen(proposal.plan.conflicts, conflict_to_plain)
    data = {"conflicts": told, "names": dict(proposal.plan.names)}
    return Outcome("conflicts", counts={"conflicts": len(told)}, problems=proposal.unseen, data=data)


def take(context: Context, order: Order, side: str, records: Sequence[tuple[str, str]]) -> Outcome:
    """Decide conflicts of these records (all of them where none is named) for one side: `org` or `ours`.

    For the org nothing is written there, and the conclusion is left alone until the rules come to another. For ours the
    conclusion is written now. What belongs to one conclusion, as score and grade, goes together.
    Raises UsageError where a record has no conflict.
    """
    with begin(context, "conflicts", order.wait_seconds, {"side": side}) as run:
        found = decided(context, order)
        asked, number = _asked(found.plan.conflicts, records)
        chosen = context.mirror.scratch.decisions()
        chosen.add(one for one in found.waiting if asked is None or (one.sobject, one.id) in asked)
        decisions = chosen.all()
        if side == "org":
            with context.mirror.writing() as books:
                books.decisions.put(decisions, run=run, taken=True)
            return finish(context, Outcome("conflicts", run=run, counts={"decided": number}))
        changes = context.mirror.scratch.changes()
        with context.mirror.reading() as books:
            changes.add(_changes(books, decisions))
            plan = Plan(found.plan.org_id, found.plan.made_at, changes.all())
            proposal = Proposal(braked(plan, books, order.brakes), new=decisions)
        return finish(context, carry_out(context, "conflicts", run, proposal, order.guard))


def _asked(
    conflicts: Sequence[Conflict], records: Sequence[tuple[str, str]]
) -> tuple[set[tuple[str, str]] | None, int]:  # fmt: skip
    """Give which records are meant, None for all that have conflicts, and how many these are."""
    there = (place for place, _ in groupby(conflicts, lambda one: (one.sobject, one.id)))  # they lie together
    if not records:
        return None, sum(1 for _ in there)
    named = [(written, _place(sobject, written)) for sobject, written in records]
    wanted = {place for _, place in named}
    found = {(sobject.lower(), record_id): (sobject, record_id) for sobject, record_id in there}
    found = {place: found[place] for place in wanted if place in found}
    for (sobject, _), (written, place) in zip(records, named, strict=True):
        if place not in found:
            raise UsageError(f"{sobject}/{written} has no conflict", todo="list them with `sfsync conflicts`")
    return set(found.values()), len(found)


def _place(sobject: str, written: str) -> tuple[str, str]:
    try:
        return sobject.lower(), to_18(written)
    except ValueError as error:
        raise UsageError(str(error), todo="give it as Lead/00Q...") from error


def _changes(books: Books, decisions: Iterable[Decision]) -> Iterator[Change]:
    """Give what it takes for records to become what these decisions want."""
    by_record = (list(about) for _, about in groupby(decisions, lambda one: (one.sobject, one.id)))  # they lie together
    for sobject, some in alike(by_record, lambda about: about[0].sobject):
        schema = books.schemas.get(sobject)
        wanted = {about[0].id: about for about in some}
        for record in books.records.records(sobject, ids=wanted):
            change = compare(record, wanted[record.id], schema) if schema else None
            if change:
                yield change
