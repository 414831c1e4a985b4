"""API calls of one command: what it used, and what is left of the budget."""

from dataclasses import replace
from datetime import datetime, timedelta

from sfsync.counting import counted
from sfsync.errors import Problem
from sfsync.mirror.open import Mirror
from sfsync.salesforce.port import Org
from sfsync.settings.shapes import BudgetSettings
from sfsync.sync.outcome import Outcome

_DAY = timedelta(hours=24)


class Spending:
    """Counts what one command spends."""

    def __init__(self, org: Org, budget: BudgetSettings) -> None:
        self._org = org
        self._budget = budget
        self._before = 0
        self._earlier = 0

    def begin(self, mirror: Mirror, now: datetime) -> None:
        """Begin to count a command's share; what earlier runs made within 24 hours counts where a day is limited."""
        if self._budget.calls_per_day is not None:
            with mirror.reading() as books:
                self._earlier = books.runs.calls_since(now - _DAY)
        self._before = self._org.calls_made()
        self._org.new_share(self._earlier)

    def made(self) -> int:
        """Give how many calls were made."""
        return self._org.calls_made() - self._before

    def left(self) -> int | None:
        """Give how many more calls the budget allows now, None where nobody knows."""
        made, budget, usage = self.made(), self._budget, self._org.usage()
        bounds: list[int] = []
        if budget.calls_per_run is not None:
            bounds.append(budget.calls_per_run - made)
        if budget.calls_per_day is not None:
            bounds.append(budget.calls_per_day - self._earlier - made)
        if usage is not None:
            bounds.append(int(usage.allowed * (1 - budget.reserve_percent / 100)) - usage.used)
        return max(min(bounds), 0) if bounds else None

    def told(self, outcome: Outcome, estimate: int = 0) -> Outcome:
        """Give an outcome that tells the calls made, those the org counts in its day, and those that are left.

        An estimate of what comes next that is beyond what is left is told as a problem.
        """
        usage, left = self._org.usage(), self.left()
        calls = {
            "calls": self.made(),
            "used": usage.used if usage else None,
            "allowed": usage.allowed if usage else None,
            "left": left,
        }
        problems = outcome.problems
        if left is not None and estimate > left:
            words = f"to apply it takes about {counted(estimate, 'API call')}, and {left:,} are left"
            problems += (Problem(words, "wait, apply it in parts, or look at [budget] in sfsync.toml"),)
        return replace(outcome, problems=problems, data={**outcome.data, "api": calls})
