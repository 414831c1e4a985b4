"""The stock Salesforce CLI with a project: custom fields into the org and out of it; and at fixed host names."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.outside_clients.foreign import Foreign, Running, needing, without_attributes

pytestmark = needing("salesforce_cli", "node")

CLI = Callable[..., Any]
FIELD = """<?xml version="1.0" encoding="UTF-8"?>
<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">
    <fullName>Shoe_Size__c</fullName>
    <label>Shoe Size</label>
    <type>Number</type>
    <precision>4</precision>
    <scale>1</scale>
</CustomField>
"""


@pytest.fixture
def project(salesforce_cli: Foreign) -> Path:
    """A project with one custom field of Lead."""
    project = salesforce_cli.home / "project"
    fields = project / "force-app/main/default/objects/Lead/fields"
    fields.mkdir(parents=True)
    (fields / "Shoe_Size__c.field-meta.xml").write_text(FIELD)
    settings = {"packageDirectories": [{"path": "force-app", "default": True}], "sourceApiVersion": "62.0"}
    (project / "sfdx-project.json").write_text(json.dumps(settings))
    return project


def test_a_custom_field_comes_and_goes(sf: CLI, org: Running, project: Path) -> None:
    """Deployed it can be described, written and queried; it is retrieved as it was; once deleted it is unknown."""
    source = ("--source-dir", "force-app", "-o", "local")
    told = sf("project", "deploy", "start", *source, cwd=project)
    assert [(one["fullName"], one["state"]) for one in told["files"]] == [("Lead.Shoe_Size__c", "Created")]
    fields = {one["name"]: one for one in sf("sobject", "describe", "-s", "Lead", "-o", "local")["fields"]}
    shown = fields["Shoe_Size__c"]
    assert (shown["label"], shown["type"], shown["precision"], shown["scale"]) == ("Shoe Size", "double", 4, 1)
    made = sf(
        "data", "create", "record", "-s", "Lead", "-v", "LastName=Foot Company=A Shoe_Size__c=41.5", "-o", "local"
    )
    assert org.rows(f"SELECT Shoe_Size__c FROM Lead WHERE Id = '{made['id']}'") == [{"Shoe_Size__c": 41.5}]
    kept = next(project.rglob("Shoe_Size__c.field-meta.xml"))
    kept.unlink()
    sf("project", "retrieve", "start", "--metadata", "CustomField:Lead.Shoe_Size__c", "-o", "local", cwd=project)
    assert "<label>Shoe Size</label>" in kept.read_text() and "<scale>1</scale>" in kept.read_text()
    sf("project", "delete", "source", "--metadata", "CustomField:Lead.Shoe_Size__c", "-o", "local", "--no-prompt",
       cwd=project)  # fmt: skip
    refused = sf("data", "query", "-q", "SELECT Shoe_Size__c FROM Lead", "-o", "local", codes=(1,))
    assert refused["name"] == "INVALID_FIELD"


def test_it_asks_the_tooling_api(sf: CLI) -> None:
    """Custom fields are records of the Tooling API, and components of the Metadata API."""
    soql = "SELECT DeveloperName, TableEnumOrId FROM CustomField WHERE TableEnumOrId = 'Lead'"
    found = sf("data", "query", "-q", soql, "--use-tooling-api", "-o", "local")["records"]
    assert {"Ext_Id", "Score"} <= {one["DeveloperName"] for one in found}
    listed = sf("org", "list", "metadata", "--metadata-type", "CustomField", "-o", "local")
    assert {"Lead.Ext_Id__c", "Account.Sfsync_Key__c"} <= {one["fullName"] for one in listed}


def test_it_signs_in_at_salesforces_own_host_names(newcomer: CLI, org: Running) -> None:
    """Led by the org's proxy, it signs in at My Domain with a key, and queries."""
    facts = org.facts
    led = {"HTTPS_PROXY": facts["proxy_url"], "SFDX_DISABLE_DNS_CHECK": "true"}
    host = "https://local-org.my.salesforce.com"
    told = newcomer("org", "login", "jwt", "--client-id", facts["client_id"], "--jwt-key-file", facts["jwt_key_file"],
              "--username", facts["username"], "--instance-url", host, "--alias", "host", more=led)  # fmt: skip
    assert (told["orgId"], told["instanceUrl"].rstrip("/")) == (facts["org_id"], host)
    soql = "SELECT Id, Name FROM Lead ORDER BY Id LIMIT 3"
    found = newcomer("data", "query", "-q", soql, "-o", "host", more=led)["records"]
    assert without_attributes(found) == org.rows(soql)


def test_it_waits_for_jobs_that_take_their_time(sf: CLI, salesforce_cli: Foreign, org: Running) -> None:
    """A bulk job that is done only after some questions is waited for, and its rows are there."""
    source = salesforce_cli.home / "slow.csv"
    source.write_text("LastName,Company\nSlow One,A\nSlow Two,A\n")
    with org.session() as session:
        settings = f"{org.facts['control_url']}/settings"
        session.post(settings, json={"bulk_jobs": "polls:2"}).raise_for_status()
        told = sf("data", "import", "bulk", "--file", str(source), "-s", "Lead", "-o", "local", "--wait", "1")
        session.post(settings, json={"bulk_jobs": "immediate"}).raise_for_status()
    assert (told["processedRecords"], told["failedRecords"]) == (2, 0)
    assert len(org.rows("SELECT Id FROM Lead WHERE LastName IN ('Slow One', 'Slow Two')")) == 2
