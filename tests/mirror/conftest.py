"""What tests of the mirror share: a mirror in a folder of its own, a clock that stands still, a small Lead."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sfsync.clock import SetClock
from sfsync.mirror.open import Mirror, open_mirror
from tests.mirror.leads import FIELDS, LEAD
from tests.postgres import BOTH

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)  # of a day nobody mistakes for today


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands still."""
    return SetClock(NOON)


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the mirror of a test lives, in one database and in the other."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/.sfsync/mirror.db"


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a fresh mirror, made once; tests take copies of it."""
    folder = tmp_path_factory.mktemp("fresh") / ".sfsync"
    open_mirror(f"sqlite:///{folder}/mirror.db", clock=SetClock(NOON), writable=True).close()
    return folder


@pytest.fixture
def mirror(url: str, clock: SetClock, tmp_path: Path, fresh: Path) -> Iterator[Mirror]:
    """A fresh mirror with nothing in it."""
    if url.startswith("sqlite"):
        shutil.copytree(fresh, tmp_path / ".sfsync")
    opened = open_mirror(url, clock=clock, writable=True, scratch=tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def leads(mirror: Mirror) -> Mirror:
    """A mirror with an empty Lead table."""
    with mirror.writing() as books:
        books.schemas.put(LEAD, FIELDS)
        books.records.shape(LEAD, FIELDS)
    return mirror
