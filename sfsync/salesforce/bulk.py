"""Reading large answers by Bulk API 2.0 query jobs: CSV pages that stream through and are never held whole."""

from collections.abc import Iterator
from contextlib import contextmanager

import requests

from sfsync.errors import OrgRefused
from sfsync.records.ids import to_18
from sfsync.records.query import Query
from sfsync.salesforce.csvpage import CsvPage
from sfsync.salesforce.port import BulkJob, BulkPage
from sfsync.salesforce.soql import by_query_all, soql
from sfsync.salesforce.wire import Wire, as_object, as_text, readable

PAGE_RECORDS = 50_000
"""Records asked for in one page of results: the unit of commit and of repetition after a fault."""


class BulkQueries:
    """The bulk half of the adapter."""

    def __init__(self, wire: Wire, page_records: int = PAGE_RECORDS) -> None:
        self._wire = wire
        self._page_records = page_records

    def start_bulk_query(self, query: Query, *, deleted_too: bool = False) -> BulkJob:
        """Start a Bulk API 2.0 query job."""
        asked, all_of_them = by_query_all(query, deleted_too)
        wanted = {
            "operation": "queryAll" if all_of_them else "query",
            "query": soql(asked),
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        return self._job("POST", "jobs/query", json=wanted)

    def bulk_query(self, job_id: str) -> BulkJob:
        """Say how a bulk query job stands."""
        return self._job("GET", f"jobs/query/{job_id_of(job_id)}")

    def _job(self, method: str, resource: str, **sent: object) -> BulkJob:
        with readable("a bulk query job"):
            answer = as_object(self._wire.calls.restful(resource, None, method, **sent))
            return BulkJob(
                id=to_18(as_text(answer["id"])),
                state=as_text(answer["state"]),
                records=int(str(answer.get("numberRecordsProcessed") or 0)),
                message=str(answer.get("errorMessage") or ""),
            )

    @contextmanager
    def bulk_page(self, job_id: str, position: str | None) -> Iterator[BulkPage]:
        """Open a page of a finished job's results. Its connection is closed at the end."""
        params = {"maxRecords": str(self._page_records)} | ({"locator": position} if position else {})
        answer = self._get(f"jobs/query/{job_id_of(job_id)}/results", params)
        try:
            session = self._wire.session
            yield CsvPage(answer, position, session.clock, session.network.timeouts.download)
        finally:
            answer.close()

    def _get(self, resource: str, params: dict[str, str]) -> requests.Response:
        """Get a resource as a stream, which no call of simple-salesforce does; the session adds all else."""
        url = self._wire.calls.base_url + resource
        return self._wire.session.get(url, params=params, headers={"Accept": "text/csv"}, stream=True)

    def end_bulk_query(self, job_id: str) -> None:
        """Delete a bulk query job and its results; one that is already gone is fine, one that runs is aborted first."""
        resource = f"jobs/query/{job_id_of(job_id)}"
        try:
            try:
                self._wire.calls.restful(resource, None, "DELETE")
            except OrgRefused as error:
                if error.code != "API_ERROR":  # documented: the job has not ended
                    raise
                self._wire.calls.restful(resource, None, "PATCH", json={"state": "Aborted"})
                self._wire.calls.restful(resource, None, "DELETE")
        except OrgRefused as error:
            if error.code not in ("NOT_FOUND", "INVALIDJOB"):
                raise


def job_id_of(text: str) -> str:
    """Give a job's id in 18 characters. Raises OrgRefused where it is none."""
    try:
        return to_18(text)
    except ValueError:
        raise OrgRefused(f"{text[:40]!r} is not the id of a job, so nothing was sent") from None
