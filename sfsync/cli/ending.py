"""How a call of the program that is told to end does so: in order, as after Ctrl-C, whoever tells it."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TextIO

_TELLING = (signal.SIGTERM, signal.SIGHUP)


class Told(BaseException):
    """The process was told to end by a signal. Not an Exception: nothing that handles errors holds it up."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.name = signal.Signals(number).name


@contextmanager
def told_to_end() -> Iterator[None]:
    """Have SIGTERM and SIGHUP raise `Told` while inside, so that a run writes down that it was interrupted.

    A second one ends the process at once. A signal that is ignored, as under nohup, stays so; elsewhere than in the
    main thread Python takes none.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _TELLING}
    for number in _TELLING:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, _raise)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
    raise Told(number)


@contextmanager
def at_once(whole_process: bool) -> Iterator[None]:
    """End the process at once when its call has ended: Python would take its modules apart first, up to a second.

    Nothing waits for that: files and locks are closed by whoever opened them. Without `whole_process` nothing is done.
    """
    try:
        yield
    except SystemExit as end:
        if not whole_process or not isinstance(end.code, int):
            raise
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(end.code)


class Unminded:
    """A stream that progress and problems are written to: that nobody reads it, or its disk is full, is no failure."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, or drop it where that cannot be done."""
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what is held back, or drop it where that cannot be done, now and when the process ends."""
        try:
            self._stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
        except ValueError:
            return

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def stderr_unminded() -> Iterator[None]:
    """Have stderr be one whose failing stops nothing; a descriptor 0 to 2 that is closed leads to nowhere instead.

    Left closed, the next file that is opened would take the place of a standard stream.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    if sys.stdout is None:  # it was closed when the process began
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for the life of the process
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for the life of the process
    before = sys.stderr
    sys.stderr = Unminded(sys.stderr)
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        sys.stderr = before
