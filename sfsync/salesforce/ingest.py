"""Writing by Bulk API 2.0 ingest jobs: create, upload, close, look, results.

Only an assignmentRuleId runs an assignment rule here (Bulk guide, Create a Job); a job has one where it was told.
Nothing here is repeated: whoever asks knows whether a job was made, closed or read.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile

from sfsync.errors import OrgRefused
from sfsync.records.ids import to_18
from sfsync.salesforce.bulk import job_id_of
from sfsync.salesforce.csvpage import CsvBody
from sfsync.salesforce.ingest_rows import ReadResults, Rows
from sfsync.salesforce.port import Ingest, IngestJob, ResultSet, RowResults, Upload
from sfsync.salesforce.rest import instant_in
from sfsync.salesforce.soql import name
from sfsync.salesforce.wire import Json, Wire, as_count, as_list, as_object, as_text, readable

_JOBS = "jobs/ingest"


class BulkIngest:
    """The half of the adapter that writes in bulk."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @contextmanager
    def new_upload(self, does: Ingest, fields: Sequence[str], folder: Path) -> Iterator[Upload]:
        """Open a file for the rows of a job; it is gone at the end."""
        with TemporaryFile(dir=folder) as file:
            yield Rows(file, [name(does.joined_by), *(name(field) for field in fields)])

    def start_ingest(self, does: Ingest) -> IngestJob:
        """Start an ingest job."""
        wanted = {
            "object": name(does.sobject),
            "operation": does.operation,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "CRLF",
        }
        keyed = {"externalIdFieldName": name(does.key_field)} if does.key_field else {}
        ruled = {"assignmentRuleId": to_18(does.rule_id)} if does.rule_id else {}
        with readable("the start of a bulk job"):
            return _job(self._asked("POST", _JOBS, json={**wanted, **keyed, **ruled}))

    def upload(self, job_id: str, upload: Upload) -> None:
        """Give an open job its rows, as a stream."""
        if not isinstance(upload, Rows):
            raise TypeError("an upload is made by `new_upload`")
        url = f"{self._wire.calls.base_url}{_JOBS}/{job_id_of(job_id)}/batches"
        self._wire.session.put(url, data=upload.whole(), headers={"Content-Type": "text/csv"})

    def close_ingest(self, job_id: str) -> None:
        """Say that an open job has all its rows."""
        self._turn(job_id, "UploadComplete")

    def abort_ingest(self, job_id: str) -> None:
        """Abort a job."""
        self._turn(job_id, "Aborted")

    def _turn(self, job_id: str, state: str) -> None:
        with readable("a bulk job"):
            self._asked("PATCH", f"{_JOBS}/{job_id_of(job_id)}", json={"state": state})

    def ingest(self, job_id: str) -> IngestJob:
        """Say how an ingest job stands. Raises OrgUnreachable where the answer is about another one."""
        with readable("a bulk job"):
            job = _job(self._asked("GET", f"{_JOBS}/{job_id_of(job_id)}"))
            if job.id != to_18(job_id):
                raise ValueError("another job")
            return job

    def ingest_jobs(self, since: datetime) -> list[IngestJob]:
        """Give the ingest jobs that were made since then, page by page to the last."""
        found: list[IngestJob] = []
        resource: str | None = f"{_JOBS}?jobType=V2Ingest"
        asked = set()
        while resource is not None and resource not in asked:
            asked.add(resource)
            with readable("the bulk jobs"):
                answer = self._asked("GET", resource)
                listed = [as_object(entry) for entry in as_list(answer["records"])]
                found += [_job(entry) for entry in listed if instant_in(entry["createdDate"]) >= since]
                following = answer.get("nextRecordsUrl")
                resource = f"{_JOBS}?{as_text(following).partition('?')[2]}" if following else None
        return found

    @contextmanager
    def ingest_results(self, job: IngestJob, which: ResultSet, folder: Path) -> Iterator[RowResults]:
        """Fetch one set of a finished job's results into a file that is gone at the end."""
        session = self._wire.session
        url = f"{self._wire.calls.base_url}{_JOBS}/{job_id_of(job.id)}/{which.value}/"
        with TemporaryFile(dir=folder) as file:
            answer = session.get(url, headers={"Accept": "text/csv"}, stream=True)
            try:
                for chunk in CsvBody(answer, session.clock, session.network.timeouts.download).chunks():
                    file.write(chunk)
            finally:
                answer.close()
            yield ReadResults(file, which, job.does.joined_by)

    def _asked(self, method: str, resource: str, **sent: object) -> Json:
        return as_object(self._wire.calls.restful(resource, None, method, **sent))


def _job(answer: Json) -> IngestJob:
    try:
        job_id = to_18(as_text(answer["id"]))
    except ValueError:
        raise OrgRefused("the org answered with a job that has no id") from None
    key_field = answer.get("externalIdFieldName")
    return IngestJob(
        id=job_id,
        state=as_text(answer["state"]),
        does=Ingest(as_text(answer["object"]), as_text(answer["operation"]), as_text(key_field) if key_field else None),
        user_id=to_18(as_text(answer["createdById"])),
        made_at=instant_in(answer["createdDate"]),
        tried=as_count(answer.get("numberRecordsProcessed") or 0),
        refused=as_count(answer.get("numberRecordsFailed") or 0),
        message=str(answer.get("errorMessage") or ""),
    )
