"""Orgs filled by number and seed."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sfsync.clock import SetClock
from sfsync.localorg import bootstrap
from sfsync.localorg.seed.amounts import Amounts
from sfsync.localorg.seed.sowing import sow
from sfsync.localorg.state import State

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)  # a Tuesday

Sown = Callable[..., State]


@pytest.fixture(scope="module")
def sown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sown]:
    """Make filled orgs."""
    opened: list[State] = []

    def make(seed: int = 1, **amounts: int) -> State:
        state = empty(tmp_path_factory.mktemp("org"))
        opened.append(state)
        sow(state, NOW, Amounts(**amounts), seed)
        return state

    yield make
    for state in opened:
        state.close()


@pytest.fixture(scope="module")
def company(sown: Sown) -> State:
    """An org of the default size."""
    return sown()


def empty(folder: Path) -> State:
    state = State.open(folder)
    bootstrap.prepare(state, SetClock(NOW))
    return state
