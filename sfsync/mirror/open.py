"""Opening a mirror: its file, its tables, whose it is; and the transactions everything else goes through."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine

from sfsync.clock import Clock
from sfsync.errors import LeaseLost, MirrorError, MirrorOfAnotherOrg
from sfsync.mirror import migrate
from sfsync.mirror.books import Books
from sfsync.mirror.connections import attached, driver, path_of, reading_engine, told, writing_engine
from sfsync.mirror.locks import Gate, lease, lease_file

LeaseName = Literal["writer", "daemon"]


def open_mirror(url: str, *, clock: Clock, writable: bool) -> "Mirror":
    """Open the mirror a `sqlite:///path` URL names; a writable one is made where there is none.

    Raises SettingsError for another kind of URL, MirrorTooNew where a newer program wrote it, and MirrorError where
    there is none to read, it is older than this program and not to be written, or is no mirror at all.
    """
    path = path_of(url)
    gate = Gate(path.with_name(f"{path.name}.gate.lock"), clock)
    if writable:
        _make_file(path)
    elif not path.exists():
        raise _nothing_yet(path)
    mirror = Mirror(path, clock, gate, writing_engine(path) if writable else None, reading_engine(path), _inode(path))
    try:
        with told(path):
            _make_ready(mirror)
    except BaseException:
        mirror.close()
        raise
    return mirror


def _make_file(path: Path) -> None:
    """Make an empty file for its owner only, in a folder for its owner only; what is there is left as it is.

    It is not even opened: closing a file gives back all locks this process has on it, those of SQLite's open
    connections too (https://sqlite.org/howtocorrupt.html, 2.2), and the next process to go would take the log away.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
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


def _nothing_yet(path: Path) -> MirrorError:
    return MirrorError(f"there is no mirror at {path} yet", todo="run `sfsync pull` first")


def _make_ready(mirror: "Mirror") -> None:
    """Look at the revision of the tables, and bring them up to date where that is allowed and needed."""
    if mirror.writer is None:
        with mirror.reader.begin() as connection:
            found = migrate.revision(connection)
        if found is None:
            raise _nothing_yet(mirror.path)
        if found != migrate.HEAD:
            migrate.check_known(found)
            raise MirrorError(
                f"the mirror at {mirror.path} is of an older sfsync", todo="run `sfsync pull` first: it brings it up"
            )
        return
    with mirror.gate.passage(), mirror.writer.begin() as connection:
        if migrate.revision(connection) != migrate.HEAD:
            migrate.upgrade(connection)
            Facts(connection).give("uid", secrets.token_hex(8))


class Facts:
    """What is true of the whole mirror, by name."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str | None:
        """Give a fact, None where it is not known."""
        found = self._connection.exec_driver_sql("SELECT value FROM _facts WHERE name = ?", (name,)).scalar()
        return None if found is None else str(found)

    def give(self, name: str, value: str) -> None:
        """State a fact for the first time; one that is stated already stays."""
        self._connection.exec_driver_sql("INSERT INTO _facts VALUES (?, ?) ON CONFLICT DO NOTHING", (name, value))

    def next_token(self, lease: str) -> int:
        """Count up the holders of a lease, and give the number of the new one."""
        name = f"lease.{lease}"
        token = int(self.get(name) or 0) + 1
        self._connection.exec_driver_sql("DELETE FROM _facts WHERE name = ?", (name,))
        self.give(name, str(token))
        return token

    def check_token(self, lease: str, token: int) -> None:
        """Raise LeaseLost where a lease has had another holder since it was given with this number."""
        if self.get(f"lease.{lease}") != str(token):
            raise LeaseLost(
                f"another process has taken the {lease} lease of this mirror over, so nothing more is written",
                todo="the other process settles what was under way: see `sfsync runs`",
            )


@dataclass(slots=True)
class Mirror:
    """An open mirror. Threads may share it; each transaction belongs to the thread that opened it."""

    path: Path
    clock: Clock
    gate: Gate
    writer: Engine | None
    reader: Engine
    inode: int | None
    tokens: dict[str, int] = field(default_factory=dict)  # of the leases it holds

    def org_id(self) -> str | None:
        """Give the id of the org it mirrors, None while it mirrors none."""
        return self._fact("org_id")

    def uid(self) -> str:
        """Give the random hexadecimal name it was given when it was made; keys of creates carry it."""
        return self._fact("uid") or ""

    def belong_to(self, org_id: str) -> None:
        """Make it the mirror of this org, for ever. Raises MirrorOfAnotherOrg where it already is another's."""
        owner = self.org_id()
        if owner is None:
            with self._transaction() as connection:
                Facts(connection).give("org_id", org_id)
            owner = self.org_id()
        if owner != org_id:
            raise MirrorOfAnotherOrg(
                f"the mirror at {self.path} is of org {owner}, and the settings lead to org {org_id}",
                todo="give each org a mirror of its own under [mirror] url, or put the settings back to the first org",
            )

    def _fact(self, name: str) -> str | None:
        with told(self.path), self.reader.begin() as connection:
            return Facts(connection).get(name)

    @contextmanager
    def writing(self) -> Iterator[Books]:
        """Open a transaction that writes; it is on the disk when this ends, and undone where it ends in an error."""
        with self._transaction() as connection:
            yield Books(connection, self.clock)

    @contextmanager
    def loading(self, beside: Path | None = None) -> Iterator[Books]:
        """Open a transaction for pages that can be pulled again: whole or not at all, but a power cut may lose it.

        `beside` is the part of such a page: a database that is attached for as long, under that name.
        """
        with self._transaction(durable=False, beside=beside) as connection:
            yield Books(connection, self.clock)

    @contextmanager
    def reading(self) -> Iterator[Books]:
        """Open a transaction that sees the mirror as it is now, whatever is written meanwhile, and cannot write."""
        with told(self.path), self.reader.begin() as connection:
            connection.exec_driver_sql("SELECT 1 FROM _facts").first()  # the first look fixes what is seen
            yield Books(connection, self.clock)

    @contextmanager
    def _transaction(self, *, durable: bool = True, beside: Path | None = None) -> Iterator[Connection]:
        if self.writer is None:
            raise MirrorError(f"the mirror at {self.path} was opened to read only")
        with self.gate.passage(), told(self.path), self.writer.connect() as connection:
            driver(connection).execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            with attached(driver(connection), beside), connection.begin():
                self._check_still_ours(connection)
                yield connection

    def _check_still_ours(self, connection: Connection) -> None:
        """Raise LeaseLost where a lease went to another process, MirrorError where another file is in its place."""
        if self.inode != _inode(self.path):
            raise MirrorError(
                f"another mirror was put in the place of {self.path}, so nothing more is written to the old one",
                todo="run the command again",
            )
        for name, token in list(self.tokens.items()):
            Facts(connection).check_token(name, token)

    @contextmanager
    def lease(self, name: LeaseName, holder: str, wait_seconds: float) -> Iterator[None]:
        """Hold a lease while inside: `writer` for one run, `daemon` for a daemon's life.

        Waits up to `wait_seconds` for whoever holds it; then raises LeaseHeld, which says who and since when. Each
        holder has a number one higher than the last, and every transaction checks that it is still the latest: a
        process that stood still while another took over writes nothing more.
        """
        with lease(lease_file(self.path, name), name, holder, wait_seconds, self.clock):
            with self._transaction() as connection:
                token = Facts(connection).next_token(name)
            self.tokens[name] = token
            try:
                yield
            finally:
                self.tokens.pop(name, None)

    def close(self) -> None:
        """Close all connections; harmless when done twice."""
        if self.writer is not None:
            self.writer.dispose()
        self.reader.dispose()
