"""What strikes before a request is looked at: deeds in the org, and answers in place of its own."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sfsync.localorg import usage
from sfsync.localorg.context import OrgContext
from sfsync.localorg.faults import later
from sfsync.localorg.faults.asked import About
from sfsync.localorg.faults.orders import Fault, values
from sfsync.localorg.identity import sessions
from sfsync.localorg.soap.envelope import PARTNER, SoapFault, fault_answer, session_of
from sfsync.localorg.striking import deeds
from sfsync.localorg.striking.rows import EVERY
from sfsync.localorg.wire import JSON, Answer, Refusal, Request, json_answer

_FROZEN = {"error": "invalid_grant", "error_description": "user is frozen or inactive"}
_WRONG = {"error": "invalid_grant", "error_description": "authentication failure"}
_LOCKED_OUT = "Invalid username, password, security token; or user locked out."
CONCURRENT = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
_Strike = Callable[[OrgContext, Request, object], Answer | None]


def before(org: OrgContext, request: Request, struck: Sequence[Fault]) -> Answer | None:
    """Do all deeds that are on order, and give the first answer that takes the place of the org's own, if any.

    Raises Refusal where that answer is one, or where a deed cannot be done.
    """
    found: Answer | Refusal | None = None
    for name, value in (verb for fault in struck for verb in fault.verbs):
        try:
            answer = _STRIKES[name](org, request, value) if name in _STRIKES else None
        except Refusal as refusal:
            found = found or refusal
        else:
            found = found or answer
    if isinstance(found, Refusal):
        raise found
    return found


def skewed(org: OrgContext, struck: Sequence[Fault]) -> OrgContext:
    """Give the context as a server sees it whose clock is off."""
    shifts = [value["skew"] for _, value in values(struck, "clock") if isinstance(value, dict) and "skew" in value]
    return replace(org, now=org.now + timedelta(seconds=float(sum(shifts)))) if shifts else org


def _drop(org: OrgContext, request: Request, value: object) -> Answer | None:
    return Answer(503, {}, b"", drop=True)


def _status(org: OrgContext, request: Request, value: object) -> Answer | None:
    assert isinstance(value, dict)
    return None if value.get("done") else told(value)


def told(value: Mapping[str, object]) -> Answer:
    """Give the answer that a fault words: status, headers, body."""
    body, headers = value.get("body", ""), value.get("headers", {})
    sent = {str(name): str(one) for name, one in headers.items()} if isinstance(headers, dict) else {}
    if not isinstance(body, str):
        sent = {"Content-Type": JSON, **sent}
        body = json.dumps(body)
    return Answer(int(str(value["status"])), sent, body.encode())


def _expire(org: OrgContext, request: Request, value: object) -> Answer | None:
    if value == "all":
        sessions.end_all(org.state)
    else:
        sessions.end(org.state, sessions.token_of(request) or session_of(request))
    return None


def _login(org: OrgContext, request: Request, value: object) -> Answer | None:
    if About(request, org.state).op != "login":
        return None
    if request.path.lower().startswith("/services/soap/"):
        return fault_answer(PARTNER, SoapFault("INVALID_LOGIN", _LOCKED_OUT))
    return json_answer(400, _FROZEN if value == "frozen" else _WRONG)


def _limit(org: OrgContext, request: Request, value: object) -> Answer | None:
    if isinstance(value, dict):
        usage.count(org.state, org.now, int(value["spend"]))
        return None
    if value == "concurrent":
        raise Refusal(403, "REQUEST_LIMIT_EXCEEDED", CONCURRENT)
    most = usage.limit(org.state)
    error = {"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
    return json_answer(403, [error], {"Sforce-Limit-Info": f"api-usage={most}/{most}"})


def _lock(org: OrgContext, request: Request, value: object) -> Answer | None:
    """Take a lock; one without an end or by chance is looked at record by record."""
    assert isinstance(value, dict)
    if "prob" not in value:
        held = [str(value.get("parent", EVERY))]
        later.put_off(org, later.LOCK, float(value.get("for", 0)), {"locked": held})
    return None


_STRIKES: Mapping[str, _Strike] = {
    "drop_before_commit": _drop,
    "status": _status,
    "expire_session": _expire,
    "login_fail": _login,
    "limit": _limit,
    "lock_rows": _lock,
    **deeds.DEEDS,
}
