"""What happens in the org between two pulls, and while one is under way, reaches the mirror: once, and none missed.

| fault | test |
|---|---|
| F24, F25 | a flood of one stamp, and one whose locator is forgotten midway |
| F26 | late commits |
| F28 | records moving while they are paged |
| F30 | deletes, undeletes |
| F31 | merges |
| F32 | purges, outages longer than the bin |
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from sfsync.clock import SetClock
from sfsync.errors import BrakeHit
from sfsync.localorg.seed.amounts import Amounts
from sfsync.sync.run import pull_only
from sfsync.sync.transport import Way
from tests.shop import Shop, open_shop
from tests.sync.conftest import LEADS
from tests.sync.pulling import LEAD, agree, end_faults, happen, hits, ids, lead_of, order_fault, pull

pytestmark = pytest.mark.long

DAY = 86_400
MORE = {"path": r"^/services/data/v62.0/(query/01g|jobs/query/\w+/results)"}  # a later page, or a page of a job


@pytest.fixture
def pulled(paged: Shop) -> Shop:
    """A paged shop that was pulled, ten minutes ago."""
    pull(paged)
    paged.clock.advance(600)
    return paged


def test_a_flood_of_records_with_one_stamp_ends_and_brings_all(pulled: Shop) -> None:
    """More records of one SystemModstamp than pages hold: each comes once, in as many calls as there are pages."""
    happen(pulled, {"same_stamp": {"n": LEADS, "object": "Lead"}})
    before = len(pulled.calls("GET"))
    outcome = pull(pulled)
    assert lead_of(outcome)["seen"] == LEADS
    assert len(pulled.calls("GET")) - before <= 12
    agree(pulled)


def test_a_flood_whose_place_is_forgotten_goes_on_behind_the_last_record(pulled: Shop) -> None:
    """Within one stamp a pull goes on by id; what it has is not read again."""
    happen(pulled, {"same_stamp": {"n": LEADS, "object": "Lead"}})
    order_fault(pulled, "expire_locators", {**MORE, "nth": 2})
    outcome = pull(pulled)
    assert outcome.exit == 0
    assert lead_of(outcome)["seen"] == LEADS
    agree(pulled)


def test_a_pull_cut_short_goes_on_from_its_last_page(pulled: Shop) -> None:
    """A run that dies on its third page leaves two; the next asks for the third alone, and for what moved since."""
    happen(pulled, {"same_stamp": {"n": LEADS, "object": "Lead"}})
    pulled.clock.advance(120)
    order_fault(
        pulled, {"status": 403, "body": [{"errorCode": "API_DISABLED_FOR_ORG"}]}, {**MORE, "nth": _third(pulled)}
    )
    with pytest.raises(Exception, match="API_DISABLED_FOR_ORG"):
        pull(pulled)
    end_faults(pulled)
    outcome = pull(pulled)
    assert lead_of(outcome)["seen"] == LEADS - 400
    agree(pulled)


def _third(shop: Shop) -> int:
    """Tell which request for results brings the third page: over REST the first page is a query."""
    return 3 if any("jobs/query" in call["path"] for call in shop.calls()) else 2


@pytest.mark.parametrize("delay", [5, 90, 3000])
def test_what_is_committed_late_is_not_missed(pulled: Shop, delay: int) -> None:
    """A change with an old stamp that shows up after the poll is found, however often was pulled in between."""
    record = ids(pulled)[5]
    order_fault(pulled, {"late_commit": {"delay": delay}}, {"method": "PATCH", "times": 1})
    pulled.change("Lead", record, Title="Late")
    for step in (1, delay // 2, delay, 600):
        pulled.clock.advance(step)
        pull(pulled)
    assert hits(pulled) == 1
    agree(pulled)


def test_records_that_move_while_they_are_paged_are_right_in_the_end(pulled: Shop) -> None:
    """One changed, one made, one deleted between two pages: the next pull has them all."""
    happen(pulled, {"same_stamp": {"n": LEADS, "object": "Lead"}})
    first, last = ids(pulled)[0], ids(pulled)[-1]
    new = {"object": "Lead", "record": {"LastName": "New", "Company": "Born"}}
    changed = {"object": "Lead", "record": {"Id": first, "Title": "Moved"}}
    order_fault(pulled, [{"save_in_org": changed}, {"save_in_org": new}, {"delete": [last]}], {**MORE, "nth": 2})
    pull(pulled)
    assert hits(pulled) == 1
    pulled.clock.advance(600)
    pull(pulled)
    agree(pulled)


def test_deletes_and_undeletes_are_followed_whatever_their_order(pulled: Shop) -> None:
    """Deleted; deleted and back; back and changed; deleted and purged: all between two pulls."""
    gone, back, changed, purged, stayed = ids(pulled)[:5]
    for record in (gone, back, changed, purged):
        happen(pulled, {"delete": [record]})
    pulled.clock.advance(30)
    happen(pulled, {"undelete": [back, changed]})
    pulled.change("Lead", changed, Title="Back again")
    with pulled.local.state.transaction():  # out of the bin as well; the log of deletes still has it
        pulled.local.state.run("DELETE FROM Lead WHERE Id = ?", (purged,))
    pulled.clock.advance(600)
    outcome = pull(pulled)
    assert lead_of(outcome)["deleted"] == 2
    agree(pulled)
    record = pulled.books().records.get("Lead", purged)
    assert record is not None and record.deleted
    happen(pulled, {"undelete": [gone]})
    pulled.clock.advance(600)
    outcome = pull(pulled)
    assert lead_of(outcome)["undeleted"] == outcome.counts["undeleted"] == 1
    agree(pulled)
    assert stayed in ids(pulled)


@pytest.mark.parametrize("full", [True, False])
def test_what_even_the_log_of_deletes_has_lost_is_found(pulled: Shop, full: bool) -> None:
    """Gone from the bin and the log, which says so: buried where the org holds no more than it shows."""
    purged = ids(pulled)[3]
    happen(pulled, {"delete": [purged]})
    happen(pulled, {"purge_bin": [purged]})
    pulled.clock.advance(120)
    outcome = pull(pulled, full=full)
    assert (outcome.exit, lead_of(outcome)["deleted"], lead_of(outcome)["asked"]) == (0, 1, "all")
    agree(pulled)
    pulled.clock.advance(600)
    assert lead_of(pull(pulled))["asked"] == "nothing"


def test_keys_of_merged_records_lead_to_the_winner(pulled: Shop) -> None:
    """Losers of a merge become tombstones, and what they were known by stands for the winner."""
    winner, loser = ids(pulled)[:2]
    with pulled.mirror.writing() as books:
        books.keys.put("web", "k", "Lead", loser)
    happen(pulled, {"merge": {"master": winner, "losers": [loser]}})
    pulled.clock.advance(600)
    assert lead_of(pull(pulled))["deleted"] == 1
    assert pulled.books().keys.find("web", ["k"]) == {"k": winner}
    agree(pulled)


def test_what_happens_while_the_orgs_clock_is_behind_is_seen(pulled: Shop) -> None:
    """The clock goes back ten minutes: what is made, changed and deleted then is in the mirror after the next pulls."""
    pulled.clock.advance(600)
    pull(pulled)
    gone, changed = ids(pulled)[:2]
    pulled.clock.set(pulled.clock.now() - timedelta(minutes=10))
    pulled.make("Lead", LastName="Behind", Company="Times")
    pulled.change("Lead", changed, Title="Behind")
    happen(pulled, {"delete": [gone]})
    outcome = pull(pulled)
    assert (outcome.exit, lead_of(outcome)["asked"]) == (0, "all")
    agree(pulled)
    pulled.make("Lead", LastName="Still behind", Company="Times")
    pulled.clock.advance(900)
    outcome = pull(pulled)
    assert (lead_of(outcome)["asked"], lead_of(outcome)["new"]) == ("changes", 1)
    agree(pulled)


def test_an_outage_longer_than_the_bin_loses_nothing(pulled: Shop) -> None:
    """Twenty days later, with records deleted, purged, changed and made: everything is read and compared anew."""
    gone, changed, purged = ids(pulled)[:3]
    happen(pulled, {"delete": [gone]})
    happen(pulled, {"delete": [purged]})
    happen(pulled, {"purge_bin": [purged]})
    pulled.change("Lead", changed, Title="Long ago")
    pulled.clock.advance(20 * DAY)
    pulled.tokens.clear()
    pulled.make("Lead", LastName="Late", Company="Comer")
    outcome = pull(pulled)
    assert (outcome.exit, lead_of(outcome)["asked"]) == (0, "all")
    agree(pulled)


def test_many_deletes_in_an_outage_are_believed_where_the_org_shows_them(pulled: Shop) -> None:
    """What lies in the bin is proof, however much it is."""
    happen(pulled, {"delete": ids(pulled)[:200]})
    pulled.clock.advance(14.5 * DAY)
    outcome = pull(pulled)
    assert (outcome.exit, lead_of(outcome)["deleted"]) == (0, 200)
    agree(pulled)


def test_nothing_moved_is_one_call_and_moves_the_watermark(pulled: Shop) -> None:
    """An idle cycle asks once for all sObjects, schemas, deletes and changes together, while no counts are due."""
    pull(pulled)
    pulled.clock.advance(200)
    before, mark = len(pulled.calls()), pulled.books().watermarks.get("Lead")
    outcome = pull(pulled)
    asked = pulled.calls()[before:]
    assert [(call["method"], call["path"].rstrip("/").rpartition("/")[2]) for call in asked] == [("POST", "composite")]
    assert asked[0]["headers"].get("sforce-auto-assign") is None
    assert lead_of(outcome)["asked"] == "nothing"
    moved = pulled.books().watermarks.get("Lead")
    assert mark is not None and moved is not None


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Shop]:
    """A pulled shop of 60 leads."""
    with open_shop(tmp_path, Amounts(leads=60, accounts=0, contacts=0, opportunities=0)) as shop:
        pull(shop)
        shop.clock.advance(600)
        yield shop


@pytest.mark.parametrize("back", [timedelta(minutes=5), timedelta(days=20)])
def test_what_the_orgs_clock_stamped_while_it_was_behind_is_seen(small: Shop, back: timedelta) -> None:
    """It went back and is past the watermark again by the next pull: what was made, changed, deleted is seen once."""
    ours = SetClock(small.clock.now())

    def pulled_after(span: timedelta) -> Mapping[str, object]:
        for clock in (small.clock, ours):
            clock.advance(span.total_seconds())
        small.tokens.clear()
        return lead_of(pull_only(replace(small.context, clock=ours), small.order(targets=LEAD), full=False))

    later = timedelta(minutes=10)
    assert pulled_after(later)["changed"] == 0
    gone, changed = ids(small)[:2]
    small.clock.set(small.clock.now() - back)
    small.make("Lead", LastName="Behind", Company="Times")
    small.change("Lead", changed, Title="Behind")
    happen(small, {"delete": [gone]})
    told = pulled_after(back + later)
    asked = "all" if back > timedelta(days=14) else "changes"
    assert [told[name] for name in ("asked", "new", "changed", "deleted")] == [asked, 1, 1, 1]
    agree(small)
    assert pulled_after(later)["asked"] == "nothing"


def test_records_that_are_only_hidden_are_not_taken_for_deleted(small: Shop) -> None:
    """Where sharing takes records away a full pull stops, says how many, and leaves mirror and watermark alone."""
    mark = small.books().watermarks.get("Lead")
    happen_to_us(small, {"perm": {"sharing": {"sobject": "Lead", "default": "private"}}})
    with pytest.raises(BrakeHit, match="can no longer be seen"):
        pull(small, full=True)
    assert small.books().records.count("Lead") == 60
    assert small.books().watermarks.get("Lead") == mark
    assert small.books().runs.latest(1)[0].state == "failed"


def happen_to_us(shop: Shop, do: object) -> None:
    """Have something happen to the user we sign in as, at our next request."""
    order_fault(shop, do, {"times": 1})


def test_the_cheaper_way_is_chosen_and_shown(pulled: Shop) -> None:
    """The outcome tells what was asked, by which way, and about how many calls that takes."""
    pulled.change("Lead", ids(pulled)[0], Title="Other")
    with patch("sfsync.sync.pull.way_for", lambda records: Way("REST", records)):
        told = lead_of(pull(pulled))
    assert (told["asked"], told["by"], told["estimated_calls"]) == ("changes", "REST", 1)
