"""One outcome a row, as files beside the run: what was done, what was refused and why, what is still to do."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfsync.dataload.rows import RESULT_COLUMNS, Table
from sfsync.errors import file_error
from sfsync.mirror.entries import Entry, EntryState
from sfsync.mirror.long_lists import Form
from sfsync.mirror.scratch import Scratch, json_text
from sfsync.records.change import Action
from sfsync.sync.settle import ALREADY

REFUSED = (EntryState.REJECTED, EntryState.SUPERSEDED, EntryState.CANCELLED)
"""States of entries whose rows were not carried out, and will not be."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row."""

    row: int
    kind: str  # which file it goes to
    told: tuple[str, str]  # our last two columns there


@dataclass(frozen=True, slots=True)
class Results:
    """What became of each row of an import, in the order of the rows."""

    by_row: Sequence[Result]
    counts: Mapping[str, int]  # rows, applied, unchanged, rejected, open


def results_of(scratch: Scratch, entries: Iterable[Entry]) -> Results:
    """Sum up what became of entries."""
    counts: Counter[str] = Counter(dict.fromkeys(("rows", "applied", "unchanged", "rejected", "open"), 0))
    found = scratch.of(_RESULTS, key=lambda one: f"{one.row:012d}")
    for entry in entries:
        kind = _kind(entry)
        found.add([Result(entry.change.row or 0, kind, _ours(kind, entry))])
        counts["rows"] += 1
        done = "unchanged" if entry.message == ALREADY else "applied"
        counts[{"done": done, "refused": "rejected", "open": "open"}[kind]] += 1
    return Results(found.all(), counts)


def _read_result(text: str) -> Result:
    row, kind, told = json.loads(text)
    return Result(row, kind, tuple(told))


_RESULTS = Form(lambda one: json_text([one.row, one.kind, one.told]), _read_result)


def write_results(folder: Path, table: Table, results: Results) -> dict[str, str]:
    """Write `done.csv`, `refused.csv` and `open.csv`: our columns first, then the row as the file had it.

    Give the paths of those that hold rows, by what they tell. Files are 0600, their folder 0700. Raises FileError where
    they cannot be written.
    """
    try:
        return _written(folder, table, results)
    except OSError as error:
        path, then = Path(error.filename or folder), "`sfsync import --resume RUN`, which sends nothing twice"
        raise file_error(path, error, f"see what is in its place, then {then}", then) from error


def _written(folder: Path, table: Table, results: Results) -> dict[str, str]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = {kind: folder / f"{kind}.csv" for kind in RESULT_COLUMNS}
    for path in paths.values():
        path.unlink(missing_ok=True)
    writers: dict[str, Any] = {}
    with ExitStack() as opened:
        for row, kind, told, cells in _joined(table, results):
            if kind not in writers:
                unfinished = paths[kind].with_suffix(".part")
                unfinished.touch(mode=0o600)
                file = opened.enter_context(unfinished.open("w", encoding="utf-8", newline=""))
                writers[kind] = csv.writer(file)
                writers[kind].writerow([*RESULT_COLUMNS[kind], *table.header])
            writers[kind].writerow([str(row), *told, *cells])
    for kind in writers:
        paths[kind].with_suffix(".part").replace(paths[kind])
    return {kind: str(path) for kind, path in paths.items() if kind in writers}


def _joined(table: Table, results: Results) -> Iterator[tuple[int, str, tuple[str, ...], tuple[str, ...]]]:
    """Give the rows of which something is known, each once."""
    told = iter(results.by_row)
    result = next(told, None)
    for row in table.rows():
        while result is not None and result.row < row.number:
            result = next(told, None)
        if result is not None and result.row == row.number:
            yield row.number, result.kind, result.told, row.cells


def _kind(entry: Entry) -> str:
    if entry.state is EntryState.APPLIED:
        return "done"
    return "refused" if entry.state.settled else "open"


def _ours(kind: str, entry: Entry) -> tuple[str, str]:
    if kind == "done":
        made = "created" if entry.change.action is Action.CREATE else "updated"
        return entry.change.id or "", ALREADY if entry.message == ALREADY else made
    return entry.code if kind == "refused" else entry.state.value, entry.message
