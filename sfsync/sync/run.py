"""One run, top to bottom: take the lease, settle what an earlier run left, pull, decide, plan, apply, settle."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from pathlib import Path

from sfsync.errors import RUN_NOTE, MirrorError, Problem, SfsyncError, Where
from sfsync.mirror.books import Books
from sfsync.mirror.entries import EntryState
from sfsync.mirror.scratch import as_written
from sfsync.mirror.slices import slices
from sfsync.plan.brakes import Brakes
from sfsync.plan.plan import PlainPlan, Plan
from sfsync.plan.policy import Policy
from sfsync.plan.transport import BULK_FROM, WRITE_SIZE
from sfsync.records.change import Action, Change
from sfsync.records.schema import SObject
from sfsync.records.values import Plain
from sfsync.rules.rulebook import Rulebook
from sfsync.sync.apply import send
from sfsync.sync.awaited import BLOCKED, without_awaited
from sfsync.sync.bulk_jobs import adopt
from sfsync.sync.context import Context, Target
from sfsync.sync.freshness import look_ahead
from sfsync.sync.guard import Approve, Guard
from sfsync.sync.names import spoken
from sfsync.sync.outcome import DONE, FAILED, INTERRUPTED, PARTLY, WAITING, Outcome
from sfsync.sync.propose import Proposal, propose
from sfsync.sync.pull import Looked, pull
from sfsync.sync.pulled import counts_of, noticed, problems_of
from sfsync.sync.readback import find_ghosts, read_after, settle_doubts
from sfsync.sync.record_types import misfits, offered_by_type
from sfsync.sync.settle import ALREADY
from sfsync.sync.sifting import kept_to, sifted
from sfsync.sync.sight import found_unseen
from sfsync.sync.staging import ordered
from sfsync.sync.telling import conflict_problems, entry_problem
from sfsync.sync.under_way import UnderWay

RESUMABLE = ("import",)  # their waiting entries stay for `--resume`; others are planned anew
_AT_ONCE = 2_000  # changes held in memory
SHOWN_PROBLEMS = 50  # a run lists this many refusals; the outbox has them all

RulesFor = Callable[[Mapping[str, SObject]], Rulebook]


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is to do: which records, by which rules, within which brakes."""

    targets: tuple[Target, ...]
    rules_for: RulesFor
    brakes: Brakes
    approve: Approve
    wait_seconds: float = 30.0  # for the writer lease
    zone: tzinfo = UTC  # when a day begins, for rules
    policies: Mapping[str, Policy] = field(default_factory=dict)  # by sObject
    keep: Callable[[Plan], Path] | None = None  # keeps a plan that goes over a brake in a file

    @property
    def guard(self) -> Guard:
        """What its plans have to pass."""
        return Guard(self.brakes, self.approve, self.keep)


@contextmanager
def begin(
    context: Context, command: str, wait_seconds: float, detail: Mapping[str, Plain] | None = None
) -> Iterator[int]:
    """Open a run under the writer lease, with everything an earlier run left behind settled first.

    A run that raises ends as failed, or interrupted, and says why; each notes how many API calls it made. Raises
    LeaseHeld where another process writes.
    """
    made = context.org.calls_made()
    with context.mirror.lease("writer", command, wait_seconds):
        context.mirror.belong_to(context.org.identity().org_id)
        recover(context)
        with context.mirror.writing() as books:
            run = books.runs.start(command, detail or {})
        try:
            yield run
        except BaseException as error:
            state = FAILED if isinstance(error, Exception) else INTERRUPTED
            with suppress(MirrorError), context.mirror.writing() as books:  # the next run finds it in any case
                books.runs.finish(run, state, books.outbox.counts(run))
                books.runs.note(run, {"calls": context.org.calls_made() - made, **_reason(error)})
            error.add_note(f"{RUN_NOTE}{run}")
            raise
        with context.mirror.loading() as books:  # a power cut may lose it
            books.runs.note(run, {"calls": context.org.calls_made() - made})


def _reason(error: BaseException) -> dict[str, Plain]:
    """Give why a run failed, with the place; what was interrupted gives none."""
    if not isinstance(error, SfsyncError):
        return {"error": type(error).__name__} if isinstance(error, Exception) else {}
    first = error.problems[0]
    place = str(first.where)
    return {"error": f"{place}: {first.message}" if place else first.message}


