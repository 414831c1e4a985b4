"""Stock simple-salesforce, unmodified, against the local org over HTTPS."""

import csv
import io
from collections.abc import Iterator

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceError,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from tests.outside_clients.conftest import Served


@pytest.fixture
def session(served: Served) -> Iterator[requests.Session]:
    """A session of the client's own."""
    with served.session() as session:
        yield session


@pytest.fixture
def client(served: Served, session: requests.Session) -> Salesforce:
    """The client, signed in by token."""
    return Salesforce(session_id=served.access_token, instance_url=served.url, session=session)


def test_it_queries(client: Salesforce) -> None:
    """One page, several pages by hand and all pages at once hold the same records."""
    first = client.query("SELECT Id, Name, Owner.Name FROM Lead ORDER BY Id")
    assert (first["totalSize"], first["done"], len(first["records"])) == (2_500, False, 2_000)
    assert first["records"][0]["attributes"]["type"] == "Lead"
    rest = client.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    assert (rest["done"], len(rest["records"])) == (True, 500)
    everything = client.query_all("SELECT Id FROM Lead ORDER BY Id")["records"]
    paged = [*first["records"], *rest["records"]]
    assert [one["Id"] for one in everything] == [one["Id"] for one in paged]
    assert client.query("SELECT count() FROM Account")["totalSize"] == 20


def test_it_creates_reads_updates_and_deletes(client: Salesforce) -> None:
    """A record goes through its whole life, and is gone at its end."""
    made = client.Lead.create({"LastName": "Ito", "Company": "Acme", "Email": "A.Ito@Acme.example"})
    assert made["success"] is True
    record = client.Lead.get(made["id"])
    assert (record["LastName"], record["Email"], record["Status"]) == ("Ito", "a.ito@acme.example", "New")
    assert client.Lead.update(made["id"], {"Title": "CTO"}) == 204
    assert client.Lead.get(made["id"])["Title"] == "CTO"
    assert client.Lead.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        client.Lead.get(made["id"])


def test_it_upserts_by_external_id(client: Salesforce) -> None:
    """The first upsert creates, the second updates the same record."""
    assert client.Account.upsert("Ext_Id__c/K-1", {"Name": "Acme"}) == 201
    assert client.Account.upsert("Ext_Id__c/K-1", {"Name": "Acme Two"}) == 200
    assert client.Account.get_by_custom_id("Ext_Id__c", "K-1")["Name"] == "Acme Two"


def test_it_describes(client: Salesforce) -> None:
    """Global describe, metadata and describe of an sObject have what the client looks for."""
    described = client.describe()
    assert described is not None
    assert {"Lead", "Account", "Contact", "Opportunity"} <= {one["name"] for one in described["sobjects"]}
    fields = {one["name"]: one for one in client.Lead.describe()["fields"]}
    assert (fields["Email"]["type"], fields["Sfsync_Key__c"]["externalId"]) == ("email", True)
    assert client.Lead.metadata()["objectDescribe"]["keyPrefix"] == "00Q"


def test_it_asks_for_anything_else(client: Salesforce) -> None:
    """Limits, raw REST paths and sObject collections work, and the client learns how much of the allowance is used."""
    assert client.limits()["DailyApiRequests"]["Max"] > 0
    assert client.restful("query", {"q": "SELECT Id FROM User LIMIT 1"})["totalSize"] == 1
    body = {"allOrNone": False, "records": [{"attributes": {"type": "Lead"}, "LastName": "Sato", "Company": "Acme"}, {
        "attributes": {"type": "Lead"}, "LastName": "Kato"}]}  # fmt: skip
    results = client.restful("composite/sobjects", method="POST", json=body)
    assert [one["success"] for one in results] == [True, False]
    assert client.api_usage["api-usage"].used > 0


@pytest.mark.long
def test_it_follows_the_pages_of_children(client: Salesforce, monkeypatch: pytest.MonkeyPatch) -> None:
    """More children of one record than a page holds all come, each once."""
    monkeypatch.setattr("simple_salesforce.bulk2.sleep", lambda seconds: None)
    account = client.Account.create({"Name": "Large"})["id"]
    client.bulk2.Contact.insert(records=[{"LastName": f"C{n}", "AccountId": account} for n in range(2_050)])
    soql = f"SELECT Id, (SELECT Id FROM Contacts) FROM Account WHERE Id = '{account}'"
    page = client.query(soql)["records"][0]["Contacts"]
    found = [one["Id"] for one in page["records"]]
    assert page["done"] is False and page["totalSize"] == 2_050
    while not page["done"]:
        page = client.query_more(page["nextRecordsUrl"], identifier_is_url=True)
        found += [one["Id"] for one in page["records"]]
    assert len(found) == len(set(found)) == 2_050
    client.Account.delete(account)  # its contacts go with it


def test_collections_in_a_composite_are_kept_or_not_as_one(client: Salesforce) -> None:
    """A bad record in the second undoes the first."""
    path = f"/services/data/v{client.sf_version}/composite/sobjects"
    good = {"attributes": {"type": "Account"}, "Name": "Whole"}
    bad = {"attributes": {"type": "Lead"}, "LastName": "Whole"}
    parts = [{"method": "POST", "url": path, "referenceId": name, "body": {"allOrNone": True, "records": [record]}}
             for name, record in (("one", good), ("two", bad))]  # fmt: skip
    told = client.restful("composite", method="POST", json={"allOrNone": True, "compositeRequest": parts})
    assert [one["referenceId"] for one in told["compositeResponse"]] == ["one", "two"]
    assert client.query("SELECT count() FROM Account WHERE Name = 'Whole'")["totalSize"] == 0


