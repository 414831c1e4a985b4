"""What tests of the mirror share: a mirror in a folder of its own, a clock that stands still, a small Lead."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sfsync.clock import SetClock
from sfsync.mirror.open import Mirror, open_mirror
from tests.mirror.leads import FIELDS, LEAD


@pytest.fixture
def clock() -> SetClock:
    """A clock at a minute nobody mistakes for now."""
    return SetClock(datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where the mirror of a test lives."""
    return f"sqlite:///{tmp_path}/.sfsync/mirror.db"


@pytest.fixture
def mirror(url: str, clock: SetClock) -> Iterator[Mirror]:
    """A fresh mirror with nothing in it."""
    opened = open_mirror(url, clock=clock, writable=True)
    yield opened
    opened.close()


@pytest.fixture
def leads(mirror: Mirror) -> Mirror:
    """A mirror with an empty Lead table."""
    with mirror.writing() as books:
        books.schemas.put(LEAD, FIELDS)
        books.records.shape(LEAD, FIELDS)
    return mirror
