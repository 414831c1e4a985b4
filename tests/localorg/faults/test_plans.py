"""Promises of fault plans kept in files."""

from pathlib import Path

import pytest

from sfsync.errors import FileError, SfsyncError
from sfsync.localorg.faults import plans
from sfsync.localorg.faults.known import orders_of
from tests.localorg.faults.conftest import LEAD, Bare

TOML = """
[settings]
bulk_jobs = "polls:3"
[[faults]]
when = { op = "create", nth = 1 }
do = { status = 503, body = "busy" }
[[faults]]
trial = "f33"
with = { lead = "00Q1" }
"""


def test_a_plan_is_ordered_as_it_stands(bare: Bare, tmp_path: Path) -> None:
    """Faults, trials with what they must be told, and settings; JSON may hold the bare list."""
    (tmp_path / "plan.toml").write_text(TOML)
    plan = plans.read(str(tmp_path / "plan.toml"), {})
    assert plan.settings == {"bulk_jobs": "polls:3"}
    assert plan.faults[1:] == [{"do": {"convert_in_org": "00Q1"}, "times": 1}]
    bare.control("POST", "faults", plan.faults[:1])
    assert bare.ask("POST", "sobjects/Lead", LEAD).status_code == 503
    (tmp_path / "plan.json").write_text('[{"do": "hang"}]')
    assert plans.read(str(tmp_path / "plan.json"), {}) == plans.Plan([{"do": "hang"}])


def test_a_trial_is_a_plan_of_its_own() -> None:
    """By its number, with what its names stand for."""
    assert plans.read("F11", {}).faults == orders_of("F11")
    assert plans.read("f33", {"lead": "00Q1"}).faults == [{"do": {"convert_in_org": "00Q1"}, "times": 1}]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("fault = 1", "unknown key 'fault'"),
        ("faults = 1", "must be a list"),
        ("[[faults]]\ntrial = 'F99'", "there is no trial F99"),
        ("[[faults]]\ntrial = 'F33'", "must be told its <lead>"),
        ("[[faults]]\ntrial = 'F35'", "needs no order"),
        ("faults = ", "no fault plan"),
    ],
)
def test_a_wrong_plan_is_refused_with_the_reason(tmp_path: Path, content: str, told: str) -> None:
    """What is wrong is said before anything is ordered."""
    (tmp_path / "plan.toml").write_text(content)
    with pytest.raises(SfsyncError, match=told):
        plans.read(str(tmp_path / "plan.toml"), {})


def test_a_trial_there_is_none_of_is_told_with_those_there_are() -> None:
    """Not as a file that cannot be read."""
    with pytest.raises(SfsyncError, match="there is no trial F99") as told:
        plans.read("F99", {})
    assert "F01 to F60" in told.value.problems[0].next


def test_a_file_that_is_not_there_is_told_with_the_next_step(tmp_path: Path) -> None:
    """Not a traceback."""
    with pytest.raises(FileError) as raised:
        plans.read(str(tmp_path / "none.toml"), {})
    assert "F11" in raised.value.problems[0].next
