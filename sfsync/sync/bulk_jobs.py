"""Bulk jobs on their way to an end: closed, waited for, settled by their results; and those that a dead run left.

A job that was closed is never aborted, however long it takes: what it has done stays done. One that was not is never
gone on with: its upload may be half there. Where results are gone, or do not add up, the records are read instead.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sfsync.counting import counted
from sfsync.errors import IncompleteAnswer, Next, OrgError, OrgRefused, StillWorking
from sfsync.mirror.entries import Entry, EntryState
from sfsync.mirror.jobs import Job
from sfsync.mirror.slices import slices
from sfsync.records.change import Action
from sfsync.salesforce.port import IngestJob, ResultSet, RowResult
from sfsync.sync.collections_push import TRIES, refused, taken
from sfsync.sync.context import Context
from sfsync.sync.settle import Settled, record

JOB_ENDED = "SFSYNC_JOB_ENDED"  # the org did not get to a row, twice
GROUP = 2_000  # entries settled in one transaction
_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 30.0
_PATIENCE = timedelta(hours=3)  # with one job, since it was begun
_ATTEMPTS = 4  # at a set of results, and at closing a job
_CLOCKS_DIFFER = timedelta(minutes=1)


# --- before the org goes to work ---


def close(context: Context, job_id: str) -> None:
    """Say that a job has all its rows. A lost answer is no matter: then its state tells whether it was heard."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            context.org.close_ingest(job_id)
        except OrgError as error:
            if context.org.ingest(job_id).state != "Open":
                return
            if error.next is not Next.RETRY or attempt == _ATTEMPTS:
                raise
            context.clock.sleep(2.0**attempt)
        else:
            return


def end_unstarted(context: Context, job: Job, until: datetime, code: str, message: str) -> None:
    """Abort a job that is still open and have its entries wait until a time.

    One that has gone to work after all is settled by its results.
    """
    if _aborted(context, str(job.job_id)):
        with context.mirror.writing() as books:
            books.jobs.release(job.id, until, code, message)
            books.jobs.end(job.id, "Aborted by sfsync before it was closed")
    else:
        finish(context, job)


def _aborted(context: Context, job_id: str) -> bool:
    """Abort an open job; False where it is not open any more, or the org has it no longer."""
    for attempt in range(1, _ATTEMPTS + 1):
        now = context.org.ingest(job_id)
        if now.state != "Open":
            return now.state == "Aborted" and now.tried == 0
        try:
            context.org.abort_ingest(job_id)
        except OrgError as error:
            if error.next is not Next.RETRY or attempt == _ATTEMPTS:
                raise
            context.clock.sleep(2.0**attempt)
    return context.org.ingest(job_id).state == "Aborted"


def abort_strays(context: Context, job: Job) -> None:
    """Abort what the org may have made when it was asked for a job and its answer never came in.

    That is an open job of our own user, of the same kind, made since then and not known to be one of ours.
    """
    me = context.org.identity().user_id
    listed = context.org.ingest_jobs(job.begun_at - _CLOCKS_DIFFER)
    with context.mirror.reading() as books:
        known = books.jobs.known([one.id for one in listed])
    for one in listed:
        alike = (one.does.sobject, one.does.key_field) == (job.call.sobject, job.call.key_field)
        if alike and one.state == "Open" and one.user_id == me and one.id not in known:
            context.progress.step(f"{job.call.sobject}: aborting Bulk job {one.id}, which was made and never used")
            _aborted(context, one.id)


# --- while it works, and after ---


def adopt(context: Context) -> None:
    """Go on with the jobs that runs left which are no more.

    One that still works after three hours is left to itself; its entries stay as they are, and so do later changes of
    the same records.
    """
    with context.mirror.reading() as books:
        left = books.jobs.open()
    for job in left:
        if job.job_id is None:
            abort_strays(context, job)
            with context.mirror.writing() as books:
                books.jobs.end(job.id, "never known to be made")
            continue
        context.progress.step(f"{job.call.sobject}: going on with Bulk job {job.job_id}")
        try:
            _adopt(context, job)
        except StillWorking as still:
            context.progress.step(str(still))


def _adopt(context: Context, job: Job) -> None:
    try:
        state = context.org.ingest(str(job.job_id)).state
    except OrgRefused:
        state = "gone"
    if state == "Open":
        end_unstarted(context, job, context.clock.now(), "", "its run ended before its job was closed")
    else:
        finish(context, job)


def finish(context: Context, job: Job) -> None:
    """Wait until a closed job is done, and settle its entries.

    By its results; those of which they do not tell are left UNKNOWN, to be looked at. Raises StillWorking where the job
    is not done three hours after it was begun.
    """
    try:
        ended = _waited_for(context, job)
        _settle(context, job, ended)
        outcome = (
            f"{ended.state}: {counted(ended.tried, 'row')} tried, {ended.refused:,} refused {ended.message}".strip()
        )
    except (OrgRefused, IncompleteAnswer) as error:
        outcome = f"settled by looking, since {error.problems[0].message}"
        context.progress.step(f"Bulk job {job.job_id} is {outcome}")
    with context.mirror.writing() as books:
        books.jobs.doubt(job.id)
        books.jobs.end(job.id, outcome)


