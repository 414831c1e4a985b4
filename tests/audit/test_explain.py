"""Promises of explain: why a record is as it is, from stored decisions, journal and outbox."""

import json

import pytest

from sfsync.audit.explain import explain
from sfsync.errors import UsageError
from sfsync.sync.run import pull_only, sync
from tests.shop import Shop


def scored(shop: Shop) -> str:
    """Sync, and give the id of a lead that was written."""
    run = sync(shop.context, shop.order())
    return str(shop.books().outbox.entries(run=run.run)[0].change.id)


def test_a_record_is_explained_by_what_was_decided_written_and_sent(shop: Shop) -> None:
    """Each decision comes with its reasons, each change with its values and whose it was, each entry with its end."""
    lead = scored(shop)
    told = explain(shop.books(), "Lead", lead).data
    assert (told["sobject"], told["id"], told["deleted"]) == ("Lead", lead, False)
    assert told["decisions"] and all(one["because"] for one in told["decisions"] if one["wanted"])
    wanted = {name: value for one in told["decisions"] for name, value in one["wanted"].items()}
    row = shop.rows("SELECT * FROM Lead WHERE Id = ?", lead)[0]
    assert {name: told["fields"][name] for name in wanted} == wanted == {name: row[name] for name in wanted}
    ours = {line["field"]: line["after"] for line in told["history"] if line["origin"] == "sfsync"}
    assert ours.items() <= wanted.items() and ours
    assert all(line["because"] for line in told["history"] if line["origin"] == "sfsync")
    assert [entry["state"] for entry in told["entries"]] == ["APPLIED"]
    json.dumps(told)


def test_what_somebody_else_did_is_told_as_theirs(shop: Shop) -> None:
    """A change from outside stands newest in the history, with when, by whom and both values, and no reason of ours."""
    lead = scored(shop)
    shop.clock.advance(600)
    shop.change("Lead", lead, Title="Chair")
    shop.clock.advance(600)
    pull_only(shop.context, shop.order(), full=False)
    line = explain(shop.books(), "Lead", lead).data["history"][0]
    assert (line["field"], line["after"], line["origin"], line["because"]) == ("Title", "Chair", "org", [])
    assert line["by"] == shop.user_id and line["at"] == "2026-11-24T12:40:45.000Z"


def test_a_record_may_be_named_as_people_write_it(shop: Shop) -> None:
    """Any case of the sObject, and the short form of the id, find the record."""
    lead = scored(shop)
    assert explain(shop.books(), "lead", lead[:15]).data["id"] == lead


@pytest.mark.parametrize(
    "sobject, record, words",
    [
        ("Lead", "nonsense", "is not a record id"),
        ("Case", "500000000000001", "Case is not mirrored"),
        ("Lead", "00Q000000000001", "the mirror has no Lead/00Q000000000001\n"),
        ("Lead", "00Qlc0000000Ab1aaa", "the mirror has no Lead/00Qlc0000000Ab1aaa\n"),
    ],
)
def test_what_cannot_be_explained_is_told_with_the_way_on(shop: Shop, sobject: str, record: str, words: str) -> None:
    """An id that is none, an sObject that is not mirrored and a record that is not there are told apart."""
    pull_only(shop.context, shop.order(), full=False)
    with pytest.raises(UsageError, match=words) as caught:
        explain(shop.books(), sobject, record)
    assert caught.value.problems[0].next
