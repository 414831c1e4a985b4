"""Starting, stopping and renewing an org from another process."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from sfsync.clock import SetClock, SystemClock
from sfsync.errors import FileError, LeaseHeld, OrgUnreachable, UsageError
from sfsync.localorg import facts as facts_file
from sfsync.localorg.facts import Facts
from sfsync.localorg.load.sources import from_paths
from sfsync.localorg.process import asking, lifecycle
from sfsync.localorg.process.foreground import Options, Stopped, open_state, serve, unless_stopped
from sfsync.localorg.process.hold import Held, hold, is_held

pytestmark = pytest.mark.long

CLOCK = SystemClock()
NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose org is stopped after the test."""
    state = tmp_path / "org"
    yield state
    lifecycle.stop(state, CLOCK)


def small(folder: Path, **more: int | str) -> Options:
    wanted: dict[str, int | str] = {"leads": 5, "accounts": 2, "contacts": 2, "opportunities": 2}
    return Options(folder, **{**wanted, **more})  # type: ignore[arg-type]


def sign_in(facts: Facts) -> int:
    """Sign in as a program does, and give the status."""
    asked = {
        "grant_type": "client_credentials",
        "client_id": facts.client_id,
        "client_secret": facts.client_secret,
    }
    with requests.Session() as session:
        session.trust_env = False
        return session.post(
            f"{facts.instance_url}/services/oauth2/token", asked, verify=facts.ca_file, timeout=10
        ).status_code


def org_id(folder: Path) -> str:
    """Give the id of a stopped org."""
    with closing(open_state(folder)) as state:
        return str(state.rows("SELECT Id FROM Organization")[0]["Id"])


def leads(facts: Facts) -> int:
    held = asking.ask(facts, "GET", "contents")
    assert held is not None
    return int(held["counts"]["Lead"])


def test_an_org_runs_on_its_own_until_it_is_stopped(folder: Path) -> None:
    """Start gives what is needed to reach it; another start gives the same; after stop nothing answers."""
    facts = lifecycle.start(small(folder), CLOCK)
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(
            f"{facts.instance_url}/services/data/v59.0/limits",
            headers={"Authorization": f"Bearer {facts.access_token}"},
            verify=facts.ca_file,
        )
    assert answer.status_code == 200
    assert Path(facts.ca_file).is_absolute() and Path(facts.state_folder) == folder
    assert lifecycle.start(Options(folder), CLOCK) == lifecycle.running(folder) == facts
    assert lifecycle.stop(folder, CLOCK) is True
    assert lifecycle.running(folder) is None
    assert lifecycle.stop(folder, CLOCK) is False


@pytest.mark.long
def test_a_clock_that_is_set_shows_in_every_answer(folder: Path) -> None:
    """Over the wire each answer has one Date, and it is the org's time."""
    facts = lifecycle.start(small(folder), CLOCK)
    asking.demand(facts, "POST", "clock", {"set": "2030-01-01T01:00:00+01:00"})
    with requests.Session() as session:
        session.trust_env, session.verify = False, facts.ca_file
        answers = [session.get(f"{facts.instance_url}/{path}") for path in ("services/data", "nowhere", "_org/clock")]
    assert [one.raw.headers.getlist("Date") for one in answers] == [["Tue, 01 Jan 2030 00:00:00 GMT"]] * 3


@pytest.mark.long
def test_what_it_holds_is_there_again_on_the_same_port(folder: Path) -> None:
    """A restart keeps records, credentials and port."""
    first = lifecycle.start(small(folder), CLOCK)
    lifecycle.stop(folder, CLOCK)
    second = lifecycle.start(Options(folder), CLOCK)
    assert (second.instance_url, second.access_token, second.client_secret) == (
        first.instance_url,
        first.access_token,
        first.client_secret,
    )
    assert leads(second) == 5


