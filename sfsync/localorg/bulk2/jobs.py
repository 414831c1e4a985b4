"""Bulk API 2.0 jobs: what is kept of one, and how far it has come.

How long a job takes is the setting `bulk_jobs`: `immediate` ends it at once, `polls:N` lets N looks see it in progress,
`seconds:S` ends it S seconds of the org's clock after it was closed (one that queries: made). See due_jobs.py.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from sfsync.localorg import usage
from sfsync.localorg.context import OrgContext
from sfsync.localorg.state import State
from sfsync.localorg.values import instant, stamp
from sfsync.localorg.wire import Refusal, not_found
from sfsync.records.ids import is_id, to_18

PREFIX = "750"
SETTING = "bulk_jobs"
DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
RUNNING = ("UploadComplete", "InProgress")
TERMINAL = ("JobComplete", "Failed", "Aborted")
DAILY = {"DailyBulkApiBatches": "bulk 1.0 *", "DailyBulkV2QueryJobs": "query"}  # kinds that use a limit up
RESULT_DAYS = 7  # documented
DAYS_SETTING = "bulk_result_days"
_ENDING = ("ingest", "query", "bulk 1.0")  # kinds of jobs; batches of the last are kept under its name and the job's id
_OVER = "'JobComplete', 'Failed', 'Aborted', 'Closed'"
USUAL = {"DailyBulkApiBatches": 15_000, "DailyBulkV2QueryJobs": 10_000}  # documented


@dataclass(frozen=True, slots=True)
class Job:
    """One job. Fields of one kind of job only have defaults."""

    id: str
    kind: str  # "query" or "ingest"
    operation: str
    object: str
    delimiter: str  # Salesforce's word
    ending: str  # Salesforce's word
    version: str  # of the API it was made with
    user_id: str
    made_at: str
    changed_at: str
    state: str = "UploadComplete"
    polls: int = 0  # looks at it so far
    query: str = ""
    pages: tuple[int, ...] = field(default=())  # of a query: records of each spooled page
    key: str | None = None  # of an upsert: the external id field
    rule_id: str | None = None  # of an ingest: the assignment rule to run
    uploaded: bool = False
    processed: int = 0  # rows of an ingest that were tried
    failed: int = 0  # rows among them that were refused
    error: str | None = None

    @property
    def records(self) -> int:
        """Give the number of records found."""
        return sum(self.pages)

    @property
    def milliseconds(self) -> int:
        """Give how long it took, by the org's clock."""
        return int((instant(self.changed_at) - instant(self.made_at)).total_seconds() * 1000)


def head(job: Job) -> dict[str, object]:
    """Give what is told of a job wherever it is shown."""
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "createdById": job.user_id,
        "createdDate": job.made_at,
        "systemModstamp": job.changed_at,
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.version),
    }


def folder(state: State, job_id: str) -> Path:
    """Give the folder a job's files lie in."""
    return state.folder / "jobs" / job_id


def keep(state: State, job: Job) -> None:
    """Store a job, new or changed."""
    value = json.dumps(asdict(job))
    state.run(
        "INSERT OR REPLACE INTO _job (id, kind, state, made_at, value) VALUES (?, ?, ?, ?, ?)",
        (job.id, job.kind, job.state, job.made_at, value),
    )


def find(state: State, job_id: str, kind: str) -> Job:
    """Find a job by its 15- or 18-character id. Raises Refusal NOT_FOUND."""
    row = state.one("SELECT value FROM _job WHERE kind = ? AND id IN (?, ?)", (kind, job_id, _long(job_id)))
    if row is None:
        raise not_found()
    return read(str(row["value"]))


def own(org: OrgContext, job_id: str, kind: str) -> Job:
    """Find a job of who asks; whoever may do all sees those of others too (assumed). Raises Refusal NOT_FOUND."""
    job = find(org.state, job_id, kind)
    if org.seen is not None and job.user_id != org.user_id:
        raise not_found()
    return job


def forget(state: State, job: Job) -> None:
    """Remove a job and its files."""
    state.run("DELETE FROM _job WHERE id = ?", (job.id,))
    _remove_files(state, job.id)


