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
