"""Getting tokens, keeping and losing sessions."""

import base64
import json
import re
from urllib.parse import urlencode

import pytest

from sfsync.localorg.identity import sessions
from tests.localorg.conftest import BASE, Org, Reply


def _grant(org: Org, grant_type: str, headers: dict[str, str] | None = None, **form: object) -> Reply:
    body = urlencode({"grant_type": grant_type, **{key: str(value) for key, value in form.items()}}).encode()
    org.token = ""
    answer = org.raw("POST", "/services/oauth2/token", body, headers=headers or {})
    assert isinstance(answer.body, bytes)
    return Reply(answer.status, answer.headers, json.loads(answer.body))


def _keys(org: Org) -> dict[str, object]:
    return {name: org.state.setting(name) for name in ("client_id", "client_secret")}


def test_client_credentials_in_the_body_sign_in(org: Org) -> None:
    """The token works at once, has Salesforce's shape, and there is no expires_in and no refresh token."""
    reply = _grant(org, "client_credentials", **_keys(org))
    assert isinstance(reply.body, dict) and reply.status == 200
    assert set(reply.body) == {"access_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at"}
    assert re.fullmatch(r"00D[A-Za-z0-9]{12}![A-Za-z0-9._]{90,}", str(reply["access_token"]))
    assert (reply["instance_url"], reply["token_type"]) == (BASE, "Bearer")
    assert str(reply["id"]).startswith(f"{BASE}/id/00D") and str(reply["issued_at"]).isdigit()
    org.token = str(reply["access_token"])
    assert org.ask("GET", "limits").status == 200


def test_client_credentials_in_a_basic_header_sign_in(org: Org) -> None:
    """As simple-salesforce sends them."""
    keys = _keys(org)
    coded = base64.b64encode(f"{keys['client_id']}:{keys['client_secret']}".encode()).decode()
    assert _grant(org, "client_credentials", {"authorization": f"Basic {coded}"}).status == 200


def test_a_refresh_token_signs_in_again(org: Org) -> None:
    """And a wrong one is invalid_grant."""
    assert _grant(org, "refresh_token", **_keys(org), refresh_token=org.state.setting("refresh_token")).status == 200
    refused = _grant(org, "refresh_token", **_keys(org), refresh_token="stale")
    assert refused.body == {"error": "invalid_grant", "error_description": "expired access/refresh token"}