def recover(context: Context) -> None:
    """Settle what runs that died or failed have left in the outbox: look at unanswered writes, drop stale plans.

    Under the writer lease nobody else is sending: whatever is claimed or sent belongs to a run that is no more.
    """
    with context.mirror.writing() as books:
        books.outbox.recover(None)
        for dead in books.runs.running():
            books.runs.finish(dead.id, INTERRUPTED, books.outbox.counts(dead.id))
    adopt(context)
    settle_doubts(context)
    find_ghosts(context)
    with context.mirror.writing() as books:
        for run_id in books.outbox.open_runs():
            left = books.runs.get(run_id)
            if left is not None and left.command not in RESUMABLE:
                books.outbox.supersede(run_id, "its run ended before it was sent")


def pull_only(context: Context, order: Order, *, full: bool, consent: bool = False) -> Outcome:
    """Bring the mirror up to date; with a person's consent records that are no longer to be seen count as deleted."""
    with begin(context, "pull", order.wait_seconds) as run:
        pulled = pull(context, order.targets, full=full, run=run, consent=consent)
        outcome = Outcome("pull", run=run, counts=counts_of(pulled), data=noticed(pulled))
        return finish(context, _told_of(outcome, problems_of(pulled)))


def sync(context: Context, order: Order) -> Outcome:
    """Pull, decide, plan and apply in one run."""
    with begin(context, "sync", order.wait_seconds) as run:
        pulled = pull(context, order.targets, full=False, run=run)
        proposal = decided(context, order)
        outcome = carry_out(context, "sync", run, proposal, order.guard)
        counts = {**counts_of(pulled), **outcome.counts}
        unseen = dict.fromkeys((*problems_of(pulled), *proposal.unseen))  # some of it is told twice
        return finish(context, _told_of(_with(outcome, counts, noticed(pulled)), tuple(unseen)))


def decided(context: Context, order: Order, *, all_of_it: bool = False) -> Proposal:
    """Make the plan for what the mirror holds now, with all decisions where they are asked for. Writes nothing."""
    identity = context.org.identity()
    context.mirror.check_of(identity.org_id)
    with context.mirror.reading() as books:
        schemas = books.schemas.every()
        proposal = propose(
            books,
            context.mirror.scratch,
            order.rules_for(schemas),
            order.brakes,
            org_id=identity.org_id,
            me=identity.user_id,
            now=context.clock.now(),
            zone=order.zone,
            policies=order.policies,
            all_of_it=all_of_it,
        )
    return replace(proposal, plan=_fitting(context, proposal.plan, schemas))


def _fitting(context: Context, plan: Plan, schemas: Mapping[str, SObject]) -> Plan:
    """Give a plan without the changes whose values their records' types do not offer, told as refused."""
    if all(name not in offered_by_type(schemas[sobject]) for sobject, name in plan.tally.fields):
        return plan
    return sifted(context.mirror.scratch, plan, lambda sobject, some: dict(misfits(context, schemas[sobject], some)))


def apply_now(context: Context, order: Order) -> Outcome:
    """Plan from the mirror as it is and apply."""
    with begin(context, "apply", order.wait_seconds) as run:
        proposal = decided(context, order)
        if found_unseen(context, proposal.plan.tally.sobjects, run):
            proposal = decided(context, order)
        outcome = carry_out(context, "apply", run, proposal, order.guard)
        return finish(context, _told_of(outcome, proposal.unseen))


def baseline(context: Context, order: Order) -> Outcome:
    """Take what the org holds as decided: nothing is written, and a plan right after is empty."""
    with begin(context, "baseline", order.wait_seconds) as run:
        proposal = decided(context, order, all_of_it=True)
        with context.mirror.writing() as books:
            books.decisions.put(proposal.decisions, run=run, taken=True)
            _stand(books, run, proposal)
        counts = {"decisions": len(proposal.decisions), "differing": len(proposal.plan.changes)}
        return finish(context, _told_of(Outcome("baseline", run=run, counts=counts), proposal.unseen))


def carry_out(context: Context, command: str, run: int, proposal: Proposal, guard: Guard) -> Outcome:
    """Hold a proposal against its guard, stage it, send it, and say what became of it.

    Left out are records with an earlier change that may still arrive. With a canary some changes go first, and the
    others only where not too many of those were refused.
    """
    possible, awaited = without_awaited(context, proposal)
    return awaited.told_in(_carried_out(context, command, run, possible, guard))


