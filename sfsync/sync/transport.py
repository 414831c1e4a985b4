"""The two ways records come in: pages over REST, and the streamed results of a Bulk API 2.0 query job."""

from dataclasses import replace
from datetime import datetime

from sfsync.errors import OrgError, OrgRefused, OrgUnreachable
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


def pull_by_bulk(context: Context, query: Query, run: int, covered_until: datetime) -> tuple[Taken, datetime]:
    """Take a query's records from a bulk job, page by page; a pull that was cut short goes on where it was.

    `covered_until` is how far the org is sure of itself now. Gives with what was taken how far it was sure when the
    job began: an adopted job knows nothing of what came later.
    """
    with context.mirror.reading() as books:
        kept = books.watermarks.resume(query.sobject)
    if kept and kept.job_id and kept.fields == query.fields and _still_there(context, kept.job_id):
        at = kept
    else:
        at = Resume(run, context.org.start_bulk_query(query).id, None, covered_until, query.fields)
        _keep(context, query, at)
    job = _finished(context, str(at.job_id))
    position = at.position
    taken = Taken()
    while True:
        one, position = _page(context, query, job.id, position, run)
        taken = taken + one
        context.progress.count(query.sobject, taken.seen, job.records)
        if position is None:
            break
        _keep(context, query, replace(at, position=position))
    _forget(context, query)
    context.org.end_bulk_query(job.id)
    return taken, at.started_at


def _page(context: Context, query: Query, job_id: str, position: str | None, run: int) -> tuple[Taken, str | None]:
    """Take one page; give with it where the next is. A place the org no longer knows is not asked for again."""
    try:
        with context.org.bulk_page(job_id, position) as page:
            with context.mirror.loading() as books:
                taken = books.records.take_csv(query.sobject, query.fields, page.chunks(), page.records, run=run)
            return taken, page.position
    except OrgRefused:
        _forget(context, query)
        raise


def _forget(context: Context, query: Query) -> None:
    with context.mirror.writing() as books:
        books.watermarks.forget(query.sobject)


def _keep(context: Context, query: Query, at: Resume) -> None:
    with context.mirror.writing() as books:
        books.watermarks.keep(query.sobject, at)


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
