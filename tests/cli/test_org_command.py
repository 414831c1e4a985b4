"""The command `sfsync org`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sfsync.cli.org_command import org
from sfsync.clock import SystemClock
from sfsync.localorg.process import lifecycle

SMALL = ("--leads", "6", "--accounts", "2", "--contacts", "3", "--opportunities", "1")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose org is stopped after the test."""
    state = tmp_path / "org"
    yield state
    lifecycle.stop(state, SystemClock())


def run(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """Run a command with --json: its exit code and its object."""
    result = CliRunner().invoke(org, [*words, "--state", str(folder), "--json"])
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.long
def test_start_prints_what_works_and_nothing_else(folder: Path) -> None:
    """The JSON of start has the documented keys and absolute paths; a second start prints the same."""
    code, first = run(folder, "start", *SMALL, "--seed", "4", "--bulk-jobs", "polls:2")
    assert code == 0
    assert set(first) == {
        *("command", "run", "state", "exit", "counts", "problems"),
        *("instance_url", "login_url", "ca_file", "org_id", "client_id", "client_secret", "access_token"),
        *("refresh_token", "control_url", "username", "pid", "state_folder"),
        *("password", "security_token", "jwt_key_file", "sfdx_auth_url", "proxy_url"),
    }
    assert (first["command"], first["state"], first["exit"]) == ("org start", "running", 0)
    assert Path(first["ca_file"]).is_absolute() and Path(first["ca_file"]).exists()
    assert run(folder, "start") == (0, first)
    code, status = run(folder, "status")
    assert (code, status["counts"]["Lead"], status["settings"]["bulk_jobs"]) == (0, 6, "polls:2")


@pytest.mark.long
def test_amounts_on_a_filled_org_are_wrong_usage(folder: Path) -> None:
    """Exit 2, with the next step, as one JSON object."""
    run(folder, "start", *SMALL)
    code, told = run(folder, "start", "--leads", "9")
    assert (code, told["exit"]) == (2, 2)
    assert "sfsync org reset" in told["problems"][0]["next"]


@pytest.mark.long
def test_leads_0_is_an_empty_org(folder: Path) -> None:
    """Without leads and nothing else asked for, there are no records, but people."""
    run(folder, "start", "--leads", "0")
    counts = run(folder, "status")[1]["counts"]
    assert [counts[name] for name in ("Lead", "Account", "Contact", "Opportunity")] == [0, 0, 0, 0]
    assert counts["User"] > 5


@pytest.mark.long
def test_reset_and_stop_say_what_they_did(folder: Path) -> None:
    """Reset takes amounts and seed; stop is content where nothing runs."""
    run(folder, "start", *SMALL)
    code, told = run(folder, "reset", "--leads", "4", "--seed", "9")
    assert (code, told["state"], told["counts"]["Lead"], told["counts"]["Account"]) == (0, "done", 4, 2)
    assert run(folder, "stop")[1]["was_running"] is True
    assert run(folder, "stop") == (0, run(folder, "stop")[1])
    assert run(folder, "status")[1]["state"] == "stopped"


def test_load_lists_what_is_left_out_and_says_so_by_its_exit_code(folder: Path, tmp_path: Path) -> None:
    """Exit 3 where rows were refused, 0 where only an sObject is unknown; every row is named in the JSON."""
    (tmp_path / "Lead.csv").write_text("Id,LastName,Company\n00Q000000000001EAA,Ito,Acme\nbad,Ito,Acme\n")
    (tmp_path / "Case.csv").write_text("Id,Subject\n500000000000001AAA,Hot\n")
    code, told = run(folder, "load", str(tmp_path / "Lead.csv"), str(tmp_path / "Case.csv"))
    assert (code, told["state"], told["counts"]["loaded"]) == (3, "partly", 1)
    assert {(one["file"], tuple(one["rows"])) for one in told["left_out"]} == {("Lead.csv", (2,)), ("Case.csv", (1,))}
    assert len(told["problems"]) == 2
    assert "Lead.csv: 1 row is left out: " in told["problems"][1]["message"]
    code, told = run(folder, "load", str(tmp_path / "Case.csv"))
    assert (code, told["counts"]["left_out"]) == (0, 1)


def test_a_file_that_cannot_be_read_is_told_as_one_file(folder: Path, tmp_path: Path) -> None:
    """Exit 3 and its name; it has no rows, so none are said to be left out."""
    (tmp_path / "Lead.csv").touch()
    code, told = run(folder, "load", str(tmp_path / "Lead.csv"))
    assert (code, told["counts"]["left_out"], told["counts"]["files_left_out"]) == (3, 0, 1)
    assert [one["message"] for one in told["problems"]] == ["Lead.csv: left out: it cannot be read: the file is empty"]


@pytest.mark.long
def test_a_person_reads_lines(folder: Path, tmp_path: Path) -> None:
    """Without --json each command says in words what came of it."""
    (tmp_path / "Lead.csv").write_text("Id,LastName,Company,Odd\n00Q000000000001EAA,Ito,Acme,x\n")

    def said(*words: str) -> str:
        result = CliRunner().invoke(org, [*words, "--state", str(folder)])
        assert result.exit_code == 0, result.output
        return result.output

    assert "does not run" in said("status")
    assert "Odd: Lead has no such field" in said("load", str(tmp_path / "Lead.csv"))
    assert "The local org runs" in said("start") and "1 Lead" in said("status")
    assert said("start").startswith("The local org was running already and is left as it is.\n")
    assert "make them anew" in said("reset", "--leads", "2")
    assert "has stopped" in said("stop") and "did not run" in said("stop")


@pytest.mark.parametrize(
    "words", [("start", "--bulk-jobs", "never"), ("start", "--port", "70000"), ("load", "/nowhere")]
)
def test_wrong_words_are_exit_2(folder: Path, words: tuple[str, ...]) -> None:
    """An option that makes no sense starts nothing."""
    assert CliRunner().invoke(org, [*words, "--state", str(folder)]).exit_code == 2
    assert not folder.exists()
