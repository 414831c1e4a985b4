"""Writing down what became of entries: outbox, base and journal in one transaction."""

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sfsync.mirror.books import Books
from sfsync.mirror.entries import Entry, EntryState, Settlement
from sfsync.mirror.journal import Line, Origin
from sfsync.plan.undo import CREATED
from sfsync.records.change import Action, Change
from sfsync.records.values import Value, same
from sfsync.sync.standing import Standing

Kind = TypeVar("Kind", bound=Hashable)

DRIFT = "SFSYNC_DRIFT"  # the record is no longer as the plan found it
GONE = "SFSYNC_GONE"  # the record is no longer to be seen
ALREADY = "already so"  # the message of an entry that needed no sending
_PAUSE_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0)  # before the first, second ... try of an entry


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one entry, for the books."""

    entry: Entry
    state: EntryState
    code: str = ""
    message: str = ""
    record_id: str | None = None
    ours: bool = True  # applied by us, not found as wanted
    created: bool = False  # by us


def pause_seconds(tries: int) -> float:
    """Give how long an entry waits that was tried so many times."""
    return _PAUSE_SECONDS[max(0, min(tries, len(_PAUSE_SECONDS) - 1))]


def verdict(entry: Entry, standing: Standing, words: str) -> Settled | None:
    """Give what a record's standing settles about its entry; None where the change is still to be sent.

    What is so already is our doing where the entry was sent before, somebody else's where it never was.
    """
    if standing is Standing.AS_PLANNED:
        return None
    if standing is Standing.ALREADY_SO:
        ours = entry.attempts > 0
        return Settled(entry, EntryState.APPLIED, "", "" if ours else ALREADY, entry.change.id, ours)
    return Settled(entry, EntryState.SUPERSEDED, GONE if standing is Standing.GONE else DRIFT, words)


def record(books: Books, run: int, settled: Sequence[Settled], now: datetime) -> None:
    """Write down what became of entries: outbox, base and journal in the transaction of `books`."""
    books.outbox.wait_each([_wait(one, now) for one in settled if one.state is EntryState.WAITING])
    books.outbox.settle_many(
        Settlement(one.entry.id, one.state, one.code, one.message, _found(one))
        for one in settled
        if one.state is not EntryState.WAITING
    )
    applied = [one for one in settled if one.state is EntryState.APPLIED and one.record_id]
    for (sobject, deleting), some in _alike(applied, lambda one: (one.entry.change.sobject, _deletes(one))):
        if deleting:
            _bury(books, run, sobject, some, now)
        else:
            _write_base(books, run, sobject, [one for one in some if one.ours], now)


def _found(one: Settled) -> str | None:
    """Give the record an entry turned out to be about, where that was not known."""
    return None if one.record_id == one.entry.change.id else one.record_id


def _alike(settled: Sequence[Settled], kind: Callable[[Settled], Kind]) -> list[tuple[Kind, list[Settled]]]:
    found: dict[Kind, list[Settled]] = {}
    for one in settled:
        found.setdefault(kind(one), []).append(one)
    return list(found.items())


def _deletes(one: Settled) -> bool:
    return one.entry.change.action is Action.DELETE


def _wait(one: Settled, now: datetime) -> tuple[int, datetime, str, str]:
    until = now + timedelta(seconds=pause_seconds(one.entry.attempts))
    return one.entry.id, until, one.code, one.message


def _write_base(books: Books, run: int, sobject: str, written: Sequence[Settled], now: datetime) -> None:
    mirrored = books.schemas.pulled(sobject)
    if mirrored and written:
        books.records.settle(
            sobject,
            [(str(one.record_id), _kept(one.entry.change)) for one in written],
            run=run,
            because=[_reasons(one.entry.change) for one in written],
            found={
                str(one.record_id): one.entry.change.before()
                for one in written
                if one.entry.change.action is Action.UPDATE
            },
        )
    known = frozenset(mirrored)
    books.journal.add(line for one in written for line in _unmirrored(one, known, run, now))
    made = [one for one in written if one.entry.change.action is Action.CREATE and one.entry.change.key]
    for key_field, some in _alike(made, lambda one: str(one.entry.change.key_field)):
        books.keys.put_many(key_field, sobject, [(str(one.entry.change.key), str(one.record_id)) for one in some])


def _bury(books: Books, run: int, sobject: str, deleted: Sequence[Settled], now: datetime) -> None:
    ids = [str(one.record_id) for one in deleted]
    living = {record.id for record in books.records.records(sobject, [], ids=ids)}
    for (ours, because), some in _alike(deleted, lambda one: (one.ours, one.entry.change.because)):
        origin: Origin = "sfsync" if ours else "org"
        gone = [(str(one.record_id), now) for one in some]
        books.records.bury(sobject, gone, run=run, origin=origin, because=because)
        unseen = [record_id for record_id, _ in gone if ours and record_id not in living]
        books.journal.add(
            Line(0, run, now, sobject, record_id, "IsDeleted", False, True, origin, None, because)
            for record_id in unseen
        )


def _unmirrored(one: Settled, mirrored: Collection[str], run: int, now: datetime) -> Iterator[Line]:
    """Give the journal's lines for what the mirror has no column for, and for a record that was made."""
    change, record_id = one.entry.change, str(one.record_id)
    if one.created:
        yield Line(0, run, now, change.sobject, record_id, CREATED, None, record_id, "sfsync", None, change.because)
    for part in change.fields:
        if part.field not in mirrored and not same(part.before, part.after):
            reasons = part.because or change.because
            yield Line(
                0, run, now, change.sobject, record_id, part.field, part.before, part.after, "sfsync", None, reasons
            )  # fmt: skip


def _kept(change: Change) -> dict[str, Value]:
    values = dict(change.after())
    if change.key and change.key_field:
        values[change.key_field] = change.key
    return values


def _reasons(change: Change) -> dict[str, tuple[str, ...]]:
    return {part.field: part.because or change.because for part in change.fields}
