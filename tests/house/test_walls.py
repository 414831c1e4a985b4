"""The floors of the house hold: who may import whom."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.house.sources import CHECKOUT

PURE_FLOORS = {"rules", "mapping", "plan", "formula", "records"}  # floors 4, 3 and 2


@pytest.fixture
def contracts() -> dict[str, dict[str, Any]]:
    """The import contracts by id."""
    with (CHECKOUT / "pyproject.toml").open("rb") as stream:
        found = tomllib.load(stream)["tool"]["importlinter"]["contracts"]
    return {contract["id"]: contract for contract in found}


@pytest.mark.long
def test_every_import_contract_is_kept() -> None:
    """Floors import downwards only, the local org stands apart, the deciding floors are pure, nothing goes round."""
    linter = Path(sys.executable).with_name("lint-imports")  # in a process of its own: it turns all loggers off
    told = subprocess.run([linter, "--no-cache"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


def test_the_pure_floors_are_the_deciding_ones(contracts: dict[str, dict[str, Any]]) -> None:
    """No package of floors 2 to 4 escapes the contract that keeps them free of input and output."""
    layers = [{name.strip("() ") for name in layer.split("|")} for layer in contracts["floors"]["layers"]]
    rules, records = (next(i for i, names in enumerate(layers) if name in names) for name in ("rules", "records"))
    floors = set().union(*layers[rules : records + 1])
    assert floors == PURE_FLOORS
    there = {f"sfsync.{name}" for name in floors if (CHECKOUT / "sfsync" / name).is_dir()}
    assert set(contracts["pure"]["source_modules"]) == there


def test_the_local_org_is_free_of_the_product_at_its_door() -> None:
    """sfsync/localorg/__init__.py is empty, because the contract about it sees only what is inside the package."""
    assert (CHECKOUT / "sfsync/localorg/__init__.py").read_text(encoding="utf-8") == ""
