"""Signing in with a signed assertion (JWT bearer)."""

import shutil
import stat
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sfsync.localorg.identity.keys import ensure_key
from tests.localorg.conftest import BASE, NOW, Org
from tests.localorg.identity.conftest import OAuth

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SOON = NOW.timestamp() + 180


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key, which takes long to make."""
    return ensure_key(tmp_path_factory.mktemp("key"))


@pytest.fixture
def oauth(oauth: OAuth, made_once: Path) -> OAuth:
    """The OAuth endpoints of an org that has its key."""
    shutil.copy(made_once, oauth.org.state.folder)
    return oauth


def _assertion(oauth: OAuth, key: object = None, **claims: object) -> str:
    usual = {"iss": oauth.client_id, "sub": oauth.username, "aud": "https://login.salesforce.com", "exp": f"{SOON:.0f}"}
    signing = key or ensure_key(oauth.org.state.folder).read_text()
    return jwt.encode({**usual, **claims}, signing, algorithm="RS256")  # type: ignore[arg-type]


@pytest.mark.parametrize("expiry", [f"{SOON:.0f}", int(SOON), SOON, int(SOON * 1000), NOW.timestamp() - 60])
def test_an_assertion_signs_in_whatever_its_expiry_is_written_in(oauth: OAuth, expiry: object) -> None:
    """Seconds or milliseconds, text or number, and a clock a little behind: all are taken."""
    reply = oauth.grant(GRANT, assertion=_assertion(oauth, exp=expiry))
    assert reply.status == 200 and oauth.works(reply)
    assert isinstance(reply.body, dict) and "refresh_token" not in reply.body and "expires_in" not in reply.body


@pytest.mark.parametrize(
    "audience", ["https://login.salesforce.com", "https://test.salesforce.com/", "https://acme.my.salesforce.com", BASE]
)
def test_login_addresses_and_the_orgs_own_are_audiences(oauth: OAuth, audience: str) -> None:
    """As clients write them, with or without a slash."""
    assert oauth.grant(GRANT, assertion=_assertion(oauth, aud=audience)).status == 200


@pytest.mark.parametrize(
    ("claims", "error", "description"),
    [
        ({"exp": NOW.timestamp() - 3600}, "invalid_grant", "assertion expired"),
        ({"exp": "soon"}, "invalid_grant", "invalid assertion"),
        ({"aud": "https://evil.example.com"}, "invalid_grant", "Audience validation failed"),
        ({"iss": "nobody"}, "invalid_client_id", "client identifier invalid"),
        ({"sub": "nobody@example.com"}, "invalid_grant", "user hasn't approved this consumer"),
    ],
)
def test_an_assertion_that_claims_wrongly_is_refused(
    oauth: OAuth, claims: dict[str, object], error: str, description: str
) -> None:
    """400 with an object that says what is wrong."""
    reply = oauth.grant(GRANT, assertion=_assertion(oauth, **claims))
    assert (reply.status, reply.body) == (400, {"error": error, "error_description": description})


def test_another_key_or_no_signature_does_not_sign_in(oauth: OAuth) -> None:
    """Neither a stranger's key, nor `none`, nor the public key used as a shared secret, nor no token at all."""
    stranger = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    unsigned = jwt.encode({"iss": oauth.client_id, "sub": oauth.username, "exp": SOON}, "", algorithm="none")
    for assertion in (_assertion(oauth, stranger), unsigned, "", "a.b.c", "x" * 10_000):
        assert oauth.grant(GRANT, assertion=assertion).body == {
            "error": "invalid_grant",
            "error_description": "invalid assertion",
        }


def test_the_key_is_made_once_and_is_its_owners_alone(org: Org) -> None:
    """The file is 0600 and stays the same; a damaged one is replaced."""
    path = ensure_key(org.state.folder)
    first = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and ensure_key(org.state.folder).read_bytes() == first
    path.write_bytes(first[:100])
    assert ensure_key(org.state.folder).read_bytes() != first[:100]
