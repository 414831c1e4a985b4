"""Promises of Bulk jobs whose time has come: nobody has to look at them."""

from datetime import timedelta

import pytest

from sfsync.localorg.bulk2 import jobs
from tests.localorg.conftest import NOW, Org

ROWS = b"LastName,Company\nNowak,Acme\nKowalska,Acme\n"


class Killed(BaseException):
    """What ends a process in the middle of its work."""


def _close(org: Org, rows: bytes = ROWS, operation: str = "insert") -> str:
    """Make, fill and close a job; give its id."""
    job = str(org.ask("POST", "jobs/ingest", {"object": "Lead", "operation": operation})["id"])
    assert org.raw("PUT", f"jobs/ingest/{job}/batches", rows, headers={"content-type": "text/csv"}).status == 201
    assert org.ask("PATCH", f"jobs/ingest/{job}", {"state": "UploadComplete"})["state"] == "UploadComplete"
    return job


def _made(org: Org) -> list[str]:
    """Give when each lead was made."""
    records = org.ask("GET", "query", q="SELECT CreatedDate FROM Lead ORDER BY Id")["records"]
    assert isinstance(records, list)
    return [one["CreatedDate"] for one in records]


def _at(seconds: int) -> str:
    return (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def test_a_closed_job_is_done_though_nobody_looks_at_it(org: Org) -> None:
    """Its rows are there for the next query, made when it was closed; hardDelete leaves nothing in the bin."""
    _close(org)
    org.clock.advance(60)
    assert _made(org) == [_at(0)] * 2
    lead = org.make("Lead")
    _close(org, f"Id\n{lead}\n".encode(), "hardDelete")
    assert org.ask("GET", "queryAll", q=f"SELECT Id FROM Lead WHERE Id = '{lead}'")["totalSize"] == 0


def test_a_job_of_some_seconds_is_done_as_of_then(org: Org) -> None:
    """Counted from its closing, by the org's clock, whenever somebody asks; what is due first is done first."""
    org.state.set_setting("bulk_jobs", "seconds:30")
    first = _close(org)
    org.clock.advance(10)
    second = _close(org)
    org.clock.advance(19)
    assert _made(org) == []
    org.clock.advance(100)
    assert _made(org) == [_at(30), _at(30), _at(40), _at(40)]
    told = [org.ask("GET", f"jobs/ingest/{one}") for one in (first, second)]
    assert [(one["state"], one["systemModstamp"]) for one in told] == [
        ("JobComplete", _at(30)),
        ("JobComplete", _at(40)),
    ]


def test_a_batch_of_bulk_1_is_done_as_of_when_it_was_due(org: Org) -> None:
    """As a job of Bulk API 2.0 is."""
    org.state.set_setting("bulk_jobs", "seconds:30")
    session = {"x-sfdc-session": org.token, "content-type": "application/json"}
    wanted = {"object": "Lead", "operation": "insert", "contentType": "JSON"}
    job = org.ask("POST", "/services/async/59.0/job", wanted, session)["id"]
    org.ask("POST", f"/services/async/59.0/job/{job}/batch", [{"LastName": "N", "Company": "C"}], session)
    assert _made(org) == []
    org.clock.advance(90)
    assert _made(org) == [_at(30)]


def test_a_job_of_some_looks_waits_for_them(org: Org) -> None:
    """With polls:N whatever else is asked moves nothing."""
    org.state.set_setting("bulk_jobs", "polls:1")
    job = _close(org)
    assert _made(org) == []
    assert [org.ask("GET", f"jobs/ingest/{job}")["state"] for _ in range(2)] == ["InProgress", "JobComplete"]
    assert len(_made(org)) == 2


def test_a_job_that_a_fault_may_strike_waits_for_the_look(org: Org) -> None:
    """A fault of other requests, or one that is spent, leaves it alone."""
    fault = {"do": {"job": "stick"}, "when": {"op": "bulk_look"}, "times": 1}
    assert (
        org.ask("POST", "/_org/faults", [{"do": "drop_before_commit", "when": {"op": "create"}}, fault]).status == 201
    )
    job = _close(org)
    assert _made(org) == []
    assert org.ask("GET", f"jobs/ingest/{job}")["state"] == "InProgress"
    assert len(_made(org)) == 2


def test_a_kill_in_the_middle_of_a_job_leaves_no_half(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is undone, and the next request carries the whole job out, once, as of when it was due."""
    _close(org)
    with monkeypatch.context() as patched:

        def die(state: object, job: object) -> None:
            raise Killed

        patched.setattr(jobs, "keep", die)
        with pytest.raises(Killed):
            _made(org)
    org.clock.advance(60)
    assert _made(org) == [_at(0)] * 2
