"""Faults on order."""

import pytest
import requests

from tests.localorg.control.conftest import Controlled

PATH = "/services/data/v59.0"


def order(controlled: Controlled, **fault: object) -> None:
    assert controlled.control("POST", "faults", [fault]).status_code == 201


def test_a_request_can_be_lost_before_anything_is_done(controlled: Controlled) -> None:
    """The client sees the connection end, and the org has done nothing."""
    order(controlled, do="drop_before_commit")
    with pytest.raises(requests.ConnectionError):
        controlled.get(PATH)
    call = controlled.control("GET", "calls").json()["calls"][0]
    assert (call["dropped"], call["applied"]) == (True, False)


def test_an_answer_can_be_lost_after_all_is_done(controlled: Controlled) -> None:
    """The client sees the connection end though the org has done what was asked: the allowance shows it."""
    order(controlled, do="drop_after_commit", when={"times": 1})
    with pytest.raises(requests.ConnectionError):
        controlled.get(PATH)
    assert controlled.get(PATH).headers["Sforce-Limit-Info"].startswith("api-usage=2/")


def test_a_session_can_end_at_any_moment(controlled: Controlled) -> None:
    """The struck request and all later ones with that token are told that the session expired."""
    order(controlled, do="expire_session", when={"nth": 2})
    answers = [controlled.get(PATH) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 401, 401]
    assert answers[1].json()[0]["errorCode"] == "INVALID_SESSION_ID"


def test_any_answer_can_be_given_instead(controlled: Controlled) -> None:
    """Status, headers and body are as ordered; a body that is not text is sent as JSON."""
    order(controlled, do={"status": 503, "body": "<html>busy</html>", "headers": {"Retry-After": "7"}}, when={"nth": 1})
    answer = controlled.get(PATH)
    assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (503, "<html>busy</html>", "7")
    order(controlled, do={"status": 403, "body": [{"errorCode": "REQUEST_LIMIT_EXCEEDED"}]})
    assert controlled.get(PATH).json() == [{"errorCode": "REQUEST_LIMIT_EXCEEDED"}]


def test_an_answer_can_come_late(controlled: Controlled) -> None:
    """A delay is waited out before the answer comes, and a client without patience gives up."""
    order(controlled, do={"delay_ms": 2_500})
    before = controlled.machine.monotonic()
    assert controlled.get(PATH).status_code == 200
    assert controlled.machine.monotonic() - before == 2.5
    with pytest.raises(requests.ReadTimeout):
        controlled.client.get(f"https://acme.my.salesforce.com{PATH}", timeout=1)


@pytest.mark.parametrize(
    ("when", "struck"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"nth": 3}, [3]),
        ({"every": 2}, [2, 4, 6]),
        ({"every": 2, "times": 2}, [2, 4]),
        ({"times": 2}, [1, 2]),
        ({"method": "post"}, []),
        ({"path": "/services/data/v58.0"}, []),
        ({"path": "/services", "method": "GET", "nth": 1}, [1]),
        ({"path": r"^/services/.*/v5\d\.0$", "times": 1}, [1]),
    ],
)
def test_which_requests_are_struck_can_be_told(
    controlled: Controlled, when: dict[str, object], struck: list[int]
) -> None:
    """Method, path (prefix or regular expression), nth, every and times choose the requests."""
    order(controlled, id="a", when=when, do={"status": 500})
    statuses = [controlled.get(PATH).status_code for _ in range(6)]
    assert [place for place, status in enumerate(statuses, 1) if status == 500] == struck
    listed = controlled.control("GET", "faults").json()["faults"]
    assert [(fault["id"], fault["hits"]) for fault in listed] == [("a", len(struck))]


def test_the_control_plane_is_never_struck(controlled: Controlled) -> None:
    """Whatever is ordered, it can be taken back."""
    order(controlled, do="drop_before_commit")
    assert controlled.control("DELETE", "faults").status_code == 204
    assert controlled.get(PATH).status_code == 200


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({}, "do"),
        ({"do": "explode"}, "drop_before_commit"),
        ({"do": {"status": 99}}, "200"),
        ({"do": {"delay_ms": "soon"}}, "600000"),
        ({"do": {"status": 500, "delay_ms": 5}}, "`do`"),
        ({"do": "expire_session", "when": {"nht": 1}}, "nht"),
        ({"do": "expire_session", "when": {"nth": 0}}, "nth"),
        ({"do": "expire_session", "when": {"path": "^("}}, "regular expression"),
        ({"do": "expire_session", "sometimes": True}, "sometimes"),
        ("drop", "object"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_whole(controlled: Controlled, fault: object, word: str) -> None:
    """What is wrong is said, and no fault of the same order is added."""
    refused = controlled.control("POST", "faults", [{"do": "expire_session"}, fault])
    assert refused.status_code == 400
    assert word in refused.json()[0]["message"]
    assert "fault 2" in refused.json()[0]["message"]
    assert controlled.control("GET", "faults").json()["faults"] == []
