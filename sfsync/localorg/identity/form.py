"""What an OAuth request brings: its form, and the client that sends it."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

from sfsync.localorg.context import OrgContext
from sfsync.localorg.wire import Request

LONGEST = 100_000  # bytes
PUBLIC = (
    frozenset(  # clients that every org knows and that have no secret: of the CLI and of Data Loader (their source)
        {"PlatformCLI", "DataLoaderPartnerUI/", "DataLoaderBulkUI/"}
    )
)


class OAuthError(Exception):
    """The token endpoint says no: an `error` word and a sentence."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


def form_of(request: Request) -> dict[str, str]:
    """Read the form in the body, and what stands in the query besides; a body that is too long is no form."""
    text = request.body.decode("utf-8", "replace") if len(request.body) <= LONGEST else ""
    return {**request.query, **dict(parse_qsl(text, keep_blank_values=True))}


def secret_of(org: OrgContext, client_id: str) -> str:
    """Give the secret of a client, "" for one that has none. Raises OAuthError for a client nobody knows."""
    if same(client_id, org.state.setting("client_id")):
        return str(org.state.setting("client_secret"))
    if client_id in PUBLIC:
        return ""
    raise OAuthError("invalid_client_id", "client identifier invalid")


def client_of(org: OrgContext, request: Request, form: Mapping[str, str], *, proven: bool = False) -> str:
    """Check client id and secret, out of the Basic header or the form, and give the id.

    A caller that is `proven` in another way (PKCE) may leave the secret out, as public clients do. Raises OAuthError.
    """
    client_id, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
    kept = secret_of(org, client_id)
    if not same(secret, kept) and not (proven and not secret):
        raise OAuthError("invalid_client", "invalid client credentials")
    return client_id


def same(given: str, kept: object) -> bool:
    """Compare a secret as given with the one kept, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), str(kept).encode())


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, coded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret
