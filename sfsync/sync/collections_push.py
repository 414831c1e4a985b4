"""One group of entries by a collections call: looked at before, sent, settled.

A kill at any point repeats at most one group, and repeats it by looking first.
"""

from collections.abc import Sequence
from datetime import timedelta

from sfsync.errors import Next, OrgBusy, OrgError, OutcomeUnknown
from sfsync.mirror.books import Books
from sfsync.mirror.entries import Entry, EntryState
from sfsync.records.change import Action, Change
from sfsync.salesforce.port import Outcome, Refusal
from sfsync.sync.context import Context
from sfsync.sync.readback import look
from sfsync.sync.settle import DRIFT, Settled, pause_seconds, record, verdict
from sfsync.sync.standing import check

TRIES = 5  # of one entry, where the org is busy or its answers get lost


def deliver(context: Context, run: int, entries: Sequence[Entry]) -> None:
    """Check, send and settle one group: claimed entries of one action, sObject and key field, at most 200."""
    try:
        to_send, settled = _checked(context, entries)
    except OrgError as error:
        _put_back(context, entries, error)
        raise
    if to_send:
        with context.mirror.writing() as books:
            books.outbox.send([entry.id for entry in to_send], context.clock.now())
        worn_out = max(entry.attempts for entry in to_send) + 1 >= TRIES
        try:
            settled += _settled(to_send, _write(context, [entry.change for entry in to_send]))
        except OutcomeUnknown:
            with context.mirror.writing() as books:
                books.outbox.doubt([entry.id for entry in to_send])
                record(books, run, settled, context.clock.now())
            if worn_out:
                raise
            return
        except OrgError as error:
            _put_back(context, entries, error)
            if worn_out or not isinstance(error, OrgBusy):
                raise
            return
    with context.mirror.writing() as books:
        record(books, run, settled, context.clock.now())


def _checked(context: Context, entries: Sequence[Entry]) -> tuple[list[Entry], list[Settled]]:
    """Look at the records before writing: which are to be sent, and which need no sending or must not be."""
    if entries[0].change.action is Action.CREATE:
        with context.mirror.reading() as books:
            return not_made_yet(books, entries)
    present = look(context, [entry.change for entry in entries])
    to_send, settled = [], []
    for entry, values in zip(entries, present, strict=True):
        known = verdict(entry, *check(entry.change, values))
        if known is None:
            to_send.append(entry)
        else:
            settled.append(known)
    return to_send, settled


def not_made_yet(books: Books, entries: Sequence[Entry]) -> tuple[list[Entry], list[Settled]]:
    """Hold creates against the keys that stand for a record already: a key is made once, whatever became of it."""
    key_field = entries[0].change.key_field
    if key_field is None:
        return list(entries), []
    made = books.keys.find(key_field, [str(entry.change.key) for entry in entries])
    words = "a record was made for its key since it was planned: {}"
    settled = [
        Settled(entry, EntryState.SUPERSEDED, DRIFT, words.format(made[str(entry.change.key)]))
        for entry in entries
        if str(entry.change.key) in made
    ]
    return [entry for entry in entries if str(entry.change.key) not in made], settled


def _write(context: Context, changes: Sequence[Change]) -> list[Outcome]:
    first = changes[0]
    if first.action is Action.DELETE:
        return context.org.delete(first.sobject, [str(change.id) for change in changes])
    if first.action is Action.UPDATE:
        return context.org.update(first.sobject, [(str(change.id), change.after()) for change in changes])
    if first.key_field is None:
        return context.org.create(first.sobject, [change.after() for change in changes])
    keyed = [(str(change.key), change.after()) for change in changes]
    return context.org.upsert(first.sobject, first.key_field, keyed)


def _settled(entries: Sequence[Entry], outcomes: Sequence[Outcome]) -> list[Settled]:
    return [
        taken(entry, outcome.id, created=outcome.created)
        if outcome.done
        else refused(entry, outcome.refusals[0], entry.attempts + 1)
        for entry, outcome in zip(entries, outcomes, strict=True)
    ]


def taken(entry: Entry, record_id: str | None, *, created: bool) -> Settled:
    """Give what an entry comes to that the org took."""
    made = entry.change.action is Action.CREATE and created
    return Settled(entry, EntryState.APPLIED, record_id=record_id or entry.change.id, created=made)


def refused(entry: Entry, refusal: Refusal, tries: int) -> Settled:
    """Give what an entry comes to that the org refused at its so-many-th try: some reasons pass."""
    again = refusal.next in (Next.RETRY, Next.WAIT) and tries < TRIES
    return Settled(entry, EntryState.WAITING if again else EntryState.REJECTED, refusal.code, refusal.message)


def _put_back(context: Context, entries: Sequence[Entry], error: OrgError) -> None:
    """The call did not happen: its entries wait, to be sent again later."""
    pause = pause_seconds(max(entry.attempts for entry in entries) + 1)
    due_at = context.clock.now() + timedelta(seconds=pause)
    with context.mirror.writing() as books:
        books.outbox.wait([entry.id for entry in entries], due_at, error.code, error.problems[0].message)
