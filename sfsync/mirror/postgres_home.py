"""A mirror in PostgreSQL: the schema its URL leads to, with advisory locks in place of lock files.

One transaction writes at a time, over all machines: it begins by taking a lock of the schema. A lease is a lock that a
connection of its own holds, so that the server gives it back when its holder dies, however it dies; whose it is stands
in the connection's application name. Of a holder of the same machine that is stopped (SIGSTOP) for twenty seconds of
waiting that connection is ended.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from sfsync.clock import Clock
from sfsync.errors import LeaseHeld, MirrorError, SettingsError
from sfsync.mirror.driver import driver
from sfsync.mirror.homes import LeaseName
from sfsync.mirror.locks import GATE_SECONDS, STANDS_STILL, Gate, Stopped, process
from sfsync.mirror.postgres import Session, prepared
from sfsync.mirror.postgres_words import told
from sfsync.records.values import datetime_text

_WRITING = 0x5F53  # what our advisory locks are for; with each the schema's name
_LEASES: dict[LeaseName, int] = {"writer": 0x5F54, "daemon": 0x5F55}
_TRY = "SELECT pg_try_advisory_lock(?, hashtext(current_schema()))"
_HOLDER = (
    "SELECT application_name, pg_locks.pid, client_addr IS NOT DISTINCT FROM inet_client_addr() FROM pg_locks"
    " JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted"
    " AND classid = ? AND objid = (hashtext(current_schema())::bigint & 4294967295)::oid AND objsubid = 2"
    " AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_LONGEST_HOLDER = 30  # bytes; an application name has 63
_SETTINGS = "-c timezone=UTC -c datestyle=ISO"


@dataclass(slots=True)
class PostgresHome:
    """A `Home` in a schema of a PostgreSQL database."""

    place: str
    path: Path
    clock: Clock
    gate: Gate
    address: str = field(repr=False)  # how libpq takes it, the password in it
    writer: Engine | None
    reader: Engine

    @property
    def holds_nul(self) -> bool:
        """Whether its texts can hold the character NUL."""
        return False

    def told(self) -> AbstractContextManager[None]:
        """Turn what PostgreSQL cannot get over into MirrorError."""
        return told(self.place)

    @contextmanager
    def writing(self, *, durable: bool, beside: Path | None) -> Iterator[Connection]:
        """Open a transaction that writes."""
        if self.writer is None:
            raise MirrorError(f"the mirror at {self.place} was opened to read only")
        with self.gate.passage(), self.told(), self.writer.connect() as connection, connection.begin():
            raw = driver(connection)
            raw.execute(f"SET LOCAL lock_timeout = '{GATE_SECONDS:.0f}s'")
            raw.execute(f"SET LOCAL synchronous_commit = {'on' if durable else 'off'}")
            raw.execute("SELECT pg_advisory_xact_lock(?, hashtext(current_schema()))", (_WRITING,))
            yield connection

    @contextmanager
    def lease(self, name: LeaseName, holder: str, wait_seconds: float) -> Iterator[None]:
        """Hold a lease while inside."""
        with self.told():
            session = _session(self.address)
        try:
            with self.told():
                self._take(session, name, holder, wait_seconds)
            yield
        finally:
            with suppress(psycopg.Error):  # whoever waits need not wait until the server has noticed that it is closed
                session.execute("SELECT pg_advisory_unlock_all()")
            session.close()

    def _take(self, session: Session, name: LeaseName, holder: str, wait_seconds: float) -> None:
        session.autocommit = True
        give_up = self.clock.monotonic() + wait_seconds
        stopped = Stopped()
        while not session.execute(_TRY, (_LEASES[name],)).fetchall()[0][0]:
            signed, server_process, near = session.execute(_HOLDER, (_LEASES[name],)).fetchone() or ("", 0, False)
            now = self.clock.monotonic()
            if stopped.too_long(near and _stands_still(signed), now):
                session.execute("SELECT pg_terminate_backend(?)", (server_process,))
            elif now >= give_up:
                raise LeaseHeld(
                    f"the {name} lease of this mirror is held by {_who(signed)}",
                    todo="wait until it has ended, or stop it",
                )
            self.clock.sleep(0.2)
        signed = f"{holder[:_LONGEST_HOLDER]}|{os.getpid()}|{datetime_text(self.clock.now())}"
        session.execute("SELECT set_config('application_name', ?, false)", (signed,))

    def close(self) -> None:
        """Close all connections."""
        if self.writer is not None:
            self.writer.dispose()
        self.reader.dispose()


def postgres_home(url: str, password: str | None, *, clock: Clock, writable: bool, scratch: Path) -> PostgresHome:
    """Give the database a URL names as a home; nothing is connected yet.

    Raises SettingsError where the URL makes no sense.
    """
    try:
        parsed = make_url(url)
        address = _address(parsed, password)
    except (ArgumentError, ValueError, psycopg.ProgrammingError):
        raise SettingsError(
            "the URL of the PostgreSQL mirror makes no sense",
            todo='write it as url = "postgresql://user@host:5432/database"',
        ) from None
    place = URL.create("postgresql", host=parsed.host, port=parsed.port, database=parsed.database).render_as_string()
    return PostgresHome(
        place=place,
        path=scratch / "mirror",
        clock=clock,
        gate=Gate(None, clock),
        address=address,
        writer=_engine(address, read_only=False) if writable else None,
        reader=_engine(address, read_only=True),
    )


def _who(signed: str) -> str:
    """Read how the holder of a lease has signed; it may not have yet."""
    holder, *rest = signed.rsplit("|", 2)
    return f"{holder} (process {rest[0]}) since {rest[1]}" if len(rest) == 2 else "another process"


def _stands_still(signed: str) -> bool:
    """Tell whether the process that has signed, one of this machine, is stopped."""
    found = process(signed.split("|")[-2]) if signed.count("|") >= 2 else None
    return found is not None and found[0] == STANDS_STILL


def _address(parsed: URL, password: str | None) -> str:
    query = {name: value if isinstance(value, str) else ",".join(value) for name, value in parsed.query.items()}
    options = f"{query.pop('options', '')} {_SETTINGS}"
    named: dict[str, str | int | None] = {
        "host": parsed.host,
        "port": parsed.port,
        "user": parsed.username,
        "password": password or parsed.password,
        "dbname": parsed.database,
        "application_name": "sfsync",
        "client_encoding": "UTF8",
        "connect_timeout": 10,
    }
    given = {name: str(value) for name, value in named.items() if value is not None}
    return make_conninfo("", **{**given, **query, "options": options.strip()})


def _session(address: str) -> Session:
    return prepared(Session.connect(address))


def _engine(address: str, *, read_only: bool) -> Engine:
    def connect() -> Session:
        session = _session(address)
        if read_only:
            session.read_only = True
            session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        return session

    most = {"pool_size": 5, "max_overflow": 20} if read_only else {"pool_size": 1, "max_overflow": 0}
    return create_engine(
        "postgresql+psycopg://",
        creator=connect,
        poolclass=QueuePool,
        pool_pre_ping=True,
        use_native_hstore=False,
        **most,
    )
