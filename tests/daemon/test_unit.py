"""The systemd unit fits the daemon it starts."""

import configparser
import subprocess
from pathlib import Path
from shutil import which

import pytest

from sfsync.daemon.main import INTERRUPTED
from sfsync.errors import LeaseHeld, SettingsError, exit_code_of
from sfsync.settings.keys import SERVE_DRAIN

UNIT = Path(__file__).parents[2] / "deploy/sfsync.service"


def service() -> dict[str, str]:
    """The unit's service section; of a key given twice, the last."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(UNIT.read_text(encoding="utf-8"))
    return dict(unit["Service"])


def test_stopping_waits_longer_than_a_run_may_take_to_end() -> None:
    """systemd does not kill a daemon that is still draining by its own settings."""
    assert SERVE_DRAIN.default is not None
    assert int(service()["TimeoutStopSec"]) > SERVE_DRAIN.default
    assert service()["KillSignal"] == "SIGTERM"


def test_a_stop_that_cut_a_run_short_is_no_failure() -> None:
    """The next start takes up what is left, so nobody is to be called for it."""
    assert service()["SuccessExitStatus"] == str(INTERRUPTED)


def test_it_is_not_started_again_where_that_cannot_help() -> None:
    """Wrong settings and a second daemon end for good; anything else is tried again."""
    codes = {exit_code_of(SettingsError("x")), exit_code_of(LeaseHeld("x"))}
    assert set(map(int, service()["RestartPreventExitStatus"].split())) == codes
    assert service()["Restart"] == "on-failure"


def test_it_runs_with_few_rights() -> None:
    """No capabilities, no new privileges, no core dumps, and only its own folder to write to."""
    told = service()
    assert (told["CapabilityBoundingSet"], told["NoNewPrivileges"], told["LimitCORE"]) == ("", "yes", "0")
    assert (told["ProtectSystem"], told["StateDirectory"], told["UMask"]) == ("strict", "sfsync", "0077")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The unit as it is on a machine where its program is in place."""
    text = UNIT.read_text(encoding="utf-8")
    assert text.count("/opt/sfsync/.venv/bin/sfsync") == 1
    place = tmp_path / UNIT.name
    place.write_text(text.replace("/opt/sfsync/.venv/bin/sfsync", "/bin/true"), encoding="utf-8")
    return place


@pytest.mark.skipif(which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_takes_it_and_finds_little_to_harden(installed: Path) -> None:
    """systemd knows every key, and counts its exposure as at most 2.0 of 10."""
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", installed], capture_output=True, text=True)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", installed], capture_output=True, check=True
    )


def test_a_reload_is_what_the_daemon_takes_for_one() -> None:
    """`systemctl reload` sends SIGHUP, on which settings and rules are read anew."""
    assert service()["ExecReload"] == "/bin/kill -HUP $MAINPID"
