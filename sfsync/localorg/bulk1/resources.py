"""The resources of Bulk API 1.0: `/services/async/NN.0/job` and what lies under it.

Recorded: 201 for a new job or batch, 200 for all else; a new batch is told as Queued, with a Location. Documented:
codes InvalidJob, InvalidBatch, InvalidJobState. Assumed: their texts.
"""

from collections.abc import Mapping
from dataclasses import replace

from sfsync.localorg.bulk1 import chunking, infos, jobs, working
from sfsync.localorg.bulk1.infos import asks_json, batch_info, job_info
from sfsync.localorg.bulk1.jobs import QUERIES, Batch, Job
from sfsync.localorg.bulk2 import spool
from sfsync.localorg.bulk2.asking import body_of, csv_answer
from sfsync.localorg.bulk2.ingest import demand_permitted, key_of, object_of, rule_of
from sfsync.localorg.bulk2.jobs import PREFIX, demand_one_more, folder
from sfsync.localorg.context import OrgContext
from sfsync.localorg.markup import BadMarkup
from sfsync.localorg.markup_reading import parse
from sfsync.localorg.routing import Route
from sfsync.localorg.saving.operations import OPERATIONS
from sfsync.localorg.wire import Answer, Refusal, Request, said

_MODES = {"0": "Parallel", "1": "Serial", "parallel": "Parallel", "serial": "Serial"}  # some clients send the number


def create(org: OrgContext, request: Request, version: str) -> Answer:
    """POST job: an open job, waiting for batches."""
    asked = _asked(request)
    kind = object_of(org, asked.get("object"))
    operation = _word(asked, "operation", (*OPERATIONS, *QUERIES), None)
    demand_permitted(org, operation)
    job = Job(
        id=org.state.next_id(PREFIX),
        operation=operation,
        object=kind.name,
        content=_word(asked, "contentType", tuple(infos.CONTENT_TYPES), "XML"),
        concurrency=_MODES.get(str(asked.get("concurrencyMode", "Parallel")).lower(), "Parallel"),
        version=org.version,
        user_id=org.user_id,
        made_at=org.stamp,
        changed_at=org.stamp,
        key=key_of(kind, operation, asked.get("externalIdFieldName")),
        rule_id=rule_of(org, kind, asked.get("assignmentRuleId")),
        chunk=chunking.asked(request) if operation in QUERIES else 0,
    )
    spool.empty(folder(org.state, job.id))
    jobs.keep_job(org.state, job)
    return _job(org, request, job, 201)


