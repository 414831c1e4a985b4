"""The outbox under any sequence of steps, held against a plain-Python account of what should have happened."""

import tempfile
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sfsync.clock import SetClock
from sfsync.errors import MirrorError
from sfsync.mirror.entries import EntryState, Settlement
from sfsync.mirror.open import open_mirror
from sfsync.records.change import Action, Change, FieldChange
from tests.mirror.leads import lead_id

S = EntryState
ENDS = st.sampled_from([state for state in EntryState if state.settled])
RUNS = st.integers(1, 2)
PICKS = st.lists(st.integers(1, 30), max_size=4, unique=True)


class Expected:
    """What an entry should be."""

    def __init__(self, run: int, sobject: str, record_id: str) -> None:
        self.run, self.sobject, self.record_id = run, sobject, record_id
        self.state, self.attempts = S.NEW, 0
        self.due_at: datetime | None = None


class OutboxMachine(RuleBasedStateMachine):
    """Does to the outbox and to a list of `Expected` the same, and compares the two after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = SetClock(datetime(2026, 3, 1, tzinfo=UTC))
        url = f"sqlite:///{Path(self.folder.name) / 'mirror.db'}"
        self.mirror = open_mirror(url, clock=self.clock, writable=True)
        self.expected: dict[int, Expected] = {}

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.mirror.close()
        self.folder.cleanup()

    def open_before(self, number: int) -> bool:
        """Tell whether an earlier entry about the same record is open."""
        one = self.expected[number]
        return any(
            (other.sobject, other.record_id) == (one.sobject, one.record_id) and not other.state.settled
            for earlier, other in self.expected.items()
            if earlier < number
        )

    def in_states(self, numbers: list[int], *states: EntryState) -> bool:
        """Tell whether all of these entries are there, in these states."""
        return all(number in self.expected and self.expected[number].state in states for number in numbers)

    @initialize(count=st.integers(1, 8))
    def begin(self, count: int) -> None:
        """Start with some entries about few records."""
        self.add(1, [number % 3 for number in range(count)], "Lead")

    @rule(
        run=st.integers(1, 2),
        records=st.lists(st.integers(0, 3), max_size=4),
        sobject=st.sampled_from(["Lead", "Task"]),
    )
    def add(self, run: int, records: list[int], sobject: str) -> None:
        """Put changes in."""
        changes = [Change(Action.UPDATE, sobject, lead_id(number), (FieldChange("A", 1, 2),)) for number in records]
        with self.mirror.writing() as books:
            assert books.outbox.add(run, changes) == len(changes)
        for change in changes:
            self.expected[len(self.expected) + 1] = Expected(run, sobject, str(change.id))

    @rule(run=st.none() | RUNS, limit=st.integers(1, 4))
    def ready(self, run: int | None, limit: int) -> None:
        """Ask what may be sent."""
        with self.mirror.reading() as books:
            found = books.outbox.ready(run, limit, self.clock.now())
        assert (found[1] if found else []) == self.group(run, limit)

    @rule(run=RUNS, limit=st.integers(1, 4))
    def claim(self, run: int, limit: int) -> None:
        """Claim what may be sent for a job."""
        with self.mirror.writing() as books:
            books.jobs.claim(run, limit, self.clock.now())
        for number in self.group(run, limit):
            self.expected[number].state, self.expected[number].due_at = S.CLAIMED, None

    def group(self, run: int | None, limit: int) -> list[int]:
        """Give what may be sent together."""
        now = self.clock.now()
        free = [
            number
            for number, one in self.expected.items()
            if (one.state is S.NEW or (one.state is S.WAITING and one.due_at is not None and one.due_at <= now))
            and run in (None, one.run)
            and not self.open_before(number)
        ][:limit]
        return list(takewhile(lambda number: self.expected[number].sobject == self.expected[free[0]].sobject, free))

    @rule(numbers=PICKS)
    def send(self, numbers: list[int]) -> None:
        """Send entries; only what is known not to be under way can be."""
        if self.attempt(self.in_states(numbers, S.NEW, S.CLAIMED, S.WAITING), "send", numbers, self.clock.now()):
            for number in numbers:
                self.expected[number].state, self.expected[number].due_at = S.SENT, None
                self.expected[number].attempts += 1

    @rule(numbers=PICKS)
    def hold_back(self, numbers: list[int]) -> None:
        """Hold a call back that never started."""
        if self.attempt(self.in_states(numbers, S.SENT), "hold_back", numbers):
            for number in numbers:
                self.expected[number].state = S.NEW
                self.expected[number].attempts -= 1

    @rule(numbers=PICKS, seconds=st.integers(0, 5))
    def wait(self, numbers: list[int], seconds: int) -> None:
        """Put entries back until later."""
        until = self.clock.now() + timedelta(seconds=seconds)
        allowed = self.in_states(numbers, S.NEW, S.CLAIMED, S.SENT, S.UNKNOWN, S.WAITING)
        if self.attempt(allowed, "wait", numbers, until, "C", "m"):
            for number in numbers:
                self.expected[number].state, self.expected[number].due_at = S.WAITING, until

    @rule(numbers=PICKS)
    def doubt(self, numbers: list[int]) -> None:
        """Lose the answer."""
        if self.attempt(self.in_states(numbers, S.SENT), "doubt", numbers):
            for number in numbers:
                self.expected[number].state = S.UNKNOWN

    @rule(numbers=PICKS, end=ENDS)
    def settle(self, numbers: list[int], end: EntryState) -> None:
        """Settle entries; only open ones can be, all or none."""
        open_ones = [state for state in EntryState if not state.settled]
        ends = [Settlement(number, end) for number in numbers]
        if self.attempt(self.in_states(numbers, *open_ones), "settle_many", ends):
            for number in numbers:
                self.expected[number].state, self.expected[number].due_at = end, None

    @rule(numbers=PICKS)
    def cancel(self, numbers: list[int]) -> None:
        """Cancel what is not under way."""
        mine = [number for number in numbers if self.in_states([number], S.NEW, S.WAITING)]
        with self.mirror.writing() as books:
            assert books.outbox.cancel(numbers) == len(mine)
        for number in mine:
            self.expected[number].state, self.expected[number].due_at = S.CANCELLED, None

    @rule(run=st.none() | RUNS)
    def supersede(self, run: int | None) -> None:
        """Drop what is known not to have happened."""
        mine = [one for one in self.expected.values() if one.state in (S.NEW, S.WAITING) and run in (None, one.run)]
        with self.mirror.writing() as books:
            assert books.outbox.supersede(run, "newer") == len(mine)
        for one in mine:
            one.state, one.due_at = S.SUPERSEDED, None

    @rule(run=st.none() | RUNS)
    def die(self, run: int | None) -> None:
        """Lose the process and take over."""
        with self.mirror.writing() as books:
            books.outbox.recover(run)
        for one in self.expected.values():
            if run in (None, one.run):
                one.state = {S.CLAIMED: S.NEW, S.SENT: S.UNKNOWN}.get(one.state, one.state)

    @rule(number=st.integers(1, 30))
    def revive(self, number: int) -> None:
        """Try a dead letter again."""
        again = getattr(self.expected.get(number), "revived", False)
        allowed = self.in_states([number], S.REJECTED) and not again
        if self.attempt(allowed, "revive", number):
            old = self.expected[number]
            old.revived = True  # type: ignore[attr-defined]
            self.expected[len(self.expected) + 1] = Expected(old.run, old.sobject, old.record_id)

    @rule(seconds=st.integers(1, 6))
    def pass_time(self, seconds: int) -> None:
        """Let time pass."""
        self.clock.advance(seconds)

    def attempt(self, allowed: bool, step: str, *arguments: object) -> bool:
        """Take a step that must succeed exactly when it is allowed; tell whether it did."""
        if allowed:
            with self.mirror.writing() as books:
                getattr(books.outbox, step)(*arguments)
        else:
            with pytest.raises(MirrorError), self.mirror.writing() as books:
                getattr(books.outbox, step)(*arguments)
        return allowed

    @invariant()
    def all_as_expected(self) -> None:
        """Every entry is where it should be; none is missing, none too many."""
        with self.mirror.reading() as books:
            entries = {entry.id: entry for entry in books.outbox.entries(limit=1000)}
        assert entries.keys() == self.expected.keys()
        for number, one in self.expected.items():
            entry = entries[number]
            assert (entry.state, entry.attempts, entry.due_at) == (one.state, one.attempts, one.due_at), number


OutboxMachine.TestCase.settings = settings(max_examples=10, stateful_step_count=30, deadline=None)
TestOutbox = OutboxMachine.TestCase
