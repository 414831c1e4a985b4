"""Writing down what became of entries: outbox, base and journal in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sfsync.mirror.books import Books
from sfsync.mirror.entries import Entry, EntryState
from sfsync.records.change import Action, Change
from sfsync.records.values import Value
from sfsync.sync.standing import Standing

DRIFT = "SFSYNC_DRIFT"  # the record is no longer as the plan found it
GONE = "SFSYNC_GONE"  # the record is no longer to be seen
PAUSE_SECONDS = (1.0, 2.0, 4.0, 8.0)  # before the second, third ... try of an entry


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one entry, for the books."""

    entry: Entry
    state: EntryState
    code: str = ""
    message: str = ""
    record_id: str | None = None


def verdict(entry: Entry, standing: Standing, words: str) -> Settled | None:
    """Give what a record's standing settles about its entry; None where the change is still to be sent."""
    if standing is Standing.AS_PLANNED:
        return None
    if standing is Standing.ALREADY_SO:
        return Settled(entry, EntryState.APPLIED, message="already so", record_id=entry.change.id)
    return Settled(entry, EntryState.SUPERSEDED, GONE if standing is Standing.GONE else DRIFT, words)


def record(books: Books, run: int, settled: Sequence[Settled], now: datetime) -> None:
    """Write down what became of entries: outbox, base and journal in the transaction of `books`."""
    for one in settled:
        if one.state is EntryState.WAITING:
            pause = PAUSE_SECONDS[min(one.entry.attempts, len(PAUSE_SECONDS) - 1)]
            books.outbox.wait([one.entry.id], now + timedelta(seconds=pause), one.code, one.message)
        else:
            books.outbox.settle(one.entry.id, one.state, one.code, one.message, record_id=one.record_id)
    applied = [one for one in settled if one.state is EntryState.APPLIED and one.record_id]
    deleted = [one for one in applied if one.entry.change.action is Action.DELETE]
    _write_base(books, run, [one for one in applied if one.entry.change.action is not Action.DELETE])
    for one in deleted:
        books.records.bury(one.entry.change.sobject, [(str(one.record_id), now)], run=run, origin="sfsync")


def _write_base(books: Books, run: int, applied: Sequence[Settled]) -> None:
    for sobject in {one.entry.change.sobject for one in applied}:
        ours = [one for one in applied if one.entry.change.sobject == sobject]
        books.records.settle(
            sobject,
            [(str(one.record_id), _kept(one.entry.change)) for one in ours],
            run=run,
            because=[_reasons(one.entry.change) for one in ours],
        )
        for one in ours:
            if one.entry.change.action is Action.CREATE and one.entry.change.key:
                books.keys.put(str(one.entry.change.key_field), one.entry.change.key, sobject, str(one.record_id))


def _kept(change: Change) -> dict[str, Value]:
    values = dict(change.after())
    if change.key and change.key_field:
        values[change.key_field] = change.key
    return values


def _reasons(change: Change) -> dict[str, tuple[str, ...]]:
    return {part.field: part.because or change.because for part in change.fields}
