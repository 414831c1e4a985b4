"""Sessions: access tokens kept in the database, dead after a time without use."""

import hashlib
from base64 import urlsafe_b64encode
from datetime import timedelta

from sfsync.clock import Clock
from sfsync.localorg.state import State
from sfsync.localorg.values import stamp
from sfsync.localorg.wire import Refusal, Request

SECONDS_SETTING = "session_seconds"  # how long a session lives without use
DEFAULT_SECONDS = 7200
_TOUCH_AFTER_SECONDS = 60  # use is noted this coarsely, so that not every request writes its session
_SESSION = """SELECT s.user_id, s.used_at, coalesce(u.IsActive, 1) = 0 OR
    EXISTS (SELECT 1 FROM "UserLogin" l WHERE l.UserId = s.user_id AND l.IsFrozen = 1) AS shut_out
    FROM _session s LEFT JOIN "User" u ON u.Id = s.user_id WHERE s.token = ?"""
_SCHEMES = frozenset({"bearer", "oauth"})


def secret(state: State, what: str, length: int = 64) -> str:
    """Make the next random text of a kind out of the org's seed: the same seed and calls give the same."""
    number = state.next_number(f"secret {what}")
    material = f"{state.setting('seed')} {what} {number}".encode()
    digest = b"".join(hashlib.blake2b(material, salt=bytes([part] * 16)).digest() for part in range(length // 64 + 1))
    return urlsafe_b64encode(digest).decode().replace("-", "x").replace("_", "y").rstrip("=")[:length]


def issue_token(state: State, clock: Clock, user_id: str) -> str:
    """Start a session for a user and give its access token, shaped as Salesforce's: org id, `!`, random text."""
    row = state.one('SELECT Id FROM "Organization"')
    org_id = "" if row is None else str(row["Id"])
    token = _token(state, org_id)
    while state.one("SELECT 1 FROM _session WHERE token = ?", (token,)) is not None:
        token = _token(state, org_id)
    state.run("INSERT INTO _session VALUES (?, ?, ?)", (token, user_id, stamp(clock.now())))
    return token


def _token(state: State, org_id: str) -> str:
    return f"{org_id[:15]}!AQ{secret(state, 'token', 94)}"


def end(state: State, token: str) -> bool:
    """End a session; tell whether there was one."""
    return state.run("DELETE FROM _session WHERE token = ?", (token,)) > 0


def end_all(state: State) -> None:
    """End every session, as an admin would from Setup."""
    state.run("DELETE FROM _session")


def token_of(request: Request) -> str:
    """Give the access token a request carries, "" where it carries none: Bearer, OAuth, or X-SFDC-Session."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in _SCHEMES else request.headers.get("x-sfdc-session", "").strip()


def demand_header(request: Request) -> None:
    """Refuse an Authorization header without a token, or of no scheme that is known (seen in public traces)."""
    if request.headers.get("authorization", "").strip() and not token_of(request):
        raise Refusal(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")


def user_of(state: State, clock: Clock, token: str) -> str:
    """Give the user of a living session. Raises Refusal INVALID_SESSION_ID."""
    row = state.one(_SESSION, (token,)) if token else None
    now = clock.now()
    if row is None or row["shut_out"] or row["used_at"] <= stamp(now - timedelta(seconds=_lifetime(state))):
        raise Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
    if row["used_at"] < stamp(now - timedelta(seconds=_TOUCH_AFTER_SECONDS)):
        state.run("UPDATE _session SET used_at = ? WHERE token = ?", (stamp(now), token))
    return str(row["user_id"])


def is_frozen(state: State, user_id: str) -> bool:
    """Tell whether a user is frozen: kept from signing in, while all that the user owns stays."""
    return state.one('SELECT 1 FROM "UserLogin" WHERE UserId = ? AND IsFrozen = 1', (user_id,)) is not None


def is_locked(state: State, user_id: str) -> bool:
    """Tell whether a user is locked out for too many wrong passwords."""
    return state.one('SELECT 1 FROM "UserLogin" WHERE UserId = ? AND IsPasswordLocked = 1', (user_id,)) is not None


def lock(state: State, user_id: str, now: str, locked: bool = True) -> None:
    """Lock a user out, or let the user in again."""
    changed = 'UPDATE "UserLogin" SET IsPasswordLocked = ?, LastModifiedDate = ? WHERE UserId = ?'
    if state.run(changed, (int(locked), now, user_id)) == 0:
        columns = "Id, UserId, IsFrozen, IsPasswordLocked, LastModifiedDate"
        row = (state.next_id("0Yw"), user_id, int(locked), now)
        state.run(f'INSERT INTO "UserLogin" ({columns}) VALUES (?, ?, 0, ?, ?)', row)  # noqa: S608 - our own names


def forget_dead(state: State, clock: Clock) -> None:
    """Drop the rows of sessions that died long ago."""
    until = clock.now() - timedelta(seconds=_lifetime(state), days=1)
    state.run("DELETE FROM _session WHERE used_at < ?", (stamp(until),))


def _lifetime(state: State) -> int:
    kept = state.setting(SECONDS_SETTING)
    return kept if isinstance(kept, int) else DEFAULT_SECONDS
