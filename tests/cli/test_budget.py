"""Promises of the budget of API calls, as settings set it and commands keep it."""

import pytest

from tests.cli.shell import Shell
from tests.shop import Shop

pytestmark = pytest.mark.long


@pytest.fixture
def budget(shell: Shell) -> Shell:
    """A folder with a budget that a test fills in."""
    shell.edit("sfsync.toml", "# [budget]\n", "[budget]\n")
    return shell


def test_commands_tell_what_they_used_and_what_is_left(shell: Shell, shop: Shop) -> None:
    """Pull and plan count their own calls exactly, and say what the org's day still allows."""
    before = len(shop.calls(path="/services/data/"))
    pulled = shell.ask("pull").json["api"]
    assert pulled["calls"] == len(shop.calls(path="/services/data/")) - before > 4
    assert pulled["left"] == int(pulled["allowed"] * 0.95) - pulled["used"]
    planned = shell.ask("plan").json["api"]
    assert (planned["calls"], planned["left"] < pulled["left"]) == (2, True)
    assert "left for sfsync" in shell.run("plan").out and "left for sfsync" in shell.run("pull").out


def test_a_run_keeps_to_its_share(budget: Shell, shop: Shop) -> None:
    """A run that would need more calls than its share ends with exit 5, says which key, and is told as failed."""
    budget.edit("sfsync.toml", "[budget]\n", "[budget]\ncalls_per_run = 7\n")
    before = len(shop.calls(path="/services/data/"))
    told = budget.ask("pull")
    assert (told.exit, len(shop.calls(path="/services/data/")) - before) == (5, 7)
    assert "calls_per_run" in told.json["problems"][0]["next"]
    run = budget.ask("runs").json["runs"][0]
    assert (run["state"], run["detail"]["calls"]) == ("failed", 7) and "share of 7" in run["detail"]["error"]


def test_all_runs_of_a_day_keep_to_one_share(budget: Shell, shop: Shop) -> None:
    """What earlier runs used within 24 hours counts; a day later it is free again."""
    used = budget.ask("pull").json["api"]["calls"]
    budget.edit("sfsync.toml", "[budget]\n", f"[budget]\ncalls_per_day = {used + 3}\n")
    told = budget.ask("pull")
    assert told.exit == 5 and "in 24 hours" in told.json["problems"][0]["message"]
    shop.clock.advance(25 * 3600)
    assert budget.ask("pull").exit == 0


def test_doctor_looks_at_all_that_needs_no_call(budget: Shell, shop: Shop) -> None:
    """With the day's calls used up the org is asked nothing, and doctor says so; mirror, outbox and watch are told."""
    used = budget.ask("pull").json["api"]["calls"]
    budget.edit("sfsync.toml", "[budget]\n", f"[budget]\ncalls_per_day = {used}\n")
    before = len(shop.calls(path="/services/data/"))
    told = budget.ask("doctor")
    assert (told.exit, len(shop.calls(path="/services/data/")) - before) == (5, 0)
    checks = {one["name"]: (one["state"], one["message"]) for one in told.json["checks"]}
    assert checks["org"][0] == "broken" and checks["org"][1].startswith("the org was not asked: the ")
    assert checks["fields"] == ("skipped", "not looked at: no API call is left for it")
    asked = ("settings", "rules", "mirror", "formulas", "outbox", "plans", "watch")
    assert {checks[name][0] for name in asked} == {"fine"} and "60 Lead" in checks["mirror"][1]


def test_the_reserve_is_left_to_others(budget: Shell, shop: Shop) -> None:
    """Where others have used the org's calls up to the reserve, a run yields with exit 5 and says what to wait for."""
    budget.edit("sfsync.toml", "[budget]\n", "[budget]\nreserve_percent = 99.999\n")
    budget.ask("pull")
    told = budget.ask("pull")
    assert told.exit == 5 and "the rest is left to others" in told.json["problems"][0]["message"]


def test_a_plan_beyond_what_is_left_says_so(budget: Shell) -> None:
    """A plan whose calls are more than the budget still allows is told before it is applied."""
    budget.ask("pull")
    budget.edit("sfsync.toml", "[budget]\n", "[budget]\ncalls_per_run = 2\n")
    told = budget.ask("plan").json
    assert told["exit"] == 0 and "and 0 are left" in told["problems"][0]["message"]
