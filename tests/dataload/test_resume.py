"""Promises of an import that is cut short: nothing is lost, nothing is done twice, and it can be taken up again."""

import os

import pytest

from sfsync.audit.undo import undo
from sfsync.errors import FileError, OrgError, OutcomeUnknown, UsageError
from sfsync.mirror.entries import EntryState
from sfsync.sync.outbox import revive_entry
from sfsync.sync.run import pull_only, sync
from tests.dataload.loader import LEADS, Loader, lasting
from tests.mortal import Killed, Life, mortal
from tests.shop import Shop

UPSERT = "/services/data/v62.0/composite/sobjects/Lead/Sfsync_Key__c"
UPDATE = "/services/data/v62.0/composite/sobjects"
REFUSED = {"status": 403, "body": [{"errorCode": "API_DISABLED_FOR_ORG", "message": "no"}]}
MANY = [("LastName", "Company"), *((f"Lead {number:03}", "Wool") for number in range(250))]


def names(shop: Shop) -> list[str]:
    """Give the last names of the org's leads, in order."""
    return sorted(lead["LastName"] for lead in lasting(shop))


def last_run(shop: Shop) -> int:
    """Give the run that began last, as `sfsync runs` lists it first."""
    with shop.mirror.reading() as books:
        latest = books.runs.latest(1)
    return latest[0].id if latest else 0


def killed(loader: Loader, moments: int, resumes: int | None = None) -> bool:
    """Import LEADS, or go on with an import, and die after so many moments; tell whether it died."""
    context = mortal(loader.shop, Life(moments))
    try:
        loader.run(LEADS, context=context) if resumes is None else loader.resume(resumes, context)
    except Killed:
        return True
    return False


def test_an_import_that_stops_half_way_goes_on_where_it_was(loader: Loader) -> None:
    """Rows that were applied stay applied, the others are sent on resuming, and the counts are of the whole file."""
    loader.shop.fault(REFUSED, UPSERT, "PATCH", nth=2)
    with pytest.raises(OrgError) as cut:
        loader.run(MANY)
    run = last_run(loader.shop)
    assert f"`sfsync import --resume {run}` goes on" in cut.value.problems[-1].next
    assert len(lasting(loader.shop)) == 200
    assert loader.shop.books().outbox.counts(run) == {"APPLIED": 200, "WAITING": 50}
    outcome = loader.resume(run)
    assert (outcome.exit, outcome.run, outcome.counts["applied"]) == (0, run, 250)
    assert names(loader.shop) == [row[0] for row in MANY[1:]]
    loader.accounted(outcome)


def test_an_import_is_one_however_often_it_is_resumed_and_by_whichever_run(loader: Loader) -> None:
    """Resuming by its own run, by a run that resumed it, or again when all is done never sends a row twice."""
    loader.shop.fault(REFUSED, UPSERT, "PATCH", times=2)
    with pytest.raises(OrgError):
        loader.run(LEADS)
    first = last_run(loader.shop)
    with pytest.raises(OrgError):
        loader.resume(first)
    second = last_run(loader.shop)
    assert second != first and lasting(loader.shop) == []
    for run in (second, first, second, last_run(loader.shop)):
        outcome = loader.resume(run)
        assert (outcome.exit, outcome.run, outcome.counts["applied"], outcome.counts["open"]) == (0, first, 3, 0)
    with pytest.raises(UsageError, match=f"went on with import {first}") as told:
        undo(loader.shop.context, second, loader.terms().guard, 0.0)
    assert f"say {first} instead" in told.value.problems[0].next
    assert names(loader.shop) == ["Knit", "Purl", "Weave"]
    assert loader.shop.books().runs.get(first).state == "done"  # type: ignore[union-attr]


@pytest.mark.long
def test_an_import_killed_at_any_moment_and_resumed_makes_each_row_once(empty_shop: Shop) -> None:
    """For every moment between two steps: killed there, and resumed, each row is one record and has one outcome."""
    loader, total, moment = Loader(empty_shop), 0, 0
    while killed(loader, moment):
        moment += 1
        if last_run(empty_shop) > total:
            first = last_run(empty_shop)
            killed(loader, moment, resumes=first)
            outcome = loader.resume((first, last_run(empty_shop))[moment % 2])  # by its own run, or the one that died
            loader.accounted(outcome)
            assert outcome.counts["applied"] == 3
            total = last_run(empty_shop)
    imports = {run.detail.get("resumes", run.id) for run in empty_shop.books().runs.latest(1000)}
    assert moment > 15 and len(imports) > 10
    assert names(empty_shop) == sorted([row[0] for row in LEADS[1:]] * len(imports))
    keys = [lead["Sfsync_Key__c"] for lead in lasting(empty_shop)]
    assert len(set(keys)) == len(keys)
    assert set(empty_shop.books().outbox.counts()) == {"APPLIED"}


