"""Stock salesforce-bulk, unmodified: the older Bulk API in CSV and JSON, with and without PK chunking."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.outside_clients.foreign import Foreign, Running, needing

pytestmark = needing("salesforce_bulk")

Do = Callable[..., Any]
QUERY = "SELECT Id, LastName, CreatedDate FROM Lead"


@pytest.fixture(scope="module")
def do(client_of: Callable[..., Foreign]) -> Do:
    """Does one thing with the client and gives its result."""
    client = client_of("salesforce_bulk")

    def step(name: str, /, **given: Any) -> Any:
        proxy = {"HTTPS_PROXY": client.org.facts["proxy_url"], "NO_PROXY": "127.0.0.1"}
        return json.loads(
            client.run(client.python, client.script("steps.py"), name, json.dumps(given), more=proxy).stdout
        )

    return step


def test_it_queries_csv(do: Do, org: Running) -> None:
    """Every row once, datetimes as the Bulk API writes them."""
    told = do("query", soql=QUERY, kind="CSV")
    wanted = [{**one, "CreatedDate": one["CreatedDate"].replace("+0000", "Z")} for one in org.rows(QUERY)]
    assert (ordered(told["rows"]), told["state"]) == (ordered(wanted), "Closed")


def test_it_queries_json(do: Do, org: Running) -> None:
    """The same in JSON, datetimes in milliseconds."""
    told = do("query", soql=QUERY, kind="JSON")
    assert [(one["Id"], one["LastName"]) for one in ordered(told["rows"])] == [
        (one["Id"], one["LastName"]) for one in ordered(org.rows(QUERY))]  # fmt: skip
    assert all(isinstance(one["CreatedDate"], int) for one in told["rows"])


def test_it_queries_in_chunks(do: Do, org: Running) -> None:
    """With PK chunking several batches hold every row once."""
    told = do("query", soql="SELECT Id, LastName FROM Lead", kind="CSV", pk_chunking=1000)
    assert told["batches"] >= 3
    assert ordered(told["rows"]) == ordered(org.rows("SELECT Id, LastName FROM Lead"))


@pytest.mark.parametrize("kind", ["CSV", "JSON"])
def test_it_loads_and_tells_which_rows_failed(do: Do, org: Running, kind: str) -> None:
    """Outcomes come in the order of the rows; the org agrees with them."""
    rows = [{"LastName": f"{kind}{n}", "Company": "" if n == 1 else "Acme", "Ext_Id__c": f"sb-{kind}-{n}"}
            for n in range(3)]  # fmt: skip
    find = f"SELECT Id, Company FROM Lead WHERE Ext_Id__c LIKE 'sb-{kind}-%' ORDER BY Ext_Id__c"
    told = do("load", operation="insert", rows=rows, kind=kind)
    assert [is_true(one["success"]) for one in told] == [True, False, True]
    assert "REQUIRED_FIELD_MISSING" in json.dumps(told[1]["error"])
    assert [one["id"] for one in told if is_true(one["success"])] == [one["Id"] for one in org.rows(find)]
    again = [{**one, "Company": "Beta"} for one in rows]
    told = do("load", operation="upsert", rows=again, kind=kind, key="Ext_Id__c")
    assert [is_true(one["created"]) for one in told] == [False, True, False]
    assert [one["Company"] for one in org.rows(find)] == ["Beta"] * 3
    gone = do("load", operation="delete", rows=[{"Id": one["Id"]} for one in org.rows(find)], kind=kind)
    assert [is_true(one["success"]) for one in gone] == [True] * 3
    assert org.rows(find) == []


def test_it_signs_in_at_the_host_name_it_has_built_in(do: Do, org: Running) -> None:
    """A SOAP login at login.salesforce.com is led to the org, and so is what follows."""
    assert ordered(do("signed_in")["rows"]) == ordered(org.rows("SELECT Id FROM Lead"))


def is_true(value: object) -> bool:
    """Read what is a boolean in JSON and a word in CSV."""
    return str(value).lower() == "true"


def ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give rows in the order of their ids, without what JSON adds."""
    plain = [{key: value for key, value in one.items() if key != "attributes"} for one in rows]
    return sorted(plain, key=lambda one: str(one["Id"]))
