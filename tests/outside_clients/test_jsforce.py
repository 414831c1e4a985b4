"""Stock jsforce and @jsforce/jsforce-node, unmodified, on Node 22."""

import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from sfsync.clock import SystemClock
from tests.outside_clients.foreign import Foreign, Running, needing, without_attributes

pytestmark = needing("jsforce", "node")

Do = Callable[..., Any]
FIRST = "SELECT Id FROM Lead ORDER BY Id LIMIT 1"


@pytest.fixture(scope="module")
def client(client_of: Callable[..., Foreign]) -> Foreign:
    """The client's home."""
    return client_of("jsforce")


@pytest.fixture(params=["jsforce", "@jsforce/jsforce-node"], ids=["jsforce", "jsforce-node"])
def do(client: Foreign, request: pytest.FixtureRequest) -> Do:
    """Does one thing with the client and gives its result."""

    def step(name: str, /, **given: Any) -> Any:
        command = (client.node, client.script("steps.mjs"), request.param, name, json.dumps(given))
        return json.loads(client.run(*command).stdout)

    return step


def test_it_queries_page_by_page(do: Do, org: Running) -> None:
    """Pages hold the org's records in its order, parents nested."""
    soql = "SELECT Id, Name, Email, CreatedDate, NumberOfEmployees, Owner.Name FROM Lead ORDER BY Id"
    told = do("query", soql=soql)
    assert told["sizes"][0] == 2_000 and len(told["sizes"]) == 2
    assert without_attributes(told["records"]) == org.rows(soql)
    assert told["records"][0]["attributes"]["type"] == "Lead"


def test_it_follows_the_pages_of_children(do: Do, org: Running) -> None:
    """More children of one record than a page holds all come, each once."""
    [account] = org.rows("SELECT Id FROM Account ORDER BY Id LIMIT 1")
    rows = [{"LastName": f"Child {n}", "AccountId": account["Id"]} for n in range(2_050)]
    assert len(do("bulk2_load", object="Contact", operation="insert", input=rows)["successfulResults"]) == 2_050
    children = "SELECT Id, (SELECT Id, LastName FROM Contacts ORDER BY Id) FROM Account"
    told = do("children", soql=f"{children} WHERE Id = '{account['Id']}'", name="Contacts")
    wanted = org.rows(f"SELECT Id, LastName FROM Contact WHERE AccountId = '{account['Id']}' ORDER BY Id")
    assert len(told["sizes"]) > 1 and without_attributes(told["records"]) == wanted


def test_collections_in_a_composite_are_kept_or_not_as_one(
    do: Do, org: Running, request: pytest.FixtureRequest
) -> None:
    """One bad record of the second undoes the first; good ones are there, and named by reference."""
    name, path = f"Whole {request.node.callspec.id}", "/services/data/v62.0/composite/sobjects"

    def asked(company: str | None) -> Any:
        """Give two collections, the second with a record that may lack its company."""
        first = {"attributes": {"type": "Account"}, "Name": name}
        then = {"attributes": {"type": "Lead"}, "LastName": name, "Company": company, "Title": "@{one[0].id}"}
        parts = [{"method": "POST", "url": path, "referenceId": one, "body": {"allOrNone": True, "records": [record]}}
                 for one, record in (("one", first), ("two", then))]  # fmt: skip
        return do("composite", body={"allOrNone": True, "compositeRequest": parts})["compositeResponse"]

    asked(None)
    assert org.rows(f"SELECT Id FROM Account WHERE Name = '{name}'") == []
    good = asked("Acme")
    assert [one["httpStatusCode"] for one in good] == [200, 200]
    account = org.rows(f"SELECT Id FROM Account WHERE Name = '{name}'")
    assert [one["Id"] for one in account] == [good[0]["body"][0]["id"]]
    assert org.rows(f"SELECT Title FROM Lead WHERE LastName = '{name}'") == [{"Title": account[0]["Id"]}]


