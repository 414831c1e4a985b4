"""Promises of pulls that are cut short at any moment: the next one misses nothing of what happened since."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sfsync.audit.verify import verify
from sfsync.localorg.seed.amounts import Amounts
from sfsync.sync import transport
from sfsync.sync.context import Target
from sfsync.sync.run import Order, pull_only
from tests.mortal import Killed, Life, mortal
from tests.shop import Shop, open_shop

pytestmark = pytest.mark.long

FEW = (Target("Lead", ("LastName", "Company", "Title")),)
MORE = (Target("Lead", ("LastName", "Company", "Title", "City")),)


@pytest.fixture
def small_shop(tmp_path: Path, shop_url: str | None) -> Iterator[Shop]:
    """A shop with a handful of leads."""
    with open_shop(tmp_path, Amounts(leads=6, accounts=0, contacts=0, opportunities=0), shop_url) as shop:
        yield shop


def dies(shop: Shop, order: Order, moment: int, *, full: bool) -> bool:
    """Pull with a life of so many moments; tell whether it died."""
    try:
        pull_only(mortal(shop, Life(moment)), order, full=full)
    except Killed:
        return True
    return False


def differences(shop: Shop) -> int:
    """Count in how many records mirror and org differ in any field."""
    return verify(shop.context, 3, heal=False, wait_seconds=0.0).counts["differences"]


def others_work(shop: Shop) -> None:
    """Let a lead be changed, one be made and one be deleted."""
    leads = [row["Id"] for row in shop.rows("SELECT Id FROM Lead WHERE IsDeleted = 0 ORDER BY Id")]
    shop.change("Lead", leads[0], Title=f"At {shop.clock.now()}")
    shop.make("Lead", LastName="New", Company="Wool")
    shop.ask("DELETE", f"sobjects/Lead/{leads[-1]}")


STEPS = pytest.mark.parametrize(  # where the mirror lives, and how far from one cut to the next
    ("shop_url", "step"),
    [("sqlite", 9), ("sqlite", 1), pytest.param("postgres", 7, marks=pytest.mark.postgres)],
    indirect=["shop_url"],
)


@STEPS
@pytest.mark.parametrize("full", [pytest.param(True, marks=pytest.mark.long), False])
@pytest.mark.parametrize("bulk", [pytest.param(True, marks=pytest.mark.long), False])
def test_what_happens_after_a_cut_is_seen_by_the_next_pull(
    small_shop: Shop, monkeypatch: pytest.MonkeyPatch, bulk: bool, full: bool, step: int
) -> None:
    """Wherever a pull is cut, changes, new records and deletes since are in the mirror after the next.

    Be that hours later, or in the same minute: what the org is sure of it tells in whole minutes.
    """
    monkeypatch.setattr(transport, "_BULK_CALLS", -9 if bulk else 9)
    shop, moment = small_shop, 0
    order = shop.order(targets=FEW)
    if not full:
        pull_only(shop.context, order, full=False)
        others_work(shop)
    while dies(shop, order, moment, full=full):
        apart = 2 if moment % 2 else 5_000
        shop.clock.advance(apart)
        others_work(shop)
        shop.clock.advance(apart)
        pull_only(shop.context, order, full=False)
        assert differences(shop) == 0, f"cut at moment {moment}"
        others_work(shop)
        moment += step
    assert moment > 15


@STEPS
def test_a_new_field_is_filled_for_all_records_wherever_its_first_pull_is_cut(small_shop: Shop, step: int) -> None:
    """A column that is added to the settings is complete after the next whole pull, also in records nobody touched."""
    shop, moment = small_shop, 0
    while True:
        pull_only(shop.context, shop.order(targets=FEW), full=False)
        with shop.mirror.writing() as books:
            books._connection.exec_driver_sql('ALTER TABLE "Lead" DROP COLUMN "City"') if moment else None
        shop.clock.advance(5_000)
        died = dies(shop, shop.order(targets=MORE), moment, full=False)
        shop.clock.advance(5_000)
        pull_only(shop.context, shop.order(targets=MORE), full=False)
        assert differences(shop) == 0, f"cut at moment {moment}"
        if not died:
            break
        moment += step
    assert moment > 15
