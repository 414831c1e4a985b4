"""Exports written by a test, loaded into an empty org."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sfsync.clock import SetClock
from sfsync.localorg.control.renewal import found
from sfsync.localorg.load.loading import load
from sfsync.localorg.load.report import Report
from sfsync.localorg.load.sources import from_paths
from sfsync.localorg.seed.amounts import Amounts
from sfsync.localorg.state import State, Stored

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
LOADED_AT = "2026-11-24T12:30:00.000+0000"
HEAD = "Id,LastName,Company,OwnerId"
ANA = "005000000000001AAA"


def lead_id(number: int) -> str:
    """An 18-character lead id without capitals past its prefix."""
    return f"00Q{number:012d}EAA"


@dataclass(frozen=True)
class Loader:
    """An empty org and a folder to write exports to."""

    state: State
    folder: Path

    def __call__(self, files: Mapping[str, str | bytes]) -> Report:
        """Write the files and load the folder."""
        for name, content in files.items():
            (self.folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        report = load(self.state, NOW, from_paths([self.folder]))
        for name in files:
            (self.folder / name).unlink()
        return report

    def leads(self, rows: str, head: str = HEAD) -> Report:
        """Load one file of leads."""
        return self({"Lead.csv": f"{head}\n{rows}"})

    def values(self, column: str, sobject: str = "Lead") -> list[Stored]:
        """Give one column of all records, by Id."""
        return [row[0] for row in self.state.rows(f'SELECT "{column}" FROM "{sobject}" ORDER BY Id')]


@pytest.fixture
def loader(tmp_path: Path) -> Iterator[Loader]:
    """Make an empty org."""
    state = State.open(tmp_path / "org")
    found(state, SetClock(NOW), Amounts(0, 0, 0, 0), 1)
    folder = tmp_path / "exports"
    folder.mkdir()
    yield Loader(state, folder)
    state.close()


@pytest.fixture
def told() -> Callable[[Report], list[tuple[str, str, str | None, list[int]]]]:
    """Give a report's groups in short: kind, reason, field, rows."""
    return lambda report: [(one.kind, one.reason, one.name, one.rows) for one in report.groups]
