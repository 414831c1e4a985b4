"""Jobs and batches of Bulk API 1.0: what is kept of them. They live in the table of jobs, as kinds of their own."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sfsync.localorg.bulk2 import jobs as files
from sfsync.localorg.context import OrgContext
from sfsync.localorg.state import State
from sfsync.localorg.values import instant
from sfsync.localorg.wire import Refusal
from sfsync.records.ids import is_id, to_18

KIND = "bulk 1.0"
BATCH_PREFIX, RESULT_PREFIX = "751", "752"
QUERIES = ("query", "queryAll")
RUNNING = ("Queued", "InProgress")


@dataclass(frozen=True, slots=True)
class Job:
    """One job: what to do with the records of its batches."""

    id: str
    operation: str
    object: str
    content: str  # CSV, XML or JSON
    concurrency: str  # Parallel or Serial
    version: str
    user_id: str
    made_at: str
    changed_at: str
    state: str = "Open"  # Open, Closed, Aborted
    key: str | None = None  # externalIdFieldName
    rule_id: str | None = None  # assignmentRuleId
    chunk: int = 0  # records of a chunk; 0 where the query is not to be cut by ids


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch: records to write, or a query to run."""

    id: str
    job_id: str
    made_at: str
    changed_at: str
    state: str = "Queued"  # Queued, InProgress, Completed, Failed, NotProcessed
    message: str | None = None
    processed: int = 0
    failed: int = 0
    polls: int = 0  # looks at it so far
    result_id: str | None = None  # of a query, once there is one

    @property
    def milliseconds(self) -> int:
        """Give how long it took, by the org's clock."""
        return int((instant(self.changed_at) - instant(self.made_at)).total_seconds() * 1000)


def keep_job(state: State, job: Job) -> None:
    """Store a job, new or changed."""
    _keep(state, KIND, job.id, job.state, job.made_at, asdict(job))


def keep_batch(state: State, batch: Batch) -> None:
    """Store a batch, new or changed."""
    _keep(state, f"{KIND} {batch.job_id}", batch.id, batch.state, batch.made_at, asdict(batch))


def find_job(state: State, job_id: str) -> Job:
    """Find a job. Raises Refusal InvalidJob."""
    row = _row(state, KIND, job_id)
    if row is None:
        raise Refusal(400, "InvalidJob", f"Invalid job id: {job_id}")
    return Job(**json.loads(row))


def own_job(org: OrgContext, job_id: str) -> Job:
    """Find a job of who asks; whoever may do all sees those of others too (assumed). Raises Refusal InvalidJob."""
    job = find_job(org.state, job_id)
    if org.seen is not None and job.user_id != org.user_id:
        raise Refusal(400, "InvalidJob", f"Invalid job id: {job_id}")
    return job


def find_batch(state: State, job: Job, batch_id: str) -> Batch:
    """Find a batch of a job. Raises Refusal InvalidBatch."""
    row = _row(state, f"{KIND} {job.id}", batch_id)
    if row is None:
        raise Refusal(400, "InvalidBatch", f"Invalid batch id: {batch_id}")
    return Batch(**json.loads(row))


def batches(state: State, job: Job) -> list[Batch]:
    """Give the batches of a job, oldest first."""
    rows = state.rows("SELECT value FROM _job WHERE kind = ? ORDER BY id", (f"{KIND} {job.id}",))
    return [Batch(**json.loads(row["value"])) for row in rows]


def place(state: State, batch: Batch, name: str) -> Path:
    """Give the path of a batch's file: `request`, `result`."""
    return files.folder(state, batch.job_id) / f"{batch.id}.{name}"


def tally(found: Sequence[Batch]) -> dict[str, int]:
    """Count batches and records as job infos show them."""
    states = [one.state for one in found]
    return {
        "numberBatchesQueued": states.count("Queued"),
        "numberBatchesInProgress": states.count("InProgress"),
        "numberBatchesCompleted": states.count("Completed"),
        "numberBatchesFailed": states.count("Failed"),
        "numberBatchesTotal": len(states),
        "numberRecordsProcessed": sum(one.processed for one in found),
        "numberRecordsFailed": sum(one.failed for one in found),
    }


def _keep(state: State, kind: str, kept_id: str, is_now: str, made_at: str, value: dict[str, object]) -> None:
    sql = "INSERT OR REPLACE INTO _job (id, kind, state, made_at, value) VALUES (?, ?, ?, ?, ?)"
    state.run(sql, (kept_id, kind, is_now, made_at, json.dumps(value)))


def _row(state: State, kind: str, asked: str) -> str | None:
    long = to_18(asked) if is_id(asked) else asked
    row = state.one("SELECT value FROM _job WHERE kind = ? AND id = ?", (kind, long))
    return None if row is None else str(row["value"])
