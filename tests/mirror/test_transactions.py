"""Promises of the mirror's transactions: whole or not at all, one writer, readers undisturbed."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy.exc

from sfsync.clock import SetClock
from sfsync.errors import MirrorError
from sfsync.mirror.driver import driver
from sfsync.mirror.locks import Gate
from sfsync.mirror.open import Mirror, open_mirror
from tests.mirror.leads import FIELDS, lead_id, rest_row, sound
from tests.postgres import ONLY_SQLITE


def test_what_ends_in_an_error_is_undone_in_all_books(leads: Mirror, clock: SetClock) -> None:
    """Records, journal and outbox are kept or undone together."""
    with pytest.raises(ZeroDivisionError), leads.writing() as books:
        run = books.runs.start("pull", {})
        books.records.take("Lead", FIELDS, [rest_row(1, clock.now())], run=run)
        books.turns.put("emea", {"next": 1})
        _ = 1 / 0
    with leads.reading() as books:
        assert books.runs.latest() == []
        assert books.records.count("Lead", deleted_too=True) == 0
        assert books.turns.get("emea") == {}


def test_a_reader_sees_one_moment(leads: Mirror, clock: SetClock) -> None:
    """What is written while somebody reads is seen by the next reader only, and disturbs nobody."""
    with leads.reading() as before:
        with leads.loading() as books:
            books.records.take("Lead", FIELDS, [rest_row(1, clock.now())], run=1)
        assert before.records.count("Lead") == 0
        with leads.reading() as after:
            assert after.records.count("Lead") == 1


def test_readers_cannot_write(leads: Mirror) -> None:
    """A reading transaction refuses to write, even by mistake."""
    refusal = pytest.raises((sqlalchemy.exc.OperationalError, MirrorError), match="read-?only")
    with refusal, leads.reading() as books:
        books.turns.put("emea", {})


def test_a_mirror_opened_to_read_cannot_be_written(leads: Mirror, url: str, clock: SetClock) -> None:
    """A reading command has no way to write at all."""
    reader = open_mirror(url, clock=clock, writable=False)
    with pytest.raises(MirrorError, match="to read only"), reader.writing():
        pass
    reader.close()


def test_a_transaction_within_a_transaction_is_a_mistake(mirror: Mirror) -> None:
    """A thread that writes inside its own writing transaction is told at once instead of waiting for itself."""
    with mirror.writing(), pytest.raises(RuntimeError, match="already inside"), mirror.writing():
        pass
    with mirror.writing() as books:
        books.turns.put("emea", {})


def test_threads_write_one_after_the_other(mirror: Mirror) -> None:
    """No increment is lost when several threads read and write the same thing."""

    def increment() -> None:
        for _ in range(20):
            with mirror.writing() as books:
                books.turns.put("emea", {"next": books.turns.get("emea").get("next", 0) + 1})

    threads = [threading.Thread(target=increment) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with mirror.reading() as books:
        assert books.turns.get("emea") == {"next": 80}


@ONLY_SQLITE
def test_only_pages_that_can_be_pulled_again_are_written_without_waiting_for_the_disk(mirror: Mirror) -> None:
    """`writing` waits for the disk at every commit (FULL), `loading` does not (NORMAL), in any order of the two."""
    for transaction, synchronous in ((mirror.writing, 2), (mirror.loading, 1), (mirror.writing, 2)):
        with transaction() as books:
            connection = driver(books._connection)
            assert connection.execute("PRAGMA synchronous").fetchone() == (synchronous,)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_writer_that_never_ends_is_told_of(tmp_path: Path, clock: SetClock) -> None:
    """Waiting for another process has an end, and the error says what to look at."""
    path = tmp_path / "mirror.db.gate.lock"
    with (
        Gate(path, clock).passage(),
        pytest.raises(MirrorError, match="another process has been writing"),
        Gate(path, clock).passage(),
    ):
        pass
    with Gate(path, clock).passage():
        pass


@ONLY_SQLITE
def test_a_full_disk_is_told_in_words_and_leaves_no_half_page(leads: Mirror, clock: SetClock) -> None:
    """When there is no room, the page is undone, the error says so, and the next one goes in once there is room."""
    rows = [rest_row(number, clock.now(), LastName="x" * 500) for number in range(2000)]
    with pytest.raises(MirrorError, match="full") as error, leads.loading() as books:
        driver(books._connection).execute("PRAGMA max_page_count = 100")
        books.records.take("Lead", FIELDS, rows, run=1)
    assert "make room" in error.value.problems[0].next
    with leads.loading() as books:
        assert books.records.count("Lead", deleted_too=True) == 0
        driver(books._connection).execute("PRAGMA max_page_count = 1000000")
        books.records.take("Lead", FIELDS, rows, run=1)


_WRITER = """
import os, signal, sys
from sfsync.clock import SystemClock
from sfsync.mirror.open import open_mirror

mirror = open_mirror(sys.argv[1], clock=SystemClock(), writable=True)
with mirror.lease("writer", "sfsync pull", 0):
    with mirror.writing() as books:
        books.turns.put("emea", {"next": 1})
    with mirror.writing() as books:
        books.turns.put("emea", {"next": 2})
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.long
def test_a_killed_writer_leaves_no_half_transaction_and_no_lock(mirror: Mirror, url: str) -> None:
    """After kill -9 in the middle of a transaction the last committed state stands, and lease and gate are free."""
    dead = subprocess.run([sys.executable, "-c", _WRITER, url], check=False, timeout=60)
    assert dead.returncode == -signal.SIGKILL
    with mirror.lease("writer", "the next", 0), mirror.writing() as books:
        assert books.turns.get("emea") == {"next": 1}
        books.turns.put("emea", {"next": 3})
    assert sound(mirror)


_OPENER = """
import sys
from sfsync.clock import SystemClock
from sfsync.mirror.open import open_mirror

mirror = open_mirror(sys.argv[1], clock=SystemClock(), writable=True)
with mirror.writing() as books:
    books.runs.start("pull", {})
print(mirror.uid())
"""


@pytest.mark.long
def test_several_processes_may_make_the_mirror_at_once(url: str, clock: SetClock) -> None:
    """Whoever comes first makes the tables, the others find them; all agree on the mirror's name."""
    command = [sys.executable, "-c", _OPENER, url]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    names = {process.communicate(timeout=60)[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0] * 4
    opened = open_mirror(url, clock=clock, writable=False)
    with opened.reading() as books:
        assert len(books.runs.latest()) == 4
    assert names == {opened.uid()}
    opened.close()


def test_ids_of_the_test_leads_sort_as_their_numbers() -> None:
    """The tests of this folder build on it."""
    assert [lead_id(number) for number in range(200)] == sorted(lead_id(number) for number in range(200))
