"""One outcome a row, as files beside the run: what was done, what was refused and why, what is still to do."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sfsync.dataload.rows import RESULT_COLUMNS, Table
from sfsync.mirror.entries import Entry, EntryState
from sfsync.records.change import Action
from sfsync.sync.settle import ALREADY


def write_results(folder: Path, table: Table, entries: Sequence[Entry]) -> dict[str, str]:
    """Write `done.csv`, `refused.csv` and `open.csv`: our columns first, then the row as the file had it.

    Give the paths of those that hold rows, by what they tell. Files are 0600, their folder 0700.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    by_row = {entry.change.row: entry for entry in entries}
    paths = {}
    for kind, columns in RESULT_COLUMNS.items():
        path = folder / f"{kind}.csv"
        lines = [(entry, cells) for entry, cells in _joined(table, by_row) if _kind(entry) == kind]
        path.unlink(missing_ok=True)
        if lines:
            _write(path, [*columns, *table.header], [[*_ours(kind, entry), *cells] for entry, cells in lines])
            paths[kind] = str(path)
    return paths


def _joined(table: Table, by_row: Mapping[int | None, Entry]) -> Iterator[tuple[Entry, tuple[str, ...]]]:
    for row in table.rows():
        entry = by_row.get(row.number)
        if entry is not None:
            yield entry, row.cells


def _kind(entry: Entry) -> str:
    if entry.state is EntryState.APPLIED:
        return "done"
    return "refused" if entry.state.settled else "open"


def _ours(kind: str, entry: Entry) -> list[str]:
    row = str(entry.change.row)
    if kind == "done":
        made = "created" if entry.change.action is Action.CREATE else "updated"
        return [row, entry.change.id or "", entry.message if entry.message == ALREADY else made]
    return [row, entry.code if kind == "refused" else entry.state.value, entry.message]


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    unfinished = path.with_suffix(".part")
    unfinished.touch(mode=0o600)
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    unfinished.replace(path)
