"""Promises of the outbox: nothing is lost, nothing is sent twice unseen, and what is settled stays settled."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from sfsync.clock import SetClock
from sfsync.errors import MirrorError
from sfsync.mirror.books import Books
from sfsync.mirror.driver import driver
from sfsync.mirror.entries import Call, Entry, EntryState, Settlement
from sfsync.mirror.jobs import Job
from sfsync.mirror.open import Mirror
from sfsync.records.change import Action, Change, FieldChange
from tests.mirror.leads import lead_id
from tests.postgres import ONLY_SQLITE

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def update(number: int, sobject: str = "Lead") -> Change:
    """Make a change of one field of a record."""
    return Change(Action.UPDATE, sobject, lead_id(number), (FieldChange("LastName", "a", "b"),))


def create(key: str) -> Change:
    """Make a create with a key."""
    return Change(Action.CREATE, "Lead", None, (FieldChange("LastName", None, "b"),), key=key, key_field="Key__c")


def test_a_change_comes_out_as_it_went_in(mirror: Mirror) -> None:
    """Every value keeps its type and digits, every reason its words."""
    fields = (
        FieldChange("A", Decimal("0.10"), Decimal("12345678901234567.89"), ("because",)),
        FieldChange("B", None, date(2026, 1, 1)),
        FieldChange("C", NOW, None),
        FieldChange("D", False, 7),
        FieldChange("E", "ü", None),
    )
    change = Change(Action.CREATE, "Lead", None, fields, ("row 3", "sheet leads"), "k1", "Key__c", 3)
    with mirror.writing() as books:
        assert books.outbox.add(1, [change]) == 1
        entry = books.outbox.get(1)
    assert entry is not None and entry.change == change
    assert [type(part.after) for part in entry.change.fields] == [Decimal, date, type(None), int, type(None)]
    assert (entry.run, entry.state, entry.attempts, entry.revives) == (1, EntryState.NEW, 0, None)


def ready(
    books: Books, run: int | None = None, limit: int = 10, now: datetime = NOW, last: int | None = None
) -> list[int]:
    """Give the entries that are ready to be sent."""
    found = books.outbox.ready(run, limit, now, last)
    return found[1] if found else []


def test_entries_are_ready_oldest_first_in_groups_of_one_kind(mirror: Mirror) -> None:
    """What goes in one kind of call comes together, in order, up to where the kind changes."""
    with mirror.writing() as books:
        books.outbox.add(1, [update(1), update(2), create("a"), update(3), update(4, "Contact")])
        kinds = []
        while found := books.outbox.ready(None, 10, NOW):
            kinds.append(found)
            books.outbox.send(found[1], NOW)
    updates, creates = Call(Action.UPDATE, "Lead", None), Call(Action.CREATE, "Lead", "Key__c")
    assert kinds == [(updates, [1, 2]), (creates, [3]), (updates, [4]), (Call(Action.UPDATE, "Contact", None), [5])]


def test_what_is_ready_is_of_one_run_and_of_limited_size(mirror: Mirror) -> None:
    """Other runs' entries are left alone unless all are asked for; never more than the limit, none beyond the last."""
    with mirror.writing() as books:
        books.outbox.add(1, [update(1)])
        books.outbox.add(2, [update(number) for number in range(2, 7)])
        assert ready(books, run=2, limit=3) == [2, 3, 4]
        assert ready(books, limit=3) == [1, 2, 3]
        assert ready(books, run=2, last=4) == [2, 3, 4] and ready(books, run=2, last=1) == []


def test_a_call_that_never_started_leaves_its_entries_as_they_were(mirror: Mirror) -> None:
    """They are NEW again, and the call does not count; one whose answer is lost is not taken back so."""
    with mirror.writing() as books:
        books.outbox.add(1, [update(1), update(2)])
        before = books.outbox.entries()
        books.outbox.send([1, 2], NOW)
        books.outbox.hold_back([1, 2])
        assert books.outbox.entries() == before
        books.outbox.send([1], NOW)
        books.outbox.doubt([1])
        with pytest.raises(MirrorError):
            books.outbox.hold_back([1])


