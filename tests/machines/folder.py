"""A real working folder: a local org and commands in processes of their own, which can be killed."""

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import requests
from sqlalchemy.engine import make_url

from sfsync.clock import SystemClock

CLOCK = SystemClock()
COMMAND = (sys.executable, "-m", "sfsync")
PATIENCE_SECONDS = 120.0
_MEASURED = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
print(os.wait4(process.pid, 0)[2].ru_maxrss, file=sys.stderr)
"""  # a process between: what is forked off a large one counts what that holds


@dataclass
class Folder:
    """A working folder, and the facts of its org as `sfsync org start --json` prints them."""

    path: Path
    leads: int
    org: Mapping[str, Any]
    server: str | None = None  # URL of the mirror where it lives in PostgreSQL
    kills: list[Counter[str]] = field(default_factory=list)  # entries by state after each kill

    def run(self, *arguments: str) -> dict[str, Any]:
        """Run a command to its end; give the JSON object it prints."""
        done = subprocess.run(
            [*COMMAND, *arguments, "--json"], cwd=self.path, capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
        assert done.stdout, done.stderr
        printed: dict[str, Any] = json.loads(done.stdout)
        return printed

    def peak(self, *arguments: str) -> tuple[dict[str, Any], float]:
        """Run a command to its end; give the JSON object it prints, and the most megabytes it held."""
        done = subprocess.run(
            [sys.executable, "-c", _MEASURED, *COMMAND, *arguments, "--json"],
            cwd=self.path, capture_output=True, text=True, timeout=5 * PATIENCE_SECONDS,
        )  # fmt: skip
        assert done.stdout, done.stderr
        return json.loads(done.stdout), int(done.stderr.splitlines()[-1]) / 1024

    def killed(self, arguments: tuple[str, ...], begun: Callable[["Folder"], bool], commits: int, delay: float) -> bool:
        """Start a command and kill it: once its work has begun, so many commits and seconds later.

        Gives False where it had ended before that.
        """
        process = subprocess.Popen(
            [*COMMAND, *arguments, "--json"], cwd=self.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            with closing(self.mirror()) as mirror:
                version = self._wait(process, mirror, lambda: begun(self))
                for _ in range(commits):
                    version = self._wait(process, mirror, None, version)
            CLOCK.sleep(delay)
        finally:
            process.kill()
            process.wait()
        if process.returncode >= 0:
            return False
        self.kills.append(Counter(self.states()))
        return True

    def _wait(
        self, process: "subprocess.Popen[bytes]", mirror: Any, begun: Callable[[], bool] | None, version: object = None
    ) -> object:
        """Wait until the work has begun, or (None) until the mirror's version moves on, or the process ends."""
        asked = "SELECT pg_current_snapshot()::text" if self.server else "PRAGMA data_version"
        give_up = CLOCK.monotonic() + PATIENCE_SECONDS
        while process.poll() is None:
            assert CLOCK.monotonic() < give_up, "the command neither works nor ends"
            now = mirror.execute(asked).fetchone()[0]
            if begun() if begun else now != version:
                return now
            CLOCK.sleep(0.002)
        return version

    def mirror(self) -> Any:
        """Open the mirror to look: a connection of its database's driver."""
        if self.server:
            import psycopg

            return psycopg.connect(self.server, autocommit=True)
        return sqlite3.connect(f"file:{self.path}/.sfsync/mirror.db?mode=ro", uri=True)

    def states(self) -> dict[str, int]:
        """Count the entries of the outbox by state."""
        with closing(self.mirror()) as mirror:
            return dict(mirror.execute("SELECT state, count(*) FROM _outbox GROUP BY state").fetchall())

    def one(self, sql: str) -> Any:
        """Give one value out of the mirror."""
        with closing(self.mirror()) as mirror:
            return mirror.execute(sql).fetchone()[0]

    def held_in_mirror(self, sql: str) -> list[tuple[Any, ...]]:
        """Give rows out of the mirror."""
        with closing(self.mirror()) as mirror:
            return mirror.execute(sql).fetchall()

    def held(self, sql: str) -> list[tuple[Any, ...]]:
        """Give rows out of the org's own file."""
        with closing(sqlite3.connect(f"file:{self.org['state_folder']}/org.db?mode=ro", uri=True)) as state:
            return state.execute(sql).fetchall()

    def ten_minutes_pass(self) -> None:
        """Let the org's clock move on, so that ghosts come, and have the mirror wait for none any more."""
        self._control("POST", "clock", {"advance": 600})
        file = self.path / ".sfsync" / "mirror.db"
        with closing(self.mirror() if self.server else sqlite3.connect(file, isolation_level=None)) as mirror:
            mirror.execute("UPDATE _outbox SET ghost_until = '2000-01-01T00:00:00.000Z' WHERE ghost_until IS NOT NULL")
            mirror.execute("UPDATE _outbox SET due_at = NULL WHERE state = 'UNKNOWN'")

    def order(self, *faults: Mapping[str, object]) -> None:
        """Order faults through the control plane, in place of those on order."""
        self._control("DELETE", "faults")
        if faults:
            self._control("POST", "faults", list(faults))

    def struck(self) -> dict[str, int]:
        """Give how often each fault on order has struck."""
        return {str(fault["id"]): int(fault["hits"]) for fault in self._control("GET", "faults")["faults"]}

    def _control(self, method: str, path: str, body: object = None) -> Any:
        """Ask the org's control plane."""
        with requests.Session() as session:
            session.trust_env = False
            session.verify = self.org["ca_file"]
            answer = session.request(method, f"{self.org['control_url']}/{path}", json=body, timeout=30)
            answer.raise_for_status()
            return answer.json() if answer.content else None


