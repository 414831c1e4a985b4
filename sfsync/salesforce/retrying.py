"""A wrapper that asks again what failed for a while. Reads only: a write is settled by the outbox."""

from collections.abc import Callable
from random import Random
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from sfsync.clock import Clock
from sfsync.errors import STEPS, OrgError
from sfsync.salesforce.around import AroundOrg
from sfsync.salesforce.port import Org

T = TypeVar("T")

ATTEMPTS = 6
LONGEST_WAIT_SECONDS = 60.0


class RetryingOrg(AroundOrg):
    """Asks again after errors whose `next` is RETRY, with full jitter: somewhere between nothing and 1, 2, 4 ... 60 s.

    Gives up, with the last error, after six attempts; each page of a query has six of its own.
    """

    def __init__(self, inner: Org, clock: Clock, chance: Random) -> None:
        super().__init__(inner)
        self._clock = clock
        self._chance = chance

    def _read(self, what: str, ask: Callable[[], T], calls: int = 1) -> T:
        asking = Retrying(
            retry=retry_if_exception(_worth_it),
            wait=self._wait,
            stop=stop_after_attempt(ATTEMPTS),
            sleep=self._clock.sleep,
            reraise=True,
        )
        return asking(ask)

    def _wait(self, state: RetryCallState) -> float:
        return self._chance.uniform(0, min(LONGEST_WAIT_SECONDS, 2.0 ** (state.attempt_number - 1)))


def _worth_it(error: BaseException) -> bool:
    return isinstance(error, OrgError) and STEPS[error.next].retried
