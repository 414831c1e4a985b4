"""`/sobjects/User/<id>/password`: whether a password has expired, setting one, resetting one.

Documented (REST API guide, sObject User Password): 204 for a new password, INVALID_NEW_PASSWORD for a weak one, 403
INSUFFICIENT_ACCESS for users without the right; a reset answers with the password it made. Assumed: eight characters
with letters and digits; that a reset needs no further step.
"""

from sfsync.localorg import credentials
from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity import passwords, sessions
from sfsync.localorg.rest import headers
from sfsync.localorg.routing import Route
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer, not_found
from sfsync.records.ids import is_id, to_18

LEAST = 8  # characters


def show(org: OrgContext, request: Request, version: str, user_id: str) -> Answer:
    """GET: tell whether the password has expired; it never does."""
    _user(org, user_id)
    return json_answer(200, {"isExpired": False})


def change(org: OrgContext, request: Request, version: str, user_id: str) -> Answer:
    """POST: set the password to `NewPassword`."""
    user = _user(org, user_id)
    wanted = headers.json_record(request).get("NewPassword")
    if not isinstance(wanted, str) or len(wanted) < LEAST:
        raise Refusal(400, "INVALID_NEW_PASSWORD", f"Your password must be at least {LEAST} characters long.")
    if not any(one.isalpha() for one in wanted) or not any(one.isdigit() for one in wanted):
        raise Refusal(400, "INVALID_NEW_PASSWORD", "Your password must have a mix of letters and numbers.")
    _set(org, user, wanted)
    return Answer(204)


def reset(org: OrgContext, request: Request, version: str, user_id: str) -> Answer:
    """DELETE: set the password to one that is made up, and tell it."""
    user = _user(org, user_id)
    made = sessions.secret(org.state, "password", 14) + "a1"
    _set(org, user, made)
    return json_answer(200, {"NewPassword": made})


def _user(org: OrgContext, user_id: str) -> str:
    """Find the user whose password it is. Raises Refusal: 404 where there is none, 403 for another without rights."""
    wanted = to_18(user_id) if is_id(user_id) else ""
    if org.state.one('SELECT Id FROM "User" WHERE Id = ?', (wanted,)) is None:
        raise not_found()
    if wanted != org.user_id and org.lacks("ManageUsers") and org.lacks("ResetPasswords"):
        raise Refusal(403, "INSUFFICIENT_ACCESS", "You do not have permission to view this record.")
    return wanted


def _set(org: OrgContext, user_id: str, password: str) -> None:
    passwords.keep(org.state, user_id, password)
    credentials.rewrite_facts(org.state, org.clock)


_PASSWORD = "/services/data/{version}/sobjects/User/{user_id}/password"
ROUTES = (
    Route("GET", _PASSWORD, show),
    Route("POST", _PASSWORD, change),
    Route("DELETE", _PASSWORD, reset),
)
