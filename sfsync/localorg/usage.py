"""The org's allowance of API calls: a count over the last 24 hours, kept in the database by the minute."""

from datetime import datetime, timedelta

from sfsync.localorg.state import State
from sfsync.localorg.wire import Refusal

STORAGE_MB = 10_240  # a developer org's
DAY_MINUTES = 24 * 60
DEFAULT_LIMIT = 5_000_000  # a full sandbox's
SETTING = "api_limit"
LIMITS_SETTING = "limits"  # other limits by name, where they are not those of a fresh org
CONCURRENT_SETTING, LONG_SETTING = "concurrent_requests", "long_request_seconds"
CONCURRENT, LONG_SECONDS = 25, 20  # documented: so many calls that last so long at the same time


def limit(state: State) -> int:
    """Give how many calls the org allows in 24 hours."""
    kept = state.setting(SETTING)
    return kept if isinstance(kept, int) else DEFAULT_LIMIT


def concurrent(state: State) -> tuple[int, int]:
    """Give how many long calls may be under way at the same time, and from how many seconds on one is long."""
    most, seconds = state.setting(CONCURRENT_SETTING), state.setting(LONG_SETTING)
    return (most if isinstance(most, int) else CONCURRENT), (seconds if isinstance(seconds, int) else LONG_SECONDS)


def allowance(state: State, name: str, usual: int) -> int:
    """Give a limit by the name that `/limits` has for it."""
    kept = state.setting(LIMITS_SETTING)
    found = kept.get(name, usual) if isinstance(kept, dict) else usual
    return found if isinstance(found, int) else usual


def used(state: State, now: datetime) -> int:
    """Give how many calls were made in the last 24 hours."""
    row = state.one(
        "SELECT coalesce(sum(calls), 0) AS calls FROM _usage WHERE minute > ?", (_minute(now) - DAY_MINUTES,)
    )
    return 0 if row is None else int(row["calls"])


def count(state: State, now: datetime, calls: int = 1) -> None:
    """Count calls against the allowance."""
    sql = "INSERT INTO _usage VALUES (?, ?) ON CONFLICT (minute) DO UPDATE SET calls = calls + excluded.calls"
    state.run(sql, (_minute(now), calls))
    state.run("DELETE FROM _usage WHERE minute <= ?", (_minute(now - timedelta(days=2)),))


def spend(state: State, now: datetime) -> None:
    """Count one call. Raises Refusal REQUEST_LIMIT_EXCEEDED, uncounted, where none is left."""
    if used(state, now) >= limit(state):
        raise Refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    count(state, now)


def header(state: State, now: datetime) -> dict[str, str]:
    """Give the header that tells a client what is used of what."""
    return {"Sforce-Limit-Info": f"api-usage={used(state, now)}/{limit(state)}"}


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60
