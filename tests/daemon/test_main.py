"""The daemon's life from announcement to exit code, over a real loopback listener."""

import json
import queue
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from sfsync.clock import SystemClock
from sfsync.daemon.bell import Bell
from sfsync.daemon.main import Duties, serve
from sfsync.daemon.schedule import Schedule
from sfsync.errors import MirrorError, SettingsError
from sfsync.version import __version__
from tests.daemon.test_worker import Did, Kept

LEADS = Schedule("leads", "sync", ("Lead",), every_seconds=86_400)
NIGHTLY = Schedule("nightly", "pull", ("Lead",), cron="0 2 * * *")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep log lines off the terminal."""
    with capture_logs():
        yield


class Life:
    """A daemon in a thread of the test."""

    def __init__(
        self,
        run: Callable[[Schedule], Did],
        drain_seconds: float = 30,
        alarms: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self.bell = Bell()
        self.announced: queue.SimpleQueue[dict[str, object]] = queue.SimpleQueue()
        self.ended: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.slots = Kept()
        self.ran: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.reload: Callable[[], list[Schedule]] = lambda: [LEADS, NIGHTLY]

        def running(schedule: Schedule) -> Did:
            self.ran.put(schedule.name)
            return run(schedule)

        def live() -> None:
            code = serve(
                [LEADS, NIGHTLY],
                Duties(running, reload=lambda: self.reload(), alarms=alarms, drain_seconds=lambda: drain_seconds),
                clock=SystemClock(),
                slots=self.slots,
                listen=("127.0.0.1", 0),
                announce=self.announced.put,
                bell=self.bell,
            )
            self.ended.put(code)

        threading.Thread(target=live, daemon=True).start()
        self.address = str(self.announced.get(timeout=20)["address"])

    def health(self) -> tuple[int, dict[str, Any]]:
        """Ask the page."""
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)


def test_a_schedule_that_never_ran_runs_at_once_and_the_page_tells() -> None:
    """The daemon's first act is what is due; the page shows it done, well, and when the next comes."""
    life = Life(lambda _: Did())
    assert life.ran.get(timeout=20) == "leads"
    life.bell.ring(signal.SIGTERM)
    assert life.ended.get(timeout=20) == 0
    assert list(life.slots.taken) == ["leads"]


def test_the_page_shows_each_schedule_while_one_runs() -> None:
    """/healthz names version, state and each schedule; it answers while a run is under way."""
    go_on = threading.Event()
    life = Life(lambda _: Did() if go_on.wait(20) else Did("failed", 1))
    life.ran.get(timeout=20)
    status, told = life.health()
    assert status == 200
    assert (told["version"], told["state"], told["well"], told["error"]) == (__version__, "running", True, None)
    leads, nightly = told["schedules"]
    assert (leads["name"], leads["running"], leads["state"], leads["late_seconds"]) == ("leads", True, None, 0)
    assert leads["last_slot_at"] == datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z")  # noqa: TID251
    assert (nightly["running"], nightly["last_started_at"]) == (False, None)
    assert nightly["next_run_at"].endswith("T02:00:00Z")
    life.bell.ring(signal.SIGTERM)
    go_on.set()
    assert life.ended.get(timeout=20) == 0


def test_an_alarm_makes_the_page_answer_503() -> None:
    """Alarms stand on the page and make it unwell while they last; that they cannot be told is an alarm itself."""
    heard: list[str] = []

    def alarms() -> list[str]:
        if "broken" in heard:
            raise MirrorError("the mirror is damaged")
        return heard

    life = Life(lambda _: Did(), alarms=alarms)
    life.ran.get(timeout=20)
    assert (life.health()[0], life.health()[1]["alarms"]) == (200, [])
    heard.append("Lead: its watermark stands still")
    status, told = life.health()
    assert (status, told["well"], told["alarms"]) == (503, False, ["Lead: its watermark stands still"])
    heard[:] = ["broken"]
    assert life.health()[0] == 503 and "the mirror is damaged" in life.health()[1]["alarms"][0]
    heard.clear()
    assert life.health()[0] == 200
    life.bell.ring(signal.SIGTERM)
    assert life.ended.get(timeout=20) == 0


def test_a_failing_schedule_makes_the_page_answer_503() -> None:
    """A monitor sees the failure and its reason."""
    life = Life(lambda _: Did("failed", 5))
    life.ran.get(timeout=20)
    while life.health()[1]["schedules"][0]["running"]:
        pass
    status, told = life.health()
    assert (status, told["well"], told["error"]) == (503, False, "failed")
    life.bell.ring(signal.SIGTERM)
    assert life.ended.get(timeout=20) == 0


