"""Stock simple-salesforce, unmodified, by Bulk API 1.0, composite requests, searches and the Tooling API."""

from typing import Any

import pytest
from simple_salesforce import Salesforce

from tests.outside_clients.conftest import Served

Rows = list[dict[str, Any]]


@pytest.fixture
def client(served: Served) -> Salesforce:
    """The client, signed in by session id."""
    return Salesforce(session_id=served.access_token, instance_url=served.url, session=served.session())


def _load(client: Salesforce, call: str, rows: Rows, *more: str) -> Rows:
    return list(getattr(client.bulk.Lead, call)(rows, *more))


def test_it_loads_and_queries_in_batches(client: Salesforce) -> None:
    """Every row has its own outcome, in order; the org holds just that, and deletes are found by queryAll."""
    rows = [{"LastName": f"Old {n}", "Company": "" if n == 1 else "Acme", "Ext_Id__c": f"old-{n}"} for n in range(3)]
    told = _load(client, "insert", rows)
    assert [one["success"] for one in told] == [True, False, True]
    assert told[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    again = _load(client, "upsert", [{**one, "Company": "Beta"} for one in rows], "Ext_Id__c")
    assert [one["created"] for one in again] == [False, True, False]
    soql = "SELECT Id, Company, CreatedDate FROM Lead WHERE Ext_Id__c LIKE 'old-%' ORDER BY Ext_Id__c"
    found = client.bulk.Lead.query(soql)
    assert [(one["Id"], one["Company"]) for one in found] == [(one["id"], "Beta") for one in again]
    assert isinstance(found[0]["CreatedDate"], int)
    gone = _load(client, "delete", [{"Id": one["id"]} for one in again])
    assert all(one["success"] for one in gone)
    assert len(client.bulk.Lead.query_all(f"{soql} LIMIT 3")) == 3 and client.bulk.Lead.query(soql) == []


def test_it_asks_several_things_in_one_call(client: Salesforce) -> None:
    """A composite request whose parts use each other's answers."""
    base = f"/services/data/v{client.sf_version}"
    account = {"method": "POST", "url": f"{base}/sobjects/Account", "referenceId": "a", "body": {"Name": "One Call"}}
    read = {"method": "GET", "url": f"{base}/sobjects/Account/@{{a.id}}?fields=Name", "referenceId": "b"}
    answered = client.restful("composite", method="POST", json={"compositeRequest": [account, read]})
    assert answered["compositeResponse"][1]["body"]["Name"] == "One Call"


def test_it_searches(client: Salesforce) -> None:
    """By SOSL, and by words alone."""
    lead = client.query("SELECT Id, LastName FROM Lead WHERE LastName != null ORDER BY Id LIMIT 1")["records"][0]
    found = client.search(f'FIND {{"{lead["LastName"]}"}} IN NAME FIELDS RETURNING Lead(Id, LastName)')
    assert lead["Id"] in [one["Id"] for one in found["searchRecords"]]
    assert client.quick_search(lead["LastName"])["searchRecords"]


def test_it_looks_fields_up(client: Salesforce) -> None:
    """Through the Tooling API."""
    soql = "SELECT QualifiedApiName FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Lead'"
    found = client.restful("tooling/query", params={"q": soql})
    assert "Score__c" in [one["QualifiedApiName"] for one in found["records"]]
