"""What the control plane does besides faults."""

import pytest

from tests.localorg.control.conftest import URL, Controlled

PATH = "/services/data/v59.0"


def test_any_active_user_can_be_signed_in(controlled: Controlled) -> None:
    """A token for a user name works at once; an unknown user is 404, one who left or is frozen is 400."""
    given = controlled.control("POST", "token", {"username": "Ana@Example.com"}).json()
    controlled.client.headers["Authorization"] = f"{given['token_type']} {given['access_token']}"
    assert controlled.get(PATH).status_code == 200
    assert controlled.control("GET", "calls").json()["calls"][0]["user"] == given["user_id"]
    assert controlled.control("POST", "token", {"username": "nobody@example.com"}).status_code == 404
    assert controlled.control("POST", "token", {"username": "gail@example.com"}).status_code == 400
    assert controlled.control("POST", "users", {"username": "ana@example.com", "frozen": True}).status_code == 200
    assert "is frozen" in controlled.control("POST", "token", {"username": "ana@example.com"}).text


def test_a_dead_token_of_the_facts_lives_again_when_they_are_asked_for(controlled: Controlled) -> None:
    """The access token in the facts is the same each time, and good for a while from then on."""
    first = controlled.control("GET", "facts").json()
    controlled.control("POST", "clock", {"advance": 90_000})
    assert controlled.get(PATH).status_code == 401
    assert controlled.control("GET", "facts").json() == first
    assert controlled.get(PATH).status_code == 200


def test_the_clock_can_be_set_advanced_and_let_go(controlled: Controlled) -> None:
    """Set, it stands still; advanced, it goes ahead; real, it is the machine's again."""
    ask = controlled.control
    assert ask("POST", "clock", {"advance": 60}).json()["now"] == "2026-11-24T12:31:00+00:00"
    assert ask("POST", "clock", {"set": "2030-01-01T01:00:00+01:00"}).json()["now"] == "2030-01-01T00:00:00+00:00"
    controlled.machine.advance(500)
    assert ask("GET", "clock").json()["now"] == "2030-01-01T00:00:00+00:00"
    assert ask("POST", "clock", {"advance": 0.5}).json()["now"] == "2030-01-01T00:00:00.500000+00:00"
    assert ask("POST", "clock", {"real": True}).json()["now"] == "2026-11-24T12:38:20+00:00"


