"""What tests of the mirror share: a mirror in a folder of its own, a clock that stands still, a small Lead."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sfsync.clock import SetClock
from sfsync.mirror.open import Mirror, open_mirror
from tests.mirror.leads import FIELDS, LEAD
from tests.postgres import BOTH


@pytest.fixture
def clock() -> SetClock:
    """A clock at a minute nobody mistakes for now."""
    return SetClock(datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the mirror of a test lives, in one database and in the other."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/.sfsync/mirror.db"


@pytest.fixture
def mirror(url: str, clock: SetClock, tmp_path: Path) -> Iterator[Mirror]:
    """A fresh mirror with nothing in it."""
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
