"""Promises of the choice between collections calls and Bulk jobs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sfsync.plan.plan import Plan
from sfsync.plan.tally import Tally
from sfsync.plan.transport import transport_for
from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.manner import ACTIVE, Manner, usual_manner


@pytest.mark.parametrize("records", [1, 200, 1_999])
def test_few_changes_go_by_collections(records: int) -> None:
    """Below 2,000 changes of a kind: 200 a call, and one look before."""
    way = transport_for(Action.UPDATE, "Lead", None, records)
    assert (way.bulk, way.calls) == (False, -(-records // 200) + 1)


@pytest.mark.parametrize("records", [2_000, 100_000])
def test_many_changes_go_by_a_job_for_few_calls(records: int) -> None:
    """From 2,000 on a job takes fewer calls, and the choice says why."""
    way = transport_for(Action.UPDATE, "Lead", None, records)
    assert way.bulk and way.calls < 11 and f"{records:,}" in way.because


def test_creates_without_a_key_never_go_by_a_job() -> None:
    """A job's results come in any order: a row without a key of its own could not be told from another."""
    assert not transport_for(Action.CREATE, "Lead", None, 100_000).bulk
    assert transport_for(Action.CREATE, "Lead", "Sfsync_Key__c", 100_000).bulk


def test_sobjects_that_no_job_takes_go_by_collections() -> None:
    """TaskStatus and its like are refused by the Bulk API."""
    assert not transport_for(Action.UPDATE, "TaskStatus", None, 100_000).bulk


def account(owner: str, place: int, *, new: str | None = "new", name: str = "b") -> Change:
    """Give a change of an account's owner, or of its name alone."""
    parts = [FieldChange("OwnerId", owner, new)] if new else [FieldChange("Name", "a", name)]
    return Change(Action.UPDATE, "Account", f"001{place:015d}", tuple(parts))


def test_changes_of_owner_cost_a_soap_call_for_each_pair_of_owners() -> None:
    """All records of a call have one old and one new owner; before that records, team and shares are looked at."""
    few = [account(owner, place) for place, owner in enumerate(["ana", "ben", "ana", "cleo"])]
    assert Tally.of(few).calls(usual_manner) == 3 + 1 + 2
    assert Tally.of([*few, account("", 9, new=None)]).calls(usual_manner) == 3 + 2 + 2
    assert Tally.of([account("ana", place) for place in range(5_000)]).calls(usual_manner) == 25 + 1 + 2 * 10
    assert Tally.of(few).calls(lambda sobject: Manner()) == 2


def test_the_manner_of_an_sobject_counts_in_the_calls_of_a_plan() -> None:
    """Doubles and the active assignment rule keep changes off a Bulk job, which is many more calls."""
    changes = tuple(
        Change(Action.UPDATE, "Lead", f"00Q{place:015d}", (FieldChange("Title", "a", "b"),)) for place in range(5_000)
    )
    plan = Plan("00D", datetime(2026, 3, 1, tzinfo=UTC), changes)
    assert plan.calls() < 12
    for manner in (Manner(ACTIVE), Manner(doubles=True)):
        assert replace(plan, manners={"Lead": manner}).calls() == 26
