"""The Tooling API: the org's shape as records, and custom fields made through it."""

from typing import Any

import pytest

from tests.localorg.conftest import Org


def _query(org: Org, soql: str) -> list[dict[str, Any]]:
    reply = org.ask("GET", "tooling/query", q=soql)
    assert reply.status == 200, reply.body
    assert list(reply.body) == ["size", "totalSize", "done", "queryLocator", "entityTypeName", "records"]  # type: ignore[call-overload]
    records = reply["records"]
    assert isinstance(records, list) and reply["size"] == len(records)
    return records


def test_the_fields_of_an_sobject_can_be_queried(org: Org) -> None:
    """By the sObject's name, with conditions, order and parents; addresses lie under /tooling."""
    soql = (
        "SELECT QualifiedApiName, DataType, EntityDefinition.QualifiedApiName FROM FieldDefinition "
        "WHERE EntityDefinition.QualifiedApiName = 'Lead' AND QualifiedApiName IN ('Score__c', 'LastName') "
        "ORDER BY QualifiedApiName"
    )
    name, score = _query(org, soql)
    assert (name["QualifiedApiName"], name["DataType"]) == ("LastName", "Text(80)")
    assert (score["DataType"], score["EntityDefinition"]["QualifiedApiName"]) == ("Number(4, 0)", "Lead")
    assert score["attributes"]["url"].startswith("/services/data/v59.0/tooling/sobjects/FieldDefinition/Lead.00N")
    for prefix, names in (("00Q", ["Lead"]), ("00q", ["OpportunityTeamMember"])):  # case tells them apart
        found = _query(org, f"SELECT QualifiedApiName FROM EntityDefinition WHERE KeyPrefix = '{prefix}'")
        assert [one["QualifiedApiName"] for one in found] == names


def test_what_the_org_does_not_hold_is_an_empty_list(org: Org) -> None:
    """Code, flows and packages: clients ask for them and find none, with a null entityTypeName as real orgs give."""
    for soql in (
        "SELECT Id, Name FROM ApexClass WHERE NamespacePrefix = null AND (Name LIKE '%_TEST%')",
        "SELECT SubscriberPackage.Id, SubscriberPackage.NamespacePrefix, SubscriberPackageVersionId "
        "FROM InstalledSubscriberPackage",
        "SELECT Id, ActiveVersion.VersionNumber FROM FlowDefinition",
        "SELECT ApexClassOrTrigger.Name, NumLinesCovered FROM ApexCodeCoverageAggregate",
    ):
        assert _query(org, soql) == []
    assert org.ask("GET", "tooling/query", q="SELECT Id FROM ApexTrigger")["entityTypeName"] is None


def test_the_columns_of_a_query_are_told_instead_where_asked_for(org: Org) -> None:
    """As the Salesforce CLI asks with columns=true."""
    reply = org.ask("GET", "tooling/query", q="SELECT Id, Name FROM ApexClass", columns="true")
    told: Any = reply["columnMetadata"]
    assert [one["columnName"] for one in told] == ["Id", "Name"]


def test_rest_queries_do_not_see_these_records(org: Org) -> None:
    """Nor do they see the org's: each API has its own."""
    _query(org, "SELECT Id FROM CustomField")
    assert org.ask("GET", "query", q="SELECT Id FROM CustomField").error()[0] == "INVALID_TYPE"
    assert org.ask("GET", "tooling/query", q="SELECT Id FROM Lead").error()[0] == "INVALID_TYPE"
    assert org.ask("GET", "tooling/query", q="SELECT Nonsense FROM ApexClass").error()[0] == "INVALID_FIELD"
    assert org.ask("GET", "tooling/query").status == 400


