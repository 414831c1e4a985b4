"""Stock CumulusCI, unmodified: datasets out of the org and into it."""

import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sfsync.clock import SystemClock
from tests.outside_clients.foreign import Foreign, Running, needing

pytestmark = needing("cumulusci")

PROJECT = """
project: {name: Local, package: {name: Local, api_version: '62.0'}}
"""
FIELD = """<?xml version="1.0" encoding="UTF-8"?>
<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">
    <fullName>Hat_Size__c</fullName>
    <label>Hat Size</label>
    <type>Text</type>
    <length>4</length>
</CustomField>
"""
Task = Callable[..., str]


@pytest.fixture(scope="module")
def client(client_of: Callable[..., Foreign]) -> Foreign:
    """The client's home, which is a project too, as it wants one under git."""
    client = client_of("cumulusci")
    (client.home / "cumulusci.yml").write_text(PROJECT)
    subprocess.run(["git", "init", "--quiet", str(client.home)], check=True)
    told = client.home / ".cumulusci/cumulus_timestamp"  # when it last asked whether there is a newer version
    told.parent.mkdir()
    told.write_text(str(SystemClock().now().timestamp()))
    return client


@pytest.fixture
def task(client: Foreign) -> Task:
    """Runs a task of the client, which knows the org by its environment; options are given by name."""
    facts = client.org.facts
    known = {name: facts[name] for name in ("instance_url", "access_token", "org_id", "username")}
    keychain = {
        "CUMULUSCI_ORG_local": json.dumps(known | {"config_type": "oauth"}),
        "CUMULUSCI_KEYCHAIN_CLASS": "cumulusci.core.keychain.EnvironmentProjectKeychain",
    }

    def run(name: str, codes: tuple[int, ...] = (0,), **options: str) -> str:
        given = [part for key, value in options.items() for part in ("-o", key, value)]
        done = client.run(
            client.program("cci"), "task", "run", name, "--org", "local", *given, more=keychain, codes=codes
        )
        return done.stdout + done.stderr

    return run


def written(client: Foreign, name: str, text: str) -> str:
    """Write a file of the project."""
    (client.home / name).write_text(text)
    return name


def table(path: Path, name: str) -> list[dict[str, Any]]:
    """Read a table of a dataset written as SQL."""
    with sqlite3.connect(":memory:") as connection:
        connection.row_factory = sqlite3.Row
        connection.executescript(path.read_text("utf-8"))
        rows = [dict(one) for one in connection.execute(f'SELECT * FROM "{name}"')]
    connection.close()
    return rows


@pytest.mark.parametrize("api", ["rest", "bulk"])
def test_it_extracts(task: Task, client: Foreign, org: Running, api: str) -> None:
    """Every lead is in the dataset, and each contact with its account."""
    mapping = written(
        client,
        "out.yml",
        f"""
Accounts: {{sf_object: Account, api: {api}, fields: [Name]}}
Contacts: {{sf_object: Contact, api: {api}, fields: [LastName], lookups: {{AccountId: {{table: Account}}}}}}
Leads: {{sf_object: Lead, api: {api}, fields: [LastName, Company, Email, Status]}}
""",
    )
    task("extract_dataset", mapping=mapping, sql_path="out.sql")
    names = ("LastName", "Company", "Email", "Status")
    found = sorted([one[name] or "" for name in names] for one in table(client.home / "out.sql", "Lead"))
    assert found == sorted(
        [one[name] or "" for name in names] for one in org.rows(f"SELECT {', '.join(names)} FROM Lead")
    )
    accounts = {one["id"]: one["Name"] for one in table(client.home / "out.sql", "Account")}
    contacts = table(client.home / "out.sql", "Contact")
    pairs = sorted((one["LastName"], accounts.get(one["AccountId"], "")) for one in contacts)
    assert pairs == sorted((one["LastName"], (one["Account"] or {"Name": ""})["Name"])
                           for one in org.rows("SELECT LastName, Account.Name FROM Contact"))  # fmt: skip


