"""Promises of diff: mirror, org, earlier times and saved plans, held against each other record by record."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sfsync.audit.diff import diff
from sfsync.errors import FileError, UsageError
from sfsync.records.values import datetime_text
from sfsync.sync.outcome import Outcome
from sfsync.sync.plan_file import write_plan
from sfsync.sync.planning import show_plan
from sfsync.sync.run import apply_now, pull_only
from tests.shop import Shop

pytestmark = pytest.mark.long


@pytest.fixture
def pulled(shop: Shop) -> Shop:
    """A shop whose mirror is up to date."""
    pull(shop)
    return shop


def pull(shop: Shop) -> None:
    shop.clock.advance(600)
    pull_only(shop.context, shop.order(), full=False)


def compared(shop: Shop, a: str, b: str, *what: str) -> Outcome:
    """Compare two sides."""
    with shop.mirror.reading() as books:
        return diff(books, a, b, what, shop.clock.now(), shop.context)


def differing(outcome: Outcome) -> dict[str | None, Any]:
    """Give what differs by record: its fields with both values, or the side it is on."""
    return {
        one["id"]: one["only"] or {part["field"]: (part["a"], part["b"]) for part in one["fields"]}
        for one in outcome.data["differences"]
    }


def leads(shop: Shop, count: int) -> list[str]:
    """Give the ids of some leads that are not converted."""
    return [row["Id"] for row in shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 ORDER BY Id LIMIT ?", count)]


def now(shop: Shop) -> str:
    """Give a side that stands for the mirror as it is at this moment."""
    shop.clock.advance(1)
    at: datetime = shop.clock.now()
    shop.clock.advance(600)
    return f"mirror@{datetime_text(at)}"


def test_mirror_and_org_differ_in_just_what_moved_since_the_pull(pulled: Shop) -> None:
    """A change, a new record and a delete in the org each stand with their fields or their side; nothing else does."""
    assert differing(compared(pulled, "mirror", "org")) == {}
    changed, deleted = leads(pulled, 2)
    title = pulled.rows("SELECT Title FROM Lead WHERE Id = ?", changed)[0]["Title"]
    pulled.clock.advance(5)
    pulled.change("Lead", changed, Title="Chief Knitter")
    pulled.ask("DELETE", f"sobjects/Lead/{deleted}")
    made = pulled.make("Lead", LastName="New", Company="Wool")
    found = differing(compared(pulled, "mirror", "org"))
    assert found.keys() == {changed, deleted, made}
    assert (found[deleted], found[made], found[changed]["Title"]) == ("a", "b", (title, "Chief Knitter"))
    assert found[changed].keys() - {"SystemModstamp", "LastModifiedDate", "LastModifiedById"} == {"Title"}
    turned = differing(compared(pulled, "org", "mirror"))
    assert (turned[deleted], turned[made], turned[changed]["Title"]) == ("b", "a", ("Chief Knitter", title))


def test_an_earlier_time_is_told_by_the_journal(pulled: Shop) -> None:
    """Of several changes first and last count; what came back to its value does not differ; new and gone stand."""
    changed, restless, deleted = leads(pulled, 3)
    was = pulled.rows("SELECT Title, City FROM Lead WHERE Id = ?", changed)[0]
    home = pulled.rows("SELECT City FROM Lead WHERE Id = ?", restless)[0]["City"]
    then = now(pulled)
    pulled.change("Lead", changed, Title="One")
    pulled.change("Lead", restless, City="Elsewhere")
    pull(pulled)
    middle = now(pulled)
    pulled.change("Lead", changed, Title="Two", City="Lugo")
    pulled.change("Lead", restless, City=home)
    pulled.ask("DELETE", f"sobjects/Lead/{deleted}")
    made = pulled.make("Lead", LastName="New", Company="Wool")
    pull(pulled)
    found = differing(compared(pulled, then, "mirror", "Lead"))
    assert found[changed] == {"Title": (was["Title"], "Two"), "City": (was["City"], "Lugo")}
    assert (found[deleted], found[made]) == ("a", "b")
    assert found.keys() == {changed, deleted, made}
    assert differing(compared(pulled, then, middle, "Lead")) == {
        changed: {"Title": (was["Title"], "One")},
        restless: {"City": (home, "Elsewhere")},
    }
    assert differing(compared(pulled, "mirror", middle.removeprefix("mirror@"), f"Lead/{changed}")) == {
        changed: {"Title": ("Two", "One"), "City": ("Lugo", was["City"])}
    }
    assert differing(compared(pulled, now(pulled), "org")) == {}


def test_a_saved_plan_stands_for_what_it_would_make(pulled: Shop, tmp_path: Path) -> None:
    """Before it is applied every change of the plan differs from mirror and org; afterwards none does."""
    file = tmp_path / "plan.json"
    plan = show_plan(pulled.context, pulled.order())[1]
    write_plan(file, plan)
    expected = {c.id: {p.field: (p.after, p.before) for p in c.fields} for c in plan.changes}
    for other in ("mirror", "org"):
        found = differing(compared(pulled, str(file), other))
        assert {key: set(fields) for key, fields in found.items()} == {k: set(v) for k, v in expected.items()}
    assert compared(pulled, str(file), str(file)).data["differences"] == []
    apply_now(pulled.context, pulled.order())
    for other in ("mirror", "org"):
        assert differing(compared(pulled, other, str(file))) == {}


def test_only_what_is_named_is_compared(pulled: Shop) -> None:
    """Records and sObjects that are named are compared, in any spelling, and the org is asked for no more than them."""
    one, other = leads(pulled, 2)
    for lead in (one, other):
        pulled.change("Lead", lead, Title="Changed")
    before = len(pulled.calls(path="/query"))
    found = compared(pulled, "mirror", "org", f"lead/{one[:15]}")
    assert (list(differing(found)), found.counts["compared"]) == ([one], 1)
    assert len(pulled.calls(path="/query")) == before
    assert differing(compared(pulled, "mirror", "org", "account")) == {}


def test_a_time_before_the_first_pull_is_told_with_its_limits(pulled: Shop) -> None:
    """The journal begins with the first pull; a comparison with an earlier time says so for each sObject."""
    outcome = compared(pulled, "2026-11-24", "mirror", "Lead", "Account")
    assert [problem.where.sobject for problem in outcome.problems] == ["Lead", "Account"]
    assert all("the mirror knows it since" in problem.message for problem in outcome.problems)
    assert all("and nothing from before" in problem.message for problem in outcome.problems)


@pytest.mark.parametrize("side", ["mirror@2026-11-25", "2026-11-24T14:00+01:00"])
def test_a_time_that_is_yet_to_come_is_refused(pulled: Shop, side: str) -> None:
    """Nobody knows what the mirror will hold; up to this very second it is known."""
    pulled.clock.set(datetime(2026, 11, 24, 12, 59, 59, tzinfo=UTC))
    with pytest.raises(UsageError, match="yet to come"):
        compared(pulled, "mirror", side)
    compared(pulled, "mirror", "2026-11-24T12:59:59Z")


@pytest.mark.parametrize(
    "side", ["mirrors", "mirror@noon", "mirror@", "mirror@2026-02-30", "0001-01-01T00:00+14:00", "no/such/file.json"]
)
def test_a_side_that_is_nothing_is_refused_with_what_there_is(pulled: Shop, side: str) -> None:
    """A misspelt side is a mistake of usage, with the sides there are."""
    with pytest.raises(UsageError) as caught:
        compared(pulled, side, "mirror")
    assert "2026-11-24T12:00" in caught.value.problems[0].next


def test_a_file_that_is_no_plan_is_refused(pulled: Shop, tmp_path: Path) -> None:
    """Any other file is told from a plan."""
    (tmp_path / "leads.csv").write_text("Id,Title\n")
    with pytest.raises(FileError, match="is no plan"):
        compared(pulled, str(tmp_path / "leads.csv"), "mirror")
