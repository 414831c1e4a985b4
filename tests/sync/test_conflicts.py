"""Promises of conflicts: nothing is written where both sides moved a field, until a person has decided."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sfsync.audit.retry import retry
from sfsync.audit.undo import undo
from sfsync.errors import UsageError
from sfsync.localorg.rules.setup import set_up
from sfsync.localorg.seed.amounts import Amounts
from sfsync.plan.brakes import Brakes
from sfsync.plan.policy import Policy, Stance
from sfsync.sync.conflicts import listed_conflicts, take
from sfsync.sync.guard import Guard
from sfsync.sync.planning import plan_saved, show_plan
from sfsync.sync.run import sync
from tests.shop import Shop, open_shop, yes

pytestmark = pytest.mark.long

OURS = {"Lead": Policy(Stance.OURS)}


@pytest.fixture
def shop(tmp_path: Path, shop_url: str | None) -> Iterator[Shop]:
    """A shop with a handful of leads."""
    with open_shop(tmp_path, Amounts(leads=12, accounts=0, contacts=0, opportunities=0), shop_url) as small:
        yield small


def lead_of(shop: Shop) -> str:
    """Give a lead that has been scored."""
    sync(shop.context, shop.order())
    shop.clock.advance(600)
    found = shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 AND IsDeleted = 0 ORDER BY Score__c, Id LIMIT 1")
    return str(found[0]["Id"])


def held(shop: Shop, lead: str) -> object:
    """Give the score the org holds."""
    return shop.rows("SELECT Score__c FROM Lead WHERE Id = ?", lead)[0]["Score__c"]


def both_sides(shop: Shop) -> str:
    """Give a lead whose score somebody set while something else made the rules want another."""
    lead = lead_of(shop)
    shop.change("Lead", lead, Score__c=7, Title="Chief Executive Officer", AnnualRevenue=90_000_000)
    shop.clock.advance(600)
    return lead


def test_a_field_both_sides_moved_waits_and_is_shown_side_by_side(shop: Shop) -> None:
    """The org's value stays through every run, the list gives base, org and ours, and the exit code tells of it."""
    lead = both_sides(shop)
    for _ in range(3):
        outcome = sync(shop.context, shop.order())
        assert (outcome.exit, outcome.counts["conflicts"], outcome.counts["planned"]) == (3, 1, 0)
        assert "sfsync conflicts" in outcome.problems[0].next
        shop.clock.advance(600)
    assert held(shop, lead) == 7
    [told] = listed_conflicts(shop.context, shop.order()).data["conflicts"]
    assert (told["id"], told["field"], told["org"], told["rounds"]) == (lead, "Score__c", 7, 0)
    assert told["base"] not in (7, told["ours"]) and told["ours"] != 7 and told["because"]


def test_a_conflict_taken_for_the_org_leaves_the_record_until_the_rules_conclude_otherwise(shop: Shop) -> None:
    """Nothing is written, and the next plan is empty."""
    lead = both_sides(shop)
    sync(shop.context, shop.order())
    assert take(shop.context, shop.order(), "org", [("lead", lead[:15])]).counts["decided"] == 1
    shop.clock.advance(600)
    outcome = sync(shop.context, shop.order())
    assert (outcome.exit, outcome.counts["planned"], held(shop, lead)) == (0, 0, 7)


def test_a_conflict_taken_for_ours_is_written_whole(shop: Shop) -> None:
    """Score and grade, which are one conclusion, are written together, and nothing waits any more."""
    lead = both_sides(shop)
    sync(shop.context, shop.order())
    outcome = take(shop.context, shop.order(), "ours", [])
    assert (outcome.exit, outcome.counts["applied"]) == (0, 1)
    row = shop.rows("SELECT Score__c, Sfsync_Why__c FROM Lead WHERE Id = ?", lead)[0]
    assert row["Score__c"] != 7 and row["Sfsync_Why__c"].startswith(str(int(row["Score__c"])))
    shop.clock.advance(600)
    assert sync(shop.context, shop.order()).exit == 0


