"""What PostgreSQL says when it cannot go on, in words for a person. Passwords are in none of them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy

from sfsync.errors import MirrorError

_AWAY = ("no PostgreSQL server answers at {place}", "start it, or correct host and port under [mirror] url")
_BUSY = ("the PostgreSQL server at {place} is starting or stopping", "wait a minute and try again")
_REFUSED = (
    "the PostgreSQL server at {place} did not take the user or password",
    'check the user in [mirror] url and what password = "file:..." (or "env:...") leads to',
)
_NO_ROLE = (
    "the PostgreSQL server at {place} knows no such user",
    "correct the user in [mirror] url, or create the role",
)
_NO_DATABASE = (
    "there is no database at {place}",
    "create it (createdb, or CREATE DATABASE), or correct its name under [mirror] url",
)
_NOT_LET_IN = (
    "the PostgreSQL server at {place} does not let this user in from here",
    "let it in with a line in pg_hba.conf, or ask for TLS with ?sslmode=require in [mirror] url",
)
_FULL = ("the disk of the PostgreSQL server at {place} is full", "make room and try again; nothing is half written")
_MANY = ("the PostgreSQL server at {place} has no connection left", "close others, or raise max_connections")
_NO_RIGHTS = (
    "the user of [mirror] url may not do that at {place}: {said}",
    "let it create tables there (GRANT CREATE, USAGE ON SCHEMA), or make it the database's owner",
)
_NO_SCHEMA = (
    "the schema that [mirror] url leads to is not there, at {place}",
    "create it (CREATE SCHEMA), or correct options=-csearch_path=... in the URL",
)
_READ_ONLY = ("the PostgreSQL server at {place} takes no writes: {said}", "give the primary server under [mirror] url")
_LOCKED = (
    "others have kept the mirror at {place} locked for two minutes",
    "see which sfsync processes run and who reads its tables; when they have ended, try again",
)
_DAMAGED = ("the database at {place} is damaged: {said}", "restore a backup of it, or pull into a new database")
_LOST = ("the connection to the PostgreSQL server at {place} was lost", "try again; nothing is half written")

_BY_STATE = {
    "28P01": _REFUSED,
    "28000": _NOT_LET_IN,
    "3D000": _NO_DATABASE,
    "3F000": _NO_SCHEMA,
    "42501": _NO_RIGHTS,
    "53100": _FULL,
    "53300": _MANY,
    "25006": _READ_ONLY,
    "55P03": _LOCKED,
    "40P01": _LOCKED,
    "57P01": _LOST,
    "57P02": _LOST,
    "57P03": _BUSY,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
# A connection that was never made tells no state, only text.
_BY_TEXT = (
    (re.compile(r"password authentication failed|no password supplied"), _REFUSED),
    (re.compile(r'database ".*" does not exist'), _NO_DATABASE),
    (re.compile(r'role ".*" does not exist'), _NO_ROLE),
    (re.compile(r"pg_hba\.conf|does not support SSL|SSL (?:connection )?(?:is|required)"), _NOT_LET_IN),
    (re.compile(r"starting up|shutting down|in recovery"), _BUSY),
    (re.compile(r"too many clients|connection slots"), _MANY),
    (re.compile(r"refused|resolve|timeout|timed out|No such file|unreachable|No route"), _AWAY),
)


@contextmanager
def told(place: str) -> Iterator[None]:
    """Turn what PostgreSQL cannot get over (server away, no rights, full disk) into MirrorError."""
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        raise _told(place, error.orig) or error from error
    except psycopg.Error as error:
        raise _told(place, error) or error from error


def _told(place: str, error: BaseException | None) -> MirrorError | None:
    if not isinstance(error, psycopg.Error):
        return None
    words = _BY_STATE.get(error.sqlstate or "")
    if words is None and error.sqlstate is None and isinstance(error, psycopg.OperationalError):
        words = next((found for pattern, found in _BY_TEXT if pattern.search(str(error))), _LOST)
    said = error.diag.message_primary or ""
    return MirrorError(words[0].format(place=place, said=said), todo=words[1]) if words else None
