"""Stock aiosalesforce, unmodified, which takes no host but those of Salesforce."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.outside_clients.foreign import Foreign, Running, needing, without_attributes

pytestmark = needing("aiosalesforce")

Do = Callable[..., Any]


@pytest.fixture(scope="module")
def do(client_of: Callable[..., Foreign]) -> Do:
    """Does one thing with the client and gives its result; `kind` is how it signs in."""
    client = client_of("aiosalesforce")

    def step(name: str, /, kind: str = "client_credentials", **given: Any) -> Any:
        proxy = {"HTTPS_PROXY": client.org.facts["proxy_url"]}
        command = (client.python, client.script("steps.py"), name, kind, json.dumps(given))
        return json.loads(client.run(*command, more=proxy).stdout)

    return step


@pytest.mark.parametrize("kind", ["client_credentials", "jwt", "soap"])
def test_it_signs_in_and_queries_all_pages(do: Do, org: Running, kind: str) -> None:
    """Each way of signing in leads to the same records."""
    soql = "SELECT Id, Name, Owner.Name FROM Lead ORDER BY Id"
    assert without_attributes(do("query", kind, soql=soql)) == org.rows(soql)


def test_a_record_goes_through_its_life(do: Do, org: Running) -> None:
    """Created, changed, found by its external id, read, deleted, gone."""
    record = {"LastName": "Aio", "Company": "Acme", "Ext_Id__c": "aio-1"}
    told = do("life", record=record, change={"Title": "CTO"})
    assert (told["read"]["Title"], told["read"]["Rating"]) == ("CTO", "Hot")
    assert told["upserted"] == [told["id"], False]
    assert told["after"] in ("ENTITY_IS_DELETED", "NOT_FOUND")
    assert org.rows("SELECT Id FROM Lead WHERE Ext_Id__c = 'aio-1'") == []


def test_it_loads_in_bulk(do: Do, org: Running) -> None:
    """Rows that fail are told apart from those that do not; an upsert finds what is there."""
    rows = [{"LastName": f"A{n}", "Company": None if n == 1 else "Acme", "Ext_Id__c": f"aiob-{n}"} for n in range(3)]
    told = do("load", operation="insert", rows=rows)
    assert sorted(one["LastName"] for one in told["successful"]) == ["A0", "A2"]
    assert [one["sf__Error"].split(":")[0] for one in told["failed"]] == ["REQUIRED_FIELD_MISSING"]
    again = [{**one, "Company": "Beta"} for one in rows]
    told = do("load", operation="upsert", rows=again, key="Ext_Id__c")
    assert sorted(one["sf__Created"] for one in told["successful"]) == ["false", "false", "true"]
    found = org.rows("SELECT Id, Company FROM Lead WHERE Ext_Id__c LIKE 'aiob-%'")
    assert [one["Company"] for one in found] == ["Beta"] * 3
    told = do("load", operation="delete", rows=[{"Id": one["Id"]} for one in found])
    assert (len(told["successful"]), told["failed"]) == (3, [])
    assert org.rows("SELECT Id FROM Lead WHERE Ext_Id__c LIKE 'aiob-%'") == []


def test_calls_within_a_call_refer_to_each_other(do: Do, org: Running) -> None:
    """A contact belongs to the account that the same composite call made."""
    made = do("composite", last_name="Composed")
    [contact] = org.rows("SELECT Id, AccountId FROM Contact WHERE LastName = 'Composed'")
    assert contact == {"Id": made["contact"], "AccountId": made["account"]}


def test_calls_go_in_a_batch(do: Do, org: Running) -> None:
    """Two queries in one call bring both answers."""
    soql = "SELECT Id FROM Lead ORDER BY Id LIMIT 5"
    assert [without_attributes(one) for one in do("batch", soql=soql)] == [org.rows(soql)] * 2
