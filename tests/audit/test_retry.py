"""Promises of retry: again, only what failed, held against the records as any other change."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sfsync.audit.retry import retry
from sfsync.dataload.importing import ImportOrder, Terms, import_file
from sfsync.errors import UsageError
from sfsync.localorg.seed.amounts import Amounts
from sfsync.mirror.entries import EntryState
from sfsync.plan.brakes import Brakes
from sfsync.records.change import Action, Change, FieldChange
from sfsync.sync.guard import Guard
from sfsync.sync.outbox import revive_entry
from sfsync.sync.outcome import Outcome
from sfsync.sync.planning import show_plan
from sfsync.sync.readback import UNKNOWN_OUTCOME
from sfsync.sync.run import pull_only, recover, sync
from tests.shop import Shop, no, open_shop, yes

pytestmark = pytest.mark.long

REFUSED = {
    "success": False,
    "errors": [{"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "no", "fields": []}],
}


@pytest.fixture
def small_shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop with a handful of leads."""
    with open_shop(tmp_path, Amounts(leads=8, accounts=0, contacts=0, opportunities=0)) as shop:
        yield shop


def failed(shop: Shop) -> Outcome:
    """Sync while the org refuses every record of the first write; give the run."""
    shop.fault(
        {"status": 200, "headers": {"Content-Type": "application/json"}, "body": [REFUSED] * planned(shop)},
        "^/services/data/v[0-9.]+/composite/sobjects", "PATCH", times=1,
    )  # fmt: skip
    run = sync(shop.context, shop.order())
    assert run.counts["rejected"] == run.counts["planned"] > 1
    return run


def planned(shop: Shop) -> int:
    """Count what a sync would write."""
    pull_only(shop.context, shop.order(), full=False)
    return len(show_plan(shop.context, shop.order())[1].changes)


def again(shop: Shop, run: int | None, approve: object = yes, brakes: Brakes | None = None) -> Outcome:
    """Retry a run."""
    return retry(shop.context, run or 0, Guard(brakes or Brakes(), approve), 0.0)  # type: ignore[arg-type]


def states(shop: Shop, run: int | None) -> list[tuple[EntryState, int | None]]:
    """Give a run's entries by state and the entry each tries again, oldest first."""
    with shop.mirror.reading() as books:
        return [(entry.state, entry.revives) for entry in reversed(books.outbox.entries(run=run))]


def test_what_was_refused_is_sent_again_and_points_to_the_old(small_shop: Shop) -> None:
    """Each dead letter of the run gets a new entry in a run of its own, applied; the old ones stay as they are."""
    run = failed(small_shop)
    old = [entry.id for entry in reversed(small_shop.books().outbox.entries(run=run.run))]
    outcome = again(small_shop, run.run)
    assert (outcome.exit, outcome.counts["applied"]) == (0, len(old))
    assert states(small_shop, outcome.run) == [(EntryState.APPLIED, entry) for entry in old]
    assert {state for state, _ in states(small_shop, run.run)} == {EntryState.REJECTED}
    assert small_shop.books().outbox.dead_letters() == []
    with pytest.raises(UsageError, match="dealt with since"):
        again(small_shop, run.run)


def test_what_succeeded_is_not_sent_again(small_shop: Shop) -> None:
    """Of a run that was refused in part only that part is tried; a run of which nothing was refused has none."""
    run = sync(small_shop.context, small_shop.order())
    lead = small_shop.rows("SELECT Id, Title FROM Lead WHERE IsConverted = 0")[0]
    change = Change(Action.UPDATE, "Lead", lead["Id"], (FieldChange("Title", lead["Title"], "Weaver"),))
    with pytest.raises(UsageError, match="nothing of it was rejected"):
        again(small_shop, run.run)
    for of, todo in (("apply", "sfsync plan"), ("undo", f"sfsync undo {run.run}")):
        with small_shop.mirror.writing() as books:
            early = books.runs.start(of, {"of": run.run or 0})
            books.runs.finish(early, "partly", {"rejected": 1})
        with pytest.raises(UsageError, match=r"what it could not do \(1\) was refused before") as told:
            again(small_shop, early)
        assert todo in told.value.problems[0].next
    with small_shop.mirror.writing() as books:
        dead = books.outbox.add_rejected(run.run or 0, change, "REQUIRED_FIELD_MISSING", "no Company")
    outcome = again(small_shop, run.run)
    assert states(small_shop, outcome.run) == [(EntryState.APPLIED, dead)]
    assert small_shop.rows("SELECT Title FROM Lead WHERE Id = ?", lead["Id"])[0]["Title"] == "Weaver"


def test_a_record_that_changed_since_is_left_alone_and_listed(small_shop: Shop) -> None:
    """A retry is drift-checked: what somebody changed meanwhile is superseded, all others go through."""
    run = failed(small_shop)
    change = next(e.change for e in small_shop.books().outbox.entries(run=run.run) if "Score__c" in e.change.after())
    small_shop.change("Lead", str(change.id), Score__c=1.5)
    outcome = again(small_shop, run.run)
    assert (outcome.exit, outcome.counts["superseded"]) == (3, 1)
    assert outcome.counts["applied"] == run.counts["rejected"] - 1
    assert outcome.problems[0].where.id == change.id


