"""Plans apart from runs: shown without writing, kept in a file, and carried out later."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from sfsync.errors import FileError, OrgError, PlanError
from sfsync.plan.effects import Effect
from sfsync.plan.page import plan_page
from sfsync.plan.plan import PlainPlan, Plan, plan_from_plain, plan_to_plain
from sfsync.plan.policy import Policy
from sfsync.records.schema import SObject
from sfsync.sync.awaited import without_awaited
from sfsync.sync.belongings import set_off_by_owners
from sfsync.sync.context import Context
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
    problems = (*held, *awaited.problems(), *conflict_problems(plan.conflicts), *plan.refused[:SHOWN_PROBLEMS])
    return Outcome("plan", counts=counts, problems=problems, data={"plan": PlainPlan(plan)}), plan


def _sets_off(context: Context, plan: Plan) -> tuple[Effect, ...]:
    """Ask what the plan's changes would run in the org; an org that cannot tell now is not worth failing for."""
    found: list[Effect] = []
    for sobject in sorted({change.sobject for change in plan.changes}):
        try:
            found += context.org.effects(sobject)
            found += set_off_by_owners(context, [one for one in plan.changes if one.sobject == sobject])
        except OrgError as error:
            found.append(Effect(sobject, "anything", "", f"could not be read ({error.problems[0].message})"))
    return tuple(found)


def write_page(path: Path, plan: Plan, org: str) -> None:
    """Write a plan as an HTML page, 0600, whole or not at all. Raises FileError where that cannot be."""
    _write(path, plan_page(plan_to_plain(plan), org))


def plan_saved(context: Context, order: Order, plan: Plan) -> Outcome:
    """Carry out a saved plan; records that changed since it was made are left alone, each with words.

    Raises PlanError where it is a plan for another org.
    """
    org = context.org.identity()
    if plan.org_id != org.org_id:
        raise PlanError(f"this plan is for org {plan.org_id}, we are in {org.org_id}", todo="plan again in this org")
    with begin(context, "apply", order.wait_seconds, {"plan": plan.id}) as run:
        plan = _kept_to(plan, order)
        with context.mirror.reading() as books:
            plan = braked(plan, books, order.brakes)
        return finish(context, carry_out(context, "apply", run, Proposal(plan), order.guard))


def _kept_to(plan: Plan, order: Order) -> Plan:
    """Give a saved plan without what policies forbid by now, told as refused."""
    kept, refused = [], []
    for change in plan.changes:
        allowed, problems = order.policies.get(change.sobject, Policy()).kept_to(change)
        refused += problems
        kept += [allowed] if allowed else []
    return replace(plan, changes=tuple(kept), refused=tuple(refused)) if refused else plan


def write_plan(path: Path, plan: Plan) -> None:
    """Keep a plan in a file, 0600, whole or not at all. Raises FileError where that cannot be."""
    _write(path, json.dumps(plan_to_plain(plan), indent=1, ensure_ascii=False) + "\n")


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(path.name + ".part")
    try:
        unfinished.touch(mode=0o600)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}", todo="choose another place") from error


def read_plan(path: Path, schema_of: Callable[[str], SObject | None]) -> Plan:
    """Read a plan that was kept. Raises FileError where it is none, or was edited."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return plan_from_plain(plain, schema_of)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}", todo="make one with `sfsync plan --out FILE`") from error
    except ValueError as error:
        raise FileError(f"{path} is no plan: {error}", todo="make one with `sfsync plan --out FILE`") from error
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FileError(f"{path} is no plan", todo="make one with `sfsync plan --out FILE`") from error
