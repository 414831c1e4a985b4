"""The outbox as people handle it: listing entries, sending a dead letter again, cancelling what was not sent."""

from collections.abc import Sequence

from sfsync.errors import UsageError
from sfsync.mirror.books import Books
from sfsync.mirror.entries import EntryState
from sfsync.plan.plan import Plan
from sfsync.sync.apply import send
from sfsync.sync.context import Context
from sfsync.sync.outcome import Outcome
from sfsync.sync.run import begin, finish, told
from sfsync.sync.telling import entry_to_plain


def listed_entries(books: Books, run: int | None, states: Sequence[EntryState], limit: int) -> Outcome:
    """List entries, newest first; without states those that are open, and the dead letters."""
    if states:
        found = books.outbox.entries(run=run, states=states, limit=limit)
    else:
        still_open = [state for state in EntryState if not state.settled]
        dead = [entry for entry in books.outbox.dead_letters(limit) if run is None or entry.run == run]
        found = books.outbox.entries(run=run, states=still_open, limit=limit) + dead
        found = sorted(found, key=lambda entry: -entry.id)[:limit]
    return Outcome("outbox", counts=books.outbox.counts(run), data={"entries": [entry_to_plain(one) for one in found]})


def shown_entry(books: Books, entry_id: int) -> Outcome:
    """Show one entry. Raises UsageError where there is none of that number."""
    entry = books.outbox.get(entry_id)
    if entry is None:
        raise UsageError(f"there is no entry {entry_id}", todo="list them with `sfsync outbox list`")
    return Outcome("outbox", run=entry.run, data={"entry": entry_to_plain(entry)})


def revive_entry(context: Context, entry_id: int, wait_seconds: float) -> Outcome:
    """Send a dead letter again: as a new entry of a run of its own, which points to the old one."""
    with begin(context, "revive", wait_seconds, {"entry": entry_id}) as run:
        with context.mirror.writing() as books:
            if books.outbox.get(entry_id) is None:
                raise UsageError(f"there is no entry {entry_id}", todo="list them with `sfsync outbox list`")
            books.outbox.revive(entry_id, run)
        send(context, run)
        plan = Plan(context.org.identity().org_id, context.clock.now(), ())
        return finish(context, told(context, "revive", run, plan, {}))


def cancel_entries(context: Context, ids: Sequence[int], wait_seconds: float) -> Outcome:
    """Cancel entries that were not sent. Raises UsageError where one of them was, or is not there."""
    with begin(context, "cancel", wait_seconds) as run:
        with context.mirror.writing() as books:
            cancelled = books.outbox.cancel(ids)
            if cancelled != len(set(ids)):
                raise UsageError(
                    f"{len(set(ids)) - cancelled} of these entries cannot be cancelled: they were sent, are settled, "
                    "or are not there; none was cancelled",
                    todo="look at them with `sfsync outbox show ENTRY`",
                )
        return finish(context, Outcome("outbox", run=run, counts={"cancelled": cancelled}))
