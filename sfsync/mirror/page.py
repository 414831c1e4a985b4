"""Taking rows in: comparing them with what is known, writing what differs, and journaling it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress
from operator import ne

from sqlalchemy import Connection

from sfsync.mirror.driver import as_held, driver, is_one_of
from sfsync.mirror.journal import Journal, Row11
from sfsync.mirror.keys import Keys
from sfsync.mirror.layout import Layout
from sfsync.mirror.shape import quoted
from sfsync.mirror.slices import slices
from sfsync.mirror.taken import IDS_KEPT, Taken
from sfsync.mirror.upserts import upsert
from sfsync.records.values import Kind, Stored, datetime_text, from_stored, to_text

# Fields that move without anybody changing the record; kept in the mirror, never in the journal.
_STAMPS = {"SystemModstamp", "LastModifiedDate", "LastModifiedById", "LastViewedDate", "LastReferencedDate"}
NEVER_JOURNALED = frozenset(_STAMPS | {"LastActivityDate"})
# A record in which only these moved does not count as changed. (What somebody did last may well matter to a rule.)
UNREMARKABLE = frozenset(_STAMPS)


StoredRow = Sequence[Stored]


@dataclass(frozen=True, slots=True)
class Filling:
    """How rows are taken while some fields are still to be read of all records."""

    fields: frozenset[str]  # seen for the first time: where they held nothing, nobody changed them
    known_only: bool = True  # rows of records the mirror has not are passed over, since they bring some fields only
    hidden_from: Mapping[str, datetime] = field(default_factory=dict)  # of those that are back; older records had them


class Page:
    """Takes rows of one layout in, for one run, at one time (`now`, as text)."""

    def __init__(
        self, connection: Connection, layout: Layout, *, run: int, now: str, filling: Filling | None = None
    ) -> None:
        self._connection = connection
        self._layout = layout
        self._run = run
        self.now = now
        self.filling = filling
        self._filled = (
            {layout.names.index(name): filling.hidden_from.get(name) for name in filling.fields} if filling else {}
        )
        self._created = layout.place("CreatedDate")
        self._id = layout.names.index("Id")
        self._deleted = layout.place("IsDeleted")
        self._every = range(len(layout.names))
        self._remarkable = frozenset(place for place in self._every if layout.names[place] not in UNREMARKABLE)
        self._telling = _Telling(layout, run, now)

    @property
    def fills(self) -> bool:
        """Whether rows of records the mirror has not are passed over."""
        return self.filling is not None and self.filling.known_only

    def take(self, rows: Sequence[StoredRow]) -> tuple[Taken, list[str]]:
        """Take in rows whose values are as columns hold them; of two of one record the later counts.

        Gives what became of them, and the ids of all that were written.
        """
        by_id = {str(row[self._id]): row for row in as_held(self._connection, rows)}
        known = self._known(list(by_id))
        written: list[tuple[Stored, ...]] = []
        lines: list[Row11] = []
        tally = _Tally(len(rows))
        for record_id, row in by_id.items():
            deleted = 0 if self._deleted is None else int(row[self._deleted] or 0)
            was = known.get(record_id)
            if was is not None and self._deleted is None and self.filling is not None:
                deleted = int(was[-1] or 0)  # these rows do not tell
            if was is None:
                if self.fills:
                    continue
                tally.new(record_id)
            else:
                places = list(compress(self._every, map(ne, was, row)))
                if not places and was[-1] == deleted:
                    continue
                if self._filled:
                    places = [place for place in places if was[place] is not None or self._was_told(place, row)]
                lines += self._telling.lines(record_id, was, row, places, deleted)
                tally.met(record_id, not self._remarkable.isdisjoint(places), was[-1], deleted)
            written.append((*row, deleted, self._run))
        upsert(self._connection, self._layout, written)
        Journal(self._connection).add_rows(lines)
        self._follow(written)
        return tally.taken(), [str(row[self._id]) for row in written]

    def _was_told(self, place: int, row: StoredRow) -> bool:
        """Tell whether a record is known to have held nothing in a field: it was seen with it."""
        if place not in self._filled:
            return True
        until, created = self._filled[place], None if self._created is None else row[self._created]
        return until is not None and created is not None and str(created) < datetime_text(until)

    def _known(self, ids: list[str]) -> dict[str, tuple[Stored, ...]]:
        """Give what the mirror holds of these records: the layout's fields, then the tombstone flag."""
        names = ", ".join(quoted(name) for name in self._layout.names)
        found: dict[str, tuple[Stored, ...]] = {}
        for some in slices(ids):
            one_of, values = is_one_of(self._connection, some)
            rows = driver(self._connection).execute(
                f'SELECT {names}, _deleted FROM {quoted(self._layout.sobject)} WHERE "Id" {one_of}',  # noqa: S608 - checked names
                values,
            )
            found.update((row[self._id], row) for row in rows)
        return found

    def _follow(self, rows: Sequence[StoredRow]) -> None:
        """Let keys follow merges, and come back with what was undeleted."""
        place = self._layout.place("MasterRecordId")
        if place is None or self._deleted is None:
            return
        gone = [row for row in rows if row[self._deleted]]
        merged = [(str(row[self._id]), str(row[place])) for row in gone if row[place]]
        Keys(self._connection).follow(merged, there=[str(row[self._id]) for row in rows if not row[self._deleted]])


