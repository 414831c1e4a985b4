"""Plan to org: staged in the outbox first, then claimed, checked against the org, sent and settled, group by group.

A kill at any point repeats at most one group, and repeats it by looking first.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sfsync.errors import Next, OrgBusy, OrgError, OutcomeUnknown
from sfsync.mirror.entries import Entry, EntryState
from sfsync.plan.plan import WRITE_SIZE
from sfsync.records.change import Action, Change
from sfsync.salesforce.port import Outcome
from sfsync.sync.context import Context
from sfsync.sync.readback import look, settle_doubts
from sfsync.sync.settle import DRIFT, Settled, pause_seconds, record, verdict
from sfsync.sync.standing import check

TRIES = 5  # of one entry, where the org is busy or its answers get lost


def send(context: Context, run: int) -> None:
    """Send a run's entries until none is left that could be sent.

    What waits for another run's entry about the same record is left. Raises the OrgError that stopped it; what was not
    sent stays in the outbox.
    """
    total = _open(context, run)
    context.progress.step(f"apply: {total:,} changes")
    while True:
        settle_doubts(context, run)
        now = context.clock.now()
        with context.mirror.writing() as books:
            entries = books.outbox.claim(run, WRITE_SIZE, now)
        if entries:
            _deliver(context, run, entries)
            context.progress.count("applied", total - _open(context, run), total)
        elif not _wait_for_due(context, run, now):
            return


def _open(context: Context, run: int) -> int:
    with context.mirror.reading() as books:
        counts = books.outbox.counts(run)
    return sum(counts.get(state.value, 0) for state in EntryState if not state.settled)


def _wait_for_due(context: Context, run: int, now: datetime) -> bool:
    """Sleep until the next entry of the run is due that was not yet; False where there is none."""
    with context.mirror.reading() as books:
        waiting = books.outbox.entries(run=run, states=(EntryState.WAITING,), limit=10_000)
    due = [entry.due_at for entry in waiting if entry.due_at is not None and entry.due_at > now]
    if not due:
        return False
    context.clock.sleep(max((min(due) - context.clock.now()).total_seconds(), 0.01))
    return True


def _deliver(context: Context, run: int, entries: Sequence[Entry]) -> None:
    """Check, send and settle one group: entries of one action, sObject and key field."""
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
            settled += _settled(context, to_send, _write(context, [entry.change for entry in to_send]))
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
        return _not_made_yet(context, entries)
    present = look(context, [entry.change for entry in entries])
    to_send, settled = [], []
    for entry, values in zip(entries, present, strict=True):
        known = verdict(entry, *check(entry.change, values))
        if known is None:
            to_send.append(entry)
        else:
            settled.append(known)
    return to_send, settled


def _not_made_yet(context: Context, entries: Sequence[Entry]) -> tuple[list[Entry], list[Settled]]:
    """Hold creates against the keys that stand for a record already: a key is made once, whatever became of it."""
    key_field = entries[0].change.key_field
    if key_field is None:
        return list(entries), []
    with context.mirror.reading() as books:
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


def _settled(context: Context, entries: Sequence[Entry], outcomes: Sequence[Outcome]) -> list[Settled]:
    settled = []
    for entry, outcome in zip(entries, outcomes, strict=True):
        if outcome.done:
            made = entry.change.action is Action.CREATE and outcome.created
            record_id = outcome.id or entry.change.id
            settled.append(Settled(entry, EntryState.APPLIED, record_id=record_id, created=made))
            continue
        refusal = outcome.refusals[0]
        again = refusal.next in (Next.RETRY, Next.WAIT) and entry.attempts + 1 < TRIES
        state = EntryState.WAITING if again else EntryState.REJECTED
        settled.append(Settled(entry, state, refusal.code, refusal.message))
    return settled


def _put_back(context: Context, entries: Sequence[Entry], error: OrgError) -> None:
    """The call did not happen: its entries wait, to be sent again later."""
    pause = pause_seconds(max(entry.attempts for entry in entries) + 1)
    due_at = context.clock.now() + timedelta(seconds=pause)
    with context.mirror.writing() as books:
        books.outbox.wait([entry.id for entry in entries], due_at, error.code, error.problems[0].message)
