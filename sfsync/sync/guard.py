"""What stands between a plan and the org: brakes, a person's word, and a few changes that go before the others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sfsync.errors import Problem
from sfsync.mirror.books import Books
from sfsync.mirror.entries import EntryState
from sfsync.plan.brakes import Brakes, Overrun
from sfsync.plan.plan import Plan
from sfsync.plan.policy import Policy

NOT_APPROVED = "the plan was not applied"  # why a plan waits that nobody has said yes to

Approve = Callable[[Plan], str | None]  # None: the plan may be applied; else what a person is to do


@dataclass(frozen=True, slots=True)
class Guard:
    """What a plan has to pass. Whatever writes by a plan is given one."""

    brakes: Brakes
    approve: Approve
    keep: Callable[[Plan], Path] | None = None  # keeps a plan that goes over a brake in a file; None: it is not kept
    policies: Mapping[str, Policy] = field(default_factory=dict)  # by sObject; for what was not planned by them

    def in_the_way(self, plan: Plan, command: str) -> tuple[Problem, ...]:
        """Give why a plan is not carried out now, with what a person is to do; empty where it may be."""
        if plan.brakes:
            kept = self.keep(plan) if self.keep is not None else None
            return tuple(brake_problem(over, command, kept) for over in plan.brakes)
        todo = self.approve(plan) if plan.changes else None
        return (Problem(NOT_APPROVED, todo),) if todo is not None else ()

    def stopped(self, books: Books, tried: int, of: int, refused: int, run: int, todo: str) -> Problem | None:
        """Say why the changes after the first few are not sent; None where they may be."""
        if refused * 100 <= tried * self.brakes.canary_refused_percent:
            return None
        entries = books.outbox.entries(run=run, states=(EntryState.REJECTED,), limit=1)
        why = f"{entries[0].code}: {entries[0].message}" if entries else ""
        return Problem(
            f"stopped after the first {tried:,} of {of:,} changes: {refused:,} of them were refused ({why}); "
            "the others were not sent",
            f"`sfsync outbox list --run {run}`, mend the cause, then {todo}; [brakes] canary says how many go first",
        )


def brake_problem(over: Overrun, command: str, kept: Path | None = None) -> Problem:
    """Put a brake that is over into words, with what a person who called this command is to do."""
    settings = {"overwrites": "overwrites` and `overwrites_percent", "clears": "clears_percent"}
    key = settings.get(over.kind, over.kind)
    so = "so it would not be applied" if command == "plan" else "so nothing was applied"
    look = f"look it over in {kept}" if kept else _LOOKS.get(command, "look with `sfsync plan`")
    then = f", then run `sfsync apply {kept}`: the brake is asked again" if kept else _THEN.get(command, "")
    return Problem(
        f"the plan {over.kind[:-1]}s {over.records:,} {over.sobject} records that others filled; "
        f"the brake allows {over.allowed:,}, {so}",
        f"{look}; if that is what you want, raise `{key}` under [brakes] in sfsync.toml{then}",
    )


_THEN = {"apply": ", then run this again"}
_LOOKS = {
    "plan": "look it over",
    "import": "look with `--json`, which shows what each row would change",
    "retry": "look with `sfsync outbox list`",
}
