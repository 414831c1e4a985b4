"""Requests, answers, refusals and the way of a request."""

from datetime import timedelta

import pytest

from sfsync.localorg import usage
from sfsync.localorg.wire import Refusal, json_answer, refusal_answer
from tests.localorg.conftest import Org


def test_a_refusal_is_the_error_array_of_rest() -> None:
    """Errors come as an array of message, errorCode and, for errors of saving only, fields."""
    plain = refusal_answer(Refusal(404, "NOT_FOUND", "no"))
    saving = refusal_answer(Refusal(400, "DUPLICATE_VALUE", "twice", ()))
    assert (plain.status, plain.body) == (404, b'[{"message":"no","errorCode":"NOT_FOUND"}]')
    assert saving.body == b'[{"message":"twice","errorCode":"DUPLICATE_VALUE","fields":[]}]'


def test_json_answers_name_their_type_and_keep_letters() -> None:
    """Bodies are UTF-8 JSON under Salesforce's content type."""
    answer = json_answer(200, {"Name": "Łódź"})
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert answer.body == '{"Name":"Łódź"}'.encode()


@pytest.mark.parametrize("path", ["nope", "sobjects/Nope", "sobjects/Nope/describe", "sobjects/Lead/describe/x/y/z"])
def test_an_unknown_path_is_not_found(org: Org, path: str) -> None:
    """Unknown paths and sObjects get Salesforce's own 404."""
    reply = org.ask("GET", path)
    assert (reply.status, reply.error()) == (404, ("NOT_FOUND", "The requested resource does not exist"))


def test_a_method_that_a_path_does_not_know_is_refused(org: Org) -> None:
    """405 names the methods that are allowed."""
    reply = org.ask("PUT", "sobjects/Lead")
    assert (reply.status, reply.error()[0]) == (405, "METHOD_NOT_ALLOWED")
    assert reply.error()[1] == "HTTP Method 'PUT' not allowed. Allowed are GET,POST"


def test_every_supported_version_answers_and_no_other(org: Org) -> None:
    """31.0 to 68.0 are served, older ones are gone, newer and malformed ones do not exist."""
    statuses = {}
    for version in ("20.0", "30.0", "31.0", "68.0", "69.0", "59.5", "x"):
        org.version = version
        statuses[version] = org.ask("GET", "limits").status
    assert statuses == {"20.0": 410, "30.0": 410, "31.0": 200, "68.0": 200, "69.0": 404, "59.5": 404, "x": 404}


def test_the_version_list_is_open_ascending_and_free(org: Org) -> None:
    """`/services/data` needs no token, counts as no call and names each season."""
    org.token = ""
    reply = org.ask("GET", "/services/data")
    assert isinstance(reply.body, list) and len(reply.body) == 38
    assert reply.body[0] == {"label": "Summer '14", "url": "/services/data/v31.0", "version": "31.0"}
    assert reply.body[-1] == {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"}
    assert "Sforce-Limit-Info" not in reply.headers
    assert usage.used(org.state, org.clock.now()) == 0


def test_each_call_counts_and_the_header_agrees_with_limits(org: Org) -> None:
    """`Sforce-Limit-Info` and `/limits` tell the same, this call included."""
    org.state.set_setting("api_limit", 100)
    org.ask("GET", "sobjects")
    reply = org.ask("GET", "limits")
    assert reply.headers["Sforce-Limit-Info"] == "api-usage=2/100"
    assert reply["DailyApiRequests"] == {"Max": 100, "Remaining": 98}


def test_a_spent_allowance_refuses_until_the_day_has_rolled_on(org: Org) -> None:
    """403 REQUEST_LIMIT_EXCEEDED while the last 24 hours are full; calls older than that no longer count."""
    org.state.set_setting("api_limit", 2)
    assert [org.ask("GET", "limits").status for _ in range(3)] == [200, 200, 403]
    refused = org.ask("GET", "limits")
    assert refused.error() == ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    assert refused.headers["Sforce-Limit-Info"] == "api-usage=2/2"
    org.clock.advance(timedelta(hours=24).total_seconds())
    org.token = org.ask("POST", "/services/oauth2/token", **_grant(org))["access_token"]  # type: ignore[assignment]
    assert org.ask("GET", "limits").status == 200


def test_pretty_print_changes_white_space_only(org: Org) -> None:
    """X-PrettyPrint indents with ` : ` and the values stay the same."""
    plain, pretty = (org.raw("GET", "limits", headers={"x-prettyprint": wish}) for wish in ("0", "1"))
    assert isinstance(plain.body, bytes) and isinstance(pretty.body, bytes)
    assert b'"DailyApiRequests" : {\n' in pretty.body
    assert b"\n" not in plain.body


def test_what_a_refused_request_wrote_is_undone_but_the_call_counts(org: Org) -> None:
    """A call that fails leaves no trace but its count."""
    before = usage.used(org.state, org.clock.now())
    reply = org.ask("POST", "composite/sobjects", {"records": [{"attributes": {"type": "Lead"}, "Nope": 1}]})
    assert reply.status == 400
    assert usage.used(org.state, org.clock.now()) == before + 1
    assert org.state.rows('SELECT Id FROM "Lead"') == []


def _grant(org: Org) -> dict[str, str]:
    keys = {name: str(org.state.setting(name)) for name in ("client_id", "client_secret")}
    return {"grant_type": "client_credentials", **keys}
