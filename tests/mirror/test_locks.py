"""Promises of leases: one holder, who is named; given back however the holder ends."""

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from sfsync.clock import SetClock
from sfsync.errors import LeaseHeld, MirrorError, exit_code_of
from sfsync.mirror.open import Mirror, open_mirror
from tests.postgres import ONLY_SQLITE


def test_the_second_is_told_who_holds_the_lease_and_since_when(mirror: Mirror, url: str, clock: SetClock) -> None:
    """The refusal names holder, process and start, tells what to do, and means exit code 6."""
    other = open_mirror(url, clock=clock, writable=True)
    with (
        mirror.lease("daemon", "sfsync serve", 0),
        pytest.raises(LeaseHeld, match="sfsync serve") as error,
        other.lease("daemon", "sfsync serve", 0),
    ):
        pass
    text = str(error.value)
    assert str(os.getpid()) in text and "2026-03-01T12:00:00.000Z" in text and "daemon" in text
    assert error.value.problems[0].next
    assert exit_code_of(error.value) == 6
    other.close()


def test_a_lease_is_free_again_after_its_holder_ended(mirror: Mirror) -> None:
    """Ending well or in an error gives it back."""
    with pytest.raises(ZeroDivisionError), mirror.lease("writer", "one", 0):
        _ = 1 / 0
    with mirror.lease("writer", "two", 0):
        pass


def test_the_two_leases_are_apart(mirror: Mirror) -> None:
    """A daemon that lives holds `daemon`; a run of another process can still have `writer`."""
    with mirror.lease("daemon", "sfsync serve", 0), mirror.lease("writer", "sfsync import", 0):
        pass


def test_waiting_takes_as_long_as_asked_for_and_no_longer(mirror: Mirror, clock: SetClock) -> None:
    """A command waits its `--wait` seconds for the lease before it gives up."""
    with mirror.lease("writer", "one", 0):
        before = clock.monotonic()
        with pytest.raises(LeaseHeld), mirror.lease("writer", "two", 30):
            pass
        assert 30 <= clock.monotonic() - before < 31


def test_a_lease_that_comes_free_while_waiting_is_had(url: str) -> None:
    """Who waits gets it as soon as it is given back."""
    released = threading.Event()

    class Patient(SetClock):
        """Lets the holder go at the first sleep."""

        def sleep(self, seconds: float) -> None:
            released.set()
            holder.join()
            super().sleep(seconds)

    clock = Patient(datetime(2026, 3, 1, tzinfo=UTC))
    mirror = open_mirror(url, clock=clock, writable=True)
    held = threading.Event()

    def hold() -> None:
        with mirror.lease("writer", "one", 0):
            held.set()
            released.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    with mirror.lease("writer", "two", 30):
        assert clock.monotonic() < 1
    mirror.close()


@ONLY_SQLITE
def test_an_unreadable_lock_file_names_nobody_but_still_refuses(mirror: Mirror) -> None:
    """What is in the file is for people only: the lock itself is what counts."""
    with mirror.lease("writer", "one", 0):
        mirror.path.with_name("mirror.db.writer.lock").write_text("[]")
        with pytest.raises(LeaseHeld, match="another process"), mirror.lease("writer", "two", 0):
            pass


STOPPED = """
import sys
from sfsync.clock import SystemClock
from sfsync.errors import LeaseLost
from sfsync.mirror.open import open_mirror

mirror = open_mirror(sys.argv[1], clock=SystemClock(), writable=True)
with mirror.lease("writer", "sfsync sync", 0):
    print("held", flush=True)
    sys.stdin.readline()
    try:
        with mirror.writing() as books:
            books.runs.start("sync", {})
    except LeaseLost as error:
        print(error.problems[0].message, flush=True)
"""


def test_a_holder_that_was_stopped_writes_nothing_after_another_took_over(
    mirror: Mirror, url: str, clock: SetClock
) -> None:
    """A process that stands still (SIGSTOP) loses its lease after twenty seconds of waiting, and notices on waking."""
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdin is not None and holder.stdout is not None
        try:
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(LeaseHeld, match="sfsync sync"), mirror.lease("writer", "hasty", 300):
                pass
            holder.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, holder.pid, os.WSTOPPED)
            with pytest.raises(LeaseHeld, match="sfsync sync"), mirror.lease("writer", "hasty", 19):
                pass
            with mirror.lease("writer", "patient", 30), mirror.writing() as books:
                books.runs.start("patient", {})
            holder.send_signal(signal.SIGCONT)
            holder.stdin.write("\n")
            holder.stdin.flush()
            assert "taken the writer lease of this mirror over" in holder.stdout.readline()
        finally:
            holder.kill()
    with mirror.reading() as books:
        assert [run.command for run in books.runs.latest()] == ["patient"]


@ONLY_SQLITE
def test_a_mirror_that_was_replaced_is_written_to_no_more(mirror: Mirror) -> None:
    """A process that still has the old file open, after a restore, says so instead of writing into the past."""
    mirror.path.rename(mirror.path.with_name("aside.db"))
    mirror.path.touch()
    with pytest.raises(MirrorError, match="another mirror was put in the place"), mirror.writing():
        pass