def _carried_out(context: Context, command: str, run: int, proposal: Proposal, guard: Guard) -> Outcome:
    proposal = _kept_to(context, proposal, guard.policies)
    plan = with_manners(context, proposal.plan)
    data = {"plan": PlainPlan(plan)}
    if problems := guard.in_the_way(plan, command):
        refused = (*conflict_problems(plan.conflicts), *plan.refused[:SHOWN_PROBLEMS])
        counts = {"planned": len(plan.changes), **conflict_counts(plan)}
        return Outcome(command, WAITING, 4, run, counts, (*problems, *refused), data)
    changes = to_send(context, proposal)
    first = guard.brakes.canary or len(changes)
    ahead = stage(context, run, proposal, changes[:first])
    send(context, run, ahead=ahead)
    if rest := changes[first:]:
        if (stopped := _stopped(context, run, guard, first, len(changes))) is not None:
            return replace(told(context, command, run, plan, data), state=WAITING, exit=4, problems=(stopped,))
        with context.mirror.writing() as books:
            _add(books, run, rest)
        send(context, run)
    plan = _with_following(context, run, proposal, plan)
    with context.mirror.writing() as books:
        books.outbox.supersede(run, BLOCKED)
    read_after(context, run)
    return told(context, command, run, plan, data)


def _kept_to(context: Context, proposal: Proposal, policies: Mapping[str, Policy]) -> Proposal:
    """Give a proposal without what policies forbid. An entry that is tried again goes as it is, or not at all."""
    plan = kept_to(context.mirror.scratch, proposal.plan, policies)
    if plan is proposal.plan:
        return proposal
    if not proposal.revived:
        following = [one for one in proposal.following if not _forbidden(policies, one.change)]
        return replace(proposal, plan=plan, following=tuple(following))
    changes, revived = context.mirror.scratch.changes(), array("q")
    for entry, change in zip(proposal.revived, proposal.plan.changes, strict=True):
        if not _forbidden(policies, change):
            changes.add([change])
            revived.append(entry)
    return replace(proposal, plan=replace(plan, changes=changes.all()), revived=revived)


def _forbidden(policies: Mapping[str, Policy], change: Change) -> bool:
    return bool(policies.get(change.sobject, Policy()).kept_to(change)[1])


def to_send(context: Context, proposal: Proposal) -> "Sequence[Change] | array[int]":
    """Give what is to be sent at once, in order: changes, or the entries that are tried again, by their ids."""
    if proposal.revived:
        return proposal.revived
    at_once = len(proposal.plan.changes) - len(proposal.following)
    changes = proposal.plan.changes[:at_once] if proposal.following else proposal.plan.changes
    with context.mirror.reading() as books:
        return ordered(books, context.mirror.scratch, changes)


def _add(books: Books, run: int, what: "Sequence[Change] | array[int]") -> None:
    """Put changes into the outbox, or entries that are tried again as new ones that point to them."""
    if not isinstance(what, array):
        books.outbox.add(run, as_written(what))
        books.backlog.stand_for(run)
        return
    for some in slices(what, _AT_ONCE):
        books.outbox.try_again(run, some)


def _stopped(context: Context, run: int, guard: Guard, tried: int, of: int) -> Problem | None:
    with context.mirror.reading() as books:
        refused = books.outbox.counts(run).get(EntryState.REJECTED.value, 0)
        return guard.stopped(books, tried, of, refused, run, "run the command again")


def _with_following(context: Context, run: int, proposal: Proposal, plan: Plan) -> Plan:
    """Send what waited for other records' changes; gives the plan, with what waited in vain as refused."""
    if not proposal.following:
        return plan
    with context.mirror.writing() as books:
        done = {record_id for _, _, record_id in books.outbox.written(run)}
        books.outbox.add(run, [one.change for one in proposal.following if one.after in done])
    send(context, run)
    in_vain = tuple(
        Problem(f"not given back to {one.after}: the owner it went with was not", "look there", _where(one.change))
        for one in proposal.following
        if one.after not in done
    )
    refused = context.mirror.scratch.problems()
    refused.add(plan.refused)
    refused.add(in_vain)
    return replace(plan, refused=refused.all())


