"""Promises about single rows that an org refuses: each by its kind, and never at the expense of the others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sfsync.localorg.faults import orders
from sfsync.localorg.seed.sowing import Amounts
from sfsync.mirror.entries import Entry, EntryState
from sfsync.records.change import Action, Change, FieldChange
from sfsync.sync.context import Target
from sfsync.sync.run import pull_only
from tests.shop import TARGETS, Shop, open_shop
from tests.sync.bulky import few_by_bulk, held, leads, nothing_is_owed, push, states, updates

pytestmark = pytest.mark.long


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop of a dozen leads, pulled, and some contacts of two accounts."""
    with open_shop(tmp_path, Amounts(leads=14, accounts=2, contacts=12, opportunities=0)) as opened:
        pull_only(opened.context, opened.order(targets=TARGETS[:1]), full=False)
        yield opened


def creates(*keys: str) -> tuple[Change, ...]:
    """Give creates of leads by key."""
    return tuple(
        Change(Action.CREATE, "Lead", None, (FieldChange("LastName", None, key), FieldChange("Company", None, "Wool")),
               key=key, key_field="Sfsync_Key__c")
        for key in keys
    )  # fmt: skip


def contact_updates(shop: Shop) -> tuple[Change, ...]:
    """Give changes of every contact, those of one account apart from each other."""
    found = shop.rows("SELECT Id, Title FROM Contact ORDER BY LastName, Id")
    return tuple(
        Change(Action.UPDATE, "Contact", row["Id"], (FieldChange("Title", row["Title"], "Weaver"),)) for row in found
    )


def strike(shop: Shop, do: object, op: str, **when: object) -> None:
    """Order a fault for calls that do something."""
    with shop.local.state.transaction():
        orders.order(shop.local.state, [{"id": f"fault {op}", "do": do, "when": {"op": op, **when}}])


def entries(shop: Shop, state: EntryState) -> list[Entry]:
    """Give the entries in a state."""
    with shop.mirror.reading() as books:
        return books.outbox.entries(states=[state])


# --- locks (F43) ---


@pytest.mark.parametrize("by_bulk", [False, True], ids=["collections", "bulk"])
def test_rows_whose_parent_is_locked_are_sent_again_and_no_others(shop: Shop, by_bulk: bool) -> None:
    """Others hold locks on some rows for a while: only these are repeated, and all are written within five rounds."""
    op = "bulk_look" if by_bulk else "update"
    strike(shop, {"partial": {"prob": 0.4, "codes": ["UNABLE_TO_LOCK_ROW"]}}, op, times=3)
    with few_by_bulk(2 if by_bulk else 2_000):
        assert push(shop, contact_updates(shop)).exit == 0
    ended = entries(shop, EntryState.APPLIED)
    assert len(ended) == 12 and {entry.attempts for entry in ended} & {2, 3, 4} and 1 in {one.attempts for one in ended}
    assert shop.rows("SELECT DISTINCT Title FROM Contact") == [{"Title": "Weaver"}]


def test_locks_that_last_are_met_by_calls_one_after_the_other(shop: Shop) -> None:
    """What two Bulk jobs found locked goes by collections calls, which save one after the other."""
    locked = {"partial": {"prob": 1, "codes": ["UNABLE_TO_LOCK_ROW"]}}
    strike(shop, locked, "bulk_look", times=20)
    with few_by_bulk():
        assert push(shop, contact_updates(shop)).exit == 0
    assert len(shop.calls("PUT")) == 2 and len(shop.calls("PATCH", "/composite/sobjects")) == 1


def test_children_of_one_parent_go_together(shop: Shop) -> None:
    """Changes of one account's contacts lie side by side in the outbox, whatever order they were planned in."""
    pull_only(
        shop.context,
        shop.order(targets=(TARGETS[0], Target("Contact", ("LastName", "Title", "AccountId")))),
        full=False,
    )
    push(shop, contact_updates(shop))
    parents = {row["Id"]: row["AccountId"] for row in shop.rows("SELECT Id, AccountId FROM Contact")}
    order = [parents[str(entry.change.id)] for entry in reversed(entries(shop, EntryState.APPLIED))]
    assert len(set(order)) == 2 and order == sorted(order, key=order.index)


# --- what others did meanwhile (F33) ---


def test_a_lead_that_was_converted_meanwhile_is_left_alone(shop: Shop) -> None:
    """Its change is SUPERSEDED and says why; no record is made for it, and it is not tried again."""
    shop.local.state.run("UPDATE User SET IsActive = 1")
    shop.local.state.set_setting("converted_leads_editable", False)
    lead, *others = leads(shop)
    changes = updates(shop, "Title", "Knitter")
    strike(shop, {"convert_in_org": lead}, "update", times=1)
    outcome = push(shop, changes)
    assert (outcome.exit, states(shop)) == (3, {"APPLIED": len(others), "SUPERSEDED": 1})
    (entry,) = entries(shop, EntryState.SUPERSEDED)
    assert (entry.change.id, entry.code, entry.attempts) == (lead, "CANNOT_UPDATE_CONVERTED_LEAD", 1)


