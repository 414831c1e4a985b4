"""Promises of memory: it does not grow with the number of changes. Real commands, each in a process of its own."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.machines.folder import Folder, allow_all_overwrites, open_folder

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

FEW = 2_500
MANY = 16_000
GROWTH_MB = 25
"""What 13,500 changes more may take: held in memory each would take two kilobytes at least, 30 MB in all."""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """A working folder with an org of 16,000 leads, pulled once, whose brakes allow to overwrite all of them."""
    with open_folder(tmp_path / "shop", MANY) as opened:
        allow_all_overwrites(opened.path)
        yield opened


def import_titles(folder: Folder, rows: int) -> tuple[dict[str, Any], float]:
    """Give so many leads a title by a file; give the outcome and the megabytes it took."""
    ids = folder.held(f"SELECT Id FROM Lead WHERE IsConverted = 0 ORDER BY Id LIMIT {rows}")
    with (folder.path / "titles.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Id", "Title", "Description"))
        writer.writerows((one, f"Weaver of {rows}", "x" * 60) for (one,) in ids)
    done, peak = folder.peak("import", "titles.csv", "--sobject", "Lead", "--operation", "update", "--yes")
    assert done["exit"] == 0 and done["counts"]["applied"] == len(ids)
    return done, peak


def test_memory_does_not_grow_with_the_number_of_changes(folder: Folder) -> None:
    """Planning, applying, importing and taking back 16,000 changes takes hardly more than 2,500 do."""
    imported, few = import_titles(folder, FEW)
    undone, few_undone = folder.peak("undo", str(imported["run"]), "--yes")
    assert undone["counts"]["applied"] == FEW
    peaks = {}
    planned, peaks["plan"] = folder.peak("plan", "--out", "plan.json")
    applied, peaks["apply"] = folder.peak("apply", "--yes")
    assert applied["counts"]["applied"] == planned["counts"]["planned"] > FEW * 4
    undone, peaks["undo"] = folder.peak("undo", str(applied["run"]), "--yes")
    assert undone["counts"]["applied"] == applied["counts"]["applied"]
    saved, peaks["apply FILE"] = folder.peak("apply", "plan.json", "--yes")
    assert saved["counts"]["applied"] == planned["counts"]["planned"]
    imported, peaks["import"] = import_titles(folder, MANY)
    assert imported["counts"]["rows"] > FEW * 4
    base = max(few, few_undone)
    assert {name: round(peak - base) for name, peak in peaks.items() if peak - base > GROWTH_MB} == {}, (base, peaks)
