"""Promises of pushes by Bulk jobs when answers get lost, jobs end badly, or the program dies at any step."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sfsync.dataload.importing import ImportOrder, Terms, import_file, resume_import
from sfsync.errors import OrgError, OrgUnreachable
from sfsync.localorg.seed.amounts import Amounts
from sfsync.mirror.entries import EntryState
from sfsync.plan.brakes import Brakes
from sfsync.sync.context import Context, Silence
from sfsync.sync.guard import Guard
from sfsync.sync.run import pull_only, sync
from tests.mortal import Killed, Life, mortal
from tests.shop import TARGETS, Shop, open_shop, yes
from tests.sync.bulky import (
    Meddling,
    few_by_bulk,
    held,
    leads,
    nothing_is_owed,
    push,
    pushed_in_bulk,
    states,
    updates,
    written_once,
)

pytestmark = pytest.mark.long

LEAD = TARGETS[:1]
BUSY = {"status": 503, "body": "<html>"}


@pytest.fixture
def bulky(tmp_path: Path, shop_url: str | None) -> Iterator[Shop]:
    """A shop of 20 leads, pulled, whose changes go by Bulk jobs from two on."""
    amounts = Amounts(leads=20, accounts=0, contacts=0, opportunities=0)
    with open_shop(tmp_path, amounts, shop_url) as shop, pushed_in_bulk(shop, LEAD) as bulky:
        yield bulky


def meddled(shop: Shop, before: str, *asked: Sequence[object]) -> Context:
    """Give a context in which somebody asks the org something just before a call of ours."""

    def happen() -> None:
        job = shop.ask("GET", "jobs/ingest")["records"][0]["id"]
        for method, path, *body in asked:
            shop.ask(str(method), str(path).format(job=job), *body)

    return Context(Meddling(shop, before, happen), shop.mirror, shop.clock, Silence())


# --- answers that never come ---

STEPS = {
    "create": ("POST", "^/services/data/v[0-9.]+/jobs/ingest/?$"),
    "upload": ("PUT", "/services/data"),
    "close": ("PATCH", "/services/data"),
    "look": ("GET", "^/services/data/v[0-9.]+/jobs/ingest/[^/]+$"),
    "results": ("GET", "^.*/successfulResults"),
}


@pytest.mark.long
@pytest.mark.parametrize("do", ["drop_before_commit", "drop_after_commit", BUSY, "expire_session"], ids=str)
def test_an_answer_that_is_lost_at_any_step_changes_nothing_in_the_end(bulky: Shop, do: object) -> None:
    """Whichever call of a job goes wrong, heard or not: every record is written, once, and no job is left open."""
    for step, (method, path) in STEPS.items():
        bulky.fault(do, path, method, nth=1)
        assert push(bulky, updates(bulky, "Title", step)).exit == 0, step
        assert {held(bulky, one, "Title") for one in leads(bulky)} == {step}
    assert states(bulky) == {"APPLIED": len(STEPS) * len(leads(bulky))}
    for one in leads(bulky):
        lines = [line for line in bulky.books().journal.of_record("Lead", one) if line.field == "Title"]
        assert sorted(str(line.after) for line in lines if line.origin == "sfsync") == sorted(STEPS)
    nothing_is_owed(bulky)
    assert not [job for job in bulky.ask("GET", "jobs/ingest")["records"] if job["state"] == "Open"]


@pytest.mark.parametrize("spoilt", [{"reset_at": 300}, {"gzip": "cut"}, {"truncate": {"at": 200}}], ids=str)
def test_results_that_come_cut_are_fetched_again(bulky: Shop, spoilt: object) -> None:
    """Half a set of results is never believed."""
    bulky.fault(spoilt, "^.*/successfulResults", "GET", times=2)
    assert push(bulky, updates(bulky, "Title", "Knitter")).exit == 0
    assert states(bulky) == {"APPLIED": len(leads(bulky))}
    written_once(bulky, "Title", leads(bulky))


def test_an_outage_leaves_the_job_to_the_next_run(bulky: Shop) -> None:
    """Where the org is gone for long while a job works, the run fails; the next one goes on with that job."""
    bulky.fault("drop_before_commit", "^.*/jobs/ingest/[^/]+$", "GET", times=6)
    with pytest.raises(OrgUnreachable):
        push(bulky, updates(bulky, "Title", "Knitter"))
    assert states(bulky) == {"SENT": len(leads(bulky))}
    pull_only(bulky.context, bulky.order(targets=LEAD), full=False)
    assert states(bulky) == {"APPLIED": len(leads(bulky))}
    assert len(bulky.calls("POST", "/jobs/ingest")) == 1
    written_once(bulky, "Title", leads(bulky))
    nothing_is_owed(bulky)


# --- jobs that end otherwise ---


@pytest.mark.parametrize("how", ["fail_after_rows", "abort_after_rows"])
def test_a_job_that_ends_midway_loses_nothing(bulky: Shop, how: str) -> None:
    """What it did is APPLIED, what it did not get to is sent once more; all of it adds up."""
    for number, rows in enumerate((0, 1, 9), start=1):
        bulky.fault({"job": {how: rows}}, STEPS["look"][1], "GET", times=1)
        assert push(bulky, updates(bulky, "Title", f"Row {rows}")).exit == 0
        assert {held(bulky, one, "Title") for one in leads(bulky)} == {f"Row {rows}"}
        assert states(bulky) == {"APPLIED": number * len(leads(bulky))}
        assert len(bulky.calls("PUT")) == 2 * number
    nothing_is_owed(bulky)


def test_jobs_that_are_always_aborted_are_not_begun_again_and_again(bulky: Shop) -> None:
    """After the second job that did not get to them, rows are dead letters that say why."""
    bulky.fault({"job": {"abort_after_rows": 0}}, "/services/data", "GET")
    outcome = push(bulky, updates(bulky, "Title", "Knitter"))
    assert (outcome.exit, states(bulky)) == (3, {"REJECTED": len(leads(bulky))})
    entry = bulky.books().outbox.entries(states=[EntryState.REJECTED])[0]
    assert entry.code == "SFSYNC_JOB_ENDED" and "Aborted" in entry.message
    assert len(bulky.calls("POST", "/jobs/ingest")) == 2
    nothing_is_owed(bulky)


def test_a_job_that_was_never_closed_does_not_count_as_one_that_failed(bulky: Shop) -> None:
    """Rows whose first job was given up before the org went to work get their second start all the same."""
    bulky.fault("drop_before_commit", "^.*/jobs/ingest/[^/]+/batches", "PUT", nth=1)
    bulky.fault({"job": {"fail_after_rows": 4}}, STEPS["look"][1], "GET", nth=3)
    assert push(bulky, updates(bulky, "Title", "Knitter")).exit == 0
    assert len(bulky.calls("PUT")) == 3
    assert states(bulky) == {"APPLIED": len(leads(bulky))}


def test_an_abort_by_an_admin_is_settled_by_what_was_done(bulky: Shop) -> None:
    """A job aborted in Setup before it began: its rows go once more, and are written once."""
    bulky.local.state.set_setting("bulk_jobs", "polls:3")
    context = meddled(bulky, "ingest", ("PATCH", "jobs/ingest/{job}", {"state": "Aborted"}))
    assert push(bulky, updates(bulky, "Title", "Knitter"), context).exit == 0
    assert states(bulky) == {"APPLIED": len(leads(bulky))}
    written_once(bulky, "Title", leads(bulky))


@pytest.mark.parametrize("gone", ["deleted", "expired", "wrong"])
def test_where_results_are_gone_or_do_not_add_up_the_records_are_read(bulky: Shop, gone: str) -> None:
    """Without results that can be believed each record is looked at: as wanted means written, by us."""
    if gone == "deleted":
        context = meddled(bulky, "ingest_results", ("DELETE", "jobs/ingest/{job}"))
    else:
        context = bulky.context
        spoilt = {"job": "expire_results"} if gone == "expired" else {"truncate": {"at_row": 3}}
        bulky.fault(spoilt, "^.*/successfulResults", "GET")
    assert push(bulky, updates(bulky, "Title", "Knitter"), context).exit == 0
    assert states(bulky) == {"APPLIED": len(leads(bulky))}
    written_once(bulky, "Title", leads(bulky))
    nothing_is_owed(bulky)


def test_a_job_that_sticks_does_not_hold_up_other_work_for_ever(bulky: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """After three hours the run ends with words; later runs leave its records alone, and settle it once it is done."""
    monkeypatch.setattr("sfsync.sync.bulk_jobs._LONGEST_WAIT_SECONDS", 900.0)
    bulky.local.state.set_setting("bulk_jobs", "seconds:40000")
    with pytest.raises(OrgUnreachable, match="after three hours"):
        push(bulky, updates(bulky, "Title", "Knitter"))
    other = bulky.make("Lead", LastName="New", Company="Wool")
    bulky.clock.advance(600)
    with few_by_bulk(from_records=2_000):
        again = sync(bulky.context, bulky.order(targets=LEAD))
    assert again.counts["waiting"] == len(leads(bulky)) - 1 and held(bulky, other, "Score__c") is not None
    assert states(bulky)["UNKNOWN"] == len(leads(bulky)) - 1
    bulky.clock.advance(40_000)
    bulky.local.state.set_setting("bulk_jobs", "immediate")
    assert sync(bulky.context, bulky.order(targets=LEAD)).exit == 0
    nothing_is_owed(bulky)
    assert {held(bulky, one, "Title") for one in leads(bulky)} == {"Knitter", None}


def test_an_org_that_takes_no_jobs_is_written_by_collections(bulky: Shop) -> None:
    """Where the org refuses to make the job, the changes go by collections calls in the same run."""
    refused = {"status": 400, "body": [{"errorCode": "INVALIDJOB", "message": "not supported"}]}
    bulky.fault(refused, STEPS["create"][1], "POST")
    assert push(bulky, updates(bulky, "Title", "Knitter")).exit == 0
    assert states(bulky) == {"APPLIED": len(leads(bulky))}
    assert bulky.calls("PUT") == [] and bulky.calls("PATCH", "/composite") != []
    nothing_is_owed(bulky)


def test_somebody_elses_open_job_is_not_aborted(bulky: Shop) -> None:
    """When a job of ours may have been made unseen, only one made since is taken for it."""
    wanted = {"object": "Lead", "operation": "update", "contentType": "CSV"}
    theirs = bulky.ask("POST", "jobs/ingest", wanted)["id"]
    bulky.clock.advance(600)
    bulky.fault("drop_after_commit", STEPS["create"][1], "POST", nth=1)
    assert push(bulky, updates(bulky, "Title", "Knitter")).exit == 0
    found = {job["id"]: job["state"] for job in bulky.ask("GET", "jobs/ingest")["records"]}
    assert found.pop(theirs) == "Open"
    assert sorted(found.values()) == ["Aborted", "JobComplete"]


# --- the program dies ---


def dies(shop: Shop, context: Context, changes: object) -> bool:
    """Push until death; gives whether it came."""
    try:
        push(shop, changes, context)  # type: ignore[arg-type]
    except Killed:
        return True
    return False


def death_at(folder: Path, moment: int, trouble: object) -> bool:
    """Push, dying at a moment, and let a next run settle it; gives whether death came before the end."""
    with open_shop(folder / str(moment), Amounts(12, 0, 0, 0)) as shop, few_by_bulk(group=5):
        pull_only(shop.context, shop.order(targets=LEAD), full=False)
        changes = updates(shop, "Title", "Knitter")
        if trouble:
            shop.fault(trouble, "^.*/jobs/ingest/.*", "GET", times=1)
        died = dies(shop, mortal(shop, Life(moment)), changes)
        shop.clock.advance(600)
        pull_only(shop.context, shop.order(targets=LEAD), full=False)
        left = [change for change in changes if held(shop, str(change.id), "Title") != "Knitter"]
        if left:
            push(shop, tuple(left))
        assert {held(shop, one, "Title") for one in leads(shop)} == {"Knitter"}, moment
        written_once(shop, "Title", leads(shop))
        nothing_is_owed(shop)
        assert not [job for job in shop.ask("GET", "jobs/ingest")["records"] if job["state"] == "Open"], moment
    return died


@pytest.mark.parametrize("moment", [16, 32, 44])  # before its job is made, before it is closed, in its results
def test_a_push_that_dies_is_settled_by_the_next_run(tmp_path: Path, moment: int) -> None:
    """Die at one of many moments: the next run ends where one without a death does, and each record is written once."""
    death_at(tmp_path, moment, None)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("trouble", [None, {"job": {"fail_after_rows": 4}}, "drop_after_commit"], ids=str)
def test_a_push_killed_at_any_moment_is_settled_by_the_next_run(tmp_path: Path, trouble: object) -> None:
    """Die before or after any call or commit, also with other trouble: the next run settles it all the same."""
    moment = 0
    while death_at(tmp_path, moment, trouble):
        moment += 1
    assert moment > 40


@pytest.mark.parametrize("moments", [(30, 46), pytest.param(range(14, 60, 2), marks=pytest.mark.long)], ids=str)
def test_an_import_by_jobs_killed_at_any_moment_makes_each_row_once(tmp_path: Path, moments: Sequence[int]) -> None:
    """Creates go by key: however often the import dies and is resumed, each row is one record."""
    for moment in moments:
        with open_shop(tmp_path / str(moment), Amounts(2, 0, 0, 0)) as shop, few_by_bulk(group=5):
            path = shop.folder / "new.csv"
            path.write_text("LastName,Company\n" + "".join(f'"Row, {n}",Wool\n' for n in range(12)), encoding="utf-8")
            terms = Terms(Guard(Brakes(), yes), 0.0, shop.folder / "runs")
            try:
                import_file(mortal(shop, Life(moment)), ImportOrder(path, "Lead", "insert"), terms)
            except Killed:
                shop.clock.advance(600)
            with shop.mirror.reading() as books:
                begun = [run.id for run in books.runs.latest(10) if run.command == "import"]
            if not begun:
                continue
            outcome = resume_import(shop.context, begun[-1], terms)
            assert (outcome.exit, outcome.counts["applied"]) == (0, 12), moment
            made = shop.rows("SELECT LastName FROM Lead WHERE Company = 'Wool' ORDER BY Id")
            assert sorted(row["LastName"] for row in made) == sorted(f"Row, {n}" for n in range(12)), moment
            nothing_is_owed(shop)


def test_an_undo_of_many_creates_deletes_them_by_a_job(bulky: Shop) -> None:
    """What an import made by a job, with fields that are not mirrored too, an undo deletes by a job and buries."""
    from sfsync.audit.undo import undo

    path = bulky.folder / "new.csv"
    path.write_text("LastName,Company,Fax\n" + "".join(f"Row {n},Wool,{n}\n" for n in range(12)), encoding="utf-8")
    made = import_file(
        bulky.context, ImportOrder(path, "Lead", "insert"), Terms(Guard(Brakes(), yes), 0.0, bulky.folder / "runs")
    )
    assert made.run is not None and made.counts["applied"] == 12
    assert undo(bulky.context, made.run, Guard(Brakes(), yes), 0.0).counts["applied"] == 12
    operations = [job["operation"] for job in bulky.ask("GET", "jobs/ingest")["records"]]
    assert sorted(operations) == ["delete", "upsert"]
    assert bulky.rows("SELECT count(*) AS n FROM Lead WHERE Company = 'Wool' AND IsDeleted = 0") == [{"n": 0}]
    nothing_is_owed(bulky)


def test_a_refusal_to_sign_in_midway_leaves_all_of_it_to_be_sent(bulky: Shop) -> None:
    """Where the org stops letting us in before the job is closed, nothing was done and nothing is lost."""
    bulky.fault({"status": 403, "body": [{"errorCode": "API_DISABLED_FOR_ORG", "message": "!"}]}, "/services", "PUT")
    with pytest.raises(OrgError):
        push(bulky, updates(bulky, "Title", "Knitter"))
    assert {held(bulky, one, "Title") for one in leads(bulky)} != {"Knitter"}
    assert set(states(bulky)) == {"WAITING"}