def test_the_fields_that_entries_change_are_told(mirror: Mirror) -> None:
    """Each once, of those entries that are asked about."""
    with mirror.writing() as books:
        other = Change(Action.UPDATE, "Lead", lead_id(3), (FieldChange("A", 1, 2), FieldChange("B", None, "\0")))
        books.outbox.add(1, [update(1), update(2), other])
        assert books.outbox.fields([1, 2]) == {"LastName"} and books.outbox.fields([2, 3]) == {"LastName", "A", "B"}


@pytest.mark.parametrize("state", ["CLAIMED", "SENT", "UNKNOWN", "WAITING"])
def test_a_record_has_one_entry_under_way(mirror: Mirror, state: str) -> None:
    """Whatever keeps an earlier entry open, later ones about the same record wait for it; other records do not."""
    with mirror.writing() as books:
        books.outbox.add(1, [update(1), update(1), update(2)])
        assert ready(books) == [1, 3]
        _bring(books, state)
        assert ready(books) == [3]
        books.outbox.settle(1, EntryState.APPLIED)
        assert ready(books) == [2, 3]


def _bring(books: Books, state: str) -> None:
    if state == "CLAIMED":
        books.jobs.claim(1, 1, NOW)
    if state in ("SENT", "UNKNOWN"):
        books.outbox.send([1], NOW)
    if state == "UNKNOWN":
        books.outbox.doubt([1])
    if state == "WAITING":
        books.outbox.wait([1], NOW + timedelta(seconds=1), "BUSY", "row lock")


def test_two_creates_with_one_key_are_about_one_record(mirror: Mirror) -> None:
    """The second waits for the first; creates without a key never wait for each other."""
    bare = Change(Action.CREATE, "Lead", None, ())
    with mirror.writing() as books:
        books.outbox.add(1, [create("a"), create("a"), create("b")])
        assert ready(books) == [1, 3]
        books.outbox.add(2, [bare, bare])
        assert ready(books, run=2) == [4, 5]


def test_a_waiting_entry_is_sent_again_when_it_is_due(mirror: Mirror) -> None:
    """Not a second earlier; why it waits can be read meanwhile, and each call counts."""
    with mirror.writing() as books:
        books.outbox.add(1, [update(1)])
        books.outbox.send([1], NOW)
        books.outbox.wait([1], NOW + timedelta(seconds=30), "UNABLE_TO_LOCK_ROW", "try later")
        waiting = books.outbox.get(1)
        assert waiting is not None
        assert (waiting.attempts, waiting.code, waiting.message) == (1, "UNABLE_TO_LOCK_ROW", "try later")
        assert books.outbox.next_due_at() == waiting.due_at == NOW + timedelta(seconds=30)
        assert ready(books, now=NOW + timedelta(seconds=29)) == []
        assert ready(books, now=NOW + timedelta(seconds=30)) == [1]
        books.outbox.send([1], NOW + timedelta(seconds=31))
        sent = books.outbox.get(1)
    assert sent is not None and (sent.attempts, sent.due_at, sent.sent_at) == (2, None, NOW + timedelta(seconds=31))


def test_a_created_record_is_known_by_its_id(mirror: Mirror, clock: SetClock) -> None:
    """Settling a create says which record it made, so that it can be found and taken back."""
    with mirror.writing() as books:
        books.outbox.add(1, [create("a")])
        books.outbox.send([1], NOW)
        books.outbox.settle(1, EntryState.APPLIED, record_id=lead_id(5))
        entry = books.outbox.get(1)
        assert entry is not None and entry.change.id == lead_id(5) and entry.settled_at == clock.now()
        assert [found.id for found in books.outbox.about("Lead", lead_id(5))] == [1]
    assert entry.change.reversed().action is Action.DELETE


