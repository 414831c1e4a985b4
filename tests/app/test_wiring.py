"""Promises of the composition root: what files say reaches the right place, and what is wrong in them is told there."""

from pathlib import Path

import pytest

from sfsync.app.wiring import (
    LocalAccess,
    brakes_of,
    check_rules,
    org_access,
    placed,
    read_rules,
    starter_files,
    targets_of,
)
from sfsync.errors import Problem, SettingsError, Where
from sfsync.settings.read import read_settings

SETTINGS = """\
[org]
local = true

[sobjects.Lead]
fields = ["LastName", "Compny"]

[brakes]
overwrites = 7
"""
RULES = """\
version = 1
sobject = "Lead"
write = { score = "Score__c", grade = "Grade__c", when = "always" }

[[score]]
name = "chief"
when = 'CONTAINS(Title, "chief"'
points = 20

[[grade]]
name = "D"
at_least = 0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with the shipped rules."""
    text, rules = starter_files()
    (tmp_path / "rules").mkdir()
    for path in rules.glob("*.toml"):
        (tmp_path / "rules" / path.name).write_text(path.read_text("utf-8"), "utf-8")
    (tmp_path / "sfsync.toml").write_text(SETTINGS, "utf-8")
    return tmp_path


def test_what_rules_read_is_pulled_too(folder: Path) -> None:
    """A field that only a rule names is mirrored without being listed in settings."""
    (target,) = targets_of(read_settings(folder / "sfsync.toml"))
    assert target.fields == ("LastName", "Compny")
    assert {"Title", "OwnerId", "Score__c"} <= set(target.also)


def test_brakes_are_those_of_the_settings(folder: Path) -> None:
    """A limit that is set is used, one that is not is the documented default."""
    brakes = brakes_of(read_settings(folder / "sfsync.toml"))
    assert (brakes.overwrites, brakes.overwrites_percent, brakes.clears_percent, brakes.deletes) == (7, 20, 1, 0)


def test_a_problem_with_a_key_is_told_at_its_line(folder: Path) -> None:
    """What proves wrong only in the org, as a field it lacks, is told at its place in sfsync.toml."""
    found = placed(
        read_settings(folder / "sfsync.toml"), Problem("no such field", where=Where(key="sobjects.Lead.fields[1]"))
    )
    assert (found.where.file or "").endswith("sfsync.toml")
    assert (found.where.line, found.where.column) == (5, 23)


def test_a_formula_that_does_not_parse_is_told_at_its_character(folder: Path) -> None:
    """File, line and column point into the formula itself."""
    (folder / "rules" / "lead_scoring.toml").write_text(RULES, "utf-8")
    with pytest.raises(SettingsError) as caught:
        read_rules(folder / "rules", {})
    where = caught.value.problems[0].where
    assert (where.file, where.line) == ("rules/lead_scoring.toml", 7)
    assert where.column is not None and where.column > 8
    with pytest.raises(SettingsError):
        check_rules(folder / "rules")


def test_the_shipped_rules_are_in_order(folder: Path) -> None:
    """What `init` copies out passes its own check."""
    outcome = check_rules(folder / "rules")
    assert (outcome.exit, outcome.counts["files"], outcome.problems) == (0, 2, ())


def test_a_folder_without_rules_is_no_rulebook(tmp_path: Path) -> None:
    """Nothing checked is nothing passed."""
    with pytest.raises(SettingsError, match="no rule files"):
        check_rules(tmp_path)


@pytest.mark.parametrize(
    "url", ["https://acme", "https://acme.example.com", "https://10.0.0.1", "https://a b.force.com"]
)
def test_an_address_that_is_no_orgs_is_told_at_its_line(folder: Path, url: str) -> None:
    """An [org] url that cannot be an org's is a mistake in the settings, told at its place; no secret leaves."""
    access = f'url = "{url}"\nlogin = "refresh_token"\nclient_id = "env:X"\nrefresh_token = "env:Y"'
    (folder / "sfsync.toml").write_text(SETTINGS.replace("local = true", access), "utf-8")
    settings = read_settings(folder / "sfsync.toml")
    with pytest.raises(SettingsError, match="no address of Salesforce") as caught:
        org_access(settings, _unneeded, folder)
    where = caught.value.problems[0].where
    assert ((where.file or "")[-11:], where.line, where.key) == ("sfsync.toml", 2, "org.url")


def _unneeded(_folder: Path) -> LocalAccess:
    raise AssertionError("no local org is asked for")
