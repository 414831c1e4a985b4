"""The outbox as people handle it: listing entries, sending a dead letter again, cancelling what was not sent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from sfsync.errors import UsageError
from sfsync.mirror.books import Books
from sfsync.mirror.entries import EntryState
from sfsync.plan.plan import Plan
from sfsync.plan.policy import Policy
from sfsync.plan.preflight import preflight
from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.schema import SObject
from sfsync.records.values import from_text
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
    """Show one entry, with the file whose row it is of. Raises UsageError where there is none of that number."""
    entry = books.outbox.get(entry_id)
    if entry is None:
        raise UsageError(f"there is no entry {entry_id}", todo="list them with `sfsync outbox list`")
    run = books.runs.get(entry.run)
    file = run.detail.get("file") if run is not None and entry.change.row is not None else None
    return Outcome("outbox", run=entry.run, data={"entry": entry_to_plain(entry), "file": file})


def revive_entry(
    context: Context,
    entry_id: int,
    wait_seconds: float,
    mend: Mapping[str, str] = MappingProxyType({}),
    policies: Mapping[str, Policy] = MappingProxyType({}),
) -> Outcome:
    """Send a dead letter again: as a new entry of a run of its own, which points to the old one.

    `mend` gives fields other values, as text; an empty one clears. Raises UsageError where there is no such entry,
    what was mended cannot be, or a policy (by sObject) forbids the change: nothing is sent then.
    """
    with begin(context, "revive", wait_seconds, {"entry": entry_id, "mended": ", ".join(sorted(mend)) or None}) as run:
        with context.mirror.reading() as books:
            entry = books.outbox.get(entry_id)
        if entry is None:
            raise UsageError(f"there is no entry {entry_id}", todo="list them with `sfsync outbox list`")
        if entry.change.unread:
            words = f"row {entry.change.row} could not be read, so there is nothing to send again: {entry.message}"
            raise UsageError(words, todo="mend it in the file and import that")
        change = mended(entry.change, mend, context.schema(entry.change.sobject)) if mend else None
        whole = change or entry.change
        if forbidden := policies.get(whole.sobject, Policy()).kept_to(whole)[1]:
            raise UsageError("; ".join(one.message for one in forbidden), todo=forbidden[0].next)
        with context.mirror.writing() as books:
            books.outbox.revive(entry_id, run, change)
        send(context, run)
        plan = Plan(context.org.identity().org_id, context.clock.now(), ())
        return finish(context, told(context, "revive", run, plan, {}))


def mended(change: Change, mend: Mapping[str, str], schema: SObject) -> Change:
    """Give a change with other values for some fields. Raises UsageError with all that is wrong with them."""
    parts = {part.field: part for part in change.fields}
    because = ("mended by hand",)
    for name, text in mend.items():
        field = schema.find(name)
        if field is None:
            near = schema.closest(name)
            raise UsageError(f"{schema.name} has no field {name}", todo=f"did you mean {near}?" if near else "")
        try:
            value = from_text(field.kind, text or None)
        except ValueError as error:
            raise UsageError(f"{field.name}: {error}", todo="write it as Salesforce's CSV files do") from None
        earlier = parts.get(field.name)
        if earlier is None and change.action is not Action.CREATE:
            todo = "name a field of the entry: what the record holds in others is not known"
            raise UsageError(f"the entry does not change {field.name}", todo=todo)
        parts[field.name] = FieldChange(field.name, earlier.before if earlier else None, value, because)
    whole = replace(change, fields=tuple(parts.values()))
    complaints = preflight(whole, schema)
    if complaints:
        raise UsageError("; ".join(one.message for one in complaints), todo="; ".join(one.next for one in complaints))
    return whole


def cancel_entries(context: Context, ids: Sequence[int], wait_seconds: float) -> Outcome:
    """Cancel entries that were not sent, and dead letters. Raises UsageError where one is neither, or is not there."""
    with begin(context, "cancel", wait_seconds) as run:
        with context.mirror.writing() as books:
            found = {one: books.outbox.get(one) for one in ids}
            refused = [one for one, entry in found.items() if entry and entry.state is EntryState.REJECTED]
            for one in refused:
                books.outbox.put_away(one, run)
            cancelled = len(refused) + books.outbox.cancel([one for one in found if one not in refused])
            if cancelled != len(found):
                raise UsageError(
                    f"{len(found) - cancelled} of these entries cannot be cancelled: they were sent, are settled, "
                    "or are not there; none was cancelled",
                    todo="look at them with `sfsync outbox show ENTRY`",
                )
        return finish(context, Outcome("outbox", run=run, counts={"cancelled": cancelled}))
