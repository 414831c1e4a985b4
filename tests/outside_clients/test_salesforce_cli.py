"""The stock Salesforce CLI, unmodified, on Node 22."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.outside_clients.foreign import Foreign, Running, needing, without_attributes

pytestmark = needing("salesforce_cli", "node")

Row = dict[str, Any]
CLI = Callable[..., Any]
SOME = "SELECT Id, Name, Owner.Name FROM Lead ORDER BY Id LIMIT 3"


@pytest.fixture(scope="module")
def client(salesforce_cli: Foreign) -> Foreign:
    """The client's home."""
    return salesforce_cli


@pytest.fixture
def people(client: Foreign, request: pytest.FixtureRequest) -> Path:
    """A file of five leads, one of which lacks its company."""
    rows = [[f"P{n}", "" if n == 3 else "Acme", f"{request.node.name}-{n}"[-60:]] for n in range(5)]
    return written(client.home / f"{request.node.name}.csv", ["LastName", "Company", "Ext_Id__c"], rows)


def written(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    """Write a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    """Read a CSV file."""
    return [*csv.DictReader(io.StringIO(path.read_text("utf-8")))]


def loaded(sf: CLI, client: Foreign, kind: str, path: Path, *more: str) -> tuple[list[Row], list[Row]]:
    """Load a file in bulk, and give the rows that the CLI says succeeded and failed."""
    call = ("data", kind, "bulk", "--file", str(path), "--sobject", "Lead", "-o", "local", "--wait", "1", *more)
    told = sf(*call, codes=(0, 1, 68))
    job = told.get("jobId") or told.get("jobInfo", {}).get("id") or told["data"]["jobId"]
    result = sf("data", "bulk", "results", "-o", "local", "--job-id", job)
    paths = [result.get(name) for name in ("successFilePath", "failedFilePath")]
    good, bad = (rows_of(client.home / one) if one else [] for one in paths)
    return good, bad


def test_it_queries(sf: CLI, org: Running) -> None:
    """Rows, parents among them, and every page of many."""
    assert without_attributes(sf("data", "query", "-q", SOME, "-o", "local")["records"]) == org.rows(SOME)
    everything = sf("data", "query", "-q", "SELECT Id FROM Lead ORDER BY Id", "-o", "local")
    assert without_attributes(everything["records"]) == org.rows("SELECT Id FROM Lead ORDER BY Id")
    assert everything["totalSize"] > 2_000


def test_it_prints_tables(sf: CLI, client: Foreign, org: Running) -> None:
    """CSV has parents' columns, and groups the names that were given them."""

    def printed(soql: str) -> list[dict[str, str]]:
        call = (client.program("sf"), "data", "query", "-q", soql, "-o", "local", "--result-format", "csv")
        return [*csv.DictReader(io.StringIO(client.run(*call).stdout))]

    wanted = [{"Id": one["Id"], "Name": one["Name"], "Owner.Name": one["Owner"]["Name"]} for one in org.rows(SOME)]
    assert printed(SOME) == wanted
    grouped = "SELECT Status, COUNT(Id) many FROM Lead GROUP BY Status ORDER BY Status"
    assert [(one["Status"], int(one["many"])) for one in printed(grouped)] == [
        (one["Status"], one["many"]) for one in org.rows(grouped)]  # fmt: skip


def test_it_exports_in_bulk(sf: CLI, client: Foreign, org: Running) -> None:
    """An export of more rows than fit a page has each of them once."""
    target = client.home / "export.csv"
    soql = "SELECT Id, LastName, Company, Email FROM Lead"
    sf("data", "export", "bulk", "-q", soql, "--output-file", str(target), "-o", "local", "--wait", "1")
    rows = {one["Id"]: one for one in rows_of(target)}
    wanted = {one["Id"]: {key: value or "" for key, value in one.items()} for one in org.rows(soql)}
    assert rows == wanted and len(rows_of(target)) == len(wanted) > 2_000


def test_it_imports_in_bulk(sf: CLI, client: Foreign, org: Running, people: Path) -> None:
    """Good rows are in the org, the bad one is told with its reason and is not."""
    good, bad = loaded(sf, client, "import", people)
    assert sorted(one["LastName"] for one in good) == ["P0", "P1", "P2", "P4"]
    assert [(one["LastName"], one["sf__Error"].split(":")[0]) for one in bad] == [("P3", "REQUIRED_FIELD_MISSING")]
    ids = "','".join(one["sf__Id"] for one in good)
    found = org.rows(f"SELECT LastName FROM Lead WHERE Id IN ('{ids}') ORDER BY LastName")
    assert [one["LastName"] for one in found] == ["P0", "P1", "P2", "P4"]


def test_it_upserts_updates_and_deletes_in_bulk(sf: CLI, client: Foreign, org: Running, people: Path) -> None:
    """The same file twice makes each record once; rows of ids change and remove them."""
    key = rows_of(people)[0]["Ext_Id__c"].rpartition("-")[0]
    find = f"SELECT Id, Title FROM Lead WHERE Ext_Id__c LIKE '{key}-%' ORDER BY Ext_Id__c"
    first, bad = loaded(sf, client, "upsert", people, "--external-id", "Ext_Id__c")
    again, _ = loaded(sf, client, "upsert", people, "--external-id", "Ext_Id__c")
    assert ({one["sf__Created"] for one in first}, {one["sf__Created"] for one in again}) == ({"true"}, {"false"})
    assert [one["LastName"] for one in bad] == ["P3"]
    ids = [str(one["Id"]) for one in org.rows(find)]
    assert sorted(ids) == sorted(one["sf__Id"] for one in again) and len(ids) == 4
    changes = [[one, "CTO"] for one in [*ids, "00Q000000000000AAA"]]
    good, bad = loaded(sf, client, "update", written(client.home / "change.csv", ["Id", "Title"], changes))
    assert (len(good), len(bad)) == (4, 1)
    assert [one["Title"] for one in org.rows(find)] == ["CTO"] * 4
    good, bad = loaded(sf, client, "delete", written(client.home / "gone.csv", ["Id"], [[one] for one in ids]))
    assert (sorted(one["sf__Id"] for one in good), bad) == (sorted(ids), [])
    assert org.rows(find) == []


def test_a_record_goes_through_its_life(sf: CLI, org: Running) -> None:
    """Created, read by id and by a field, changed, deleted, gone."""
    made = sf("data", "create", "record", "-s", "Lead", "-v", "LastName='van Dam' Company=Acme Ext_Id__c=cli-1",
              "-o", "local")["id"]  # fmt: skip
    assert sf("data", "get", "record", "-s", "Lead", "-i", made, "-o", "local")["LastName"] == "van Dam"
    assert sf("data", "get", "record", "-s", "Lead", "-w", "Ext_Id__c=cli-1", "-o", "local")["Id"] == made
    sf("data", "update", "record", "-s", "Lead", "-w", "Ext_Id__c=cli-1", "-v", "Title=CTO Rating=Hot", "-o", "local")
    assert org.rows(f"SELECT Title, Rating FROM Lead WHERE Id = '{made}'") == [{"Title": "CTO", "Rating": "Hot"}]
    sf("data", "delete", "record", "-s", "Lead", "-i", made, "-o", "local")
    assert org.rows(f"SELECT Id FROM Lead WHERE Id = '{made}'") == []
    refused = sf("data", "create", "record", "-s", "Lead", "-v", "LastName=Nobody", "-o", "local", codes=(1,))
    assert (refused["name"], refused["data"]["errorCode"]) == ("REQUIRED_FIELD_MISSING",) * 2


def test_it_imports_and_exports_trees(sf: CLI, client: Foreign, org: Running) -> None:
    """An account comes with its contacts, and goes out with them again."""
    leaves = [{"attributes": {"type": "Contact", "referenceId": f"c{n}"}, "LastName": f"Leaf{n}"} for n in range(2)]
    root = {"attributes": {"type": "Account", "referenceId": "a"}, "Name": "Tree Co", "Contacts": {"records": leaves}}
    source = client.home / "tree.json"
    source.write_text(json.dumps({"records": [root]}))
    made = {one["refId"]: one["id"] for one in sf("data", "import", "tree", "--files", str(source), "-o", "local")}
    rows = org.rows(f"SELECT LastName FROM Contact WHERE AccountId = '{made['a']}' ORDER BY LastName")
    assert [one["LastName"] for one in rows] == ["Leaf0", "Leaf1"]
    soql = f"SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Id = '{made['a']}'"
    (client.home / "out").mkdir()
    sf("data", "export", "tree", "-q", soql, "--output-dir", "out", "-o", "local")
    [written_file] = (client.home / "out").iterdir()
    [tree] = json.loads(written_file.read_text())["records"]
    assert (tree["Name"], [one["LastName"] for one in tree["Contacts"]["records"]]) == ("Tree Co", ["Leaf0", "Leaf1"])


def test_it_describes_and_lists(sf: CLI, org: Running) -> None:
    """Fields, sObjects and limits are there."""
    fields = {one["name"]: one for one in sf("sobject", "describe", "-s", "Lead", "-o", "local")["fields"]}
    assert (fields["Email"]["type"], fields["Sfsync_Key__c"]["unique"]) == ("email", True)
    assert {"Lead", "Account"} <= set(sf("sobject", "list", "-s", "all", "-o", "local"))
    limits = {one["name"]: one for one in sf("org", "list", "limits", "-o", "local")}
    assert 0 < limits["DailyApiRequests"]["remaining"] < limits["DailyApiRequests"]["max"]


def test_it_knows_the_org(sf: CLI, org: Running) -> None:
    """The org is shown as connected."""
    shown = sf("org", "display", "-o", "local")
    assert (shown["id"], shown["connectedStatus"]) == (org.facts["org_id"], "Connected")


def test_it_searches(sf: CLI, org: Running) -> None:
    """SOSL finds a record by a word of its name."""
    made = sf("data", "create", "record", "-s", "Lead", "-v", "LastName=Huitzilopochtli Company=A", "-o", "local")
    found = sf("data", "search", "-q", "FIND {Huitzilopochtli} IN NAME FIELDS RETURNING Lead (Id, LastName)",
               "-o", "local")  # fmt: skip
    assert [one["Id"] for one in found["searchRecords"]] == [made["id"]]


def test_it_signs_in_with_a_key(newcomer: CLI, org: Running) -> None:
    """`org login jwt` with the org's key file, and then a query."""
    facts = org.facts
    told = newcomer("org", "login", "jwt", "--client-id", facts["client_id"], "--jwt-key-file", facts["jwt_key_file"],
              "--username", facts["username"], "--instance-url", facts["instance_url"], "--alias", "key")  # fmt: skip
    assert told["orgId"] == facts["org_id"]
    assert without_attributes(newcomer("data", "query", "-q", SOME, "-o", "key")["records"]) == org.rows(SOME)


def test_it_signs_in_with_an_address(newcomer: CLI, tmp_path: Path, org: Running) -> None:
    """`org login sfdx-url` with the org's sfdx_auth_url, and then a query."""
    source = tmp_path / "url.txt"
    source.write_text(org.facts["sfdx_auth_url"])
    told = newcomer("org", "login", "sfdx-url", "--sfdx-url-file", str(source), "--alias", "address")
    assert told["orgId"] == org.facts["org_id"]
    assert without_attributes(newcomer("data", "query", "-q", SOME, "-o", "address")["records"]) == org.rows(SOME)