def test_a_password_is_set(client: Salesforce) -> None:
    """As administrators do for users."""
    users = client.query("SELECT Id FROM User WHERE Username = 'ana@example.com'")["records"]
    client.set_password(users[0]["Id"], "correct horse 7")
    with pytest.raises(SalesforceError):
        client.set_password(users[0]["Id"], "short")


def test_it_is_told_what_is_wrong(client: Salesforce, served: Served, session: requests.Session) -> None:
    """Errors come in the client's own classes, with Salesforce's codes."""
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.Lead.create({"LastName": "Ito"})
    assert refused.value.content[0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    with pytest.raises(SalesforceMalformedRequest) as wrong:
        client.query("SELECT Nothing FROM Lead")
    assert wrong.value.content[0]["errorCode"] == "INVALID_FIELD"
    stranger = Salesforce(session_id="00Dxx!nothing", instance_url=served.url, session=session)
    with pytest.raises(SalesforceExpiredSession):
        stranger.query("SELECT Id FROM Lead")


def test_a_write_without_the_header_runs_the_assignment_rule(client: Salesforce) -> None:
    """A client that does not say otherwise has the rule move its lead to the queue of the country."""
    fields = {"LastName": "Ruiz", "Company": "Acme", "Country": "Spain"}
    moved = client.Lead.create(fields)["id"]
    kept = client.Lead.create(fields, headers={"Sforce-Auto-Assign": "FALSE"})["id"]
    queue = client.query("SELECT Id FROM Group WHERE Type = 'Queue' AND Name = 'EMEA'")["records"][0]["Id"]
    assert client.Lead.get(moved)["OwnerId"] == queue
    assert client.Lead.get(kept)["OwnerId"] != queue


def test_it_queries_in_bulk(client: Salesforce, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Bulk API 2.0 query gives every row as CSV."""
    monkeypatch.setattr("simple_salesforce.bulk2.sleep", lambda seconds: None)
    pages = list(client.bulk2.Contact.query("SELECT Id, LastName FROM Contact", max_records=25))
    rows = [row for page in pages for row in csv.DictReader(io.StringIO(page))]
    assert len(pages) == 2
    assert len({row["Id"] for row in rows}) == 40


def test_it_loads_in_bulk(client: Salesforce, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inserts, upserts and deletes of Bulk API 2.0 tell row by row what became of them, and the org holds just that."""
    monkeypatch.setattr("simple_salesforce.bulk2.sleep", lambda seconds: None)
    rows = [{"LastName": f"B{n}", "Company": "" if n == 1 else "Acme", "Ext_Id__c": f"ss2-{n}"} for n in range(4)]
    find = "SELECT Id, Company FROM Lead WHERE Ext_Id__c LIKE 'ss2-%' ORDER BY Ext_Id__c"
    [told] = client.bulk2.Lead.insert(records=rows)
    assert (told["numberRecordsProcessed"], told["numberRecordsFailed"]) == (4, 1)
    failed = [*csv.DictReader(io.StringIO(client.bulk2.Lead.get_failed_records(told["job_id"])))]
    assert [(one["LastName"], one["sf__Error"].split(":")[0]) for one in failed] == [("B1", "REQUIRED_FIELD_MISSING")]
    assert len(client.query(find)["records"]) == 3
    [told] = client.bulk2.Lead.upsert(records=[{**one, "Company": "Beta"} for one in rows],
                                      external_id_field="Ext_Id__c")  # fmt: skip
    good = [*csv.DictReader(io.StringIO(client.bulk2.Lead.get_successful_records(told["job_id"])))]
    assert sorted(one["sf__Created"] for one in good) == ["false"] * 3 + ["true"]
    there = client.query(find)["records"]
    assert [one["Company"] for one in there] == ["Beta"] * 4
    [told] = client.bulk2.Lead.delete(records=[{"Id": one["Id"]} for one in there])
    assert (told["numberRecordsProcessed"], told["numberRecordsFailed"]) == (4, 0)
    assert client.query(find)["totalSize"] == 0


def test_it_uses_the_older_bulk_api(client: Salesforce, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries bring every row; loads tell of each row, in its place, what became of it."""
    monkeypatch.setattr("simple_salesforce.bulk.sleep", lambda seconds: None)
    assert len({one["Id"] for one in client.bulk.Contact.query("SELECT Id FROM Contact")}) == 40
    rows = [{"LastName": f"O{n}", "Company": None if n == 1 else "Acme", "Ext_Id__c": f"ss1-{n}"} for n in range(3)]
    told = client.bulk.Lead.insert(rows)
    assert [one["success"] for one in told] == [True, False, True]
    assert told[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    told = client.bulk.Lead.upsert([{**one, "Company": "Beta"} for one in rows], "Ext_Id__c")
    assert [one["created"] for one in told] == [False, True, False]
    there = client.query("SELECT Id, Company FROM Lead WHERE Ext_Id__c LIKE 'ss1-%'")["records"]
    assert [one["Company"] for one in there] == ["Beta"] * 3
    told = client.bulk.Lead.delete([{"Id": one["Id"]} for one in there])
    assert [one["success"] for one in told] == [True] * 3
    assert client.query("SELECT count() FROM Lead WHERE Ext_Id__c LIKE 'ss1-%'")["totalSize"] == 0


def test_it_searches(client: Salesforce) -> None:
    """SOSL, whole or quick, finds a record by a word of its name."""
    made = client.Lead.create({"LastName": "Tezcatlipoca", "Company": "Acme"})["id"]
    found = client.search("FIND {Tezcatlipoca} IN NAME FIELDS RETURNING Lead(Id)")
    assert [one["Id"] for one in found["searchRecords"]] == [made]
    assert [one["Id"] for one in client.quick_search("Tezcatlipoca")["searchRecords"]] == [made]