def _where(change: Change) -> Where:
    return Where(sobject=change.sobject, id=change.id)


def with_manners(context: Context, plan: Plan) -> Plan:
    """Give a plan that knows how its records are saved, which its calls depend on."""
    return replace(plan, manners={name: context.org.manner(name) for name in plan.tally.sobjects})


def stage(
    context: Context, run: int, proposal: Proposal, changes: "Sequence[Change] | array[int]"
) -> UnderWay[Looked] | None:  # fmt: skip
    """Put the first changes of a proposal into the outbox, with all its decisions and the pools' turns: all or none.

    Gives the look at the org that was begun meanwhile, where these are to be held against the mirror soon.
    """
    ahead = None
    if WRITE_SIZE < len(changes) < BULK_FROM and not isinstance(changes, array):
        first = changes[0]
        ahead = look_ahead(context, first.sobject) if first.action is not Action.CREATE else None
    with context.mirror.writing() as books:
        _add(books, run, changes)
        books.decisions.put(proposal.new, run=run, taken=False)
        books.decisions.put(proposal.left, run=run, taken=True)
        for pool, place in proposal.turns.items():
            books.turns.put(pool, place)
        _stand(books, run, proposal)
    return ahead


def _stand(books: Books, run: int, proposal: Proposal) -> None:
    """Write down by what all was decided, so that what stays as it is is not decided again."""
    line = books.decided.last_line()
    for sobject, standing in proposal.standings.items():
        books.decided.put(sobject, replace(standing, run=run, line=line) if standing else None)


def told(context: Context, command: str, run: int, plan: Plan, data: Mapping[str, object]) -> Outcome:
    """Say what became of a run's entries."""
    with context.mirror.reading() as books:
        counts = books.outbox.counts(run)
        already = books.outbox.count_saying(run, ALREADY)
        left_out = books.outbox.entries(
            run=run, states=(EntryState.REJECTED, EntryState.SUPERSEDED, EntryState.UNKNOWN), limit=SHOWN_PROBLEMS
        )
        told_of = spoken(books, [entry_problem(entry) for entry in left_out])
    waiting = conflict_problems(plan.conflicts)
    problems = [*waiting, *plan.refused[:SHOWN_PROBLEMS], *told_of]
    unknown = counts.get("UNKNOWN", 0)
    missed = counts.get("REJECTED", 0) + counts.get("SUPERSEDED", 0) + unknown + len(plan.refused) + len(plan.conflicts)
    named = {
        "planned": len(plan.changes),
        "applied": counts.get("APPLIED", 0) - already,
        "already": already,
        "rejected": counts.get("REJECTED", 0) + len(plan.refused),
        "superseded": counts.get("SUPERSEDED", 0),
        "unknown": unknown,
        **conflict_counts(plan),
    }
    return Outcome(
        command, PARTLY if missed else DONE, 3 if missed else 0, run, named, tuple(problems[:SHOWN_PROBLEMS]), data
    )


def conflict_counts(plan: Plan) -> dict[str, int]:
    """Count the fields that wait for a person, and those among them that something else changed back; where any do."""
    back = sum(one.rounds > 0 for one in plan.conflicts)
    return {"conflicts": len(plan.conflicts), "contested": back} if plan.conflicts else {}


def _told_of(outcome: Outcome, problems: Sequence[Problem]) -> Outcome:
    """Add what the org no longer shows: then the run was done, but not with all that was asked for."""
    if not problems:
        return outcome
    state = PARTLY if outcome.state == DONE else outcome.state
    return replace(outcome, state=state, exit=outcome.exit or 3, problems=(*problems, *outcome.problems))


def _with(outcome: Outcome, counts: Mapping[str, int], data: Mapping[str, object]) -> Outcome:
    merged = {**outcome.data, **data}
    return Outcome(outcome.command, outcome.state, outcome.exit, outcome.run, counts, outcome.problems, merged)


def finish(context: Context, outcome: Outcome) -> Outcome:
    """Write down how a run ended, and hand its outcome on."""
    if outcome.run is not None:
        with context.mirror.writing() as books:
            books.runs.finish(outcome.run, outcome.state, outcome.counts)
            if outcome.state == WAITING and outcome.problems:
                why = outcome.problems[0]
                books.runs.note(outcome.run, {"waits": why.message, "next": why.next})
    return outcome