@pytest.mark.parametrize("end", [state for state in EntryState if state.settled])
@pytest.mark.parametrize("other", list(EntryState))
def test_an_end_is_never_left(mirror: Mirror, end: EntryState, other: EntryState) -> None:
    """Not by any step of the program, and not by a statement typed by hand."""
    with mirror.writing() as books:
        books.outbox.add(1, [update(1)])
        books.outbox.settle(1, end, "C", "m")
        before = books.outbox.get(1)
        for step in (
            lambda: books.outbox.settle(1, other),
            lambda: books.outbox.wait([1], NOW, "", ""),
            lambda: books.outbox.send([1], NOW),
            lambda: books.outbox.doubt([1]),
        ):
            with pytest.raises(MirrorError):
                step()
        books.outbox.recover(None)
        assert books.outbox.cancel([1]) == books.outbox.supersede(None, "newer") == 0
        assert books.outbox.get(1) == before
        if other is not end:
            with pytest.raises(Exception, match="never changes"):
                driver(books._connection).execute("UPDATE _outbox SET state = ? WHERE id = 1", (other.value,))


def test_settling_many_is_whole_or_told(mirror: Mirror) -> None:
    """When one of a group has ended already, the error says how many, and the transaction is undone."""
    with mirror.writing() as books:
        books.outbox.add(1, [update(1), update(2)])
        books.outbox.settle(2, EntryState.CANCELLED)
    ends = [Settlement(number, EntryState.APPLIED) for number in (1, 2)]
    with pytest.raises(MirrorError, match="1 of 2 entries"), mirror.writing() as books:
        books.outbox.settle_many(ends)
    with pytest.raises(MirrorError, match="WAITING is no end"), mirror.writing() as books:
        books.outbox.settle_many([Settlement(1, EntryState.WAITING)])
    with mirror.reading() as books:
        assert books.outbox.counts(1) == {"NEW": 1, "CANCELLED": 1}


def test_what_a_dead_process_left_is_taken_over(mirror: Mirror) -> None:
    """Claimed and never sent is new again; sent without an answer is unknown, and found by asking for it."""
    with mirror.writing() as books:
        books.outbox.add(1, [update(1), update(2)])
        books.outbox.add(2, [update(3)])
        books.jobs.claim(1, 10, NOW)
        books.outbox.send([2, 3], NOW)
        books.outbox.recover(1)
        assert books.outbox.counts(1) == {"NEW": 1, "UNKNOWN": 1}
        assert books.outbox.counts(2) == {"SENT": 1}
        assert [entry.id for entry in books.outbox.unknown(1, NOW)] == [2]
        books.outbox.recover(None)
        assert [entry.id for entry in books.outbox.unknown(None, NOW)] == [2, 3]
        assert books.outbox.open_runs() == [1, 2]


def test_a_rejected_entry_is_revived_as_a_new_one_once(mirror: Mirror) -> None:
    """The dead letter stays as it is; the new entry points to it; a second reviving is refused with where to look."""
    with mirror.writing() as books:
        books.outbox.add(1, [update(1)])
        dead = books.outbox.add_rejected(1, create("a"), "REQUIRED_FIELD_MISSING", "no Company")
        assert [entry.id for entry in books.outbox.dead_letters()] == [dead]
        left = books.backlog.counts()
        new = books.outbox.revive(dead, run=9)
        revived, old = books.outbox.get(new), books.outbox.get(dead)
        assert revived is not None and old is not None
        assert (revived.state, revived.run, revived.revives, revived.change) == (EntryState.NEW, 9, dead, old.change)
        assert (old.state, old.code) == (EntryState.REJECTED, "REQUIRED_FIELD_MISSING")
        assert books.outbox.dead_letters() == []
        assert books.backlog.counts() == {**left, "open": left["open"] + 1, "dead_letters": left["dead_letters"] - 1}
        with pytest.raises(MirrorError, match=f"as entry {new}"):
            books.outbox.revive(dead)
        for wrong in (1, 99):
            with pytest.raises(MirrorError, match="only REJECTED"):
                books.outbox.revive(wrong)


def ids(entries: list[Entry]) -> list[int]:
    """Give the ids of entries."""
    return [entry.id for entry in entries]


