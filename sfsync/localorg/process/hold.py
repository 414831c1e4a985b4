"""Who may use a state folder: one process at a time, kept out by a lock that the kernel lets go when it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sfsync.errors import UsageError
from sfsync.localorg.private_file import write_private

LOCK, PID = "lock", "pid"


class Held(Exception):
    """Another process holds the state folder."""


def make_folder(folder: Path) -> None:
    """Make a state folder, or see that the one that is there can be used, by its owner alone. Raises UsageError."""
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        os.close(os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        todo = "name another one with --state"
        raise UsageError(f"the state folder {folder} cannot be used: {error.strerror}", todo=todo) from None


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold a state folder, made if it is not there; `pid` names the holder. Raises Held, UsageError (no such place)."""
    make_folder(folder)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Held(f"another process uses {folder}") from None
        pid = folder / PID
        write_private(pid, f"{os.getpid()}\n".encode())
        try:
            yield
        finally:
            pid.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def is_held(folder: Path) -> bool:
    """Tell whether some process holds the folder."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def holder(folder: Path) -> int | None:
    """Give the process that holds the folder, None where nobody does or its number is not known for sure."""
    if not is_held(folder):
        return None
    try:
        pid = int((folder / PID).read_text("ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if b"sfsync" in command else None
