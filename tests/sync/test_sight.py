"""Promises about sObjects that sfsync's user may no longer see: they are left as they were, all others go on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sfsync.audit.diff import diff
from sfsync.audit.verify import verify
from sfsync.audit.watchdog import Watch, alarms
from sfsync.dataload.importing import ImportOrder, Terms, import_file
from sfsync.errors import SettingsError, UsageError
from sfsync.localorg.rights import grants
from sfsync.localorg.seed.amounts import Amounts
from sfsync.mirror.entries import EntryState
from sfsync.records.change import Action, Change, FieldChange
from sfsync.sync.context import Target
from sfsync.sync.outcome import Outcome
from sfsync.sync.planning import plan_saved, show_plan
from sfsync.sync.run import apply_now, baseline, pull_only, sync
from tests.shop import TARGETS, Shop, open_shop
from tests.sync.pulling import agree, end_faults, happen, ids, lead_of, order_fault

NO_LEADS = {"perm": {"object": {"sobject": "Lead", "read": False}}}
ALL = Watch()


@pytest.fixture
def shop(tmp_path: Path, shop_url: str | None) -> Iterator[Shop]:
    """A shop of a few leads and accounts, pulled."""
    with open_shop(tmp_path, Amounts(leads=12, accounts=3, contacts=0, opportunities=0), shop_url) as opened:
        pull(opened)
        opened.clock.advance(600)
        yield opened


def pull(shop: Shop, **more: bool) -> Outcome:
    """Pull everything."""
    return pull_only(shop.context, shop.order(), **{"full": False, **more})


def show(shop: Shop) -> None:
    """Give all rights back."""
    with shop.local.state.transaction():
        grants.turn_off(shop.local.state)


def told(shop: Shop, watch: Watch = ALL) -> list[str]:
    """Give the alarms."""
    with shop.mirror.reading() as books:
        return [str(one) for one in alarms(books, shop.clock.now(), watch)]


def is_told(outcome: Outcome) -> bool:
    """Tell whether an outcome says that leads are not to be seen, and that so it was done in part only."""
    words = [str(one) for one in outcome.problems if "no longer shows" in one.message and one.where.sobject == "Lead"]
    return bool(words) and "read it again" in words[0] and (outcome.state, outcome.exit) == ("partly", 3)


def test_an_sobject_no_longer_shown_stops_no_other(shop: Shop) -> None:
    """All others are pulled, its records and watermark stay; that it is told ends with the sight, or its section."""
    mark, account = shop.books().watermarks.get("Lead"), str(shop.rows("SELECT Id FROM Account")[0]["Id"])
    happen(shop, NO_LEADS)
    shop.change("Account", account, Name="Wool and Sons")
    outcome = pull(shop)
    assert is_told(outcome) and lead_of(outcome)["unseen_since"] and outcome.counts["changed"] == 1
    shop.clock.advance(600)
    calls = len(shop.calls())
    assert is_told(pull(shop)) and len(shop.calls()) - calls < 10
    assert is_told(pull(shop, full=True))
    with shop.mirror.reading() as books:
        assert (books.watermarks.get("Lead"), books.records.count("Lead")) == (mark, 12)
        assert [line.sobject for line in books.journal.of_run(outcome.run or 0)] == ["Account"]
    assert len(told(shop)) == 1 and told(shop)[0].startswith("Lead: the org no longer shows it (since 2026-11-24T12:40")
    assert told(shop, Watch(sobjects=frozenset({"Account"}))) == []


def test_what_happened_unseen_is_pulled_once_it_is_seen_again(shop: Shop) -> None:
    """Changes, creates and deletes come from the watermark on, nothing is read anew, and the alarm ends."""
    happen(shop, NO_LEADS)
    pull(shop)
    show(shop)
    changed, deleted, *_ = ids(shop)
    shop.change("Lead", changed, Title="Chief")
    shop.ask("DELETE", f"sobjects/Lead/{deleted}")
    shop.make("Lead", LastName="Knit", Company="Wool")
    shop.clock.advance(600)
    outcome = pull(shop)
    lead = lead_of(outcome)
    assert (outcome.exit, lead["asked"], lead["unseen_since"], told(shop)) == (0, "changes", None, [])
    assert [lead[one] for one in ("new", "changed", "deleted")] == [1, 1, 1]
    agree(shop)


@pytest.mark.long
def test_a_right_lost_while_a_pull_runs_is_told_as_one_lost_before(shop: Shop) -> None:
    """The description came, the records do not: the others are pulled all the same."""
    order_fault(shop, NO_LEADS, {"op": "query", "nth": 1, "times": 1})
    outcome = pull(shop, full=True)
    end_faults(shop)
    assert is_told(outcome) and len(told(shop)) == 1
    assert [one["asked"] for one in outcome.data["pulled"]] == ["nothing", "all", "all", "all"]


@pytest.mark.long
def test_a_name_the_org_never_had_stops_the_pull_before_anything_is_read(shop: Shop) -> None:
    """It is a mistake in the settings, whatever else is no longer to be seen."""
    happen(shop, NO_LEADS)
    before = shop.books().watermarks.get("Account")
    with pytest.raises(SettingsError, match="no sObject Laed"):
        pull_only(shop.context, shop.order(targets=(*TARGETS, Target("Laed", ("LastName",)))), full=False)
    with shop.mirror.reading() as books:
        assert books.watermarks.get("Account") == before
    assert told(shop)[0].startswith("run 2, the latest pull")


@pytest.mark.long
@pytest.mark.parametrize("noticed", [True, False])
def test_nothing_is_decided_or_sent_of_what_is_not_seen(shop: Shop, noticed: bool) -> None:
    """A plan leaves it out and says so; one made before is refused record by record; later it goes on as ever."""
    _, plan = show_plan(shop.context, shop.order())
    assert plan.tally.sobjects and not told(shop)
    happen(shop, NO_LEADS)
    if noticed:
        pull(shop)
        outcome, none = show_plan(shop.context, shop.order())
        assert (outcome.exit, len(none.changes)) == (0, 0) and "no longer shows it" in outcome.problems[0].message
        assert is_told(baseline(shop.context, shop.order()))
    outcome = apply_now(shop.context, shop.order())
    assert is_told(outcome) and (outcome.counts["planned"], outcome.counts["applied"]) == (0, 0)
    outcome = plan_saved(shop.context, shop.order(), plan)
    assert is_told(outcome) and outcome.counts["rejected"] == len(plan.changes)
    synced = sync(shop.context, shop.order())
    assert is_told(synced) and len(synced.problems) == 1
    show(shop)
    assert sync(shop.context, shop.order()).counts["applied"] == len(plan.changes)


@pytest.mark.long
def test_commands_that_compare_leave_it_out_and_say_so(shop: Shop) -> None:
    """Verify and diff compare the others and end with exit code 3; an import of it is refused before it begins."""
    happen(shop, NO_LEADS)
    for level in (1, 3):
        outcome = verify(shop.context, level, heal=level == 3, wait_seconds=0.0)
        assert is_told(outcome) and outcome.counts["differences"] == 0 and outcome.counts["records"] > 3
        [lead] = [one for one in outcome.data["sobjects"] if one["sobject"] == "Lead"]
        assert (lead["org"], lead["mirror"]) == (None, 12)
    assert verify(shop.context, 1, heal=False, wait_seconds=0.0, targets=TARGETS[1:]).exit == 0
    for what, compared in (([], 3), ([f"Lead/{ids(shop)[0]}"], 0)):
        with shop.mirror.reading() as books:
            outcome = diff(books, "mirror", "org", what, shop.clock.now(), shop.context)
        assert is_told(outcome) and outcome.counts["differing"] == 0 and outcome.counts["compared"] >= compared
    file = shop.folder / "leads.csv"
    file.write_text("LastName,Company\nKnit,Wool\n")
    with pytest.raises(UsageError, match="no longer shows Lead"):
        import_file(shop.context, ImportOrder(file, "Lead", "insert"), Terms(shop.order().guard, 0.0, shop.folder))


@pytest.mark.long
def test_an_answer_lost_before_holds_no_other_up(shop: Shop) -> None:
    """What nobody can look at now is looked at once it can be; until then runs go on."""
    lead = ids(shop)[0]
    with shop.mirror.writing() as books:
        run = books.runs.start("apply", {})
        books.outbox.add(run, [Change(Action.UPDATE, "Lead", lead, (FieldChange("Title", None, "Chief"),))])
        entry = books.outbox.entries(run=run)[0].id
        books.outbox.send([entry], shop.clock.now())
    happen(shop, NO_LEADS)
    assert is_told(pull(shop)) and is_told(pull(shop))
    with shop.mirror.reading() as books:
        kept = books.outbox.get(entry)
    assert kept is not None and kept.state is EntryState.UNKNOWN and "does not show Lead" in kept.message
    show(shop)
    shop.clock.advance(600)
    assert pull(shop).exit == 0
    with shop.mirror.reading() as books:
        assert books.outbox.get(entry).state is not EntryState.UNKNOWN  # type: ignore[union-attr]
