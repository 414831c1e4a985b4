"""Lists of jobs of both Bulk APIs."""

from tests.localorg.conftest import Org


def _classic(org: Org, operation: str, **properties: str) -> str:
    """Make a job of Bulk API 1.0."""
    value = {"operation": operation, "object": "Lead", "contentType": "CSV", **properties}
    headers = {"content-type": "application/json", "x-sfdc-session": org.token}
    chunked = {"sforce-enable-pkchunking": "true"} if operation == "query" else {}
    return str(org.ask("POST", "/services/async/59.0/job", value, {**headers, **chunked})["id"])


def _listed(org: Org, kind: str, **filters: str) -> list[tuple[object, object]]:
    reply = org.ask("GET", f"jobs/{kind}", **filters)
    assert reply.status == 200 and reply["done"] is True, reply.body
    records = reply["records"]
    assert isinstance(records, list)
    return sorted((one["jobType"], one["id"]) for one in records)


def test_jobs_of_bulk_api_1_stand_in_both_lists_and_filters_are_heeded(org: Org) -> None:
    """By type, by being cut by ids, and by mode; a type there are no jobs of gives none."""
    ingest = ("V2Ingest", org.ask("POST", "jobs/ingest", {"object": "Lead", "operation": "insert"})["id"])
    query = ("V2Query", org.ask("POST", "jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"})["id"])
    serial = ("Classic", _classic(org, "insert", concurrencyMode="Serial"))
    chunked = ("Classic", _classic(org, "query"))
    assert _listed(org, "ingest") == sorted([ingest, serial, chunked])
    assert _listed(org, "query") == sorted([query, serial, chunked])
    assert _listed(org, "ingest", jobType="Classic") == _listed(org, "query", jobType="Classic") == [serial, chunked]
    assert _listed(org, "ingest", jobType="V2Ingest") == _listed(org, "query", jobType="V2Ingest") == [ingest]
    assert _listed(org, "ingest", jobType="BigObjectIngest") == []
    assert _listed(org, "ingest", isPkChunkingEnabled="true") == [chunked]
    assert _listed(org, "ingest", isPkChunkingEnabled="false", concurrencyMode="serial") == [serial]
    assert _listed(org, "query", concurrencyMode="Parallel") == sorted([query, chunked])


def test_a_filter_that_means_nothing_is_refused(org: Org) -> None:
    """A misspelt type gives an error and no empty list."""
    assert org.ask("GET", "jobs/ingest", jobType="V3").error()[0] == "INVALIDJOB"
