"""The commands that look back: what each prints for people and programs, and what it ends with."""

from contextlib import AbstractContextManager, closing

import pytest

from sfsync.mirror.open import Mirror, open_mirror
from tests.cli.shell import Shell
from tests.shop import Shop
from tests.sync.pulling import happen

pytestmark = pytest.mark.long


def some_lead(shop: Shop) -> str:
    """Give the id of a lead that a sync writes."""
    return str(shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL ORDER BY Id")[0]["Id"])


def changed(shell: Shell, shop: Shop) -> str:
    """Sync, change a lead by another hand, and pull; give its id."""
    shell.ask("sync", "--yes")
    lead = some_lead(shop)
    shop.clock.advance(600)
    shop.change("Lead", lead, Title="Chief [Knitter]")
    shell.ask("pull")
    return lead


def test_history_tells_changes_and_what_a_record_held(shell: Shell, shop: Shop) -> None:
    """A person reads who changed what, with names and reasons; --at gives the record of that time."""
    before = shop.clock.now()
    lead = changed(shell, shop)
    told = shell.run("history", f"Lead/{lead}")
    assert told.exit == 0 and "Title: " in told.out and "-> Chief [Knitter]" in told.out
    assert "by run 1" in told.out and "because lead_" in told.out
    assert shell.ask("history", f"Lead/{lead}", "--mirror-only").json["counts"]["changes"] >= 2
    then = shell.ask("history", f"lead/{lead[:15]}", "--at", before.isoformat()).json
    assert then["fields"]["Title"] != "Chief [Knitter]"
    now = shell.run("history", f"Lead/{lead}", "--at", shop.clock.now().isoformat())
    assert "Title" in now.out and "Chief [Knitter]" in now.out
    assert shell.ask("history", f"Lead/{lead}", "--at", "noon").exit == 2


def test_blame_names_a_hand_for_each_field(shell: Shell, shop: Shop) -> None:
    """Runs with their command, people by name, and what is as it was first seen."""
    lead = changed(shell, shop)
    told = shell.run("blame", f"Lead/{lead}")
    assert told.exit == 0 and "run 1 (sync)" in told.out and "as first seen" in told.out
    person = shop.rows("SELECT Name FROM User WHERE Id = ?", shop.user_id)[0]["Name"]
    assert person in next(line for line in told.out.splitlines() if line.strip().startswith("Title"))
    assert {one["hand"] for one in shell.ask("blame", f"Lead/{lead}").json["fields"]} == {
        "sfsync",
        "org",
        "first sight",
    }
    assert shell.ask("blame", lead).exit == 2


def test_diff_shows_both_values(shell: Shell, shop: Shop) -> None:
    """What differs stands with record, field and both values; that nothing differs is said too."""
    shell.ask("pull")
    assert "No differences" in shell.run("diff", "mirror", "org").out
    lead = str(shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0")[0]["Id"])
    shop.clock.advance(600)
    shop.change("Lead", lead, Title="Chief")
    told = shell.run("diff", "mirror", "org", "Lead")
    assert (
        told.exit == 0 and f"Lead/{lead}" in told.out and "| Chief" in told.out and "1 of 60 records differ" in told.out
    )
    shell.ask("plan", "--out", "plan.json")
    assert shell.ask("diff", "plan.json", "mirror").json["counts"]["differing"] > 0
    assert shell.ask("diff", "nonsense", "mirror").exit == 2


def test_retry_says_when_nothing_is_left_to_try(shell: Shell) -> None:
    """A run of which nothing was refused, and a number that is none, are mistakes of usage."""
    shell.ask("sync", "--yes")
    for run in (1, 99):
        told = shell.ask("retry", run, "--yes")
        assert told.exit == 2 and told.json["problems"][0]["next"]


def test_doctor_gives_alarms_with_an_exit_code(shell: Shell, shop: Shop) -> None:
    """Where a schedule has run and its watermark stands still, doctor says so and ends with 3; a pull mends it."""
    shell.ask("pull")
    with shop_mirror(shell, shop) as mirror, mirror.writing() as books:
        books.slots.claim("leads", shop.clock.now())
    assert shell.ask("doctor").json["exit"] == 0
    shop.clock.advance(3600)
    told = shell.ask("doctor").json
    assert (told["exit"], told["state"], told["counts"]["alarm"]) == (3, "partly", 1)
    alarm = next(one for one in told["checks"] if one["state"] == "alarm")
    assert "Lead: its watermark stands still for 6" in alarm["message"] and "sfsync serve" in alarm["next"]
    assert "1 alarm," in shell.run("doctor").out
    shell.ask("pull")
    assert shell.ask("doctor").json["exit"] == 0


@pytest.mark.long
def test_doctor_alarms_of_an_sobject_no_longer_shown(pulled: Shell, shop: Shop) -> None:
    """Before a pull has found it and after, with rules and all else looked at, until its section is removed."""
    happen(shop, {"perm": {"object": {"sobject": "Contact", "read": False}}})
    for name in ("fields", "watch"):
        told = pulled.ask("doctor").json
        assert (told["exit"], told["counts"]["alarm"], told["counts"]["broken"]) == (3, 1, 0)
        [alarm] = [one for one in told["checks"] if one["state"] == "alarm"]
        assert alarm["name"] == name and alarm["message"].startswith("Contact: the org no longer shows it")
        assert pulled.ask("pull").exit == 3
    settings = (pulled.folder / "sfsync.toml").read_text()
    begin = settings.index("[sobjects.Contact]")
    pulled.write("sfsync.toml", settings[:begin] + settings[settings.index("\n[", begin) :])
    assert pulled.ask("doctor").json["counts"]["alarm"] == 0


def shop_mirror(shell: Shell, shop: Shop) -> AbstractContextManager[Mirror]:
    """Open the mirror of a shell's folder."""
    return closing(open_mirror(f"sqlite:///{shell.folder}/.sfsync/mirror.db", clock=shop.clock, writable=True))


def test_verify_tells_its_cost(shell: Shell) -> None:
    """The calls that were expected and those that were made are told, the former before it begins."""
    shell.ask("pull")
    for level in (1, 2, 3):
        told = shell.run("verify", "--level", level)
        assert told.exit == 0 and "API calls to compare; about" in told.out
        assert "for about" in told.err


def test_verify_compares_what_is_named_and_says_what_it_could_not(pulled: Shell, shop: Shop) -> None:
    """Of named sObjects alone; one that the org no longer shows has no number, and is told with exit code 3."""
    told = pulled.ask("verify", "contact").json
    assert [one["sobject"] for one in told["sobjects"]] == ["Contact", "Group", "User"]
    assert pulled.ask("verify", "Task").exit == 2
    happen(shop, {"perm": {"object": {"sobject": "Contact", "read": False}}})
    shown = pulled.run("verify")
    assert shown.exit == 3 and "What could be compared agrees" in shown.out
    assert any(line.split() == ["Contact", "-", "10", "0"] for line in shown.out.splitlines())


def test_doctor_tells_a_field_that_is_hidden_as_pulls_do(pulled: Shell, shop: Shop) -> None:
    """One that was pulled once is no misspelt name: it is an alarm, with the way on, and the rest is looked at."""
    happen(shop, {"perm": {"fls": {"field": "Lead.PostalCode", "read": False}}})
    told = pulled.ask("doctor").json
    [check] = [one for one in told["checks"] if one["name"] == "fields"]
    assert (told["exit"], check["state"]) == (3, "alarm")
    assert "no longer shows PostalCode" in check["message"] and "let the user" in check["next"]
    assert "skipped" not in [one["state"] for one in told["checks"] if one["name"] == "keys"]
