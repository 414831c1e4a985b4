"""The outbox: the durable list of changes to send.

    NEW -> SENT -> APPLIED | REJECTED
             |-> UNKNOWN (answer lost) -> settled by a look at the org
             '-> WAITING (known not done) -> SENT again when due
    NEW -> CLAIMED (the rows of a Bulk job are put together) -> SENT
    NEW, WAITING -> SUPERSEDED | CANCELLED

Entries about one record are sent one after the other: the next is not ready while an earlier one is open, nor, unless
it says the very same, while a call of an earlier one may still arrive (a ghost).
The ends are never left; the database itself refuses.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, Row, func, insert, literal_column, select, update

from sfsync.clock import Clock
from sfsync.errors import MirrorError
from sfsync.mirror import tables
from sfsync.mirror.claimable import claimable
from sfsync.mirror.documents import document_change
from sfsync.mirror.driver import driver, put_in, streamed
from sfsync.mirror.entries import Call, Entry, EntryState, Settlement
from sfsync.mirror.entry_rows import ENTRIES, NEW, changed_fields, entry_of, new_columns, new_row
from sfsync.mirror.slices import slices
from sfsync.records.change import Action, Change
from sfsync.records.values import datetime_text

_table = tables.outbox
_WAIT = f"UPDATE _outbox SET state = 'WAITING', due_at = ?, code = ?, message = ? WHERE id = ? AND {tables.OPEN_ENTRY}"  # noqa: S608 - ours
_OPEN = tuple(state.value for state in EntryState if not state.settled)

_END = "state = ?, code = ?, message = ?, settled_at = ?, due_at = NULL"


class Outbox:
    """All entries."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    # --- in ---

    def add(self, run: int, changes: Iterable[Change | str]) -> int:
        """Put changes in, or the JSON that was written down of them, in this order, all of them NEW; gives how many."""
        count = 0
        for some in slices(changes, 1000):
            put_in(self._connection, "_outbox", NEW, [new_row(run, change) for change in some])
            count += len(some)
        return count

    def add_rejected(self, run: int, change: Change, code: str, message: str) -> int:
        """Put in a change that is refused before it was ever sent, so that nobody loses sight of it; gives its id."""
        rejected = {"state": EntryState.REJECTED.value, "code": code, "message": message}
        return self._add_one({**new_columns(run, change), **rejected, "settled_at": self._clock.now()})

    def revive(self, entry_id: int, run: int | None = None, mended: Change | None = None) -> int:
        """Try a REJECTED entry again, its change mended where one is given, as a new one that points to it.

        It is of the old one's run, or another; gives the new id. Raises MirrorError where it is not REJECTED, or has
        been revived already.
        """
        entry = self.get(entry_id)
        if entry is None or entry.state is not EntryState.REJECTED:
            state = "not there" if entry is None else entry.state.value
            raise MirrorError(f"entry {entry_id} is {state}: only REJECTED ones can be revived")
        again = self._connection.execute(select(_table.c.id).where(_table.c.revives == entry_id)).scalar()
        if again is not None:
            words = f"entry {entry_id} has been revived already, as entry {again}"
            raise MirrorError(words, todo=f"look at entry {again}")
        columns = new_columns(entry.run if run is None else run, mended or entry.change)
        return self._add_one({**columns, "revives": entry_id})

    def put_away(self, entry_id: int, run: int) -> None:
        """Let a REJECTED entry be: one of this run stands for it, CANCELLED. Raises MirrorError as `revive` does."""
        self.cancel([self.revive(entry_id, run)])

    def try_again(self, run: int, entries: Sequence[int]) -> int:
        """Try entries that ended without effect again, as new ones of a run that point to them; gives how many.

        These are REJECTED ones, and SUPERSEDED ones that were never sent. Raises MirrorError, with nothing done, where
        one is neither or has been revived already.
        """
        revived = self._revived(entries)
        wrong = [entry.id for entry in self.chosen(entries) if not entry.without_effect or entry.id in revived]
        if wrong:
            raise MirrorError(f"entry {wrong[0]} cannot be tried again: it had an effect, or has been revived already")
        for some in slices(entries):
            marks = ", ".join("?" * len(some))
            driver(self._connection).execute(
                "INSERT INTO _outbox (run, state, action, sobject, record_id, key_field, about, change, attempts, code,"  # noqa: S608 - marks
                " message, revives) SELECT ?, 'NEW', action, sobject, record_id, key_field,"
                f" coalesce(record_id, about), change, 0, '', '', id FROM _outbox WHERE id IN ({marks}) ORDER BY id",
                (run, *some),
            )
        return len(entries)

    def _revived(self, ids: Sequence[int]) -> list[int]:
        asked = (select(_table.c.revives).where(_table.c.revives.in_(some)) for some in slices(ids))
        return [one for question in asked for one in self._connection.execute(question).scalars()]

    def _add_one(self, columns: Mapping[str, Any]) -> int:
        row = insert(_table).values(**columns).returning(_table.c.id)
        return int(self._connection.execute(row).scalar_one())

    # --- on the way ---

    def ready(
        self, run: int | None, limit: int, now: datetime, last: int | None = None
    ) -> tuple[Call, list[int]] | None:
        """Give what kind of call is next, and the entries that may go in it now: the oldest, and those after it alike.

        NEW entries and WAITING ones that are due, of one run or (None) of all; all of one action, sObject and key
        field; at most one per record; none beyond the `last`. None where nothing may be sent now.
        """
        asked = {"run": run, "limit": limit, "now": datetime_text(now)}
        rows = driver(self._connection).execute(claimable(self._connection), asked).fetchall()
        if not rows or (last is not None and rows[0][0] > last):
            return None
        alike = takewhile(lambda row: row[1:] == rows[0][1:], rows)
        _, action, sobject, key_field = rows[0]
        return Call(Action(action), sobject, key_field), [row[0] for row in alike if last is None or row[0] <= last]

    def fields(self, ids: Sequence[int]) -> set[str]:
        """Give the fields that these entries change."""
        return {
            name
            for some in slices(ids)
            for name in changed_fields(self._connection, f"id IN ({', '.join('?' * len(some))})", some)
        }

    def let_go(self, ids: Sequence[int]) -> None:
        """Say that those of these entries that are CLAIMED are not going to be sent now: they are NEW again."""
        self._move(ids, ("CLAIMED",), "state = 'NEW'")

    def send(self, ids: Sequence[int], now: datetime) -> None:
        """Say that a call for these entries, which nobody has sent yet, is the next to start. Commit before it does."""
        sent = "state = 'SENT', due_at = NULL, sent_at = ?, attempts = attempts + 1"
        self._must_move(ids, ("NEW", "CLAIMED", "WAITING"), sent, datetime_text(now))

    def hold_back(self, ids: Sequence[int]) -> None:
        """Say that the call for these SENT entries surely never started: they are NEW again, as if never sent then."""
        back = "state = 'NEW', attempts = attempts - 1, sent_at = CASE WHEN attempts > 1 THEN sent_at END"
        self._must_move(ids, ("SENT",), back)

    def wait(self, ids: Sequence[int], until: datetime, code: str, message: str) -> None:
        """Put entries that are known not to have happened back, to be sent again at a time."""
        waiting = "state = 'WAITING', due_at = ?, code = ?, message = ?"
        known = ("NEW", "CLAIMED", "SENT", "UNKNOWN", "WAITING")
        self._must_move(ids, known, waiting, datetime_text(until), code, message)

    def wait_each(self, waits: Sequence[tuple[int, datetime, str, str]]) -> None:
        """Put entries that are known not to have happened back, each until a time of its own, with code and message."""
        rows = [(datetime_text(until), code, message, entry) for entry, until, code, message in waits]
        driver(self._connection).executemany(_WAIT, rows)

    def look_again(self, looks: Sequence[tuple[int, datetime, str]]) -> None:
        """Leave UNKNOWN entries as they are until a time, each its own, with words: then somebody looks again."""
        rows = [(datetime_text(at), words, entry) for entry, at, words in looks]
        driver(self._connection).executemany(
            "UPDATE _outbox SET due_at = ?, message = ? WHERE id = ? AND state = 'UNKNOWN'", rows
        )

    def doubt(self, ids: Sequence[int]) -> None:
        """Say that the answer for these SENT entries never came: they are UNKNOWN until somebody looks at the org."""
        self._must_move(ids, ("SENT",), "state = 'UNKNOWN'")

    def recover(self, run: int | None) -> None:
        """Take over from processes that died: what they had CLAIMED is NEW again, what they had SENT is UNKNOWN."""
        for was, becomes in (("CLAIMED", EntryState.NEW), ("SENT", EntryState.UNKNOWN)):
            mine = update(_table).where(_table.c.state == was)
            if run is not None:
                mine = mine.where(_table.c.run == run)
            self._connection.execute(mine.values(state=becomes.value))

    def most_tried(self, ids: Sequence[int]) -> int:
        """Give how often that of these entries was sent that was sent most often."""
        asked = (select(func.max(_table.c.attempts)).where(_table.c.id.in_(some)) for some in slices(ids))
        return max(int(self._connection.execute(question).scalar() or 0) for question in asked)

    # --- ends ---

    def settle(
        self, entry_id: int, state: EntryState, code: str = "", message: str = "", record_id: str | None = None
    ) -> None:
        """Bring an open entry to its end. Raises MirrorError where it is no end, or the entry has one already."""
        self.settle_many([Settlement(entry_id, state, code, message, record_id)])

    def settle_many(self, settlements: Iterable[Settlement]) -> None:
        """Bring open entries to their ends. Raises MirrorError, with nothing done, as `settle` does."""
        alike: dict[tuple[EntryState, str, str], list[int]] = {}
        made = []
        for end in settlements:
            alike.setdefault((end.state, end.code, end.message), []).append(end.id)
            if end.record_id is not None:
                made.append((end.record_id, end.id))
        wrong = next(((state, ids) for (state, _, _), ids in alike.items() if not state.settled), None)
        if wrong is not None:
            raise MirrorError(f"{wrong[0].value} is no end for entry {wrong[1][0]} of the outbox")
        now = datetime_text(self._clock.now())
        ended = sum(
            self._move(ids, _OPEN, _END, state.value, code, message, now)
            for (state, code, message), ids in alike.items()
        )
        driver(self._connection).executemany("UPDATE _outbox SET record_id = ? WHERE id = ?", made)
        self._all_of_them(ended, sum(map(len, alike.values())))

    def cancel(self, ids: Sequence[int]) -> int:
        """Take back entries nobody has sent or is sending (NEW, WAITING); gives how many of these that were."""
        now = datetime_text(self._clock.now())
        return self._move(ids, ("NEW", "WAITING"), "state = 'CANCELLED', settled_at = ?, due_at = NULL", now)

    def supersede(self, run: int | None, message: str) -> int:
        """End what is known not to have happened (NEW, WAITING) of one run or all: something newer stands for it.

        What it was to try again has not been tried: dead letters are dead letters once more.
        """
        never_sent = update(_table).where(_table.c.state.in_(("NEW", "WAITING")))
        if run is not None:
            never_sent = never_sent.where(_table.c.run == run)
        done = never_sent.values(
            state=EntryState.SUPERSEDED.value, message=message, settled_at=self._clock.now(), due_at=None, revives=None
        )
        return self._connection.execute(done).rowcount

    # --- looking ---

    def get(self, entry_id: int) -> Entry | None:
        """Give an entry, None where there is none of that number."""
        found = self.chosen([entry_id])
        return found[0] if found else None

    def chosen(self, ids: Sequence[int]) -> list[Entry]:
        """Give these entries, oldest first."""
        found: list[Entry] = []
        for some in slices(sorted(ids)):
            marks = ", ".join("?" * len(some))
            rows = driver(self._connection).execute(f"{ENTRIES} WHERE id IN ({marks}) ORDER BY id", some)
            found.extend(map(entry_of, rows))
        return found

    def entries(
        self, run: int | None = None, states: Iterable[EntryState] | None = None, limit: int = 200
    ) -> list[Entry]:
        """Give entries, newest first: of one run or all, in some states or any."""
        wanted = select(_table).order_by(_table.c.id.desc()).limit(limit)
        if run is not None:
            wanted = wanted.where(_table.c.run == run)
        if states is not None:
            wanted = wanted.where(_table.c.state.in_([state.value for state in states]))
        return [_entry(row) for row in self._connection.execute(wanted)]

    def each(self, run: int, states: Iterable[EntryState] = tuple(EntryState)) -> Iterator[Entry]:
        """Give all entries of a run in some states, oldest first, as they come: none waits in memory for the others."""
        names = ", ".join(f"'{state.value}'" for state in states)
        for row in streamed(self._connection, f"{ENTRIES} WHERE run = {int(run)} AND state IN ({names}) ORDER BY id"):
            yield entry_of(row)

    def unknown(self, run: int | None, now: datetime, limit: int = 2_000) -> list[Entry]:
        """Give entries whose outcome nobody knows and that may be looked at, oldest first.

        Those of a Bulk job under way are left out, and those that are to be looked at later.
        """
        which = "state = 'UNKNOWN' AND run = coalesce(:run, run) AND (due_at IS NULL OR due_at <= :now)"
        settled = "(job IS NULL OR job NOT IN (SELECT id FROM _jobs WHERE ended_at IS NULL))"
        rows = driver(self._connection).execute(
            f"{ENTRIES} WHERE {which} AND {settled} ORDER BY id LIMIT :limit",
            {"run": run, "now": datetime_text(now), "limit": limit},
        )
        return list(map(entry_of, rows))

    def dead_letters(self, limit: int = 200) -> list[Entry]:
        """Give the REJECTED entries nobody has revived, newest first."""
        revived = _table.alias()
        wanted = (
            select(_table)
            .where(_table.c.state == EntryState.REJECTED.value)
            .where(~select(revived.c.id).where(revived.c.revives == _table.c.id).exists())
            .order_by(_table.c.id.desc())
            .limit(limit)
        )
        return [_entry(row) for row in self._connection.execute(wanted)]

    def last_tries(self, entries: Sequence[Entry]) -> list[Entry]:
        """Give for each entry the one that tried it last: itself where nobody has revived it."""
        last = {entry.id: entry for entry in entries}  # by the id of the entry it began with
        began = {entry.id: entry.id for entry in entries}  # by the id of one that may have been revived
        while began:
            later: dict[int, int] = {}
            for some in slices(list(began)):
                for row in self._connection.execute(select(_table).where(_table.c.revives.in_(some))):
                    later[row.id] = began[row.revives]
                    last[later[row.id]] = _entry(row)
            began = later
        return list(last.values())

    def often_locked(self, run: int) -> bool:
        """Tell whether changes of a run wait that found their record, or its parent, locked twice or more often."""
        locked = "run = ? AND state = 'WAITING' AND code = 'UNABLE_TO_LOCK_ROW' AND attempts >= 2"
        asked = f"SELECT id FROM _outbox WHERE {locked} LIMIT 1"  # noqa: S608 - ours
        return driver(self._connection).execute(asked, (run,)).fetchone() is not None

    def counts(self, run: int | None = None) -> dict[str, int]:
        """Count the entries of one run or all, by the name of their state; states nothing is in are left out."""
        of_run = "" if run is None else "WHERE run = ?"
        asked = f"SELECT state, count(*) FROM _outbox {of_run} GROUP BY state"  # noqa: S608 - ours
        return dict(driver(self._connection).execute(asked, () if run is None else (run,)))

    def count_saying(self, run: int, message: str) -> int:
        """Count the entries of a run that ended with these words."""
        wanted = select(func.count()).where(_table.c.run == run, _table.c.message == message)
        return int(self._connection.execute(wanted.where(_table.c.state.not_in(_OPEN))).scalar_one())

    def open_runs(self) -> list[int]:
        """Give the runs that have entries which are not settled, oldest first."""
        wanted = select(_table.c.run).where(_table.c.state.in_(_OPEN)).distinct().order_by(_table.c.run)
        return list(self._connection.execute(wanted).scalars())

    def about(self, sobject: str, record_id: str, limit: int = 200) -> list[Entry]:
        """Give the entries about one record, newest first."""
        one = (_table.c.sobject == sobject, _table.c.record_id == record_id)
        wanted = select(_table).where(*one).order_by(_table.c.id.desc()).limit(limit)
        return [_entry(row) for row in self._connection.execute(wanted)]

    def states(self, run: int, ids: Sequence[str]) -> dict[str, EntryState]:
        """Give by their ids in what state a run's entries about records are; of others there is none."""
        found: dict[str, EntryState] = {}
        for some in slices(ids):
            asked = select(_table.c.record_id, _table.c.state).where(_table.c.record_id.in_(some))
            rows = self._connection.execute(asked.where(literal_column("+run") == run))  # quicker found by their ids
            found.update((record_id, EntryState(state)) for record_id, state in rows)
        return found

    def unsettled(self, ids: Sequence[str]) -> Iterator[Entry]:
        """Give the entries about records that are not settled, oldest first."""
        for some in slices(ids):
            where = f"about IN ({', '.join('?' * len(some))}) AND {tables.OPEN_ENTRY} ORDER BY id"
            yield from map(entry_of, driver(self._connection).execute(f"{ENTRIES} WHERE {where}", some))

    def written(self, run: int, after: int = 0, limit: int = -1) -> list[tuple[int, str, str]]:
        """Give entries by which a run created or updated records, behind one, oldest first: entry, sObject, record."""
        wanted = (
            select(_table.c.id, _table.c.sobject, _table.c.record_id)
            .where(_table.c.run == run, _table.c.state == EntryState.APPLIED.value, _table.c.action != "delete")
            .where(_table.c.record_id.is_not(None), _table.c.id > after)
            .order_by(_table.c.id)
        )
        found = self._connection.execute(wanted if limit < 0 else wanted.limit(limit))
        return [(number, sobject, record_id) for number, sobject, record_id in found]

    def next_due_at(self, run: int | None = None, after: datetime | None = None) -> datetime | None:
        """Give when the next WAITING entry (of a run, due after a time) is due, None where none waits."""
        earliest = select(func.min(_table.c.due_at)).where(_table.c.state == EntryState.WAITING.value)
        if run is not None:
            earliest = earliest.where(_table.c.run == run)
        if after is not None:
            earliest = earliest.where(_table.c.due_at > after)
        return self._connection.execute(earliest).scalar()

    def _move(self, ids: Sequence[int], come_from: tuple[str, ...], becomes: str, *values: str) -> int:
        """Change those of these entries that are in one of some states; gives how many these were."""
        states, moved = ", ".join(f"'{state}'" for state in come_from), 0
        for some in slices(ids):
            those = f"id IN ({', '.join('?' * len(some))}) AND state IN ({states})"
            done = driver(self._connection).execute(f"UPDATE _outbox SET {becomes} WHERE {those}", (*values, *some))  # noqa: S608 - ours
            moved += done.rowcount
        return moved

    def _must_move(self, ids: Sequence[int], come_from: tuple[str, ...], becomes: str, *values: str) -> None:
        self._all_of_them(self._move(ids, come_from, becomes, *values), len(ids))

    def _all_of_them(self, moved: int, asked: int) -> None:
        if moved != asked:
            raise MirrorError(
                f"{asked - moved} of {asked} entries of the outbox are no longer in the state this step starts from",
                todo="nothing was changed; run the command again",
            )


def _entry(row: Row[Any]) -> Entry:
    columns = {name: row._mapping[name] for name in ("id", "run", "attempts", "code", "message", "revives")}
    return Entry(
        **columns,
        change=document_change(row.change, row.record_id),
        state=EntryState(row.state),
        due_at=row.due_at,
        sent_at=row.sent_at,
        settled_at=row.settled_at,
    )
