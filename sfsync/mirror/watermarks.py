"""How far each sObject has been pulled, and where an interrupted pull goes on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from sfsync.clock import Clock
from sfsync.mirror import tables
from sfsync.mirror.driver import insert


@dataclass(frozen=True, slots=True)
class Watermark:
    """Up to when an sObject's changes are in the mirror."""

    sobject: str
    covered_until: datetime
    run: int  # that brought it here
    heard_at: datetime | None = None  # by this machine's clock: the org's was not earlier than that then


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a pull that was cut off goes on."""

    run: int
    job_id: str | None  # of the Bulk query, where there is one
    position: str | None  # of the next page; None for the first
    started_at: datetime
    fields: tuple[str, ...]


class Watermarks:
    """The watermarks, by sObject."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def get(self, sobject: str) -> Watermark | None:
        """Give an sObject's watermark, None before its first full pull is complete and after a reset."""
        table = tables.watermarks
        row = self._connection.execute(select(table).where(table.c.sobject == sobject)).first()
        if row is None or row.covered_until is None:
            return None
        return Watermark(row.sobject, row.covered_until, row.run, row.heard_at)

    def set(self, sobject: str, covered_until: datetime, *, run: int, heard_at: datetime | None = None) -> None:
        """Move a watermark forward; it never goes back, an earlier time leaves it where it is.

        `heard_at` is when, by this machine's clock, the org's was at or past that time. The first call for an sObject
        says that its first full pull is complete.
        """
        table = tables.watermarks
        row = insert(self._connection, table).values(
            sobject=sobject,
            covered_until=covered_until,
            run=run,
            first_complete_at=self._clock.now(),
            heard_at=heard_at,
        )
        later = func.coalesce(table.c.covered_until, "") < row.excluded.covered_until
        self._connection.execute(
            row.on_conflict_do_update(
                index_elements=["sobject"],
                set_={name: row.excluded[name] for name in ("covered_until", "run", "heard_at")},
                where=later,
            )
        )

    def reset(self, sobject: str) -> None:
        """Forget how far it was pulled, so that the next pull is a full one; when the first was complete stays."""
        table = tables.watermarks
        self._connection.execute(update(table).where(table.c.sobject == sobject).values(covered_until=None))

    def first_complete_at(self, sobject: str) -> datetime | None:
        """Give when the first full pull was complete, None while it is not."""
        table = tables.watermarks
        return self._connection.execute(select(table.c.first_complete_at).where(table.c.sobject == sobject)).scalar()

    def keep(self, sobject: str, resume: Resume) -> None:
        """Keep where this sObject's pull goes on, in place of what was kept."""
        parts = {
            "run": resume.run,
            "job_id": resume.job_id,
            "position": resume.position,
            "started_at": resume.started_at,
            "fields": list(resume.fields),
        }
        row = insert(self._connection, tables.resumes).values(sobject=sobject, **parts)
        self._connection.execute(row.on_conflict_do_update(index_elements=["sobject"], set_=parts))

    def resume(self, sobject: str) -> Resume | None:
        """Give where this sObject's pull goes on, None where none was cut off."""
        table = tables.resumes
        row = self._connection.execute(select(table).where(table.c.sobject == sobject)).first()
        if row is None:
            return None
        return Resume(row.run, row.job_id, row.position, row.started_at, tuple(row.fields))

    def forget(self, sobject: str) -> None:
        """Forget where it goes on: the pull is complete, or starts afresh."""
        self._connection.execute(delete(tables.resumes).where(tables.resumes.c.sobject == sobject))
