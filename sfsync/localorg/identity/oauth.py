"""`/services/oauth2/token` and `/revoke`. Errors are objects with status 400, not arrays as in REST."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity import sessions
from sfsync.localorg.wire import Answer, Request, json_answer

SCOPE = "api"
_NO_STORE = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}


class OAuthError(Exception):
    """The token endpoint says no: an `error` word and a sentence."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


def token(org: OrgContext, request: Request) -> Answer:
    """Give an access token for a grant."""
    form = _form(request)
    grant = form.get("grant_type", "")
    try:
        if grant not in GRANTS:
            raise OAuthError("unsupported_grant_type", "grant type not supported")
        _check_client(org, request, form)
        return json_answer(200, GRANTS[grant](org, request, form), _NO_STORE)
    except OAuthError as refused:
        body = {"error": refused.error, "error_description": refused.description}
        return json_answer(400, body, _NO_STORE)


def revoke(org: OrgContext, request: Request) -> Answer:
    """End the session of an access token; the refresh token is not given up, the org lives on it."""
    asked = _form(request).get("token") or request.query.get("token", "")
    if not sessions.end(org.state, asked):
        body = {"error": "unsupported_token_type", "error_description": "this token type is not supported"}
        return json_answer(400, body, _NO_STORE)
    return Answer(200, _NO_STORE)


def _form(request: Request) -> dict[str, str]:
    """Read the form in the body, and what stands in the query besides."""
    text = request.body.decode("utf-8", "replace")
    return {**request.query, **dict(parse_qsl(text, keep_blank_values=True))}


def _check_client(org: OrgContext, request: Request, form: Mapping[str, str]) -> None:
    """Check client id and secret, out of the body or the Basic header."""
    client_id, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
    if not _same(client_id, org.state.setting("client_id")):
        raise OAuthError("invalid_client_id", "client identifier invalid")
    if not _same(secret, org.state.setting("client_secret")):
        raise OAuthError("invalid_client", "invalid client credentials")


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, coded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def _same(given: str, kept: object) -> bool:
    return hmac.compare_digest(given.encode(), str(kept).encode())


def _client_credentials(org: OrgContext, request: Request, form: Mapping[str, str]) -> dict[str, object]:
    """Sign in as the org's integration user; no refresh token goes with it."""
    return _granted(org, request, str(org.state.setting("integration_user_id")))


def _refresh(org: OrgContext, request: Request, form: Mapping[str, str]) -> dict[str, object]:
    """Sign in with the refresh token."""
    if not _same(form.get("refresh_token", ""), org.state.setting("refresh_token")):
        raise OAuthError("invalid_grant", "expired access/refresh token")
    return _granted(org, request, str(org.state.setting("integration_user_id")))


def _password(org: OrgContext, request: Request, form: Mapping[str, str]) -> dict[str, object]:
    """Sign in with user name and password, the security token right behind it."""
    row = org.state.one('SELECT Id FROM "User" WHERE Username = ? COLLATE NOCASE', (form.get("username", ""),))
    kept = str(org.state.setting("password")), str(org.state.setting("security_token"))
    known = row is not None and row["Id"] == org.state.setting("integration_user_id")
    if not known or not _same(form.get("password", ""), "".join(kept)):
        raise OAuthError("invalid_grant", "authentication failure")
    return _granted(org, request, str(org.state.setting("integration_user_id")))


GRANTS = {"client_credentials": _client_credentials, "refresh_token": _refresh, "password": _password}


def _granted(org: OrgContext, request: Request, user_id: str) -> dict[str, object]:
    """Start a session and give what the token endpoint answers; there is no `expires_in`, as with Salesforce."""
    identity = f"{request.base_url}/id/{org.org_id}/{user_id}"
    issued_at = str(int(org.now.timestamp() * 1000))
    secret = str(org.state.setting("client_secret")).encode()
    signature = hmac.new(secret, f"{identity}{issued_at}".encode(), hashlib.sha256).digest()
    return {
        "access_token": sessions.issue_token(org.state, org.clock, user_id),
        "signature": base64.b64encode(signature).decode(),
        "scope": SCOPE,
        "instance_url": request.base_url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }
