"""Watching what one request writes: which rows, what they were before, and which parents they lock."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sfsync.localorg.faults import later
from sfsync.localorg.locking import parents_of
from sfsync.localorg.sobject import SObject
from sfsync.localorg.state import State, Stored

Row = dict[str, Stored]


class Watch:
    """The rows written while it watches; `rows` has each as it was, None where it was not there."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.rows: dict[tuple[str, str], Row | None] = {}

    def note(self, sobject: SObject, ids: Sequence[str]) -> None:
        """Take note of rows about to be written."""
        for record_id in ids:
            key = (sobject.name, record_id)
            if key not in self.rows:
                self.rows[key] = _row(self._state, sobject.name, record_id)

    def after(self) -> list[tuple[str, str, Row | None]]:
        """Give the rows as they are now."""
        return [(name, record_id, _row(self._state, name, record_id)) for name, record_id in self.rows]

    def put_back(self) -> None:
        """Make the rows what they were."""
        for (name, record_id), row in self.rows.items():
            later.put_row(self._state, name, record_id, row)

    def locked(self) -> list[str]:
        """Give the ids of the records written and of the parents they hang on, before or now."""
        ids: dict[str, None] = {}
        now = {(name, record_id): row for name, record_id, row in self.after()}
        for (name, record_id), before in self.rows.items():
            ids[record_id] = None
            for row in (before, now[name, record_id]):
                ids.update(dict.fromkeys(_parents(self._state, name, row)))
        return list(ids)


def _parents(state: State, name: str, row: Row | None) -> Iterator[str]:
    sobject = state.catalog.sobject(name)
    if sobject is not None and row is not None:
        yield from parents_of(sobject, row)


def _row(state: State, table: str, record_id: str) -> Row | None:
    row = state.one(f'SELECT * FROM "{table}" WHERE Id = ?', (record_id,))  # noqa: S608 - a name of the catalog
    return None if row is None else dict(row)


@contextmanager
def watching(state: State) -> Iterator[Watch]:
    """Watch what is written."""
    watch = Watch(state)
    state.watch = watch.note
    try:
        yield watch
    finally:
        state.watch = None
