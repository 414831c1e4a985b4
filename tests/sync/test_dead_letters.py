"""Promises of dead letters: mended and sent again, or refused with words before anything is sent."""

import pytest

from sfsync.audit.retry import retry
from sfsync.errors import MirrorError, UsageError
from sfsync.mirror.entries import EntryState
from sfsync.plan.brakes import Brakes
from sfsync.plan.policy import Policy
from sfsync.records.change import Action, Change, FieldChange
from sfsync.sync.guard import Guard
from sfsync.sync.outbox import cancel_entries, revive_entry
from tests.shop import Shop, yes


def dead(shop: Shop, *parts: FieldChange) -> tuple[int, str]:
    """Give a dead letter about a lead, and the lead."""
    lead = shop.make("Lead", LastName="Knit", Company="Wool")
    with shop.mirror.writing() as books:
        run = books.runs.start("sync", {})
        entry = books.outbox.add_rejected(
            run, Change(Action.UPDATE, "Lead", lead, parts), "STRING_TOO_LONG", "too long"
        )
        books.runs.finish(run, "partly", {})
    return entry, lead


def test_a_mended_value_is_sent_and_the_rest_goes_as_it_was(empty_shop: Shop) -> None:
    """The new entry points to the old one, holds the mended value with its reason, and is applied."""
    entry, lead = dead(empty_shop, FieldChange("Title", None, "x" * 200), FieldChange("Company", "Wool", "Linen"))
    outcome = revive_entry(empty_shop.context, entry, 0.0, {"title": "Weaver"})
    assert (outcome.exit, outcome.counts["applied"]) == (0, 1)
    row = empty_shop.rows("SELECT Title, Company FROM Lead WHERE Id = ?", lead)[0]
    assert row == {"Title": "Weaver", "Company": "Linen"}
    books = empty_shop.books()
    [new] = books.outbox.entries(run=outcome.run)
    assert (new.revives, new.change.fields[0].because) == (entry, ("mended by hand",))
    assert books.outbox.get(entry).state is EntryState.REJECTED  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("mend", "words"),
    [({"Titel": "x"}, "no field Titel"), ({"Fax": "1"}, "does not change Fax"), ({"Title": "y" * 200}, "holds 128")],
)
def test_what_cannot_be_mended_so_is_told_and_nothing_is_sent(
    empty_shop: Shop, mend: dict[str, str], words: str
) -> None:
    """A misspelt field, one the entry does not change, and a value the org will not take each say what is wrong."""
    entry, lead = dead(empty_shop, FieldChange("Title", None, "x" * 200))
    with pytest.raises(UsageError, match=words):
        revive_entry(empty_shop.context, entry, 0.0, mend)
    assert empty_shop.rows("SELECT Title FROM Lead WHERE Id = ?", lead) == [{"Title": None}]
    assert [one.id for one in empty_shop.books().outbox.dead_letters()] == [entry]


def test_a_dead_letter_is_not_sent_over_what_is_protected_by_now(empty_shop: Shop) -> None:
    """An entry goes as it is or not at all: `revive` refuses it with words, `retry` sends the run's others only."""
    entry, lead = dead(empty_shop, FieldChange("Title", None, "Weaver"), FieldChange("Fax", None, "2"))
    other = empty_shop.make("Lead", LastName="Knit", Company="Acme")
    free = Change(Action.UPDATE, "Lead", other, (FieldChange("Fax", None, "1"),))
    with empty_shop.mirror.writing() as books:
        run = books.outbox.get(entry).run  # type: ignore[union-attr]
        books.outbox.add_rejected(run, free, "UNABLE_TO_LOCK_ROW", "locked")
    shielded = {"Lead": Policy(protected=frozenset({"title"}))}
    with pytest.raises(UsageError, match="Title is protected"):
        revive_entry(empty_shop.context, entry, 0.0, {"Fax": "3"}, shielded)
    outcome = retry(empty_shop.context, run, Guard(Brakes(), yes, policies=shielded), 0.0)
    assert (outcome.exit, outcome.counts["applied"], outcome.counts["rejected"]) == (3, 1, 1)
    assert "Title is protected" in outcome.problems[0].message
    rows = empty_shop.rows("SELECT Id, Title, Fax FROM Lead WHERE Id IN (?, ?)", lead, other)
    assert {row["Id"]: (row["Title"], row["Fax"]) for row in rows} == {
        lead: (None, None), other: (None, "1"),
    }  # fmt: skip
    assert [one.id for one in empty_shop.books().outbox.dead_letters()] == [entry]


def test_a_dead_letter_can_be_let_be(empty_shop: Shop) -> None:
    """Cancelled it is a dead letter no more, cannot be sent again, and stays readable as what it was."""
    entry, lead = dead(empty_shop, FieldChange("Title", None, "x" * 200))
    outcome = cancel_entries(empty_shop.context, [entry], 0.0)
    assert (outcome.exit, outcome.counts["cancelled"]) == (0, 1)
    books = empty_shop.books()
    assert books.outbox.dead_letters() == []
    assert books.outbox.get(entry).state is EntryState.REJECTED  # type: ignore[union-attr]
    with pytest.raises(MirrorError, match="has been revived already"):
        revive_entry(empty_shop.context, entry, 0.0)
    with pytest.raises(UsageError, match="nothing to try again"):
        retry(empty_shop.context, 1, Guard(Brakes(), yes), 0.0)
    assert empty_shop.rows("SELECT Title FROM Lead WHERE Id = ?", lead) == [{"Title": None}]