def test_who_wins_can_be_said_by_policy(shop: Shop) -> None:
    """With `ours` the rules write, with `org` the org's value stays, and neither waits for anybody."""
    lead = both_sides(shop)
    outcome = sync(shop.context, shop.order(policies={"Lead": Policy(stances={"score__c": Stance.ORG})}))
    assert outcome.exit == 0 and held(shop, lead) == 7
    shop.clock.advance(600)
    sync(shop.context, shop.order(policies=OURS))
    assert held(shop, lead) != 7


def test_a_later_value_of_a_person_stays_where_the_newest_wins(shop: Shop) -> None:
    """Through every run, until what the rules read changes after it: then theirs is the newest."""
    lead, newest = lead_of(shop), {"Lead": Policy(Stance.NEWEST)}
    shop.change("Lead", lead, Title="Chief Executive Officer", AnnualRevenue=90_000_000)
    shop.clock.advance(2)
    shop.change("Lead", lead, Score__c=7)
    for _ in range(3):
        shop.clock.advance(600)
        sync(shop.context, shop.order(policies=newest))
        assert held(shop, lead) == 7
    shop.change("Lead", lead, Title="Intern", AnnualRevenue=1)
    shop.clock.advance(600)
    sync(shop.context, shop.order(policies=newest))
    assert held(shop, lead) != 7


def test_only_a_record_that_waits_can_be_decided(shop: Shop) -> None:
    """Another record is an error that says how to list those that wait, and nothing is written."""
    lead = lead_of(shop)
    with pytest.raises(UsageError) as caught:
        take(shop.context, shop.order(), "ours", [("Lead", lead)])
    assert "sfsync conflicts" in caught.value.problems[0].next


def test_a_value_that_something_keeps_changing_back_is_written_three_times_and_then_waits(shop: Shop) -> None:
    """A flow that resets the score is not fought for ever: the fourth time the field waits, counted as contested."""
    lead = lead_of(shop)
    shop.change("Lead", lead, Title="Chief Executive Officer", AnnualRevenue=90_000_000)
    before = held(shop, lead)
    written = []
    for _ in range(5):
        shop.clock.advance(600)
        outcome = sync(shop.context, shop.order(policies=OURS))
        written.append(outcome.counts["applied"])
        shop.change("Lead", lead, Score__c=before)
    assert written == [1, 1, 1, 0, 0]
    assert outcome.counts["contested"] == 1 and "changed back 3 times" in outcome.problems[0].message


def test_a_canary_that_goes_badly_stops_the_rest(shop: Shop) -> None:
    """Where most of the first changes are refused, the others are not sent, and the words say why and what to do."""
    rule = {"formula": "NOT(ISBLANK(Score__c))", "message": "no scores here"}
    with shop.local.state.transaction():
        set_up(shop.local.state, "validation", "Lead", "No_scores", rule, True, "2026-11-24T12:00:00.000Z")
    outcome = sync(shop.context, shop.order(brakes=Brakes(canary=3)))
    assert (outcome.exit, outcome.state, outcome.counts["rejected"]) == (4, "waiting", 3)
    assert "stopped after the first 3 of" in outcome.problems[0].message
    assert shop.books().outbox.counts() == {"REJECTED": 3}


def hands_off(shop: Shop) -> None:
    """Have the org refuse every change of a lead from now on."""
    rule = {"formula": "TRUE", "message": "hands off"}
    with shop.local.state.transaction():
        set_up(shop.local.state, "validation", "Lead", "Hands_off", rule, True, "2026-11-24T12:00:00.000Z")


