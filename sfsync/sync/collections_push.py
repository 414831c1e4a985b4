"""Entries by collections calls: looked at before, sent 200 at a time, settled. Changes of owner go by SOAP among them.

While a call is under way the next one is made ready, to start by itself as soon as that is answered, and what became of
the last is written down. So a kill at any point leaves two calls in doubt at most, and repeats them by looking first.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sfsync.errors import Next, OrgBusy, OrgError, OutcomeUnknown
from sfsync.mirror.books import Books
from sfsync.mirror.entries import Call, Entry, EntryState
from sfsync.mirror.slices import slices
from sfsync.plan.transport import WRITE_SIZE, owners_of
from sfsync.records.change import Action
from sfsync.records.manner import Manner, kept_teams
from sfsync.records.values import Value
from sfsync.salesforce.port import Outcome, Refusal
from sfsync.sync.belongings import hanging_on
from sfsync.sync.context import Context
from sfsync.sync.freshness import held
from sfsync.sync.settle import DRIFT, Settled, pause_seconds, record, verdict
from sfsync.sync.standing import check
from sfsync.sync.under_way import UnderWay

GROUP = 2_000  # entries sent one after the other, and read from the org at once
_OVERTAKEN = frozenset({"CANNOT_UPDATE_CONVERTED_LEAD", "ENTITY_IS_DELETED"})  # by what others did meanwhile
_DOUBLE = "DUPLICATE_VALUE"
TRIES = 5  # of one entry, where the org is busy or its answers get lost

Row = tuple[int, str, Mapping[str, Value]]
"""What is sent for an entry: its id, its record's id or key ("" where there is none), what is written."""


def deliver(
    context: Context, run: int, call: Call, ids: Sequence[int], fields: Sequence[str] | None = None
) -> None:  # fmt: skip
    """Check, send and settle entries that go in one kind of call, 200 a call.

    They are held against the records in the org, or in the mirror where that is up to date with all the `fields` they
    change. Raises the OrgError that stopped it; what was not sent is as it was, but for what could not be looked at,
    which waits.
    """
    sending = _Sending(context, run, call, fields)
    try:
        for load in sending.loads(ids):
            if not sending.next(load):
                break
        sending.close()
    except OrgError:
        sending.close()
        raise
    except BaseException:
        sending.call_off()
        raise


@dataclass(frozen=True, slots=True)
class _Load:
    """What goes in one call."""

    rows: Sequence[Row]
    by_owner: bool = False  # the same change of owner for all, by SOAP

    @property
    def ids(self) -> list[int]:
        """The entries."""
        return [entry for entry, _, _ in self.rows]


