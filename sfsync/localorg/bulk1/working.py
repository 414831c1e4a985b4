"""Carrying out batches: records in sets of 200, each with its own outcome; queries into a file."""

from dataclasses import replace
from functools import partial

from sfsync.localorg.bulk1 import querying, reading, results
from sfsync.localorg.bulk1.jobs import QUERIES, RESULT_PREFIX, RUNNING, Batch, Job, keep_batch, place
from sfsync.localorg.bulk2.beside import patiently
from sfsync.localorg.bulk2.jobs import has_had_its_time
from sfsync.localorg.bulk2.table import Unreadable
from sfsync.localorg.context import OrgContext
from sfsync.localorg.rights import seeing
from sfsync.localorg.saving import operations
from sfsync.localorg.saving.draft import Outcome
from sfsync.localorg.wire import Refusal

SET = 200  # records of one transaction


def advanced(org: OrgContext, job: Job, batch: Batch) -> Batch:
    """Bring a batch as far as its time allows, and keep it; a look at it is what carries it out."""
    if batch.state not in RUNNING or job.state == "Aborted":
        return batch
    batch = replace(batch, polls=batch.polls + 1)
    if not has_had_its_time(org, batch.polls, batch.made_at):
        batch = replace(batch, state="InProgress")
    else:
        seen = seeing.seen_by(org.state, job.user_id)
        then = replace(org, user_id=job.user_id, version=job.version, seen=seen)
        done = patiently(org, partial(_carried_out, then, job, batch))
        batch = done or replace(batch, state="InProgress")
    keep_batch(org.state, batch)
    return batch


def _carried_out(org: OrgContext, job: Job, batch: Batch) -> Batch:
    try:
        done = _query(org, job, batch) if job.operation in QUERIES else _write(org, job, batch)
    except (Unreadable, Refusal) as error:
        return replace(batch, state="Failed", message=str(error), changed_at=org.stamp)
    return replace(done, state="Completed", changed_at=org.stamp)


def _query(org: OrgContext, job: Job, batch: Batch) -> Batch:
    soql = place(org.state, batch, "request").read_text("utf-8", "replace")
    count = querying.write(org, job, soql, place(org.state, batch, "result"))
    return replace(batch, processed=count, result_id=org.state.next_id(RESULT_PREFIX)[:15])


def _write(org: OrgContext, job: Job, batch: Batch) -> Batch:
    found = reading.records(org, job, place(org.state, batch, "request"))
    outcomes: list[Outcome] = []
    for start in range(0, len(found), SET):
        with org.state.transaction():
            outcomes += _set(org, job, found[start : start + SET])
    results.write(place(org.state, batch, "result"), job.content, outcomes)
    return replace(batch, processed=len(outcomes), failed=sum(not one.success for one in outcomes))


def _set(org: OrgContext, job: Job, found: list[reading.Loaded]) -> list[Outcome]:
    kind = org.sobject(job.object)
    if job.operation in operations.DELETES:
        ids = [str(one.record_id or "") for one in found]
        return operations.delete(org, kind, ids, hard=job.operation == "hardDelete")
    drafts, ids_given = [one.draft for one in found], [one.record_id for one in found]
    return operations.write(org, kind, job.operation, job.key, drafts, ids_given, job.rule_id)
