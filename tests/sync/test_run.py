"""Promises of one run: pull, decide, plan, apply, settle."""

from dataclasses import replace

import pytest

from sfsync.errors import LeaseHeld, LoginRefused, PlanError, SettingsError
from sfsync.mirror.entries import EntryState
from sfsync.plan.brakes import Brakes
from sfsync.sync.context import Target
from sfsync.sync.plan_file import read_plan, write_plan
from sfsync.sync.planning import plan_saved, show_plan
from sfsync.sync.run import apply_now, baseline, pull_only, sync
from tests.shop import TARGETS, Shop, no


def test_a_first_pull_brings_every_record_and_the_people(shop: Shop) -> None:
    """After a pull the mirror holds as many records as the org, users and queues included."""
    outcome = pull_only(shop.context, shop.order(), full=False)
    assert (outcome.exit, outcome.state) == (0, "done")
    for sobject in ("Lead", "Account", "User", "Group"):
        alive = shop.rows(f'SELECT count(*) AS n FROM "{sobject}"')[0]["n"]
        assert shop.books().records.count(sobject) == alive > 0


def test_a_second_pull_sees_only_what_somebody_changed(shop: Shop) -> None:
    """A change by somebody else is noticed field by field, once; an unchanged record is not touched."""
    pull_only(shop.context, shop.order(), full=False)
    lead = shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 LIMIT 1")[0]["Id"]
    shop.clock.advance(600)
    shop.change("Lead", lead, Title="Chief Knitter")
    shop.clock.advance(600)
    outcome = pull_only(shop.context, shop.order(), full=False)
    assert outcome.counts["changed"] == 1
    lines = list(shop.books().journal.of_run(outcome.run or 0))
    assert [(line.field, line.after, line.origin) for line in lines] == [("Title", "Chief Knitter", "org")]
    assert pull_only(shop.context, shop.order(), full=False).counts["changed"] == 0


def test_a_deleted_record_becomes_a_tombstone_and_an_undeleted_one_lives_again(shop: Shop) -> None:
    """Deletes and undeletes in the org are followed."""
    pull_only(shop.context, shop.order(), full=False)
    lead = shop.make("Lead", LastName="Short", Company="Lived")
    shop.clock.advance(600)
    pull_only(shop.context, shop.order(), full=False)
    shop.ask("DELETE", f"sobjects/Lead/{lead}")
    shop.clock.advance(600)
    assert pull_only(shop.context, shop.order(), full=False).counts["deleted"] == 1
    record = shop.books().records.get("Lead", lead)
    assert record is not None and record.deleted


def test_a_full_pull_finds_deletes_that_no_window_told(shop: Shop) -> None:
    """A record that went while the mirror was away is found by the full pull, and one still there is kept."""
    pull_only(shop.context, shop.order(), full=False)
    lead = shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 LIMIT 1")[0]["Id"]
    shop.ask("DELETE", f"sobjects/Lead/{lead}")
    alive = shop.rows("SELECT count(*) AS n FROM Lead WHERE IsDeleted = 0")[0]["n"]
    pull_only(shop.context, shop.order(), full=True)
    assert shop.books().records.count("Lead") == alive


def test_a_field_the_org_lacks_is_named_before_anything_is_read(shop: Shop) -> None:
    """A misspelt field in settings is an error that says what was meant; nothing is pulled."""
    with pytest.raises(SettingsError) as caught:
        pull_only(shop.context, shop.order(targets=(Target("Lead", ("LastNme", "Company")),)), full=False)
    problem = caught.value.problems[0]
    assert "LastNme" in problem.message and "LastName" in problem.next
    assert problem.where.key == "sobjects.Lead.fields[0]"
    assert shop.books().schemas.names() == ()


