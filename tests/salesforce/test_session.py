"""The session makes every call safe, whoever makes it: time, token, headers, host, and what came of it."""

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import pytest
import requests
import responses
from requests.exceptions import ChunkedEncodingError, ConnectTimeout, ReadTimeout
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError

from sfsync.clock import SetClock
from sfsync.errors import (
    STEPS,
    BudgetSpent,
    LoginRefused,
    OrgBusy,
    OrgError,
    OrgRefused,
    OrgUnreachable,
    OutcomeUnknown,
    SessionExpired,
    UnknownHost,
)
from sfsync.salesforce.port import ApiUsage
from sfsync.salesforce.session import CarefulSession, Network, Timeouts, is_write
from tests.salesforce.conftest import DATA, EXPIRED, HOST, TOKEN_URL, Faked

LIMITS = f"{DATA}/limits"
COLLECTIONS = f"{DATA}/composite/sobjects"


def test_every_call_has_a_time_limit_and_trusts_only_known_authorities(faked: Faked) -> None:
    """No call can hang for ever, even one whose maker forgot to say how long it may take."""
    faked.answers.get(LIMITS, json={})
    faked.session.get(LIMITS, timeout=None, verify=False)
    sent = faked.asked()[0].req_kwargs  # type: ignore[attr-defined]
    assert sent["timeout"] == (10.0, 120.0)
    assert sent["verify"] == certifi.where()
    assert sent["proxies"] == {}


