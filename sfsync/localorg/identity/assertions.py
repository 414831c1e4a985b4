"""The JWT bearer grant: an assertion signed with the org's key stands for a user.

Claims (documented): `iss` the client id, `sub` the user name, `aud` a login address, `exp` the end of its life.
Clients write `exp` in seconds or in milliseconds, as a number or a text; all of it is taken (clients' source).
The words of the refusals are assumed but for the audience's.
"""

from collections.abc import Mapping
from typing import Any

import jwt

from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity import keys
from sfsync.localorg.identity.addresses import is_own
from sfsync.localorg.identity.form import OAuthError, secret_of
from sfsync.localorg.wire import Request

_SKEW_SECONDS = 180  # how far the clocks of client and org may be apart
_MILLISECONDS_FROM = 10**11  # as seconds this is the year 5138
_LONGEST = 8_192  # characters of an assertion
_UNCHECKED = {
    "verify_exp": False,
    "verify_aud": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_sub": False,
    "verify_iss": False,
    "verify_jti": False,
}


def user_of(org: OrgContext, request: Request, form: Mapping[str, str]) -> str:
    """Give the id of the user an assertion stands for. Raises OAuthError."""
    claims = _claims(org, form.get("assertion", ""))
    secret_of(org, str(claims.get("iss", "")))  # refuses a client nobody knows
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(is_own(str(one).rstrip("/"), request) for one in named):
        raise OAuthError("invalid_grant", "Audience validation failed")
    if _seconds(claims.get("exp")) + _SKEW_SECONDS < org.now.timestamp():
        raise OAuthError("invalid_grant", "assertion expired")
    return _approved(org, str(claims.get("sub") or claims.get("prn") or ""))


def _claims(org: OrgContext, assertion: str) -> dict[str, Any]:
    if not assertion or len(assertion) > _LONGEST:
        raise OAuthError("invalid_grant", "invalid assertion")
    try:
        return jwt.decode(assertion, keys.public_key(org.state.folder), ["RS256"], options=_UNCHECKED)  # type: ignore[arg-type]
    except (jwt.InvalidTokenError, ValueError):
        raise OAuthError("invalid_grant", "invalid assertion") from None


def _seconds(given: object) -> float:
    """Read the end of an assertion's life, given in seconds or milliseconds."""
    try:
        value = float(str(given))
    except ValueError:
        raise OAuthError("invalid_grant", "invalid assertion") from None
    return value / 1000 if value >= _MILLISECONDS_FROM else value


def _approved(org: OrgContext, username: str) -> str:
    """Find the user; every active one has approved the client beforehand."""
    row = org.state.one('SELECT Id, IsActive FROM "User" WHERE Username = ? COLLATE NOCASE', (username,))
    if row is None:
        raise OAuthError("invalid_grant", "user hasn't approved this consumer")
    if not row["IsActive"]:
        raise OAuthError("inactive_user", "user is inactive")
    return str(row["Id"])
