"""Promises of changes of owner: accounts and opportunities lose nothing unseen, and an undo gives it back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sfsync.audit.giving_back import GivenBack, given_back
from sfsync.audit.undo import undo
from sfsync.localorg.seed.amounts import Amounts
from sfsync.plan.brakes import Brakes
from sfsync.plan.plan import Plan
from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.manner import Manner
from sfsync.sync.belongings import set_off_by_owners
from sfsync.sync.context import Target
from sfsync.sync.guard import Guard
from sfsync.sync.outcome import Outcome
from sfsync.sync.planning import _sets_off
from sfsync.sync.run import pull_only
from tests.shop import Shop, open_shop, yes
from tests.sync.bulky import few_by_bulk, nothing_is_owed, push, states, updates
from tests.sync.test_manners import told

KINDS = pytest.mark.parametrize("sobject", ["Account", pytest.param("Opportunity", marks=pytest.mark.long)])


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop with a few accounts and their opportunities."""
    with open_shop(tmp_path, Amounts(leads=2, accounts=4, contacts=4, opportunities=4)) as opened:
        yield opened


def people(shop: Shop) -> list[str]:
    """Give some active users."""
    wanted = "SELECT Id FROM User WHERE IsActive = 1 AND Id <> ? ORDER BY Id LIMIT 3"
    return [row["Id"] for row in shop.rows(wanted, shop.user_id)]


def given(shop: Shop, sobject: str, owner: str, *also: FieldChange) -> tuple[Change, ...]:
    """Give changes that give every record of an sObject to one owner."""
    rows = shop.rows(f"SELECT Id, OwnerId FROM {sobject} WHERE OwnerId <> ? ORDER BY Id", owner)
    return tuple(
        Change(Action.UPDATE, sobject, row["Id"], (FieldChange("OwnerId", row["OwnerId"], owner), *also))
        for row in rows
    )


def open_up(shop: Shop, sobject: str, record: str, member: str) -> None:
    """Share a record with somebody by hand, and put them into its team."""
    level = {f"{sobject}Id": record, f"{sobject}AccessLevel": "Edit"}
    also = {"OpportunityAccessLevel": "Read"} if sobject == "Account" else {}
    shop.make(f"{sobject}Share", UserOrGroupId=member, **level, **also)
    shop.make(f"{sobject}TeamMember", UserId=member, TeamMemberRole="Sales Rep", **level, **also)


def opened(shop: Shop, sobject: str) -> tuple[list[object], list[object]]:
    """Give to whom records of an sObject are shared by hand, and who is in their teams."""
    parts = (f"{sobject}Share", "UserOrGroupId", "RowCause = 'Manual'"), (f"{sobject}TeamMember", "UserId", "1")
    shares, team = (
        [
            (row[f"{sobject}Id"], row[who], row[f"{sobject}AccessLevel"])
            for row in shop.rows(f"SELECT * FROM {table} WHERE {which} AND IsDeleted = 0 ORDER BY {sobject}Id, {who}")
        ]
        for table, who, which in parts
    )
    return shares, team


def owners(shop: Shop, sobject: str) -> dict[str, str]:
    """Give who owns the records of an sObject."""
    return {row["Id"]: row["OwnerId"] for row in shop.rows(f"SELECT Id, OwnerId FROM {sobject}")}


def take_back(shop: Shop, run: int | None) -> Outcome:
    """Undo a run, approved."""
    return undo(shop.context, run or 0, Guard(Brakes(), yes), 0.0)


@pytest.mark.parametrize("by_bulk", [False, pytest.param(True, marks=pytest.mark.long)], ids=["collections", "bulk"])
@KINDS
def test_owners_change_by_soap_whatever_way_the_rest_goes(shop: Shop, sobject: str, by_bulk: bool) -> None:
    """Their team stays; a call holds one old and one new owner; other changes of the sObject go as ever."""
    new, member, _ = people(shop)
    changes = given(shop, sobject, new, FieldChange("Description", None, "given"))
    open_up(shop, sobject, str(changes[0].id), member)
    before = opened(shop, sobject)
    with few_by_bulk(1 if by_bulk else 2_000):
        push(shop, (*changes, *updates(shop, "Title", "given")))
    assert set(owners(shop, sobject).values()) == {new} and opened(shop, sobject) == ([], before[1])
    pairs = {change.before()["OwnerId"] for change in changes}
    assert len(shop.calls("POST", "/Soap/u/")) == len(pairs)
    rest = shop.calls("PATCH", "/composite/sobjects") + shop.calls("PUT", "/batches")
    assert len(rest) == 1
    nothing_is_owed(shop)


@pytest.mark.long
def test_owners_of_leads_and_contacts_change_as_any_other_field(shop: Shop) -> None:
    """Nothing hangs on them that only SOAP could keep; nor is SOAP asked where settings say `plain`."""
    new = people(shop)[0]
    told(shop, "Account", Manner())
    assert push(shop, (*given(shop, "Contact", new), *given(shop, "Account", new))).exit == 0
    assert shop.calls("POST", "/Soap/") == [] and set(owners(shop, "Account").values()) == {new}


