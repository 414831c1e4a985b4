"""Promises of verify: every kind of difference between mirror and org is found, told, and healed."""

from collections.abc import Callable

import pytest

from sfsync.audit.verify import verify
from sfsync.errors import MirrorError, UsageError
from sfsync.mirror.driver import driver
from sfsync.sync.context import Target
from sfsync.sync.outcome import Outcome
from sfsync.sync.run import pull_only, sync
from tests.shop import TARGETS, Shop
from tests.sync.pulling import happen

pytestmark = pytest.mark.long


@pytest.fixture
def pulled(shop: Shop) -> Shop:
    """A shop whose mirror is up to date."""
    pull_only(shop.context, shop.order(), full=False)
    return shop


def look(shop: Shop, level: int, *, heal: bool = False) -> Outcome:
    """Verify at a level."""
    return verify(shop.context, level, heal=heal, wait_seconds=0.0)


def some_lead(shop: Shop, place: int = 0) -> str:
    """Give the id of a lead that is not converted."""
    return str(shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 ORDER BY Id LIMIT 1 OFFSET ?", place)[0]["Id"])


def in_mirror(shop: Shop, statement: str, *values: object) -> None:
    """Do something to the mirror behind its back."""
    assert shop.mirror.writer is not None
    with shop.mirror.writer.begin() as connection:
        driver(connection).execute(statement, values)


def in_org(shop: Shop, statement: str, *values: object) -> None:
    """Do something to the org behind its back: no stamp moves."""
    with shop.local.state.transaction():
        shop.local.state.run(statement, values)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", [2, 3])
def test_a_text_is_as_the_mirror_keeps_it(shop: Shop, level: int) -> None:
    """A NUL in the org is no difference, though PostgreSQL keeps another character for it; any other change is one."""
    lead = shop.make("Lead", LastName="Nul", Company="Wool")
    in_org(shop, "UPDATE Lead SET Title = ? WHERE Id = ?", "Chief\0 1", lead)
    pull_only(shop.context, shop.order(), full=False)
    assert look(shop, level).counts["differences"] == 0
    in_org(shop, "UPDATE Lead SET Title = ? WHERE Id = ?", "Chief\0 2", lead)
    assert look(shop, level).counts["differences"] == (1 if level == 3 else 0)


def made_in_org(shop: Shop) -> str:
    return shop.make("Lead", LastName="New", Company="Wool")


def deleted_in_org(shop: Shop) -> str:
    lead = some_lead(shop)
    shop.ask("DELETE", f"sobjects/Lead/{lead}")
    return lead


def changed_in_org(shop: Shop) -> str:
    lead = some_lead(shop)
    shop.clock.advance(5)
    shop.change("Lead", lead, Title="Chief Knitter")
    return lead


def changed_without_a_stamp(shop: Shop) -> str:
    lead = some_lead(shop)
    in_org(shop, "UPDATE Lead SET City = 'Drifted' WHERE Id = ?", lead)
    return lead


def lost_from_mirror(shop: Shop) -> str:
    lead = some_lead(shop)
    in_mirror(shop, 'DELETE FROM "Lead" WHERE "Id" = ?', lead)
    return lead


def buried_in_mirror(shop: Shop) -> str:
    lead = some_lead(shop)
    in_mirror(shop, 'UPDATE "Lead" SET _deleted = 1 WHERE "Id" = ?', lead)
    return lead


def changed_in_mirror(shop: Shop) -> str:
    lead = some_lead(shop)
    in_mirror(shop, 'UPDATE "Lead" SET "Company" = NULL WHERE "Id" = ?', lead)
    return lead


DRIFTS: dict[Callable[[Shop], str], int] = {
    made_in_org: 1,
    deleted_in_org: 1,
    lost_from_mirror: 1,
    buried_in_mirror: 1,
    changed_in_org: 1,
    changed_without_a_stamp: 3,
    changed_in_mirror: 3,
}  # the lowest level that finds each


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_mirror_that_is_the_org_has_no_differences(pulled: Shop, level: int) -> None:
    """Right after a pull, and after a sync, every level finds nothing and ends well."""
    assert (look(pulled, level).exit, look(pulled, level).counts["differences"]) == (0, 0)
    sync(pulled.context, pulled.order())
    outcome = look(pulled, level)
    assert (outcome.exit, outcome.counts["differences"], outcome.problems) == (0, 0, ())
    assert outcome.counts["records"] == sum(one["org"] for one in outcome.data["sobjects"]) > 60


@pytest.mark.parametrize("plant", DRIFTS)
def test_every_kind_of_drift_is_found_at_its_level_and_healed(pulled: Shop, plant: Callable[[Shop], str]) -> None:
    """Counts, stamps and fields each find what they can; healing pulls just what differs, and then all agrees."""
    lead = plant(pulled)
    for level in (1, 2, 3):
        outcome = look(pulled, level)
        found = level >= DRIFTS[plant]
        assert (outcome.exit, outcome.counts["differences"]) == ((3, 1) if found else (0, 0))
        if found and level > 1:
            assert outcome.problems[0].where.id == lead
            assert outcome.problems[0].next == "pull, or verify with --heal"
    healed = look(pulled, 3, heal=True)
    assert (healed.exit, healed.counts["differences"], healed.counts["left"], healed.problems) == (0, 1, 0, ())
    assert look(pulled, 3).counts["differences"] == 0
    assert look(pulled, 3, heal=True).counts["healed"] == 0


def test_every_field_is_told_with_both_values(pulled: Shop) -> None:
    """Level 3 names record and field, and what org and mirror hold of it."""
    lead = changed_without_a_stamp(pulled)
    in_org(pulled, "UPDATE Lead SET NumberOfEmployees = 7777 WHERE Id = ?", lead)
    outcome = look(pulled, 3)
    told = {problem.where.field: problem.message for problem in outcome.problems}
    assert set(told) == {"City", "NumberOfEmployees"}
    assert told["City"].startswith("Drifted in the org, ") and told["NumberOfEmployees"].startswith("7777 in the org, ")
    differing = next(one for one in outcome.data["sobjects"] if one["sobject"] == "Lead")["differing"]
    assert [(one["id"], sorted(one["fields"])) for one in differing] == [(lead, ["City", "NumberOfEmployees"])]


def test_a_thousand_drifts_are_all_found_and_healed_at_once(pulled: Shop) -> None:
    """However many records drifted, each is found, and one healing mends them all."""
    in_mirror(pulled, 'UPDATE "Lead" SET "LastName" = \'Drift\'')
    leads = pulled.rows("SELECT count(*) AS n FROM Lead WHERE IsDeleted = 0")[0]["n"]
    assert look(pulled, 3).counts["differences"] == leads
    assert look(pulled, 3, heal=True).counts["healed"] == leads
    assert look(pulled, 3).exit == 0


def test_what_is_purged_is_healed_where_the_org_proves_it(pulled: Shop) -> None:
    """A record in neither bin nor log of deletes is buried where the org holds no more than it shows."""
    lead = some_lead(pulled)
    in_org(pulled, "DELETE FROM Lead WHERE Id = ?", lead)
    outcome = look(pulled, 2, heal=True)
    assert (outcome.exit, outcome.counts["healed"], outcome.counts["left"]) == (0, 1, 0)
    record = pulled.books().records.get("Lead", lead)
    assert record is not None and record.deleted


def test_what_cannot_be_healed_is_said_so(pulled: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the org holds more than it shows nothing is taken for deleted; verify ends with what is left, and a way."""
    lead = some_lead(pulled)
    in_org(pulled, "DELETE FROM Lead WHERE Id = ?", lead)
    monkeypatch.setattr("sfsync.audit.verify.is_proven", lambda *_, **__: False)
    outcome = look(pulled, 2, heal=True)
    assert (outcome.exit, outcome.counts["left"]) == (3, 1)
    assert outcome.problems[0].where.id == lead and "sfsync pull --full" in outcome.problems[0].next
    record = pulled.books().records.get("Lead", lead)
    assert record is not None and not record.deleted


def test_looking_writes_nothing_and_healing_is_a_run(pulled: Shop) -> None:
    """Without --heal neither mirror nor runs change; with it there is a run, and the journal says what was mended."""
    lead = changed_in_mirror(pulled)
    before = len(pulled.books().runs.latest(100))
    assert look(pulled, 3).run is None
    healed = look(pulled, 3, heal=True)
    books = pulled.books()
    assert len(books.runs.latest(100)) == before + 1
    lines = list(books.journal.of_run(healed.run or 0))
    assert [(line.record_id, line.field, line.origin) for line in lines] == [(lead, "Company", "org")]


@pytest.mark.parametrize("what", ["hide", "drop"])
@pytest.mark.parametrize("noticed", [False, True])
def test_a_field_the_org_does_not_show_is_not_called_the_same(pulled: Shop, what: str, noticed: bool) -> None:
    """A wanted field that is hidden or dropped is named, whether or not a pull has noticed: nothing is known of it."""
    happen(pulled, {"schema": {"do": what, "sobject": "Lead", "field": "Score__c"}})
    if noticed:
        pull_only(pulled.context, pulled.order(), full=False)
    in_mirror(pulled, 'UPDATE "Lead" SET "Score__c" = 7')
    for heal in (False, True):
        outcome = verify(pulled.context, 3, heal=heal, wait_seconds=0.0, targets=TARGETS)
        assert (outcome.exit, outcome.counts["differences"]) == (3, 0)
        assert [(one.where.field, "not compared" in one.message) for one in outcome.problems] == [("Score__c", True)]


@pytest.mark.parametrize("mend", ["verify", "pull --full"])
def test_what_is_no_value_of_its_field_is_a_difference(pulled: Shop, mend: str) -> None:
    """Junk that something else wrote to the mirror is told with record and field, found, mended, and journaled."""
    if not pulled.mirror.holds_nul:
        pytest.skip("PostgreSQL's columns take no such values")
    lead = some_lead(pulled)
    in_org(pulled, "UPDATE Lead SET NumberOfEmployees = 12 WHERE Id = ?", lead)
    in_mirror(pulled, 'UPDATE "Lead" SET "AnnualRevenue" = ?, "NumberOfEmployees" = ? WHERE "Id" = ?', "1x", "2y", lead)
    with pytest.raises(MirrorError, match="'1x' is not a number") as caught:
        pulled.books().records.get("Lead", lead)
    assert [str(one.where) for one in caught.value.problems] == [
        f"Lead/{lead}.AnnualRevenue", f"Lead/{lead}.NumberOfEmployees",
    ]  # fmt: skip
    assert "verify --level 3 --heal" in caught.value.problems[0].next
    found = look(pulled, 3)
    assert (found.exit, found.counts["differences"]) == (3, 1)
    assert {"12 in the org, 2y in the mirror"} <= {one.message for one in found.problems}
    if mend == "verify":
        assert look(pulled, 3, heal=True).exit == 0
    else:
        assert pull_only(pulled.context, pulled.order(), full=True).exit == 0
    assert look(pulled, 3).exit == 0
    lines = pulled.books().journal.of_record("Lead", lead, 10)
    assert {(line.field, line.before) for line in lines} >= {("NumberOfEmployees", None)}


@pytest.mark.parametrize("junk", ["rubbish", "2026-13-45T00:00:00.000Z", b"\xff"])
@pytest.mark.parametrize("stamp", ["CreatedDate", "SystemModstamp"])
def test_a_stamp_that_is_none_is_a_difference_of_its_day(pulled: Shop, stamp: str, junk: object) -> None:
    """Level 1 tells a day in which something else wrote a stamp that is no time, and ends as with any difference."""
    if not pulled.mirror.holds_nul:
        pytest.skip("PostgreSQL's columns take no such values")
    in_mirror(pulled, f'UPDATE "Lead" SET "{stamp}" = ? WHERE "Id" = ?', junk, some_lead(pulled))
    assert (look(pulled, 1).exit, look(pulled, 1).counts["differences"]) == (3, 1)
    assert look(pulled, 3, heal=True).exit == 0
    assert look(pulled, 1).exit == 0


@pytest.mark.parametrize("mend", ["verify", "pull --full"])
def test_a_record_whose_id_is_none_is_mended(pulled: Shop, mend: str) -> None:
    """Where something else wrote an id that is none the org is not asked for it; it goes, the record comes again."""
    in_mirror(pulled, 'UPDATE "Lead" SET "Id" = \'nonsense\' WHERE "Id" = ?', some_lead(pulled))
    assert (look(pulled, 2).exit, look(pulled, 2).counts["differences"]) == (3, 2)
    if mend == "verify":
        assert look(pulled, 2, heal=True).exit == 0
    else:
        assert pull_only(pulled.context, pulled.order(), full=True).exit == 0
    assert look(pulled, 3).exit == 0


def test_an_empty_mirror_is_not_called_the_same(shop: Shop) -> None:
    """Before the first pull there is nothing to compare, and that is said, with the next step."""
    with pytest.raises(UsageError, match="nothing is mirrored yet") as caught:
        look(shop, 1)
    assert "sfsync pull" in caught.value.problems[0].next


def test_what_settings_no_longer_ask_for_is_not_compared(pulled: Shop) -> None:
    """No pull brings it up to date any more, so that it would differ for ever."""
    changed_in_org(pulled)
    assert look(pulled, 2).exit == 3
    others = [target for target in pulled.order().targets if target.sobject != "Lead"]
    outcome = verify(pulled.context, 2, heal=False, wait_seconds=0.0, targets=others)
    assert outcome.exit == 0
    assert {one["sobject"] for one in outcome.data["sobjects"]} == {one.sobject for one in others} | {"User", "Group"}


@pytest.mark.parametrize("level", [1, 3])
def test_what_was_never_pulled_is_not_called_the_same(pulled: Shop, level: int) -> None:
    """An sObject that settings ask for and no pull has brought is named, with exit code 3."""
    asked = [*pulled.order().targets, Target("Campaign", ("Name",))]
    outcome = verify(pulled.context, level, heal=False, wait_seconds=0.0, targets=asked)
    assert (outcome.exit, outcome.counts["differences"]) == (3, 0)
    (problem,) = outcome.problems
    assert problem.where is not None and problem.where.sobject == "Campaign" and "sfsync pull" in problem.next
