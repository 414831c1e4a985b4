"""What wakes the main thread: signals, and word from other threads."""

import select
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

IDLE = 0  # rung by the worker when it has drained; every other ring is a signal's number


class Bell:
    """A bell that any thread, and the operating system, can ring, and one thread listens to.

    Signals ring it through Python's wake-up descriptor: whichever thread the system gives a signal to, the byte
    arrives, while a thread that waits for a lock might not be woken.
    """

    def __init__(self) -> None:
        self._listening, self._ringing = socket.socketpair()
        self._ringing.setblocking(False)

    def ring(self, number: int) -> None:
        """Ring with a number from 0 to 255; when nobody listens any more, nothing happens."""
        with suppress(OSError):
            self._ringing.send(bytes([number]))

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait for the next ring and give its number; None where none came in time."""
        ready, _, _ = select.select([self._listening], [], [], seconds)
        return self._listening.recv(1)[0] if ready else None

    def close(self) -> None:
        """Listen no more."""
        self._listening.close()
        self._ringing.close()

    @contextmanager
    def signals(self, *numbers: signal.Signals) -> Iterator[None]:
        """Have signals ring, where this is the main thread; elsewhere Python takes none."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        handlers = {number: signal.signal(number, _ring_only) for number in numbers}
        descriptor = signal.set_wakeup_fd(self._ringing.fileno())
        try:
            yield
        finally:
            signal.set_wakeup_fd(descriptor)
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _ring_only(_number: int, _frame: FrameType | None) -> None:
    """Do nothing more: the wake-up descriptor has rung already."""
