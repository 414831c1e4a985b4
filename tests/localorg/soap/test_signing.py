"""Signing in through SOAP, and what a session is told."""

from xml.sax.saxutils import escape

import pytest

from tests.localorg.conftest import BASE
from tests.localorg.soap.conftest import Soap, Told


def _login(
    soap: Soap, *, token: bool = True, password: str = "", version: str = "59.0", kind: str = "u", headers: str = ""
) -> Told:
    state = soap.org.state
    given = password or f"{state.setting('password')}{state.setting('security_token') if token else ''}"
    name = "<username>sfsync@local-org.example.com</username>"
    content = f"<login>{name}<password>{escape(given)}</password></login>"
    return soap.call(content, headers, version, kind, session="")


@pytest.mark.parametrize("kind", ["u", "c"])
def test_a_login_gives_a_session_and_where_to_use_it(soap: Soap, kind: str) -> None:
    """The session is good for REST and SOAP; elements that clients look for stand without a prefix."""
    told = _login(soap, kind=kind)
    result = told.results[0]
    soap.org.token = result.value("sessionId")
    assert f"<sessionId>{soap.org.token}</sessionId>" in told.text
    assert result.value("serverUrl") == f"{BASE}/services/Soap/{kind}/59.0/{soap.org.token[:15]}"
    assert soap.org.ask("GET", "limits").status == 200
    info = result.child("userInfo")
    assert info is not None and info.value("userName") == "sfsync@local-org.example.com"
    assert (info.children[0].name, info.children[-1].name) == ("accessibilityMode", "userUiSkin")


def test_wrong_passwords_lock_a_user_out_for_a_while(soap: Soap) -> None:
    """How many is a setting; the right one is refused in the same words for 15 minutes, or until unlocked."""
    org = soap.org
    assert org.ask("POST", "/_org/settings", {"login_attempts": 3}).status == 200
    for _ in range(3):
        _login(soap, password="wrong")
    assert _login(soap).fault()[0] == "INVALID_LOGIN"
    (row,) = org.ask("GET", "query", q="SELECT Id FROM UserLogin WHERE IsPasswordLocked = true")["records"]  # type: ignore[misc]
    assert org.ask("PATCH", f"sobjects/UserLogin/{row['Id']}", {"IsPasswordLocked": False}).status == 204
    assert _login(soap).results[0].value("sessionId")
    for _ in range(3):
        _login(soap, password="wrong")
    assert _login(soap).fault()[0] == "INVALID_LOGIN"
    org.clock.advance(15 * 60)
    assert _login(soap).results[0].value("sessionId")


def test_a_wrong_password_is_a_login_fault_with_literal_prefixes(soap: Soap) -> None:
    """HTTP 500, a bare code, and `sf:exceptionCode` for clients that search the text."""
    told = _login(soap, password="wrong")
    text = "Invalid username, password, security token; or user locked out."
    assert told.fault() == ("INVALID_LOGIN", f"INVALID_LOGIN: {text}")
    assert '<sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>' in told.text
    assert f"<sf:exceptionMessage>{text}</sf:exceptionMessage>" in told.text


def test_the_security_token_is_needed_unless_the_network_is_trusted(soap: Soap) -> None:
    """Without it the fault says so; the org's name in the header or the setting makes it needless."""
    assert _login(soap, token=False).fault()[0] == "LOGIN_MUST_USE_SECURITY_TOKEN"
    scope = f"<LoginScopeHeader><organizationId>{soap.org.token[:15]}</organizationId></LoginScopeHeader>"
    assert _login(soap, token=False, headers=scope).status == 200
    assert soap.org.ask("POST", "/_org/settings", {"trusted_network": True}).status == 200
    assert _login(soap, token=False).status == 200


def test_login_ends_with_version_64(soap: Soap) -> None:
    """From 65.0 it is refused, until the switch lets it be."""
    assert _login(soap, version="64.0").status == 200
    assert _login(soap, version="65.0").fault()[0] == "sf:UNSUPPORTED_API_VERSION"
    assert soap.org.ask("POST", "/_org/settings", {"soap_login_in_every_version": True}).status == 200
    assert _login(soap, version="68.0").status == 200


