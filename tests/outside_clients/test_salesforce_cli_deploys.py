"""The stock Salesforce CLI sets an org up: custom fields deployed, retrieved and deleted, fields looked up."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.outside_clients.foreign import Foreign, Running

pytestmark = [pytest.mark.long, pytest.mark.timeout(120)]

CLI = Callable[..., Any]
FIELD = (
    '<?xml version="1.0" encoding="UTF-8"?><CustomField xmlns="http://soap.sforce.com/2006/04/metadata">'
    "<fullName>{name}</fullName><label>Own</label><type>{kind}</type>{more}</CustomField>"
)


@pytest.fixture(scope="module")
def project(client_of: Callable[..., Foreign]) -> Foreign:
    """The client, with a project of one custom field in its home."""
    client = client_of("salesforce_cli", "node")
    packages = [{"path": "force-app", "default": True}]
    (client.home / "sfdx-project.json").write_text(
        json.dumps({"packageDirectories": packages, "sourceApiVersion": "62.0"})
    )
    _field(client.home, "Cli_Own__c", "Text", "<length>20</length>")
    return client


def _field(home: Path, name: str, kind: str, more: str = "") -> Path:
    folder = home / "force-app/main/default/objects/Lead/fields"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.field-meta.xml"
    path.write_text(FIELD.format(name=name, kind=kind, more=more), "utf-8")
    return path


@pytest.fixture(scope="module")
def sf(project: Foreign) -> CLI:
    """Calls the CLI, signed in by access token, and gives what it answers as JSON."""
    facts = project.org.facts

    def call(*command: str, **options: Any) -> Any:
        answer = json.loads(project.run(project.program("sf"), *command, "--json", **options).stdout)
        return answer.get("result", answer)

    token = {"SF_ACCESS_TOKEN": facts["access_token"]}
    call("org", "login", "access-token", "--instance-url", facts["instance_url"], "--no-prompt", "--alias", "local",
         "--set-default", more=token)  # fmt: skip
    return call


def test_it_deploys_retrieves_and_deletes_fields(sf: CLI, project: Foreign, org: Running) -> None:
    """What is deployed is there to be queried, comes back as source, and is gone when deleted."""
    done = sf("project", "deploy", "start", "--source-dir", "force-app", "-o", "local")
    assert [one["fullName"] for one in done["details"]["componentSuccesses"] if one["fullName"]] == ["Lead.Cli_Own__c"]
    assert org.rows("SELECT Cli_Own__c FROM Lead LIMIT 1") == [{"Cli_Own__c": None}]
    back = sf("project", "retrieve", "start", "-m", "CustomField:Lead.Score__c", "-o", "local")
    score = project.home / "force-app/main/default/objects/Lead/fields/Score__c.field-meta.xml"
    assert back["success"] and "<precision>4</precision>" in score.read_text("utf-8")
    soql = "SELECT QualifiedApiName, DataType FROM FieldDefinition WHERE QualifiedApiName = 'Cli_Own__c'"
    assert [one["DataType"] for one in sf("data", "query", "-t", "-q", soql, "-o", "local")["records"]] == ["Text(20)"]
    sf("project", "delete", "source", "-m", "CustomField:Lead.Cli_Own__c", "--no-prompt", "-o", "local")
    with org.session() as session:
        url = f"{org.facts['instance_url']}/services/data/v62.0/query"
        assert session.get(url, params={"q": "SELECT Cli_Own__c FROM Lead"}).status_code == 400


def test_it_tells_why_a_field_cannot_be_deployed(sf: CLI, project: Foreign) -> None:
    """The org's own words reach the user."""
    path = _field(project.home, "Cli_Bad__c", "Location")
    failed = sf("project", "deploy", "start", "--source-dir", str(path), "-o", "local", codes=(1,))
    assert "not supported" in json.dumps(failed["details"]["componentFailures"])
    path.unlink()
