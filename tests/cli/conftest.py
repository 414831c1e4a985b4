"""Working folders for tests of commands."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sfsync.localorg.seed.amounts import Amounts
from tests.cli.shell import Shell, wishes_for
from tests.shop import Shop, open_shop


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose org holds 60 leads, with two working folders: one just made, one after its first pull."""
    place = tmp_path_factory.mktemp("prepared")
    with open_shop(place, Amounts(leads=60, accounts=10, contacts=10, opportunities=5)) as shop:
        for name in ("fresh", "pulled"):
            assert Shell(place / name, wishes_for(shop)).run("init", place / name).exit == 0
        assert Shell(place / "pulled", wishes_for(shop)).run("pull", "--config", place / "pulled/sfsync.toml").exit == 0
    return place


@pytest.fixture
def shop(prepared: Path, tmp_path: Path) -> Iterator[Shop]:
    """A copy of the prepared shop."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    with open_shop(tmp_path, None) as copied:
        yield copied


@pytest.fixture
def shell(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A fresh working folder, just made by `sfsync init`."""
    monkeypatch.chdir(shop.folder / "fresh")
    return Shell(shop.folder / "fresh", wishes_for(shop))


@pytest.fixture
def pulled(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A working folder after its first pull."""
    monkeypatch.chdir(shop.folder / "pulled")
    return Shell(shop.folder / "pulled", wishes_for(shop))


@pytest.fixture
def applied(pulled: Shell) -> Shell:
    """A working folder whose run 2 has applied what the rules want."""
    assert pulled.ask("apply", "--yes").json["run"] == 2
    return pulled
