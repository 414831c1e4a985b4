"""Promises of history and blame: what a record was at any time, and whose hand each value is from."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NoReturn

import pytest

from sfsync.audit.history import blame, history
from sfsync.audit.naming import moment
from sfsync.errors import OrgUnreachable, UsageError
from sfsync.records.values import from_plain, to_plain
from sfsync.salesforce.port import Org
from sfsync.sync.outcome import Outcome
from sfsync.sync.run import pull_only, sync
from tests.shop import NOW, Shop

pytestmark = pytest.mark.long

FIELDS = ("Title", "City", "NumberOfEmployees", "OwnerId", "Score__c", "Status")


def pulled(shop: Shop) -> None:
    """Bring the mirror up to date, ten minutes later."""
    shop.clock.advance(600)
    pull_only(shop.context, shop.order(), full=False)


def some_lead(shop: Shop) -> str:
    return str(shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 ORDER BY Id")[0]["Id"])


def told(shop: Shop, lead: str, at: datetime | None = None, ask: Callable[[], Org] | None = None) -> Outcome:
    """Tell a lead's history; the org is asked only where a test says so."""
    with shop.mirror.reading() as books:
        return history(books, ask, "Lead", lead, at)


def blamed(shop: Shop, lead: str, ask: Callable[[], Org] | None = None) -> dict[str, dict[str, Any]]:
    """Tell whose hand is in a lead's fields."""
    with shop.mirror.reading() as books:
        return {one["field"]: one for one in blame(books, ask, "Lead", lead).data["fields"]}


def tracked(shop: Shop, *fields: str) -> None:
    """Have the org keep a field history of its leads."""
    with shop.local.state.transaction():
        shop.local.state.set_setting("history_tracked", {"Lead": list(fields)})


def test_a_record_is_told_as_it_was_at_every_moment(shop: Shop) -> None:
    """Between any two changes, ours or theirs, history --at gives exactly what the org held then."""
    lead = some_lead(shop)
    pulled(shop)
    seen: list[tuple[datetime, dict[str, Any]]] = []
    changes: list[dict[str, object]] = [
        {"Title": "Chief"},
        {"City": "Gijón", "NumberOfEmployees": 12},
        {},
        {"Title": None},
        {"Title": "Chief", "City": "León"},
    ]
    for change in changes:
        shop.clock.advance(60)
        if change:
            shop.change("Lead", lead, **change)
            pulled(shop)
        else:
            sync(shop.context, shop.order())
        held = shop.rows(f"SELECT {', '.join(FIELDS)} FROM Lead WHERE Id = ?", lead)[0]
        seen.append((shop.clock.now(), held))
        shop.clock.advance(60)
    for at, held in seen:
        outcome = told(shop, lead, at)
        kinds = {name: shop.org.describe("Lead").fields[name].kind for name in FIELDS}
        expected = {name: to_plain(from_plain(kinds[name], held[name])) for name in FIELDS}
        assert {name: outcome.data["fields"][name] for name in FIELDS} == expected
        assert outcome.data["there"] and outcome.data["certain"] and outcome.problems == ()


def test_what_was_before_the_first_pull_is_not_claimed(shop: Shop) -> None:
    """For a time before the mirror knew the record nobody is sure, and that is said; before its creation it was not."""
    lead = some_lead(shop)
    pulled(shop)
    outcome = told(shop, lead, NOW)
    assert not outcome.data["certain"] and "knows this record since" in outcome.problems[0].message
    early = told(shop, lead, NOW - timedelta(days=4000)).data
    assert (early["there"], early["deleted"], early["fields"], early["certain"]) == (False, False, {}, True)


def test_a_record_made_later_is_known_since_the_pull_that_brought_it(shop: Shop) -> None:
    """What happened between its making and that pull nobody saw: neither history nor blame claims to know it."""
    pulled(shop)
    shop.clock.advance(60)
    lead = shop.make("Lead", LastName="Later", Company="Wool", City="León")
    made_at = shop.clock.now()
    shop.clock.advance(60)
    shop.change("Lead", lead, City="Oviedo")
    shop.clock.advance(60)
    pulled(shop)
    first_seen = shop.clock.now()
    shop.clock.advance(60)
    shop.change("Lead", lead, City="Gijón")
    pulled(shop)
    assert not told(shop, lead, made_at + timedelta(seconds=10)).data["certain"]
    then = told(shop, lead, first_seen + timedelta(seconds=10)).data
    assert then["certain"] and then["fields"]["City"] == "Oviedo"
    assert blamed(shop, lead)["Company"]["at"] == to_plain(first_seen)


def test_a_record_that_is_gone_was_there_before(shop: Shop) -> None:
    """After its delete a record is told as deleted, with what it held last; for an earlier time it is alive."""
    lead = some_lead(shop)
    pulled(shop)
    before = shop.clock.now()
    shop.clock.advance(600)
    shop.ask("DELETE", f"sobjects/Lead/{lead}")
    pulled(shop)
    now, then = told(shop, lead, shop.clock.now()).data, told(shop, lead, before).data
    assert (now["there"], now["deleted"], then["there"], then["deleted"]) == (False, True, True, False)
    assert now["fields"]["Company"] == then["fields"]["Company"]


