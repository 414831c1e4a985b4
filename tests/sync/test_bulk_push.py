"""Promises of pushes by Bulk jobs, when all goes well and when rows do not."""

from collections.abc import Iterator

import pytest

from sfsync.mirror.entries import EntryState
from sfsync.records.change import Action, Change, FieldChange
from sfsync.sync.context import Context, Silence, Target
from sfsync.sync.run import pull_only, sync
from tests.shop import TARGETS, Shop
from tests.sync.bulky import (
    Meddling,
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


@pytest.fixture
def bulky(shop: Shop) -> Iterator[Shop]:
    """A shop of 60 leads, pulled, whose changes go by Bulk jobs from two on."""
    with pushed_in_bulk(shop) as bulky:
        yield bulky


def test_many_changes_go_by_one_job_each_with_its_outcome(bulky: Shop) -> None:
    """One job carries all changes of a kind; every entry ends, mirror and org agree, each is told once."""
    outcome = push(bulky, updates(bulky, "Title", "Knitter"))
    ids = leads(bulky)
    assert (outcome.exit, outcome.counts["applied"]) == (0, len(ids))
    assert len(bulky.calls("POST", "/jobs/ingest")) == 1 and bulky.calls("PATCH", "/composite") == []
    assert {row["Title"] for row in bulky.rows("SELECT Title FROM Lead WHERE IsConverted = 0")} == {"Knitter"}
    written_once(bulky, "Title", ids)
    nothing_is_owed(bulky)


def test_a_job_runs_no_assignment_rule(bulky: Shop) -> None:
    """No job carries an assignmentRuleId."""
    push(bulky, updates(bulky, "Title", "Knitter"))
    jobs = bulky.ask("GET", "jobs/ingest")["records"]
    assert jobs and all("assignmentRuleId" not in job for job in jobs)


def test_a_sync_by_jobs_ends_as_one_by_collections(bulky: Shop) -> None:
    """What the rules want is in the org after one sync, and a second one has nothing to do."""
    first = sync(bulky.context, bulky.order())
    assert first.exit == 0 and first.counts["applied"] == first.counts["planned"] > 40
    bulky.clock.advance(600)
    assert sync(bulky.context, bulky.order()).counts["planned"] == 0
    assert len(bulky.calls("POST", "/jobs/ingest")) >= 1


def test_an_emptied_field_is_empty_and_an_untouched_one_stays(bulky: Shop) -> None:
    """Null empties a field; a field that only another record's change names is left alone."""
    one, other, *_ = leads(bulky)
    bulky.change("Lead", one, Title="Out", City="Ulm")
    bulky.change("Lead", other, Title="Stays", City="Ulm")
    bulky.clock.advance(600)
    pull_only(bulky.context, bulky.order(), full=False)
    first = Change(Action.UPDATE, "Lead", one, (FieldChange("Title", "Out", None),))
    second = Change(Action.UPDATE, "Lead", other, (FieldChange("City", "Ulm", "Jena"),))
    push(bulky, (first, second))
    found = bulky.rows("SELECT Title, City FROM Lead WHERE Id IN (?, ?) ORDER BY Id", one, other)
    assert found == [{"Title": None, "City": "Ulm"}, {"Title": "Stays", "City": "Jena"}]


@pytest.mark.parametrize("text", ["#N/A", " #n/a ", "x" * 32_001])
def test_what_a_csv_cannot_say_goes_another_way(bulky: Shop, text: str) -> None:
    """The very text #N/A, and text too long for a cell, reach the record all the same, or are refused by name."""
    changes = list(updates(bulky, "Description", "plain"))
    odd = changes[0]
    changes[0] = Change(Action.UPDATE, "Lead", odd.id, (FieldChange("Description", None, text),))
    push(bulky, tuple(changes))
    held = bulky.rows("SELECT Description FROM Lead WHERE Id = ?", str(odd.id))[0]["Description"]
    assert held == text.strip() or states(bulky).get("REJECTED") == 1
    assert states(bulky)["APPLIED"] >= len(changes) - 1
    nothing_is_owed(bulky)


@pytest.mark.parametrize("mirrored", [True, False])
def test_what_somebody_changed_since_is_left_alone(bulky: Shop, mirrored: bool) -> None:
    """A record that is no longer as planned is superseded, one that is so already is taken as done, by a job too."""
    field = "Title" if mirrored else "Fax"  # the mirror holds no fax numbers: then the records are read
    changes = updates(bulky, field, "Ours")
    theirs, same, gone = (str(change.id) for change in changes[:3])
    bulky.change("Lead", theirs, **{field: "Theirs"})
    bulky.change("Lead", same, **{field: "Ours"})
    bulky.ask("DELETE", f"sobjects/Lead/{gone}")
    outcome = push(bulky, changes)
    assert outcome.exit == 3
    assert states(bulky) == {"APPLIED": len(changes) - 2, "SUPERSEDED": 2}
    assert bulky.rows(f"SELECT {field} FROM Lead WHERE Id = ?", theirs)[0][field] == "Theirs"
    with bulky.mirror.reading() as books:
        assert [line.origin for line in books.journal.of_record("Lead", same) if line.field == field] != ["sfsync"]


def test_a_change_by_somebody_after_the_look_is_not_hidden(bulky: Shop) -> None:
    """A record that changes between the look and the job is written as planned; the next pull tells of both."""
    lead = leads(bulky)[0]
    org = Meddling(bulky, "start_ingest", lambda: bulky.change("Lead", lead, City="Elsewhere"))
    context = Context(org, bulky.mirror, bulky.clock, Silence())
    assert push(bulky, updates(bulky, "Title", "Knitter"), context).exit == 0
    bulky.clock.advance(600)
    pull_only(bulky.context, bulky.order(), full=False)
    record = bulky.books().records.get("Lead", lead)
    assert record is not None and (record.fields["City"], record.fields["Title"]) == ("Elsewhere", "Knitter")


def test_refused_rows_are_told_one_by_one_and_do_not_stop_the_rest(bulky: Shop) -> None:
    """A row the org will never take is REJECTED with its code and message; all others are applied."""
    ids = leads(bulky)
    picked = ids[3]
    changes = [*updates(bulky, "Title", "Knitter")]
    changes[3] = Change(
        Action.UPDATE, "Lead", picked, (FieldChange("Email", held(bulky, picked, "Email"), 'a "b"\nc'),)
    )
    outcome = push(bulky, tuple(changes))
    assert (outcome.exit, outcome.counts["applied"], outcome.counts["rejected"]) == (3, len(ids) - 1, 1)
    entry = bulky.books().outbox.entries(states=[EntryState.REJECTED])[0]
    assert (entry.code, entry.change.id) == ("INVALID_EMAIL_ADDRESS", picked) and entry.message


def test_rows_that_were_locked_are_sent_again_and_no_others(bulky: Shop) -> None:
    """UNABLE_TO_LOCK_ROW is tried again until it passes; what was taken at once is written once."""
    bulky.fault({"partial": {"prob": 0.3, "codes": ["UNABLE_TO_LOCK_ROW"]}}, "/services/data", "GET", times=4)
    outcome = push(bulky, updates(bulky, "Title", "Knitter"))
    assert (outcome.exit, outcome.counts["applied"]) == (0, len(leads(bulky)))
    with bulky.mirror.reading() as books:
        tries = {entry.attempts for entry in books.outbox.entries()}
    assert {1, 2} <= tries and max(tries) < 5
    written_once(bulky, "Title", leads(bulky))


def test_batches_that_lock_one_parent_end_with_everything_applied(shop: Shop) -> None:
    """Contacts of one account in batches side by side: those the org refuses are sent again, and nothing is lost."""
    with shop.local.state.transaction():
        shop.local.state.set_setting("bulk_batches_side_by_side", True)
        shop.local.state.set_setting("bulk_batch_rows", 3)
    hot, cold = shop.make("Account", Name="Hot"), shop.make("Account", Name="Cold")
    contacts = [shop.make("Contact", LastName=f"C{place}", AccountId=(hot, cold)[place % 2]) for place in range(20)]
    with pushed_in_bulk(shop, (*TARGETS, Target("Contact", ("LastName", "Title", "AccountId")))):
        title = (FieldChange("Title", None, "Knitter", ("because",)),)
        outcome = push(shop, tuple(Change(Action.UPDATE, "Contact", one, title) for one in contacts))
    assert (outcome.exit, outcome.counts["applied"]) == (0, 20)
    assert {row["Title"] for row in shop.rows("SELECT Title FROM Contact WHERE AccountId IN (?, ?)", hot, cold)} == {
        "Knitter"
    }
    assert max(entry.attempts for entry in shop.books().outbox.entries()) > 1


def test_results_in_any_order_reach_their_own_entries(bulky: Shop) -> None:
    """Shuffled results under headers in lower case are joined by key, never by place."""
    bulky.fault("shuffle_results", "/services/data", "GET")
    changes = updates(bulky, "Title", *(f"Number {place}" for place in range(100)))
    assert push(bulky, changes).exit == 0
    books = bulky.books()
    for change in changes:
        record = books.records.get("Lead", str(change.id))
        assert record is not None
        assert record.fields["Title"] == change.after()["Title"] == held(bulky, record.id, "Title")
