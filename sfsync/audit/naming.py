"""Runs, records and moments as people name them on the command line."""

from datetime import UTC, datetime, tzinfo

from sfsync.errors import UsageError
from sfsync.mirror.books import Books
from sfsync.mirror.runs import Run
from sfsync.records.ids import to_18
from sfsync.records.record import Record

_FIRST_YEAR = 1700  # the org has no earlier dates


def run_named(books: Books, number: int) -> Run:
    """Give a run by its number.

    Raises UsageError where there is none, or it went on with an import that was cut short: that stays one import, and
    all that was written is told of its first run.
    """
    run = books.runs.get(number)
    if run is None:
        raise UsageError(f"there is no run {number}", todo="list the runs with `sfsync runs`")
    if first := run.detail.get("resumes"):
        words = f"run {number} went on with import {first}, and what it did counts as that run's"
        raise UsageError(words, todo=f"say {first} instead of {number}")
    return run


def record_named(books: Books, sobject: str, record_id: str) -> Record:
    """Give a record of the mirror, a tombstone too: any case of the sObject, either form of the id.

    Raises UsageError where there is no such record.
    """
    try:
        wanted = to_18(record_id)
    except ValueError as error:
        raise UsageError(str(error), todo="give it as Lead/00Q...") from error
    name = sobject_named(books, sobject)
    record = books.records.get(name, wanted)
    if record is None:
        raise UsageError(f"the mirror has no {name}/{record_id}", todo="pull first, or check the id")
    return record


def sobject_named(books: Books, sobject: str) -> str:
    """Give the name of a mirrored sObject as the org spells it. Raises UsageError where it is not mirrored."""
    known = {name.lower(): name for name in books.schemas.names()}
    if sobject.lower() not in known:
        raise UsageError(f"{sobject} is not mirrored", todo=f"mirrored are: {', '.join(known.values()) or 'none yet'}")
    return known[sobject.lower()]


def moment(text: str, zone: tzinfo = UTC, *, latest: datetime | None = None) -> datetime:
    """Read a moment as people write it: a day, or day and time; one without an offset is by the clock of the zone.

    Raises UsageError where it is none, or after the latest that may be asked for.
    """
    try:
        at = datetime.fromisoformat(text.strip())
        at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        if at.year < _FIRST_YEAR:
            raise ValueError
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text!r} is no moment", todo="write it as 2026-11-24T12:00, 2026-11-24T12:00:00Z or 2026-11-24"
        ) from None
    if latest is not None and at > latest:
        raise UsageError(f"{text!r} is yet to come, so nobody knows it", todo="give a moment that has passed")
    return at
