"""Promises of undo: what a run wrote goes back, what somebody changed since stays, and it is not done again."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfsync.audit.undo import undo
from sfsync.dataload.importing import ImportOrder, Terms, import_file
from sfsync.errors import UsageError
from sfsync.localorg.rules.setup import set_up
from sfsync.localorg.seed.amounts import Amounts
from sfsync.plan.brakes import Brakes
from sfsync.plan.policy import Policy, Stance
from sfsync.sync.guard import Guard
from sfsync.sync.outcome import Outcome
from sfsync.sync.planning import show_plan
from sfsync.sync.run import apply_now, pull_only, sync
from tests.mortal import Killed, Life, mortal
from tests.shop import Shop, no, open_shop, yes
from tests.sync.pulling import happen

pytestmark = pytest.mark.long


@pytest.fixture
def small_shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop with a handful of leads."""
    with open_shop(tmp_path, Amounts(leads=8, accounts=0, contacts=0, opportunities=0)) as shop:
        yield shop


FIELDS = ("Score__c", "Grade__c", "Sfsync_Why__c", "OwnerId")


def take_back(shop: Shop, run: int | None) -> Outcome:
    """Undo a run, approved."""
    return undo(shop.context, run or 0, Guard(Brakes(), yes), 0.0)


def terms(shop: Shop) -> Terms:
    """Give terms on which an import is carried out."""
    return Terms(Guard(Brakes(overwrites_percent=100, clears_percent=100), yes), 0.0, shop.folder / "runs")


def held(shop: Shop) -> dict[str, tuple[object, ...]]:
    """Give what the org's leads hold in the fields that rules write."""
    rows = shop.rows(f"SELECT Id, {', '.join(FIELDS)} FROM Lead WHERE IsDeleted = 0")
    return {row["Id"]: tuple(row[name] for name in FIELDS) for row in rows}


def planned(shop: Shop) -> int:
    """Count the changes that a plan would make now, after a pull."""
    shop.clock.advance(600)
    pull_only(shop.context, shop.order(), full=False)
    return len(show_plan(shop.context, shop.order())[1].changes)


def test_an_undone_run_leaves_the_org_as_it_was_and_is_not_planned_again(shop: Shop) -> None:
    """Every field goes back to its value before the run; the next plan is empty, and stays so."""
    before = held(shop)
    run = sync(shop.context, shop.order())
    assert held(shop) != before
    outcome = take_back(shop, run.run)
    assert (outcome.exit, outcome.counts["applied"]) == (0, run.counts["applied"])
    assert held(shop) == before
    assert planned(shop) == planned(shop) == 0
    assert sync(shop.context, shop.order()).counts["planned"] == 0 and held(shop) == before


def test_a_run_is_not_planned_again_though_others_found_nothing_to_do_since(shop: Shop) -> None:
    """A daemon that has synced again and again before a person takes a run back does not do it once more."""
    before = held(shop)
    first = sync(shop.context, shop.order())
    for _ in range(2):
        shop.clock.advance(600)
        assert sync(shop.context, shop.order()).counts["applied"] == 0
    assert take_back(shop, first.run).exit == 0
    assert planned(shop) == 0
    for _ in range(2):
        shop.clock.advance(600)
        assert sync(shop.context, shop.order()).counts["applied"] == 0
    assert held(shop) == before


def test_an_undo_that_is_undone_brings_the_run_back(shop: Shop) -> None:
    """Undoing an undo writes what the run wrote, and the rules stand by it again."""
    run = sync(shop.context, shop.order())
    after = held(shop)
    back = take_back(shop, run.run)
    again = take_back(shop, back.run)
    assert (again.exit, held(shop)) == (0, after)
    assert planned(shop) == 0
    lead = next(iter(after))
    shop.change("Lead", lead, Score__c=None, Grade__c=None, Sfsync_Why__c=None)
    assert planned(shop) == 1