def show(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """GET job/<id>: a look at the job and, with it, at its batches."""
    return _job(org, request, jobs.own_job(org, job_id))


def change(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """POST job/<id>: Closed takes no more batches, Aborted stops those that are left."""
    job = jobs.own_job(org, job_id)
    wanted = _word(_asked(request), "state", ("Closed", "Aborted"), None)
    if job.state != "Open" and wanted != job.state:
        raise Refusal(400, "InvalidJobState", f"The job is {job.state}")
    job = replace(job, state=wanted, changed_at=org.stamp)
    jobs.keep_job(org.state, job)
    if wanted == "Aborted":
        for one in jobs.batches(org.state, job):
            if one.state in jobs.RUNNING:
                jobs.keep_batch(org.state, replace(one, state="NotProcessed", changed_at=org.stamp))
    return _job(org, request, job)


def add(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """POST job/<id>/batch: records to write, or a query to run."""
    job = jobs.own_job(org, job_id)
    if job.state != "Open":
        raise Refusal(400, "InvalidJobState", f"Batches can only be added to an open job; this one is {job.state}")
    demand_one_more(org, "DailyBulkApiBatches")
    _check_content(job, request)
    told = batch = _keep(org, job, request.body)
    if job.chunk:
        _cut(org, job, batch)
    elif not org.state.setting("bulk_jobs") or org.state.setting("bulk_jobs") == "immediate":
        working.advanced(org, job, batch)
    headers = {"Location": f"{infos.BASE}{job.version}/job/{job.id}/batch/{batch.id}"}
    return infos.answer(201, "batchInfo", batch_info(told), job.content == "JSON", headers)


def list_batches(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """GET job/<id>/batch: list the batches."""
    job = jobs.own_job(org, job_id)
    found = [working.advanced(org, job, one) for one in jobs.batches(org.state, job)]
    return infos.batch_list([batch_info(one) for one in found], job.content == "JSON")


def show_batch(org: OrgContext, request: Request, version: str, job_id: str, batch_id: str) -> Answer:
    """GET job/<id>/batch/<id>: a look at the batch, which may be what carries it out."""
    job, batch = _find(org, job_id, batch_id)
    return infos.answer(200, "batchInfo", batch_info(batch), job.content == "JSON")


def show_request(org: OrgContext, request: Request, version: str, job_id: str, batch_id: str) -> Answer:
    """GET .../request: what was sent."""
    job, batch = _find(org, job_id, batch_id)
    path = jobs.place(org.state, batch, "request")
    return Answer(200, {"Content-Type": infos.CONTENT_TYPES[job.content]}, path)


def results(org: OrgContext, request: Request, version: str, job_id: str, batch_id: str) -> Answer:
    """GET .../result: what became of each record; of a query, the ids of its results."""
    job, batch = _finished(org, job_id, batch_id)
    if job.operation in QUERIES:
        return infos.result_list([str(batch.result_id)], job.content == "JSON")
    return _file(org, request, job, batch)


def result(org: OrgContext, request: Request, version: str, job_id: str, batch_id: str, result_id: str) -> Answer:
    """GET .../result/<id>: the records a query found."""
    job, batch = _finished(org, job_id, batch_id)
    if batch.result_id is None or result_id[:15] != batch.result_id:
        raise Refusal(400, "InvalidBatch", f"Invalid result id: {result_id}")
    return _file(org, request, job, batch)


def _asked(request: Request) -> Mapping[str, object]:
    """Read a job info. Raises Refusal InvalidJob for what is neither XML nor JSON."""
    if infos.asks_json(request):
        try:
            return body_of(request.body)
        except Refusal as refusal:
            raise Refusal(400, "InvalidJob", refusal.message) from None
    try:
        root = parse(request.body)
    except BadMarkup as error:
        raise Refusal(400, "InvalidJob", f"The request body is not XML: {error}") from None
    return {one.name: one.text.strip() for one in root.children}


def _word(asked: Mapping[str, object], key: str, allowed: tuple[str, ...], default: str | None) -> str:
    value = asked.get(key) or default
    for word in allowed:
        if isinstance(value, str) and value.lower() == word.lower():
            return word
    told = "" if value is None else f", not '{said(value)}'"
    raise Refusal(400, "InvalidJob", f"{key} must be one of {', '.join(allowed)}{told}")


def _check_content(job: Job, request: Request) -> None:
    """Refuse records in another form than the job's; a query is a query in whatever form it comes."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if job.operation not in QUERIES and kind != infos.CONTENT_TYPES[job.content]:
        raise Refusal(400, "InvalidBatch", f"The job takes {infos.CONTENT_TYPES[job.content]}, not {kind}")


def _keep(org: OrgContext, job: Job, content: bytes) -> Batch:
    batch = Batch(org.state.next_id(jobs.BATCH_PREFIX), job.id, org.stamp, org.stamp)
    path = jobs.place(org.state, batch, "request")
    path.write_bytes(content)
    path.chmod(0o600)
    jobs.keep_batch(org.state, batch)
    return batch


def _cut(org: OrgContext, job: Job, batch: Batch) -> None:
    """Put a batch for each chunk of ids in the place of one that queries."""
    soql = jobs.place(org.state, batch, "request").read_text("utf-8", "replace")
    try:
        parts = list(chunking.chunks(org, soql, job.chunk))
    except Refusal as refusal:
        text = f"InvalidBatch : Failed to process query: {refusal.code}: {refusal.message}"
        jobs.keep_batch(org.state, replace(batch, state="Failed", message=text))
        return
    for part in parts or [soql]:
        _keep(org, job, part.encode())
    jobs.keep_batch(org.state, replace(batch, state="NotProcessed"))


def _job(org: OrgContext, request: Request, job: Job, status: int = 200) -> Answer:
    found = [working.advanced(org, job, one) for one in jobs.batches(org.state, job)]
    return infos.answer(status, "jobInfo", job_info(job, found), asks_json(request))


def _find(org: OrgContext, job_id: str, batch_id: str) -> tuple[Job, Batch]:
    job = jobs.own_job(org, job_id)
    return job, working.advanced(org, job, jobs.find_batch(org.state, job, batch_id))


def _finished(org: OrgContext, job_id: str, batch_id: str) -> tuple[Job, Batch]:
    job, batch = _find(org, job_id, batch_id)
    if batch.state != "Completed":
        raise Refusal(400, "InvalidBatch", f"Batch not completed: it is {batch.state}")
    return job, batch


def _file(org: OrgContext, request: Request, job: Job, batch: Batch) -> Answer:
    packed = jobs.place(org.state, batch, "result")
    return csv_answer(request, packed, {}, infos.CONTENT_TYPES[job.content])


_JOB = "/services/async/{version}/job"
_BATCH = f"{_JOB}/{{job_id}}/batch/{{batch_id}}"
ROUTES = (
    Route("POST", _JOB, create),
    Route("GET", f"{_JOB}/{{job_id}}", show),
    Route("POST", f"{_JOB}/{{job_id}}", change),
    Route("POST", f"{_JOB}/{{job_id}}/batch", add),
    Route("GET", f"{_JOB}/{{job_id}}/batch", list_batches),
    Route("GET", _BATCH, show_batch),
    Route("GET", f"{_BATCH}/request", show_request),
    Route("GET", f"{_BATCH}/result", results),
    Route("GET", f"{_BATCH}/result/{{result_id}}", result),
)
