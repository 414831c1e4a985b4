"""Entries by collections calls: looked at before, sent 200 at a time, settled. Changes of owner go by SOAP among them.

While a call is under way the next one is made ready, and what became of the last is written down. So a kill at any
point leaves two calls in doubt at most, and repeats them by looking first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sfsync.errors import Next, OrgBusy, OrgError, OutcomeUnknown
from sfsync.mirror.books import Books
from sfsync.mirror.entries import Call, Entry, EntryState
from sfsync.mirror.slices import slices
from sfsync.plan.transport import WRITE_SIZE, owners_of
from sfsync.records.change import Action, Change
from sfsync.records.manner import Manner, kept_teams
from sfsync.records.values import Value
from sfsync.salesforce.port import Outcome, Refusal
from sfsync.sync.belongings import hanging_on
from sfsync.sync.context import Context
from sfsync.sync.readback import look
from sfsync.sync.settle import DRIFT, Settled, pause_seconds, record, verdict
from sfsync.sync.standing import check
from sfsync.sync.under_way import UnderWay

GROUP = 2_000  # entries sent one after the other, and read from the org at once
_OVERTAKEN = frozenset({"CANNOT_UPDATE_CONVERTED_LEAD", "ENTITY_IS_DELETED"})  # by what others did meanwhile
_DOUBLE = "DUPLICATE_VALUE"
TRIES = 5  # of one entry, where the org is busy or its answers get lost


def deliver(context: Context, run: int, call: Call, ids: Sequence[int], known: bool = False) -> None:
    """Check, send and settle entries that go in one kind of call, 200 a call.

    They are held against the records in the org, or in the mirror where that is known to be up to date. Raises the
    OrgError that stopped it; what was not sent is as it was, but for what could not be looked at, which waits.
    """
    sending = _Sending(context, run, known)
    try:
        for group in sending.groups(call, ids):
            if not sending.next(group):
                break
    except OrgError:
        sending.close()
        raise
    sending.close()


@dataclass(slots=True)
class _Sending:
    """The sending of entries, one call after the other."""

    context: Context
    run: int
    known: bool  # whether the mirror tells how their records stand
    settled: list[Settled] = field(default_factory=list)  # and not written down yet
    out: tuple[Sequence[Entry], UnderWay[list[Outcome]]] | None = None  # the call under way

    def groups(self, call: Call, ids: Sequence[int]) -> Iterator[list[Entry]]:
        """Give what goes in each call, as it is asked for."""
        at_once = WRITE_SIZE if self.known else GROUP  # the org tells of many in one answer
        entries = (entry for some in slices(ids, at_once) for entry in self._checked(some))
        manner = self.context.org.manner(call.sobject)
        if manner.owner_options is None:
            yield from slices(entries, WRITE_SIZE)
            return
        found: dict[tuple[str, str] | None, list[Entry]] = {}
        for entry in entries:
            found.setdefault(owners_of(entry.change, manner), []).append(entry)
        self._keep_belongings([one for pair, alike in found.items() if pair is not None for one in alike])
        for alike in found.values():
            yield from slices(alike, WRITE_SIZE)

    def _checked(self, ids: Sequence[int]) -> list[Entry]:
        """Give those of these entries that are to be sent; what becomes of the others is settled."""
        with self.context.mirror.reading() as books:
            entries = books.outbox.chosen(ids)
        try:
            to_send, settled = checked(self.context, entries, self.known)
        except OrgError as error:
            _put_back(self.context, entries, error)
            raise
        self.settled += settled
        return to_send

    def _keep_belongings(self, entries: Sequence[Entry]) -> None:
        """Keep what changes of owner will take away or move, before any of them is sent."""
        if not entries:
            return
        changes = [entry.change for entry in entries]
        try:
            seen = hanging_on(self.context, changes, self.context.org.manner(changes[0].sobject))
        except OrgError as error:
            _put_back(self.context, entries, error)
            raise
        with self.context.mirror.writing() as books:
            books.belongings.keep(self.run, seen)

    def next(self, entries: Sequence[Entry]) -> bool:
        """Start a call as soon as the one before is answered; False where that went wrong, so that all has to wait."""
        with self.context.mirror.writing() as books:
            self._record(books)
            books.outbox.send([entry.id for entry in entries], self.context.clock.now())
        try:
            well = self._answered()
        except OrgError:
            self._hold_back(entries)
            raise
        if not well:
            self._hold_back(entries)
            return False
        self.context.mirror.check_leases()
        changes = [entry.change for entry in entries]
        self.out = entries, UnderWay(lambda: _write(self.context, changes)).start()
        return True

    def _hold_back(self, entries: Sequence[Entry]) -> None:
        with self.context.mirror.writing() as books:
            books.outbox.hold_back([entry.id for entry in entries])

    def _answered(self) -> bool:
        """Wait for the answer to the call under way; False where it was lost, or the org is busy."""
        if self.out is None:
            return True
        (entries, call), self.out = self.out, None
        worn_out = max(entry.attempts for entry in entries) + 1 >= TRIES
        try:
            outcomes = call.answer()
        except OutcomeUnknown:
            with self.context.mirror.writing() as books:
                books.outbox.doubt([entry.id for entry in entries])
            if worn_out:
                raise
            return False
        except OrgError as error:
            _put_back(self.context, entries, error)
            if worn_out or not isinstance(error, OrgBusy):
                raise
            return False
        self.settled += _settled(entries, outcomes)
        return True

    def close(self) -> None:
        """Wait for the last answer, and write down what became of all."""
        try:
            self._answered()
        except OrgError:
            self._write_down()
            raise
        self._write_down()

    def _write_down(self) -> None:
        if self.settled:
            with self.context.mirror.writing() as books:
                self._record(books)

    def _record(self, books: Books) -> None:
        record(books, self.run, self.settled, self.context.clock.now())
        self.settled = []


def checked(context: Context, entries: Sequence[Entry], known: bool) -> tuple[list[Entry], list[Settled]]:
    """Tell which entries are to be sent, and which need no sending or must not be.

    They are held against their records as the mirror has them, where that is known to be up to date, or as the org has.
    """
    with context.mirror.reading() as books:
        if entries[0].change.action is Action.CREATE:
            return not_made_yet(books, entries)
        present = _in_mirror(books, entries) if known else {}
    unknown = [entry.change for entry in entries if entry.change.id not in present]
    if unknown:
        seen = zip(unknown, look(context, unknown), strict=True)
        present |= {str(change.id): values for change, values in seen}
    to_send, settled = [], []
    for entry in entries:
        found = verdict(entry, *check(entry.change, present[str(entry.change.id)]))
        if found is None:
            to_send.append(entry)
        else:
            settled.append(found)
    return to_send, settled


def _in_mirror(books: Books, entries: Sequence[Entry]) -> dict[str, Mapping[str, Value] | None]:
    """Give what the records of entries hold, by id; None of one that is gone; what is not there is left out."""
    sobject = entries[0].change.sobject
    fields = sorted({part.field for entry in entries for part in entry.change.fields})
    ids = [str(entry.change.id) for entry in entries]
    found = books.records.records(sobject, fields, ids=ids, deleted_too=True)
    return {record.id: None if record.deleted else record.fields for record in found}


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
    manner = _manner(context, first.sobject)
    if owners_of(first, manner) is not None:
        return context.org.change_owners(
            first.sobject, [(str(change.id), change.after()) for change in changes], manner
        )  # fmt: skip
    if first.action is Action.UPDATE:
        return context.org.update(first.sobject, [(str(change.id), change.after()) for change in changes])
    if first.key_field is None:
        return context.org.create(first.sobject, [change.after() for change in changes])
    keyed = [(str(change.key), change.after()) for change in changes]
    return context.org.upsert(first.sobject, first.key_field, keyed)


def _manner(context: Context, sobject: str) -> Manner:
    """Give how an sObject's records are saved; where each child is given back by itself, none goes with its record."""
    manner = context.org.manner(sobject)
    if not context.giving_back or manner.owner_options is None:
        return manner
    return replace(manner, owner_options=kept_teams(sobject))


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
    """Give what an entry comes to that the org refused at its so-many-th try: some reasons pass.

    Two upserts of one key at a time make one record, and the other is refused as its double: sent again it finds it.
    """
    if refusal.code in _OVERTAKEN:
        deleted = entry.change.action is Action.DELETE and refusal.code == "ENTITY_IS_DELETED"
        end = EntryState.APPLIED if deleted else EntryState.SUPERSEDED
        return Settled(entry, end, refusal.code, refusal.message, entry.change.id, ours=False)
    raced = refusal.code == _DOUBLE and entry.change.key is not None and entry.code != _DOUBLE
    again = (raced or refusal.next in (Next.RETRY, Next.WAIT)) and tries < TRIES
    return Settled(entry, EntryState.WAITING if again else EntryState.REJECTED, refusal.code, refusal.message)


def _put_back(context: Context, entries: Sequence[Entry], error: OrgError) -> None:
    """The call did not happen: its entries wait, to be sent again later."""
    pause = pause_seconds(max(entry.attempts for entry in entries) + 1)
    due_at = context.clock.now() + timedelta(seconds=pause)
    with context.mirror.writing() as books:
        books.outbox.wait([entry.id for entry in entries], due_at, error.code, error.problems[0].message)