class _Telling:
    """How the journal tells what one run saw change in rows of one layout."""

    def __init__(self, layout: Layout, run: int, now: str) -> None:
        self._sobject = layout.sobject
        self._run = run
        self._now = now
        self._fields = [
            None if name in NEVER_JOURNALED or name == "IsDeleted" else (name, kind)
            for name, kind in zip(layout.names, layout.kinds, strict=True)
        ]
        stamps = (layout.place("LastModifiedDate"), layout.place("SystemModstamp"))
        self._stamps = [place for place in stamps if place is not None]
        self._by = layout.place("LastModifiedById")

    def lines(
        self, record_id: str, was: Sequence[Stored], row: StoredRow, places: Sequence[int], deleted: int
    ) -> list[Row11]:
        """Give the lines about a record: its fields at these places, and its death or return."""
        at, by = self._told(was, row)
        start = (self._run, at, self._sobject, record_id)
        lines: list[Row11] = []
        for place in places:
            if (field := self._fields[place]) is not None:
                name, kind = field
                before, after = journal_text(kind, was[place]), journal_text(kind, row[place])
                lines.append((*start, name, kind.value, before, after, "org", by, None))
        if was[-1] != deleted:
            before, after = journal_text(Kind.BOOLEAN, was[-1]), journal_text(Kind.BOOLEAN, deleted)
            lines.append((*start, "IsDeleted", Kind.BOOLEAN.value, before, after, "org", by, None))
        return lines

    def _told(self, was: Sequence[Stored], row: StoredRow) -> tuple[str, str | None]:
        """Give when the org says the record was changed, and by whom.

        What differs while no stamp moved is dated now, when it was seen; where neither LastModifiedDate nor who saved
        the record last moved (two may do so within a second), that one did not do it.
        """
        moved = [place for place in self._stamps if row[place] and row[place] != was[place]]
        saved = any(
            row[place] and row[place] != was[place] for place in (*self._stamps[:1], self._by) if place is not None
        )
        by = row[self._by] if saved and self._by is not None else None
        return str(row[moved[0]]) if moved else self._now, None if by is None else str(by)


def journal_text(kind: Kind, stored: Stored) -> str | None:
    """Give the journal's form of what a column holds; None for what is no value of its kind: none could read it."""
    if stored is None or kind in (Kind.TEXT, Kind.ID):
        return stored if stored is None else str(stored)
    try:
        return to_text(from_stored(kind, stored))
    except ValueError:
        return None


class _Tally:
    """Counts what became of rows."""

    def __init__(self, seen: int) -> None:
        self._seen = seen
        self._counts = {"new": 0, "changed": 0, "deleted": 0, "undeleted": 0}
        self._ids: list[str] = []

    def new(self, record_id: str) -> None:
        """Count a record that was never seen."""
        self._count("new", record_id)

    def met(self, record_id: str, remarkable: bool, was_deleted: Stored, deleted: int) -> None:
        """Count a record that differs from what was known."""
        if was_deleted != deleted:
            self._count("deleted" if deleted else "undeleted", record_id)
        elif remarkable:
            self._count("changed", record_id)

    def _count(self, what: str, record_id: str) -> None:
        self._counts[what] += 1
        if len(self._ids) < IDS_KEPT:
            self._ids.append(record_id)

    def taken(self) -> Taken:
        """Give the sums."""
        return Taken(self._seen, **self._counts, changed_ids=tuple(self._ids))
