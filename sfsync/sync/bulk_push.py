"""Many entries of one kind by a Bulk job: held against the mirror first, spooled to a file, uploaded, closed, settled.

Before a job is made the mirror is brought up to date for that sObject, so that each change can be held against it
without asking for a hundred thousand records one by one; what the mirror cannot tell is read. Rows that a CSV of Bulk
cannot say go by collections calls.

Each step is written down before the next. Until a job is closed the org does nothing with it, so what fails before that
is aborted and its entries wait; from then on only its results, or a look at the records, tell what became of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sfsync.errors import Next, OrgError, OrgRefused
from sfsync.mirror.books import Books
from sfsync.mirror.entries import Call, Entry
from sfsync.mirror.jobs import Job
from sfsync.mirror.slices import slices
from sfsync.plan.plan import WRITE_SIZE
from sfsync.records.change import Action
from sfsync.records.values import Value
from sfsync.salesforce.port import Ingest, Upload
from sfsync.sync.bulk_jobs import abort_strays, close, end_unstarted, finish
from sfsync.sync.collections_push import TRIES, deliver, not_made_yet
from sfsync.sync.context import Context, Target
from sfsync.sync.pull import pull
from sfsync.sync.readback import look
from sfsync.sync.settle import Settled, pause_seconds, record, verdict
from sfsync.sync.standing import check

MOST_ROWS = 200_000  # of one job: what a failed one may cause to be repeated
GROUP = 2_000  # entries held in memory, and settled in one transaction
_OPERATIONS = {Action.CREATE: "upsert", Action.UPDATE: "update", Action.DELETE: "delete"}


def push_by_bulk(context: Context, run: int, now: datetime) -> None:
    """Send what is next for a run by a Bulk job, and settle it. Raises the OrgError that stopped it.

    After an error that passes the entries wait, to be sent again; each is sent five times at most.
    """
    with context.mirror.writing() as books:
        call = books.jobs.claim(run, MOST_ROWS, now)
        fields = books.jobs.fields(run) if call and call.action is not Action.DELETE else []
    if call is None:
        return
    does = Ingest(call.sobject, _OPERATIONS[call.action], call.key_field)
    try:
        known = _brought_up_to_date(context, run, call, fields)
        with context.org.new_upload(does, fields, _folder(context)) as upload:
            unfit = _Filling(context, run, call, known, upload).fill()
            for some in slices(unfit, WRITE_SIZE):
                with context.mirror.reading() as books:
                    entries = books.jobs.chosen(some)
                deliver(context, run, entries)
            if upload.rows:
                _push(context, run, call, does, upload)
    except OrgError:
        with context.mirror.writing() as books:
            books.jobs.unclaim(run)
        raise


def _folder(context: Context) -> Path:
    return context.mirror.path.parent


def _brought_up_to_date(context: Context, run: int, call: Call, fields: Sequence[str]) -> bool:
    """Pull what moved of an sObject; gives whether the mirror can tell how its records stand to changes of fields."""
    if call.action is Action.CREATE:
        return False
    with context.mirror.reading() as books:
        pulled = books.schemas.pulled(call.sobject)
        complete = books.watermarks.get(call.sobject) is not None
    if not complete or not set(fields) <= set(pulled):
        return False
    pull(context, [Target(call.sobject, pulled)], full=False, run=run)
    return True


@dataclass(frozen=True, slots=True)
class _Filling:
    """The filling of an upload with a run's claimed entries."""

    context: Context
    run: int
    call: Call
    known: bool  # whether the mirror tells how records stand
    upload: Upload

    def fill(self) -> list[int]:
        """Put in what is to be sent and settle what is not; give the entries that have to go another way."""
        unfit: list[int] = []
        settled: list[Settled] = []
        after = 0
        while not self.upload.full:
            with self.context.mirror.reading() as books:
                entries = books.jobs.claimed(self.run, after, GROUP)
            if not entries:
                break
            after = entries[-1].id
            to_send, known = self._checked(entries)
            unfit += [entry.id for entry in to_send if not self._put_in(entry)]
            settled += known
            if len(settled) >= GROUP:
                self._record(settled)
                settled = []
            self.context.progress.count(f"{self.call.sobject} rows", self.upload.rows, self.upload.rows)
        self._record(settled)
        with self.context.mirror.writing() as books:
            books.jobs.unclaim(self.run, after)
        return unfit

    def _put_in(self, entry: Entry) -> bool:
        change = entry.change
        key = change.id if self.call.key_field is None else change.key
        return self.upload.add(str(key), change.after())

    def _record(self, settled: Sequence[Settled]) -> None:
        if settled:
            with self.context.mirror.writing() as books:
                record(books, self.run, settled, self.context.clock.now())

    def _checked(self, entries: Sequence[Entry]) -> tuple[list[Entry], list[Settled]]:
        """Tell which entries are to be sent, and which need no sending or must not be."""
        with self.context.mirror.reading() as books:
            if self.call.action is Action.CREATE:
                return not_made_yet(books, entries)
            present = _in_mirror(books, entries) if self.known else {}
        unknown = [entry.change for entry in entries if entry.change.id not in present]
        if unknown:
            seen = zip(unknown, look(self.context, unknown), strict=True)
            present |= {str(change.id): values for change, values in seen}
        to_send, settled = [], []
        for entry in entries:
            known = verdict(entry, *check(entry.change, present[str(entry.change.id)]))
            if known is None:
                to_send.append(entry)
            else:
                settled.append(known)
        return to_send, settled


def _in_mirror(books: Books, entries: Sequence[Entry]) -> dict[str, Mapping[str, Value] | None]:
    """Give what the records of entries hold, by id; None of one that is gone; what is not there is left out."""
    sobject = entries[0].change.sobject
    fields = sorted({part.field for entry in entries for part in entry.change.fields})
    ids = [str(entry.change.id) for entry in entries]
    found = books.records.records(sobject, fields, ids=ids, deleted_too=True)
    return {record.id: None if record.deleted else record.fields for record in found}


def _push(context: Context, run: int, call: Call, does: Ingest, upload: Upload) -> None:
    """Have a job made, give it the rows, close it, and settle what became of them.

    Where the org takes no such job at all its entries go by collections calls.
    """
    try:
        job = _made(context, run, call, does, upload.rows)
    except OrgRefused as refused:
        context.progress.step(f"{call.sobject}: by collections calls, since {refused.problems[0].message}")
        _one_by_one(context, run)
        return
    context.progress.step(f"{call.sobject}: {upload.rows:,} rows by Bulk job {job.job_id}")
    try:
        context.org.upload(str(job.job_id), upload)
        close(context, str(job.job_id))
    except OrgError as error:
        tries = _given_up(context, job, error)
        if tries >= TRIES or error.next is not Next.RETRY:
            raise
        return
    finish(context, job)


def _one_by_one(context: Context, run: int) -> None:
    """Deliver a run's claimed entries by collections calls."""
    while True:
        with context.mirror.reading() as books:
            entries = books.jobs.claimed(run, 0, WRITE_SIZE)
        if not entries:
            return
        deliver(context, run, entries)


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
