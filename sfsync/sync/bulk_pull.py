"""Records by a Bulk API 2.0 query job, page by page; a pull that was cut short goes on where it was."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sfsync.errors import IncompleteAnswer, OrgRefused, OrgUnreachable
from sfsync.mirror.page import Filling
from sfsync.mirror.part import PartPlan
from sfsync.mirror.taken import Taken
from sfsync.mirror.watermarks import Resume
from sfsync.records.query import Query
from sfsync.salesforce.port import BulkJob
from sfsync.sync.ahead import Fetched, pages_ahead
from sfsync.sync.context import Context

_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = (10.0, 60.0)  # of a job that has just begun, and of one that takes long
_JOB_DEADLINE_SECONDS = 3 * 3600
_ATTEMPTS = 4  # at one page, before the pull gives up


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read, and what for."""

    query: Query
    run: int
    covered_until: datetime  # how far the org is sure of itself now
    deleted_too: bool = False
    filling: Filling | None = None

    @property
    def purpose(self) -> str:
        """Tell one reading from another, whatever run it is of: a cut one goes on only for the same purpose."""
        asked = "; ".join(f"{one.field} {one.compare.value} {one.value}" for one in self.query.where)
        return f"{'queryAll' if self.deleted_too else 'query'} {asked}"


@dataclass(frozen=True, slots=True)
class Came:
    """What came by a reading, over all its runs. What moved since an earlier run began it is still to be read."""

    taken: Taken  # in this run
    records: int  # in all: this run's, and those of the runs that were cut short
    begun_at: datetime | None  # how far the org was sure of itself when an earlier run began it; None if this run did


def pull_by_bulk(context: Context, reading: Reading) -> Came:
    """Take a query's records from a bulk job.

    A page that does not come whole is asked for again; where the org no longer has the job's results, or they do not
    add up, a new job is started, and what is in the mirror already is passed over by its prints. Raises OrgUnreachable
    where the job fails or takes over three hours, IncompleteAnswer where the second job's pages do not add up either.
    """
    return _Bulk(context, reading).read()


class _Bulk:
    """One reading under way."""

    def __init__(self, context: Context, reading: Reading) -> None:
        self._context = context
        self._reading = reading
        self._taken = Taken()

    def read(self) -> Came:
        """Read all of it, by a second job where the results of the first are gone or make no sense."""
        context, reading = self._context, self._reading
        with context.mirror.loading() as books:
            books.records.settle_prints(reading.query.sobject)
        at = _adopted(context, reading) or _started(context, reading)
        try:
            came = self._through(at)
        except (OrgRefused, IncompleteAnswer) as error:
            context.progress.step(f"{reading.query.sobject}: starting another bulk job, since {error}")
            _forget(context, reading)
            context.org.end_bulk_query(str(at.job_id))
            at = _started(context, reading)
            came = self._through(at)
        with context.mirror.writing() as books:
            books.records.loaded(reading.query.sobject)
            books.watermarks.forget(reading.query.sobject)
        context.org.end_bulk_query(str(at.job_id))
        return came

    def _through(self, at: Resume) -> Came:
        """Take page after page to the last. A page that is cut, or holds other than it says, is asked for again."""
        context, sobject = self._context, self._reading.query.sobject
        job = _finished(context, str(at.job_id))
        records, position = _place(at.position)
        failed = 0
        while True:
            try:
                plan = self._plan()
                with pages_ahead(context.org, context.mirror, job.id, position, plan) as pages:
                    for page in pages:
                        self._take(at, page, records)
                        records, position, failed = records + page.records, page.position, 0
                        context.progress.count(sobject, records, job.records)
                break
            except (IncompleteAnswer, OrgUnreachable):
                failed += 1
                if failed == _ATTEMPTS:
                    raise
                context.clock.sleep(2.0**failed)
        if job.records != records:
            raise IncompleteAnswer(f"a bulk job found {job.records:,} records of {sobject}, its pages hold {records:,}")
        return Came(self._taken, records, None if at.run == self._reading.run else at.started_at)

    def _plan(self) -> PartPlan | None:
        """Give how pages become parts: only a first load has any use for them."""
        reading = self._reading
        if reading.filling is not None:
            return None
        with self._context.mirror.reading() as books:
            return books.records.part_plan(reading.query.sobject, reading.query.fields, reading.run)

    def _take(self, at: Resume, page: Fetched, records: int) -> None:
        """Take one page in, and keep where the next one is with it."""
        reading, query = self._reading, self._reading.query
        with self._context.mirror.loading(page.part) as books:
            self._taken += books.records.take_csv(
                query.sobject,
                query.fields,
                page.chunks(),
                page.records,
                run=reading.run,
                filling=reading.filling,
                beside=page.part is not None,
            )
            if page.position is not None:
                place = _written(reading, records + page.records, page.position)
                books.watermarks.keep(query.sobject, replace(at, position=place))


