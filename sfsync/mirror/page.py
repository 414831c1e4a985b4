"""Taking rows in: comparing them with what is known, writing what differs, and journaling it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from sfsync.mirror.driver import as_held, driver, is_one_of
from sfsync.mirror.journal import Journal, Row11
from sfsync.mirror.keys import Keys
from sfsync.mirror.layout import Layout
from sfsync.mirror.shape import quoted
from sfsync.mirror.slices import slices
from sfsync.mirror.taken import IDS_KEPT, Taken
from sfsync.mirror.upserts import upsert
from sfsync.records.values import Kind, Stored, from_stored, to_text

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
        self._filled = {layout.names.index(name) for name in filling.fields} if filling else set()
        self._id = layout.names.index("Id")
        self._deleted = layout.place("IsDeleted")

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
                places = [place for place, (old, new) in enumerate(zip(was, row, strict=False)) if old != new]
                if not places and was[-1] == deleted:
                    continue
                places = [place for place in places if place not in self._filled or was[place] is not None]
                lines += self._lines(record_id, was, row, places, deleted)
                tally.met(record_id, self._remarkable(places), was[-1], deleted)
            written.append((*row, deleted, self._run))
        upsert(self._connection, self._layout, written)
        Journal(self._connection).add_rows(lines)
        self._follow(written)
        return tally.taken(), [str(row[self._id]) for row in written]

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

    def _remarkable(self, places: list[int]) -> bool:
        return any(self._layout.names[place] not in UNREMARKABLE for place in places)

    def _lines(
        self, record_id: str, was: Sequence[Stored], row: StoredRow, places: list[int], deleted: int
    ) -> list[Row11]:
        """Give the journal's lines about a record: its fields, and its death or return."""
        names, kinds = self._layout.names, self._layout.kinds
        changed = [
            (names[place], kinds[place], was[place], row[place])
            for place in places
            if names[place] not in NEVER_JOURNALED and place != self._deleted
        ]
        if was[-1] != deleted:
            changed.append(("IsDeleted", Kind.BOOLEAN, was[-1], deleted))
        at, by = self._when(row), self._by(row)
        start = (self._run, at, self._layout.sobject, record_id)
        return [
            (*start, name, kind.value, journal_text(kind, old), journal_text(kind, new), "org", by, None)
            for name, kind, old, new in changed
        ]

    def _when(self, row: StoredRow) -> str:
        """Give when the org says the record was last changed; now where it does not say."""
        for name in ("LastModifiedDate", "SystemModstamp"):
            place = self._layout.place(name)
            if place is not None and row[place]:
                return str(row[place])
        return self.now

    def _by(self, row: StoredRow) -> str | None:
        place = self._layout.place("LastModifiedById")
        return None if place is None or row[place] is None else str(row[place])

    def _follow(self, rows: Sequence[StoredRow]) -> None:
        """Let keys follow merges, and come back with what was undeleted."""
        place = self._layout.place("MasterRecordId")
        if place is None or self._deleted is None:
            return
        gone = [row for row in rows if row[self._deleted]]
        merged = [(str(row[self._id]), str(row[place])) for row in gone if row[place]]
        Keys(self._connection).follow(merged, there=[str(row[self._id]) for row in rows if not row[self._deleted]])


_AS_THEY_ARE = (Kind.TEXT, Kind.ID)


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
