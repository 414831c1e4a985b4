"""The record of calls: what was asked, by whom, what was answered, and whether it was done.

Tests read it to see what a client sent and what the org did with it, whatever the client was told. No token and no
password is in it; bodies are kept where they are small JSON.
"""

import json
from collections.abc import Mapping

from sfsync.localorg.context import OrgContext
from sfsync.localorg.state import State
from sfsync.localorg.wire import Answer, Request

_HEADERS = frozenset({"content-type", "user-agent", "accept-encoding", "if-modified-since", "if-unmodified-since"})
_BODY_BYTES = 4_096
_SECRET = frozenset(
    {"access_token", "assertion", "client_secret", "code", "code_verifier", "oauth_token", "password"}
    | {"refresh_token", "sid", "token"}
)


def record(org: OrgContext, request: Request, answer: Answer, *, applied: bool, faults: list[str]) -> None:
    """Write down one call, whose answer may have been dropped or changed by the faults named."""
    value = {
        "method": request.method,
        "path": request.path,
        "query": {name: value for name, value in request.query.items() if name.lower() not in _SECRET},
        "headers": _shown(request.headers),
        "body": _small_json(request),
        "status": answer.status,
        "user": org.user_id or None,
        "applied": applied,
        "dropped": answer.drop,
        "faults": faults,
    }
    org.state.run("INSERT INTO _call (made_at, value) VALUES (?, ?)", (org.stamp, json.dumps(value)))


def calls(state: State, after: int, most: int) -> list[dict[str, object]]:
    """Give the calls whose number is greater than `after`, oldest first."""
    rows = state.rows("SELECT * FROM _call WHERE number > ? ORDER BY number LIMIT ?", (after, most))
    return [{"number": row["number"], "made_at": row["made_at"], **json.loads(row["value"])} for row in rows]


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name in _HEADERS or name.startswith("sforce-")}


def _small_json(request: Request) -> object:
    is_json = request.headers.get("content-type", "").startswith("application/json")
    if not is_json or request.path.lower().endswith("/password") or not 0 < len(request.body) <= _BODY_BYTES:
        return None
    try:
        return json.loads(request.body)
    except ValueError:
        return None
