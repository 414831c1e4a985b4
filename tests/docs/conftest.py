"""A local org for pages that need a real one, started once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sfsync.clock import SystemClock
from sfsync.localorg.process import lifecycle
from sfsync.localorg.process.foreground import Options


@pytest.fixture(scope="session")
def org_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state folder of a small local org that runs."""
    folder = tmp_path_factory.mktemp("org") / "org"
    lifecycle.start(Options(folder, leads=60, accounts=10, contacts=10, opportunities=5), SystemClock())
    yield folder
    lifecycle.stop(folder, SystemClock())
