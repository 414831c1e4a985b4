"""Promises of pushes by several collections calls: each is made ready while the one before it is under way."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import pytest

from sfsync.errors import LeaseLost
from sfsync.localorg.seed.amounts import Amounts
from sfsync.mirror.open import Facts
from sfsync.plan import transport
from sfsync.sync import collections_push, run
from sfsync.sync.context import Context, Silence
from sfsync.sync.run import pull_only
from sfsync.sync.settle import ALREADY
from tests.mortal import Killed, Life, mortal
from tests.shop import TARGETS, Shop, open_shop
from tests.sync.bulky import Meddling, held, leads, nothing_is_owed, push, states, updates, written_once

pytestmark = pytest.mark.long

LEAD = TARGETS[:1]


@pytest.fixture(autouse=True)
def _few_a_call() -> Iterator[None]:
    """Have three records go in a call."""
    with ExitStack() as stack:
        for module in (collections_push, transport, run):
            stack.enter_context(patch.object(module, "WRITE_SIZE", 3))
        yield


@pytest.fixture
def shop(tmp_path: Path, shop_url: str | None) -> Iterator[Shop]:
    """A shop of some leads, pulled."""
    with open_shop(tmp_path, Amounts(12, 0, 0, 0), shop_url) as opened:
        pull_only(opened.context, opened.order(targets=LEAD), full=False)
        yield opened


def test_a_lost_answer_holds_the_next_call_back(shop: Shop) -> None:
    """What was ready behind it is as if it never had been sent; in the end each record was written by one call."""
    shop.fault("drop_after_commit", "^.*/composite/sobjects", "PATCH", nth=2)
    changes = updates(shop, "Title", "Knitter")
    assert push(shop, changes).exit == 0
    with shop.mirror.reading() as books:
        assert [entry.attempts for entry in books.outbox.entries()] == [1] * len(changes)
    assert states(shop) == {"APPLIED": len(changes)}
    written_once(shop, "Title", leads(shop))


def test_who_loses_the_lease_while_a_call_is_under_way_sends_no_other(shop: Shop) -> None:
    """However ready the next one is: whoever took over settles it, and may have written the same records since."""

    waits = threading.Event()  # for the answer to the first call, with the second one ready
    answered = collections_push._Sending._answered

    def waiting(sending: collections_push._Sending) -> bool:
        waits.set()
        return answered(sending)

    def taken_over() -> None:
        assert waits.wait(60)
        with shop.mirror.home.writing(durable=True, beside=None) as connection:
            Facts(connection).next_token("writer")

    context = Context(Meddling(shop, "update", taken_over), shop.mirror, shop.clock, Silence())
    with patch.object(collections_push._Sending, "_answered", waiting), pytest.raises(LeaseLost):
        push(shop, updates(shop, "Title", "Knitter"), context)
    assert sum(held(shop, one, "Title") == "Knitter" for one in leads(shop)) == 3
    pull_only(shop.context, shop.order(targets=LEAD), full=False)
    nothing_is_owed(shop)


def test_what_somebody_changed_since_the_plan_is_left_alone(shop: Shop) -> None:
    """Also where no record is read before it is written, but only what moved in the org since the last pull."""
    changes = updates(shop, "Title", "Knitter", "Weaver")
    theirs, already = (str(change.id) for change in changes[:2])
    shop.org.update("Lead", [(theirs, {"Title": "Spinner"}), (already, {"Title": "Weaver"})])
    push(shop, changes)
    assert states(shop) == {"APPLIED": len(changes) - 1, "SUPERSEDED": 1}
    assert held(shop, theirs, "Title") == "Spinner"
    with shop.mirror.reading() as books:
        (entry,) = books.outbox.about("Lead", already)
        assert (entry.attempts, entry.message) == (0, ALREADY)


def test_a_field_that_is_not_mirrored_is_read_of_each_record(shop: Shop) -> None:
    """What the mirror cannot tell is asked of the org, and the journal knows what it was before."""
    changes = updates(shop, "Fax", "+34 1")
    push(shop, changes)
    assert states(shop) == {"APPLIED": len(changes)}
    written_once(shop, "Fax", leads(shop))


def death_at(folder: Path, moment: int, trouble: object) -> bool:
    """Push, dying at a moment, and let a next run settle it; gives whether death came before the end."""
    with open_shop(folder / str(moment), Amounts(12, 0, 0, 0)) as shop:
        pull_only(shop.context, shop.order(targets=LEAD), full=False)
        changes = updates(shop, "Title", "Knitter")
        if trouble:
            shop.fault(trouble, "^.*/composite/sobjects", "PATCH", nth=2)
        died = False
        try:
            push(shop, changes, mortal(shop, Life(moment)))
        except Killed:
            died = True
        for call in (one for one in threading.enumerate() if one.name == "call"):
            call.join()  # one that had left arrives before anybody looks
        with shop.mirror.reading() as books:
            counts = books.outbox.counts()
        assert counts.get("SENT", 0) + counts.get("UNKNOWN", 0) <= 2 * 3, (moment, counts)
        shop.clock.advance(600)
        pull_only(shop.context, shop.order(targets=LEAD), full=False)
        if left := tuple(change for change in changes if held(shop, str(change.id), "Title") != "Knitter"):
            push(shop, left)
        assert {held(shop, one, "Title") for one in leads(shop)} == {"Knitter"}, moment
        written_once(shop, "Title", leads(shop))
        nothing_is_owed(shop)
    return died


@pytest.mark.timeout(900)
@pytest.mark.parametrize("trouble", [None, "drop_after_commit", "drop_before_commit"])
def test_a_push_killed_at_any_moment_leaves_two_calls_in_doubt_at_most(tmp_path: Path, trouble: object) -> None:
    """Die before or after any call or commit, also with other trouble: the next run settles it all."""
    moment = 0
    while death_at(tmp_path, moment, trouble):
        moment += 1
    assert moment > 20
