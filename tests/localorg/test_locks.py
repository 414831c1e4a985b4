"""Promises of writes that meet records which another one locks."""

import pytest
import requests

from tests.localorg.faults.conftest import Bare, bare, filled

__all__ = ["bare", "filled"]


def _lock(bare: Bare, seconds: float) -> str:
    """Have somebody lock an account for so many seconds, and give its id."""
    account = bare.make("Account", Name="hot")
    bare.control("POST", "faults", {"do": {"lock_rows": {"parent": account, "for": seconds}}, "times": 1})
    bare.ask("GET", "limits")
    return account


@pytest.fixture
def patient(bare: Bare) -> Bare:
    """An org whose writes wait for locks."""
    bare.control("POST", "settings", {"locks_wait": True})
    return bare


def test_the_refusal_names_what_is_locked(bare: Bare) -> None:
    """With number and ids, as Salesforce words it."""
    account = _lock(bare, 30)
    refused = bare.ask("POST", "sobjects/Contact", {"LastName": "Nowak", "AccountId": account}).json()[0]
    assert refused["message"] == f"unable to obtain exclusive access to this record or 1 records: {account}"


def test_a_write_waits_for_a_lock_and_is_stamped_when_it_gets_it(patient: Bare) -> None:
    """Once, in a composite too; what somebody else did meanwhile is there before it."""
    account = _lock(patient, 6)
    before = patient.machine.now()
    body = {"method": "PATCH", "referenceId": "one", "body": {"Site": "Ghent"}}
    url = f"/services/data/v59.0/sobjects/Account/{account}"
    told = patient.ask("POST", "composite", {"compositeRequest": [{**body, "url": url}]}).json()
    assert told["compositeResponse"][0]["httpStatusCode"] == 204
    assert (patient.machine.now() - before).total_seconds() == 6
    row = patient.ask("GET", f"sobjects/Account/{account}").json()
    assert row["LastModifiedDate"][:19] == patient.machine.now().isoformat()[:19]
    assert len([one for one in patient.calls() if str(one["path"]).endswith("/composite")]) == 1


def test_a_lock_that_lasts_longer_than_ten_seconds_refuses_after_ten(patient: Bare) -> None:
    """And a client of less patience hears nothing at all."""
    account = _lock(patient, 60)
    before = patient.machine.now()
    path = f"sobjects/Account/{account}"
    refused = patient.ask("PATCH", path, {"Site": "Ghent"}).json()
    assert refused[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"
    assert (patient.machine.now() - before).total_seconds() == 10
    with pytest.raises(requests.ReadTimeout):
        patient.ask("DELETE", path, timeout=3)


def test_a_bulk_job_waits_for_a_lock_while_others_are_answered(patient: Bare) -> None:
    """It is in progress until the record is let go, and has refused nothing then; its lookers do not wait."""
    account = _lock(patient, 9)
    before = patient.machine.now()
    job = patient.job("insert", "Contact", f"LastName,AccountId\nOne,\nTwo,{account}\n")
    assert patient.ask("GET", job).json()["state"] == "InProgress"
    assert patient.count("SELECT COUNT() FROM Contact WHERE LastName = 'One'") == 0
    assert patient.machine.now() == before
    patient.machine.advance(9)
    told = patient.ask("GET", job).json()
    assert (told["state"], told["numberRecordsFailed"]) == ("JobComplete", 0)
    assert patient.count("SELECT COUNT() FROM Contact WHERE LastName = 'One'") == 1


def test_rows_of_one_parent_fail_in_the_second_of_two_batches_alone(bare: Bare) -> None:
    """Sorted by parent they do not, and sent again they are saved."""
    bare.control("POST", "settings", {"bulk_batches_side_by_side": True, "bulk_batch_rows": 3})
    hot, cold = bare.make("Account", Name="hot"), bare.make("Account", Name="cold")
    for parents, failed in (
        ([hot, cold, hot, cold, hot, hot], 3),
        ([hot, hot, hot, cold, cold, cold], 0),
        ([hot, hot, hot], 0),
    ):
        rows = "".join(f"Row,{one}\n" for one in parents)
        job = bare.job("insert", "Contact", f"LastName,AccountId\n{rows}")
        assert bare.ask("GET", job).json()["numberRecordsFailed"] == failed
        refused = bare.ask("GET", f"{job}/failedResults").text
        assert refused.count("UNABLE_TO_LOCK_ROW") == failed
