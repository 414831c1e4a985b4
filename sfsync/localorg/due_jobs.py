"""Bulk jobs whose time has come, whoever looks: each request first carries them out, as of the moment they were due.

With `polls:N` only looks move a job. A job that a fault on order may strike, when it is looked at, waits for that look.
A kill leaves a job as it was before: the next request begins it anew.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sfsync.localorg.bulk1 import jobs as bulk1
from sfsync.localorg.bulk1 import working
from sfsync.localorg.bulk2 import ingest, jobs, query
from sfsync.localorg.context import OrgContext
from sfsync.localorg.faults import orders
from sfsync.localorg.faults.asked import About
from sfsync.localorg.state import State
from sfsync.localorg.values import instant
from sfsync.localorg.wire import Request

_RUNNING = (
    "SELECT kind, value FROM _job WHERE state IN ('UploadComplete', 'InProgress', 'Queued')"  # as the index has it
)
_TOLD = {ingest.KIND: ingest, query.KIND: query}


@dataclass(frozen=True, slots=True)
class _Due:
    """A job, or a batch of Bulk API 1.0, that is to be done by now."""

    at: datetime
    work: jobs.Job | bulk1.Batch

    @property
    def order(self) -> tuple[datetime, str]:
        """Give its place among others."""
        return self.at, self.work.id


def carry_out(org: OrgContext) -> None:
    """Carry out all that is due, in the order in which it became so."""
    running = org.state.rows(_RUNNING)
    span = jobs.seconds_taken(org.state) if running else None
    if span is None:
        return
    found = [one for row in running for one in _due(row["kind"], row["value"], span) if one.at <= org.now]
    for one in sorted(found, key=lambda due: due.order):
        _carry_out(org, one)


def _due(kind: str, value: str, span: timedelta) -> Iterator[_Due]:
    if kind in _TOLD:
        job = jobs.read(value)
        yield _Due(instant(job.changed_at) + span, job)
    elif kind.startswith(f"{bulk1.KIND} "):
        batch = bulk1.Batch(**json.loads(value))
        yield _Due(instant(batch.made_at) + span, batch)


def _carry_out(org: OrgContext, due: _Due) -> None:
    work = due.work
    owner = bulk1.find_job(org.state, work.job_id) if isinstance(work, bulk1.Batch) else work
    then = replace(org, now=due.at, user_id=owner.user_id, version=owner.version)
    if _may_be_struck(org.state, _look_at(work, owner.version), due.at):
        return
    org.state.begin(then.now, then.user_id)
    with org.state.transaction():
        if isinstance(owner, bulk1.Job):
            assert isinstance(work, bulk1.Batch)
            working.advanced(then, owner, work)
        else:
            _TOLD[owner.kind].advanced(then, owner)


def _look_at(work: jobs.Job | bulk1.Batch, version: str) -> Request:
    if isinstance(work, bulk1.Batch):
        path = f"/services/async/{version}/job/{work.job_id}/batch/{work.id}"
    else:
        path = f"/services/data/v{version}/jobs/{work.kind}/{work.id}"
    return Request("GET", path, {}, {}, b"", "", path)


def _may_be_struck(state: State, look: Request, now: datetime) -> bool:
    about = About(look, state)
    return any(not one.spent and one.fits(about, now) for one in orders.listed(state))
