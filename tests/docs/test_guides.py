"""What the guides tell people to type works."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from shutil import which

import pytest
import requests

from sfsync.clock import SystemClock
from sfsync.localorg.process import lifecycle
from sfsync.localorg.process.foreground import Options
from tests.cli.shell import Shell, wishes_for
from tests.docs.pages import CHECKOUT, GUIDES, Block, blocks
from tests.shop import Shop

CLIENT_GUIDES = {"your-own-client.md": 3, "break-it-yourself.md": 8}  # with the pieces of Python in each
PROGRAM = Path(sys.executable).with_name("sfsync")


@dataclass
class Reader:
    """Somebody who types what a guide says, in an empty folder; the org answers in the same process."""

    shell: Shell
    org_folder: Path

    def follow(self, block: Block) -> None:
        """Do what a block is for."""
        if block.name:
            path = self.shell.folder / block.name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a") as stream:
                stream.write(f"\n{block.body}" if path.stat().st_size else block.body)
        elif block.kind == "console":
            for words, code in block.commands():
                self.type(words, code)

    def type(self, words: list[str], code: int) -> None:
        """Type one command."""
        if words[0] == "cd":
            self.shell.folder = self.shell.folder / words[1]
            os.chdir(self.shell.folder)
        elif words[:2] == ["sfsync", "serve"]:
            self.serve()
        else:
            assert words[0] == "sfsync", words
            told = self.shell.run(*words[1:])
            assert told.exit == code, f"{' '.join(words)}\n{told.out}{told.err}"

    def serve(self) -> None:
        """Run the daemon as a program of its own until it is healthy, then tell it to end."""
        (self.shell.folder / ".sfsync/org").symlink_to(self.org_folder)
        self.shell.edit("sfsync.toml", "127.0.0.1:8765", "127.0.0.1:0")
        self.shell.edit("sfsync.toml", "/mirror.db", "/served.db")  # of another org than the one in this process
        with (
            (self.shell.folder / "serve.log").open("w") as log,
            subprocess.Popen([PROGRAM, "serve"], stdout=subprocess.PIPE, stderr=log) as daemon,
        ):
            assert daemon.stdout is not None
            line = daemon.stdout.readline()
            assert line, (self.shell.folder / "serve.log").read_text()
            told = json.loads(line)
            assert told["pid"] == daemon.pid
            assert requests.get(f"{told['address']}/healthz", timeout=30).status_code == 200
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(30) == 0
        self.shell.edit("sfsync.toml", "/served.db", "/mirror.db")
        (self.shell.folder / ".sfsync/org").unlink()


@pytest.mark.long
@pytest.mark.parametrize(
    "page", [page for page in GUIDES if page.name not in CLIENT_GUIDES], ids=lambda page: page.stem
)
def test_every_command_of_a_guide_works(
    page: Path, shop: Shop, org_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed in order in an empty folder, each command ends as the guide says."""
    monkeypatch.setattr(lifecycle, "default_folder", lambda folder, environment: org_folder)
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    reader = Reader(Shell(tmp_path / "home", wishes_for(shop)), org_folder)
    for block in blocks(page):
        reader.follow(block)
    lifecycle.start(Options(org_folder), SystemClock())  # where the guide ended by stopping it


@pytest.mark.long
@pytest.mark.parametrize("name", CLIENT_GUIDES)
def test_a_guide_for_other_clients_works(name: str, tmp_path: Path) -> None:
    """Commands and scripts of the guide, run by a shell and by Python as they stand, against an org of their own."""
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state"), "PATH": f"{PROGRAM.parent}:{os.defpath}"}
    (tmp_path / "work").mkdir()
    written: list[str] = []
    try:
        for kind, group in groupby(blocks(CHECKOUT / "docs/guides" / name), lambda one: "" if one.name else one.kind):
            for block in group:
                if block.name:
                    (tmp_path / "work" / block.name).parent.mkdir(exist_ok=True)
                    (tmp_path / "work" / block.name).write_text(block.body)
                elif kind == "python":
                    written.append(block.body)
                elif kind == "console" or (kind == "sh" and which("curl") and which("jq")):
                    commands = "\n".join(line.removeprefix("$ ") for line in block.body.splitlines())
                    _run(["sh", "-ec", commands], tmp_path / "work", environment)
            if kind == "python":  # each piece goes on from those before
                script = [sys.executable, "-W", "ignore::ResourceWarning", "-c", "\n".join(written)]
                _run(script, tmp_path / "work", environment)
    finally:
        lifecycle.stop(tmp_path / "state/sfsync/org", SystemClock())
    assert len(written) == CLIENT_GUIDES[name]


def _run(call: list[str], folder: Path, environment: dict[str, str]) -> None:
    subprocess.run(call, cwd=folder, env=environment, check=True, capture_output=True, timeout=60)
