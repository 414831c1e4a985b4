"""The resources of Bulk API 2.0 ingest jobs: `/jobs/ingest` and what lies under it."""

from dataclasses import replace

from sfsync.localorg.bulk2 import beside, jobs, loading, spool
from sfsync.localorg.bulk2.asking import body_of, csv_answer, one_of, parts_of
from sfsync.localorg.bulk2.jobs import DELIMITERS, ENDINGS, RUNNING, TERMINAL, Job
from sfsync.localorg.catalog import SObject
from sfsync.localorg.context import OrgContext
from sfsync.localorg.routing import Route
from sfsync.localorg.saving import assignment
from sfsync.localorg.saving.operations import OPERATIONS
from sfsync.localorg.saving.upsert import key_field
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer, said

KIND = "ingest"
SINCE = 41  # the API version that has ingest jobs


NO_HARD_DELETE = (  # seen in public traces
    "hardDelete operation requires special user profile permission, please contact your system administrator"
)


def create(org: OrgContext, request: Request, version: str) -> Answer:
    """Answer `POST /jobs/ingest`: an open job, waiting for its data, or with it in one multipart body."""
    parts = parts_of(request)
    asked = body_of(parts["job"] if parts else request.body)
    sobject = object_of(org, asked.get("object"))
    one_of(asked, "contentType", ("CSV",), "CSV")
    operation = one_of(asked, "operation", OPERATIONS, None)
    demand_permitted(org, operation)
    job = Job(
        id=org.state.next_id(jobs.PREFIX),
        kind=KIND,
        operation=operation,
        object=sobject.name,
        delimiter=one_of(asked, "columnDelimiter", tuple(DELIMITERS), "COMMA"),
        ending=one_of(asked, "lineEnding", tuple(ENDINGS), "LF"),
        version=org.version,
        user_id=org.user_id,
        made_at=org.stamp,
        changed_at=org.stamp,
        state="Open",
        key=key_of(sobject, operation, asked.get("externalIdFieldName")),
        rule_id=rule_of(org, sobject, asked.get("assignmentRuleId")),
    )
    spool.empty(jobs.folder(org.state, job.id))
    if parts:
        _keep_upload(org, job, parts["content"])
        job = replace(job, state="UploadComplete", uploaded=True)
    jobs.keep(org.state, job)
    return json_answer(200, {**_short(job), "contentUrl": _content_url(job), **_form(job)})


def demand_permitted(org: OrgContext, operation: str) -> None:
    """Refuse jobs that delete for good to users without the permission. Raises Refusal FEATURENOTENABLED."""
    if operation == "hardDelete" and org.lacks("BulkApiHardDelete"):
        raise Refusal(400, "FEATURENOTENABLED", NO_HARD_DELETE)