def test_decided_conflicts_and_saved_plans_have_a_canary_as_well(shop: Shop) -> None:
    """Where the first of them is refused the others are not sent, and the words say how many those were."""
    sync(shop.context, shop.order())
    leads = shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 AND IsDeleted = 0 ORDER BY Score__c, Id LIMIT 5")
    shop.clock.advance(600)
    for lead in leads:
        shop.change("Lead", lead["Id"], Score__c=7, Title="Chief Executive Officer", AnnualRevenue=90_000_000)
    shop.clock.advance(600)
    waiting = sync(shop.context, shop.order()).counts["conflicts"]
    assert waiting >= 3
    before = [held(shop, lead["Id"]) for lead in leads]
    hands_off(shop)
    braked = shop.order(brakes=Brakes(overwrites_percent=100, canary=1))
    taken = take(shop.context, braked, "ours", [])
    assert (taken.exit, taken.counts["planned"], taken.counts["rejected"]) == (4, waiting, 1)
    assert f"stopped after the first 1 of {waiting} changes" in taken.problems[0].message
    _, plan = show_plan(shop.context, replace(braked, policies=OURS))
    applied = plan_saved(shop.context, replace(braked, policies=OURS), plan)
    assert (applied.exit, applied.counts["rejected"], applied.counts["planned"] > 1) == (4, 1, True)
    assert "stopped after the first 1 of" in applied.problems[0].message
    assert [held(shop, lead["Id"]) for lead in leads] == before


def test_an_undo_and_a_retry_have_a_canary_as_well(shop: Shop) -> None:
    """What goes badly with the first of their changes is not done to the others either."""
    guard = Guard(Brakes(canary=2), yes)
    run = sync(shop.context, shop.order()).run or 0
    hands_off(shop)
    shop.clock.advance(600)
    undone = undo(shop.context, run, guard, 0.0)
    assert (undone.exit, undone.counts["rejected"], undone.counts["planned"] > 6) == (4, 2, True)
    failed = sync(shop.context, shop.order(brakes=Brakes(canary=0), policies=OURS))
    assert failed.counts["planned"] == 0
    again = undo(shop.context, run, Guard(Brakes(), yes), 0.0)
    assert again.counts["rejected"] == again.counts["planned"] > 6
    retried = retry(shop.context, again.run or 0, guard, 0.0)
    assert (retried.exit, retried.counts["rejected"]) == (4, 2)


def test_a_canary_that_goes_well_is_followed_by_the_rest(shop: Shop) -> None:
    """All changes are applied in one run, the first of them before the others."""
    outcome = sync(shop.context, shop.order(brakes=Brakes(canary=3)))
    assert outcome.exit == 0 and outcome.counts["applied"] == outcome.counts["planned"] > 6


def test_what_stands_as_it_was_decided_is_planned_as_if_all_were_decided_anew(shop: Shop) -> None:
    """A record that drifts from its stored decision is in the plan, one that moved is decided anew, others are not."""
    lead = lead_of(shop)
    sync(shop.context, shop.order())
    shop.change("Lead", lead, Title="Chief Executive Officer", AnnualRevenue=90_000_000)
    shop.clock.advance(600)
    outcome = sync(shop.context, shop.order())
    assert outcome.counts["planned"] == 1
    shop.clock.advance(600)
    with shop.mirror.writing() as books:
        books.records.settle("Lead", [(lead, {"Grade__c": "Z"})], run=1, because=[{}])
    _, plan = show_plan(shop.context, shop.order())
    assert [(change.id, change.fields[0].field) for change in plan.changes] == [(lead, "Grade__c")]
    assert plan.looked_at["Lead"] == shop.books().records.count("Lead")


def test_a_change_settled_late_under_an_older_run_is_decided_on(shop: Shop) -> None:
    """What an import of before the last sync writes when it is resumed after it counts as moved all the same."""
    lead = lead_of(shop)
    sync(shop.context, shop.order())
    shop.clock.advance(600)
    sync(shop.context, shop.order())
    with shop.mirror.writing() as books:
        raised = {"Title": "Chief Executive Officer", "AnnualRevenue": 90_000_000}
        books.records.settle("Lead", [(lead, raised)], run=1, because=[{}])
    _, plan = show_plan(shop.context, shop.order())
    assert [change.id for change in plan.changes] == [lead]
    assert "Score__c" in plan.changes[0].after()