@pytest.mark.long
def test_another_port_is_taken_where_the_last_one_is_not_free(folder: Path) -> None:
    """A port that somebody else took in between does not keep the org from starting."""
    first = lifecycle.start(small(folder), CLOCK)
    lifecycle.stop(folder, CLOCK)
    with socket.create_server(("127.0.0.1", first.port)):
        second = lifecycle.start(Options(folder), CLOCK)
        assert second.port != first.port
        lifecycle.stop(folder, CLOCK)
        with pytest.raises(UsageError, match=f"port {first.port}"):
            lifecycle.start(Options(folder, port=first.port), CLOCK)


@pytest.mark.long
def test_a_filled_org_is_not_filled_again(folder: Path) -> None:
    """Amounts or a seed for an org that holds data are refused, running or not, and the way out is named."""
    facts = lifecycle.start(small(folder), CLOCK)
    for options in (Options(folder, leads=9), Options(folder, seed=2)):
        with pytest.raises(UsageError, match="org reset"):
            lifecycle.start(options, CLOCK)
    with pytest.raises(UsageError, match="runs already"):
        lifecycle.start(Options(folder, port=facts.port + 1), CLOCK)
    lifecycle.stop(folder, CLOCK)
    with pytest.raises(UsageError, match="org reset"):
        lifecycle.start(Options(folder, leads=9), CLOCK)


