"""Promises of what waits for a person: conflicts decided by command, and plans beyond what schedules may do alone."""

import pytest

from sfsync.app import open_app
from tests.cli.shell import Shell
from tests.shop import Shop

pytestmark = pytest.mark.long

ASK = 'conflicts = { Score__c = "ours", Grade__c = "ours", Sfsync_Why__c = "ours", otherwise = "ask" }'


@pytest.fixture
def waiting(shell: Shell, shop: Shop) -> tuple[Shell, str]:
    """A folder in which the score of one lead was changed on both sides."""
    shell.edit("sfsync.toml", ASK, 'conflicts = "ask"')
    shell.run("sync", "--yes")
    lead = str(shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 AND Title IS NULL LIMIT 1")[0]["Id"])
    shop.clock.advance(600)
    shop.change("Lead", lead, Score__c=7, Title="Chief Executive Officer", AnnualRevenue=90_000_000)
    shop.clock.advance(600)
    shell.run("pull")
    return shell, lead


def test_conflicts_are_listed_side_by_side_and_decided(waiting: tuple[Shell, str], shop: Shop) -> None:
    """The list shows both sides, `take ours --yes` writes ours, and the list is empty after it."""
    shell, lead = waiting
    assert shell.ask("sync", "--yes").json["counts"]["conflicts"] == 1
    listed = shell.run("conflicts").out
    assert f"Lead/{lead}" in listed and "Score__c" in listed and "take ours" in listed
    assert shell.ask("conflicts", "take", "ours", f"Lead/{lead}").exit == 4
    told = shell.ask("conflicts", "take", "ours", f"Lead/{lead}", "--yes").json
    assert (told["exit"], told["counts"]["applied"]) == (0, 1)
    assert shell.ask("conflicts").json["conflicts"] == []
    assert shop.rows("SELECT Score__c FROM Lead WHERE Id = ?", lead)[0]["Score__c"] != 7


def test_a_side_is_taken_for_named_records_or_for_all_in_so_many_words(waiting: tuple[Shell, str]) -> None:
    """Neither records nor --all is wrong usage; --all decides every one."""
    shell, _ = waiting
    assert shell.ask("conflicts", "take", "org").exit == 2
    assert shell.ask("conflicts", "take", "org", "--all").json["counts"] == {"decided": 1}
    assert shell.ask("plan").json["counts"]["planned"] == 0


def test_a_plan_over_a_brake_is_kept_told_everywhere_and_still_braked(shell: Shell, shop: Shop) -> None:
    """Its file is named by the outcome, by `runs` and by `doctor`; applying it asks the brake, and says what to do."""
    shell.ask("sync", "--yes")
    shell.edit("sfsync.toml", "overwrites = 500", "overwrites = 0")
    shop.ask("PATCH", f"sobjects/Lead/{_scored(shop)}", {"Score__c": 3})
    shop.clock.advance(600)
    held = shell.ask("sync", "--yes")
    [kept] = (shell.folder / ".sfsync" / "runs").glob("plan-*.json")
    assert held.exit == 4 and f"`sfsync apply {kept}`" in held.json["problems"][0]["next"]
    doctor = shell.ask("doctor")
    assert doctor.exit == 3 and "allows 0" in str(doctor.json["problems"]) and str(kept) in str(doctor.json["problems"])
    assert "allows 0" in " ".join(shell.run("runs").out.split())
    again = shell.ask("apply", kept, "--yes")
    assert again.exit == 4 and "then run this again" in again.json["problems"][0]["next"]
    shell.edit("sfsync.toml", "overwrites = 0", "overwrites = 9")
    assert shell.ask("apply", kept, "--yes").exit == 0 and shell.ask("doctor").exit == 0


def _scored(shop: Shop) -> str:
    return str(shop.rows("SELECT Id FROM Lead WHERE Score__c > 3 AND IsConverted = 0 LIMIT 1")[0]["Id"])


def test_a_schedule_does_alone_what_it_may_and_keeps_any_other_plan(shell: Shell, shop: Shop) -> None:
    """Beyond [approve] auto nothing is written and a plan file waits, with words; within it all is applied."""
    shell.edit("sfsync.toml", "# [approve]\n# auto", "[approve]\nauto")
    shell.edit("sfsync.toml", "OwnerId = 50", "OwnerId = 0")
    app = open_app(shell.folder / "sfsync.toml", shell.wishes)
    outcome = app.sync(["Lead"], alone=True)
    assert (outcome.exit, outcome.state) == (4, "waiting")
    words = outcome.problems[0].next
    assert "Lead.OwnerId of" in words and "0 allowed" in words
    assert not shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL")
    [kept] = (shell.folder / ".sfsync" / "runs").glob("plan-*.json")
    assert str(kept) in words
    doctor = shell.ask("doctor")
    assert doctor.exit == 3 and str(kept) in str(doctor.json["problems"])
    assert "0 allowed" in " ".join(shell.run("runs").out.split())
    assert shell.ask("apply", kept, "--yes").exit == 0 and shell.ask("doctor").exit == 0
    shell.edit("sfsync.toml", "OwnerId = 0", "OwnerId = true")
    shop.clock.advance(600)
    assert open_app(shell.folder / "sfsync.toml", shell.wishes).sync(["Lead"], alone=True).exit == 0


def test_plans_that_wait_because_they_are_to_wait_are_kept_once_and_no_alarm(shell: Shell, shop: Shop) -> None:
    """With approve = true the same changes are one file; doctor warns, and after three days it is an alarm."""
    shell.edit("sfsync.toml", "approve = false", "approve = true")
    folder = shell.folder / ".sfsync" / "runs"
    for _ in range(3):
        told = shell.ask("sync", "--yes").json
        assert (told["state"], told["exit"]) == ("waiting", 4)
        shop.clock.advance(600)
    [kept] = folder.glob("plan-*.json")
    doctor = shell.ask("doctor").json
    assert doctor["exit"] == 0 and doctor["counts"]["warning"] == 1
    [waits] = [one for one in doctor["checks"] if one["state"] == "warning"]
    assert waits["name"] == "plans" and str(kept) in waits["next"]
    shop.clock.advance(3 * 86_400)
    assert (shell.ask("doctor").json["exit"], shell.ask("doctor").json["counts"]["alarm"]) == (3, 1)
    assert shell.ask("apply", kept, "--yes").json["exit"] == 0
    assert shell.ask("doctor").json["exit"] == 0
    for number in range(200):
        (folder / f"plan-{number:012x}.json").touch()
    shop.make("Lead", LastName="New", Company="Wool")
    shop.clock.advance(600)
    assert str(folder) in shell.ask("sync").json["problems"][0]["next"]
    assert len(list(folder.glob("plan-*.json"))) == 100
