"""Promises of the choice between collections calls and Bulk jobs."""

import pytest

from sfsync.plan.transport import transport_for
from sfsync.records.change import Action


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