@pytest.mark.long
def test_two_starts_at_once_end_in_one_org(folder: Path) -> None:
    """Whoever comes second waits for the first one's org and is given the same facts."""
    got: list[Facts] = []
    threads = [threading.Thread(target=lambda: got.append(lifecycle.ensure_running(folder, CLOCK))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(got) == 3
    assert len(set(got)) == 1


@pytest.mark.long
def test_a_reset_works_whether_it_runs_or_not(folder: Path) -> None:
    """Reset makes the records anew, in another org; programs sign in as before, and the file of facts is current."""
    seen = [lifecycle.start(small(folder), CLOCK)]
    lifecycle.reset(Options(folder, leads=7), CLOCK)
    seen += [now for now in [lifecycle.running(folder)] if now is not None]
    assert (leads(seen[1]), facts_file.read(folder), sign_in(seen[0])) == (7, seen[1], 200)
    lifecycle.stop(folder, CLOCK)
    lifecycle.reset(Options(folder, leads=8, seed=3), CLOCK)
    kept = facts_file.read(folder)
    seen.append(lifecycle.start(Options(folder), CLOCK))
    assert (leads(seen[2]), sign_in(seen[0])) == (8, 200)
    assert kept is not None and (kept.org_id, kept.access_token) == (seen[2].org_id, seen[2].access_token)
    assert len({facts.org_id for facts in seen}) == 3


@pytest.mark.long
def test_no_two_orgs_have_one_id(tmp_path: Path) -> None:
    """Two orgs of one seed hold the same records and are told from each other, however their data came to them."""
    (tmp_path / "Lead.csv").write_text("Id,LastName,Company\n00Q000000000001EAA,Ito,Acme\n")
    ids = []
    for name in ("one", "two"):
        lifecycle.load(tmp_path / name, from_paths([tmp_path / "Lead.csv"]), CLOCK)
        ids.append(org_id(tmp_path / name))
        lifecycle.reset(small(tmp_path / name, seed=5), CLOCK)
        ids.append(org_id(tmp_path / name))
    for name in ("three", "four"):
        lifecycle.start(small(tmp_path / name), CLOCK)
        lifecycle.stop(tmp_path / name, CLOCK)
        ids.append(org_id(tmp_path / name))
    assert len(set(ids)) == len(ids) == 6


@pytest.mark.long
def test_a_damaged_state_is_told_and_can_be_reset(folder: Path) -> None:
    """A state file that is no database stops the start with one clear line; reset makes a new one."""
    folder.mkdir()
    (folder / "org.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(FileError, match=r"org\.db is damaged"):
        lifecycle.start(Options(folder), CLOCK)
    lifecycle.reset(small(folder), CLOCK)
    assert leads(lifecycle.start(Options(folder), CLOCK)) == 5


@pytest.mark.long
def test_a_killed_org_leaves_nothing_in_the_way(folder: Path) -> None:
    """After a kill the folder is free at once, what was committed is there, and the stale pid is never signalled."""
    facts = lifecycle.start(small(folder), CLOCK)
    os.kill(facts.pid, signal.SIGKILL)
    while is_held(folder):
        CLOCK.sleep(0.01)
    assert lifecycle.running(folder) is None
    (folder / "pid").write_text(str(os.getpid()))
    assert lifecycle.stop(folder, CLOCK) is False
    assert leads(lifecycle.start(Options(folder), CLOCK)) == 5


@pytest.mark.long
def test_state_and_secrets_are_their_owners_alone(folder: Path) -> None:
    """The folder is 0700, every file in it 0600, and the log holds no token."""
    facts = lifecycle.start(small(folder), CLOCK)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert set(modes) > {"org.db", "server.key", "jwt.key", "facts.json", "log", "pid", "ca.pem"}
    assert set(modes.values()) == {0o600}, modes
    lifecycle.stop(folder, CLOCK)
    lines = (folder / "log").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines][-1] == "the org has ended"
    secrets = (facts.access_token, facts.client_secret, facts.password, facts.refresh_token)
    assert not any(secret in "".join(lines) for secret in secrets)


def test_one_process_at_a_time_may_use_a_folder(folder: Path) -> None:
    """A second holder is refused at once; what cannot be asked is never killed."""
    with hold(folder):
        with pytest.raises(Held), hold(folder):
            pass
        with pytest.raises(LeaseHeld):
            serve(Options(folder), CLOCK, lambda facts: None, threading.Event())
        (folder / "pid").write_text("1")
        with pytest.raises(OrgUnreachable, match="does not answer"):
            lifecycle.stop(folder, CLOCK)
        with pytest.raises(OrgUnreachable, match="does not answer"):
            lifecycle.reset(Options(folder), CLOCK)
        with pytest.raises(OrgUnreachable, match="does not answer"):
            lifecycle.status(folder)
    assert not is_held(folder) and lifecycle.status(folder) is None


@pytest.mark.long
def test_an_org_that_cannot_be_understood_is_not_waited_for_without_end(folder: Path) -> None:
    """Where another version runs the org, a start ends within half a minute and says what to do."""
    clock = SetClock(NOW)
    with hold(folder):
        (folder / "facts.json").write_text('{"instance_url": "https://127.0.0.1:1"}')
        with pytest.raises(OrgUnreachable, match="another version") as told:
            lifecycle.start(Options(folder), clock)
    assert "org stop" in told.value.problems[0].next
    assert 30 <= clock.monotonic() < 32


@pytest.mark.parametrize("odd", [{}, {"pid": "1", "of_tomorrow": "x"}, {"pid": "?"}])
def test_an_org_that_answers_otherwise_is_none_of_ours(
    folder: Path, odd: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Facts with a name too few or too many are no traceback: the org counts as one that does not answer."""
    with hold(folder), monkeypatch.context() as patched:
        known = {field.name: "1" for field in fields(Facts)}
        (folder / "facts.json").write_text(json.dumps(known))
        assert facts_file.read(folder) is not None
        patched.setattr(asking, "ask", lambda facts, method, name: odd)
        assert lifecycle.running(folder) is None


@pytest.mark.long
def test_an_org_that_is_being_filled_is_waited_for(folder: Path) -> None:
    """A second start waits out a first one that fills a big org, however long that takes."""

    class Hours(SetClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.monotonic() > 300:
                raise InterruptedError

    with hold(folder), pytest.raises(InterruptedError):
        lifecycle.start(Options(folder), Hours(NOW))


@pytest.mark.long
def test_loading_works_whether_it_runs_or_not(folder: Path, tmp_path: Path) -> None:
    """A running org takes exports over its control plane, a stopped one directly, with the same report."""
    export = tmp_path / "Lead.csv"
    export.write_text("Id,LastName,Company\n00Q000000000001EAA,Ito,Acme\n00Qbad,Ito,Acme\n")
    lifecycle.start(small(folder, leads=0, accounts=0, contacts=0, opportunities=0), CLOCK)
    running = lifecycle.load(folder, from_paths([export]), CLOCK)
    lifecycle.reset(Options(folder), CLOCK)
    lifecycle.stop(folder, CLOCK)
    stopped = lifecycle.load(folder, from_paths([export]), CLOCK)
    assert running == stopped
    assert (stopped["counts"]["loaded"], stopped["left_out"][0]["rows"]) == (1, [2])


@pytest.mark.long
def test_being_told_to_end_while_it_is_filled_keeps_nothing(folder: Path) -> None:
    """A start that is ended before the org is filled leaves nothing half done."""
    stop = threading.Event()
    progress = unless_stopped(stop, lambda sobject, done, total: stop.set())
    with pytest.raises(Stopped):
        serve(small(folder, leads=9_000), CLOCK, lambda facts: None, stop, progress)
    assert not is_held(folder)
    assert leads(lifecycle.start(small(folder), CLOCK)) == 5


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
def test_an_org_in_the_foreground_ends_on_a_signal(folder: Path, number: int) -> None:
    """SIGTERM is answered with exit code 0, Ctrl-C with 130, both after the org has closed."""
    command = [sys.executable, "-m", "sfsync", "org", "start", "--foreground", "--json", "--leads", "0", "--state"]
    child = subprocess.Popen([*command, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert child.stdout is not None
    facts = json.loads(child.stdout.readline())
    assert leads(lifecycle.start(Options(folder), CLOCK)) == 0
    assert facts["pid"] == child.pid
    child.send_signal(number)
    child.communicate(timeout=30)
    assert child.returncode == {signal.SIGTERM: 0, signal.SIGINT: 130}[signal.Signals(number)]
    assert not is_held(folder)


def test_a_place_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """A state folder that cannot be made is one clear line, not a traceback."""
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be used"):
        lifecycle.start(Options(tmp_path / "file" / "org"), CLOCK)


def test_the_state_folder_is_found_without_being_named(tmp_path: Path) -> None:
    """Beside sfsync.toml it is .sfsync/org, elsewhere the user's state folder."""
    assert lifecycle.default_folder(tmp_path, {"XDG_STATE_HOME": "/s"}) == Path("/s/sfsync/org")
    assert lifecycle.default_folder(tmp_path, {}) == Path.home() / ".local/state/sfsync/org"
    (tmp_path / "sfsync.toml").touch()
    assert lifecycle.default_folder(tmp_path, {"XDG_STATE_HOME": "/s"}) == tmp_path / ".sfsync" / "org"


@pytest.mark.long
def test_the_facts_are_enough_to_sign_in_as_clients_with_fixed_hosts_do(folder: Path) -> None:
    """SOAP login at login.salesforce.com through the proxy; a restart keeps proxy, key and passwords."""
    facts = lifecycle.start(small(folder), CLOCK)
    space = 'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"'
    login = f"<username>{facts.username}</username><password>{facts.password}{facts.security_token}</password>"
    body = f"<e:Envelope {space}><e:Body><login>{login}</login></e:Body></e:Envelope>"
    with requests.Session() as session:
        session.trust_env, session.verify, session.proxies = False, facts.ca_file, {"https": facts.proxy_url}
        answer = session.post("https://login.salesforce.com/services/Soap/u/59.0", body, timeout=10)
        assert "<serverUrl>https://local-org.my.salesforce.com/services/Soap/u/59.0/00D" in answer.text
        with pytest.raises(requests.exceptions.ProxyError):
            session.get("https://example.com/", timeout=10)
    address = facts.instance_url.removeprefix("https://")
    assert facts.sfdx_auth_url == f"force://{facts.client_id}:{facts.client_secret}:{facts.refresh_token}@{address}"
    lifecycle.stop(folder, CLOCK)
    again = lifecycle.start(Options(folder), CLOCK)
    kept = ("proxy_url", "jwt_key_file", "password", "security_token", "sfdx_auth_url")
    assert [getattr(again, name) for name in kept] == [getattr(facts, name) for name in kept]