def test_blame_names_run_rule_person_and_first_sight(shop: Shop) -> None:
    """Each field says whose its value is: a run's, with its reason, a person's, with the time, or as first seen."""
    pulled(shop)
    run = sync(shop.context, shop.order())
    lead = next(str(e.change.id) for e in shop.books().outbox.entries(run=run.run) if "Score__c" in e.change.after())
    shop.clock.advance(60)
    shop.change("Lead", lead, City="Oviedo")
    changed_at = shop.clock.now()
    pulled(shop)
    fields = blamed(shop, lead)
    score, city, company = fields["Score__c"], fields["City"], fields["Company"]
    assert (score["hand"], score["run"], score["command"]) == ("sfsync", run.run, "sync")
    assert score["because"] and all(reason.startswith("lead_") for reason in score["because"])
    assert (city["hand"], city["by"], city["at"]) == ("org", shop.user_id, to_plain(changed_at))
    assert (company["hand"], company["run"], company["by"]) == ("first sight", None, None)
    assert company["at"] == to_plain(shop.books().watermarks.first_complete_at("Lead"))
    assert not {"SystemModstamp", "Id"} & fields.keys()


def test_the_path_between_two_pulls_comes_from_the_orgs_field_history(shop: Shop) -> None:
    """What a pull saw as one step is told step by step, even where it ended as it began; else as one step."""
    tracked(shop, "Title", "City", "OwnerId")
    lead = some_lead(shop)
    first = shop.rows("SELECT Title, City FROM Lead WHERE Id = ?", lead)[0]
    pulled(shop)
    for title, city in (("A", "X"), ("B", "Y"), ("C", first["City"])):
        shop.clock.advance(60)
        shop.change("Lead", lead, Title=title, City=city)
    pulled(shop)
    assert [(line["field"], line["after"]) for line in told(shop, lead).data["history"]] == [("Title", "C")]
    lines = told(shop, lead, ask=lambda: shop.org).data["history"]
    titles = [(line["before"], line["after"]) for line in lines if line["field"] == "Title"]
    assert titles == [("B", "C"), ("A", "B"), (first["Title"], "A")]
    assert [line["after"] for line in lines if line["field"] == "City"] == [first["City"], "Y", "X"]
    assert {line["source"] for line in lines} == {"field history"} and {line["by"] for line in lines} == {shop.user_id}
    assert {line["run"] for line in lines if line["field"] == "Title"} == {2}
    between = moment(lines[-1]["at"]) + timedelta(seconds=1)
    then = told(shop, lead, between, ask=lambda: shop.org).data["fields"]
    assert (then["Title"], then["City"]) == ("A", "X")


def test_what_sfsync_wrote_is_told_once_with_its_reason(shop: Shop) -> None:
    """The field history repeats our own writes; they stay one line each, with run and reason. Owners are told by id."""
    tracked(shop, "Score__c", "OwnerId")
    pulled(shop)
    run = sync(shop.context, shop.order())
    written = {e.change.id: e.change.after() for e in shop.books().outbox.entries(run=run.run)}
    lead = next(str(key) for key, values in written.items() if {"Score__c", "OwnerId"} <= values.keys())
    pulled(shop)
    lines = told(shop, lead, ask=lambda: shop.org).data["history"]
    ours = [line for line in lines if line["field"] in ("Score__c", "OwnerId")]
    assert sorted(line["field"] for line in ours) == ["OwnerId", "Score__c"]
    assert {(line["origin"], line["run"], bool(line["because"])) for line in ours} == {("sfsync", run.run, True)}


def test_an_org_out_of_reach_leaves_what_the_mirror_knows(shop: Shop) -> None:
    """Without the org the journal is told all the same, and that the path between pulls is missing."""
    lead = some_lead(shop)
    pulled(shop)
    shop.change("Lead", lead, Title="Chief")
    pulled(shop)

    def unreachable() -> NoReturn:
        raise OrgUnreachable("the org cannot be reached", todo="check the network")

    outcome = told(shop, lead, ask=unreachable)
    assert [line["after"] for line in outcome.data["history"]] == ["Chief"]
    assert (outcome.exit, outcome.problems[0].next) == (0, "check the network")
    assert "path between pulls is missing" in outcome.problems[0].message


def test_a_time_that_is_yet_to_come_is_refused() -> None:
    """Nobody knows what a record will hold."""
    assert moment("2026-11-24", latest=NOW) < NOW
    with pytest.raises(UsageError, match="'2099-01-01' is yet to come"):
        moment("2099-01-01", latest=NOW)


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13-01"])
def test_a_time_that_is_none_is_refused_with_how_to_write_it(text: str) -> None:
    """What is no time is told with an example of one."""
    with pytest.raises(UsageError, match="is no moment") as caught:
        moment(text)
    assert "2026-11-24T12:00" in caught.value.problems[0].next
