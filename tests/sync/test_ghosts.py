"""Promises about ghosts: calls that were given up, and that the org carries out minutes later all the same.

A look right after a lost answer finds nothing of them. Salesforce lets a call run for ten minutes at most.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sfsync.errors import OutcomeUnknown
from sfsync.localorg.seed.sowing import Amounts
from sfsync.mirror.entries import EntryState
from sfsync.records.change import Action, Change, FieldChange
from sfsync.sync.context import Context, Silence
from sfsync.sync.outbox import revive_entry
from sfsync.sync.readback import MADE_AGAIN
from sfsync.sync.run import pull_only
from tests.shop import TARGETS, Shop, open_shop
from tests.sync.bulky import Meddling, held, leads, push, states, written_once
from tests.sync.test_row_trouble import creates

pytestmark = pytest.mark.long

LEAD = TARGETS[:1]
WITHIN, AFTER = 300, 301  # seconds: together just more than ten minutes


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop of a few leads, pulled."""
    with open_shop(tmp_path, Amounts(leads=4, accounts=0, contacts=0, opportunities=0)) as opened:
        pull_only(opened.context, opened.order(targets=LEAD), full=False)
        yield opened


def titled(shop: Shop, lead: str, title: str) -> tuple[Change, ...]:
    """Give a change of a lead's title, from what it is now."""
    return (Change(Action.UPDATE, "Lead", lead, (FieldChange("Title", held(shop, lead, "Title"), title),)),)


def test_a_newer_value_waits_until_no_ghost_of_an_older_one_can_come(shop: Shop) -> None:
    """What was lost is sent again at once; another value for that record follows after ten minutes, and stays."""
    lead, other, *_ = leads(shop)
    shop.fault({"ghost": {"delay": WITHIN}}, "/services/data", "PATCH", nth=1)
    assert push(shop, titled(shop, lead, "Older")).exit == 0
    assert held(shop, lead, "Title") == "Older"
    early = push(shop, titled(shop, lead, "Newer") + titled(shop, other, "Free"))
    assert (early.exit, early.counts["applied"], early.counts["waiting"]) == (3, 1, 1)
    assert early.counts["superseded"] == 0 and len(shop.books().outbox.entries()) == 2
    assert (
        early.problems[0].message.startswith("1 record waits until 2026-11-24T12:4")
        and held(shop, other, "Title") == "Free"
    )
    assert "passes by itself" in early.problems[0].next
    shop.clock.advance(WITHIN)
    assert held(shop, lead, "Title") == "Older"
    shop.clock.advance(AFTER)
    late = push(shop, titled(shop, lead, "Newer"))
    shop.clock.advance(3_600)
    shop.ask("GET", "limits")  # whatever is due in the org has come about
    assert (late.exit, held(shop, lead, "Title")) == (0, "Newer")


def test_the_very_same_change_does_not_wait(shop: Shop) -> None:
    """A plan made anew after a run that was given up says the same again: a ghost of it does no harm."""
    lead = leads(shop)[0]
    change = titled(shop, lead, "Knitter")
    with shop.mirror.writing() as books:
        run = books.runs.start("apply", {})
        books.outbox.add(run, change)
        books.outbox.send([1], shop.clock.now())
    assert push(shop, change).exit == 0  # the run before it died with a call under way, which had not arrived
    assert states(shop) == {"SUPERSEDED": 1, "APPLIED": 1} and held(shop, lead, "Title") == "Knitter"
    written_once(shop, "Title", [lead])


def test_what_stands_in_the_way_of_a_lost_change_is_believed_after_ten_minutes(shop: Shop) -> None:
    """Somebody changed the record just after the answer was lost: it is UNKNOWN, and at last what the org holds."""
    comes, stays = leads(shop)[:2]
    changes = [titled(shop, one, "Ours")[0] for one in (comes, stays)]
    for change, do in zip(changes, ({"ghost": {"delay": WITHIN}}, "drop_before_commit"), strict=True):
        shop.fault(do, "/services/data", "PATCH", nth=1)
        with shop.mirror.writing() as books:
            run = books.runs.start("apply", {})
            books.outbox.add(run, [change])
            books.outbox.send([entry.id for entry in books.outbox.entries(run=run)], shop.clock.now())
        with pytest.raises(OutcomeUnknown):
            shop.org.update("Lead", [(str(change.id), change.after())])
        shop.change("Lead", str(change.id), Title="Theirs")
    pull_only(shop.context, shop.order(targets=LEAD), full=False)
    assert states(shop) == {"UNKNOWN": 2}
    shop.clock.advance(WITHIN)
    pull_only(shop.context, shop.order(targets=LEAD), full=False)
    assert states(shop) == {"UNKNOWN": 2} and held(shop, comes, "Title") == "Ours"
    shop.clock.advance(AFTER)
    pull_only(shop.context, shop.order(targets=LEAD), full=False)
    with shop.mirror.reading() as books:
        ends = {entry.change.id: entry.state for entry in books.outbox.entries()}
    assert ends == {comes: EntryState.APPLIED, stays: EntryState.SUPERSEDED}


def test_a_run_says_which_of_its_changes_nobody_knows_yet(shop: Shop) -> None:
    """Its exit code is 3, and the problem tells from when on a run looks again."""
    lead = leads(shop)[0]
    shop.fault("drop_before_commit", "^.*/composite/sobjects", "PATCH", nth=1)
    meddling = Meddling(shop, "update", lambda: shop.change("Lead", lead, Title="Theirs"))
    context = Context(meddling, shop.mirror, shop.clock, Silence())
    outcome = push(shop, titled(shop, lead, "Ours"), context)
    assert (outcome.exit, outcome.counts["unknown"]) == (3, 1)
    assert "may still arrive" in outcome.problems[0].message and "2026-11-24T12:4" in outcome.problems[0].next


def test_a_record_that_a_ghost_made_again_is_told(shop: Shop) -> None:
    """Somebody deleted what was made, and the call given up before makes it again: a dead letter that can delete it."""
    shop.fault({"ghost": {"delay": WITHIN}}, "/services/data", "PATCH", nth=1)
    assert push(shop, creates("a")).exit == 0
    (made,) = shop.rows("SELECT Id FROM Lead WHERE Sfsync_Key__c = 'a'")
    shop.ask("DELETE", f"sobjects/Lead/{made['Id']}")
    shop.clock.advance(WITHIN)
    shop.ask("GET", "limits")  # whatever is due in the org comes about
    (again,) = shop.rows("SELECT Id FROM Lead WHERE Sfsync_Key__c = 'a' AND IsDeleted = 0")
    shop.clock.advance(AFTER)
    for _ in range(2):
        pull_only(shop.context, shop.order(targets=LEAD), full=False)
        with shop.mirror.reading() as books:
            (dead,) = books.outbox.dead_letters()
        assert (dead.change.id, dead.code) == (again["Id"], MADE_AGAIN)
    revive_entry(shop.context, dead.id, 0.0)
    assert shop.rows("SELECT Id FROM Lead WHERE Sfsync_Key__c = 'a' AND IsDeleted = 0") == []