def test_sobjects_are_listed_and_described(org: Org) -> None:
    """In the shape of REST's; source members are not among them, so that no client tracks sources."""
    listed: Any = org.ask("GET", "tooling/sobjects")["sobjects"]
    names = {one["name"] for one in listed}
    assert {"CustomField", "ApexClass", "FieldDefinition"} <= names and "SourceMember" not in names
    assert org.ask("GET", "tooling/sobjects/CustomField/describe")["keyPrefix"] == "00N"
    assert org.ask("GET", "tooling/sobjects/SourceMember/describe").status == 404
    assert org.ask("GET", "tooling/sobjects/ApexClass").status == 200


def test_a_custom_field_is_made_read_changed_and_taken_away(org: Org) -> None:
    """With FullName and Metadata; it is there for every API at once."""
    metadata = {"label": "Own", "type": "Text", "length": 20, "externalId": True, "unique": True}
    made = org.ask("POST", "tooling/sobjects/CustomField", {"FullName": "Lead.Own__c", "Metadata": metadata})
    assert (made.status, made["success"]) == (201, True)
    field_id = str(made["id"])
    assert org.ask("PATCH", "sobjects/Lead/Own__c/key", {"LastName": "N", "Company": "C"}).status == 201
    assert [one["Id"] for one in _query(org, "SELECT Id FROM CustomField WHERE DeveloperName = 'Own'")] == [field_id]
    read = org.ask("GET", f"tooling/sobjects/CustomField/{field_id}")
    shown: Any = read["Metadata"]
    assert (read["FullName"], shown["length"]) == ("Lead.Own__c", "20")
    values = {"value": [{"fullName": "a", "label": "A", "default": False}]}
    changed = {"Metadata": {**metadata, "length": 40}}
    assert org.ask("PATCH", f"tooling/sobjects/CustomField/{field_id}", changed).status == 204
    picklist = {"label": "P", "type": "Picklist", "valueSet": {"valueSetDefinition": values}}
    assert (
        org.ask("POST", "tooling/sobjects/CustomField", {"FullName": "Lead.P__c", "Metadata": picklist}).status == 201
    )
    assert org.ask("DELETE", f"tooling/sobjects/CustomField/{field_id}").status == 204
    assert org.ask("GET", f"tooling/sobjects/CustomField/{field_id}").status == 404
    assert org.ask("GET", "query", q="SELECT Own__c FROM Lead").status == 400


@pytest.mark.parametrize("name", ["Lead.Own__c", "lead.OWN__C"])
def test_a_custom_field_is_made_once(org: Org, name: str) -> None:
    """The second time is refused, in whatever case, and the field stays as it was."""
    metadata = {"label": "Own", "type": "Text", "length": 20}
    made = org.ask("POST", "tooling/sobjects/CustomField", {"FullName": "Lead.Own__c", "Metadata": metadata})
    assert made.status == 201
    again = org.ask("POST", "tooling/sobjects/CustomField", {"FullName": name, "Metadata": {**metadata, "length": 40}})
    assert (again.status, again.error()[0]) == (400, "DUPLICATE_DEVELOPER_NAME")
    kind = org.state.catalog.sobject("Lead")
    assert kind is not None and kind.fields["own__c"].length == 20


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"FullName": "Lead.Own__c"},
        {"FullName": "Own__c", "Metadata": {}},
        {"FullName": "Nonsense.Own__c", "Metadata": {"type": "Date"}},
        {"FullName": "Lead.Own__c", "Metadata": {"type": "Nonsense"}},
        {"FullName": "Lead.Own__c", "Metadata": {"type": ["Date"], "x": {"y": {"z": [{}]}}, "length": []}, "more": 1},
    ],
)
def test_a_field_that_cannot_be_is_refused(org: Org, body: dict[str, object]) -> None:
    """HTTP 400 with the reason, and no field; a single value may be a list of one."""
    reply = org.ask("POST", "tooling/sobjects/CustomField", body)
    assert reply.status == (201 if "more" in body else 400)
    assert org.ask("POST", "tooling/sobjects/ApexClass", body).status == 400
