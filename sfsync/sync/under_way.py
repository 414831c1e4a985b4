"""A call that is under way while something else is done."""

from collections.abc import Callable
from contextvars import copy_context
from threading import Thread
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class UnderWay(Generic[T]):
    """Makes a call in a thread of its own, `behind` another one if that is answered well. Whoever dies waits for none.

    Where the one before raises, or it is called off before it began, it is never made.
    """

    def __init__(self, ask: Callable[[], T], behind: "UnderWay[Any] | None" = None) -> None:
        self._ask = ask
        self._behind = behind
        self._answers: list[T] = []
        self._error: BaseException | None = None
        self._off = False
        self._thread = Thread(target=copy_context().run, args=(self._make,), name="call", daemon=True)

    def start(self) -> "UnderWay[T]":
        """Begin, or wait for one's turn."""
        self._thread.start()
        return self

    def call_off(self) -> None:
        """Do not begin any more."""
        self._off = True

    def _make(self) -> None:
        behind, self._behind = self._behind, None
        if (behind is not None and not behind.went_well()) or self._off:
            return
        try:
            self._answers.append(self._ask())
        except BaseException as error:  # it is raised where the answer is waited for
            self._error = error

    def went_well(self) -> bool:
        """Wait for its end; tell whether it was made and answered."""
        self._thread.join()
        return bool(self._answers)

    def answer(self) -> T:
        """Wait for the answer of a call that is made. Raises what the call raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._answers[0]
