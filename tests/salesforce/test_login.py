"""Signing in: the grants as the token endpoint wants them, and refusals that say what to do."""

import base64
from urllib.parse import parse_qs

import pytest
import responses

from sfsync.clock import SetClock
from sfsync.errors import LoginRefused, OrgBusy, OrgError, OrgUnreachable
from sfsync.salesforce.hosts import trusted
from sfsync.salesforce.login import App, Login, client_credentials, refresh_token
from sfsync.salesforce.session import CarefulSession, Network
from tests.salesforce.conftest import HOST, ORG_ID, TOKEN_URL, USER_ID, token_body


@pytest.fixture
def answers() -> responses.RequestsMock:
    """A token endpoint that answers as told."""
    with responses.RequestsMock() as made:
        yield made


@pytest.fixture
def session(clock: SetClock) -> CarefulSession:
    """A session without a token."""
    with CarefulSession(Network(), clock) as made:
        yield made


def test_an_app_signs_in_as_itself(answers: responses.RequestsMock, session: CarefulSession, app: App) -> None:
    """The client credentials grant sends id and secret as Basic authorization, and learns org, user and token."""
    answers.post(TOKEN_URL, json=token_body("00Dxx!token"))
    assert client_credentials(session, app) == Login(HOST, "00Dxx!token", ORG_ID, USER_ID)
    request = answers.calls[0].request
    assert parse_qs(str(request.body)) == {"grant_type": ["client_credentials"]}
    secret = base64.b64encode(b"the-client-id:the-client-secret").decode()
    assert request.headers["Authorization"] == f"Basic {secret}"


@pytest.mark.parametrize("secret", ["the-client-secret", ""])
def test_a_person_stays_signed_in_by_a_refresh_token(
    answers: responses.RequestsMock, session: CarefulSession, secret: str
) -> None:
    """The refresh token grant sends the secret where the app has one, and leaves it out where it has none."""
    answers.post(TOKEN_URL, json=token_body("token"))
    assert refresh_token(session, App(HOST, "the-client-id", secret), "5Aep").access_token == "token"
    form = parse_qs(str(answers.calls[0].request.body))
    assert form.pop("client_secret", [""]) == [secret]
    assert form == {"grant_type": ["refresh_token"], "client_id": ["the-client-id"], "refresh_token": ["5Aep"]}


@pytest.mark.parametrize(
    ("status", "error", "todo"),
    [
        (400, "invalid_grant", "the user and app in Setup"),
        (401, "invalid_client", "client_secret"),
        (400, "invalid_client_id", "client_id"),
        (400, "unsupported_grant_type", "switch this flow on"),
        (400, "inactive_user", "activate the user"),
        (400, "inactive_org", "owner"),
        (400, "an_error_nobody_knows", "[org]"),
    ],
)
def test_a_refusal_says_what_to_do(
    answers: responses.RequestsMock, session: CarefulSession, app: App, status: int, error: str, todo: str
) -> None:
    """Whoever reads why the org did not let sfsync in also reads the next step, and no secret."""
    answers.post(TOKEN_URL, status=status, json={"error": error, "error_description": "what Salesforce says"})
    with pytest.raises(LoginRefused, match="what Salesforce says") as caught:
        client_credentials(session, app)
    assert todo in caught.value.problems[0].next
    assert caught.value.code == error
    assert "the-client-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (503, "<html>maintenance</html>", OrgBusy),
        (400, '{"error":"unknown_error","error_description":"retry your request"}', OrgBusy),
        (502, "", OrgUnreachable),
        (200, "<html>log in here</html>", OrgUnreachable),
        (200, "", OrgUnreachable),
        (200, "[]", OrgUnreachable),
        (200, '{"access_token":"t"}', OrgUnreachable),
        (
            200,
            '{"access_token":"a\\nb","instance_url":"' + HOST + f'","id":"https://x/id/{ORG_ID}/{USER_ID}"}}',
            OrgUnreachable,
        ),
        (200, '{"access_token":"t","instance_url":"' + HOST + '","id":"https://x/id/1/2"}', OrgUnreachable),
    ],
)
def test_what_may_pass_by_itself_is_no_refusal(
    answers: responses.RequestsMock, session: CarefulSession, app: App, status: int, body: str, error: type[OrgError]
) -> None:
    """A token endpoint that is down or answers nonsense is tried again; nobody is told to change a secret."""
    answers.post(TOKEN_URL, status=status, body=body)
    with pytest.raises(OrgError) as caught:
        client_credentials(session, app)
    assert type(caught.value) is error


EVIL = [
    "http://acme.my.salesforce.com",
    "http://169.254.169.254",
    "https://169.254.169.254",
    "https://evil.example.com",
    "https://acme.my.salesforce.com.evil.example.com",
    "https://evilsalesforce.com",
    "https://salesforce.com@evil.example.com",
    "https://user:secret@acme.my.salesforce.com",
    "https://acme.my.salesforce.com:8443",
    "https://127.0.0.1",
    "https://localhost:8443",
    "https://[::1]",
    "https://10.0.0.1",
    "https://",
    "https://a/b.salesforce.com",
    "https://acme.my.salesforce.com:99999",
    "https://a\\.salesforce.com",
    "ftp://acme.my.salesforce.com",
    "acme.my.salesforce.com",
    "",
]


@pytest.mark.parametrize("url", EVIL)
def test_no_token_goes_to_an_address_that_is_not_salesforces(
    answers: responses.RequestsMock, session: CarefulSession, app: App, url: str
) -> None:
    """A token answer that names a strange host is refused, and so is such an address in the settings."""
    answers.post(TOKEN_URL, json=token_body("token", instance_url=url))
    with pytest.raises(LoginRefused, match="no address of Salesforce") as caught:
        client_credentials(session, app)
    assert "secret@" not in str(caught.value)
    with pytest.raises(LoginRefused):
        client_credentials(session, App(url, "id", "secret"))
    assert len(answers.calls) == 1


@pytest.mark.parametrize(
    ("url", "local", "shown"),
    [
        ("https://ACME.my.salesforce.com/", False, "https://acme.my.salesforce.com"),
        ("https://acme--dev.sandbox.my.salesforce.com", False, "https://acme--dev.sandbox.my.salesforce.com"),
        ("https://acme.lightning.force.com:443/x?y", False, "https://acme.lightning.force.com"),
        ("https://127.0.0.1:8443", True, "https://127.0.0.1:8443"),
        ("https://localhost:8443", True, "https://localhost:8443"),
        ("https://[::1]:8443", True, "https://[::1]:8443"),
    ],
)
def test_addresses_of_salesforce_and_of_a_local_org_are_trusted(url: str, local: bool, shown: str) -> None:
    """Every My Domain works, and this machine where the org is local."""
    assert trusted(url, local=local) == shown


def test_a_login_never_shows_its_token(app: App) -> None:
    """What is printed of a login or an app, in a log or a traceback, holds no secret."""
    assert "the-token" not in repr(Login(HOST, "the-token", ORG_ID, USER_ID))
    assert "the-client-secret" not in repr(app)
