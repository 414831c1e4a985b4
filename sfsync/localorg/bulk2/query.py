"""The resources of Bulk API 2.0 query jobs: `/jobs/query` and what lies under it."""

from dataclasses import replace

from sfsync.localorg.bulk2 import jobs, spool
from sfsync.localorg.bulk2.asking import body_of, csv_answer, locator, most_records, one_of, place_of
from sfsync.localorg.bulk2.jobs import DELIMITERS, ENDINGS, RUNNING, TERMINAL, Job
from sfsync.localorg.context import OrgContext
from sfsync.localorg.rights import seeing
from sfsync.localorg.routing import Route
from sfsync.localorg.soql import run
from sfsync.localorg.variants import EMPTY_WITHOUT_HEADER, is_on
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer

KIND = "query"
SINCE = 47  # the API version that has query jobs
PAGES_TOGETHER = 5  # result URLs in one answer of resultPages


def create(org: OrgContext, request: Request, version: str) -> Answer:
    """Answer `POST /jobs/query`: check the query and keep the job. The Accept header plays no part."""
    jobs.demand_one_more(org, "DailyBulkV2QueryJobs")
    asked = body_of(request.body)
    operation = one_of(asked, "operation", ("query", "queryAll"), None)
    text = asked.get("query")
    if not isinstance(text, str) or not text.strip():
        raise Refusal(400, "INVALIDJOB", "A query has to be specified for a query job")
    delimiter = one_of(asked, "columnDelimiter", tuple(DELIMITERS), "COMMA")
    ending = one_of(asked, "lineEnding", tuple(ENDINGS), "LF")
    sobject = run.check_export(org, text, operation == "queryAll")
    job = Job(
        id=org.state.next_id(jobs.PREFIX),
        kind=KIND,
        operation=operation,
        object=sobject,
        query=text,
        delimiter=delimiter,
        ending=ending,
        version=org.version,
        user_id=org.user_id,
        made_at=org.stamp,
        changed_at=org.stamp,
    )
    jobs.keep(org.state, job)
    return json_answer(200, _short(job))


