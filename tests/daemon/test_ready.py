"""A daemon that was killed with much left to send is there again at once."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from sfsync.app import starter_files
from sfsync.clock import SystemClock
from sfsync.mirror.open import open_mirror
from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.ids import to_18

ENTRIES = 100_000


def fill(folder: Path) -> None:
    """Make a working folder whose outbox holds many open entries, all schedules paused."""
    text, rules = starter_files()
    (folder / "sfsync.toml").write_text(text.replace("127.0.0.1:8765", "127.0.0.1:0"))
    (folder / "rules").symlink_to(rules)
    mirror = open_mirror(f"sqlite:///{folder}/.sfsync/mirror.db", clock=SystemClock(), writable=True)
    fields = (FieldChange("Status", None, "New"),)
    ids = (to_18(f"00QZZ{number:010}") for number in range(ENTRIES))
    with mirror.writing() as books:
        books.pauses.pause(None, None, "the test looks at the start only")
        books.outbox.add(books.runs.start("import", {}), (Change(Action.UPDATE, "Lead", one, fields) for one in ids))
    mirror.close()


@pytest.mark.long
def test_it_is_ready_within_two_seconds_with_a_hundred_thousand_open_entries(tmp_path: Path) -> None:
    """From its start to its first line it takes at most two seconds of a core, and its page answers right after."""
    fill(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-m", "sfsync", "serve"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as daemon:
        try:
            assert daemon.stdout is not None
            told = json.loads(daemon.stdout.readline())
            spent = Path(f"/proc/{daemon.pid}/stat").read_text().rpartition(")")[2].split()
            with urllib.request.urlopen(f"{told['address']}/healthz", timeout=10) as answer:
                assert json.load(answer)["well"] is True
        finally:
            daemon.kill()
    assert (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK") <= 2.0