def test_rows_that_were_sent_again_since_count_as_what_they_came_to(loader: Loader) -> None:
    """After `retry` a resumed import tells of no row that it was refused, in its counts as in its files."""
    refused = loader.run((*LEADS[:2], ("Felt", "x" * 300)))
    assert (refused.exit, refused.counts["rejected"]) == (3, 1)
    run = refused.run or 0
    [letter] = loader.shop.books().outbox.dead_letters()
    assert revive_entry(loader.shop.context, letter.id, 0.0, {"Company": "Wool"}).exit == 0
    outcome = loader.resume(run)
    assert (outcome.exit, outcome.problems, outcome.counts["applied"]) == (0, (), 2)
    loader.accounted(outcome)


def test_other_runs_leave_an_interrupted_import_to_be_resumed(loader: Loader) -> None:
    """Pulls and syncs in between settle what was in the air and touch nothing else of the import."""
    loader.shop.fault(REFUSED, UPSERT, "PATCH", nth=1)
    with pytest.raises(OrgError):
        loader.run(LEADS)
    run = last_run(loader.shop)
    pull_only(loader.shop.context, loader.shop.order(), full=False)
    sync(loader.shop.context, loader.shop.order())
    assert loader.shop.books().outbox.counts(run) == {"WAITING": 3}
    assert loader.resume(run).counts["applied"] == 3


def test_a_change_that_waits_for_an_interrupted_import_is_not_called_done(loader: Loader) -> None:
    """Two imports about one record go in order: the second says which rows wait, and for what."""
    lead = loader.shop.make("Lead", LastName="Knit", Company="Wool")
    loader.shop.fault(REFUSED, UPDATE, "PATCH", nth=1)
    with pytest.raises(OrgError):
        loader.run((("Id", "Company"), (lead, "Linen")), "update")
    first = last_run(loader.shop)
    outcome = loader.run((("Id", "LastName"), (lead, "Purl")), "update")
    assert (outcome.exit, outcome.state, outcome.counts["open"]) == (4, "waiting", 1)
    assert "an earlier change of their record is open" in outcome.problems[0].message
    loader.accounted(outcome)
    loader.file((("Id", "Company"), (lead, "Linen")))
    assert loader.resume(first).exit == 0
    loader.file((("Id", "LastName"), (lead, "Purl")))
    assert loader.resume(outcome.run or 0).counts["applied"] == 1
    assert [(one["LastName"], one["Company"]) for one in lasting(loader.shop)] == [("Purl", "Linen")]


def test_a_file_that_was_changed_or_is_gone_is_not_resumed(loader: Loader) -> None:
    """Rows are known by their place in the file: with another file there is nothing to go on with."""
    loader.shop.fault(REFUSED, UPSERT, "PATCH", nth=1)
    with pytest.raises(OrgError):
        loader.run(LEADS)
    run = last_run(loader.shop)
    path = loader.file((*LEADS, ("New", "Wool")))
    with pytest.raises(FileError, match="was changed since run"):
        loader.resume(run)
    path.unlink()
    with pytest.raises(FileError, match=str(path)):
        loader.resume(run)
    assert lasting(loader.shop) == []


def test_only_an_import_can_be_resumed(loader: Loader) -> None:
    """A run of another command, or none at all, is told with the way to find the right one."""
    pull = pull_only(loader.shop.context, loader.shop.order(), full=False)
    for run in (pull.run or 0, 999):
        with pytest.raises(UsageError, match=f"run {run} is no import") as caught:
            loader.resume(run)
        assert "sfsync runs" in caught.value.problems[0].next


