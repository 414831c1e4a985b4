"""The local org itself: a plain function from request to answer."""

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
        """Answer one request; sizes and encodings have been seen to by the mount."""
        with self.lock, self.state.transaction():
            return chain.run(self.state, self.clock, request)
