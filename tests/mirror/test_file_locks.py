"""Promises of a mirror's file that several processes, and one process several times, have open."""

import subprocess
import sys
from pathlib import Path

from sfsync.clock import SetClock
from sfsync.mirror.open import open_mirror

LOOK = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM _facts').fetchall(); c.close()"


def test_another_process_that_goes_takes_nothing_from_one_that_opened_the_mirror_twice(
    tmp_path: Path, clock: SetClock
) -> None:
    """A daemon has the mirror open for its life and opens it again for each run; commands come and go beside it."""
    path = tmp_path / "mirror.db"
    url = f"sqlite:///{path}"
    daemon = open_mirror(url, clock=clock, writable=True)
    open_mirror(url, clock=clock, writable=True).close()  # a run of the daemon
    for number in range(2):
        with daemon.writing() as books:
            books.turns.put("emea", {"next": number})
        subprocess.run([sys.executable, "-SIc", LOOK, str(path)], check=True)
        assert path.with_name("mirror.db-wal").stat().st_size, "the command took the log of the daemon away"
    daemon.close()
    after = open_mirror(url, clock=clock, writable=False)
    with after.reading() as books:
        assert books.turns.get("emea") == {"next": 1}
    after.close()
