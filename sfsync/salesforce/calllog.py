"""A wrapper that notes every call to the org: which, how long, how many records, and how it ended. Never a value."""

from collections.abc import Callable, Sized
from typing import TypeVar

import structlog

from sfsync.clock import Clock
from sfsync.errors import OrgError
from sfsync.salesforce.around import AroundOrg
from sfsync.salesforce.port import Deleted, Org, Page

T = TypeVar("T")


class LoggedOrg(AroundOrg):
    """Logs one event `org call` a call: `method`, `ms`, `records`, and `error` with `code` where it failed."""

    def __init__(self, inner: Org, clock: Clock) -> None:
        super().__init__(inner)
        self._clock = clock
        self._log = structlog.get_logger("sfsync.salesforce")

    def _read(self, what: str, ask: Callable[[], T], calls: int = 1) -> T:
        return self._noted(what, ask)

    def _write(self, what: str, ask: Callable[[], T], calls: int = 1) -> T:
        return self._noted(what, ask)

    def _noted(self, what: str, ask: Callable[[], T]) -> T:
        began = self._clock.monotonic()
        try:
            answer = ask()
        except OrgError as error:
            self._log.warning(
                "org call", method=what, ms=self._since(began), error=type(error).__name__, code=error.code
            )
            raise
        self._log.debug("org call", method=what, ms=self._since(began), records=_records(answer))
        return answer

    def _since(self, began: float) -> int:
        return round((self._clock.monotonic() - began) * 1000)


def _records(answer: object) -> int:
    if isinstance(answer, Page):
        return len(answer.rows)
    if isinstance(answer, Deleted):
        return len(answer.ids)
    if answer is None:
        return 0
    return len(answer) if isinstance(answer, Sized) else 1
