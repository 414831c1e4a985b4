"""The way in: what is given is checked before anything is sent, and no secret shows."""

from dataclasses import replace

import pytest
import responses

from sfsync.clock import SetClock
from sfsync.errors import LoginRefused, OrgRefused
from sfsync.salesforce.connect import OrgAccess, connect
from tests.salesforce.conftest import DATA, HOST, ORG_ID, TOKEN_URL, USER_ID, token_body

ACCESS = OrgAccess(
    HOST, "client_credentials", "the-client-id", "the-client-secret", "the-refresh-token", proxy="http://u:pw@proxy:1"
)


def test_no_secret_shows_in_what_is_printed() -> None:
    """Settings of an org can be logged or stand in a traceback without giving anything away."""
    shown = repr(ACCESS)
    assert "the-client-id" in shown
    for secret in ("the-client-secret", "the-refresh-token", "pw"):
        assert secret not in shown


def test_connecting_makes_no_call_before_it_has_to(clock: SetClock) -> None:
    """A program that only looks at its own files does not sign in."""
    with responses.RequestsMock() as answers:
        assert connect(ACCESS, clock).usage() is None
        assert len(answers.calls) == 0


@pytest.mark.parametrize(
    "url", ["http://acme.my.salesforce.com", "https://127.0.0.1:8443", "https://acme.example.com", "acme"]
)
def test_an_address_that_is_not_to_be_trusted_is_told_at_once(clock: SetClock, url: str) -> None:
    """A mistyped address gets no secret."""
    with pytest.raises(LoginRefused, match="no address of Salesforce"):
        connect(replace(ACCESS, url=url), clock)


def test_a_way_to_sign_in_that_is_none_is_told(clock: SetClock) -> None:
    """A grant that does not exist is a settings mistake, not a crash."""
    with pytest.raises(LoginRefused, match="password"):
        connect(replace(ACCESS, grant="password"), clock)  # type: ignore[arg-type]


def test_an_org_id_that_is_none_is_told_before_any_call(clock: SetClock) -> None:
    """A mistyped org id is found without asking the org."""
    with responses.RequestsMock(), pytest.raises(OrgRefused, match="not the id of an org"):
        connect(replace(ACCESS, org_id="acme"), clock)


@pytest.mark.parametrize("grant", ["client_credentials", "refresh_token"])
def test_an_expected_org_is_compared_with_the_one_found(clock: SetClock, grant: str) -> None:
    """Whoever swapped sandbox and production learns it before anything is read or written."""
    with responses.RequestsMock() as answers:
        answers.post(TOKEN_URL, json=token_body("token"))
        organization = {"Id": ORG_ID, "Name": "Acme", "IsSandbox": False}
        for kind, record in (("Organization", organization), ("User", {"Id": USER_ID, "Username": "a@b.com"})):
            attributes = {"type": kind, "url": f"/services/data/v62.0/sobjects/{kind}/{record['Id']}"}
            answer = {"totalSize": 1, "done": True, "records": [{"attributes": attributes, **record}]}
            answers.get(f"{DATA}/query/", json=answer)
        with pytest.raises(OrgRefused, match=f"the org Acme .{ORG_ID}., not 00Dxx0000009zzz") as caught:
            connect(replace(ACCESS, grant=grant, org_id="00Dxx0000009zzz"), clock)  # type: ignore[arg-type]
        assert "[org] id" in caught.value.problems[0].next
