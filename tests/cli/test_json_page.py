"""docs/reference/json.md tells the shapes that commands print, no more and no less."""

import re
from typing import Any

from tests.cli.shell import KEYS, Shell
from tests.docs.pages import CHECKOUT
from tests.shop import Shop

PAGE = (CHECKOUT / "docs/reference/json.md").read_text(encoding="utf-8")
ALWAYS = set(KEYS)


def listed(name: str) -> set[str]:
    """The words in the second cell of a row of the page."""
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {name} |"))
    return set(re.findall(r"`(\w+)`", row.removeprefix(f"| {name} |")))


def held(told: dict[str, Any], inside: tuple[str, ...] = ()) -> set[str]:
    """A command's own keys, and the keys of what stands under some of them."""
    found = set(told) - ALWAYS
    for key in inside:
        found |= set(told[key][0] if isinstance(told[key], list) else told[key])
    return found


def test_the_keys_of_every_command_are_on_the_page(shell: Shell, shop: Shop) -> None:
    """Each command of the loop names itself and prints the common keys first, then just those of its row."""
    lead = shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 LIMIT 1")[0]["Id"]
    path = shell.write("a.csv", "LastName,Company\nIto,Acme\n,Acme\n")
    rows = ("--sobject", "Lead", "--operation", "insert", "--yes")
    calls: list[tuple[tuple[object, ...], str, tuple[str, ...]]] = [
        (("init", shell.folder / "more"), "init", ()),
        (("doctor",), "doctor", ("checks",)),
        (("pull",), "pull", ("pulled",)),
        (("plan",), "plan", ()),
        (("apply", "--yes"), "apply", ()),
        (("sync", "--yes"), "sync", ()),
        (("baseline",), "baseline", ()),
        (("undo", 2, "--yes"), "undo", ()),
        (("import", path, *rows), "import", ()),
        (("verify",), "verify", ("sobjects",)),
        (("explain", f"Lead/{lead}"), "explain", ()),
        (("runs",), "runs", ("runs",)),
        (("outbox",), "outbox list", ()),
        (("outbox", "show", 1), "outbox show", ()),
        (("rules", "check"), "rules check", ()),
        (("formula", "eval", "1 + 1", "--explain"), "formula eval", ()),
    ]
    for words, name, inside in calls:
        told = shell.ask(*words).json
        assert held(told, inside) == listed(f"`{name}`"), name
        assert told["command"] == name and list(told)[:6] == KEYS


def test_the_parts_of_an_explanation_and_of_a_plan_are_on_the_page(applied: Shell, shop: Shop) -> None:
    """Plans, changes, decisions, lines of history and entries have the keys the page gives them."""
    lead = shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL LIMIT 1")[0]["Id"]
    shop.clock.advance(60)
    shop.change("Lead", lead, Title="Chief Weaver")
    applied.run("pull")
    told = applied.ask("explain", f"Lead/{lead}").json
    assert set(told["decisions"][0]) == listed("`decisions`")
    line = applied.ask("history", f"Lead/{lead}").json["history"][0]
    assert set(line) == listed("a line of `history`") == set(told["history"][0]) | {"values_kept", "source"}
    assert set(told["entries"][0]) == listed("`entries`, `entry`")
    shop.change("Lead", lead, Grade__c=None, Score__c=1)
    shop.clock.advance(60)
    applied.run("pull")
    plan = applied.ask("plan").json["plan"]
    names = {
        name for row in PAGE.split("## A plan")[1].split("##")[0].splitlines() for name in re.findall(r"`(\w+)`", row)
    }
    assert set(plan) | set(plan["changes"][0]) | set(plan["changes"][0]["fields"][0]) == names - {"sfsync"}


def test_the_keys_of_what_looks_back_are_on_the_page(pulled: Shell, shop: Shop) -> None:
    """History, now and at a time, blame and diff have the keys of their rows."""
    lead = shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 LIMIT 1")[0]["Id"]
    shop.clock.advance(60)
    shop.change("Lead", lead, Title="Chief Weaver")
    told, then = (pulled.ask("history", f"Lead/{lead}", *at).json for at in ((), ("--at", "2026-11-24T12:31")))
    assert held(told) | held(then) == listed("`history`")
    assert held(pulled.ask("blame", f"Lead/{lead}").json, ("fields",)) == listed("`blame`")
    differences = pulled.ask("diff", "mirror", "org").json
    fields = set(differences["differences"][0]["fields"][0])
    assert held(differences, ("differences",)) | fields == listed("`diff`")


def test_problems_have_a_place_of_known_parts(shell: Shell) -> None:
    """The parts of `where` are those the page names."""
    named = set(re.findall(r"`(\w+)`", PAGE.split("`where` has")[1].split("It may be empty")[0]))
    shell.edit("sfsync.toml", "overwrites = 500", "overwrites = true")
    assert set(shell.ask("pull").json["problems"][0]["where"]) <= named
    assert named == {"file", "line", "column", "key", "sobject", "id", "field", "row"}