@dataclass(slots=True)
class _Sending:
    """The sending of entries, one call after the other."""

    context: Context
    run: int
    call: Call
    fields: Sequence[str] | None  # that they change, where the mirror tells how their records stand
    taken: list[int] = field(default_factory=list)  # updates, and not written down yet
    settled: list[Settled] = field(default_factory=list)  # in any other way, and not written down yet
    out: deque[tuple[_Load, UnderWay[list[Outcome]]]] = field(default_factory=deque)  # under way, and the next

    def loads(self, ids: Sequence[int]) -> Iterator[_Load]:
        """Give what goes in each call, as it is asked for."""
        at_once = WRITE_SIZE if self.fields is not None else GROUP  # the org tells of many in one answer
        manner = self.context.org.manner(self.call.sobject)
        if manner.owner_options is None:
            rows = (row for some in slices(ids, at_once) for row in self._rows(some))
            yield from map(_Load, slices(rows, WRITE_SIZE))
            return
        found: dict[tuple[str, str] | None, list[Entry]] = {}
        for some in slices(ids, at_once):
            for entry in self._checked(self._chosen(some)):
                found.setdefault(owners_of(entry.change, manner), []).append(entry)
        self._keep_belongings([one for pair, alike in found.items() if pair is not None for one in alike])
        for pair, alike in found.items():
            for few in slices(alike, WRITE_SIZE):
                yield _Load([row_of(entry) for entry in few], by_owner=pair is not None)

    def _rows(self, ids: Sequence[int]) -> list[Row]:
        """Give what is to be sent of these entries; what becomes of the others is settled."""
        if self.fields is None or self.call.action is not Action.UPDATE:
            return list(map(row_of, self._checked(self._chosen(ids))))
        with self.context.mirror.reading() as books:
            some = books.updates.held(self.call.sobject, self.fields, ids)
            doubtful = books.outbox.chosen([entry for entry, _, writes in some if writes is None])
        rows: list[Row] = [(entry, record_id, writes) for entry, record_id, writes in some if writes is not None]
        return rows + [row_of(entry) for entry in self._checked(doubtful)]

    def _chosen(self, ids: Sequence[int]) -> list[Entry]:
        with self.context.mirror.reading() as books:
            return books.outbox.chosen(ids)

    def _checked(self, entries: Sequence[Entry]) -> list[Entry]:
        """Give those of these entries that are to be sent; what becomes of the others is settled."""
        if not entries:
            return []
        try:
            to_send, settled = checked(self.context, entries, self.fields is not None)
        except OrgError as error:
            self._put_back(entries, error)
            raise
        self.settled += settled
        return to_send

    def _put_back(self, entries: Sequence[Entry], error: OrgError) -> None:
        """Have entries wait of which nobody could find out whether they may be sent."""
        tries = max(entry.attempts for entry in entries) + 1
        with self.context.mirror.writing() as books:
            _wait(self.context, books, [entry.id for entry in entries], tries, error)

    def _keep_belongings(self, entries: Sequence[Entry]) -> None:
        """Keep what changes of owner will take away or move, before any of them is sent."""
        if not entries:
            return
        changes = [entry.change for entry in entries]
        try:
            seen = hanging_on(self.context, changes, self.context.org.manner(self.call.sobject))
        except OrgError as error:
            self._put_back(entries, error)
            raise
        with self.context.mirror.writing() as books:
            books.belongings.keep(self.run, seen)

    def next(self, load: _Load) -> bool:
        """Start a call as soon as the one before is answered; False where that went wrong, so that all has to wait."""
        with self.context.mirror.writing() as books:
            self._record(books)
            books.outbox.send(load.ids, self.context.clock.now())
        before = self.out[-1][1] if self.out else None
        self.out.append((load, UnderWay(lambda: self._write(load), before).start()))
        return len(self.out) == 1 or self._answered()

    def _write(self, load: _Load) -> list[Outcome]:
        self.context.mirror.check_leases()
        return _write(self.context, self.call, load)

    def _answered(self) -> bool:
        """Wait for the answer to the oldest call; False where it was lost, or the org is busy: then no other is out."""
        load, call = self.out.popleft()
        try:
            outcomes = call.answer()
        except OrgError as error:
            self._went_wrong(load, error)
            return False
        self._settle(load, outcomes)
        return True

    def _went_wrong(self, load: _Load, error: OrgError) -> None:
        """Put what a call carried where it belongs, and hold the next one back. Raises what does not pass."""
        lost = isinstance(error, OutcomeUnknown)
        with self.context.mirror.writing() as books:
            tries = books.outbox.most_tried(load.ids)
            if lost:
                books.outbox.doubt(load.ids)
            else:
                _wait(self.context, books, load.ids, tries, error)
            while self.out:
                books.outbox.hold_back(self.out.popleft()[0].ids)
        if tries >= TRIES or not (lost or isinstance(error, OrgBusy)):
            raise error

    def _settle(self, load: _Load, outcomes: Sequence[Outcome]) -> None:
        """Tell what became of each entry: the ids of updates that were taken suffice."""
        ends = dict(zip(load.ids, outcomes, strict=True))
        if self.call.action is Action.UPDATE:
            self.taken += [entry for entry, outcome in ends.items() if outcome.done]
            ends = {entry: outcome for entry, outcome in ends.items() if not outcome.done}
        if ends:
            self.settled += [_settled(entry, ends[entry.id]) for entry in self._chosen(list(ends))]

    def close(self) -> None:
        """Wait for the answers that are still to come, and write down what became of all."""
        try:
            while self.out:
                self._answered()
        finally:
            if self.settled or self.taken:
                with self.context.mirror.writing() as books:
                    self._record(books)

    def call_off(self) -> None:
        """Start no other call."""
        for _, call in self.out:
            call.call_off()

    def _record(self, books: Books) -> None:
        books.updates.land(self.run, self.call.sobject, self.taken)
        record(books, self.run, self.settled, self.context.clock.now())
        self.taken, self.settled = [], []