def test_what_somebody_changed_since_is_left_alone_and_listed(shop: Shop) -> None:
    """A value that was changed after the run stays, named with its field; the record's others go back, and all else."""
    before = held(shop)
    run = sync(shop.context, shop.order())
    lead = next(key for key, values in held(shop).items() if values != before[key])
    shop.change("Lead", lead, Score__c=77)
    outcome = take_back(shop, run.run)
    assert (outcome.exit, outcome.counts["rejected"], outcome.counts["applied"]) == (3, 1, run.counts["applied"])
    [problem] = outcome.problems
    assert (problem.where.id, problem.where.field) == (lead, "Score__c")
    assert "Score__c is 77 in the org, and run 1 wrote" in problem.message
    assert held(shop) == {**before, lead: (77, *before[lead][1:])}
    assert planned(shop) == 0


@pytest.mark.parametrize("by_mirror", [False, True])
def test_exactly_the_values_nobody_changed_since_go_back(
    small_shop: Shop, monkeypatch: pytest.MonkeyPatch, by_mirror: bool
) -> None:
    """Whatever others have done to records meanwhile, each value is either as before the run or as they left it."""
    shop, runs = small_shop, count(1)
    ids = [row["Id"] for row in shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 ORDER BY Id")]
    names = ("Title", "City", "Phone")
    pull_only(shop.context, shop.order(), full=False)
    if by_mirror:
        monkeypatch.setattr("sfsync.audit.undoable._AT_ONCE", 3)

    def values() -> dict[str, dict[str, object]]:
        rows = shop.rows(f"SELECT Id, {', '.join(names)} FROM Lead")
        return {row["Id"]: {name: row[name] for name in names} for row in rows}

    later = st.dictionaries(st.sampled_from(names), st.sampled_from(["theirs", "back"]), min_size=1)

    @settings(max_examples=15, deadline=None)
    @given(st.dictionaries(st.sampled_from(ids), later))
    def holds(since: dict[str, dict[str, str]]) -> None:
        was, written = values(), str(next(runs))
        lines = [f"{one},{written},{written},{written}" for one in ids]
        path = shop.folder / f"{written}.csv"
        path.write_text("\n".join(["Id,Title,City,Phone", *lines]) + "\n", encoding="utf-8")
        run = import_file(shop.context, ImportOrder(path, "Lead", "update"), terms(shop))
        assert run.counts["applied"] == len(ids)
        shop.clock.advance(600)
        stays: set[tuple[str, str]] = set()
        for one, some in since.items():
            by_others = {name: f"T{written}" if what == "theirs" else was[one][name] for name, what in some.items()}
            shop.change("Lead", one, **by_others)
            stays |= {(one, name) for name, what in some.items() if what == "theirs"}
        outcome = take_back(shop, run.run)
        expected = {
            one: {name: f"T{written}" if (one, name) in stays else value for name, value in fields.items()}
            for one, fields in was.items()
        }
        assert values() == expected
        assert {(one.where.id, one.where.field) for one in outcome.problems} == stays
        assert outcome.exit == (3 if stays else 0)

    holds()


def test_what_others_wrote_right_before_the_run_comes_back(small_shop: Shop) -> None:
    """A value that no pull had seen when an import wrote over it is what an undo gives back, and is journaled."""
    shop = small_shop
    pull_only(shop.context, shop.order(), full=False)
    lead = shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 ORDER BY Id")[0]["Id"]
    shop.change("Lead", lead, City="Lodz")
    path = shop.folder / "towns.csv"
    path.write_text(f"Id,City\n{lead},Vigo\n", encoding="utf-8")
    run = import_file(shop.context, ImportOrder(path, "Lead", "update"), terms(shop))
    with shop.mirror.reading() as books:
        told = [(line.origin, line.after) for line in books.journal.of_record("Lead", lead)]
    assert told == [("sfsync", "Vigo"), ("org", "Lodz")]
    assert take_back(shop, run.run).exit == 0
    assert shop.rows("SELECT City FROM Lead WHERE Id = ?", lead) == [{"City": "Lodz"}]


def test_an_undo_of_an_undo_stands_by_nothing_it_had_to_leave(small_shop: Shop) -> None:
    """Where one of a rule's values was changed since, the rule stays undone there: the next sync does not write it."""
    shop = small_shop
    order = shop.order(policies={"Lead": Policy(Stance.OURS)})
    run = sync(shop.context, order)
    after = held(shop)
    back = take_back(shop, run.run)
    lead = next(key for key, values in after.items() if values != held(shop)[key])
    shop.change("Lead", lead, Score__c=1)
    again = take_back(shop, back.run)
    assert [(one.where.id, one.where.field) for one in again.problems] == [(lead, "Score__c")]
    shop.clock.advance(600)
    assert sync(shop.context, order).counts["planned"] == 0
    assert held(shop) == {**after, lead: (1, *after[lead][1:])}


def test_what_the_org_does_not_take_back_is_not_left_alone(small_shop: Shop) -> None:
    """A record whose undo the org refused is as the run left it, and its rule goes on acting on it."""
    shop = small_shop
    run = sync(shop.context, shop.order())
    after = held(shop)
    rule = {"formula": "ISBLANK(Score__c)", "message": "scored for good"}
    with shop.local.state.transaction():
        set_up(shop.local.state, "validation", "Lead", "Scored", rule, True, "2026-11-24T12:00:00.000Z")
    outcome = take_back(shop, run.run)
    assert (outcome.counts["rejected"], held(shop)) == (run.counts["applied"], after)
    lead = next(key for key, values in after.items() if values[0] is not None)
    assert planned(shop) == 0
    shop.change("Lead", lead, Grade__c=None)
    assert planned(shop) == 1


def test_a_field_nobody_wrote_does_not_keep_a_record_from_going_back(shop: Shop) -> None:
    """A change of another field of the record is no obstacle, and is not lost."""
    before = held(shop)
    run = sync(shop.context, shop.order())
    lead = next(key for key, values in held(shop).items() if values != before[key])
    shop.change("Lead", lead, Fax="1234")
    assert take_back(shop, run.run).exit == 0
    assert held(shop) == before
    assert shop.rows("SELECT Fax FROM Lead WHERE Id = ?", lead) == [{"Fax": "1234"}]


def test_what_an_import_made_is_deleted_unless_somebody_worked_on_it(shop: Shop) -> None:
    """Undoing creates deletes them; one whose written values were changed since is left and listed."""
    path = shop.folder / "new.csv"
    path.write_text("LastName,Company\nKnit,Wool\nPurl,Wool\n", encoding="utf-8")
    terms = Terms(Guard(Brakes(), yes), 0.0, shop.folder / "runs")
    run = import_file(shop.context, ImportOrder(path, "Lead", "insert"), terms)
    made = shop.rows("SELECT Id FROM Lead WHERE Sfsync_Key__c IS NOT NULL ORDER BY Id")
    shop.change("Lead", made[1]["Id"], Company="Linen")
    outcome = take_back(shop, run.run)
    assert (outcome.exit, outcome.counts["applied"], outcome.counts["rejected"]) == (3, 1, 1)
    assert [one.where.id for one in outcome.problems] == [made[1]["Id"]]
    left = shop.rows("SELECT Id FROM Lead WHERE Sfsync_Key__c IS NOT NULL AND IsDeleted = 0")
    assert left == [made[1]]
    record = shop.books().records.get("Lead", made[0]["Id"])
    assert record is None or record.deleted
    with pytest.raises(UsageError, match="undelete them in the org's recycle bin"):
        take_back(shop, outcome.run)


def test_a_value_the_org_held_already_is_not_taken_back(shop: Shop) -> None:
    """Where somebody else had written the same value before us, the run wrote nothing, so undo takes nothing away."""
    pull_only(shop.context, shop.order(), full=False)
    _, plan = show_plan(shop.context, shop.order())
    change = next(one for one in plan.changes if set(one.after()) <= {"Score__c", "Grade__c", "Sfsync_Why__c"})
    plain = {name: str(value) if name != "Score__c" else float(str(value)) for name, value in change.after().items()}
    shop.change("Lead", str(change.id), **plain)
    run = apply_now(shop.context, shop.order())
    assert run.exit == 0
    kept = held(shop)[str(change.id)]
    assert take_back(shop, run.run).exit == 0
    assert held(shop)[str(change.id)] == kept
    others = [values[:3] for key, values in held(shop).items() if key != change.id]
    assert set(others) == {(None, None, None)}


def test_a_run_that_finished_what_another_began_can_be_undone_for_good(shop: Shop) -> None:
    """Decisions of a run that stopped half way count as those of the run that carried them out: undo sticks."""
    before = held(shop)
    pull_only(shop.context, shop.order(), full=False)
    shop.fault({"status": 403, "body": "[]"}, "/services/data/v62.0/composite/sobjects", "PATCH", nth=1)
    with pytest.raises(Exception, match="403"):
        apply_now(shop.context, shop.order())
    run = apply_now(shop.context, shop.order())
    assert run.exit == 0 and held(shop) != before
    assert take_back(shop, run.run).exit == 0
    assert held(shop) == before and planned(shop) == 0


@pytest.mark.long
def test_an_undo_killed_at_any_moment_and_repeated_leaves_the_org_as_it_was(small_shop: Shop) -> None:
    """Wherever it is cut, asking for the same undo again completes it, and the next plan is empty."""
    shop, moment = small_shop, 0
    before = held(shop)
    while True:
        run = sync(shop.context, shop.order())
        shop.clock.advance(600)
        try:
            undo(mortal(shop, Life(moment)), run.run or 0, Guard(Brakes(), yes), 0.0)
        except Killed:
            assert take_back(shop, run.run).exit == 0
        else:
            break
        assert held(shop) == before
        assert planned(shop) == 0
        back = shop.books().runs.latest(1)[0]
        assert back.state == "done"
        reset_decisions(shop)
        moment += 7
    assert moment > 16


def reset_decisions(shop: Shop) -> None:
    """Let the rules act again on all that an undo left alone."""
    with shop.mirror.writing() as books:
        stored = [one.decision for one in books.decisions.get("Lead").values()]
        books.decisions.put(stored, run=0, taken=False)


def test_what_is_not_approved_is_not_undone(shop: Shop) -> None:
    """Without a yes the org stays as the run left it, and so do the decisions."""
    run = sync(shop.context, shop.order())
    after = held(shop)
    outcome = undo(shop.context, run.run or 0, Guard(Brakes(), no), 0.0)
    assert (outcome.exit, held(shop)) == (4, after)
    assert planned(shop) == 0
    shop.change("Lead", next(iter(after)), Score__c=None, Grade__c=None, Sfsync_Why__c=None)
    assert planned(shop) == 1


def test_only_a_run_that_wrote_something_can_be_undone(shop: Shop) -> None:
    """A pull, or a run that is not there, is told with the way to find the right one."""
    pull = pull_only(shop.context, shop.order(), full=False)
    for run, words in ((pull.run, "it wrote nothing"), (999, "there is no run 999")):
        with pytest.raises(UsageError, match=words) as caught:
            take_back(shop, run)
        assert "sfsync runs" in caught.value.problems[0].next


def test_a_lead_that_was_converted_since_stays_and_says_into_what(small_shop: Shop) -> None:
    """A conversion is not taken back: the lead is named with the contact it became, the others go back."""
    run = sync(small_shop.context, small_shop.order())
    lead = small_shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL ORDER BY Id LIMIT 1")[0]["Id"]
    contact = small_shop.make("Contact", LastName="Purl")
    with small_shop.local.state.transaction():
        small_shop.local.state.run(
            "UPDATE Lead SET IsConverted = 1, ConvertedContactId = ? WHERE Id = ?", (contact, lead)
        )
    outcome = take_back(small_shop, run.run)
    [problem] = outcome.problems
    assert (problem.where.id, outcome.counts["rejected"]) == (lead, 1)
    assert contact in problem.message and outcome.counts["applied"] == run.counts["applied"] - 1


def test_a_record_with_new_children_stays_and_is_told(small_shop: Shop) -> None:
    """An account that got a contact since is not deleted, with what hangs on it; the other is."""
    path = small_shop.folder / "new.csv"
    path.write_text("Name\nWool\nLinen\n", encoding="utf-8")
    terms = Terms(Guard(Brakes(), yes), 0.0, small_shop.folder / "runs")
    made = import_file(small_shop.context, ImportOrder(path, "Account", "insert"), terms)
    wool = small_shop.rows("SELECT Id FROM Account WHERE Name = 'Wool'")[0]["Id"]
    small_shop.make("Contact", LastName="Purl", AccountId=wool)
    outcome = take_back(small_shop, made.run)
    [problem] = outcome.problems
    assert (problem.where.id, outcome.counts["rejected"], outcome.counts["applied"]) == (wool, 1, 1)
    assert "it got 1 Contact record since" in problem.message
    assert small_shop.rows("SELECT Id FROM Account WHERE IsDeleted = 0") == [{"Id": wool}]


def test_a_value_the_org_no_longer_takes_is_told_before_any_call(small_shop: Shop) -> None:
    """Where the value before the run has since gone from the picklist, the record is left, with what is offered now."""
    path = small_shop.folder / "new.csv"
    lead = small_shop.rows("SELECT Id, Status FROM Lead WHERE IsConverted = 0 AND Status = 'New' LIMIT 1")[0]["Id"]
    path.write_text(f"Id,Status\n{lead},Working\n", encoding="utf-8")
    terms = Terms(Guard(Brakes(), yes), 0.0, small_shop.folder / "runs")
    pull_only(small_shop.context, small_shop.order(), full=False)
    run = import_file(small_shop.context, ImportOrder(path, "Lead", "update", "Id"), terms)
    assert run.counts["applied"] == 1
    schema = small_shop.org.describe("Lead")
    status = replace(schema.fields["Status"], restricted=True, picklist=("Open", "Working"))
    context = small_shop.context
    context.known["Lead"] = replace(schema, fields={**schema.fields, "Status": status})
    outcome = undo(context, run.run or 0, Guard(Brakes(), yes), 0.0)
    assert outcome.counts["rejected"] == 1 and "does not offer 'New'" in outcome.problems[0].message
    assert small_shop.rows("SELECT Status FROM Lead WHERE Id = ?", lead) == [{"Status": "Working"}]


@pytest.mark.parametrize("purged", [False, True])
def test_what_was_merged_since_is_told_and_nobody_else_loses_by_it(shop: Shop, purged: bool) -> None:
    """A record that is gone into another is gone as wanted; one that took another in is not deleted with it."""
    path = shop.folder / "new.csv"
    path.write_text("LastName,Company\nKnit,Wool\nPurl,Wool\nBobble,Wool\n", encoding="utf-8")
    terms = Terms(Guard(Brakes(), yes), 0.0, shop.folder / "runs")
    run = import_file(shop.context, ImportOrder(path, "Lead", "insert"), terms).run
    knit, purl, _ = (row["Id"] for row in shop.rows("SELECT Id FROM Lead WHERE Company = 'Wool' ORDER BY Id"))
    other = shop.make("Lead", LastName="Other", Company="Else", Phone="1")
    pull_only(shop.context, shop.order(), full=False)
    shop.clock.advance(600)
    happen(shop, {"merge": {"master": knit, "losers": [other]}})
    happen(shop, {"merge": {"master": next(iter(held(shop))), "losers": [purl]}})
    if purged:
        shop.clock.advance(600)
        pull_only(shop.context, shop.order(), full=False)
        happen(shop, "purge_bin")
    outcome = take_back(shop, run)
    [problem] = outcome.problems
    assert problem.where.id == knit and "1 Lead merged into it since" in problem.message
    assert (outcome.counts["applied"], outcome.counts["already"]) == (1, 1)
    assert [row["Id"] for row in shop.rows("SELECT Id FROM Lead WHERE Company = 'Wool' AND IsDeleted = 0")] == [knit]