def test_nothing_else_is_served() -> None:
    """The listener answers /healthz, /livez and /metrics by GET and no more; /livez tells only that it lives."""
    life = Life(lambda _: Did())
    with urllib.request.urlopen(f"{life.address}/metrics", timeout=10) as answer:
        assert b"sfsync_well 1\n" in answer.read()
    with urllib.request.urlopen(f"{life.address}/livez", timeout=10) as answer:
        assert answer.read() == b"alive\n"
    with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(f"{life.address}/", timeout=10):
        pass
    assert refused.value.code == 404
    refused.value.close()
    life.bell.ring(signal.SIGTERM)
    life.ended.get(timeout=20)


@pytest.mark.parametrize(("second", "drain_seconds"), [(signal.SIGTERM, 30.0), (None, 0.0)])
def test_a_run_that_does_not_end_is_left_when_asked_again_or_too_long(second: int | None, drain_seconds: float) -> None:
    """A second signal, or the end of the time to drain, ends the daemon with the run under way: exit 130."""
    go_on = threading.Event()
    life = Life(lambda _: Did() if go_on.wait(20) else Did(), drain_seconds)
    life.ran.get(timeout=20)
    life.bell.ring(signal.SIGTERM)
    if second is not None:
        life.bell.ring(second)
    assert life.ended.get(timeout=20) == 130
    go_on.set()


def test_an_address_that_is_taken_is_told_in_words() -> None:
    """A second listener on the same port says so before anything runs."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"cannot listen on 127.0.0.1:{port}.*in use"):
            serve(
                [],
                Duties(lambda _: Did()),
                clock=SystemClock(),
                slots=Kept(),
                listen=("127.0.0.1", port),
                announce=print,
            )


def test_changed_settings_are_taken_up_and_bad_ones_are_not() -> None:
    """A reload brings new schedules and keeps how the others stand; one that fails is told, and changes nothing."""
    life = Life(lambda _: Did())
    life.ran.get(timeout=20)
    more = Schedule("more", "pull", ("Lead",), every_seconds=86_400)
    life.reload = lambda: [LEADS, more]
    life.bell.ring(signal.SIGHUP)
    assert life.ran.get(timeout=20) == "more"
    status, told = life.health()
    assert (status, [one["name"] for one in told["schedules"]]) == (200, ["leads", "more"])
    assert told["schedules"][0]["last_started_at"] is not None

    def broken() -> list[Schedule]:
        raise SettingsError("sfsync.toml:3: there is no setting 'runn' here")

    life.reload = broken
    life.bell.ring(signal.SIGHUP)
    while life.health()[1]["reload_error"] is None:
        pass
    status, told = life.health()
    assert (status, [one["name"] for one in told["schedules"]]) == (503, ["leads", "more"])
    assert "runn" in told["reload_error"]
    life.reload = lambda: [LEADS]
    life.bell.ring(signal.SIGHUP)
    while life.health()[0] == 503:
        pass
    life.bell.ring(signal.SIGTERM)
    assert life.ended.get(timeout=20) == 0


PROGRAM = """
import json, sys
from sfsync.clock import SystemClock
from sfsync.daemon.logging import log_to_stderr
from sfsync.daemon.main import Duties, serve
from sfsync.daemon.redaction import Redactor
from sfsync.daemon.schedule import Schedule
from tests.daemon.test_worker import Did, Kept

def run(schedule):
    print("running", flush=True)
    sys.stdin.readline()
    return Did()

log_to_stderr(SystemClock(), Redactor())
sys.exit(serve(
    [Schedule("leads", "sync", ("Lead",), every_seconds=86_400)], Duties(run), clock=SystemClock(), slots=Kept(),
    listen=("127.0.0.1", 0), announce=lambda told: print(json.dumps(told), flush=True),
))
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("signals", "finishes", "code"),
    [
        ([signal.SIGTERM], True, 0),
        pytest.param([signal.SIGINT], True, 130, marks=pytest.mark.long),
        pytest.param([signal.SIGTERM, signal.SIGTERM], False, 130, marks=pytest.mark.long),
    ],
)
def test_signals_end_the_process_in_order(signals: list[signal.Signals], finishes: bool, code: int) -> None:
    """SIGTERM waits for the run under way and exits 0, SIGINT exits 130, a second signal waits for nothing."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert end_of(process, signals, finishes) == code
        finally:
            process.kill()


def end_of(process: subprocess.Popen[str], signals: list[signal.Signals], finishes: bool) -> int:
    """Send signals while a run is under way, let it finish or not, and give the exit code."""
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdin is not None
    announced = json.loads(process.stdout.readline())
    assert announced["pid"] == process.pid
    assert process.stdout.readline() == "running\n"
    log: list[dict[str, Any]] = []
    for number in signals:
        process.send_signal(number)
        while not log or log[-1]["event"] != "draining":
            log.append(json.loads(process.stderr.readline()))
    if finishes:
        process.stdin.write("\n")
        process.stdin.flush()
    code = process.wait(timeout=20)
    log += [json.loads(line) for line in process.stderr]
    assert ("run ended" in [line["event"] for line in log]) is finishes
    assert log[-1]["drained"] is finishes
    return code
