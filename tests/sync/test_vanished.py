"""Promises about records that vanish without a word: what is proven gone is buried, all else stays an alarm."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sfsync.audit.watchdog import Watch, alarms
from sfsync.errors import BrakeHit
from sfsync.localorg.seed.amounts import Amounts
from sfsync.sync.gone import COMPARED_EVERY
from sfsync.sync.run import pull_only
from tests.shop import Shop, open_shop
from tests.sync.pulling import LEAD, agree, ids, lead_of, order_fault, pull

QUARTER = COMPARED_EVERY.total_seconds()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Shop]:
    """A pulled shop of 60 leads."""
    with open_shop(tmp_path, Amounts(leads=60, accounts=0, contacts=0, opportunities=0)) as shop:
        pull(shop)
        yield shop


def vanish(shop: Shop, leads: list[str]) -> None:
    """Have leads be gone from the org, its bin and its log of deletes."""
    with shop.local.state.transaction():
        shop.local.state.many("DELETE FROM Lead WHERE Id = ?", [(one,) for one in leads])


def told(shop: Shop) -> list[str]:
    """Give the alarms."""
    with shop.mirror.reading() as books:
        return [str(one) for one in alarms(books, shop.clock.now(), Watch())]


@pytest.mark.parametrize("many", [1, 40])
def test_what_no_log_tells_of_is_noticed_by_an_ordinary_pull(small: Shop, many: int) -> None:
    """Amounts are compared every quarter of an hour; the org's own total proves one or many gone, without the brake."""
    leads = [str(row["Id"]) for row in small.rows("SELECT Id FROM Lead ORDER BY Id")]
    vanish(small, leads[:many])
    small.clock.advance(QUARTER)
    outcome = pull(small)
    assert (outcome.exit, lead_of(outcome)["asked"], lead_of(outcome)["deleted"]) == (0, "nothing", many)
    agree(small)


def test_many_that_vanished_stay_an_alarm_until_it_is_settled(small: Shop) -> None:
    """After the brake ordinary pulls go on and say so; only a full pull with a person's consent takes them for gone."""
    order_fault(small, {"perm": {"sharing": {"sobject": "Lead", "default": "private"}}}, {"times": 1})
    small.clock.advance(QUARTER)
    with pytest.raises(BrakeHit, match="can no longer be seen") as caught:
        pull(small)
    assert "`sfsync pull --full --yes Lead`" in caught.value.problems[0].next
    small.clock.advance(600)
    outcome = pull(small)
    assert outcome.exit == 3 and "can no longer be seen" in outcome.problems[0].message
    assert len(told(small)) == 1 and small.books().records.count("Lead") == 60
    order = small.order(targets=LEAD)
    outcome = pull_only(small.context, order, full=True, consent=True)
    assert (outcome.exit, told(small)) == (0, [])
    assert lead_of(outcome)["deleted"] > 10 and len(ids(small)) > 0
