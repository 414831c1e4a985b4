"""Looking at the org before a write, and after one whose answer never came.

A call that was given up may still be carried out: Salesforce lets one run for ten minutes (Limits, API Requests). Such
a ghost does no harm to a write that says the same, so what has not arrived is sent again at once. Other writes of that
record wait until no ghost can come any more; and what stands in a change's way is believed only then.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby

from sfsync.errors import OrgRefused
from sfsync.mirror.entries import Entry, EntryState
from sfsync.records.change import Action, Change
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.schema import SObject
from sfsync.records.values import Value, as_kept, from_plain, to_text
from sfsync.sync.context import Context
from sfsync.sync.settle import DRIFT, Settled, pause_seconds, record, verdict
from sfsync.sync.sight import is_unknown
from sfsync.sync.standing import check

UNKNOWN_OUTCOME = "SFSYNC_OUTCOME_UNKNOWN"  # a create without a key whose answer never came
GHOSTS_COME_WITHIN = timedelta(minutes=10)  # of the call
MADE_AGAIN = "SFSYNC_MADE_AGAIN"  # a record that a ghost made, after the one it should have been was deleted
_SEEN_AGAIN = timedelta(minutes=10)  # when to look again at what is of an sObject that is not shown
_KEYS_A_QUERY = 100
_RECORDS_A_READ = 2_000  # as many as one call reads


def look_at(context: Context, changes: Sequence[Change], also: Sequence[str] = ()) -> list[dict[str, Value] | None]:
    """Read what the records of changes hold now, in the fields they name and some more; None: it is not to be seen."""
    schema = context.schema(changes[0].sobject)
    wanted = {*also, *(part.field for change in changes for part in change.fields)}
    names = sorted(wanted & schema.fields.keys())
    rows = context.org.retrieve(schema.name, [str(change.id) for change in changes], names or ["Id"])
    return [_typed(schema, row) if row is not None else None for row in rows]


def _typed(schema: SObject, row: Mapping[str, object]) -> dict[str, Value]:
    return {name: from_plain(schema.fields[name].kind, value) for name, value in row.items() if name in schema.fields}


def settle_doubts(context: Context, run: int | None = None) -> None:
    """Settle writes whose answers never came (of one run, or of all) by looking, some at a time.

    Those that somebody else's change seems to have overtaken, and that may still arrive, are looked at again later.
    """
    while True:
        with context.mirror.reading() as books:
            doubts = books.outbox.unknown(run, context.clock.now())
        if not doubts:
            return
        for group in _groups(doubts):
            with _left_where_unseen(context, group):
                _settle(context, group)


def find_ghosts(context: Context) -> None:
    """Look whether calls that were given up made records again which somebody had deleted meanwhile.

    Each such record is told as a dead letter, which deletes it once it is revived.
    """
    with context.mirror.reading() as books:
        past = books.ghosts.past(context.clock.now())
    for group in _groups(past):
        with _left_where_unseen(context, group):
            _find_ghosts(context, group)


def _find_ghosts(context: Context, group: Sequence[Entry]) -> None:
    """Look for what ghosts of creates, all of one sObject and key field, made again."""
    key_field = str(group[0].change.key_field)
    sobject, keys = group[0].change.sobject, [str(entry.change.key) for entry in group]
    living = ids_by_key(context, sobject, key_field, keys) if group[0].change.key_field else {}
    again = [(one, found) for one in group if (found := living.get(str(one.change.key))) not in (None, one.change.id)]
    with context.mirror.writing() as books:
        for entry, record_id in again:
            if not books.outbox.about(sobject, str(record_id), limit=1):
                words = f"a call that was given up came late and made this record after {entry.change.id} was deleted"
                delete = Change(Action.DELETE, sobject, record_id, (), (words,))
                books.outbox.add_rejected(entry.run, delete, MADE_AGAIN, f"{words}: revive this to delete it")
        books.ghosts.forget([entry.id for entry in group])


@contextmanager
def _left_where_unseen(context: Context, group: Sequence[Entry]) -> Iterator[None]:
    """Leave doubts about an sObject that is not to be seen for later: no other is to wait for it."""
    try:
        yield
    except OrgRefused as refused:
        if not is_unknown(refused):
            raise
        later = context.clock.now() + _SEEN_AGAIN
        words = f"the org does not show {group[0].change.sobject} now, so nobody can look whether it arrived"
        with context.mirror.writing() as books:
            books.outbox.look_again([(one.id, later, words) for one in group])


def _settle(context: Context, group: Sequence[Entry]) -> None:
    """Settle doubts about entries of one sObject, action and key field."""
    found = _creates(context, group) if group[0].change.action is Action.CREATE else _others(context, group)
    now = context.clock.now()  # one time for all: what waits together is sent together
    absent = [entry for entry, settled in zip(group, found, strict=True) if settled is None]
    words = "looked: it had not arrived"
    waits = [(one.id, now + timedelta(seconds=pause_seconds(one.attempts - 1)), "", words) for one in absent]
    early = [one for one in found if one is not None and one.code == DRIFT and _ghosts_until(one.entry) > now]
    known = [one for one in found if one is not None and one not in early]
    with context.mirror.writing() as books:
        books.outbox.wait_each(waits)
        books.ghosts.expect([(one.id, _ghosts_until(one)) for one in absent])
        books.outbox.look_again([(one.entry.id, _ghosts_until(one.entry), one.message) for one in early])
        for of_run in sorted({settled.entry.run for settled in known}):
            record(books, of_run, [settled for settled in known if settled.entry.run == of_run], now)


def _ghosts_until(entry: Entry) -> datetime:
    """Tell until when the call that carried an entry last may arrive."""
    assert entry.sent_at is not None
    return entry.sent_at + GHOSTS_COME_WITHIN


def _groups(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Split entries into groups of one sObject, action and key field."""

    def kind(entry: Entry) -> tuple[str, str, str]:
        return entry.change.sobject, entry.change.action.value, entry.change.key_field or ""

    return [list(alike) for _, alike in groupby(sorted(entries, key=kind), key=kind)]