def test_the_environment_changes_nothing(
    faked: Faked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clock: SetClock
) -> None:
    """Proxies, netrc and certificate variables of the machine are ignored; those of the settings hold."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine acme.my.salesforce.com login eve password evil\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTPS_PROXY", "http://evil.example.com:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/evil.pem")
    monkeypatch.setenv("CURL_CA_BUNDLE", "/evil.pem")
    faked.answers.get(LIMITS, json={})
    faked.session.get(LIMITS)
    request = faked.asked()[0]
    assert request.headers["Authorization"] == "Bearer token-1"
    assert request.req_kwargs["proxies"] == {}  # type: ignore[attr-defined]
    assert request.req_kwargs["verify"] == certifi.where()  # type: ignore[attr-defined]
    with CarefulSession(Network("ours.pem", "http://proxy:3128", Timeouts()), clock) as ours:
        ours.get(LIMITS)
    sent = faked.asked()[1].req_kwargs  # type: ignore[attr-defined]
    assert (sent["verify"], sent["proxies"]) == ("ours.pem", {"https": "http://proxy:3128"})


def test_plain_http_is_never_spoken(faked: Faked) -> None:
    """Neither token nor secret goes over a line that can be read."""
    with pytest.raises(OrgUnreachable), CarefulSession(Network(), faked.clock) as session:
        session.get("http://acme.my.salesforce.com/services/data")
    assert faked.asked() == []


def test_a_redirect_is_not_followed(faked: Faked) -> None:
    """A token is not carried to wherever an answer points."""
    faked.answers.get(LIMITS, status=302, headers={"Location": "https://evil.example.com/"})
    with pytest.raises(OrgRefused, match="302"):
        faked.session.get(LIMITS)
    assert len(faked.asked("evil")) == 0


def test_a_token_goes_to_the_orgs_own_host_only(faked: Faked) -> None:
    """An absolute address out of an answer, of another host, is asked of the org itself."""
    faked.answers.get(LIMITS, json={})
    faked.session.get("https://evil.example.com/services/data/v62.0/limits")
    assert [request.url for request in faked.asked()] == [LIMITS]


def test_an_ended_session_is_renewed_once_and_the_request_repeated_as_it_was(faked: Faked) -> None:
    """After a renewal the same method, body and headers go out again; only the token is another."""
    faked.answers.patch(COLLECTIONS, status=401, json=EXPIRED)
    faked.answers.patch(COLLECTIONS, json=[])
    headers = {"Sforce-Duplicate-Rule-Header": "allowSave=true", "X-Trace": "7", "X-PrettyPrint": "1"}
    faked.session.patch(COLLECTIONS, data=json.dumps({"records": ["x"]}), headers=headers)
    first, second = faked.asked("/composite/")
    assert (first.method, first.body) == (second.method, second.body)
    assert first.headers["Authorization"] == "Bearer token-1"
    assert second.headers["Authorization"] == "Bearer token-2"
    for request in (first, second):
        assert request.headers["Sforce-Auto-Assign"] == "FALSE"
        assert request.headers["Sforce-Duplicate-Rule-Header"] == "allowSave=true"
        assert request.headers["X-Trace"] == "7"
        assert "X-PrettyPrint" not in request.headers


def test_eight_threads_that_meet_one_ended_session_sign_in_once(faked: Faked) -> None:
    """However many calls are under way when a session ends, there is one login, and each call is repeated once."""
    together = threading.Barrier(8)

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        if request.headers["Authorization"] == "Bearer token-1":
            together.wait(10)
            return 401, {}, json.dumps(EXPIRED)
        return 200, {}, "{}"

    faked.session.sign_in.current()
    faked.answers.add_callback("GET", LIMITS, callback=answer)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: faked.session.get(LIMITS).status_code, range(8)))
    assert answers == [200] * 8
    assert faked.tokens == 2
    assert len(faked.asked()) == 16


def test_a_token_refused_for_ever_ends_after_three_logins(faked: Faked) -> None:
    """A frozen user is not locked as well by logins without end: three, then none for a while."""
    faked.answers.get(LIMITS, status=401, json=EXPIRED)
    met: list[type[OrgError]] = []
    for _ in range(20):
        with pytest.raises(OrgError) as caught:
            faked.session.get(LIMITS)
        met.append(type(caught.value))
    assert set(met) == {SessionExpired, LoginRefused}
    assert met[2:] == [LoginRefused] * 18
    assert faked.tokens == 3
    assert len(faked.asked()) == 5


def test_logins_are_tried_again_after_a_pause_that_grows(faked: Faked) -> None:
    """When the org lets the user in again, sfsync finds out by itself, with one login a minute, then two, then four."""
    faked.answers.get(LIMITS, status=401, json=EXPIRED)
    logins = []
    for _ in range(16):
        for _ in range(3):
            with pytest.raises(OrgError):
                faked.session.get(LIMITS)
        logins.append(faked.tokens)
        faked.clock.advance(30)
    assert logins == [3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5, 6, 6]
    faked.answers.replace("GET", LIMITS, json={})
    faked.clock.advance(3600)
    assert faked.session.get(LIMITS).status_code == 200


def test_an_access_token_that_is_a_jwt_is_renewed_when_it_ends(faked: Faked) -> None:
    """Orgs tell its end by INVALID_AUTH_HEADER; one new login, and the request once more."""
    ended = [{"message": "INVALID_JWT_FORMAT", "errorCode": "INVALID_AUTH_HEADER"}]
    faked.answers.get(LIMITS, status=401, json=ended)
    faked.answers.get(LIMITS, json={})
    assert faked.session.get(LIMITS).status_code == 200
    assert faked.tokens == 2


@pytest.mark.parametrize(
    "content",
    [
        "<html><body>LOGIN_OAUTH_INVALID_TOKEN</body></html>",
        "",
        json.dumps([{"message": "This session is not valid for use with the REST API", "errorCode": "INVALID_AUTH"}]),
        json.dumps({"unexpected": "shape"}),
    ],
)
def test_a_401_that_is_no_ended_session_starts_no_login(faked: Faked, content: str) -> None:
    """Only the codes of ended sessions mean that a new login helps; HTML and others are told as they are."""
    faked.answers.get(LIMITS, status=401, body=content)
    with pytest.raises(LoginRefused):
        faked.session.get(LIMITS)
    assert faked.tokens == 1


def test_usage_and_time_are_read_from_every_answer(faked: Faked) -> None:
    """How many calls are used and what time it is in the org come with the answers, refusals too."""
    assert faked.org.usage() is None
    assert faked.org.server_time() is None
    told = {"Sforce-Limit-Info": "api-usage=18/5000", "Date": "Mon, 02 Mar 2026 09:31:07 GMT"}
    faked.answers.get(LIMITS, json={}, headers=told)
    faked.session.get(LIMITS)
    assert faked.org.usage() == ApiUsage(18, 5000)
    assert faked.org.server_time() == datetime(2026, 3, 2, 9, 31, 7, tzinfo=UTC)
    told = {"Sforce-Limit-Info": "api-usage=25/5000; per-app-api-usage=17/250(appName=x)", "Date": "nonsense"}
    faked.answers.get(f"{DATA}/x", status=400, json=[], headers=told)
    with pytest.raises(OrgRefused):
        faked.session.get(f"{DATA}/x")
    assert faked.org.usage() == ApiUsage(25, 5000)
    assert faked.org.server_time() == datetime(2026, 3, 2, 9, 31, 7, tzinfo=UTC)


def test_a_limit_with_calls_left_is_a_matter_of_seconds(faked: Faked) -> None:
    """Too many long calls at once are not taken for the end of the day's calls."""
    refused = [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    faked.answers.get(LIMITS, status=403, json=refused, headers={"Sforce-Limit-Info": "api-usage=18/5000"})
    with pytest.raises(OrgBusy):
        faked.session.get(LIMITS)


@pytest.mark.parametrize(("remaining", "error"), [(4990, OrgBusy), (0, BudgetSpent), (None, BudgetSpent)])
def test_a_limit_on_the_first_call_is_told_apart_by_the_orgs_limits(
    faked: Faked, remaining: int | None, error: type[OrgError]
) -> None:
    """Where a refusal does not say how many calls are used, the org is asked; where it refuses that too, none are."""
    refused = [{"message": "in any language", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    faked.answers.get(f"{DATA}/query/", status=403, json=refused)
    if remaining is None:
        faked.answers.get(LIMITS, status=403, json=refused)
    else:
        faked.answers.get(LIMITS, json={"DailyApiRequests": {"Max": 5000, "Remaining": remaining}})
    with pytest.raises(error):
        faked.session.get(f"{DATA}/query/")
    assert [str(one.url).rpartition("/v62.0/")[2] for one in faked.asked()] == ["query/", "limits"]
    assert faked.org.calls_made() == 2


@pytest.mark.parametrize(
    ("method", "path", "writes"),
    [
        ("GET", "/services/data/v62.0/query/", False),
        ("POST", "/services/data/v62.0/composite/sobjects", True),
        ("PATCH", "/services/data/v62.0/composite/sobjects", True),
        ("PATCH", "/services/data/v62.0/composite/sobjects/Lead/Ext_Id__c", True),
        ("DELETE", "/services/data/v62.0/composite/sobjects", True),
        ("POST", "/services/data/v62.0/composite/sobjects/Lead", False),  # reads by id
        ("POST", "/services/data/v62.0/sobjects/Lead", True),
        ("PATCH", "/services/data/v62.0/sobjects/Lead/Ext_Id__c/a", True),
        ("POST", "/services/data/v62.0/jobs/query", False),
        ("DELETE", "/services/data/v62.0/jobs/query/750xx0000000001AAA", False),
        ("POST", "/services/oauth2/token", False),
        ("POST", "/services/data/v62.0/something/new", True),
    ],
)
def test_it_is_known_which_requests_write(faked: Faked, method: str, path: str, writes: bool) -> None:
    """Every request that may change records tells the org to run no assignment rule; no other carries the header."""
    request = requests.Request(method, HOST + path).prepare()
    assert is_write(request) is writes
    faked.answers.add(method, HOST + path, json={})
    if path != "/services/oauth2/token":
        faked.session.send(request)
        assert ("Sforce-Auto-Assign" in faked.asked()[0].headers) is writes


def _no_connection() -> requests.ConnectionError:
    refused = NewConnectionError(None, "refused")  # type: ignore[arg-type]
    return requests.ConnectionError(MaxRetryError(None, "/", refused))  # type: ignore[arg-type]


def _untrusted() -> requests.exceptions.SSLError:
    return requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")


@pytest.mark.parametrize("fault", [ConnectTimeout("slow"), _no_connection(), _untrusted()])
def test_a_write_that_never_left_is_no_unknown_outcome(faked: Faked, fault: Exception) -> None:
    """Where no connection came about, nothing can have been written: the entry is simply sent later."""
    faked.answers.patch(COLLECTIONS, body=fault)
    with pytest.raises(OrgUnreachable):
        faked.session.patch(COLLECTIONS, json={})


@pytest.mark.parametrize(
    "fault",
    [
        ReadTimeout("slow"),
        requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "reset"))),
        ChunkedEncodingError("cut"),
        requests.exceptions.SSLError("[SSL: DECRYPTION_FAILED] cut within"),
        TimeoutError("the deadline of the whole call has passed"),
    ],
)
def test_an_answer_lost_after_sending_is_unknown_for_a_write_only(faked: Faked, fault: Exception) -> None:
    """A write whose answer was lost may have happened; a read is just asked again. Neither is sent again here."""
    faked.answers.patch(COLLECTIONS, body=fault)
    faked.answers.get(LIMITS, body=fault)
    with pytest.raises(OutcomeUnknown):
        faked.session.patch(COLLECTIONS, json={})
    with pytest.raises(OrgUnreachable):
        faked.session.get(LIMITS)
    assert len(faked.asked()) == 2


