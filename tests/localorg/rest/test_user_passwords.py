"""Passwords of users, as clients set and reset them."""

import json

import pytest

from sfsync.localorg.trace import calls
from tests.localorg.conftest import Org
from tests.localorg.identity.conftest import OAuth


def _signs_in(org: Org, username: object, password: str) -> bool:
    oauth = OAuth(org)
    form = {"client_id": oauth.client_id, "client_secret": oauth.client_secret}
    return oauth.grant("password", **form, username=username, password=password).status == 200


def test_a_password_that_was_set_signs_its_user_in(org: Org) -> None:
    """204, and the one before is good no more; whoever has it needs the security token behind it as before."""
    path, old, token = f"sobjects/User/{org.user_id}/password", org.state.setting("password"), org.token
    assert org.ask("GET", path).body == {"isExpired": False}
    reply = org.ask("POST", path, {"NewPassword": "correct horse 1"})
    assert (reply.status, reply.body) == (204, None)
    name, security = org.get("User", org.user_id)["Username"], org.state.setting("security_token")
    assert not _signs_in(org, name, f"{old}{security}")
    assert _signs_in(org, name, f"correct horse 1{security}")
    org.token = token
    assert "correct horse" not in json.dumps(calls(org.state, 0, 1000))


def test_a_reset_answers_with_the_password_it_made(org: Org) -> None:
    """Another user can sign in with it."""
    profile = org.ask("GET", "query", q="SELECT Id FROM Profile")["records"][0]["Id"]  # type: ignore[index]
    user = org.insert("User", Username="ana@example.com", LastName="Ana", IsActive=1, ProfileId=profile)
    assert not _signs_in_kept(org, "ana@example.com", "")
    made = org.ask("DELETE", f"sobjects/User/{user}/password")["NewPassword"]
    assert _signs_in_kept(org, "ana@example.com", str(made))


def _signs_in_kept(org: Org, username: str, password: str) -> bool:
    token = org.token
    works = _signs_in(org, username, password)
    org.token = token
    return works


@pytest.mark.parametrize("password", ["short1", "lettersonly", "1234567890", None, 7])
def test_a_weak_password_is_refused(org: Org, password: object) -> None:
    """The old one stays."""
    reply = org.ask("POST", f"sobjects/User/{org.user_id}/password", {"NewPassword": password})
    assert (reply.status, reply.error()[0]) == (400, "INVALID_NEW_PASSWORD")


def test_a_user_that_is_not_there_has_no_password(org: Org) -> None:
    """404, for ids of nobody and for what is no id."""
    for name in ("005000000000009AAA", "nobody"):
        assert org.ask("GET", f"sobjects/User/{name}/password").error()[0] == "NOT_FOUND"
