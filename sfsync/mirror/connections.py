"""Connections to the mirror's file, and what SQLite says when it cannot go on, in words for a person."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import sqlalchemy
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool

from sfsync.errors import MirrorError, SettingsError

BUSY_SECONDS = 30
_LOG_PAGES = 10_000  # of 4 KB, after which the log is brought into the file, which waits for the disk twice


def path_of(url: str) -> Path:
    """Give the file a `sqlite:///` URL names. Raises SettingsError for any other URL."""
    try:
        parsed = make_url(url)
    except sqlalchemy.exc.ArgumentError:
        raise _unusable(url) from None
    if parsed.drivername != "sqlite" or parsed.host or not parsed.database or parsed.database == ":memory:":
        raise _unusable(parsed.render_as_string(hide_password=True))
    return Path(parsed.database)


def _unusable(url: str) -> SettingsError:
    return SettingsError(
        f"the mirror cannot live at {url!r}",
        todo='give a file, as in url = "sqlite:///.sfsync/mirror.db"',
    )


def writing_engine(path: Path) -> Engine:
    """Give the engine of the one connection that writes, and so the only one that checkpoints."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        log = (f"wal_autocheckpoint={_LOG_PAGES}", f"journal_size_limit={64 << 20}")
        for pragma in ("journal_mode=WAL", "synchronous=FULL", *log):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    return _engine(connect, "BEGIN IMMEDIATE", pool_size=1, max_overflow=0)


def reading_engine(path: Path) -> Engine:
    """Give the engine of connections that cannot write."""

    def connect() -> sqlite3.Connection:
        address = f"file:{quote(str(path.absolute()))}?mode=ro"
        return sqlite3.connect(address, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=True)

    return _engine(connect, "BEGIN", pool_size=5, max_overflow=20)


def _engine(connect: Callable[[], sqlite3.Connection], begin: str, *, pool_size: int, max_overflow: int) -> Engine:
    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=pool_size, max_overflow=max_overflow
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def sqlite_driver(connection: Connection) -> sqlite3.Connection:
    """Give SQLite's own connection, for what no other database can."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


@contextmanager
def attached(raw: sqlite3.Connection, beside: Path | None) -> Iterator[None]:
    """Have another database beside the mirror while inside, outside of any transaction; None for none."""
    if beside is None:
        yield
        return
    raw.execute("ATTACH ? AS beside", (str(beside),))
    try:
        yield
    finally:
        raw.execute("DETACH beside")


@contextmanager
def told(path: Path, written: Path | None = None) -> Iterator[None]:
    """Turn what SQLite cannot get over (full disk, damaged file, lost permission) into MirrorError.

    `written` is the file that has to have room, where it is another.
    """
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        raise _told(path, written or path, error.orig) or error from error
    except sqlite3.Error as error:
        raise _told(path, written or path, error) or error from error


_LIMITED = (  # SQLite calls a full disk SQLITE_FULL, and every other reason by these
    "{path} cannot grow: a limit was met, on the size of files (ulimit -f) or a quota, or the disk does not take it",
    "raise the limit or make room, and try again; nothing is half written",
)
_WORDS = {
    sqlite3.SQLITE_BUSY: ("another program keeps {path} locked", "close it and try again"),
    sqlite3.SQLITE_FULL: ("the disk that holds {path} is full", "make room and try again; nothing is half written"),
    sqlite3.SQLITE_IOERR_WRITE: _LIMITED,
    sqlite3.SQLITE_IOERR_SHMSIZE: _LIMITED,
    sqlite3.SQLITE_IOERR: ("the disk that holds {path} does not answer as it should", "check the disk, then try again"),
    sqlite3.SQLITE_CANTOPEN: ("{path} cannot be opened", "check that it and its folder are yours to read and write"),
    sqlite3.SQLITE_PERM: ("{path} may not be opened", "check that it and its folder are yours to read and write"),
    sqlite3.SQLITE_CORRUPT: (
        "{path} is damaged",
        "move it aside and run `sfsync pull`, which makes a new one from the org; or restore a backup",
    ),
    sqlite3.SQLITE_NOTADB: (
        "{path} is not a mirror: it is no SQLite file",
        "give another file under [mirror] url, or move this one aside and run `sfsync pull`",
    ),
}


_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE)


def _told(path: Path, written: Path, error: BaseException | None) -> MirrorError | None:
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(code, int):
        return None
    words = _WORDS.get(code) or _WORDS.get(code & 0xFF)  # the low byte is the kind, the rest detail
    place = written if code in _ROOM or code & 0xFF in _ROOM else path
    return MirrorError(words[0].format(path=place), todo=words[1]) if words else None
