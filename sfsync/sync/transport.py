"""The two ways records come in: pages over REST, and the streamed results of a Bulk API 2.0 query job."""

from sfsync.errors import OrgError, OrgUnreachable
from sfsync.mirror.taken import Taken
from sfsync.mirror.watermarks import Resume
from sfsync.records.query import Query
from sfsync.salesforce.port import BulkJob
from sfsync.sync.context import Context

_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 10.0
_JOB_DEADLINE_SECONDS = 3 * 3600


def pull_by_rest(context: Context, query: Query, run: int, *, deleted_too: bool = False) -> Taken:
    """Take a query's pages, each in a transaction of its own."""
    taken = Taken()
    for page in context.org.pages(query, deleted_too=deleted_too):
        with context.mirror.writing() as books:
            taken = taken + books.records.take(query.sobject, query.fields, page.rows, run=run)
        context.progress.count(query.sobject, taken.seen, page.total)
    return taken


def pull_by_bulk(context: Context, query: Query, run: int) -> Taken:
    """Take a query's records from a bulk job, page by page; a pull that was cut short goes on where it was."""
    with context.mirror.reading() as books:
        kept = books.watermarks.resume(query.sobject)
    if kept and kept.job_id and kept.fields == query.fields and _still_there(context, kept.job_id):
        job_id, position = kept.job_id, kept.position
    else:
        job_id, position = context.org.start_bulk_query(query).id, None
        _keep(context, query, run, job_id, None)
    job = _finished(context, job_id)
    taken = Taken()
    while True:
        with context.org.bulk_page(job.id, position) as page:
            with context.mirror.loading() as books:
                taken = taken + books.records.take_csv(
                    query.sobject, query.fields, page.chunks(), page.records, run=run
                )
            position = page.position
        context.progress.count(query.sobject, taken.seen, job.records)
        if position is None:
            break
        _keep(context, query, run, job_id, position)
    with context.mirror.writing() as books:
        books.watermarks.forget(query.sobject)
    context.org.end_bulk_query(job.id)
    return taken


def _keep(context: Context, query: Query, run: int, job_id: str, position: str | None) -> None:
    with context.mirror.writing() as books:
        books.watermarks.keep(query.sobject, Resume(run, job_id, position, context.clock.now(), query.fields))


def _still_there(context: Context, job_id: str) -> bool:
    try:
        return context.org.bulk_query(job_id).state not in ("Failed", "Aborted")
    except OrgError:
        return False


def _finished(context: Context, job_id: str) -> BulkJob:
    """Wait until the job is done. Raises OrgUnreachable where it failed, was aborted, or takes over three hours."""
    wait, deadline = _FIRST_WAIT_SECONDS, context.clock.monotonic() + _JOB_DEADLINE_SECONDS
    while not (job := context.org.bulk_query(job_id)).finished:
        if context.clock.monotonic() > deadline:
            raise OrgUnreachable(f"bulk job {job_id} is still {job.state} after three hours", todo="pull again later")
        context.clock.sleep(wait)
        wait = min(wait * 1.5, _LONGEST_WAIT_SECONDS)
    if job.state != "JobComplete":
        raise OrgUnreachable(f"bulk job {job_id} ended as {job.state}: {job.message}", todo="pull again")
    return job
