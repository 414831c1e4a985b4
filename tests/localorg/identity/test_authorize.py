"""Signing in on a page, with a code for the client (authorization code, PKCE)."""

import base64
import hashlib

import pytest

from sfsync.localorg.wire import Request
from tests.localorg.identity.conftest import OAuth

BACK = "http://localhost:1717/OauthRedirect"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-long"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def _asked(oauth: OAuth, **more: str) -> dict[str, str]:
    return {"response_type": "code", "client_id": oauth.client_id, "redirect_uri": BACK, **more}


def test_the_page_keeps_what_was_asked_and_escapes_it(oauth: OAuth) -> None:
    """The parameters come back as hidden fields; none of them can become markup."""
    query = _asked(oauth, state='"><script>alert(1)</script>', login_hint="me@example.com")
    answer = oauth.org.raw("GET", "/services/oauth2/authorize", query=query)
    assert isinstance(answer.body, bytes)
    page = answer.body.decode()
    assert answer.status == 200 and "<script>" not in page and 'value="me@example.com"' in page
    assert f'name="redirect_uri" value="{BACK}"' in page


def test_a_code_becomes_tokens_once(oauth: OAuth) -> None:
    """The answer holds a refresh token too, which signs in again; the same code a second time does not."""
    form = {"client_id": oauth.client_id, "client_secret": oauth.client_secret, "redirect_uri": BACK}
    code = oauth.code(**_asked(oauth, state="kept"))
    reply = oauth.grant("authorization_code", code=code, **form)
    assert reply.status == 200 and oauth.works(reply)
    again = oauth.grant("refresh_token", refresh_token=reply["refresh_token"], **form)
    assert again.status == 200 and oauth.works(again)
    assert oauth.grant("authorization_code", code=code, **form)["error"] == "invalid_grant"


def test_a_public_client_proves_itself_by_its_verifier(oauth: OAuth) -> None:
    """With a challenge no secret is needed, but the right verifier is."""
    code = oauth.code(**{**_asked(oauth, code_challenge=CHALLENGE), "client_id": "PlatformCLI"})
    form = {"client_id": "PlatformCLI", "redirect_uri": BACK, "code": code}
    assert oauth.grant("authorization_code", code_verifier="wrong", **form)["error"] == "invalid_grant"
    assert oauth.works(oauth.grant("authorization_code", code_verifier=VERIFIER, **form))


def test_state_comes_back_with_the_code(oauth: OAuth) -> None:
    """It is how a client knows that the answer is to its own question."""
    form = {"username": oauth.username, "password": oauth.password, **_asked(oauth, state="a b&c")}
    location = oauth.post("authorize", form).headers["Location"]
    assert location.startswith(f"{BACK}?code=") and location.endswith("&state=a+b%26c")


@pytest.mark.parametrize("change", [{"client_secret": "x"}, {"redirect_uri": "http://localhost/other"}, {"code": "x"}])
def test_a_code_is_good_for_who_asked_for_it_alone(oauth: OAuth, change: dict[str, str]) -> None:
    """Another secret, another address or another code is 400."""
    form = {"client_id": oauth.client_id, "client_secret": oauth.client_secret, "redirect_uri": BACK}
    form["code"] = oauth.code(**_asked(oauth))
    assert oauth.grant("authorization_code", **{**form, **change}).status == 400


def test_a_code_that_lay_about_is_no_longer_good(oauth: OAuth) -> None:
    """Fifteen minutes are its life."""
    form = {"client_id": oauth.client_id, "client_secret": oauth.client_secret, "redirect_uri": BACK}
    code = oauth.code(**_asked(oauth))
    oauth.org.clock.advance(16 * 60)
    assert oauth.grant("authorization_code", code=code, **form)["error"] == "invalid_grant"


def test_a_wrong_password_shows_the_page_again(oauth: OAuth) -> None:
    """With what was asked still in it, and no way to the client."""
    form = {"username": oauth.username, "password": "wrong", **_asked(oauth)}
    answer = oauth.post("authorize", form)
    assert isinstance(answer.body, bytes)
    assert answer.status == 401 and "Location" not in answer.headers and BACK in answer.body.decode()


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example.com/x",
        "http://login.salesforce.com/x",
        "javascript:alert(1)",
        "",
        "http://localhost\r\nX: y",
    ],
)
def test_a_code_goes_to_this_machine_or_to_salesforce_only(oauth: OAuth, redirect_uri: str) -> None:
    """Whoever asks with another address gets 400 and no page to sign in on."""
    form = {**_asked(oauth), "redirect_uri": redirect_uri}
    shown = oauth.org.raw("GET", "/services/oauth2/authorize", query=form)
    posted = oauth.post("authorize", {"username": oauth.username, "password": oauth.password, **form})
    assert (shown.status, posted.status) == (400, 400) and "Location" not in posted.headers


def test_a_revoked_refresh_token_ends_with_its_session(oauth: OAuth) -> None:
    """Neither it nor the access token it gave last is good any more."""
    form = {"client_id": oauth.client_id, "client_secret": oauth.client_secret, "redirect_uri": BACK}
    reply = oauth.grant("authorization_code", code=oauth.code(**_asked(oauth)), **form)
    assert oauth.post("revoke", {"token": reply["refresh_token"]}).status == 200
    assert not oauth.works(reply)
    assert oauth.grant("refresh_token", refresh_token=reply["refresh_token"], **form)["error"] == "invalid_grant"


def test_revoking_the_refresh_token_of_the_facts_gives_the_org_another(oauth: OAuth) -> None:
    """The old one is dead; the org can be used on."""
    old = oauth.org.state.setting("refresh_token")
    form = {"client_id": oauth.client_id, "client_secret": oauth.client_secret}
    assert oauth.post("revoke", {"token": old}).status == 200
    assert oauth.grant("refresh_token", refresh_token=old, **form).status == 400
    assert oauth.grant("refresh_token", refresh_token=oauth.org.state.setting("refresh_token"), **form).status == 200


def test_who_signs_in_at_the_login_host_is_sent_to_my_domain(oauth: OAuth) -> None:
    """As with Salesforce: calls go to another host than logins."""
    body = f"grant_type=client_credentials&client_id={oauth.client_id}&client_secret={oauth.client_secret}".encode()
    path = "/services/oauth2/token"
    request = Request("POST", path, {}, {}, body, "https://login.salesforce.com", path)
    answer = oauth.org.local.answer(request)
    assert isinstance(answer.body, bytes) and b'"instance_url":"https://local-org.my.salesforce.com"' in answer.body
    assert b'"id":"https://login.salesforce.com/id/00D' in answer.body


def test_no_secret_of_a_query_is_written_down(oauth: OAuth) -> None:
    """The record of calls leaves out what signs in."""
    oauth.org.raw("GET", "/services/oauth2/revoke", query={"token": "very secret", "x": "shown"})
    kept = " ".join(str(row["value"]) for row in oauth.org.state.rows("SELECT value FROM _call"))
    assert "very secret" not in kept and "shown" in kept
