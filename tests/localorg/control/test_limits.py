"""Limits that are settings."""

import pytest
import requests

from tests.localorg.control.conftest import URL, Controlled

PATH = "/services/data/v59.0"


def test_long_calls_at_the_same_time_are_limited(controlled: Controlled) -> None:
    """Calls that last 20 seconds and more count while they are under way: one too many is refused."""
    controlled.control("POST", "settings", {"concurrent_requests": 2})
    controlled.control("POST", "faults", {"do": "hang", "when": {"times": 2}})
    for _ in range(2):
        with pytest.raises(requests.ReadTimeout):
            controlled.client.get(f"{URL}{PATH}/limits", timeout=15)
    assert controlled.get(f"{PATH}/limits").status_code == 200  # the second has not lasted 20 seconds yet
    controlled.machine.advance(10)
    refused = controlled.get(f"{PATH}/limits")
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert "Concurrent" in refused.json()[0]["message"]
    controlled.machine.advance(600)
    assert controlled.get(f"{PATH}/limits").status_code == 200


def test_short_calls_are_not_counted(controlled: Controlled) -> None:
    """Any number of short calls may be under way."""
    controlled.control("POST", "settings", {"concurrent_requests": 1})
    controlled.control("POST", "faults", {"do": {"delay_ms": 5000}, "when": {"times": 3}})
    for _ in range(3):
        with pytest.raises(requests.ReadTimeout):
            controlled.client.get(f"{URL}{PATH}/limits", timeout=1)
    assert controlled.get(f"{PATH}/limits").status_code == 200


def test_every_limit_is_a_setting(controlled: Controlled) -> None:
    """What /limits shows can be set by name, and a spent day of Bulk jobs refuses the next one."""
    controlled.control("POST", "settings", {"limits": {"DailyBulkV2QueryJobs": 1, "SingleEmail": 3}})
    body = {"operation": "query", "query": "SELECT Id FROM Lead"}
    jobs = f"{URL}{PATH}/jobs/query"
    assert controlled.client.post(jobs, json=body).status_code == 200
    shown = controlled.get(f"{PATH}/limits").json()
    assert shown["DailyBulkV2QueryJobs"] == {"Max": 1, "Remaining": 0}
    assert shown["SingleEmail"]["Max"] == 3
    refused = controlled.client.post(jobs, json=body)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "LIMIT_EXCEEDED")


def test_the_recycle_bin_holds_so_many_records_for_so_many_days(controlled: Controlled) -> None:
    """Both are settings: what is too old goes, and of what is too much the oldest, once it lay there two hours.

    Of those deleted in one moment no more go than are too many.
    """
    controlled.control("POST", "settings", {"session_seconds": 10**8, "recycle_bin_records": 2})
    leads = [row["Id"] for row in controlled.org.state.rows("SELECT Id FROM Lead ORDER BY Id LIMIT 4")]

    def binned() -> list[str]:
        soql = "SELECT Id FROM Lead WHERE IsDeleted = true ORDER BY Id"
        return [one["Id"] for one in controlled.get(f"{PATH}/queryAll?q={soql}").json()["records"]]

    for lead in leads:
        controlled.client.delete(f"{URL}{PATH}/sobjects/Lead/{lead}")
        controlled.machine.advance(60)
    controlled.machine.advance(3600)
    assert binned() == leads
    controlled.machine.advance(3600)
    assert binned() == leads[2:]
    more = [
        row["Id"] for row in controlled.org.state.rows("SELECT Id FROM Lead WHERE IsDeleted = 0 ORDER BY Id LIMIT 3")
    ]
    controlled.client.delete(f"{URL}{PATH}/composite/sobjects?ids={','.join(more)}")
    controlled.machine.advance(7200)
    assert binned() == more[1:]
    controlled.control("POST", "settings", {"recycle_bin_days": 1})
    controlled.machine.advance(24 * 3600)
    assert binned() == []


def test_jobs_stay_a_week_with_their_results(controlled: Controlled) -> None:
    """Of both Bulk APIs, from their end on; then nobody finds them; how many days it is is a setting."""
    controlled.control("POST", "settings", {"session_seconds": 10**8})
    job = controlled.client.post(f"{URL}{PATH}/jobs/query", json={"operation": "query", "query": "SELECT Id FROM Lead"})
    first = f"{PATH}/jobs/query/{job.json()['id']}"
    old = {"object": "Lead", "operation": "query", "contentType": "CSV"}
    async_jobs = "/services/async/59.0/job"
    second = f"{async_jobs}/{controlled.client.post(f'{URL}{async_jobs}', json=old).json()['id']}"
    content = {"Content-Type": "text/csv"}
    assert controlled.client.post(f"{URL}{second}/batch", data=b"SELECT Id FROM Lead", headers=content).ok
    assert controlled.client.post(f"{URL}{second}", json={"state": "Closed"}).ok
    controlled.machine.advance(6 * 86_400)
    assert [controlled.get(one).status_code for one in (f"{first}/results", f"{second}/batch")] == [200, 200]
    controlled.machine.advance(86_400 + 3_600)
    assert [controlled.get(one).status_code for one in (f"{first}/results", f"{second}/batch")] == [404, 400]
    assert not any((controlled.org.state.folder / "jobs").iterdir())
