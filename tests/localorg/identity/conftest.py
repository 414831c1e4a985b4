"""Asking the OAuth endpoints."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sfsync.localorg.wire import Answer
from tests.localorg.conftest import Org, Reply


class OAuth:
    """The OAuth endpoints of an org, asked as a client asks them."""

    def __init__(self, org: Org) -> None:
        self.org = org
        org.token = ""
        self.client_id = str(org.state.setting("client_id"))
        self.client_secret = str(org.state.setting("client_secret"))
        self.username = "sfsync@local-org.example.com"
        self.password = str(org.state.setting("password"))

    def post(self, path: str, form: Mapping[str, object], headers: Mapping[str, str] = {}) -> Answer:
        """Post a form."""
        body = urlencode({key: str(value) for key, value in form.items()}).encode()
        return self.org.raw("POST", f"/services/oauth2/{path}", body, headers=headers)

    def grant(self, grant_type: str, **form: object) -> Reply:
        """Ask for a token."""
        answer = self.post("token", {"grant_type": grant_type, **form})
        assert isinstance(answer.body, bytes)
        return Reply(answer.status, answer.headers, json.loads(answer.body))

    def works(self, reply: Reply) -> bool:
        """Tell whether the access token of an answer is good."""
        self.org.token = str(reply["access_token"])
        return self.org.ask("GET", "limits").status == 200

    def code(self, **form: object) -> str:
        """Sign in on the page and give the code it sends to the client."""
        answer = self.post("authorize", {"username": self.username, "password": self.password, **form})
        assert answer.status == 302, answer.body
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


@pytest.fixture
def oauth(org: Org) -> OAuth:
    """Give the OAuth endpoints of a fresh org."""
    return OAuth(org)