def test_a_password_signs_in_with_its_security_token_behind_it(org: Org) -> None:
    """Without the security token it is refused."""
    whole = f"{org.state.setting('password')}{org.state.setting('security_token')}"
    form = {**_keys(org), "username": "SFSYNC@local-org.example.com"}
    assert _grant(org, "password", **form, password=whole).status == 200
    refused = _grant(org, "password", **form, password=org.state.setting("password"))
    assert (refused.status, refused["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("grant", "change", "error"),
    [
        ("client_credentials", {"client_id": "x"}, "invalid_client_id"),
        ("client_credentials", {"client_secret": "x"}, "invalid_client"),
        ("magic", {}, "unsupported_grant_type"),
        ("", {}, "unsupported_grant_type"),
    ],
)
def test_what_is_refused_is_an_object_with_400(org: Org, grant: str, change: dict[str, object], error: str) -> None:
    """OAuth errors are objects where REST errors are arrays."""
    refused = _grant(org, grant, **{**_keys(org), **change})
    assert isinstance(refused.body, dict)
    assert (refused.status, refused["error"]) == (400, error) and set(refused.body) == {"error", "error_description"}


_ENDED, _UNREAD = ("INVALID_SESSION_ID", "Session expired or invalid"), ("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")


@pytest.mark.parametrize(
    ("header", "error"),
    [("", _ENDED), ("Bearer nonsense", _ENDED), ("Bearer", _UNREAD), ("OAuth ", _UNREAD), ("Basic eDp5", _UNREAD)],
)
def test_without_a_living_session_everything_is_401(org: Org, header: str, error: tuple[str, str]) -> None:
    """INVALID_SESSION_ID, or INVALID_AUTH_HEADER for a header with no token; unknown paths too; it is not counted."""
    for path in ("limits", "nope"):
        reply = org.ask("GET", path, headers={"authorization": header})
        assert (reply.status, reply.error()) == (401, error)
        assert "Sforce-Limit-Info" not in reply.headers


def test_the_oauth_scheme_is_as_good_as_bearer(org: Org) -> None:
    """Some clients send `OAuth <token>`."""
    assert org.ask("GET", "limits", headers={"authorization": f"OAuth {org.token}"}).status == 200


def test_a_session_lives_as_long_as_it_is_used(org: Org) -> None:
    """Two hours without use end it; use in between prolongs it."""
    for _ in range(3):
        org.clock.advance(sessions.DEFAULT_SECONDS - 60)
        assert org.ask("GET", "limits").status == 200
    org.clock.advance(sessions.DEFAULT_SECONDS + 120)
    assert org.ask("GET", "limits").status == 401


def test_a_body_without_end_is_no_form(org: Org) -> None:
    """What is longer than any form is not taken apart; the error is that of a form without a grant."""
    body = b"grant_type=password&" + b"a=b&" * 30_000
    answer = org.raw("POST", "/services/oauth2/token", body)
    assert answer.status == 400 and b"unsupported_grant_type" in bytes(answer.body)  # type: ignore[arg-type]


def test_a_revoked_token_is_dead(org: Org) -> None:
    """Revoking it again says so."""
    token = org.token
    body = urlencode({"token": token}).encode()
    assert [org.raw("POST", "/services/oauth2/revoke", body).status for _ in range(2)] == [200, 400]
    assert org.ask("GET", "limits").status == 401


def test_who_am_i_is_answered_in_both_forms(org: Org) -> None:
    """Identity URL and userinfo agree; the user's own id only."""
    info = org.ask("GET", "/services/oauth2/userinfo")
    whole = str(info["sub"]).removeprefix(BASE)
    identity = org.ask("GET", whole)
    assert (identity["user_id"], identity["organization_id"]) == (info["user_id"], info["organization_id"])
    assert identity["username"] == info["preferred_username"] == "sfsync@local-org.example.com"
    urls = identity["urls"]
    assert isinstance(urls, dict) and urls["rest"] == f"{BASE}/services/data/v{{version}}/"
    assert org.ask("GET", f"{whole[:-3]}").status == 200


@pytest.mark.parametrize("path", ["/services/oauth2/userinfo", "/id/{org}/{user}"])
def test_who_am_i_tells_in_one_word_what_is_wrong_with_a_token(org: Org, path: str) -> None:
    """403 and plain words, not REST's 401: clients know a dead token here by Bad_OAuth_Token."""
    org_id = str(org.state.rows('SELECT Id FROM "Organization"')[0]["Id"])
    path, alive = path.format(org=org_id, user=org.user_id), f"Bearer {org.token}"
    said = {"": b"Missing_OAuth_Token", "Bearer ": b"Missing_OAuth_Token", "Bearer 00D!dead": b"Bad_OAuth_Token"}
    for authorization, word in said.items():
        answer = org.raw("GET", path, headers={"authorization": authorization})
        assert (answer.status, answer.body) == (403, word)
        assert "json" not in answer.headers["Content-Type"]
    assert org.raw("GET", path, headers={"authorization": alive}).status == 200
    assert org.raw("GET", path, query={"access_token": org.token}, headers={"authorization": ""}).status == 200
    org.clock.advance(7201)
    assert org.raw("GET", path, headers={"authorization": alive}).body == b"Bad_OAuth_Token"


def test_the_identity_of_others_is_not_told(org: Org) -> None:
    """Another org, another user, what is no id: one word each."""
    org_id = str(org.state.rows('SELECT Id FROM "Organization"')[0]["Id"])
    wrong = [
        (f"{'00D000000000001'}/{org.user_id}", 403, b"Wrong_Org"),
        (f"{org_id}/005000000000001", 404, b"No_Access"),
    ]
    for path, status, word in [*wrong, (f"{org_id}/me", 404, b"Bad_Id"), (f"1/{org.user_id}", 404, b"Bad_Id")]:
        answer = org.raw("GET", f"/id/{path}")
        assert (answer.status, answer.body) == (status, word)


def test_secrets_are_the_same_for_a_seed_and_differ_among_kinds(org: Org) -> None:
    """Everything made at the start comes out of the seed."""
    names = ("client_id", "client_secret", "refresh_token", "password", "security_token")
    kept = [str(org.state.setting(name)) for name in names]
    assert len(set(kept)) == len(kept) and all(len(one) >= 16 for one in kept)