def _waited_for(context: Context, job: Job) -> IngestJob:
    wait = _FIRST_WAIT_SECONDS
    while not (now := context.org.ingest(str(job.job_id))).finished:
        if (context.org.server_time() or context.clock.now()) - job.begun_at > _PATIENCE:
            raise StillWorking(
                f"Bulk job {job.job_id} is still {now.state} after three hours",
                todo="look at it in the org's Setup under Bulk Data Load Jobs; a later run goes on with it",
            )
        context.clock.sleep(wait)
        wait = min(wait * 1.5, _LONGEST_WAIT_SECONDS)
    return now


def _settle(context: Context, job: Job, ended: IngestJob) -> None:
    """Settle what the three sets of results tell. Raises IncompleteAnswer where they are not this job's."""
    context.progress.step(f"{job.call.sobject}: results of Bulk job {job.job_id}, {counted(ended.tried, 'row')} tried")
    complete = ended.state == "JobComplete"  # what others tell of their rows may not be all
    expected = {ResultSet.TAKEN: ended.tried - ended.refused, ResultSet.REFUSED: ended.refused} if complete else {}
    for which, make in _VERDICTS.items():
        with context.mirror.reading() as books:
            untold = books.jobs.most_tried(job.id) > 0
        if untold and expected.get(which) != 0:
            for group in _groups(context, ended, which, expected.get(which)):
                if which is ResultSet.TAKEN and job.call.action is Action.UPDATE:
                    _land(context, job, group, ended)
                else:
                    _settle_group(context, job, group, make, ended)


def _groups(
    context: Context, ended: IngestJob, which: ResultSet, expected: int | None
) -> Iterator[list[RowResult]]:  # fmt: skip
    """Fetch a set of results, again where it does not come whole, and give it in groups.

    Raises IncompleteAnswer where it never holds as many rows as the job says, before any is given.
    """
    attempt = 0
    while True:
        attempt += 1
        try:
            with context.org.ingest_results(ended, which, context.mirror.path.parent) as results:
                if expected is not None and results.count != expected:
                    words = f"bulk job {ended.id} says that {expected:,} rows are in {which.value}, there are"
                    raise IncompleteAnswer(f"{words} {results.count:,}")
                yield from slices(results, GROUP)
                return
        except IncompleteAnswer:
            if attempt == _ATTEMPTS:
                raise
            context.clock.sleep(2.0**attempt)


Make = Callable[[Entry, RowResult, IngestJob], Settled]


def _settle_group(context: Context, job: Job, rows: Sequence[RowResult], make: Make, ended: IngestJob) -> None:
    with context.mirror.reading() as books:
        entries = books.jobs.by_key(job, [row.key for row in rows])
    settled = list(_joined(rows, entries, make, ended))
    with context.mirror.writing() as books:
        record(books, job.run, settled, context.clock.now())
    context.progress.count(f"{job.call.sobject} results", len(settled), ended.tried)


def _land(context: Context, job: Job, rows: Sequence[RowResult], ended: IngestJob) -> None:
    """Settle updates that the org took, without making an object of each."""
    with context.mirror.writing() as books:
        if any(row.id != row.key for row in rows) or not books.jobs.taken(job, [row.key for row in rows]):
            raise _of_others(ended)
    context.progress.count(f"{job.call.sobject} results", len(rows), ended.tried)


def _of_others(ended: IngestJob) -> IncompleteAnswer:
    return IncompleteAnswer(f"the results of bulk job {ended.id} are of other rows than were sent")


def _joined(rows: Iterable[RowResult], entries: Mapping[str, Entry], make: Make, ended: IngestJob) -> Iterator[Settled]:
    """Join results to entries by key; one that is settled already, by a run that was cut short, is passed over."""
    for row in rows:
        entry = entries.get(row.key)
        if entry is None or (entry.change.id and row.id not in (None, entry.change.id)):
            raise _of_others(ended)
        if entry.state in (EntryState.SENT, EntryState.UNKNOWN):
            yield make(entry, row, ended)


def _taken(entry: Entry, row: RowResult, ended: IngestJob) -> Settled:
    if row.id is None:
        raise IncompleteAnswer(f"a row of bulk job {ended.id} was taken and has no id")
    return taken(entry, row.id, created=row.created)


def _refused(entry: Entry, row: RowResult, ended: IngestJob) -> Settled:
    assert row.refusal is not None
    return refused(entry, row.refusal)


def _untried(entry: Entry, row: RowResult, ended: IngestJob) -> Settled:
    why = ended.message or f"it ended as {ended.state}"
    again = entry.code != JOB_ENDED and entry.attempts < TRIES
    words = f"bulk job {ended.id} did not get to it: {why}"
    return Settled(entry, EntryState.WAITING if again else EntryState.REJECTED, JOB_ENDED, words)


_VERDICTS: Mapping[ResultSet, Make] = {
    ResultSet.TAKEN: _taken,
    ResultSet.REFUSED: _refused,
    ResultSet.UNTRIED: _untried,
}
