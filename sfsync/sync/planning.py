"""Plans apart from runs: shown without writing, and carried out later."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sfsync.errors import OrgError, PlanError, Problem
from sfsync.plan.effects import Effect
from sfsync.plan.plan import PlainPlan, Plan
from sfsync.records.change import Change
from sfsync.sync.awaited import without_awaited
from sfsync.sync.belongings import set_off_by_owners
from sfsync.sync.context import Context
from sfsync.sync.drift import without_drifted
from sfsync.sync.guard import brake_problem
from sfsync.sync.outcome import Outcome
from sfsync.sync.propose import Proposal, braked
from sfsync.sync.run import (
    SHOWN_PROBLEMS,
    Order,
    begin,
    carry_out,
    conflict_counts,
    decided,
    finish,
    with_manners,
)
from sfsync.sync.sifting import kept_to, sifted
from sfsync.sync.sight import no_longer_seen, unseen_since
from sfsync.sync.telling import conflict_problems


def show_plan(context: Context, order: Order, *, sets_off: bool = False) -> tuple[Outcome, Plan]:
    """Decide from the mirror as it is; give the plan, and an outcome that shows it. Nothing is written.

    With `sets_off` the org is asked what saving those records runs there: five calls an sObject.
    """
    proposal, awaited = without_awaited(context, decided(context, order))
    plan = with_manners(context, proposal.plan)
    if plan.changes and sets_off:
        plan = replace(plan, sets_off=_sets_off(context, plan))
    counts = {
        "planned": len(plan.changes),
        "refused": len(plan.refused),
        "calls": plan.calls(),
        **conflict_counts(plan),
        **awaited.counts(),
    }
    held = (brake_problem(over, "plan") for over in plan.brakes)
    waiting = (*awaited.problems(), *conflict_problems(plan.conflicts))
    problems = (*proposal.unseen, *held, *waiting, *plan.refused[:SHOWN_PROBLEMS])
    return Outcome("plan", counts=counts, problems=problems, data={"plan": PlainPlan(plan)}), plan


def _sets_off(context: Context, plan: Plan) -> tuple[Effect, ...]:
    """Ask what the plan's changes would run in the org; an org that cannot tell now is not worth failing for."""
    found: list[Effect] = []
    for sobject in plan.tally.sobjects:
        try:
            found += context.org.effects(sobject)
            found += set_off_by_owners(context, sobject, plan.changes)
        except OrgError as error:
            found.append(Effect(sobject, "anything", "", f"could not be read ({error.problems[0].message})"))
    return tuple(found)


def plan_saved(context: Context, order: Order, plan: Plan) -> Outcome:
    """Carry out a saved plan; records that changed since it was made are left alone, each with words.

    Raises PlanError where it is a plan for another org.
    """
    org = context.org.identity()
    if plan.org_id != org.org_id:
        raise PlanError(f"this plan is for org {plan.org_id}, we are in {org.org_id}", todo="plan again in this org")
    with begin(context, "apply", order.wait_seconds, {"plan": plan.id}) as run:
        plan = kept_to(context.mirror.scratch, plan, order.policies)
        plan = without_drifted(context, run, plan, order.targets, order.rules_for)
        with context.mirror.reading() as books:
            unseen = unseen_since(books)
        if not unseen.keys().isdisjoint(plan.tally.sobjects):
            plan = sifted(context.mirror.scratch, plan, lambda sobject, some: _unseen(unseen, sobject, some))
        with context.mirror.reading() as books:
            plan = braked(plan, books, order.brakes)
        return finish(context, carry_out(context, "apply", run, Proposal(plan), order.guard))


def _unseen(unseen: Mapping[str, datetime], sobject: str, changes: Sequence[Change]) -> dict[int, Problem]:
    """Object to every change of an sObject that the org no longer shows."""
    if sobject not in unseen:
        return {}
    told = no_longer_seen(sobject, unseen[sobject])
    return {place: replace(told, where=replace(told.where, id=one.id)) for place, one in enumerate(changes)}