def test_entries_without_effect_are_tried_again_in_a_chain(mirror: Mirror) -> None:
    """Refused and never sent ones are tried by new entries, the last of which stands for all; each is tried once."""
    with mirror.writing() as books:
        books.outbox.add(1, [update(1), update(2)])
        dead = books.outbox.add_rejected(1, create("a"), "REQUIRED_FIELD_MISSING", "no Company")
        books.outbox.settle(1, EntryState.APPLIED)
        first = books.outbox.entries(run=1, states=(EntryState.REJECTED,))
        assert books.outbox.last_tries(first) == first
        assert books.outbox.try_again(2, ids(first)) == 1
        [tried] = books.outbox.last_tries(first)
        assert (tried.run, tried.revives) == (2, dead)
        books.outbox.settle(tried.id, EntryState.SUPERSEDED, "", "Title is Boss in the org")
        again = books.outbox.last_tries(first)
        assert [entry.without_effect for entry in again] == [True]
        assert books.outbox.try_again(3, ids(again)) == 1
        assert [entry.run for entry in books.outbox.last_tries(first)] == [3]
        for wrong in (books.outbox.entries(run=1, states=(EntryState.APPLIED,)), first, again):
            with pytest.raises(MirrorError, match="cannot be tried again"):
                books.outbox.try_again(4, ids(wrong))


def test_a_dead_letter_whose_new_try_was_never_sent_is_one_still(mirror: Mirror) -> None:
    """Where the run that was to try it again ends before, it is listed, counted and to be tried as before."""
    with mirror.writing() as books:
        dead = books.outbox.add_rejected(1, update(1), "REQUIRED_FIELD_MISSING", "no Company")
        books.outbox.try_again(2, [dead])
        assert books.outbox.dead_letters() == []
        books.outbox.supersede(2, "its run ended before it was sent")
        assert (ids(books.outbox.dead_letters()), books.backlog.counts()["dead_letters"]) == ([dead], 1)
        assert books.outbox.try_again(3, [dead]) == 1


def test_a_newer_update_stands_for_the_dead_letter_it_makes_needless(mirror: Mirror) -> None:
    """It writes all the fields of that one, of the same record; what writes fewer does not, nor for a file's row."""
    title, fax = FieldChange("Title", None, "Boss"), FieldChange("Fax", None, "1")
    one, two, three, four = (update(number) for number in range(1, 5))
    with mirror.writing() as books:
        said = "FIELD_CUSTOM_VALIDATION_EXCEPTION", "no"
        needless = books.outbox.add_rejected(1, replace(one, fields=(title,)), *said)
        wider = books.outbox.add_rejected(1, replace(two, fields=(title, fax)), *said)
        of_file = books.outbox.add_rejected(1, replace(three, fields=(title,), row=7), *said)
        books.outbox.add(2, [replace(one, fields=(fax, title)), *(replace(of, fields=(title,)) for of in (two, three))])
        books.outbox.add(2, [replace(four, fields=(title,))])
        books.backlog.stand_for(2)
        assert [entry.revives for entry in reversed(books.outbox.entries(run=2))] == [needless, None, None, None]
        assert ids(books.outbox.dead_letters()) == [of_file, wider]
        assert [entry.run for entry in books.outbox.last_tries(books.outbox.chosen([needless]))] == [2]


def test_only_what_was_not_sent_can_be_taken_back(mirror: Mirror) -> None:
    """NEW and WAITING entries are cancelled; one that is on its way, or whose answer is lost, is not."""
    with mirror.writing() as books:
        books.outbox.add(1, [update(number) for number in range(1, 6)])
        books.jobs.claim(1, 3, NOW)
        books.outbox.send([2, 3], NOW)
        books.outbox.doubt([2])
        books.outbox.wait([3], NOW, "", "")
        assert books.outbox.cancel([1, 2, 3, 4, 99]) == 2
        assert books.outbox.counts() == {"CLAIMED": 1, "UNKNOWN": 1, "CANCELLED": 2, "NEW": 1}