def result_days(state: State) -> int:
    """Give how many days a job stays with its results once it has ended."""
    kept = state.setting(DAYS_SETTING)
    return kept if isinstance(kept, int) else RESULT_DAYS


def purge(state: State, now: datetime) -> int:
    """Remove jobs of all APIs that ended long ago, with their batches and files; give the number of jobs."""
    sql = f"""SELECT id FROM _job WHERE kind IN ({", ".join("?" * len(_ENDING))}) AND state IN ({_OVER})
              AND json_extract(value, '$.changed_at') < ?"""  # noqa: S608 - our own words
    old = [str(row["id"]) for row in state.rows(sql, (*_ENDING, stamp(now - timedelta(days=result_days(state)))))]
    for job_id in old:
        state.run("DELETE FROM _job WHERE id = ? OR kind = ?", (job_id, f"{_ENDING[2]} {job_id}"))
        _remove_files(state, job_id)
    return len(old)


def _remove_files(state: State, job_id: str) -> None:
    for path in files_of(state, job_id):
        path.unlink()
    if folder(state, job_id).is_dir():
        folder(state, job_id).rmdir()


def files_of(state: State, job_id: str) -> Iterator[Path]:
    """Give a job's files."""
    place = folder(state, job_id)
    yield from sorted(place.iterdir()) if place.is_dir() else ()


def is_due(org: OrgContext, job: Job) -> bool:
    """Tell whether a running job has had the time it takes."""
    return has_had_its_time(org, job.polls, job.changed_at)


def has_had_its_time(org: OrgContext, polls: int, since: str) -> bool:
    """Tell whether what was to be done since then, and was looked at so often, is to be done by now."""
    if org.trouble is not None and org.trouble.job_is_stuck():
        return False
    span = seconds_taken(org.state)
    if span is None:
        return polls > int(_setting(org.state).partition(":")[2])
    return org.now >= instant(since) + span


def seconds_taken(state: State) -> timedelta | None:
    """Give how long jobs take by the org's clock, None where looks are counted instead."""
    name, _, amount = _setting(state).partition(":")
    return None if name == "polls" else timedelta(seconds=float(amount) if name == "seconds" else 0)


def _setting(state: State) -> str:
    return str(state.setting(SETTING) or "immediate")


def made_today(org: OrgContext, kinds: str) -> int:
    """Count what was made of jobs in the last 24 hours and is still kept."""
    since = stamp(org.now - timedelta(days=1))
    row = org.state.one("SELECT count(*) AS n FROM _job WHERE kind GLOB ? AND made_at > ?", (kinds, since))
    return 0 if row is None else int(row["n"])


def demand_one_more(org: OrgContext, limit: str) -> None:
    """Refuse a job for which the day has no room. Raises Refusal LIMIT_EXCEEDED (the code is assumed)."""
    most = usage.allowance(org.state, limit, USUAL[limit])
    if made_today(org, DAILY[limit]) >= most:
        raise Refusal(403, "LIMIT_EXCEEDED", f"{limit} Limit exceeded: {most} in 24 hours")


def aborted(org: OrgContext, job: Job, states: tuple[str, ...] = RUNNING) -> Job:
    """Abort a job in one of these states. Raises Refusal INVALIDJOBSTATE for one that has ended."""
    if job.state not in states:
        raise wrong_state(f"Aborting already {_ENDED[job.state]} Job not allowed")
    return replace(job, state="Aborted", changed_at=org.stamp)


def wrong_state(reason: str) -> Refusal:
    """Give the refusal of what a job's state does not allow."""
    return Refusal(400, "INVALIDJOBSTATE", reason)


_ENDED = {"JobComplete": "Completed", "Failed": "Failed", "Aborted": "Aborted"}


def read(value: str) -> Job:
    """Read a job as it is kept."""
    facts = json.loads(value)
    return Job(**{**facts, "pages": tuple(facts["pages"])})


def _long(job_id: str) -> str:
    return to_18(job_id) if is_id(job_id) else job_id
