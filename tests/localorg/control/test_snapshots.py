"""Keeping the org as it is, and putting it back."""

from tests.localorg.control.conftest import URL, Controlled

PATH = "/services/data/v59.0"


def _count(controlled: Controlled) -> int:
    answer = controlled.client.get(f"{URL}{PATH}/query", params={"q": "SELECT COUNT() FROM Lead"})
    return int(answer.json()["totalSize"])


def _create(controlled: Controlled) -> str:
    body = {"LastName": "Nowak", "Company": "Acme"}
    return str(controlled.client.post(f"{URL}{PATH}/sobjects/Lead", json=body).json()["id"])


def test_what_is_restored_is_the_org_as_it_was(controlled: Controlled) -> None:
    """Records, fields, settings, clock, faults and calls are as they were; the next ids are the same again."""
    controlled.control("POST", "clock", {"set": "2026-11-24T13:00:00Z"})
    controlled.control("POST", "settings", {"daily_api_requests": 900})
    controlled.control("POST", "faults", {"id": "kept", "do": {"delay_ms": 0}})
    assert controlled.control("POST", "snapshots", {"name": "before"}).json() == {"snapshots": ["before"]}
    count, first = _count(controlled), _create(controlled)
    calls = len(controlled.control("GET", "calls").json()["calls"])
    change = {"sobject": "Lead", "do": "add", "field": {"name": "New__c", "type": "string", "length": 9}}
    assert controlled.control("POST", "fields", change).status_code == 200
    controlled.control("POST", "clock", {"advance": 600})
    controlled.control("DELETE", "faults")
    assert controlled.control("POST", "restore", {"name": "before"}).status_code == 200
    assert controlled.control("GET", "clock").json()["now"].startswith("2026-11-24T13:00:00")
    assert [one["id"] for one in controlled.control("GET", "faults").json()["faults"]] == ["kept"]
    assert controlled.control("GET", "settings").json()["daily_api_requests"] == 900
    assert "New__c" not in controlled.get(f"{PATH}/sobjects/Lead/describe").text
    controlled.control("POST", "restore", {"name": "before"})
    assert (_count(controlled), _create(controlled)) == (count, first)
    assert len(controlled.control("GET", "calls").json()["calls"]) == calls


def test_results_of_jobs_are_kept_with_it(controlled: Controlled) -> None:
    """A Bulk job that is forgotten after a snapshot has its results again when that is restored."""
    body = {"operation": "query", "query": "SELECT Id FROM Lead"}
    job = controlled.client.post(f"{URL}{PATH}/jobs/query", json=body).json()["id"]
    rows = controlled.get(f"{PATH}/jobs/query/{job}/results").text
    controlled.control("POST", "snapshots", {"name": "done"})
    assert controlled.client.delete(f"{URL}{PATH}/jobs/query/{job}").status_code == 204
    controlled.control("POST", "restore", {"name": "done"})
    assert controlled.get(f"{PATH}/jobs/query/{job}/results").text == rows


def test_a_snapshot_can_be_forgotten_and_names_are_checked(controlled: Controlled) -> None:
    """What is forgotten or never was can neither be restored nor forgotten; a name is no path."""
    controlled.control("POST", "snapshots", {"name": "one"})
    assert controlled.control("DELETE", "snapshots", {"name": "one"}).status_code == 204
    assert controlled.control("GET", "snapshots").json() == {"snapshots": []}
    assert controlled.control("POST", "restore", {"name": "one"}).status_code == 404
    assert controlled.control("DELETE", "snapshots", {"name": "one"}).status_code == 404
    assert controlled.control("POST", "snapshots", {"name": "../one"}).status_code == 400