def test_what_is_refused_again_can_be_tried_again(small_shop: Shop) -> None:
    """A second retry takes up the entries of the first, never the old ones twice."""
    run = failed(small_shop)
    count = run.counts["rejected"]
    small_shop.fault(
        {"status": 200, "headers": {"Content-Type": "application/json"}, "body": [REFUSED] * count},
        "^/services/data/v[0-9.]+/composite/sobjects/?$", "PATCH", times=1,
    )  # fmt: skip
    first = again(small_shop, run.run)
    assert first.counts["rejected"] == count
    second = again(small_shop, run.run)
    assert (second.exit, second.counts["applied"]) == (0, count)
    ids = [entry.id for entry in reversed(small_shop.books().outbox.entries(run=first.run))]
    assert [revives for _, revives in states(small_shop, second.run)] == ids


def test_a_retry_that_died_before_it_sent_can_be_taken_up(small_shop: Shop) -> None:
    """Entries that were staged and never sent are superseded by the next run, and the next retry tries them again."""
    run = failed(small_shop)
    with small_shop.mirror.writing() as books:
        dead = books.runs.start("retry", {})
        books.outbox.try_again(dead, [entry.id for entry in books.outbox.entries(run=run.run)])
    recover(small_shop.context)
    assert set(states(small_shop, dead)) == {(EntryState.SUPERSEDED, None)}
    assert len(small_shop.books().outbox.dead_letters()) == run.counts["rejected"]
    assert again(small_shop, run.run).counts["applied"] == run.counts["rejected"]


def test_what_every_run_is_refused_is_one_dead_letter_and_none_once_it_went_through(small_shop: Shop) -> None:
    """A schedule that is refused again and again leaves one a record; the run that is not refused leaves none."""
    first = failed(small_shop)
    later = failed(small_shop)
    dead = small_shop.books().outbox.dead_letters()
    assert {entry.run for entry in dead} == {later.run} and len(dead) == first.counts["rejected"]
    assert sync(small_shop.context, small_shop.order()).counts["applied"] == len(dead)
    assert small_shop.books().outbox.dead_letters() == []
    with pytest.raises(UsageError, match="dealt with since"):
        again(small_shop, first.run)


def test_approval_and_brakes_hold_for_a_retry(small_shop: Shop) -> None:
    """A retry that nobody approves, or that is over a brake, sends nothing and leaves the dead letters as they are."""
    run = failed(small_shop)
    lead = small_shop.rows("SELECT Id, Company FROM Lead WHERE IsConverted = 0")[0]
    overwriting = Change(Action.UPDATE, "Lead", lead["Id"], (FieldChange("Company", lead["Company"], "Ours"),))
    with small_shop.mirror.writing() as books:
        books.outbox.add_rejected(run.run or 0, overwriting, "REQUIRED_FIELD_MISSING", "no")
    for waiting in (again(small_shop, run.run, approve=no), again(small_shop, run.run, brakes=Brakes(overwrites=0))):
        assert (waiting.exit, waiting.state, states(small_shop, waiting.run)) == (4, "waiting", [])
    assert again(small_shop, run.run).exit == 0


def test_a_create_that_may_have_arrived_is_not_sent_again(small_shop: Shop) -> None:
    """Without a key a lost answer may mean a record; it is left, and told with how to send it."""
    run = failed(small_shop)
    made = Change(Action.CREATE, "Lead", None, (FieldChange("LastName", None, "Ito"),), row=7)
    with small_shop.mirror.writing() as books:
        dead = books.outbox.add_rejected(run.run or 0, made, UNKNOWN_OUTCOME, "the answer never came")
    outcome = again(small_shop, run.run)
    assert (outcome.exit, outcome.counts["applied"]) == (3, run.counts["rejected"])
    assert f"sfsync outbox revive {dead}" in outcome.problems[0].next
    assert small_shop.rows("SELECT count(*) AS n FROM Lead WHERE LastName = 'Ito'")[0]["n"] == 0


@pytest.mark.parametrize("sobject,operation,key", [("Lead", "update", "Id"), ("Task", "insert", None)])
def test_a_row_that_could_not_be_read_is_never_sent(
    small_shop: Shop, sobject: str, operation: str, key: str | None
) -> None:
    """Neither retry nor revive makes a record, or a fault, of a row that was no change; the file is to be mended."""
    lead = small_shop.rows("SELECT Id FROM Lead LIMIT 1")[0]["Id"]
    path = small_shop.folder / "rows.csv"
    bad = f"Id,AnnualRevenue\n{lead},much\n" if key else "Subject,ActivityDate\nCall,someday\n"
    path.write_text(bad, encoding="utf-8")
    order = ImportOrder(path, sobject, operation, key) if key else ImportOrder(path, sobject, operation, no_key=True)
    run = import_file(small_shop.context, order, Terms(Guard(Brakes(), yes), 0.0, small_shop.folder / "runs"))
    assert (run.exit, run.counts["rejected"]) == (3, 1)
    before = small_shop.rows(f"SELECT count(*) AS n FROM {sobject}")
    outcome = again(small_shop, run.run)
    assert (outcome.exit, outcome.counts["planned"], outcome.problems[0].where.row) == (3, 0, 1)
    assert "mend it in the file" in outcome.problems[0].next
    dead = small_shop.books().outbox.dead_letters()
    with pytest.raises(UsageError, match="row 1 could not be read"):
        revive_entry(small_shop.context, dead[0].id, 0.0)
    assert small_shop.books().outbox.dead_letters() == dead
    assert small_shop.rows(f"SELECT count(*) AS n FROM {sobject}") == before


@pytest.mark.parametrize("run", [0, 4711])
def test_a_run_that_is_not_there_is_refused(small_shop: Shop, run: int) -> None:
    """A number of no run is told, with where the numbers are."""
    with pytest.raises(UsageError, match=f"there is no run {run}") as caught:
        again(small_shop, run)
    assert "sfsync runs" in caught.value.problems[0].next
