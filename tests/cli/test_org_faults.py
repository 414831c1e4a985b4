"""The command `sfsync org faults`."""

from pathlib import Path

import pytest

from tests.cli.test_org_command import SMALL, folder, run

__all__ = ["folder"]


def test_faults_need_an_org_that_runs(tmp_path: Path) -> None:
    """Exit 2 with the next step, where none does."""
    code, told = run(tmp_path / "org", "faults", "F11")
    assert (code, told["problems"][0]["next"]) == (2, "use `sfsync org start` first")


@pytest.mark.long
def test_plans_are_ordered_listed_and_taken_back(folder: Path, tmp_path: Path) -> None:
    """With the settings they need; what is on order is told with how often it struck."""
    run(folder, "start", *SMALL)
    plan = tmp_path / "plan.toml"
    plan.write_text('[settings]\nbulk_jobs = "polls:2"\n[[faults]]\nid = "lost"\ndo = "drop_after_commit"\n')
    code, told = run(folder, "faults", str(plan), "F13")
    assert (code, told["counts"], [one["id"] for one in told["faults"]]) == (
        0,
        {"ordered": 2, "on_order": 2},
        ["lost", "fault 1"],
    )
    assert told["faults"][0]["hits"] == 0
    assert run(folder, "status")[1]["settings"]["bulk_jobs"] == "polls:2"
    assert run(folder, "faults", "--clear")[1]["faults"] == []
