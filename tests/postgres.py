"""A PostgreSQL server for tests: the one that is named, or one of its own in a folder that goes with it.

`SFSYNC_TEST_PG_URL` names a server and a database in it, as postgresql://user@host/database; each test takes a schema
of its own there. Else a cluster is made with the server's own programs, which refuse to run as root: then it belongs to
the user `postgres` or `nobody`.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

NAMED = "SFSYNC_TEST_PG_URL"
USER, PASSWORD = "sfsync", "hunter2"
_SCHEMAS = count(1)
_QUICK = "-c fsync=off -c full_page_writes=off -c max_connections=60 -c shared_buffers=64MB"


def lacking() -> str | None:
    """Say why there can be no server here, None where there can."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg is not installed"
    if not os.environ.get(NAMED) and _programs() is None:
        return f"no PostgreSQL server: {NAMED} names none, and there are no programs to start one"
    return None


def _programs() -> Path | None:
    """Give the folder of initdb and pg_ctl."""
    found = [path for path in (shutil.which("pg_ctl"), shutil.which("initdb")) if path]
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *(Path(path).parent for path in found)]
    return next((one for one in folders if (one / "initdb").exists() and (one / "pg_ctl").exists()), None)


@contextmanager
def server(safe: bool = False) -> Iterator[str]:
    """Give the URL of a server that runs while inside; one that is `safe` waits for the disk, as servers do."""
    if os.environ.get(NAMED):
        yield os.environ[NAMED]
        return
    programs = _programs()
    assert programs is not None
    with tempfile.TemporaryDirectory(prefix="sfsync-postgres-", ignore_cleanup_errors=True) as folder:
        owner = _owner()
        if owner is not None:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        cluster = Cluster(programs, Path(folder) / "data", owner, _free_port(), "" if safe else _QUICK)
        cluster.make()
        try:
            yield f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{cluster.port}/postgres"
        finally:
            cluster.stop()


def _owner() -> pwd.struct_passwd | None:
    """Give whom a cluster is to belong to: None for whoever asks, who must not be root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("there is no user a PostgreSQL server could run as")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Cluster:
    """A PostgreSQL cluster in a folder."""

    def __init__(self, programs: Path, data: Path, owner: pwd.struct_passwd | None, port: int, options: str) -> None:
        self._options = options
        self._programs = programs
        self._data = data
        self._owner = owner
        self.port = port

    def make(self) -> None:
        """Make it and start it."""
        secret = self._data.parent / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)  # of no use beyond this cluster
        self._run(
            *("initdb", "-A", "scram-sha-256", "-U", USER, f"--pwfile={secret}"),
            *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        )
        self.start()

    def start(self) -> None:
        """Start the server."""
        options = f"-p {self.port} -k {self._data.parent} -c listen_addresses=127.0.0.1 {self._options}"
        self._run("pg_ctl", "-w", "-o", options, "-l", str(self._data.parent / "log"), "start")

    def stop(self) -> None:
        """Stop the server at once; whoever is connected loses the connection."""
        self._run("pg_ctl", "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        owner = self._owner
        who: dict[str, Any] = {}
        if owner is not None:
            who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        subprocess.run(
            [str(self._programs / program), "-D", str(self._data), *arguments],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", timeout=60, **who,
        )  # fmt: skip


@contextmanager
def schema(server_url: str) -> Iterator[str]:
    """Give the URL of a schema of one's own, with nothing in it."""
    import psycopg

    name = f"test_{os.getpid()}_{next(_SCHEMAS)}"
    with psycopg.connect(server_url, autocommit=True) as session:
        session.execute(f'CREATE SCHEMA "{name}"')  # type: ignore[call-overload]
        yield f"{server_url}{'&' if '?' in server_url else '?'}options=-csearch_path%3D{name}"
        session.execute(f'DROP SCHEMA "{name}" CASCADE')  # type: ignore[call-overload]


BOTH = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgres", id="postgres", marks=[pytest.mark.long, pytest.mark.postgres]),
]
"""The databases a mirror can live in, to run a promise against each."""

ONLY_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""For promises about the file itself."""
