"""Bulk jobs, and the entries of the outbox that go by them: many at once, never all in memory.

A job is written down before the org is asked for one, its Salesforce id before anything is uploaded, and its end when
every entry that went by it has been dealt with. So whoever finds a job here that has not ended knows what to settle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from sfsync.clock import Clock
from sfsync.errors import MirrorError
from sfsync.mirror import tables
from sfsync.mirror.claimable import READY, claimable
from sfsync.mirror.driver import driver
from sfsync.mirror.entries import Call, Entry
from sfsync.mirror.entry_rows import ENTRIES, changed_fields, entry_of
from sfsync.mirror.landing import land
from sfsync.mirror.slices import slices
from sfsync.mirror.updates import Held, held_against_mirror
from sfsync.records.change import Action
from sfsync.records.values import datetime_text

_table = tables.jobs


@dataclass(frozen=True, slots=True)
class Job:
    """One Bulk job that has not ended."""

    id: int  # ours
    run: int
    call: Call
    job_id: str | None  # Salesforce's; None where the answer to the create never came in
    begun_at: datetime  # by the org's clock, before the create


class Jobs:
    """All jobs, and the entries that go by them."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    # --- jobs ---

    def begin(self, run: int, call: Call, at: datetime) -> int:
        """Say that the org is going to be asked for a job; give our number for it. Commit before it is asked."""
        parts = {"action": call.action.value, "sobject": call.sobject, "key_field": call.key_field}
        row = insert(_table).values(run=run, begun_at=at, outcome="", **parts).returning(_table.c.id)
        return int(self._connection.execute(row).scalar_one())

    def made(self, job: int, job_id: str) -> None:
        """Say under which id the org has made it."""
        self._connection.execute(update(_table).where(_table.c.id == job).values(job_id=job_id))

    def end(self, job: int, outcome: str) -> None:
        """Say that every entry that went by it has been dealt with, and how the job ended."""
        ended = {"ended_at": self._clock.now(), "outcome": outcome}
        self._connection.execute(update(_table).where(_table.c.id == job).values(**ended))

    def open(self) -> list[Job]:
        """Give the jobs that have not ended, oldest first."""
        rows = self._connection.execute(select(_table).where(_table.c.ended_at.is_(None)).order_by(_table.c.id))
        return [_job(row) for row in rows]

    def known(self, job_ids: Iterable[str]) -> set[str]:
        """Give those of these Salesforce ids that are ours."""
        found: set[str] = set()
        for some in slices(job_ids):
            found.update(self._connection.execute(select(_table.c.job_id).where(_table.c.job_id.in_(some))).scalars())
        return found

    # --- entries on their way into a job ---

    def claim(self, run: int, limit: int, now: datetime) -> Call | None:
        """Take what may be sent now: the oldest, and those after it that go in the same kind of call.

        They become CLAIMED. Gives what kind of call that is; None where nothing may be sent.
        """
        raw = driver(self._connection)
        ready = {"run": run, "now": datetime_text(now), "limit": limit}
        first: tuple[Any, ...] | None = None
        last = 0
        for row in raw.execute(claimable(self._connection), ready):
            first = first or row
            if row[1:] != first[1:]:
                break
            last = row[0]
        if first is None:
            return None
        raw.execute(
            f"UPDATE _outbox AS entry SET state = 'CLAIMED', due_at = NULL WHERE {READY} AND id <= :last",  # noqa: S608 - our own constants
            {**ready, "last": last},
        )
        return Call(Action(first[1]), first[2], first[3])

    def fields(self, run: int) -> list[str]:
        """Give the fields that a run's CLAIMED entries change, in order."""
        return sorted(changed_fields(self._connection, "run = ? AND state = 'CLAIMED'", (run,)))

    def claimed(self, run: int, after: int, limit: int) -> list[Entry]:
        """Give a run's CLAIMED entries behind one, oldest first."""
        where = "WHERE state = 'CLAIMED' AND run = ? AND id > ? ORDER BY id LIMIT ?"
        return [entry_of(row) for row in driver(self._connection).execute(f"{ENTRIES} {where}", (run, after, limit))]

    def held(self, run: int, sobject: str, fields: Sequence[str], after: int, limit: int) -> list[Held]:
        """Hold a run's CLAIMED updates behind one, oldest first, against the mirror."""
        where = "entry.state = 'CLAIMED' AND entry.run = ? AND entry.id > ? ORDER BY entry.id LIMIT ?"
        return held_against_mirror(self._connection, sobject, fields, where, (run, after, limit))

    def unclaim(self, run: int, after: int = 0) -> None:
        """Let go of a run's CLAIMED entries behind one: they are NEW again."""
        driver(self._connection).execute(
            "UPDATE _outbox SET state = 'NEW' WHERE state = 'CLAIMED' AND run = ? AND id > ?", (run, after)
        )

    def send(self, job: int, run: int, rows: int) -> None:
        """Say that a run's CLAIMED entries, so many, go by a job from now on. Commit before anything is uploaded."""
        sent = driver(self._connection).execute(
            "UPDATE _outbox SET state = 'SENT', sent_at = ?, attempts = attempts + 1, job = ?"
            " WHERE state = 'CLAIMED' AND run = ?",
            (datetime_text(self._clock.now()), job, run),
        )
        if sent.rowcount != rows:
            raise MirrorError(
                f"{rows} rows are to be uploaded and {sent.rowcount} entries of the outbox are claimed for them",
                todo="nothing was sent; run the command again",
            )

    # --- entries on their way out of it ---

    def by_key(self, job: Job, keys: Sequence[str]) -> dict[str, Entry]:
        """Give the entries that went by a job, settled ones too, by what their rows were joined with: id or key."""
        keyed = job.call.key_field
        found: dict[str, Entry] = {}
        for some in slices(keys):
            marks = ", ".join("?" * len(some))
            if keyed is None:
                where, sought = f"record_id IN ({marks})", list(some)
            else:  # `key_field = ?` is what has the index of keyed entries used
                where, sought = f"key_field = ? AND about IN ({marks})", [keyed, *(f"{keyed}={key}" for key in some)]
            rows = driver(self._connection).execute(f"{ENTRIES} WHERE job = ? AND {where}", (job.id, *sought))
            for row in rows:
                entry = entry_of(row)
                found[str(entry.change.id if keyed is None else entry.change.key)] = entry
        return found

    def taken(self, job: Job, ids: Sequence[str]) -> bool:
        """Bring updates that the org took to their end, with base and journal, without making an object of each.

        Those that ended before are passed over. False where one of these records went by another job, or by none.
        """
        found: list[tuple[Any, ...]] = []
        for some in slices(ids):
            marks = ", ".join("?" * len(some))
            found += driver(self._connection).execute(
                f"SELECT id, record_id, change, state FROM _outbox WHERE job = ? AND record_id IN ({marks})",  # noqa: S608 - marks
                (job.id, *some),
            )
        if len(found) != len(set(ids)):
            return False
        under_way = [row[:3] for row in found if row[3] in ("SENT", "UNKNOWN")]
        land(self._connection, job.call.sobject, under_way, run=job.run, now=self._clock.now())
        return True

    def release(self, job: int, until: datetime, code: str, message: str) -> None:
        """Say that a job's entries that are open surely did not happen: they wait, to be sent again at a time."""
        self._all_open(job, "state = 'WAITING', due_at = ?, code = ?, message = ?", datetime_text(until), code, message)

    def doubt(self, job: int) -> None:
        """Say that of a job's entries that are open nobody knows what became: they are UNKNOWN until somebody looks."""
        self._all_open(job, "state = 'UNKNOWN'")

    def most_tried(self, job: int) -> int:
        """Give how often that of a job's open entries was sent that was sent most often."""
        where = "job = ? AND state IN ('SENT', 'UNKNOWN')"
        found = driver(self._connection).execute(f"SELECT max(attempts) FROM _outbox WHERE {where}", (job,))  # noqa: S608 - ours
        return int(found.fetchone()[0] or 0)

    def _all_open(self, job: int, becomes: str, *values: str) -> None:
        where = "state IN ('SENT', 'UNKNOWN') AND job = ?"
        driver(self._connection).execute(f"UPDATE _outbox SET {becomes} WHERE {where}", (*values, job))  # noqa: S608 - ours


def _job(row: Row[Any]) -> Job:
    call = Call(Action(row.action), row.sobject, row.key_field)
    return Job(row.id, row.run, call, row.job_id, row.begun_at)
