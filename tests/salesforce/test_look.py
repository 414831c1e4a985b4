"""Promises of looking whether anything moved: one call, for several sObjects, and nothing overlooked."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from sfsync.errors import IncompleteAnswer, OrgRefused, OrgUnreachable
from sfsync.salesforce.look_calls import calls_for
from sfsync.salesforce.port import Look, Moved
from tests.salesforce.conftest import DATA, Faked
from tests.shop import NOW, Shop

AGO = NOW - timedelta(minutes=30)
SOME = ("Lead", "Account", "Contact", "Opportunity", "User", "Group")


def looks(*sobjects: str, since: datetime = AGO, described_at: datetime | None = None) -> list[Look]:
    """Look at these."""
    return [Look(one, since, since + timedelta(minutes=30), described_at or since) for one in sobjects]


def look(shop: Shop, *sobjects: str, roughly: tuple[str, ...] = ("User", "Group")) -> dict[str, Moved]:
    """Look at these, ten minutes later; at some of them roughly."""
    shop.clock.advance(600)
    now = shop.clock.now()
    asked = [Look(one, NOW + timedelta(seconds=60), now, now, exact=one not in roughly) for one in sobjects]
    return dict(zip(sobjects, shop.org.look(asked), strict=True))


def test_six_sobjects_take_one_call(shop: Shop) -> None:
    """Schemas, deletes and changes of six sObjects are asked for at once, and the call is one that reads."""
    shop.org.identity()
    before = len(shop.calls())
    found = look(shop, *SOME)
    assert [call["path"] for call in shop.calls()[before:]] == ["/services/data/v62.0/composite"]
    assert all(moved.records == 0 and moved.deleted.ids == () for moved in found.values())
    assert all(moved.schema is None for moved in found.values())


def test_what_moved_is_counted_deleted_records_too(shop: Shop) -> None:
    """A change, a new record and a delete are three; the others did not move."""
    changed, gone = (row["Id"] for row in shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 LIMIT 2"))
    shop.clock.advance(120)
    shop.change("Lead", changed, Title="Other")
    shop.make("Lead", LastName="New", Company="Born")
    shop.ask("DELETE", f"sobjects/Lead/{gone}")
    found = look(shop, "Lead", "Account")
    assert (found["Lead"].records, found["Account"].records) == (3, 0)
    assert [record_id for record_id, _ in found["Lead"].deleted.ids] == [gone]
    assert found["Lead"].deleted.covered_until <= shop.clock.now()


def test_beyond_the_fifth_whole_minutes_are_looked_at_where_they_will_do(shop: Shop) -> None:
    """The sixth sObject is asked after without a query, and is not covered further than that sees."""
    user = shop.rows("SELECT Id FROM User LIMIT 1")[0]["Id"]
    shop.clock.advance(120)
    shop.change("User", user, LastName="Renamed")
    found = look(shop, "Lead", "Account", "Contact", "Opportunity", "Group", "User")
    assert found["User"].records == 1
    assert found["User"].deleted.covered_until.second == 0


def test_what_moved_a_moment_ago_is_seen_of_every_sobject(shop: Shop) -> None:
    """Beyond the fifth too, for one call more: to the second."""
    shop.org.identity()
    lead = shop.rows("SELECT Id FROM Lead WHERE IsConverted = 0 LIMIT 1")[0]["Id"]
    shop.clock.advance(600 + 11)
    shop.change("Lead", lead, Title="Other")
    before, now = len(shop.calls()), shop.clock.now()
    names = ("Account", "Contact", "Opportunity", "Task", "Campaign", "Group", "Lead")
    asked = [Look(one, now - timedelta(seconds=30), now, now, exact=one != "Group") for one in names]
    assert [moved.records for moved in shop.org.look(asked)] == [0, 0, 0, 0, 0, 0, 1]
    assert len(shop.calls()) == before + 2


def test_looks_are_shared_out_to_as_few_calls_as_hold_them() -> None:
    """Each look goes once, five exact ones to a call and eight in all at most."""
    for exact, roughly in product(range(12), range(12)):
        asked = [replace(one, exact=place < exact) for place, one in enumerate(looks(*"x" * (exact + roughly)))]
        for order in (asked, asked[::-1]):
            calls = calls_for(order)
            assert sorted(place for call in calls for place in call) == list(range(len(order)))
            assert all(len(call) <= 8 and sum(order[place].exact for place in call) <= 5 for call in calls)
            assert len(calls) == max(-(-exact // 5), -(-len(order) // 8))


def test_a_schema_is_given_where_it_has_changed_since(shop: Shop) -> None:
    """One described before the change comes, one described after it does not."""
    since = shop.clock.now()
    (moved,) = shop.org.look([Look("Lead", AGO, since, AGO - timedelta(days=400))])
    assert moved.schema is not None and moved.schema.name == "Lead"
    (again,) = shop.org.look([Look("Lead", AGO, since, since)])
    assert again.schema is None


def test_one_that_is_not_there_refuses_all(shop: Shop) -> None:
    """Whoever looks at several then looks at each by itself."""
    with pytest.raises(OrgRefused):
        shop.org.look(looks("Lead", "Nope__c"))


def test_how_many_records_the_org_holds_is_told(shop: Shop) -> None:
    """Living ones; an sObject without any is not told of."""
    alive = shop.rows("SELECT count(*) AS n FROM Lead WHERE IsDeleted = 0")[0]["n"]
    assert shop.org.held("Lead") == alive
    assert shop.org.held("Campaign") in (None, 0)


def answered(*parts: object) -> dict[str, object]:
    """Give a composite answer."""
    return {"compositeResponse": list(parts)}


@pytest.mark.parametrize(
    "parts",
    [
        (),
        ({"referenceId": "schema0", "httpStatusCode": 304, "body": None},),
    ],
)
def test_an_answer_that_leaves_a_question_open_is_not_believed(faked: Faked, parts: tuple[object, ...]) -> None:
    """Each question has its answer, or nothing is believed."""
    faked.answers.post(f"{DATA}/composite", json=answered(*parts))
    with pytest.raises(IncompleteAnswer):
        faked.org.look(looks("Lead"))


def test_a_look_that_gets_no_answer_is_a_read_that_failed(faked: Faked) -> None:
    """Nobody has to wonder whether something was written, and no assignment rule is spoken of."""
    faked.answers.post(f"{DATA}/composite", status=502, body="<html>")
    with pytest.raises(OrgUnreachable):
        faked.org.look(looks("Lead", since=datetime(2026, 3, 2, 9, tzinfo=UTC)))
    request = faked.asked()[0]
    assert "Sforce-Auto-Assign" not in request.headers
    asked = json.loads(request.body or "")["compositeRequest"]
    assert [part["method"] for part in asked] == ["GET"] * 3
    assert asked[0]["httpHeaders"] == {"If-Modified-Since": "Mon, 02 Mar 2026 09:00:00 GMT"}
