"""The systemd unit fits the daemon it starts."""

import configparser
from pathlib import Path

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
