"""Formula fields stay right between two readings of them, and how old they are is told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from sfsync.localorg.seed.sowing import Amounts
from sfsync.records.query import Query
from sfsync.records.values import from_plain, kind_of
from sfsync.sync.context import Target
from sfsync.sync.outcome import Outcome
from tests.shop import Shop, open_shop
from tests.sync.pulling import happen, lead_of, pull

pytestmark = pytest.mark.long

OURS = {
    "Owner__c": ('Owner:User.Username & " " & City', "string", {"length": 255}),
    "Age__c": ("TODAY() - DATEVALUE(CreatedDate)", "double", {"precision": 18, "scale": 0}),
    "Late__c": ("NOW() - CreatedDate", "double", {"precision": 18, "scale": 0}),
    "Double__c": ("Age__c * 2", "double", {"precision": 18, "scale": 0}),
}
LEADS = (Target("Lead", ("LastName", "City", "OwnerId", *OURS)),)


def add_field(shop: Shop, name: str, formula: str, kind: str, **more: object) -> None:
    """Give leads a formula field."""
    field = {"name": name, "type": kind, "formula": formula, **more}
    happen(shop, {"schema": {"do": "add", "sobject": "Lead", "field": field}})


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop of 30 leads with formula fields, pulled ten minutes ago."""
    with open_shop(tmp_path, Amounts(leads=30, accounts=0, contacts=0, opportunities=0)) as made:
        for name, (formula, kind, more) in OURS.items():
            add_field(made, name, formula, kind, **more)
        with made.local.state.transaction():
            made.local.state.run("UPDATE User SET TimeZoneSidKey = 'Asia/Tokyo'")
        pull(made, targets=LEADS)
        made.clock.advance(600)
        yield made


def column(shop: Shop, field: str) -> dict[str, object]:
    """Give a field of all leads in the mirror, by id."""
    with shop.mirror.reading() as books:
        return {record.id: record.fields[field] for record in books.records.records("Lead", ["Id", field])}


def in_org(shop: Shop, field: str) -> dict[str, object]:
    """Give what the org shows in a field of all leads, by id."""
    page = next(shop.org.pages(Query("Lead", ("Id", field))))
    return {str(record_id): from_plain(kind_of(OURS[field][1]), value) for record_id, value in page.rows}


def ages(outcome: Outcome) -> dict[str, tuple[str, str]]:
    """Give by what each calculated field is kept right, and as of when, as JSON tells."""
    told: Any = lead_of(outcome)["calculated"]
    return {one["field"]: (one["by"], one["as_of"]) for one in told}


def leads_read(shop: Shop, before: int) -> list[str]:
    """Give the questions for leads since a call."""
    asked = [call["query"].get("q", "") for call in shop.calls()[before:]]
    return [question for question in asked if "FROM Lead" in question]


def test_it_is_told_how_old_a_calculated_field_is_and_who_works_it_out(shop: Shop) -> None:
    """Those worked out here are as of the pull, those only the org can work out as of their last reading."""
    first, now = "2026-11-24T12:30:45.000Z", "2026-11-24T12:40:45.000Z"
    told = ages(pull(shop, targets=LEADS))
    assert told == {
        "Owner__c": ("formula", now),
        "Age__c": ("formula", now),
        "Double__c": ("formula", now),
        "Late__c": ("reading", first),
    }


def test_what_a_parent_changes_is_worked_out_here(shop: Shop) -> None:
    """An owner is renamed: the formulas of his leads are right after the next pull, and no lead is read."""
    owner = next(row["OwnerId"] for row in shop.rows("SELECT OwnerId FROM Lead WHERE OwnerId LIKE '005%'"))
    before, calls = column(shop, "Owner__c"), len(shop.calls())
    shop.change("User", owner, Username="renamed@example.com")
    outcome = pull(shop, targets=LEADS)
    after = column(shop, "Owner__c")
    assert after == in_org(shop, "Owner__c")
    moved = {lead for lead, value in after.items() if value != before[lead]}
    assert moved == {row["Id"] for row in shop.rows("SELECT Id FROM Lead WHERE OwnerId = ?", owner)}
    assert lead_of(outcome)["changed"] == len(moved)
    assert {line.field for line in shop.books().journal.of_run(outcome.run or 0) if line.sobject == "Lead"} == {
        "Owner__c"
    }
    assert leads_read(shop, calls)[:-1] == []  # but for our own question above


def test_a_new_day_in_the_users_zone_is_noticed(shop: Shop) -> None:
    """At midnight where sfsync's user lives what TODAY gives is another, and is worked out once."""
    first = column(shop, "Age__c")
    shop.clock.advance(3 * 3600)  # past midnight in Tokyo
    outcome = pull(shop, targets=LEADS)
    assert column(shop, "Age__c") == in_org(shop, "Age__c") != first
    assert column(shop, "Double__c") == in_org(shop, "Double__c")
    assert lead_of(outcome)["changed"] == len(first)
    assert lead_of(pull(shop, targets=LEADS))["changed"] == 0


def test_a_formula_that_comes_to_something_else_here_is_left_to_the_org(tmp_path: Path) -> None:
    """Unless ours gives what the org gives for a sample of records, the field is read on schedule only."""
    with (
        patch("sfsync.sync.formulas._SHORT_ID", 18),
        open_shop(tmp_path, Amounts(leads=5, accounts=0, contacts=0, opportunities=0)) as shop,
    ):
        add_field(shop, "Owner__c", 'OwnerId & ""', "string", length=255)
        outcome = pull(shop, targets=(Target("Lead", ("LastName", "OwnerId", "Owner__c")),))
        assert ages(outcome)["Owner__c"][0] == "reading"


def test_another_formula_is_read_at_once_and_has_to_prove_itself(shop: Shop) -> None:
    """When an admin changes a formula no stamp moves; all its values are read, as of now."""
    happen(shop, {"schema": {"do": "drop", "sobject": "Lead", "field": "Age__c", "force": True}})
    add_field(shop, "Age__c", "1 + 1", "double", precision=18, scale=0)
    outcome = pull(shop, targets=LEADS)
    assert lead_of(outcome)["filled"] == ["Age__c"]
    assert set(column(shop, "Age__c").values()) == {2}
    assert ages(outcome)["Age__c"][0] == "reading"
    shop.clock.advance(25 * 3600)
    assert ages(pull(shop, targets=LEADS))["Age__c"][0] == "formula"


def test_what_a_run_left_undone_is_worked_out_by_the_next(shop: Shop) -> None:
    """A run that dies between its pull and its formulas loses nothing: the next one looks further back."""
    shop.change("User", shop.user_id, Username="renamed@example.com")
    with patch("sfsync.sync.pull.recompute", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        pull(shop, targets=LEADS)
    shop.clock.advance(600)
    pull(shop, targets=LEADS)
    assert column(shop, "Owner__c") == in_org(shop, "Owner__c")
