"""Stock SFDMU, unmodified, as a plugin of the Salesforce CLI: records between the org and CSV files."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.outside_clients.foreign import Foreign, Running, needing
from tests.outside_clients.installing import CLIENTS

pytestmark = needing("sfdmu", "salesforce_cli", "node")

Move = Callable[..., str]
LEADS = "SELECT Id, LastName, Company, Ext_Id__c FROM Lead"
WAYS = {"rest": {"bulkThreshold": 10_000}, "bulk 1": {"bulkThreshold": 1, "bulkApiVersion": "1.0"},
        "bulk 2": {"bulkThreshold": 1, "bulkApiVersion": "2.0"}}  # fmt: skip


@pytest.fixture(scope="module")
def client(client_of: Callable[..., Foreign]) -> Foreign:
    """The client's home, where the CLI knows the plugin."""
    client = client_of("sfdmu")
    plugin = str(CLIENTS / "sfdmu/node_modules/sfdmu")
    client.run("sf", "plugins", "link", plugin, "--no-install")
    return client


@pytest.fixture
def folder(client: Foreign, request: pytest.FixtureRequest) -> Path:
    """A folder for the plan and the files of a move."""
    folder: Path = client.home / "".join(one if one.isalnum() else "_" for one in request.node.name)
    folder.mkdir()
    return folder


@pytest.fixture
def move(client: Foreign, folder: Path) -> Move:
    """Moves records from one place to another: the org is `local`, files are `csvfile`."""
    facts = client.org.facts
    org = {"name": "local", "orgUserName": "local"} | {
        "instanceUrl": facts["instance_url"], "accessToken": facts["access_token"]}  # fmt: skip

    def run(source: str, target: str, *objects: dict[str, Any], codes: tuple[int, ...] = (0,), **more: Any) -> str:
        (folder / "export.json").write_text(json.dumps({"orgs": [org], "objects": objects, **more}))
        return client.run("sf", "sfdmu", "run", "--sourceusername", source, "--targetusername", target,
                          "--path", str(folder), "--noprompt", codes=codes).stdout  # fmt: skip

    return run


def test_it_exports(move: Move, folder: Path, org: Running) -> None:
    """Every lead is in the file once."""
    move("local", "csvfile", {"query": LEADS, "operation": "Upsert", "externalId": "Ext_Id__c"})
    with (folder / "Lead.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [*csv.DictReader(stream)]
    wanted = {one["Id"]: {name: value or "" for name, value in one.items()} for one in org.rows(LEADS)}
    assert {one["Id"]: one for one in rows} == wanted and len(rows) == len(wanted)


@pytest.mark.parametrize("way", WAYS)
def test_it_imports_what_is_new_or_changed(move: Move, folder: Path, org: Running, way: str) -> None:
    """New rows are made, changed ones change their record, the rest stay as they are."""
    key = f"mu-{way}"
    find = f"SELECT Id, LastName, Company, Ext_Id__c FROM Lead WHERE Ext_Id__c LIKE '{key}-%' ORDER BY Ext_Id__c"
    plan = {"query": find.removesuffix(" ORDER BY Ext_Id__c"), "operation": "Upsert", "externalId": "Ext_Id__c"}

    def imported(companies: list[str]) -> list[dict[str, Any]]:
        lines = [f"L{number},{company},{key}-{number}" for number, company in enumerate(companies)]
        (folder / "Lead.csv").write_text("\n".join(["LastName,Company,Ext_Id__c", *lines, ""]))
        move("csvfile", "local", plan, **WAYS[way])
        return org.rows(find)

    first = imported(["Acme", "Beta"])
    assert [(one["LastName"], one["Company"]) for one in first] == [("L0", "Acme"), ("L1", "Beta")]
    second = imported(["Acme", "Gamma", "Delta"])
    assert [one["Company"] for one in second] == ["Acme", "Gamma", "Delta"]
    assert [one["Id"] for one in second[:2]] == [one["Id"] for one in first]


def test_it_keeps_children_with_their_parents(move: Move, folder: Path, org: Running) -> None:
    """Contacts come to belong to the accounts that came with them."""
    (folder / "Account.csv").write_text("Name,Ext_Id__c\nMu One,mu-a1\nMu Two,mu-a2\n")
    lines = ["LastName,Ext_Id__c,Account.Ext_Id__c", "Kid One,mu-c1,mu-a1", "Kid Two,mu-c2,mu-a2", ""]
    (folder / "Contact.csv").write_text("\n".join(lines))
    move("csvfile", "local",
         {"query": "SELECT Id, Name, Ext_Id__c FROM Account", "operation": "Upsert", "externalId": "Ext_Id__c"},
         {"query": "SELECT Id, LastName, AccountId, Ext_Id__c FROM Contact", "operation": "Upsert",
          "externalId": "Ext_Id__c"})  # fmt: skip
    found = org.rows("SELECT LastName, Account.Name FROM Contact WHERE Ext_Id__c LIKE 'mu-c%' ORDER BY Ext_Id__c")
    assert found == [{"LastName": "Kid One", "Account": {"Name": "Mu One"}},
                     {"LastName": "Kid Two", "Account": {"Name": "Mu Two"}}]  # fmt: skip
