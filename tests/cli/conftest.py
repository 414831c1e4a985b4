"""Working folders for tests of commands."""

from pathlib import Path

import pytest

from tests.cli.shell import Shell, wishes_for
from tests.shop import Shop


@pytest.fixture
def shell(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A fresh working folder, just made by `sfsync init`; its org holds 60 leads."""
    made = Shell(tmp_path / "work", wishes_for(shop))
    assert made.run("init", made.folder).exit == 0
    monkeypatch.chdir(made.folder)
    return made


@pytest.fixture
def pulled(shell: Shell) -> Shell:
    """A working folder after its first pull."""
    assert shell.run("pull").exit == 0
    return shell


@pytest.fixture
def applied(pulled: Shell) -> Shell:
    """A working folder whose run 2 has applied what the rules want."""
    assert pulled.ask("apply", "--yes").json["run"] == 2
    return pulled