def dataset(key: str, company: str, second: str) -> str:
    """Give a dataset of one account with two contacts, and three leads, the second one's company as SQL."""
    return f"""
CREATE TABLE "Account" (id VARCHAR(255) NOT NULL, "Name" VARCHAR(255), "Ext_Id__c" VARCHAR(255), PRIMARY KEY (id));
INSERT INTO "Account" VALUES('A1','Cci {key}','cci-{key}');
CREATE TABLE "Contact" (id VARCHAR(255) NOT NULL, "LastName" VARCHAR(255), "AccountId" VARCHAR(255), PRIMARY KEY (id));
INSERT INTO "Contact" VALUES('C1','{key} one','A1');
INSERT INTO "Contact" VALUES('C2','{key} two','A1');
CREATE TABLE "Lead" (id VARCHAR(255) NOT NULL, "LastName" VARCHAR(255), "Company" VARCHAR(255),
    "Ext_Id__c" VARCHAR(255), PRIMARY KEY (id));
INSERT INTO "Lead" VALUES('L1','One','{company}','cci-{key}-1');
INSERT INTO "Lead" VALUES('L2','Two',{second},'cci-{key}-2');
INSERT INTO "Lead" VALUES('L3','Three','{company}','cci-{key}-3');
"""


@pytest.mark.parametrize("api", ["rest", "bulk"])
def test_it_loads(task: Task, client: Foreign, org: Running, api: str) -> None:
    """Children belong to their parents; a row that fails is told and the others are there; keys find records."""
    accounts = f"Accounts: {{sf_object: Account, api: {api}, fields: [Name, Ext_Id__c]}}\n"
    lookups = "lookups: {AccountId: {table: Account}}"
    contacts = f"Contacts: {{sf_object: Contact, api: {api}, fields: [LastName], {lookups}}}\n"
    leads = f"Leads: {{sf_object: Lead, api: {api}, fields: [LastName, Company, Ext_Id__c]"
    find = f"SELECT Id, LastName, Company FROM Lead WHERE Ext_Id__c LIKE 'cci-{api}-%' ORDER BY Ext_Id__c"
    source = written(client, "in.sql", dataset(api, "Acme", "NULL"))
    mapping = written(client, "in.yml", f"{accounts}{contacts}{leads}}}\n")
    told = task("load_dataset", mapping=mapping, sql_path=source, ignore_row_errors="True")
    assert "REQUIRED_FIELD_MISSING" in told
    assert org.rows(f"SELECT LastName, Account.Name FROM Contact WHERE LastName LIKE '{api} %' ORDER BY LastName") == [
        {"LastName": f"{api} {one}", "Account": {"Name": f"Cci {api}"}} for one in ("one", "two")]  # fmt: skip
    first = org.rows(find)
    assert [(one["LastName"], one["Company"]) for one in first] == [("One", "Acme"), ("Three", "Acme")]
    again = written(client, "again.sql", dataset(api, "Beta", "'Beta'"))
    mapping = written(client, "again.yml", f"{leads}, action: upsert, update_key: Ext_Id__c}}\n")
    task("load_dataset", mapping=mapping, sql_path=again)
    second = org.rows(find)
    assert [(one["LastName"], one["Company"]) for one in second] == [
        ("One", "Beta"), ("Two", "Beta"), ("Three", "Beta")]  # fmt: skip
    assert {one["Id"] for one in first} <= {one["Id"] for one in second}


def test_it_deletes(task: Task, org: Running) -> None:
    """Records that fit a condition are deleted, others are not."""
    with org.session() as session:
        for name in ("Cci Gone", "Cci Kept"):
            body = {"LastName": name, "Company": "Cci"}
            session.post(f"{org.facts['instance_url']}/services/data/v62.0/sobjects/Lead", json=body).raise_for_status()
    task("delete_data", objects="Lead", where="LastName = 'Cci Gone'")
    assert org.rows("SELECT LastName FROM Lead WHERE LastName LIKE 'Cci %'") == [{"LastName": "Cci Kept"}]


def test_it_deploys_a_custom_field(task: Task, client: Foreign, org: Running) -> None:
    """A field of the project's source is in the org afterwards, and can be written."""
    fields = client.home / "force-app/main/default/objects/Lead/fields"
    fields.mkdir(parents=True)
    (fields / "Hat_Size__c.field-meta.xml").write_text(FIELD)
    settings = {"packageDirectories": [{"path": "force-app", "default": True}], "sourceApiVersion": "62.0"}
    (client.home / "sfdx-project.json").write_text(json.dumps(settings))
    task("deploy", path="force-app")
    with org.session() as session:
        body = {"LastName": "Cci Hat", "Company": "A", "Hat_Size__c": "XL"}
        session.post(f"{org.facts['instance_url']}/services/data/v62.0/sobjects/Lead", json=body).raise_for_status()
    assert org.rows("SELECT Hat_Size__c FROM Lead WHERE LastName = 'Cci Hat'") == [{"Hat_Size__c": "XL"}]