@KINDS
def test_an_undo_gives_back_what_went_with_the_owner(shop: Shop, sobject: str) -> None:
    """Manual shares, and the team where it was not kept; a share that was made since stays too; and all of it twice."""
    new, member, later = people(shop)
    before = owners(shop, sobject)
    changes = given(shop, sobject, new)
    record = str(changes[0].id)
    open_up(shop, sobject, record, member)
    then = opened(shop, sobject)
    told(shop, sobject, Manner(owner_options=()))
    run = push(shop, changes).run
    assert opened(shop, sobject) == ([], [])
    also = {"OpportunityAccessLevel": "Read"} if sobject == "Account" else {}
    level = {f"{sobject}Id": record, f"{sobject}AccessLevel": "Read"}
    shop.make(f"{sobject}Share", UserOrGroupId=later, **level, **also)
    outcome = take_back(shop, run)
    assert (outcome.exit, owners(shop, sobject)) == (0, before)
    shares, team = opened(shop, sobject)
    assert team == then[1] and set(shares) == {*then[0], (record, later, "Read")}
    again = take_back(shop, outcome.run)
    assert again.exit == 0 and owners(shop, sobject)[record] == new
    assert opened(shop, sobject) == ([(record, later, "Read")], [])
    nothing_is_owed(shop)


@pytest.mark.long
@pytest.mark.parametrize("late", [False, True])
def test_nothing_is_given_back_to_a_record_whose_owner_somebody_changed_since(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    """Its shares were theirs to give; it is told, with the reason, even if it was changed after the look."""
    new, member, other = people(shop)
    changes = given(shop, "Account", new)
    open_up(shop, "Account", str(changes[0].id), member)
    run = push(shop, changes).run
    pull_only(shop.context, replace(shop.order(), targets=(Target("User", ("Name",)),)), full=False)

    def looked_at(*about: Any) -> GivenBack:
        found = given_back(*about)
        shop.change("Account", str(changes[0].id), OwnerId=other)
        return found

    if late:
        monkeypatch.setattr("sfsync.audit.undo.given_back", looked_at)
    else:
        shop.change("Account", str(changes[0].id), OwnerId=other)
    outcome = take_back(shop, run)
    assert outcome.exit == 3 and owners(shop, "Account")[str(changes[0].id)] == other
    assert opened(shop, "Account")[0] == []
    assert any("the owner it went with was not" in problem.message for problem in outcome.problems) == late
    name = shop.rows("SELECT Name FROM User WHERE Id = ?", other)[0]["Name"]
    assert any(f"OwnerId is {name} ({other}) in the org" in problem.message for problem in outcome.problems)


@pytest.mark.long
def test_children_that_moved_along_go_back_to_whom_they_had(shop: Shop) -> None:
    """Each to its own owner before the run, not to the account's; one that somebody took since stays, and is told."""
    new, third, other = people(shop)
    told(shop, "Account", Manner(owner_options=("KeepAccountTeam", "TransferContacts")))
    account = str(given(shop, "Account", new)[0].id)
    contacts = [shop.make("Contact", LastName=name, AccountId=account) for name in ("Abe", "Bea")]
    for contact in contacts:
        shop.change("Contact", contact, OwnerId=third)
    before = owners(shop, "Contact"), owners(shop, "Account")
    run = push(shop, given(shop, "Account", new)).run
    assert {owners(shop, "Contact")[one] for one in contacts} == {new}
    shop.change("Contact", contacts[1], OwnerId=other)
    outcome = take_back(shop, run)
    assert owners(shop, "Account") == before[1]
    assert owners(shop, "Contact") == {**before[0], contacts[1]: other}
    assert outcome.exit == 3 and ["another owner" in one.message for one in outcome.problems] == [True]


def test_a_plan_tells_what_a_change_of_owner_takes_away(shop: Shop) -> None:
    """Among what it sets off: how many shares go, that the team stays, and what children options move."""
    new, member, _ = people(shop)
    changes = given(shop, "Account", new)
    open_up(shop, "Account", str(changes[0].id), member)
    plan = push_plan(shop, changes)
    found = {one.name: one.when for one in _sets_off(shop.context, plan) if one.kind == "change of owner"}
    assert found["1 AccountTeamMember"] == "kept" and "undo" in found["1 AccountShare"]


def test_a_plan_tells_what_a_plain_change_of_owner_loses_for_good(shop: Shop) -> None:
    """Where settings say `plain` nothing of it is kept, and the plan says so; one that moves no owner says nothing."""
    told(shop, "Account", Manner())
    moving = given(shop, "Account", people(shop)[0])
    other = Change(Action.UPDATE, "Account", moving[0].id, (FieldChange("Description", None, "x"),))
    [effect] = set_off_by_owners(shop.context, "Account", [*moving, other])
    assert (
        effect.name == f"teams and manual shares of {len(moving)} records" and "nothing gives them back" in effect.when
    )
    assert set_off_by_owners(shop.context, "Account", [other]) == []


def push_plan(shop: Shop, changes: tuple[Change, ...]) -> Plan:
    """Give a plan of changes."""
    return Plan("00D", shop.clock.now(), changes)


@pytest.mark.long
def test_a_lost_answer_changes_no_owner_twice_and_loses_no_share(shop: Shop) -> None:
    """What was read before the first call is what counts, whatever becomes of that call."""
    new, member, _ = people(shop)
    changes = given(shop, "Account", new)
    open_up(shop, "Account", str(changes[0].id), member)
    then = opened(shop, "Account")
    shop.fault("drop_after_commit", "^/services/Soap/", nth=1)
    run = push(shop, changes)
    assert run.exit == 0 and states(shop) == {"APPLIED": len(changes)}
    assert take_back(shop, run.run).exit == 0 and opened(shop, "Account") == then