def row_of(entry: Entry) -> Row:
    """Give what is sent for an entry."""
    change = entry.change
    key = change.key if change.action is Action.CREATE else change.id
    return entry.id, key or "", change.after()


def checked(context: Context, entries: Sequence[Entry], known: bool) -> tuple[list[Entry], list[Settled]]:
    """Tell which entries are to be sent, and which need no sending or must not be.

    They are held against their records as the mirror has them, where that is known to be up to date, or as the org has.
    """
    if entries[0].change.action is Action.CREATE:
        with context.mirror.reading() as books:
            return not_made_yet(books, entries)
    present = held(context, [entry.change for entry in entries], known)
    to_send, settled = [], []
    for entry in entries:
        found = verdict(entry, *check(entry.change, present[str(entry.change.id)]))
        if found is None:
            to_send.append(entry)
        else:
            settled.append(found)
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


def _write(context: Context, call: Call, load: _Load) -> list[Outcome]:
    written = [(key, values) for _, key, values in load.rows]
    if call.action is Action.DELETE:
        return context.org.delete(call.sobject, [record_id for record_id, _ in written])
    if load.by_owner:
        return context.org.change_owners(call.sobject, written, _manner(context, call.sobject))
    if call.action is Action.UPDATE:
        return context.org.update(call.sobject, written)
    if call.key_field is None:
        return context.org.create(call.sobject, [values for _, values in written])
    return context.org.upsert(call.sobject, call.key_field, written)


def _manner(context: Context, sobject: str) -> Manner:
    """Give how an sObject's records are saved; where each child is given back by itself, none goes with its record."""
    manner = context.org.manner(sobject)
    if not context.giving_back or manner.owner_options is None:
        return manner
    return replace(manner, owner_options=kept_teams(sobject))


def _settled(entry: Entry, outcome: Outcome) -> Settled:
    if outcome.done:
        return taken(entry, outcome.id, created=outcome.created)
    return refused(entry, outcome.refusals[0])


def taken(entry: Entry, record_id: str | None, *, created: bool) -> Settled:
    """Give what an entry comes to that the org took."""
    made = entry.change.action is Action.CREATE and created
    return Settled(entry, EntryState.APPLIED, record_id=record_id or entry.change.id, created=made)


def refused(entry: Entry, refusal: Refusal) -> Settled:
    """Give what an entry comes to that the org refused at the try it was sent for last: some reasons pass.

    Two upserts of one key at a time make one record, and the other is refused as its double: sent again it finds it.
    """
    if refusal.code in _OVERTAKEN:
        deleted = entry.change.action is Action.DELETE and refusal.code == "ENTITY_IS_DELETED"
        end = EntryState.APPLIED if deleted else EntryState.SUPERSEDED
        return Settled(entry, end, refusal.code, refusal.message, entry.change.id, ours=False)
    raced = refusal.code == _DOUBLE and entry.change.key is not None and entry.code != _DOUBLE
    again = (raced or refusal.next in (Next.RETRY, Next.WAIT)) and entry.attempts < TRIES
    return Settled(entry, EntryState.WAITING if again else EntryState.REJECTED, refusal.code, refusal.message)


def _wait(context: Context, books: Books, ids: Sequence[int], tries: int, error: OrgError) -> None:
    """The call did not happen: its entries wait, to be sent again later."""
    due_at = context.clock.now() + timedelta(seconds=pause_seconds(tries))
    books.outbox.wait(ids, due_at, error.code, error.problems[0].message)