@pytest.mark.parametrize("when", ["drop_before_commit", "drop_after_commit"])
def test_a_lost_answer_is_settled_by_looking_and_the_rows_count_as_applied(loader: Loader, when: str) -> None:
    """Whether the call arrived or not, each row is one record and counts as applied, creates and updates alike."""
    loader.shop.fault(when, UPSERT, "PATCH", nth=1)
    made = loader.run(LEADS)
    loader.shop.clock.advance(600)  # till then the call that was lost may arrive, and updates of its records wait
    loader.shop.fault(when, UPDATE, "PATCH", nth=2)
    rows = (("Id", "Company"), *((lead["Id"], "Cotton") for lead in lasting(loader.shop)))
    changed = loader.run(rows, "update")
    for outcome in (made, changed):
        assert (outcome.exit, outcome.counts["applied"], outcome.counts["unchanged"]) == (0, 3, 0)
    assert [(lead["LastName"], lead["Company"]) for lead in lasting(loader.shop)] == [
        ("Knit", "Cotton"), ("Purl", "Cotton"), ("Weave", "Cotton")
    ]  # fmt: skip
    stored = {entry.change.id: entry.change.key for entry in loader.shop.books().outbox.entries(run=made.run)}
    assert stored == {lead["Id"]: lead["Sfsync_Key__c"] for lead in lasting(loader.shop)}


def test_a_record_made_by_a_lost_call_and_deleted_at_once_is_not_made_again(loader: Loader) -> None:
    """What the read-back finds in the recycle bin was made, and stays deleted: one key, one record, ever."""
    loader.shop.fault("drop_after_commit", UPSERT, "PATCH", nth=1)
    life = Life(None)
    context = mortal(loader.shop, life)
    upsert = context.org.upsert

    def lost(*args: object) -> object:
        try:
            return upsert(*args)  # type: ignore[arg-type]
        except OutcomeUnknown:
            for lead in lasting(loader.shop):
                loader.shop.ask("DELETE", f"sobjects/Lead/{lead['Id']}")
            raise

    context.org.upsert = lost  # type: ignore[method-assign, assignment]
    assert loader.run(LEADS, context=context).counts["applied"] == 3
    assert [row["IsDeleted"] for row in loader.shop.rows("SELECT IsDeleted FROM Lead")] == [1, 1, 1]


def test_without_keys_a_lost_answer_is_never_sent_again(loader: Loader) -> None:
    """With --no-key a create whose answer is lost is put before a person: it may be there, so it is not resent."""
    loader.shop.fault("drop_after_commit", UPDATE, "POST", nth=1)
    outcome = loader.run(LEADS, no_key=True)
    assert (outcome.exit, outcome.counts["rejected"]) == (3, 3)
    assert "look in the org before you send it again" in outcome.problems[0].message
    assert names(loader.shop) == ["Knit", "Purl", "Weave"]
    assert {lead["Sfsync_Key__c"] for lead in lasting(loader.shop)} == {None}
    assert len(loader.shop.calls("POST", UPDATE)) == 1
    assert loader.resume(outcome.run or 0).counts["rejected"] == 3
    assert len(lasting(loader.shop)) == 3


@pytest.mark.parametrize("do", ["drop_before_commit", {"status": 503, "body": "<html>down</html>"}])
def test_an_org_that_never_answers_ends_the_import_in_bounded_tries(loader: Loader, do: object) -> None:
    """After five calls the import stops with an error, and everything stands open until the org is back."""
    loader.shop.fault(do, UPSERT, "PATCH")
    with pytest.raises(OrgError):
        loader.run(LEADS)
    assert len(loader.shop.calls("PATCH", UPSERT)) == 5
    run = last_run(loader.shop)
    states = {entry.state for entry in loader.shop.books().outbox.entries(run=run)}
    assert states <= {EntryState.UNKNOWN, EntryState.WAITING}
    with loader.shop.local.state.transaction():
        loader.shop.local.state.run("DELETE FROM _fault")
    assert loader.resume(run).counts["applied"] == 3
    assert names(loader.shop) == ["Knit", "Purl", "Weave"]


def test_the_file_may_be_named_from_anywhere_when_it_is_resumed(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file's whole path is kept: resuming works from another working directory."""
    loader.shop.fault(REFUSED, UPSERT, "PATCH", nth=1)
    with pytest.raises(OrgError):
        loader.run(LEADS)
    monkeypatch.chdir(os.sep)
    assert loader.resume(last_run(loader.shop)).counts["applied"] == 3