def test_sync_brings_the_org_to_what_the_rules_want_and_a_second_one_does_nothing(shop: Shop) -> None:
    """After one sync the plan is empty, org and mirror agree, and a second sync changes nothing."""
    first = sync(shop.context, shop.order())
    assert first.exit == 0 and first.counts["applied"] == first.counts["planned"] > 40
    books = shop.books()
    for row in shop.rows("SELECT Id, Score__c, Grade__c FROM Lead WHERE IsConverted = 0 AND IsDeleted = 0"):
        record = books.records.get("Lead", row["Id"])
        assert record is not None
        assert (record.fields["Score__c"], record.fields["Grade__c"]) == (row["Score__c"], row["Grade__c"])
    shop.clock.advance(600)
    assert sync(shop.context, shop.order()).counts["planned"] == 0


def test_every_write_tells_the_org_not_to_run_its_assignment_rule(shop: Shop) -> None:
    """Each write carries Sforce-Auto-Assign: FALSE, so the org's own rule moves nobody's lead."""
    sync(shop.context, shop.order())
    writes = [call for method in ("POST", "PATCH", "DELETE") for call in shop.calls(method, "composite/sobjects")]
    writes = [call for call in writes if not (call["method"] == "POST" and call["path"].endswith("/Lead"))]
    assert writes
    assert {call["headers"].get("sforce-auto-assign") for call in writes} == {"FALSE"}


def test_a_plan_is_shown_without_writing_anything(shop: Shop) -> None:
    """Planning changes neither org nor mirror, and gives each change with before, after and reasons."""
    pull_only(shop.context, shop.order(), full=False)
    outcome, plan = show_plan(shop.context, shop.order())
    assert outcome.exit == 0 and plan.changes
    assert all(part.because for change in plan.changes for part in change.fields)
    assert shop.books().outbox.counts() == {}
    assert not shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL")


def test_what_is_not_approved_is_not_applied(shop: Shop) -> None:
    """Without approval the org stays as it is, and the exit code says that something was to be done."""
    outcome = sync(shop.context, shop.order(approve=no))
    assert (outcome.exit, outcome.state) == (4, "waiting")
    assert outcome.problems[0].next == "ask somebody else"
    assert not shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL")


def test_a_plan_over_the_brakes_is_held_and_says_which_setting_to_raise(shop: Shop) -> None:
    """A plan that overwrites more of other people's values than allowed is not applied at all."""
    for row in shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0"):
        shop.change("Lead", row["Id"], Score__c=1)
    outcome = sync(shop.context, shop.order(brakes=Brakes(overwrites=5)))
    assert outcome.exit == 4
    assert "brake allows 5" in outcome.problems[0].message and "overwrites" in outcome.problems[0].next
    assert shop.rows("SELECT DISTINCT Score__c FROM Lead WHERE IsConverted = 0") == [{"Score__c": 1}]


