"""Opening a mirror: its database, its tables, whose it is; and the transactions everything else goes through."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine

from sfsync.clock import Clock
from sfsync.errors import LeaseHeld, LeaseLost, MirrorError, MirrorOfAnotherOrg, SettingsError
from sfsync.mirror import migrate
from sfsync.mirror.books import Books
from sfsync.mirror.driver import driver
from sfsync.mirror.homes import Home, LeaseName
from sfsync.mirror.scratch import Scratch
from sfsync.mirror.sqlite_home import sqlite_home


def open_mirror(
    url: str, *, clock: Clock, writable: bool, password: str | None = None, scratch: Path | None = None
) -> "Mirror":
    """Open the mirror a URL names, `sqlite:///path` or `postgresql://user@host/database`; one to write is made.

    A mirror in PostgreSQL has its working files in the folder `scratch`. Raises SettingsError for another kind of URL,
    MirrorTooNew where a newer program wrote it, and MirrorError where there is none to read, it is older than this
    program and not to be written, is no mirror at all, or cannot be reached.
    """
    home = _home(url, clock, writable, password, scratch)
    if home is None:
        raise _nothing_yet(url.removeprefix("sqlite:///"))
    mirror = Mirror(home, clock)
    try:
        with home.told():
            _make_ready(home)
    except BaseException:
        mirror.close()
        raise
    return mirror


def _home(url: str, clock: Clock, writable: bool, password: str | None, scratch: Path | None) -> Home | None:
    if not url.startswith(("postgresql://", "postgresql+psycopg://")):
        return sqlite_home(url, clock=clock, writable=writable)
    try:
        from sfsync.mirror.postgres_home import postgres_home  # psycopg need not be there
    except ImportError:
        raise SettingsError(
            "a mirror in PostgreSQL needs the package psycopg, which is not installed",
            todo="install it with: pip install 'sfsync[postgres]'",
        ) from None
    return postgres_home(url, password, clock=clock, writable=writable, scratch=scratch or Path(".sfsync"))


def _nothing_yet(place: str) -> MirrorError:
    return MirrorError(f"there is no mirror at {place} yet", todo="run `sfsync pull` first")


def _make_ready(home: Home) -> None:
    """Look at the revision of the tables, and bring them up to date where that is allowed and needed."""
    if home.writer is None:
        with home.reader.begin() as connection:
            found = migrate.revision(connection)
        if found is None:
            raise _nothing_yet(home.place)
        if found != migrate.HEAD:
            migrate.check_known(found)
            raise MirrorError(
                f"the mirror at {home.place} is of an older sfsync", todo="run `sfsync pull` first: it brings it up"
            )
        return
    with home.writing(durable=True, beside=None) as connection:
        if migrate.revision(connection) != migrate.HEAD:
            migrate.upgrade(connection)
            Facts(connection).give("uid", secrets.token_hex(8))


class Facts:
    """What is true of the whole mirror, by name."""

    def __init__(self, connection: Connection) -> None:
        self._raw = driver(connection)

    def get(self, name: str) -> str | None:
        """Give a fact, None where it is not known."""
        found = self._raw.execute("SELECT value FROM _facts WHERE name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    def give(self, name: str, value: str) -> None:
        """State a fact for the first time; one that is stated already stays."""
        self._raw.execute("INSERT INTO _facts VALUES (?, ?) ON CONFLICT DO NOTHING", (name, value))

    def next_token(self, lease: str) -> int:
        """Count up the holders of a lease, and give the number of the new one."""
        name = f"lease.{lease}"
        token = int(self.get(name) or 0) + 1
        self._raw.execute("DELETE FROM _facts WHERE name = ?", (name,))
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

    home: Home
    clock: Clock
    tokens: dict[str, int] = field(default_factory=dict)  # of the leases it holds

    @property
    def path(self) -> Path:
        """What working files are named after, and lie beside."""
        return self.home.path

    @property
    def scratch(self) -> Scratch:
        """What lists of a run that may be long are begun with."""
        return Scratch(self.home.path.parent)

    @property
    def holds_nul(self) -> bool:
        """Whether its texts can hold the character NUL; else `driver.NO_NUL` stands for it."""
        return self.home.holds_nul

    @property
    def writer(self) -> Engine | None:
        """Connections that write; None where it was opened to read only."""
        return self.home.writer

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
        self.check_of(org_id)

    def check_of(self, org_id: str) -> None:
        """Raise MirrorOfAnotherOrg where it is the mirror of another org than this."""
        owner = self.org_id()
        if owner is not None and owner != org_id:
            raise MirrorOfAnotherOrg(
                f"the mirror at {self.home.place} is of org {owner}, and the settings lead to org {org_id}",
                todo="give each org a mirror of its own under [mirror] url, or put the settings back to the first org; "
                "if that one is no more, as a local org that was reset, move its mirror aside and pull",
            )

    def _fact(self, name: str) -> str | None:
        with self.home.told(), self.home.reader.begin() as connection:
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
        with self.home.told(), self.home.reader.begin() as connection:
            connection.exec_driver_sql("SELECT 1 FROM _facts").first()  # the first look fixes what is seen
            yield Books(connection, self.clock)

    @contextmanager
    def _transaction(self, *, durable: bool = True, beside: Path | None = None) -> Iterator[Connection]:
        with self.home.writing(durable=durable, beside=beside) as connection:
            self._check_tokens(connection)
            yield connection

    def _check_tokens(self, connection: Connection) -> None:
        for name, token in list(self.tokens.items()):
            Facts(connection).check_token(name, token)

    @contextmanager
    def lease(self, name: LeaseName, holder: str, wait_seconds: float) -> Iterator[None]:
        """Hold a lease while inside: `writer` for one run, `daemon` for a daemon's life.

        Waits up to `wait_seconds` for whoever holds it; then raises LeaseHeld, which says who and since when. Each
        holder has a number one higher than the last, and every transaction checks that it is still the latest: a
        process that stood still while another took over writes nothing more.
        """
        with self.home.lease(name, holder, wait_seconds):
            with self._transaction() as connection:
                token = Facts(connection).next_token(name)
            self.tokens[name] = token
            try:
                yield
            finally:
                self.tokens.pop(name, None)

    def check_leases(self) -> None:
        """Raise LeaseLost where a lease that it holds has had another holder since."""
        with self.home.told(), self.home.reader.begin() as connection:
            self._check_tokens(connection)

    def is_held(self, name: LeaseName) -> bool:
        """Tell whether somebody holds a lease just now. It may be asked of a mirror opened to read."""
        try:
            with self.home.lease(name, "a look", 0.0):
                return False
        except (LeaseHeld, OSError):
            return True

    def close(self) -> None:
        """Close all connections; harmless when done twice."""
        self.home.close()
