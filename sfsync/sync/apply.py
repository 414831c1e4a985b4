"""Plan to org: staged in the outbox first, then claimed, checked against the org, sent and settled, group by group.

Few changes go by collections calls (`collections_push`), many of one kind by a Bulk job (`bulk_push`). A job saves its
rows side by side; so what found its parent locked twice goes by collections calls, one after the other.
"""

from collections.abc import Sequence
from datetime import datetime

from sfsync.counting import counted
from sfsync.mirror.entries import Call, EntryState
from sfsync.plan import transport
from sfsync.records.change import Action
from sfsync.sync.bulk_push import push_by_bulk
from sfsync.sync.collections_push import GROUP, deliver
from sfsync.sync.context import Context
from sfsync.sync.freshness import brought_up_to_date
from sfsync.sync.pull import Looked
from sfsync.sync.readback import settle_doubts
from sfsync.sync.under_way import UnderWay


def send(
    context: Context, run: int, last: int | None = None, ahead: UnderWay[Looked] | None = None
) -> None:  # fmt: skip
    """Send a run's entries until none is left that could be sent, up to the last of them that is to be.

    What waits for another run's entry about the same record is left. `ahead` is a look at what moved in the org that
    was begun just before. Raises the OrgError that stopped it; what was not sent stays in the outbox.
    """
    total = _open(context, run)
    context.progress.step(f"apply: {counted(total, 'change')}")
    while True:
        settle_doubts(context, run)
        now = context.clock.now()
        if not _sent_some(context, run, now, last, ahead) and not _wait_for_due(context, run, now):
            return
        ahead = None
        context.progress.count("applied", total - _open(context, run), total)


def _sent_some(
    context: Context, run: int, now: datetime, last: int | None, ahead: UnderWay[Looked] | None
) -> bool:  # fmt: skip
    """Send what is due, by the way that its kind and number ask for; False where nothing is."""
    with context.mirror.reading() as books:
        ready = books.outbox.ready(run, GROUP, now, last)
        often_locked = books.outbox.often_locked(run)
    if ready is None:
        return False
    call, ids = ready
    manner = context.org.manner(call.sobject)
    way = transport.transport_for(call.action, call.sobject, call.key_field, len(ids), manner)
    if way.bulk and not often_locked and last is None:
        context.progress.step(f"{call.sobject}: by a Bulk job, since {way.because}")
        push_by_bulk(context, run, now)
    else:
        deliver(context, run, call, ids, _fields_known(context, run, call, ids, ahead))
    return True


def _fields_known(
    context: Context, run: int, call: Call, ids: Sequence[int], ahead: UnderWay[Looked] | None
) -> list[str] | None:  # fmt: skip
    """Give the fields these entries change, where the mirror tells how their records stand; it does for many."""
    if len(ids) <= transport.WRITE_SIZE or call.action is Action.CREATE:
        return None
    with context.mirror.reading() as books:
        fields = sorted(books.outbox.fields(ids))
    return fields if brought_up_to_date(context, run, call, fields, ahead) else None


def _open(context: Context, run: int) -> int:
    with context.mirror.reading() as books:
        counts = books.outbox.counts(run)
    return sum(counts.get(state.value, 0) for state in EntryState if not state.settled)


def _wait_for_due(context: Context, run: int, now: datetime) -> bool:
    """Sleep until the next entry of the run is due that was not yet; False where there is none."""
    with context.mirror.reading() as books:
        due_at = books.outbox.next_due_at(run, after=now)
    if due_at is None:
        return False
    context.clock.sleep(max((due_at - context.clock.now()).total_seconds(), 0.01))
    return True
