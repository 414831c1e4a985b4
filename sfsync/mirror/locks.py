"""Who may write: leases between processes, and the gate every single writing transaction passes.

Both are `flock`s on files beside the database, so the kernel gives them back when their holder dies, however it dies.
"""

import fcntl
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from sfsync.clock import Clock
from sfsync.errors import LeaseHeld, MirrorError
from sfsync.records.values import datetime_text

STOPPED_SECONDS = 20.0
STANDS_STILL = "T"  # the state of a process after SIGSTOP, as `ps` shows it
GATE_SECONDS = 120.0  # a page of a bulk load is the longest transaction there is, and takes seconds


def open_lock_file(path: Path) -> int:
    """Open or make a lock file only its owner can read; gives the file descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def locked(descriptor: int, wait_seconds: float, clock: Clock, *, step: float) -> bool:
    """Take the lock on an open file, trying every `step` seconds for `wait_seconds`; tell whether it was had."""
    give_up = clock.monotonic() + wait_seconds
    while not _try(descriptor):
        if clock.monotonic() >= give_up:
            return False
        clock.sleep(step)
    return True


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Gate:
    """Lets one writing transaction at a time through, of all threads and processes of this machine.

    SQLite would serialise them itself, but the checkpoint after a commit runs when its own lock is already given back,
    and libraries before 3.51.3 can damage a file when a checkpoint and another writer meet there.
    """

    def __init__(self, path: Path | None, clock: Clock) -> None:
        self._path = path  # None where the database itself keeps other processes out
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
            with self._file(self._path) if self._path else nullcontext():
                self._inside = me
                yield
        finally:
            self._inside = None
            self._lock.release()

    @contextmanager
    def _file(self, path: Path) -> Iterator[None]:
        descriptor = open_lock_file(path)
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


def lease_file(mirror: Path, name: str) -> Path:
    """Give the file that a lease on a mirror is held by."""
    return mirror.with_name(f"{mirror.name}.{name}.lock")


@contextmanager
def lease(path: Path, name: str, holder: str, wait_seconds: float, clock: Clock) -> Iterator[None]:
    """Hold a lease while inside.

    The file says who holds it (`holder`, process id, since when), for whoever is refused. Raises LeaseHeld with that. A
    holder that is stopped (SIGSTOP) for twenty seconds of waiting loses it: that it writes nothing when it goes on is
    the mirror's to see to.
    """
    descriptor = _waited_for(path, name, wait_seconds, clock)
    try:
        _sign(descriptor, holder, clock)
        yield
    finally:
        os.close(descriptor)


def _waited_for(path: Path, name: str, wait_seconds: float, clock: Clock) -> int:
    """Take the lock on a lease's file, and give its descriptor."""
    give_up = clock.monotonic() + wait_seconds
    stopped = Stopped()
    while True:
        descriptor = open_lock_file(path)
        if _try(descriptor) and _is_at(descriptor, path):
            return descriptor
        os.close(descriptor)
        now = clock.monotonic()
        if stopped.too_long(_is_stopped(path), now):
            path.unlink(missing_ok=True)  # its lock is on the file that was there
        elif now >= give_up:
            raise LeaseHeld(
                f"the {name} lease of this mirror is held by {_who(path)}", todo="wait until it has ended, or stop it"
            )
        else:
            clock.sleep(0.2)


def _is_at(descriptor: int, path: Path) -> bool:
    """Tell whether an open file is still the one at a path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _is_stopped(path: Path) -> bool:
    """Tell whether the process that signed a lease's file is there and does not run, as after SIGSTOP."""
    content = _signature(path)
    found = process(content.get("pid"))
    return found is not None and found == (STANDS_STILL, content.get("started"))


@dataclass(slots=True)
class Stopped:
    """For how long the holder of a lease has been stopped while somebody waits for it."""

    since: float | None = None

    def too_long(self, stopped: bool, now: float) -> bool:
        """Tell whether it has been so long that it loses the lease; to be asked again and again."""
        self.since = (now if self.since is None else self.since) if stopped else None
        return self.since is not None and now - self.since >= STOPPED_SECONDS


def process(pid: object) -> tuple[str, str] | None:
    """Give a process's state, as `ps` shows it, and when it started, in ticks; None where that cannot be told."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (OSError, ValueError):
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold anything
    return fields[0], fields[19]


def _sign(descriptor: int, holder: str, clock: Clock) -> None:
    pid = os.getpid()
    found = process(pid)
    content = {"holder": holder, "pid": pid, "started": found and found[1], "since": datetime_text(clock.now())}
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(content).encode(), 0)


def _signature(path: Path) -> Mapping[str, object]:
    """Give what the holder wrote into the file; nothing where it is about to, or something else is there."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _who(path: Path) -> str:
    content = _signature(path)
    if not {"holder", "pid", "since"} <= content.keys():
        return "another process"
    return f"{content['holder']} (process {content['pid']}) since {content['since']}"