@pytest.mark.parametrize(
    "wrong",
    [
        *({}, {"set": "tomorrow"}, {"set": "2030-01-01T00:00:00"}, {"advance": "x"}, {"set": 1, "real": True}),
        *({"real": False}, {"set": "1890-01-01T00:00:00Z"}, {"advance": 1e10}),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(controlled: Controlled, wrong: object) -> None:
    """A clock is not moved by what is no time."""
    assert controlled.control("POST", "clock", wrong).status_code == 400
    assert controlled.control("GET", "clock").json()["now"] == "2026-11-24T12:30:00+00:00"


def test_a_reset_gives_the_same_org_again(controlled: Controlled) -> None:
    """Everything is as at the start, faults and calls are gone, and what signs a program in still does."""
    names = "SELECT Name, Id FROM Lead ORDER BY Id"
    before = [tuple(row) for row in controlled.org.state.rows(names)]
    facts = controlled.control("GET", "facts").json()
    controlled.org.state.run("DELETE FROM Lead")
    controlled.control("POST", "faults", [{"do": "expire_session"}])
    told = controlled.control("POST", "reset", {})
    assert told.json()["counts"]["Lead"] == 30
    assert [tuple(row) for row in controlled.org.state.rows(names)] == before
    assert controlled.control("GET", "faults").json()["faults"] == []
    now = controlled.control("GET", "facts").json()
    assert {name for name, value in now.items() if value != facts[name]} == {"org_id", "access_token"}


def test_after_a_reset_it_is_another_org(controlled: Controlled) -> None:
    """Its id is new each time, tokens of the org that was are dead, new ones name the new org."""
    seen = [controlled.control("GET", "facts").json()]
    for _ in range(2):
        controlled.control("POST", "reset", {})
        assert controlled.get(PATH).json()[0]["errorCode"] == "INVALID_SESSION_ID"
        seen.append(controlled.control("GET", "facts").json())
        controlled.client.headers["Authorization"] = f"Bearer {seen[-1]['access_token']}"
        told = controlled.get("/services/oauth2/userinfo").json()
        assert told["organization_id"] == seen[-1]["org_id"]
    assert len({facts["org_id"] for facts in seen}) == 3
    assert [facts["access_token"].split("!")[0] for facts in seen] == [facts["org_id"][:15] for facts in seen]


def test_programs_can_sign_in_again_after_a_reset(controlled: Controlled) -> None:
    """A client-credentials sign-in works after one reset and after two, and gives a token that is good."""
    facts = controlled.control("GET", "facts").json()
    asked = {"grant_type": "client_credentials", **{key: facts[key] for key in ("client_id", "client_secret")}}
    for _ in range(2):
        controlled.control("POST", "reset", {})
        given = controlled.client.post(f"{URL}/services/oauth2/token", data=asked)
        assert given.status_code == 200, given.text
        controlled.client.headers["Authorization"] = f"Bearer {given.json()['access_token']}"
        assert controlled.get(PATH).status_code == 200


def test_a_reset_can_ask_for_other_numbers_and_another_seed(controlled: Controlled) -> None:
    """Numbers and seed given hold; those not given stay."""
    told = controlled.control("POST", "reset", {"leads": 3, "seed": 9}).json()["counts"]
    assert (told["Lead"], told["Account"], told["Contact"], told["Opportunity"]) == (3, 5, 6, 4)
    assert controlled.control("POST", "reset", {"leads": -1}).status_code == 400
    assert controlled.control("POST", "reset", {"lead": 1}).status_code == 400


def test_the_clock_and_the_settings_survive_a_reset(controlled: Controlled) -> None:
    """A reset under a set clock makes data as of that time."""
    controlled.control("POST", "settings", {"bulk_jobs": "polls:2"})
    controlled.control("POST", "clock", {"set": "2027-06-01T00:00:00Z"})
    controlled.control("POST", "reset", {})
    held = controlled.control("GET", "contents").json()
    assert (held["now"], held["settings"]["bulk_jobs"]) == ("2027-06-01T00:00:00+00:00", "polls:2")
    youngest = controlled.org.state.rows("SELECT max(CreatedDate) FROM Lead")[0][0]
    assert "2027-04" < youngest < "2027-06-01T01"


def test_settings_are_checked(controlled: Controlled) -> None:
    """A setting that is unknown or makes no sense changes nothing."""
    for wrong in ({"bulk_jobs": "never"}, {"daily_api_requests": -1}, {"daily": 1}, [1]):
        assert controlled.control("POST", "settings", wrong).status_code == 400
    controlled.control("POST", "settings", {"daily_api_requests": 1})
    assert [controlled.get(PATH).status_code for _ in range(2)] == [200, 403]


def test_calls_are_recorded_without_secrets(controlled: Controlled) -> None:
    """Each call is there with method, path, status, user and Salesforce's headers; no token is, and no control call."""
    controlled.client.get(f"{URL}{PATH}/nothing", headers={"Sforce-Auto-Assign": "FALSE"})
    calls = controlled.control("GET", "calls").json()["calls"]
    assert [(call["method"], call["path"], call["status"]) for call in calls] == [("GET", f"{PATH}/nothing", 404)]
    assert calls[0]["headers"]["sforce-auto-assign"] == "FALSE"
    assert calls[0]["applied"] is False
    assert str(controlled.client.headers["Authorization"]).split()[1] not in str(calls)
    assert controlled.control("GET", f"calls?after={calls[0]['number']}").json()["calls"] == []


def test_web_pages_cannot_control_the_org(controlled: Controlled) -> None:
    """A request that a browser sends for a page is refused and does nothing."""
    for header in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert controlled.client.post(f"{URL}/_org/reset", headers=header).status_code == 403


def test_what_is_not_there_is_said_to_be_not_there(controlled: Controlled) -> None:
    """An unknown path of the control plane is 404, a wrong method 405, a broken body 400."""
    assert controlled.control("GET", "nothing").status_code == 404
    assert controlled.control("DELETE", "clock").status_code == 405
    assert controlled.client.post(f"{URL}/_org/reset", data="{").status_code == 400
