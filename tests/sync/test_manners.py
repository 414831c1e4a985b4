"""Promises about what the org does beside saving: assignment rules and duplicate rules, as settings say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sfsync.localorg.seed.sowing import Amounts
from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.manner import ACTIVE, Manner
from tests.shop import Shop, open_shop
from tests.sync.bulky import few_by_bulk, held, leads, push, states, updates
from tests.sync.test_row_trouble import creates, strike


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop whose active assignment rule gives every lead to a queue."""
    with open_shop(tmp_path, Amounts(leads=6, accounts=2, contacts=0, opportunities=0)) as opened:
        state = opened.local.state
        queue = state.rows("SELECT Id FROM \"Group\" WHERE Type = 'Queue' ORDER BY Id LIMIT 1")[0]["Id"]
        state.set_setting("assignment_rules", {str(state.setting("lead_rule_id")): [{"criteria": [], "owner": queue}]})
        state.set_setting("theirs", queue)
        yield opened


def told(shop: Shop, sobject: str, manner: Manner) -> None:
    """Have the shop's connection write one sObject in a manner."""
    adapter: Any = shop.org
    while hasattr(adapter, "_inner"):
        adapter = adapter._inner
    adapter._manners = {sobject: manner}


def owners(shop: Shop) -> set[object]:
    """Give who owns the leads that can be changed."""
    return {held(shop, one, "OwnerId") for one in leads(shop)}


@pytest.mark.parametrize("by_bulk", [False, True], ids=["collections", "bulk"])
def test_no_assignment_rule_runs_by_itself(shop: Shop, by_bulk: bool) -> None:
    """Neither call nor job moves an owner where settings say nothing."""
    before = owners(shop)
    with few_by_bulk(2 if by_bulk else 2_000):
        assert push(shop, updates(shop, "Title", "Knitter")).exit == 0
    assert owners(shop) == before != {shop.local.state.setting("theirs")}


def test_the_active_rule_runs_where_told_and_never_by_a_job(shop: Shop) -> None:
    """A job cannot be told to run it, so all of it goes by collections calls, however much it is."""
    told(shop, "Lead", Manner(ACTIVE))
    with few_by_bulk():
        assert push(shop, updates(shop, "Title", "Knitter")).exit == 0
    assert owners(shop) == {shop.local.state.setting("theirs")} and shop.calls("PUT") == []


@pytest.mark.parametrize("by_bulk", [False, True], ids=["collections", "bulk"])
def test_a_rule_named_by_its_id_runs_either_way(shop: Shop, by_bulk: bool) -> None:
    """In the header of a call, or with the job."""
    told(shop, "Lead", Manner(str(shop.local.state.setting("lead_rule_id"))))
    with few_by_bulk(2 if by_bulk else 2_000):
        assert push(shop, updates(shop, "Title", "Knitter")).exit == 0
    assert owners(shop) == {shop.local.state.setting("theirs")} and bool(shop.calls("PUT")) == by_bulk


def test_what_is_told_for_one_sobject_holds_for_no_other(shop: Shop) -> None:
    """Territory rules on Account are asked for apart from assignment rules on Lead."""
    told(shop, "Account", Manner(ACTIVE, doubles=True))
    accounts = shop.rows("SELECT Id, Industry FROM Account ORDER BY Id")
    before = owners(shop)
    changes = [
        Change(Action.UPDATE, "Account", row["Id"], (FieldChange("Industry", row["Industry"], "Energy"),))
        for row in accounts
    ]
    assert push(shop, (*changes, *updates(shop, "Title", "Knitter"))).exit == 0
    assert owners(shop) == before


def test_doubles_are_saved_only_where_told_and_never_by_a_job(shop: Shop) -> None:
    """What a rule warns of passes with the header; what it blocks does not; and jobs have no such header."""
    told(shop, "Lead", Manner(doubles=True))
    strike(shop, {"dup_rule": "alert"}, "write")
    with few_by_bulk():
        assert push(shop, creates("a", "b")).exit == 0
    assert shop.calls("PUT") == [] and states(shop) == {"APPLIED": 2}
    strike(shop, {"dup_rule": "block"}, "write")
    assert push(shop, creates("c")).counts["rejected"] == 1