def show(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """Answer `GET /jobs/query/<id>`: a look at the job, which may be what ends it."""
    job = jobs.own(org, job_id, KIND)
    if job.state in RUNNING:
        job = advanced(org, replace(job, polls=job.polls + 1))
    return json_answer(200, info(job))


def change(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """Answer `PATCH /jobs/query/<id>`: abort the job, the only change there is."""
    if body_of(request.body).get("state") != "Aborted":
        raise Refusal(400, "INVALIDJOB", "The only state a query job can be set to is Aborted")
    job = jobs.aborted(org, jobs.own(org, job_id, KIND))
    jobs.keep(org.state, job)
    return json_answer(200, _short(job))


def delete(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """Answer `DELETE /jobs/query/<id>`: forget the job and its results, once it has ended."""
    job = jobs.own(org, job_id, KIND)
    if job.state in RUNNING:
        job = advanced(org, job)
    if job.state not in TERMINAL:
        raise Refusal(400, "API_ERROR", "Error encountered when deleting the job because the job is not terminated")
    jobs.forget(org.state, job)
    return Answer(204)


def results(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """Answer `GET /jobs/query/<id>/results`: one page of CSV.

    `Sforce-Locator` is the literal text `null` on the last page.
    """
    job = _finished(org, job_id)
    start = place_of(request.query.get("locator"))
    count = most_records(request.query.get("maxRecords"))
    if start > 0 and start >= job.records:
        raise Refusal(400, "INVALIDLOCATOR", "The locator is not one of this job")
    end = min(start + count, job.records)
    path = spool.page(jobs.folder(org.state, job.id), job.pages, start, count)
    headers = {
        "Sforce-NumberOfRecords": str(end - start),
        "Sforce-Locator": locator(end) if end < job.records else "null",
    }
    answer = csv_answer(request, path, headers)
    bare = job.records == 0 and is_on(org.state, EMPTY_WITHOUT_HEADER)
    return Answer(200, {"Content-Type": answer.headers["Content-Type"], **headers}) if bare else answer


def result_pages(org: OrgContext, request: Request, version: str, job_id: str) -> Answer:
    """Answer `GET /jobs/query/<id>/resultPages`: addresses of pages to be fetched side by side."""
    job = _finished(org, job_id)
    base = f"{org.base_path}/jobs/query/{job.id}"
    first = place_of(request.query.get("locator"))
    shown = range(first, min(first + PAGES_TOGETHER, len(job.pages)))
    pages = [{"resultUrl": f"{base}/results?locator={locator(number * spool.PAGE)}"} for number in shown]
    done = first + PAGES_TOGETHER >= len(job.pages)
    following = None if done else f"{base}/resultPages?locator={locator(first + PAGES_TOGETHER)}"
    return json_answer(200, {"resultPages": pages, "nextRecordsUrl": following, "done": done})


def _finished(org: OrgContext, job_id: str) -> Job:
    """Find a job whose results can be had. Raises Refusal: 409 for another API version, 400 while it runs."""
    job = jobs.own(org, job_id, KIND)
    if job.version != org.version:
        text = f"Results must be retrieved with the API version the job was created with: {job.version}"
        raise Refusal(409, "VERSION_CONFLICT", text)
    if job.state in RUNNING:
        job = advanced(org, job)
    if job.state != "JobComplete":
        raise jobs.wrong_state(f"Results are not available: the job is in state {job.state}")
    return job


def advanced(org: OrgContext, job: Job) -> Job:
    """Bring a running job as far as its time allows, and keep it."""
    if not jobs.is_due(org, job):
        job = replace(job, state="InProgress")
    else:
        try:
            pages = _spooled(org, job)
            job = replace(job, state="JobComplete", changed_at=org.stamp, pages=pages)
        except Refusal as refusal:
            job = replace(job, state="Failed", changed_at=org.stamp, error=f"{refusal.code}: {refusal.message}")
    jobs.keep(org.state, job)
    return job


def _spooled(org: OrgContext, job: Job) -> tuple[int, ...]:
    delimiter, ending = DELIMITERS[job.delimiter], ENDINGS[job.ending]
    seen = seeing.seen_by(org.state, job.user_id)
    asked = replace(org, version=job.version, user_id=job.user_id, seen=seen)
    found = run.export(asked, job.query, job.operation == "queryAll", delimiter, ending)
    header = delimiter.join(f'"{name}"' for name in found.header) + ending
    return spool.write_pages(jobs.folder(org.state, job.id), header.encode(), found.lines)


def _short(job: Job) -> dict[str, object]:
    """Give a job as create and abort answer it."""
    return {**jobs.head(job), "lineEnding": job.ending, "columnDelimiter": job.delimiter}


def info(job: Job) -> dict[str, object]:
    """Give a job as a look at it answers it."""
    failed = {"errorMessage": job.error} if job.error else {}
    return {
        **_short(job),
        "jobType": "V2Query",
        "numberRecordsProcessed": job.records,
        "retries": 0,
        "totalProcessingTime": job.milliseconds,
        "isPkChunkingSupported": True,
        **failed,
    }


_JOBS = "/services/data/{version}/jobs/query"
ROUTES = (
    Route("POST", _JOBS, create, since=SINCE),
    Route("GET", f"{_JOBS}/{{job_id}}", show, since=SINCE),
    Route("PATCH", f"{_JOBS}/{{job_id}}", change, since=SINCE),
    Route("DELETE", f"{_JOBS}/{{job_id}}", delete, since=SINCE),
    Route("GET", f"{_JOBS}/{{job_id}}/results", results, since=SINCE),
    Route("GET", f"{_JOBS}/{{job_id}}/resultPages", result_pages, since=58),
)