def _others(context: Context, group: Sequence[Entry]) -> list[Settled | None]:
    present = look_at(context, [entry.change for entry in group])
    return [verdict(entry, *check(entry.change, values)) for entry, values in zip(group, present, strict=True)]


def _creates(context: Context, group: Sequence[Entry]) -> list[Settled | None]:
    """Find created records by their keys; one that is not there, nor in the recycle bin, was not created."""
    key_field = group[0].change.key_field
    if key_field is None:
        words = "the answer never came, and it carries no key to look by: look in the org before you send it again"
        return [Settled(entry, EntryState.REJECTED, UNKNOWN_OUTCOME, words) for entry in group]
    sobject, keys = group[0].change.sobject, [str(entry.change.key) for entry in group]
    ids = ids_by_key(context, sobject, key_field, keys)
    unseen = [key for key in keys if key not in ids]
    ids |= ids_by_key(context, sobject, key_field, unseen, deleted_too=True)
    return [
        Settled(entry, EntryState.APPLIED, record_id=ids[str(entry.change.key)], created=True)
        if str(entry.change.key) in ids
        else None
        for entry in group
    ]


def ids_by_key(
    context: Context, sobject: str, key_field: str, keys: Sequence[str], *, deleted_too: bool = False
) -> dict[str, str]:
    """Give the ids of the records that hold these keys, by key as given; case counts as the org counts it."""
    schema = context.schema(sobject)
    field = schema.fields[key_field]

    def as_org(key: str) -> str:
        kept = str(as_kept(field.type, key) or "")
        return kept if field.case_sensitive else kept.lower()

    found: dict[str, str] = {}
    for start in range(0, len(keys), _KEYS_A_QUERY):
        values = tuple(from_plain(field.kind, key) for key in keys[start : start + _KEYS_A_QUERY])
        query = Query(sobject, ("Id", key_field), (Condition(key_field, Compare.ONE_OF, values),))
        for page in context.org.pages(query, deleted_too=deleted_too):
            found.update({as_org(to_text(from_plain(field.kind, key))): str(one) for one, key in page.rows})
    return {key: found[as_org(key)] for key in keys if as_org(key) in found}


def lasting_ids(context: Context, sobject: str, ids: Sequence[str]) -> dict[str, str]:
    """Give under which id each of these records lives in the org: its own, or that of what it was merged into.

    One that is gone for good is left out. `MasterRecordId` of a merge's loser stays readable while it is in the bin
    (Object Reference, Lead).
    """
    living: dict[str, str] = {}
    standing = {one: one for one in ids}  # what was asked for -> where that went
    while standing:
        places = list(dict.fromkeys(standing.values()))
        rows = context.org.retrieve(sobject, places, ("Id",))
        there = {place for place, row in zip(places, rows, strict=True) if row is not None}
        living |= {one: place for one, place in standing.items() if place in there}
        gone = [place for place in places if place not in there]
        winners = _winners(context, sobject, gone) if "MasterRecordId" in context.schema(sobject).fields else {}
        standing = {one: winners[place] for one, place in standing.items() if place in winners}
    return living


def _winners(context: Context, sobject: str, losers: Sequence[str]) -> dict[str, str]:
    """Give what each of these was merged into; one that was not is left out."""
    found: dict[str, str] = {}
    for start in range(0, len(losers), _KEYS_A_QUERY):
        some = tuple(losers[start : start + _KEYS_A_QUERY])
        query = Query(sobject, ("Id", "MasterRecordId"), (Condition("Id", Compare.ONE_OF, some),))
        for page in context.org.pages(query, deleted_too=True):
            found.update({str(loser): str(winner) for loser, winner in page.rows if winner})
    return found


def read_after(context: Context, run: int) -> None:
    """Read again what a run has written, so that the mirror holds what the org made of it: stamps, and automation."""
    after = 0
    while True:
        with context.mirror.reading() as books:
            written = books.outbox.written(run, after, _RECORDS_A_READ)
        if not written:
            return
        after = written[-1][0]
        for sobject in dict.fromkeys(sobject for _, sobject, _ in written):
            _read_again(context, run, sobject, [record_id for _, of, record_id in written if of == sobject])


def _read_again(context: Context, run: int, sobject: str, ids: Sequence[str]) -> None:
    with context.mirror.reading() as books:
        fields = books.schemas.pulled(sobject)
    if fields:
        rows = context.org.retrieve(sobject, ids, fields)
        seen = [[row.get(name) for name in fields] for row in rows if row is not None]
        with context.mirror.writing() as books:
            books.records.take(sobject, fields, seen, run=run)
