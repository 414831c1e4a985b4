"""An org behind faked answers: for what goes wrong on the wire and no real org shows on demand."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

import pytest
import requests
import responses

from sfsync.clock import SetClock
from sfsync.salesforce.adapter import SalesforceOrg
from sfsync.salesforce.login import App, Login, client_credentials
from sfsync.salesforce.retrying import RetryingOrg
from sfsync.salesforce.session import CarefulSession, Network, SfSession
from sfsync.salesforce.signin import SignIn
from sfsync.salesforce.wire import Wire

HOST = "https://acme.my.salesforce.com"
DATA = f"{HOST}/services/data/v62.0"
TOKEN_URL = f"{HOST}/services/oauth2/token"
ORG_ID = "00Dxx0000001gEREAY"
USER_ID = "005xx000001SwiUAAS"
EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def token_body(token: str, **other: str) -> dict[str, str]:
    """Give the answer of the token endpoint."""
    told = {"access_token": token, "instance_url": HOST, "id": f"https://login.salesforce.com/id/{ORG_ID}/{USER_ID}"}
    return {**told, "token_type": "Bearer", **other}


@dataclass
class Faked:
    """A faked wire, and what talks over it."""

    answers: responses.RequestsMock
    clock: SetClock
    session: SfSession
    org: SalesforceOrg
    retrying: RetryingOrg
    tokens: int = 0

    def query(self, *bodies: Mapping[str, object] | Exception | str) -> None:
        """Have the next queries answered so, in this order."""
        for body in bodies:
            self._get(f"{DATA}/query/", body)

    def more(self, locator: str, *bodies: Mapping[str, object] | Exception | str) -> None:
        """Have a further page answered so."""
        for body in bodies:
            self._get(f"{DATA}/query/{locator}", body)

    def _get(self, url: str, body: Mapping[str, object] | Exception | str) -> None:
        content = body if isinstance(body, (str, Exception)) else json.dumps(body)
        self.answers.get(url, body=content, content_type="application/json;charset=UTF-8")

    def asked(self, part: str = "/services/data/") -> list[requests.PreparedRequest]:
        """Give the requests made so far whose URL holds this."""
        return [call.request for call in self.answers.calls if part in str(call.request.url)]


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands still."""
    return SetClock(datetime(2026, 3, 2, 9, 30, tzinfo=UTC))


@pytest.fixture
def app() -> App:
    """The app that signs in."""
    return App(HOST, "the-client-id", "the-client-secret")


@pytest.fixture
def faked(clock: SetClock, app: App) -> Iterator[Faked]:
    """An org over faked answers, whose token endpoint gives token-1, token-2 and so on."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as answers:
        network = Network()
        careful = CarefulSession(network, clock)

        def login() -> Login:
            return client_credentials(careful, app)

        session = SfSession(SignIn(login, clock), network, clock)
        org = SalesforceOrg(Wire(session, "62.0"))
        made = Faked(answers, clock, session, org, RetryingOrg(org, clock, Random(1)))

        def give_token(_: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            made.tokens += 1
            return 200, {}, json.dumps(token_body(f"token-{made.tokens}"))

        answers.add_callback("POST", TOKEN_URL, callback=give_token, content_type="application/json")
        yield made
        session.close()
        careful.close()
