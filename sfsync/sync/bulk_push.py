"""Many entries of one kind by a Bulk job: held against the mirror first, spooled to a file, uploaded, closed, settled.

Before a job is made the mirror is brought up to date for that sObject, so that each change can be held against it
without asking for a hundred thousand records one by one; what the mirror cannot tell is read. Rows that a CSV of Bulk
cannot say go by collections calls.

Each step is written down before the next. Until a job is closed the org does nothing with it, so what fails before that
is aborted and its entries wait; from then on only its results, or a look at the records, tell what became of them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sfsync.counting import counted
from sfsync.errors import Next, OrgError, OrgRefused
from sfsync.mirror.entries import Call
from sfsync.mirror.jobs import Job
from sfsync.mirror.slices import slices
from sfsync.records.change import Action
from sfsync.salesforce.port import Ingest, Upload
from sfsync.sync.bulk_jobs import abort_strays, close, end_unstarted, finish
from sfsync.sync.collections_push import GROUP, TRIES, deliver
from sfsync.sync.context import Context
from sfsync.sync.filling import Filling
from sfsync.sync.freshness import brought_up_to_date
from sfsync.sync.settle import pause_seconds

MOST_ROWS = 200_000  # of one job: what a failed one may cause to be repeated
_OPERATIONS = {Action.CREATE: "upsert", Action.UPDATE: "update", Action.DELETE: "delete"}


def push_by_bulk(context: Context, run: int, now: datetime) -> None:
    """Send what is next for a run by a Bulk job, and settle it. Raises the OrgError that stopped it.

    After an error that passes the entries wait, to be sent again; each is sent five times at most.
    """
    with context.mirror.writing() as books:
        call = books.jobs.claim(run, MOST_ROWS, now)
        fields = books.jobs.fields(run) if call else []
    if call is None:
        return
    rule_id = context.org.manner(call.sobject).rule_id if call.action is not Action.DELETE else None
    does = Ingest(call.sobject, _OPERATIONS[call.action], call.key_field, rule_id)
    try:
        known = brought_up_to_date(context, run, call, fields)
        columns = [] if call.action is Action.DELETE else fields  # the fields of a delete are only held against it
        with context.org.new_upload(does, columns, _folder(context)) as upload:
            unfit = Filling(context, run, call, fields, known, upload).fill()
            _deliver(context, run, call, unfit, fields if known else None)
            if upload.rows:
                _push(context, run, call, does, upload)
    except OrgError:
        with context.mirror.writing() as books:
            books.jobs.unclaim(run)
        raise


def _folder(context: Context) -> Path:
    return context.mirror.path.parent


def _push(context: Context, run: int, call: Call, does: Ingest, upload: Upload) -> None:
    """Have a job made, give it the rows, close it, and settle what became of them.

    Where the org takes no such job at all its entries go by collections calls.
    """
    try:
        job = _made(context, run, call, does, upload.rows)
    except OrgRefused as refused:
        context.progress.step(f"{call.sobject}: by collections calls, since {refused.problems[0].message}")
        _deliver_all(context, run, call)
        return
    context.progress.step(f"{call.sobject}: {counted(upload.rows, 'row')} by Bulk job {job.job_id}")
    try:
        context.org.upload(str(job.job_id), upload)
        close(context, str(job.job_id))
    except OrgError as error:
        tries = _given_up(context, job, error)
        if tries >= TRIES or error.next is not Next.RETRY:
            raise
        return
    finish(context, job)


def _deliver(
    context: Context, run: int, call: Call, ids: Sequence[int], fields: Sequence[str] | None = None
) -> None:  # fmt: skip
    """Deliver some claimed entries by collections calls, as far as that goes, and let go of the others."""
    for some in slices(ids, GROUP):
        deliver(context, run, call, some, fields)
        with context.mirror.writing() as books:
            books.outbox.let_go(some)


def _deliver_all(context: Context, run: int, call: Call) -> None:
    """Deliver a run's claimed entries by collections calls, as far as that goes."""
    after = 0
    while True:
        with context.mirror.reading() as books:
            ids = [entry.id for entry in books.jobs.claimed(run, after, GROUP)]
        if not ids:
            return
        _deliver(context, run, call, ids)
        after = ids[-1]


def _made(context: Context, run: int, call: Call, does: Ingest, rows: int) -> Job:
    """Have the org make a job, and keep its id with the entries that go by it.

    Where the answer never comes the job that may have been made is looked for and aborted, and another is asked for.
    """
    at = context.org.server_time() or context.clock.now()
    with context.mirror.writing() as books:
        number = books.jobs.begin(run, call, at)
    tries = 0
    while True:
        try:
            made = context.org.start_ingest(does)
            break
        except OrgError as error:
            tries += 1
            if isinstance(error, OrgRefused):
                with context.mirror.writing() as books:
                    books.jobs.end(number, error.problems[0].message)
            if error.next is not Next.RETRY or tries == TRIES:
                raise
            context.clock.sleep(pause_seconds(tries))
            abort_strays(context, Job(number, run, call, None, at))
    with context.mirror.writing() as books:
        books.jobs.made(number, made.id)
        books.jobs.send(number, run, rows)
    return Job(number, run, call, made.id, at)


def _given_up(context: Context, job: Job, error: OrgError) -> int:
    """Abort a job that was never closed, and have its entries wait; gives how often they were tried."""
    with context.mirror.reading() as books:
        tries = books.jobs.most_tried(job.id)
    until = context.clock.now() + timedelta(seconds=pause_seconds(tries))
    end_unstarted(context, job, until, error.code, error.problems[0].message)
    return tries
