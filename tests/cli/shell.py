"""A working folder and somebody who types commands in it, with an org that answers in the same process."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NoReturn
from unittest.mock import patch

from sfsync.app import LocalAccess, Wishes
from sfsync.cli.calling import approve_all
from sfsync.cli.main import main
from sfsync.localorg.mounts.inprocess import InProcessAdapter
from sfsync.salesforce.connect import OrgAccess, connect
from tests.shop import HOST, Shop

KEYS = ["command", "run", "state", "exit", "counts", "problems"]
PLACES = {"file", "line", "column", "key", "sobject", "id", "field", "row"}


@dataclass(frozen=True)
class Told:
    """What came of a call: its exit code and what it printed."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout, held to what every command promises of it."""
        assert self.out.count("\n") == 1 and self.out.endswith("\n"), self.out[:500] + self.err[:500]
        told: dict[str, Any] = json.loads(self.out)
        assert list(told)[: len(KEYS)] == KEYS
        assert told["exit"] == self.exit
        for problem in told["problems"]:
            assert set(problem) == {"message", "next", "where"} and problem["message"]
            assert set(problem["where"]) <= PLACES
        return told


class _Terminal(io.StringIO):
    """A terminal, for what asks whether it is one."""

    def isatty(self) -> bool:
        return True


@dataclass
class Shell:
    """Types commands in a working folder."""

    folder: Path
    wishes: Wishes

    def run(self, *words: object) -> Told:
        """Type a command whose output goes elsewhere, as in a script."""
        return self._call([str(word) for word in words], io.StringIO(), io.StringIO())

    def ask(self, *words: object) -> Told:
        """Type a command with --json."""
        return self.run(*words, "--json")

    def type(self, *words: object, answer: str) -> Told:
        """Type a command at a terminal, and an answer to what it asks."""
        return self._call([str(word) for word in words], _Terminal(), _Terminal(f"{answer}\n"))

    def _call(self, words: list[str], out: io.StringIO, typed: io.StringIO) -> Told:
        err = io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "stdin", typed):
            code = ended(words, self.wishes)
        assert "Traceback" not in err.getvalue(), err.getvalue()
        return Told(code, out.getvalue(), err.getvalue())

    def write(self, name: str, text: str | bytes) -> Path:
        """Make a file in the folder."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def edit(self, name: str, before: str, after: str) -> None:
        """Change a file of the folder."""
        path = self.folder / name
        text = path.read_text()
        assert text.count(before) == 1, f"{before!r} is there {text.count(before)} times"
        path.write_text(text.replace(before, after))


def ended(words: list[str], wishes: Wishes) -> int:
    """Call the program; give the exit code it ends with."""
    try:
        _end(words, wishes)
    except SystemExit as end:
        return int(end.code or 0)


def _end(words: list[str], wishes: Wishes) -> NoReturn:
    main(words, wishes)


def wishes_for(shop: Shop) -> Wishes:
    """Give what leads a call to a shop's org, under the shop's clock."""
    state = shop.local.state
    access = LocalAccess(
        HOST, shop.folder / "ca.pem", str(state.setting("client_id")), str(state.setting("client_secret"))
    )

    def connected(wanted: OrgAccess, clock: Any) -> Any:
        transport = InProcessAdapter(shop.local.answer, shop.clock)
        return connect(wanted, clock, transport=transport, chance=Random(1))

    return Wishes(approve_all, lambda folder: access, clock=shop.clock, connect=partial(connected))