def test_what_is_known_not_to_have_happened_is_superseded(mirror: Mirror) -> None:
    """A newer plan ends the older one's entries, of one run or all; one whose answer is lost is not dropped."""
    with mirror.writing() as books:
        for run in (1, 2):
            books.outbox.add(run, [update(run * 10 + number) for number in range(3)])
        books.outbox.send([1, 2], NOW)
        books.outbox.doubt([1])
        books.outbox.wait([2], NOW, "", "")
        assert books.outbox.supersede(1, "run 3 planned anew") == 2
        assert books.outbox.counts(1) == {"UNKNOWN": 1, "SUPERSEDED": 2}
        assert books.outbox.supersede(None, "run 3 planned anew") == 3
        superseded = books.outbox.entries(states=[EntryState.SUPERSEDED], limit=1)[0]
    assert superseded.message == "run 3 planned anew"


def test_entries_are_listed_newest_first(mirror: Mirror) -> None:
    """Of one run or all, in some states or any, as many as asked for."""
    with mirror.writing() as books:
        books.outbox.add(1, [update(1), update(2)])
        books.outbox.add(2, [update(3)])
        assert [entry.id for entry in books.outbox.entries()] == [3, 2, 1]
        assert [entry.id for entry in books.outbox.entries(run=1, limit=1)] == [2]
        assert books.outbox.entries(states=[EntryState.APPLIED]) == []
        assert books.outbox.get(99) is None


@ONLY_SQLITE
def test_what_is_ready_is_found_fast_in_a_long_outbox(mirror: Mirror) -> None:
    """A look walks open entries in order by index, however many are settled."""
    with mirror.writing() as books:
        books.outbox.add(1, [update(number) for number in range(50)])
        from sfsync.mirror.claimable import claimable

        statement = claimable(books._connection).replace(":now", "'x'").replace(":run", "NULL").replace(":limit", "200")
        plan = [row[3] for row in books._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    assert any("_outbox_open" in step for step in plan)
    assert any("_outbox_about (about=? AND id<?)" in step for step in plan)
    assert not any("TEMP B-TREE" in step for step in plan)


@contextmanager
def by_index(books: Books) -> Iterator[None]:
    """Have every statement that is made inside find its entries by an index."""
    asked: list[str] = []
    raw = driver(books._connection)
    raw.set_trace_callback(asked.append)
    yield
    raw.set_trace_callback(None)
    assert asked
    for statement in asked:
        first = raw.execute(f"EXPLAIN QUERY PLAN {statement}").fetchone()[3]
        assert "USING INDEX _outbox_" in first, (first, statement)


@ONLY_SQLITE
@pytest.mark.parametrize(("change", "key"), [(create("a"), "a"), (update(1), lead_id(1))])
def test_the_results_of_a_job_are_joined_to_its_entries_by_an_index(mirror: Mirror, change: Change, key: str) -> None:
    """Each group of results reads its own entries, however many others the outbox holds."""
    with mirror.writing() as books:
        books.outbox.add(1, [change])
        call = books.jobs.claim(1, 1, NOW)
        assert call is not None
        job = Job(books.jobs.begin(1, call, NOW), 1, call, None, NOW)
        books.jobs.send(job.id, 1, 1)
        with by_index(books):
            assert [entry.id for entry in books.jobs.by_key(job, [key]).values()] == [1]


@ONLY_SQLITE
def test_ghosts_are_found_fast_in_a_long_outbox(mirror: Mirror) -> None:
    """Each run looks for them, and for those that can come no more."""
    with mirror.writing() as books:
        books.outbox.add(1, [update(1), create("a")])
        books.outbox.send([1, 2], NOW)
        books.outbox.settle_many([Settlement(number, EntryState.APPLIED) for number in (1, 2)])
        books.ghosts.expect([(1, NOW), (2, NOW)])
        with by_index(books):
            assert len(books.ghosts.coming(NOW - timedelta(seconds=1))) == 1
            assert [one.id for one in books.ghosts.past(NOW)] == [2]
