"""Who may write: leases between processes, and the gate every single writing transaction passes.

Both are `flock`s on files beside the database, so the kernel gives them back when their holder dies, however it dies.
"""

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sfsync.clock import Clock
from sfsync.errors import LeaseHeld, MirrorError
from sfsync.records.values import datetime_text

GATE_SECONDS = 120.0  # a page of a bulk load is the longest transaction there is, and takes seconds


def open_lock_file(path: Path) -> int:
    """Open or make a lock file only its owner can read; gives the file descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def locked(descriptor: int, wait_seconds: float, clock: Clock, *, step: float) -> bool:
    """Take the lock on an open file, trying every `step` seconds for `wait_seconds`; tell whether it was had."""
    give_up = clock.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if clock.monotonic() >= give_up:
                return False
            clock.sleep(step)
        else:
            return True


class Gate:
    """Lets one writing transaction at a time through, of all threads and processes of this machine.

    SQLite would serialise them itself, but the checkpoint after a commit runs when its own lock is already given back,
    and libraries before 3.51.3 can damage a file when a checkpoint and another writer meet there.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._inside: int | None = None  # the thread that is through

    @contextmanager
    def passage(self) -> Iterator[None]:
        """Wait for one's turn and keep all others out. Raises MirrorError after two minutes."""
        me = threading.get_ident()
        if self._inside == me:
            raise RuntimeError("this thread is already inside a writing transaction of the mirror")
        if not self._lock.acquire(timeout=GATE_SECONDS):
            raise self._held()
        try:
            with self._file():
                self._inside = me
                yield
        finally:
            self._inside = None
            self._lock.release()

    @contextmanager
    def _file(self) -> Iterator[None]:
        descriptor = open_lock_file(self._path)
        try:
            if not locked(descriptor, GATE_SECONDS, self._clock, step=0.01):
                raise self._held()
            yield
        finally:
            os.close(descriptor)

    def _held(self) -> MirrorError:
        return MirrorError(
            f"another process has been writing to the mirror for {GATE_SECONDS:.0f} seconds without a break",
            todo="see which sfsync processes run on this machine; if one hangs, stop it and try again",
        )


@contextmanager
def lease(path: Path, name: str, holder: str, wait_seconds: float, clock: Clock) -> Iterator[None]:
    """Hold a lease while inside.

    The file says who holds it (`holder`, process id, since when), for whoever is refused. Raises LeaseHeld with that.
    """
    descriptor = open_lock_file(path)
    try:
        if not locked(descriptor, wait_seconds, clock, step=0.2):
            raise LeaseHeld(
                f"the {name} lease of this mirror is held by {_who(path)}",
                todo="wait until it has ended, or stop it",
            )
        _sign(descriptor, {"holder": holder, "pid": os.getpid(), "since": datetime_text(clock.now())})
        yield
    finally:
        os.close(descriptor)


def _sign(descriptor: int, content: dict[str, str | int]) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(content).encode(), 0)


def _who(path: Path) -> str:
    try:
        content = json.loads(path.read_text())
        return f"{content['holder']} (process {content['pid']}) since {content['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"  # it has the lock and is about to sign
