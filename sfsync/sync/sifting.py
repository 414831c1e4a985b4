"""Plans without the changes that are not to be made: these are told as refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sfsync.errors import Problem
from sfsync.mirror.scratch import Scratch
from sfsync.mirror.slices import alike
from sfsync.plan.plan import Plan
from sfsync.plan.policy import Policy
from sfsync.records.change import Change

Objections = Callable[[str, Sequence[Change]], Mapping[int, Problem]]
"""Gives, for some changes of one sObject, what speaks against them by their places."""


def sifted(scratch: Scratch, plan: Plan, objections: Objections) -> Plan:
    """Give a plan without the changes that something speaks against."""
    kept, refused = scratch.changes(), scratch.problems()
    refused.add(plan.refused)
    for sobject, some in alike(plan.changes, lambda one: one.sobject):
        found = objections(sobject, some)
        refused.add(found.values())
        kept.add(change for place, change in enumerate(some) if place not in found)
    return replace(plan, changes=kept.all(), refused=refused.all())


def kept_to(scratch: Scratch, plan: Plan, policies: Mapping[str, Policy]) -> Plan:
    """Give a plan without what policies, by sObject, forbid: that is told as refused, the rest of its change stays."""
    if not any(one.protected or one.never_blank for one in policies.values()):
        return plan
    kept, refused = scratch.changes(), scratch.problems()
    refused.add(plan.refused)
    for change in plan.changes:
        allowed, problems = policies.get(change.sobject, Policy()).kept_to(change)
        refused.add(problems)
        kept.add([allowed] if allowed else [])
    return replace(plan, changes=kept.all(), refused=refused.all())
