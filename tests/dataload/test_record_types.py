"""Promises about record types: what a record's type does not offer is told before any call writes."""

import pytest

from sfsync.localorg.rules.record_types import set_record_type
from sfsync.localorg.values import stamp
from tests.dataload.loader import Loader

FIELD = {"name": "Region__c", "type": "picklist", "length": 255, "values": ["North", "South"], "also": "restricted"}
HEAD = ("LastName", "Company", "Region__c", "RecordTypeId")


@pytest.fixture
def typed(loader: Loader) -> tuple[Loader, str, str]:
    """A loader into an org with two record types of leads: the usual one offers North, the other South."""
    state = loader.shop.local.state
    with state.transaction():
        state.add_field("Lead", FIELD)
        for name, value, usual in (("Retail", "North", True), ("Trade", "South", False)):
            facts = {"label": name, "default": usual, "picklists": {"Region__c": {"values": [value]}}}
            set_record_type(state, "Lead", name, facts, True, stamp(loader.shop.clock.now()))
    ids = {row["DeveloperName"]: row["Id"] for row in loader.shop.rows("SELECT Id, DeveloperName FROM RecordType")}
    return loader, ids["Retail"], ids["Trade"]


def test_a_row_with_a_value_its_record_type_does_not_offer_is_refused_first(typed: tuple[Loader, str, str]) -> None:
    """By the type the row names, or the one new records get; the other rows go."""
    loader, retail, trade = typed
    rows = [("A", "W", "North", ""), ("B", "W", "South", ""), ("C", "W", "South", trade), ("D", "W", "South", retail)]
    outcome = loader.run((HEAD, *rows))
    assert (outcome.exit, outcome.counts["applied"], outcome.counts["rejected"]) == (3, 2, 2)
    assert [row[0] for row in loader.results(outcome, "refused")] == ["2", "4"]
    assert "does not offer 'South' to records of this record type: choose one of: North" in outcome.problems[0].message
    loader.accounted(outcome)


@pytest.mark.long
def test_an_update_is_held_against_the_type_its_record_has(typed: tuple[Loader, str, str]) -> None:
    """As the org holds it; and nothing is asked where no such picklist is written."""
    loader, retail, trade = typed
    leads = [loader.shop.make("Lead", LastName=name, Company="W", RecordTypeId=name) for name in (retail, trade)]
    before = len(loader.shop.calls("GET", "/describe/layouts"))
    outcome = loader.run((("Id", "Region__c"), *((lead, "South") for lead in leads)), "update")
    assert (outcome.counts["applied"], outcome.counts["rejected"]) == (1, 1)
    assert len(loader.shop.calls("GET", "/describe/layouts")) == before + 1
    assert loader.run((("Id", "Title"), (leads[0], "Boss")), "update").exit == 0
    assert len(loader.shop.calls("GET", "/describe/layouts")) == before + 1
