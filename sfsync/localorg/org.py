"""The local org itself: a plain function from request to answer."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import RLock

from sfsync.clock import Clock
from sfsync.localorg import chain
from sfsync.localorg.state import State
from sfsync.localorg.wire import Answer, Request


class LocalOrg:
    """One org; requests are answered one at a time, each in a transaction committed before its answer leaves.

    `bootstrap.prepare` must have been run on the state.
    """

    def __init__(self, state: State, clock: Clock) -> None:
        self.state = state
        self.clock = clock
        self.lock = RLock()  # held around every use of the state

    def answer(self, request: Request) -> Answer:
        """Answer one request; sizes and encodings have been seen to by the mount.

        An answer with `resume` is none yet: the request waits for a lock, and others are answered meanwhile.
        """
        return self._committed(partial(chain.run, self.state, self.clock, request))

    def _committed(self, work: Callable[[], Answer]) -> Answer:
        with self.lock, self.state.transaction():
            answer = work()
        return answer if answer.resume is None else replace(answer, resume=partial(self._committed, answer.resume))