def _written(reading: Reading, records: int, position: str | None) -> str:
    return f"{reading.purpose}|{records}|{position or ''}"


def _place(written: str | None) -> tuple[int, str | None]:
    """Read how many records came before a place, and its locator."""
    _, records, position = (written or "|0|").rsplit("|", 2)
    return int(records), position or None


def _started(context: Context, reading: Reading) -> Resume:
    """Start a job; its id is kept before anything else is asked of it."""
    query = reading.query
    job = context.org.start_bulk_query(query, deleted_too=reading.deleted_too)
    at = Resume(reading.run, job.id, _written(reading, 0, None), reading.covered_until, query.fields)
    with context.mirror.writing() as books:
        books.watermarks.keep(query.sobject, at)
    return at


def _adopted(context: Context, reading: Reading) -> Resume | None:
    """Give where a run that was cut short has left the same reading, None where there is nothing to go on with."""
    with context.mirror.reading() as books:
        kept = books.watermarks.resume(reading.query.sobject)
    if kept is None or kept.job_id is None:
        return None
    same = kept.fields == reading.query.fields and (kept.position or "").rsplit("|", 2)[0] == reading.purpose
    try:
        if same and context.org.bulk_query(kept.job_id).state not in ("Failed", "Aborted"):
            context.progress.step(f"{reading.query.sobject}: going on with bulk job {kept.job_id}")
            return kept
        context.org.end_bulk_query(kept.job_id)
    except OrgRefused:
        return None
    return None


def _forget(context: Context, reading: Reading) -> None:
    with context.mirror.writing() as books:
        books.watermarks.forget(reading.query.sobject)


def _finished(context: Context, job_id: str) -> BulkJob:
    """Wait until a job is done. Raises OrgUnreachable where it failed, was aborted, or takes over three hours."""
    wait, began = _FIRST_WAIT_SECONDS, context.clock.monotonic()
    soon, late = _LONGEST_WAIT_SECONDS
    while not (job := context.org.bulk_query(job_id)).finished:
        taken = context.clock.monotonic() - began
        if taken > _JOB_DEADLINE_SECONDS:
            raise OrgUnreachable(f"bulk job {job_id} is still {job.state} after three hours", todo="pull again later")
        context.clock.sleep(wait)
        wait = min(wait * 1.5, max(soon, min(taken / 10, late)))
    if job.state != "JobComplete":
        raise OrgUnreachable(f"bulk job {job_id} ended as {job.state}: {job.message}", todo="pull again")
    return job


def ids_by_bulk(context: Context, query: Query) -> Iterator[str]:
    """Give the ids of all living records a query asks for; it asks for nothing but ids."""
    for page in pages_by_bulk(context, query):
        yield from _ids(page)


def pages_by_bulk(context: Context, query: Query) -> Iterator[Fetched]:
    """Give the pages of a bulk query that is only looked at; one that does not come whole is asked for again."""
    job = _finished(context, context.org.start_bulk_query(query).id)
    position: str | None = None
    failed = 0
    over = False
    while not over:
        try:
            with pages_ahead(context.org, context.mirror, job.id, position) as pages:
                for page in pages:
                    yield page
                    position, failed = page.position, 0
            over = True
        except (IncompleteAnswer, OrgUnreachable):
            failed += 1
            if failed == _ATTEMPTS:
                raise
            context.clock.sleep(2.0**failed)
    context.org.end_bulk_query(job.id)


def _ids(page: Fetched) -> Iterator[str]:
    lines = b"".join(page.chunks()).decode("ascii", "replace").split()
    if len(lines) - 1 != page.records:
        raise IncompleteAnswer(f"a page of {page.records} ids holds {len(lines) - 1}", todo="pull again")
    yield from (line.strip('"') for line in lines[1:])
