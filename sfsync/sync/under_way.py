"""A call that is under way while something else is done."""

from collections.abc import Callable
from contextvars import copy_context
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class UnderWay(Generic[T]):
    """Makes a call in a thread of its own. Whoever dies does not wait for it."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._answers: list[T] = []
        self._error: BaseException | None = None
        self._thread = Thread(target=copy_context().run, args=(self._make,), name="call", daemon=True)

    def start(self) -> "UnderWay[T]":
        """Begin."""
        self._thread.start()
        return self

    def _make(self) -> None:
        try:
            self._answers.append(self._ask())
        except BaseException as error:  # it is raised where the answer is waited for
            self._error = error

    def answer(self) -> T:
        """Wait for the answer. Raises what the call raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._answers[0]
