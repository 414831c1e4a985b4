"""Promises about record types: what rules want and a record's type does not offer is told before any call writes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sfsync.app.wiring import read_rules
from sfsync.localorg.rules.record_types import set_record_type
from sfsync.localorg.seed.amounts import Amounts
from sfsync.localorg.values import stamp
from sfsync.sync.run import sync
from tests.shop import RULES, TARGETS, Shop, open_shop

BAND = {"name": "Band__c", "type": "picklist", "length": 255, "values": [*"ABCDE"], "also": "restricted"}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop whose leads have their grade in a restricted picklist; one record type offers A only."""
    with open_shop(tmp_path, Amounts(leads=4, accounts=0, contacts=0, opportunities=0)) as small:
        state = small.local.state
        with state.transaction():
            state.add_field("Lead", BAND)
            facts = {"label": "Retail", "picklists": {"Band__c": {"values": ["A"]}}}
            set_record_type(state, "Lead", "Retail", facts, True, stamp(small.clock.now()))
        yield small


def test_what_rules_want_is_held_against_the_type_each_record_has(shop: Shop, tmp_path: Path) -> None:
    """The record is left as it is and told, by plan and run alike; those of other types are written."""
    text = (RULES / "lead_scoring.toml").read_text()
    (tmp_path / "lead_scoring.toml").write_text(text.replace('"Grade__c"', '"Band__c"'))
    lead = replace(TARGETS[0], fields=(*TARGETS[0].fields, "Band__c", "RecordTypeId"))
    order = shop.order(targets=(lead,), rules_for=lambda schemas: read_rules(tmp_path, schemas)[0])
    [retail] = shop.rows("SELECT Id FROM RecordType")
    odd = shop.make("Lead", LastName="Odd", Company="W", RecordTypeId=retail["Id"])
    outcome = sync(shop.context, order)
    assert [one.where.id for one in outcome.problems if "to records of this record type" in one.message] == [odd]
    assert (outcome.exit, outcome.counts["rejected"], outcome.counts["applied"]) == (3, 1, outcome.counts["planned"])
    bands = {row["Id"]: row["Band__c"] for row in shop.rows("SELECT Id, Band__c FROM Lead WHERE IsConverted = 0")}
    assert bands.pop(odd) is None and bands and None not in bands.values()