def test_a_baseline_takes_the_org_as_decided_until_something_changes(shop: Shop) -> None:
    """Right after a baseline the plan is empty and the org untouched; a changed record is planned again, alone."""
    pull_only(shop.context, shop.order(), full=False)
    assert baseline(shop.context, shop.order()).exit == 0
    assert show_plan(shop.context, shop.order())[1].changes == ()
    assert not shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL")
    lead = shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 AND Title NOT LIKE '%Chief%' LIMIT 1")[0]["Id"]
    shop.clock.advance(600)
    shop.change("Lead", lead, Title="Chief Executive Officer")
    shop.clock.advance(600)
    outcome = sync(shop.context, shop.order())
    assert outcome.counts["applied"] == 1
    assert [row["Id"] for row in shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL")] == [lead]


def test_a_record_changed_since_the_plan_is_left_alone_and_listed(shop: Shop) -> None:
    """Drift is refused record by record: the others are applied, and the exit code says that something was left."""
    pull_only(shop.context, shop.order(), full=False)
    _, plan = show_plan(shop.context, shop.order())
    lead = plan.changes[0].id or ""
    shop.change("Lead", lead, Score__c=77)
    outcome = plan_saved(shop.context, shop.order(), plan)
    assert (outcome.exit, outcome.counts["superseded"]) == (3, 1)
    assert outcome.counts["applied"] == len(plan.changes) - 1
    assert "Score__c is 77 in the org" in outcome.problems[0].message
    assert shop.rows("SELECT Score__c FROM Lead WHERE Id = ?", lead) == [{"Score__c": 77}]


def test_a_record_whose_reasons_changed_since_the_plan_is_left_alone(shop: Shop) -> None:
    """A saved score is not given to a lead whose title, which it was given for, is another by now; the rest is."""
    pull_only(shop.context, shop.order(), full=False)
    _, plan = show_plan(shop.context, shop.order())
    lead = plan.changes[0].id or ""
    shop.clock.advance(600)
    shop.change("Lead", lead, Title="Intern")
    shop.clock.advance(600)
    outcome = plan_saved(shop.context, shop.order(), plan)
    assert (outcome.exit, outcome.counts["rejected"]) == (3, 1)
    assert outcome.counts["applied"] == len(plan.changes) - 1
    assert "Title is Intern by now, the plan went by " in outcome.problems[0].message
    assert shop.rows("SELECT Score__c FROM Lead WHERE Id = ?", lead) == [{"Score__c": None}]


def test_a_plan_from_before_a_restore_is_not_applied(shop: Shop) -> None:
    """The journal that would tell what changed since is another one then: nothing is written, and a new plan needed."""
    pull_only(shop.context, shop.order(), full=False)
    _, plan = show_plan(shop.context, shop.order())
    with shop.context.mirror.writing() as books:
        books.decided.rename_journal("restored")
    for made in (plan, replace(plan, journal="restored", line=10**9)):
        with pytest.raises(PlanError, match="the mirror was restored, or made anew, since this plan was made"):
            plan_saved(shop.context, shop.order(), made)
    assert not shop.rows("SELECT Id FROM Lead WHERE Score__c IS NOT NULL")
    assert plan_saved(shop.context, shop.order(), show_plan(shop.context, shop.order())[1]).exit == 0


def test_a_saved_plan_comes_back_as_it_was(shop: Shop) -> None:
    """A plan kept in a file and read again is the same plan, and applying it twice changes nothing the second time."""
    pull_only(shop.context, shop.order(), full=False)
    _, plan = show_plan(shop.context, shop.order())
    path = shop.folder / "plan.json"
    write_plan(path, plan)
    assert path.stat().st_mode & 0o777 == 0o600
    again = read_plan(path, shop.books().schemas.get)
    assert again.changes == plan.changes
    assert plan_saved(shop.context, shop.order(), again).exit == 0
    second = plan_saved(shop.context, shop.order(), again)
    assert second.exit == 0
    assert {entry.message for entry in shop.books().outbox.entries(run=second.run)} == {"already so"}


def test_two_writing_commands_do_not_run_at_once(shop: Shop) -> None:
    """The second is told who writes and since when."""
    with shop.mirror.lease("writer", "import", 0.0), pytest.raises(LeaseHeld) as caught:
        pull_only(shop.context, shop.order(), full=False)
    assert "import" in str(caught.value)


def test_a_run_that_fails_says_so(shop: Shop) -> None:
    """A run that ends in an error is kept as failed, and moves no watermark."""
    shop.fault(
        {"status": 403, "body": '[{"errorCode":"API_DISABLED_FOR_ORG","message":"no"}]'},
        "/services/data/v62.0/sobjects/Lead/deleted",
        "GET",
    )
    with pytest.raises(LoginRefused):
        pull_only(shop.context, shop.order(targets=TARGETS[:1]), full=False)
    assert shop.books().runs.latest(1)[0].state == "failed"
    assert shop.books().watermarks.get("Lead") is None


def test_a_refused_record_is_a_dead_letter_and_the_others_are_applied(shop: Shop) -> None:
    """Records the org refuses do not keep the others back; they are listed with the org's own words."""
    pull_only(shop.context, shop.order(), full=False)
    no = {"code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "no scores on Tuesdays"}
    shop.fault({"partial": {"prob": 0.3, "codes": [no]}}, "/services/data", "PATCH")
    counts = apply_now(shop.context, shop.order()).counts
    assert 0 < counts["rejected"] < counts["planned"] == counts["rejected"] + counts["applied"]
    dead = shop.books().outbox.dead_letters()
    assert len(dead) == counts["rejected"]
    assert {(entry.code, entry.message, entry.state) for entry in dead} == {(*no.values(), EntryState.REJECTED)}
