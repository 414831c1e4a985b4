"""Stock nforce, unmodified, which writes sObject names in lower case."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.outside_clients.foreign import Foreign, Running, needing

pytestmark = needing("nforce", "node")

Do = Callable[..., Any]


@pytest.fixture(scope="module")
def do(client_of: Callable[..., Foreign]) -> Do:
    """Does one thing with the client and gives its result."""
    client = client_of("nforce")

    def step(name: str, /, **given: Any) -> Any:
        proxy = {"HTTPS_PROXY": client.org.facts["proxy_url"], "NO_PROXY": "127.0.0.1"}
        return json.loads(
            client.run(client.node, client.script("steps.cjs"), name, json.dumps(given), more=proxy).stdout
        )

    return step


@pytest.mark.parametrize("hosts", [False, True], ids=["given host", "built-in host"])
def test_it_queries_all_pages(do: Do, org: Running, hosts: bool) -> None:
    """Every record of several pages, at an address that is given and at the one it has built in."""
    wanted = org.rows("SELECT Id, LastName FROM Lead ORDER BY Id")
    told = do("query", soql="SELECT Id, LastName FROM Lead ORDER BY Id", hosts=hosts)
    assert [(one["id"], one["lastname"]) for one in told["records"]] == [
        (one["Id"], one["LastName"]) for one in wanted]  # fmt: skip


def test_a_record_goes_through_its_life(do: Do, org: Running) -> None:
    """Made, changed, found by its external id, read, deleted, gone."""
    told = do("life", key="nf-1", record={"LastName": "Nf", "Company": "Acme", "Ext_Id__c": "nf-1"},
              change={"Title": "CTO"})  # fmt: skip
    assert (told["read"]["title"], told["read"]["rating"], told["read"]["id"]) == ("CTO", "Hot", told["id"])
    assert told["after"] in ("ENTITY_IS_DELETED", "NOT_FOUND")
    assert org.rows("SELECT Id FROM Lead WHERE Ext_Id__c = 'nf-1'") == []


def test_it_is_told_about_the_org(do: Do, org: Running) -> None:
    """Describe, limits, identity and the list of resources."""
    told = do("told")
    assert told["fields"] > 50
    assert told["limits"]["DailyApiRequests"]["Remaining"] > 0
    assert told["identity"]["username"] == org.facts["username"]
    assert {"sobjects", "query", "limits"} <= set(told["resources"])