def _unresolved(number: int) -> requests.ConnectionError:
    failed = NameResolutionError("acme", None, socket.gaierror(number, "not found"))  # type: ignore[arg-type]
    failed.__cause__ = socket.gaierror(number, "not found")
    return requests.ConnectionError(MaxRetryError(None, "/", failed))  # type: ignore[arg-type]


def test_a_host_that_is_not_there_is_named_and_not_asked_for_again(faked: Faked) -> None:
    """The address is wrong, so the words say which; a name service that is away is worth another try."""
    host = urlsplit(LIMITS).hostname
    faked.answers.get(LIMITS, body=_unresolved(socket.EAI_NONAME))
    with pytest.raises(UnknownHost, match=f"no host named {host}") as gone:
        faked.session.get(LIMITS)
    faked.answers.replace(responses.GET, LIMITS, body=_unresolved(socket.EAI_AGAIN))
    with pytest.raises(OrgUnreachable, match=f"cannot be reached at {host}") as away:
        faked.session.get(LIMITS)
    assert [STEPS[error.value.next].retried for error in (gone, away)] == [False, True]


def test_what_goes_wrong_on_the_way_names_no_query(faked: Faked) -> None:
    """Errors of the network repeat neither the address asked nor the values in it: they end up in logs."""
    faked.answers.get(
        f"{DATA}/query/", body=requests.ConnectionError("Max retries exceeded: /query?q=secret@example.com")
    )
    with pytest.raises(OrgUnreachable) as caught:
        faked.session.get(f"{DATA}/query/", params={"q": "secret@example.com"})
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_login_that_cannot_be_reached_fails_the_call_and_nothing_was_written(faked: Faked) -> None:
    """A write that found no token to be had was never sent."""
    faked.answers.replace(responses.POST, TOKEN_URL, body=ReadTimeout("slow"))
    with pytest.raises(OrgUnreachable):
        faked.session.patch(COLLECTIONS, json={})
    assert faked.asked("/composite/") == []