def test_it_follows_pages_and_builds_queries_by_itself(do: Do, org: Running) -> None:
    """Automatic paging and the query builder bring every record there is."""
    everything = org.rows("SELECT Id, Email FROM Lead WHERE Status = 'New' ORDER BY Id")
    found = do("find", sobject="Lead", where={"Status": "New"}, fields="Id, Email")
    assert without_attributes(found) == everything
    streamed = do("query_events", soql="SELECT Id FROM Lead", options={"autoFetch": True, "maxFetch": 10_000})
    assert {one["Id"] for one in streamed} == {one["Id"] for one in org.rows("SELECT Id FROM Lead")}


def test_a_record_goes_through_its_life(do: Do) -> None:
    """Created, read, changed, read, deleted, gone."""
    told = do("life", record={"LastName": "Ito", "Company": "Acme", "Email": "A.Ito@Acme.example"},
              change={"Title": "CTO"})  # fmt: skip
    assert told["made"]["success"] is True
    assert (told["first"]["Email"], told["first"]["Title"]) == ("a.ito@acme.example", None)
    assert told["second"]["Title"] == "CTO"
    assert told["gone"]["success"] is True
    assert told["after"]["code"] in ("ENTITY_IS_DELETED", "NOT_FOUND")


def test_many_records_at_once_have_an_outcome_each(do: Do, org: Running) -> None:
    """Of three records the one without a company fails; the others are there, are changed together, and go together."""
    made = do("many", records=[{"LastName": "Ma", "Company": "A"}, {"LastName": "Mb"}, {"LastName": "Mc",
              "Company": "C"}])  # fmt: skip
    assert [one["success"] for one in made] == [True, False, True]
    assert made[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    ids = [made[0]["id"], made[2]["id"]]
    changed = do("change_many", records=[{"Id": one, "Title": "Many"} for one in ids])
    assert [one["success"] for one in changed] == [True, True]
    where = f"WHERE Id IN ('{ids[0]}', '{ids[1]}')"
    assert {one["Title"] for one in org.rows(f"SELECT Title FROM Lead {where}")} == {"Many"}
    assert [one["success"] for one in do("delete_many", ids=ids)] == [True, True]
    assert org.rows(f"SELECT Id FROM Lead {where}") == []


def test_all_or_none_keeps_none(do: Do, org: Running) -> None:
    """With allOrNone a good record beside a bad one is not kept."""
    made = do("many", records=[{"LastName": "Nobody Kept", "Company": "A"}, {"LastName": "Mb"}], allOrNone=True)
    assert [one["success"] for one in made] == [False, False]
    assert made[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert org.rows("SELECT Id FROM Lead WHERE LastName = 'Nobody Kept'") == []


def test_it_upserts(do: Do, org: Running, request: pytest.FixtureRequest) -> None:
    """An external id finds its record the second time, alone and among others."""
    key = f"jsforce-{request.node.callspec.id}"
    first = do("upsert", sobject="Account", key="Ext_Id__c", records={"Ext_Id__c": key, "Name": "One"})
    many = [{"Ext_Id__c": key, "Name": "Two"}, {"Ext_Id__c": f"{key}-b", "Name": "B"}]
    again = do("upsert", sobject="Account", key="Ext_Id__c", records=many)
    assert (first["created"], [one["created"] for one in again]) == (True, [False, True])
    assert again[0]["id"] == first["id"]
    rows = org.rows(f"SELECT Name FROM Account WHERE Ext_Id__c LIKE '{key}%' ORDER BY Ext_Id__c")
    assert [one["Name"] for one in rows] == ["Two", "B"]


def test_it_describes(do: Do) -> None:
    """Both describes hold what the client looks for."""
    fields = {one["name"]: one for one in do("describe", sobject="Lead")["fields"]}
    assert (fields["Email"]["type"], fields["Ext_Id__c"]["externalId"]) == ("email", True)
    assert {"Lead", "Account", "Contact", "Opportunity"} <= set(do("describe_global"))


def test_it_learns_what_was_deleted(do: Do, org: Running) -> None:
    """A deleted record is in the list of deleted ones, one that lives in the list of changed ones."""
    made = do("many", records=[{"LastName": "Kept", "Company": "A"}, {"LastName": "Gone", "Company": "A"}])
    do("delete_many", ids=[made[1]["id"]])
    stamp = org.rows(f"SELECT SystemModstamp FROM Lead WHERE Id = '{made[0]['id']}'")[0]["SystemModstamp"]
    day = stamp[:10]
    window = {"start": f"{day}T00:00:00Z", "end": f"{day}T23:59:00Z"}
    assert made[0]["id"] in do("updated", **window)["ids"]
    assert made[1]["id"] in [one["id"] for one in do("deleted", **window)["deletedRecords"]]


def test_it_is_told_what_is_wrong(do: Do) -> None:
    """Errors come with Salesforce's codes."""
    assert do("refused", soql="SELECT Nope FROM Lead")["code"] == "INVALID_FIELD"
    assert do("refused", soql=FIRST, token="00D000000000000!no")["code"] == "INVALID_SESSION_ID"
    assert do("action", name="convertLead", body={"inputs": []})["code"] == "NOT_FOUND"


def test_bulk_2_brings_several_pages(do: Do, org: Running) -> None:
    """A bulk query of more rows than a page holds brings each row once."""
    soql = "SELECT Id, LastName, Company, Email FROM Lead"
    rows = do("bulk2_query", soql=soql, maxRecords=1_000)
    wanted = [{key: value or "" for key, value in one.items()} for one in org.rows(soql)]
    assert by_id(rows, empty="") == by_id(wanted)
    assert len(rows) > 2_000


def test_bulk_2_loads_and_tells_which_rows_failed(do: Do, org: Running, request: pytest.FixtureRequest) -> None:
    """Insert, upsert and delete give each row's own outcome, and the org agrees."""
    key = f"js2-{request.node.callspec.id}"
    rows = [{"LastName": f"L{n}", "Company": "" if n == 1 else "Acme", "Ext_Id__c": f"{key}-{n}"} for n in range(4)]
    told = do("bulk2_load", object="Lead", operation="insert", input=rows)
    assert {one["Ext_Id__c"] for one in told["successfulResults"]} == {f"{key}-{n}" for n in (0, 2, 3)}
    assert [one["LastName"] for one in told["failedResults"]] == ["L1"]
    assert told["failedResults"][0]["sf__Error"].startswith("REQUIRED_FIELD_MISSING:")
    again = [{**one, "Company": "Beta"} for one in rows]
    told = do("bulk2_load", object="Lead", operation="upsert", externalIdFieldName="Ext_Id__c", input=again)
    assert sorted(one["sf__Created"] for one in told["successfulResults"]) == ["false"] * 3 + ["true"]
    there = org.rows(f"SELECT Id, Company FROM Lead WHERE Ext_Id__c LIKE '{key}-%'")
    assert [one["Company"] for one in there] == ["Beta"] * 4
    ids = [{"Id": one["Id"]} for one in there]
    told = do("bulk2_load", object="Lead", operation="delete", input=[*ids, {"Id": "00Q000000000000AAA"}])
    assert (len(told["successfulResults"]), len(told["failedResults"])) == (4, 1)
    assert org.rows(f"SELECT Id FROM Lead WHERE Ext_Id__c LIKE '{key}-%'") == []


def test_bulk_1_queries(do: Do, org: Running) -> None:
    """The older Bulk API brings the same rows."""
    rows = do("bulk1_query", soql="SELECT Id, LastName FROM Lead")
    assert by_id(rows) == by_id(org.rows("SELECT Id, LastName FROM Lead"))


def test_bulk_1_loads_and_tells_which_rows_failed(do: Do, org: Running) -> None:
    """Outcomes come in the order of the rows."""
    rows = [{"LastName": f"Old{n}", "Company": "" if n == 1 else "Acme"} for n in range(3)]
    told = do("bulk1_load", object="Lead", operation="insert", input=rows)
    assert [one["success"] for one in told] == [True, False, True]
    assert "REQUIRED_FIELD_MISSING" in told[1]["errors"][0]
    ids = [told[0]["id"], told[2]["id"]]
    assert [one["LastName"] for one in org.rows(f"SELECT LastName FROM Lead WHERE Id IN ('{ids[0]}', '{ids[1]}') "
                                                "ORDER BY LastName")] == ["Old0", "Old2"]  # fmt: skip
    gone = do("bulk1_load", object="Lead", operation="delete", input=[{"Id": one} for one in ids])
    assert [one["success"] for one in gone] == [True, True]
    assert org.rows(f"SELECT Id FROM Lead WHERE Id IN ('{ids[0]}', '{ids[1]}')") == []


def test_it_searches(do: Do, org: Running) -> None:
    """SOSL finds a record by a word of its name."""
    made = do("many", records=[{"LastName": "Quetzalcoatl", "Company": "A"}])
    found = do("search", sosl="FIND {Quetzalcoatl} IN NAME FIELDS RETURNING Lead(Id, LastName)")
    assert made[0]["id"] in [one["Id"] for one in found["searchRecords"]]


@pytest.mark.parametrize("kind", ["login", "oauth_password", "client_credentials", "refresh"])
def test_it_signs_in(do: Do, org: Running, kind: str) -> None:
    """By SOAP, by OAuth with a password, as the org's own client, and anew when its session has ended."""
    told = do(kind, soql=FIRST)
    records = told if isinstance(told, list) else told["records"]
    assert without_attributes(records) == org.rows(FIRST)
    assert told.get("refreshed", 1) == 1 if isinstance(told, dict) else True


def test_it_signs_in_by_assertion(do: Do, org: Running) -> None:
    """A JWT signed with the org's key is taken."""
    facts = org.facts
    with open(facts["jwt_key_file"], encoding="utf-8") as stream:
        key = stream.read()
    claims = {"iss": facts["client_id"], "sub": facts["username"], "aud": facts["login_url"],
              "exp": int(SystemClock().now().timestamp()) + 120}  # fmt: skip
    assertion = jwt.encode(claims, key, "RS256")
    assert without_attributes(do("jwt", assertion=assertion, soql=FIRST)) == org.rows(FIRST)


@pytest.fixture
def soap(do: Do) -> Do:
    """Calls the SOAP API and gives what it answers."""
    return lambda method, *parameters: do("soap", method=method, parameters=parameters)["answer"]


def test_soap_saves(soap: Do, org: Running, request: pytest.FixtureRequest) -> None:
    """Records are made, changed, found by their external id, deleted and brought back, each with its own outcome."""
    key = f"soap-{request.node.callspec.id}"
    records = [{"type": "Lead", "LastName": "So", "Company": "Acme", "Ext_Id__c": key}, {"type": "Lead"}]
    made = soap("create", records)
    assert [one["success"] for one in made] == [True, False]
    record_id, find = made[0]["id"], f"SELECT Title, Rating FROM Lead WHERE Ext_Id__c = '{key}'"
    assert soap("update", {"type": "Lead", "Id": record_id, "Title": "CTO"})["success"] is True
    told = soap("upsert", "Ext_Id__c", {"type": "Lead", "Ext_Id__c": key, "Rating": "Hot"})
    assert (told["success"], told["created"], told["id"]) == (True, False, record_id)
    assert org.rows(find) == [{"Title": "CTO", "Rating": "Hot"}]
    assert soap("delete", [record_id])[0]["success"] is True
    assert org.rows(find) == []
    assert soap("undelete", [record_id])[0]["success"] is True
    assert org.rows(find) == [{"Title": "CTO", "Rating": "Hot"}]


def test_soap_merges(soap: Do, org: Running) -> None:
    """Of two leads one is left."""
    ids = [one["id"] for one in soap("create", [{"type": "Lead", "LastName": f"M{n}", "Company": "A"} for n in "ab"])]
    told = soap("merge", {"masterRecord": {"type": "Lead", "Id": ids[0]}, "recordToMergeIds": [ids[1]]})
    assert (told["success"], told["mergedRecordIds"]) == (True, [ids[1]])
    left = org.rows(f"SELECT Id FROM Lead WHERE Id IN ('{ids[0]}', '{ids[1]}')")
    assert left == [{"Id": ids[0]}]


def test_soap_converts_leads(soap: Do, org: Running) -> None:
    """A lead becomes an account, a contact and an opportunity."""
    made = soap("create", {"type": "Lead", "LastName": "Convert", "FirstName": "Ada", "Company": "Convert Co"})
    told = soap("convertLead", {"leadId": made["id"], "convertedStatus": "Qualified"})
    assert (told["success"], told["leadId"]) == (True, made["id"])
    account, contact = told["accountId"], told["contactId"]
    assert org.rows(f"SELECT Name FROM Account WHERE Id = '{account}'") == [{"Name": "Convert Co"}]
    assert org.rows(f"SELECT Name, AccountId FROM Contact WHERE Id = '{contact}'") == [
        {"Name": "Ada Convert", "AccountId": account}]  # fmt: skip
    assert org.rows(f"SELECT ConvertedOpportunityId FROM Lead WHERE Id = '{made['id']}'") == [
        {"ConvertedOpportunityId": told["opportunityId"]}]  # fmt: skip


def test_soap_says_who_and_when(soap: Do, org: Running) -> None:
    """Who asks, and what time it is in the org."""
    assert soap("getUserInfo")["userName"] == org.facts["username"]
    assert soap("getServerTimestamp")["timestamp"].endswith("Z")


def test_a_custom_field_is_made_and_read(do: Do, org: Running, request: pytest.FixtureRequest) -> None:
    """By the Metadata API a field is made and shown; the Tooling API knows it too."""
    name = f"Js_{request.node.callspec.id.replace('-', '_')}__c"
    field = {"fullName": f"Lead.{name}", "label": "Js", "type": "Text", "length": 10}
    made = do("metadata", method="create", parameters=["CustomField", field])["answer"]
    assert (made["success"], made["fullName"]) == (True, f"Lead.{name}")
    read = do("metadata", method="read", parameters=["CustomField", f"Lead.{name}"])["answer"]
    assert (read["label"], read["type"], int(read["length"])) == ("Js", "Text", 10)
    developer_name = name.removesuffix("__c")
    found = do("tooling", soql=f"SELECT DeveloperName FROM CustomField WHERE DeveloperName = '{developer_name}'")
    assert [one["DeveloperName"] for one in found["records"]] == [developer_name]
    assert org.rows(f"SELECT {name} FROM Lead LIMIT 1") == [{name: None}]


def test_it_waits_for_jobs_that_take_their_time(do: Do, org: Running) -> None:
    """Jobs of both Bulk APIs that are done only after some questions are waited for."""
    with org.session() as session:
        settings = f"{org.facts['control_url']}/settings"
        session.post(settings, json={"bulk_jobs": "polls:2"}).raise_for_status()
        rows = do("bulk2_query", soql="SELECT Id FROM Contact")
        older = do("bulk1_query", soql="SELECT Id FROM Contact")
        told = do("bulk2_load", object="Lead", operation="insert", input=[{"LastName": "Slow", "Company": "A"}])
        session.post(settings, json={"bulk_jobs": "immediate"}).raise_for_status()
    assert by_id(rows) == by_id(older) == by_id(org.rows("SELECT Id FROM Contact"))
    assert len(told["successfulResults"]) == 1


def by_id(rows: list[dict[str, Any]], empty: object = None) -> dict[str, dict[str, Any]]:
    """Give rows by their id, each of which is there once."""
    found = {one["Id"]: {key: empty if value is None else value for key, value in one.items()} for one in rows}
    assert len(found) == len(rows)
    return found
