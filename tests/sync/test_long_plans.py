"""Promises of plans that are too long for memory: everything that may be long lies on the disk in these tests."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sfsync.audit.undo import undo
from sfsync.localorg.seed.amounts import Amounts
from sfsync.mirror import long_lists
from sfsync.sync.plan_file import read_plan, write_plan
from sfsync.sync.planning import plan_saved, show_plan
from sfsync.sync.run import baseline, pull_only, sync
from tests.shop import Shop, open_shop


@pytest.fixture(autouse=True)
def soon_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two items are many."""
    monkeypatch.setattr(long_lists, "SHORT", 2)


@pytest.fixture
def small_shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop with a handful of leads."""
    with open_shop(tmp_path, Amounts(leads=12, accounts=0, contacts=0, opportunities=0)) as shop:
        yield shop


def scratch_files(shop: Shop) -> list[Path]:
    """Give what lies around of long lists."""
    return list(shop.folder.glob("**/mirror.scratch.*"))


def test_a_long_plan_is_applied_and_taken_back_as_a_short_one(small_shop: Shop) -> None:
    """Every change is sent once, an undo brings back what was, and nothing of it is planned anew; no file is left."""
    values = "SELECT Id, Score__c, Grade__c, OwnerId FROM Lead ORDER BY Id"
    before = small_shop.rows(values)
    run = sync(small_shop.context, small_shop.order())
    assert run.exit == 0 and run.counts["applied"] == run.counts["planned"] > 2
    back = undo(small_shop.context, run.run or 0, small_shop.order().guard, 0.0)
    assert (back.exit, back.counts["applied"]) == (0, run.counts["applied"])
    assert small_shop.rows(values) == before
    small_shop.clock.advance(600)
    assert sync(small_shop.context, small_shop.order()).counts["planned"] == 0
    assert scratch_files(small_shop) == []


def test_a_long_plan_in_a_file_is_the_plan_it_was(small_shop: Shop) -> None:
    """Kept, read and applied it is what was shown, in the same order and under the same name."""
    pull_only(small_shop.context, small_shop.order(), full=False)
    outcome, plan = show_plan(small_shop.context, small_shop.order())
    path = small_shop.folder / "plan.json"
    write_plan(path, plan)
    again = read_plan(path, small_shop.books().schemas.get)
    assert list(again.changes) == list(plan.changes) and again.id == plan.id == json.loads(path.read_text())["id"]
    assert [one.id for one in plan.changes] == sorted(str(one.id) for one in plan.changes)
    done = plan_saved(small_shop.context, small_shop.order(), again)
    assert (done.exit, done.counts["applied"]) == (0, outcome.counts["planned"])


def test_a_long_plan_waits_for_its_first_few(small_shop: Shop) -> None:
    """A canary is cut off the front, and the others follow: each is sent, none twice."""
    order = small_shop.order()
    guarded = small_shop.order(brakes=type(order.brakes)(canary=5))
    run = sync(small_shop.context, guarded)
    assert run.exit == 0 and run.counts["applied"] == run.counts["planned"] > 5
    entries = small_shop.books().outbox.entries(run=run.run)
    assert len({entry.change.id for entry in entries}) == len(entries) == run.counts["planned"]


def test_a_long_baseline_leaves_nothing_to_plan(small_shop: Shop) -> None:
    """Every decision is taken, however many."""
    pull_only(small_shop.context, small_shop.order(), full=False)
    assert baseline(small_shop.context, small_shop.order()).counts["decisions"] > 2
    assert show_plan(small_shop.context, small_shop.order())[1].changes == ()