@pytest.mark.parametrize("version", ["30.0", "69.0", "59.5", "x"])
def test_versions_that_are_not_served_are_a_fault(soap: Soap, version: str) -> None:
    """HTTP 500 with UNSUPPORTED_API_VERSION."""
    assert soap.call("<getUserInfo/>", version=version).fault()[0] == "sf:UNSUPPORTED_API_VERSION"


def test_without_a_living_session_a_call_is_a_fault(soap: Soap) -> None:
    """The code has its prefix, by which clients know that they must sign in again."""
    assert "<faultcode>sf:INVALID_SESSION_ID</faultcode>" in soap.call("<getUserInfo/>", session="nonsense").text
    assert soap.call("<getUserInfo/>", session="").fault()[0] == "sf:INVALID_SESSION_ID"


def test_a_logout_ends_the_session(soap: Soap) -> None:
    """And invalidateSessions ends others."""
    other = _login(soap).results[0].value("sessionId")
    told = soap.call(f"<invalidateSessions><sessionIds>{other}</sessionIds></invalidateSessions>")
    assert told.results[0].value("success") == "true"
    assert soap.call("<getUserInfo/>", session=other).status == 500
    assert soap.call("<logout/>").status == 200 and soap.call("<getUserInfo/>").status == 500


def test_user_and_time_are_told(soap: Soap) -> None:
    """As the org's clock shows it, in milliseconds and UTC."""
    assert soap.call("<getServerTimestamp/>").results[0].value("timestamp") == "2026-11-24T12:30:45.000Z"
    assert soap.call("<getUserInfo/>").results[0].value("userId") == soap.org.user_id


def test_each_call_counts_and_tells_what_is_left(soap: Soap) -> None:
    """LimitInfoHeader agrees with REST's; none left is a fault, uncounted."""
    soap.org.ask("POST", "/_org/settings", {"daily_api_requests": 2})
    header = soap.call("<getUserInfo/>").header
    info = header.children[0].child("limitInfo") if header else None
    assert info and [one.text for one in info.children] == ["1", "2", "API REQUESTS"]
    assert soap.call("<getUserInfo/>").status == 200
    assert soap.call("<getUserInfo/>").fault()[0] == "sf:REQUEST_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "Premature end"),
        (b"<a>", "no element found"),
        (b"<a/>", "no SOAP_BODY"),
        (b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body/></e:Envelope>", "no SOAP_BODY"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "DOCTYPE is disallowed"),
        (b"<a>" * 5_000 + b"</a>" * 5_000, "nested more than 256 deep"),
        (b"\xff\xfe\x00", ""),
    ],
)
def test_what_is_no_envelope_is_a_client_fault(soap: Soap, body: bytes, text: str) -> None:
    """Nothing of it is carried out, no entity is read."""
    code, told = soap.post(body).fault()
    assert code == "soapenv:Client" and text in told and "root:" not in told


def test_a_bomb_of_entities_is_refused_before_it_grows(soap: Soap) -> None:
    """A few hundred bytes that would become gigabytes."""
    entities = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f"<!DOCTYPE a [{entities}]><a>&a11;</a>"
    assert soap.post(bomb.encode()).fault()[0] == "soapenv:Client"


def test_an_unknown_call_or_one_of_the_other_api_is_a_fault(soap: Soap) -> None:
    """With the name in it, as the real one says."""
    told = soap.call("<dance/>").fault()[1]
    assert "No operation available for request {urn:partner.soap.sforce.com}dance" in told
    assert soap.call('<getUserInfo xmlns="urn:enterprise.soap.sforce.com"/>').status == 500


def test_a_fault_on_order_ends_the_session_of_a_soap_call(soap: Soap) -> None:
    """As it does in REST: the call is refused, and so is the next one with that session."""
    soap.org.ask("POST", "/_org/faults", {"do": "expire_session", "when": {"path": "/services/Soap", "nth": 2}})
    told = [soap.call("<getUserInfo/>").status for _ in range(3)]
    assert told == [200, 500, 500]
