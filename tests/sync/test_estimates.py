"""What a pull says it will cost is what it costs: within two API calls an sObject, whatever there is to do."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import pytest

from sfsync.localorg.seed.amounts import Amounts
from sfsync.sync import transport
from sfsync.sync.context import Target
from sfsync.sync.outcome import Outcome
from sfsync.sync.transport import Way
from tests.shop import TARGETS, Shop, open_shop
from tests.sync.pulling import happen, ids, pull

pytestmark = pytest.mark.long

BOUND = 2  # API calls an sObject
DAY = 86_400


@pytest.fixture(params=["REST", "Bulk API 2.0"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """A shop whose few records come by the one way or the other."""
    with open_shop(tmp_path, Amounts(leads=60, accounts=10, contacts=5, opportunities=5)) as made, ExitStack() as all_:
        for module in ("pull", "fields", "gone") if request.param != "REST" else ():
            way = Way(request.param, transport._BULK_CALLS + 1)
            all_.enter_context(patch(f"sfsync.sync.{module}.way_for", lambda records, way=way: way))
        yield made


def again(shop: Shop, *, full: bool = False, targets: tuple[Target, ...] = TARGETS) -> Outcome:
    """Pull everything ten minutes later."""
    shop.clock.advance(600)
    return pull(shop, full=full, targets=targets)


def first(shop: Shop) -> Outcome:
    return pull(shop, targets=TARGETS)


def idle(shop: Shop) -> Outcome:
    first(shop)
    return again(shop)


def full(shop: Shop) -> Outcome:
    first(shop)
    return again(shop, full=True)


def changes(shop: Shop) -> Outcome:
    first(shop)
    for lead in ids(shop)[:3]:
        shop.change("Lead", lead, Title="Other")
    return again(shop)


def deletes(shop: Shop) -> Outcome:
    first(shop)
    for lead in ids(shop)[:3]:
        shop.ask("DELETE", f"sobjects/Lead/{lead}")
    return again(shop)


def purges(shop: Shop) -> Outcome:
    first(shop)
    for lead in ids(shop)[:3]:
        shop.ask("DELETE", f"sobjects/Lead/{lead}")
    happen(shop, "purge_bin")
    return again(shop)


def outage(shop: Shop) -> Outcome:
    first(shop)
    shop.ask("DELETE", f"sobjects/Lead/{ids(shop)[0]}")
    shop.clock.advance(20 * DAY)
    return again(shop)


def new_field(shop: Shop) -> Outcome:
    pull(shop, targets=(Target("Lead", ("LastName", "Company")), *TARGETS[1:]))
    return again(shop)


@pytest.mark.parametrize("situation", [first, idle, full, changes, deletes, purges, outage, new_field])
def test_what_a_pull_says_it_costs_is_what_it_costs(shop: Shop, situation: Callable[[Shop], Outcome]) -> None:
    """For each sObject, and in all but for signing in and the one look that tells what moved."""
    made: list[int] = []
    outcome = situation(shop)
    for one in outcome.data["pulled"]:
        assert abs(one["estimated_calls"] - one["calls"]) <= BOUND, one
        made.append(one["calls"])
    counted = shop.books().runs.latest(1)[0].detail["calls"]
    assert sum(made) <= counted <= sum(made) + 2
