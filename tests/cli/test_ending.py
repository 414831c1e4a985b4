"""Calls that are told to end, and calls whose stderr nobody reads."""

import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

import pytest

from sfsync.app import open_app
from tests.cli.shell import Shell, ended


@contextmanager
def begun_with(number: signal.Signals, disposition: signal.Handlers) -> Iterator[None]:
    """Have a signal disposed of as whoever began the process said, however these tests were begun."""
    before = signal.signal(number, disposition)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_told_to_end_ends_in_order(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """SIGTERM, and a terminal that is closed, end a run as interrupted with 130: told, and written down."""
    with monkeypatch.context() as patched, begun_with(number, signal.SIG_DFL):
        patched.setattr("sfsync.sync.run.pull", lambda *_, **__: signal.raise_signal(number))
        told = shell.ask("pull").json
        assert signal.getsignal(number) is signal.SIG_DFL
    assert (told["exit"], told["state"]) == (130, "interrupted")
    assert told["problems"][0]["message"] == f"interrupted by {number.name}"
    assert "`sfsync runs`" in told["problems"][0]["next"]
    (run,) = shell.ask("runs").json["runs"]
    assert run["state"] == "interrupted" and run["ended_at"] and "error" not in run["detail"]
    assert shell.run("pull").exit == 0


def test_a_run_whose_process_died_is_listed_as_interrupted(pulled: Shell) -> None:
    """What never ended counts as under way only while somebody holds the writer lease."""
    with open_app(pulled.folder / "sfsync.toml", pulled.wishes).mirror(writable=True) as mirror:
        with mirror.writing() as books:
            books.runs.start("import", {})
        with mirror.lease("writer", "import", 0.0):
            assert pulled.ask("runs").json["runs"][0]["state"] == "running"
        assert [run["state"] for run in pulled.ask("runs").json["runs"]] == ["interrupted", "done"]


def test_an_interrupted_import_is_told_how_to_go_on(pulled: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import names --resume, since the same command again would begin another one."""
    monkeypatch.setattr("sfsync.cli.calling.open_app", lambda *_: signal.raise_signal(signal.SIGTERM))
    told = pulled.run("import", "leads.csv", "--sobject", "Lead", "--operation", "insert")
    assert told.exit == 130 and "sfsync import --resume RUN" in told.err


def test_an_import_that_had_begun_is_named(pulled: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of its run stands in the words to type, and in the JSON object."""
    path = pulled.write("leads.csv", "LastName,Company\nKnit,Wool\n")
    monkeypatch.setattr("sfsync.dataload.importing.send", lambda *_: signal.raise_signal(signal.SIGTERM))
    told = pulled.ask("import", path, "--sobject", "Lead", "--operation", "insert", "--yes").json
    assert (told["run"], told["state"]) == (2, "interrupted")
    assert "`sfsync import --resume 2` goes on" in told["problems"][0]["next"]


def test_what_is_told_to_ignore_a_hangup_goes_on(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under nohup the end of the terminal ends nothing."""
    monkeypatch.setattr("sfsync.cli.init_command.starter_files", _hang_up_then_files)
    with begun_with(signal.SIGHUP, signal.SIG_IGN):
        assert shell.run("init", shell.folder / "more").exit == 0


def _hang_up_then_files() -> tuple[str, Path]:
    from sfsync.app import starter_files

    signal.raise_signal(signal.SIGHUP)
    return starter_files()


class Gone(io.StringIO):
    """A stream whose reader has gone."""

    def write(self, text: str) -> int:
        """Find nobody there."""
        raise BrokenPipeError(32, "Broken pipe")


def test_a_run_whose_progress_nobody_reads_goes_on(shell: Shell) -> None:
    """`sfsync pull 2>&1 >file | head -1` pulls everything, and ends with 0."""
    with redirect_stderr(Gone()):
        assert ended(["pull"], shell.wishes) == 0
    assert shell.ask("runs").json["runs"][0]["state"] == "done"
    with redirect_stderr(Gone()):
        assert ended(["explain", "Lead/nothing"], shell.wishes) == 2


CLOSED = """
import os, sys
from sfsync.cli.ending import stderr_unminded
with stderr_unminded():
    print("progress", file=sys.stderr, flush=True)
    print("result", flush=True)
    assert os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT) > 2
"""


def test_a_closed_stream_is_no_place_for_another_file(tmp_path: Path) -> None:
    """With `>&- 2>&-` results and progress go nowhere, and no file of ours becomes a standard stream by chance."""
    file = tmp_path / "file"
    shell = subprocess.run(
        ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", sys.executable, "-c", CLOSED, str(file)], timeout=30
    )
    assert shell.returncode == 0 and file.read_bytes() == b""