def test_a_record_deleted_meanwhile_is_not_brought_back(shop: Shop) -> None:
    """An update of it is SUPERSEDED; a delete of it is done, by somebody else."""
    first, second, *_ = leads(shop)
    update = Change(Action.UPDATE, "Lead", first, (FieldChange("Title", held(shop, first, "Title"), "Knitter"),))
    strike(shop, {"delete": [first, second]}, "write", times=1)
    push(shop, (update, Change(Action.DELETE, "Lead", second, ())))
    ends = {entry.change.id: entry.state for entry in entries(shop, EntryState.APPLIED)}
    ends |= {entry.change.id: entry.state for entry in entries(shop, EntryState.SUPERSEDED)}
    assert ends == {first: EntryState.SUPERSEDED, second: EntryState.APPLIED}
    assert shop.rows("SELECT count(*) AS n FROM Lead WHERE IsDeleted = 1") == [{"n": 2}]


# --- what stays refused (F44, F45) ---


@pytest.mark.parametrize("by_bulk", [False, True], ids=["collections", "bulk"])
def test_what_will_never_be_taken_is_sent_once(shop: Shop, by_bulk: bool) -> None:
    """The first answer is the last: a dead letter with code, field and words; the other rows are written."""
    refusal = {"code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": 'No "Chief":\nline 2, ' + "x" * 9_000,
               "fields": ["Title"]}  # fmt: skip
    op = "bulk_look" if by_bulk else "update"
    strike(shop, {"partial": {"prob": 0.5, "codes": [refusal]}}, op)
    with few_by_bulk(2 if by_bulk else 2_000):
        outcome = push(shop, updates(shop, "Title", "Knitter"))
    dead = entries(shop, EntryState.REJECTED)
    assert outcome.exit == 3 and 0 < len(dead) < len(leads(shop))
    assert {(one.code, one.attempts) for one in dead} == {("FIELD_CUSTOM_VALIDATION_EXCEPTION", 1)}
    assert all(one.message.startswith('No "Chief":\nline 2, x') for one in dead)
    assert {str(one.change.id) for one in dead} == {one for one in leads(shop) if held(shop, one, "Title") != "Knitter"}
    nothing_is_owed(shop)


@pytest.mark.parametrize("kind", ["alert", "block"])
def test_what_a_duplicate_rule_finds_is_never_saved_by_itself(shop: Shop, kind: str) -> None:
    """Alert or block: the row is a dead letter that says DUPLICATES_DETECTED, and no record is made."""
    strike(shop, {"dup_rule": kind}, "write")
    push(shop, creates("a", "b"))
    assert {one.code for one in entries(shop, EntryState.REJECTED)} == {"DUPLICATES_DETECTED"}
    assert shop.rows("SELECT count(*) AS n FROM Lead WHERE Company = 'Wool'") == [{"n": 0}]


# --- keys (F46, F47) ---


def test_a_key_on_two_records_makes_no_third(shop: Shop) -> None:
    """The org cannot tell which is meant: the row is a dead letter, and nothing is made."""
    before = shop.rows("SELECT count(*) AS n FROM Lead")
    strike(shop, {"dup_key": "two"}, "upsert", nth=1)
    push(shop, creates("a"))
    assert states(shop) == {"REJECTED": 1}
    made = shop.rows("SELECT count(*) AS n FROM Lead WHERE LastName = 'a' AND Company = 'Wool'")
    assert made == [{"n": 0}], before


def test_a_key_that_somebody_else_uses_at_the_same_moment_makes_one_record(shop: Shop) -> None:
    """Refused as the double of what another program just made by that key, the row finds that record and updates it."""
    strike(shop, {"dup_key": "race"}, "upsert", nth=1)  # somebody makes it just after the look for it
    assert push(shop, creates("a")).exit == 0
    made = shop.rows("SELECT LastName, CreatedById, LastModifiedById FROM Lead WHERE Sfsync_Key__c = 'a'")
    assert [one["LastName"] for one in made] == ["a"]
    assert made[0]["CreatedById"] != made[0]["LastModifiedById"]
    assert [entry.attempts for entry in entries(shop, EntryState.APPLIED)] == [2]


# --- answers to many rows (F12) ---


def test_a_lost_answer_to_rows_of_which_some_were_refused_settles_each_on_its_own(shop: Shop) -> None:
    """What the org took is not sent again, what it refused is; each key is one record."""
    refused = {"partial": {"prob": 0.4, "codes": ["FIELD_CUSTOM_VALIDATION_EXCEPTION"]}}
    strike(shop, [refused, "drop_after_commit"], "write", nth=1)
    keys = [f"k{number}" for number in range(12)]
    assert push(shop, creates(*keys)).exit == 0
    tries = [entry.attempts for entry in entries(shop, EntryState.APPLIED)]
    assert len(tries) == 12 and set(tries) == {1, 2}
    made = shop.rows("SELECT Sfsync_Key__c FROM Lead WHERE Company = 'Wool'")
    assert sorted(row["Sfsync_Key__c"] for row in made) == sorted(keys)