@contextmanager
def open_folder(path: Path, leads: int, server: str | None = None) -> Iterator[Folder]:
    """Make a working folder whose org runs as a child of ours and holds so many leads; pull once.

    Its mirror is a file, or lives where the URL of a server says. Bulk jobs of the org take a few polls, so that a kill
    can fall between them.
    """
    subprocess.run([*COMMAND, "init", str(path)], check=True, capture_output=True, timeout=PATIENCE_SECONDS)
    if server:
        lead_to(path, server)
    none = [f"--{name}=0" for name in ("accounts", "contacts", "opportunities")]
    org = subprocess.Popen(
        [*COMMAND, "org", "start", "--foreground", "--json", "--port=0", "--bulk-jobs=polls:3",
         f"--leads={leads}", *none],
        cwd=path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert org.stdout is not None
        folder = Folder(path, leads, json.loads(org.stdout.readline()), server)
        assert folder.run("pull")["exit"] == 0
        yield folder
    finally:
        org.terminate()
        org.communicate(timeout=PATIENCE_SECONDS)


def allow_all_overwrites(folder: Path) -> None:
    """Have the brakes of a working folder let every record be overwritten."""
    settings = folder / "sfsync.toml"
    text = settings.read_text(encoding="utf-8").replace("overwrites = 500", "overwrites = 100_000")
    settings.write_text(text.replace("overwrites_percent = 20", "overwrites_percent = 100"), encoding="utf-8")


def lead_to(folder: Path, server: str) -> None:
    """Have the settings of a fresh working folder lead to the schema of a server, with the password in a file."""
    url = make_url(server)
    told = f'url = "{server.replace(f":{url.password}@", "@")}"'
    if url.password:
        (folder / "pw").touch(mode=0o600)
        (folder / "pw").write_text(str(url.password), encoding="utf-8")
        told += '\npassword = "file:pw"'
    settings = folder / "sfsync.toml"
    text, usual = settings.read_text(encoding="utf-8"), 'url = "sqlite:///.sfsync/mirror.db"'
    assert usual in text
    settings.write_text(text.replace(usual, told), encoding="utf-8")


def chance(name: str) -> tuple[Random, int]:
    """Give randomness by the seed in SFSYNC_SEED, or a fresh one, with the seed to print."""
    seed = int(os.environ.get("SFSYNC_SEED") or Random().randrange(1 << 32))
    return Random(f"{name} {seed}"), seed
