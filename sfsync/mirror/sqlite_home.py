"""A mirror in a SQLite file: one file per org, with lock files beside it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from errno import ENOSPC
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine

from sfsync.clock import Clock
from sfsync.errors import MirrorError
from sfsync.mirror.connections import attached, path_of, reading_engine, sqlite_driver, told, writing_engine
from sfsync.mirror.homes import LeaseName
from sfsync.mirror.locks import Gate, lease, lease_file


@dataclass(slots=True)
class SqliteHome:
    """A `Home` in a file."""

    path: Path
    clock: Clock
    gate: Gate
    writer: Engine | None
    reader: Engine
    inode: int | None

    @property
    def place(self) -> str:
        """Where it is."""
        return str(self.path)

    @property
    def holds_nul(self) -> bool:
        """Whether its texts can hold the character NUL."""
        return True

    def told(self) -> AbstractContextManager[None]:
        """Turn what SQLite cannot get over into MirrorError."""
        return told(self.path)

    @contextmanager
    def writing(self, *, durable: bool, beside: Path | None) -> Iterator[Connection]:
        """Open a transaction that writes."""
        if self.writer is None:
            raise MirrorError(f"the mirror at {self.path} was opened to read only")
        with self.gate.passage(), self.told(), self.writer.connect() as connection:
            raw = sqlite_driver(connection)
            raw.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            with attached(raw, beside), connection.begin():
                self._check_place()
                yield connection

    def _check_place(self) -> None:
        """Raise MirrorError where another file is in its place."""
        if self.inode != _inode(self.path):
            raise MirrorError(
                f"another mirror was put in the place of {self.path}, so nothing more is written to the old one",
                todo="run the command again",
            )

    def lease(self, name: LeaseName, holder: str, wait_seconds: float) -> AbstractContextManager[None]:
        """Hold a lease while inside."""
        return lease(lease_file(self.path, name), name, holder, wait_seconds, self.clock)

    def close(self) -> None:
        """Close all connections."""
        if self.writer is not None:
            self.writer.dispose()
        self.reader.dispose()


def sqlite_home(url: str, *, clock: Clock, writable: bool) -> SqliteHome | None:
    """Give the file a URL names as a home, made where it is to be written; None where there is none to read."""
    path = path_of(url)
    gate = Gate(path.with_name(f"{path.name}.gate.lock"), clock)
    if writable and not path.exists():
        _make_file(path, gate)
    try:
        size = path.stat().st_size
    except OSError:
        return None
    if size == 0:
        raise MirrorError(
            f"{path} is empty, so the mirror it held is lost, with journal, outbox and keys",
            todo="put a backup back with `sfsync restore FILE`, or delete the empty file and pull to begin anew",
        )
    return SqliteHome(path, clock, gate, writing_engine(path) if writable else None, reading_engine(path), _inode(path))


def _make_file(path: Path, gate: Gate) -> None:
    """Make a database without tables for its owner only, in a folder for its owner only; one that is there stays.

    It is made under another name, so that nobody ever sees it of no length: only a file that was lost is. What a mirror
    that was deleted has left beside it would be read into the new one, and goes. One that is there is not even opened:
    closing a file gives back all locks this process has on it, those of SQLite's open connections too
    (https://sqlite.org/howtocorrupt.html, 2.2), and the next process to go would take the log away.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with gate.passage(), TemporaryDirectory(prefix=f"{path.name}.", dir=path.parent) as folder, told(path):
            draft = Path(folder) / path.name
            os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            with closing(sqlite3.connect(draft)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")  # which writes the first page
            if draft.stat().st_size == 0:
                raise OSError(ENOSPC, "there is no room for its first page")
            if path.exists():
                return
            for end in ("-wal", "-shm"):
                path.with_name(path.name + end).unlink(missing_ok=True)
            draft.rename(path)
    except OSError as error:
        raise MirrorError(
            f"the mirror cannot be made at {path}: {error.strerror}",
            todo="check that the folder is yours to write, or give another file under [mirror] url",
        ) from None


def _inode(path: Path) -> int | None:
    """Give what tells a file from another that has taken its place; None where there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return None
