"""`/services/oauth2/token` and `/revoke`. Errors are objects with status 400, not arrays as in REST (recorded)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity import assertions, grants, passwords, sessions
from sfsync.localorg.identity.addresses import instance_url
from sfsync.localorg.identity.form import OAuthError, client_of, form_of, same
from sfsync.localorg.identity.grants import Grant
from sfsync.localorg.wire import Answer, Request, json_answer

_NO_STORE = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}
_REFRESH_SETTING = "refresh_token"  # the one among the org's facts


@dataclass(frozen=True, slots=True)
class Granted:
    """Who is signed in, and what the answer shows besides."""

    user_id: str
    refresh_token: str = ""  # shown where the grant makes one
    refreshed: str = ""  # the refresh token that was used


def token(org: OrgContext, request: Request) -> Answer:
    """Give an access token for a grant."""
    form = form_of(request)
    try:
        grant = GRANTS.get(form.get("grant_type", ""))
        if grant is None:
            raise OAuthError("unsupported_grant_type", "grant type not supported")
        granted = grant(org, request, form)
        _demand_welcome(org, granted.user_id)
        return json_answer(200, _granted(org, request, granted), _NO_STORE)
    except OAuthError as refused:
        return _refused(refused)


def _demand_welcome(org: OrgContext, user_id: str) -> None:
    """Refuse users who are inactive or frozen. Raises OAuthError."""
    row = org.state.one('SELECT IsActive FROM "User" WHERE Id = ?', (user_id,))
    if row is None or not row["IsActive"] or sessions.is_frozen(org.state, user_id):
        raise OAuthError("inactive_user", "user is inactive")


def revoke(org: OrgContext, request: Request) -> Answer:
    """End an access token's session, or a refresh token and the session it gave last.

    A revoked refresh token of the org's facts is followed by another one. An unknown token is refused with 400
    (documented).
    """
    asked = form_of(request).get("token", "")
    grant = grants.find(org, grants.REFRESH, asked)
    if grant is not None:
        sessions.end(org.state, grant.session)
        grants.forget(org, asked)
    elif asked and same(asked, org.state.setting(_REFRESH_SETTING)):
        org.state.set_setting(_REFRESH_SETTING, "5Aep861" + sessions.secret(org.state, "refresh token", 80))
    elif not sessions.end(org.state, asked):
        return _refused(OAuthError("unsupported_token_type", "this token type is not supported"))
    return Answer(200, _NO_STORE)


def _refused(refused: OAuthError) -> Answer:
    return json_answer(400, {"error": refused.error, "error_description": refused.description}, _NO_STORE)


def _client_credentials(org: OrgContext, request: Request, form: Mapping[str, str]) -> Granted:
    """Sign in as the org's integration user; no refresh token goes with it (documented)."""
    if client_of(org, request, form) != org.state.setting("client_id"):
        raise OAuthError("invalid_grant", "no client credentials user enabled")
    return Granted(str(org.state.setting("integration_user_id")))


def _refresh(org: OrgContext, request: Request, form: Mapping[str, str]) -> Granted:
    """Sign in with a refresh token; it stays good."""
    client_id, given = client_of(org, request, form), form.get("refresh_token", "")
    grant = grants.find(org, grants.REFRESH, given)
    if grant is not None and grant.client_id == client_id:
        return Granted(grant.user_id, refreshed=given)
    if client_id != org.state.setting("client_id") or not same(given, org.state.setting(_REFRESH_SETTING)):
        raise OAuthError("invalid_grant", "expired access/refresh token")
    return Granted(str(org.state.setting("integration_user_id")))


def _password(org: OrgContext, request: Request, form: Mapping[str, str]) -> Granted:
    """Sign in with user name and password, the security token right behind it."""
    client_of(org, request, form)
    try:
        return Granted(passwords.user_of(org, form.get("username", ""), form.get("password", "")))
    except passwords.WrongPassword:
        raise OAuthError("invalid_grant", "authentication failure") from None


def _assertion(org: OrgContext, request: Request, form: Mapping[str, str]) -> Granted:
    """Sign in with a signed assertion, which names client and user; no refresh token goes with it (documented)."""
    return Granted(assertions.user_of(org, request, form))


def _code(org: OrgContext, request: Request, form: Mapping[str, str]) -> Granted:
    """Change a code, once, into an access token and a refresh token.

    Where the code was asked for with a challenge, the verifier proves the client, which then needs no secret (PKCE).
    """
    code = form.get("code", "")
    grant = grants.find(org, grants.CODE, code)
    client_id = client_of(org, request, form, proven=grant is not None and bool(grant.challenge))
    if grant is None or grant.client_id != client_id:
        raise OAuthError("invalid_grant", "invalid authorization code")
    if grant.redirect_uri != form.get("redirect_uri", ""):
        raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
    if grant.challenge and not same(_challenge(form.get("code_verifier", "")), grant.challenge):
        raise OAuthError("invalid_grant", "invalid code verifier")
    grants.forget(org, code)
    kept = Grant(client_id, grant.user_id)
    made = grants.keep(org, grants.REFRESH, kept)
    return Granted(grant.user_id, refresh_token=made, refreshed=made)


def _challenge(verifier: str) -> str:
    """Hash a PKCE verifier (S256, RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


GRANTS = {
    "client_credentials": _client_credentials,
    "refresh_token": _refresh,
    "password": _password,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": _assertion,
    "authorization_code": _code,
}


def _granted(org: OrgContext, request: Request, granted: Granted) -> dict[str, object]:
    """Start a session and give what the token endpoint answers; there is no `expires_in` (recorded)."""
    identity = f"{request.base_url}/id/{org.org_id}/{granted.user_id}"
    issued_at = str(int(org.now.timestamp() * 1000))
    secret = str(org.state.setting("client_secret")).encode()
    signature = hmac.new(secret, f"{identity}{issued_at}".encode(), hashlib.sha256).digest()
    access_token = sessions.issue_token(org.state, org.clock, granted.user_id)
    grant = grants.find(org, grants.REFRESH, granted.refreshed)
    if grant is not None:
        grants.note_session(org, granted.refreshed, grant, access_token)
    shown = {"refresh_token": granted.refresh_token} if granted.refresh_token else {}
    return {
        "access_token": access_token,
        **shown,
        "signature": base64.b64encode(signature).decode(),
        "scope": "refresh_token api" if granted.refreshed else "api",
        "instance_url": instance_url(request),
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }
