"""A wrapper that leaves API calls to others: it keeps to a share, and off a reserve of the org's rolling day."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sfsync.clock import Clock
from sfsync.counting import counted
from sfsync.errors import BudgetSpent
from sfsync.salesforce.around import AroundOrg
from sfsync.salesforce.port import Org

T = TypeVar("T")

PROBE_SECONDS = 900.0
"""How often one call is let through all the same: usage is only told by answers, and calls come free all day."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many API calls may be used."""

    calls: int | None = None  # by one run; None: any number
    day: int | None = None  # by all runs within 24 hours; None: any number
    reserve: float = 0.05  # part of the org's daily calls that is left to everybody else


class BudgetedOrg(AroundOrg):
    """Raises BudgetSpent before a call that would use more than its share, or touch the reserve."""

    def __init__(self, inner: Org, share: Share, clock: Clock) -> None:
        super().__init__(inner)
        self._share = share
        self._clock = clock
        self._before = 0  # calls made when this run began
        self._earlier = 0  # calls that earlier runs made within 24 hours
        self._last_call_at = 0.0

    def new_share(self, used_today: int) -> None:
        """Count a run's calls afresh; `used_today`: what earlier runs made within 24 hours."""
        self._before, self._earlier = self._inner.calls_made(), used_today

    def _read(self, what: str, ask: Callable[[], T], calls: int = 1) -> T:
        return self._spent(ask, calls)

    def _write(self, what: str, ask: Callable[[], T], calls: int = 1) -> T:
        return self._spent(ask, calls)

    def _spent(self, ask: Callable[[], T], calls: int) -> T:
        self._check_share(calls)
        self._check_reserve(calls)
        made, at = self._inner.calls_made(), self._clock.monotonic()
        try:
            return ask()
        finally:
            if self._inner.calls_made() > made:  # what is remembered takes no call
                self._last_call_at = at

    def _check_share(self, calls: int) -> None:
        wanted = self._inner.calls_made() - self._before + calls
        if self._share.calls is not None and wanted > self._share.calls:
            raise BudgetSpent(
                f"this run's share of {counted(self._share.calls, 'API call')} is used up",
                todo="raise calls_per_run under [budget], or let the next run go on where this one ended",
            )
        if self._share.day is not None and self._earlier + wanted > self._share.day:
            raise BudgetSpent(
                f"the {self._share.day:,} API calls that sfsync may make in 24 hours are used up",
                todo="raise calls_per_day under [budget], or wait: they come free again hour by hour",
            )

    def _check_reserve(self, calls: int) -> None:
        usage = self._inner.usage()
        if usage is None or self._clock.monotonic() - self._last_call_at >= PROBE_SECONDS:
            return
        ours = usage.allowed * (1 - self._share.reserve)
        if usage.used + calls > ours:
            raise BudgetSpent(
                f"{usage.used:,} of the org's {usage.allowed:,} API calls are used; the rest is left to others",
                todo="wait: calls come free again hour by hour; how many are left to others stands under [budget]",
            )