def upload(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """Answer `PUT /jobs/ingest/<id>/batches`: the data, once, with 201 and no body."""
    job = jobs.own(org, job_id, KIND)
    if job.state != "Open" or job.uploaded:
        raise jobs.wrong_state(f"Data can be uploaded once, to an open job; this one is {job.state}")
    if not request.headers.get("content-type", "").lower().startswith("text/csv"):
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Data of a job is uploaded as text/csv")
    _keep_upload(org, job, request.body)
    jobs.keep(org.state, replace(job, uploaded=True))
    return Answer(201)


def change(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """Answer `PATCH /jobs/ingest/<id>`: UploadComplete starts the job, Aborted ends it."""
    wanted = one_of(body_of(request.body), "state", ("UploadComplete", "Aborted"), None)
    job = jobs.own(org, job_id, KIND)
    if wanted == "Aborted":
        job = jobs.aborted(org, job, (*RUNNING, "Open"))
        loading.write_unprocessed(jobs.folder(org.state, job.id), job)
    elif job.state != "Open":
        raise jobs.wrong_state(f"Only an open job can be closed; this one is {job.state}")
    else:
        job = replace(job, state="UploadComplete", changed_at=org.stamp)
    jobs.keep(org.state, job)
    return json_answer(200, _short(job))


def show(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """Answer `GET /jobs/ingest/<id>`: a look at the job, which may be what carries it out."""
    job = jobs.own(org, job_id, KIND)
    if job.state in RUNNING:
        job = advanced(org, replace(job, polls=job.polls + 1))
    return json_answer(200, info(job))


def delete(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """Answer `DELETE /jobs/ingest/<id>`: only once the job is closed."""
    job = jobs.own(org, job_id, KIND)
    if job.state not in (*TERMINAL, "UploadComplete"):
        raise jobs.wrong_state(f"A job in state {job.state} cannot be deleted: abort it first")
    jobs.forget(org.state, job)
    return Answer(204)


def successful(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """Answer `GET .../successfulResults`: the rows that were saved, with their ids."""
    return _results(org, request, job_id, loading.SUCCESSFUL)


def failed(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """Answer `GET .../failedResults`: the rows that were refused, with why."""
    return _results(org, request, job_id, loading.FAILED)


def unprocessed(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """Answer `GET .../unprocessedrecords`: the rows that were not come to."""
    return _results(org, request, job_id, loading.UNPROCESSED)


def _results(org: OrgContext, request: Request, job_id: str, name: str) -> Answer:
    job = jobs.own(org, job_id, KIND)
    if job.state in RUNNING:
        job = advanced(org, job)
    if job.state not in TERMINAL:
        raise jobs.wrong_state(f"Results are not available: the job is in state {job.state}")
    return csv_answer(request, jobs.folder(org.state, job.id) / name, {})


def advanced(org: OrgContext, job: Job) -> Job:
    """Bring a closed job as far as its time allows, and keep it."""
    done = beside.patiently(org, lambda: loading.carry_out(org, job)) if jobs.is_due(org, job) else None
    job = done or replace(job, state="InProgress")
    jobs.keep(org.state, job)
    return job


def _keep_upload(org: OrgContext, job: Job, data: bytes) -> None:
    place = jobs.folder(org.state, job.id)
    unfinished = place / f"{loading.UPLOAD}.part"
    unfinished.write_bytes(data)
    unfinished.chmod(0o600)
    unfinished.replace(place / loading.UPLOAD)


def object_of(org: OrgContext, name: object) -> SObject:
    """Find the sObject a job is for. Raises Refusal INVALIDENTITY."""
    sobject = org.catalog.sobject(name) if isinstance(name, str) else None
    if sobject is None:
        told = "No object was specified" if name is None else f"Unable to find object: {said(name)}"
        raise Refusal(400, "INVALIDENTITY", told)
    return sobject


def key_of(sobject: SObject, operation: str, name: object) -> str | None:
    """Read the external id field, which an upsert needs and others do without. Raises Refusal."""
    if operation != "upsert":
        return None
    if not isinstance(name, str) or not name:
        raise Refusal(400, "INVALIDJOB", "externalIdFieldName is required for upsert")
    if name.lower() == "id":
        return "Id"
    try:
        return key_field(sobject, name).name
    except Refusal:
        text = (
            f"InvalidJob : Field name provided, {name} does not match an External ID, Salesforce Id, or indexed field"
        )
        raise Refusal(400, "INVALIDJOB", f"{text} for {sobject.name}") from None


def rule_of(org: OrgContext, sobject: SObject, rule_id: object) -> str | None:
    """Read the assignment rule: without one none runs, whatever is active. Raises Refusal if it is unknown."""
    return assignment.rule_named(org.state, sobject, str(rule_id)) if rule_id else None


def _content_url(job: Job) -> str:
    return f"services/data/v{job.version}/jobs/ingest/{job.id}/batches"


def _form(job: Job) -> dict[str, object]:
    return {"lineEnding": job.ending, "columnDelimiter": job.delimiter}


def _short(job: Job) -> dict[str, object]:
    """Give a job as changing it answers it."""
    own = {"externalIdFieldName": job.key, "assignmentRuleId": job.rule_id}
    return {**jobs.head(job), **{name: value for name, value in own.items() if value is not None}}


def info(job: Job) -> dict[str, object]:
    """Give a job as a look at it answers it."""
    processing = job.milliseconds if job.state in TERMINAL else 0
    error = {"errorMessage": job.error} if job.error else {}
    return {
        **_short(job),
        **({"contentUrl": _content_url(job)} if job.state == "Open" else {}),
        **_form(job),
        "jobType": "V2Ingest",
        "numberRecordsProcessed": job.processed,
        "numberRecordsFailed": job.failed,
        "retries": 0,
        "totalProcessingTime": processing,
        "apiActiveProcessingTime": processing,
        "apexProcessingTime": 0,
        **error,
    }


_JOBS = "/services/data/{version}/jobs/ingest"
ROUTES = (
    Route("POST", _JOBS, create, since=SINCE),
    Route("GET", f"{_JOBS}/{{job_id}}", show, since=SINCE),
    Route("PATCH", f"{_JOBS}/{{job_id}}", change, since=SINCE),
    Route("DELETE", f"{_JOBS}/{{job_id}}", delete, since=SINCE),
    Route("PUT", f"{_JOBS}/{{job_id}}/batches", upload, since=SINCE),
    Route("GET", f"{_JOBS}/{{job_id}}/successfulResults", successful, since=SINCE),
    Route("GET", f"{_JOBS}/{{job_id}}/failedResults", failed, since=SINCE),
    Route("GET", f"{_JOBS}/{{job_id}}/unprocessedrecords", unprocessed, since=SINCE),
)
