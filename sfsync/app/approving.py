"""Who lets a plan pass: a person, or the settings; nobody where they do not name a production org."""

from collections.abc import Callable
from pathlib import Path

from sfsync.app.kept_plans import keep_plan
from sfsync.app.wiring import Wishes
from sfsync.errors import ApprovalNeeded
from sfsync.plan.approval import beyond_allowance
from sfsync.plan.plan import Plan
from sfsync.salesforce.port import Org
from sfsync.settings.shapes import Settings


class Approver:
    """Looks at plans; each of its answers is None where one may be carried out, else what is to be done first."""

    def __init__(self, settings: Settings, wishes: Wishes, org: Callable[[], Org], plans: Path) -> None:
        self._settings = settings
        self._wishes = wishes
        self._org = org
        self._plans = plans  # the folder where those lie that wait

    def ask(self, plan: Plan) -> str | None:
        """Ask the caller, unless the org is one that must not be written to."""
        name = self._org().identity().name  # to be typed, where much depends on it
        return self._unpinned() or self._wishes.approve(plan, name if self._in_production() else None)

    def without_a_person(self, plan: Plan) -> str | None:
        """Let pass what settings allow without a person; keep another plan in a file."""
        auto = self._settings.auto
        beyond = beyond_allowance(plan.changes, auto) if auto is not None else []
        return f"it is beyond [approve] auto ({'; '.join(beyond)}): {self._kept(plan)}" if beyond else self.ask(plan)

    def later(self, plan: Plan) -> str:
        """Keep a plan in a file because settings want all kept."""
        return f"[brakes] approve = true has every plan wait: {self._kept(plan)}"

    def check_pinned(self) -> None:
        """Raise ApprovalNeeded where nothing may be written to this org."""
        if (todo := self._unpinned()) is not None:
            raise ApprovalNeeded("nothing was sent", todo=todo)

    def _kept(self, plan: Plan) -> str:
        return f"look it over, then run `sfsync apply {keep_plan(self._plans, plan)}`"

    def _in_production(self) -> bool:
        return not (self._settings.org.local or self._org().identity().is_sandbox)

    def _unpinned(self) -> str | None:
        """Say what to do where this is a production org that the settings do not name by its id."""
        if self._settings.org.id is not None or not self._in_production():
            return None
        known = self._org().identity()
        where = f"under [org] of {self._settings.file.name}"
        return f'{known.name} is a production org: put id = "{known.org_id}" {where} first'
