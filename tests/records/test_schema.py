"""What an org says of its sObjects becomes types."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sfsync.records.schema import SObject, sobject_from_describe
from sfsync.records.values import Kind

DESCRIBE: dict[str, Any] = {
    "name": "Lead",
    "label": "Lead",
    "keyPrefix": "00Q",
    "createable": True,
    "updateable": True,
    "deletable": True,
    "replicateable": True,
    "fields": [
        {"name": "Id", "label": "Lead ID", "type": "id", "length": 18, "defaultedOnCreate": True, "idLookup": True},
        {
            "name": "LastName",
            "label": "Last Name",
            "type": "string",
            "length": 80,
            "createable": True,
            "updateable": True,
        },
        {
            "name": "Status",
            "label": "Status",
            "type": "picklist",
            "createable": True,
            "defaultedOnCreate": True,
            "picklistValues": [
                {"value": "New", "active": True},
                {"value": "Old", "active": False},
            ],
        },
        {
            "name": "OwnerId",
            "label": "Owner ID",
            "type": "reference",
            "referenceTo": ["Group", "User"],
            "relationshipName": "Owner",
        },
        {
            "name": "Score__c",
            "label": "Score",
            "type": "double",
            "precision": 18,
            "scale": 2,
            "nillable": True,
            "createable": True,
        },
        {"name": "HasOptedOut", "label": "Opt Out", "type": "boolean", "createable": True},
    ],
}


@pytest.fixture
def lead() -> SObject:
    """A small Lead."""
    return sobject_from_describe(DESCRIBE)


def test_fields_come_in_describe_order_with_what_matters(lead: SObject) -> None:
    """Names, kinds, sizes, parents and active picklist values are taken as the org gives them."""
    assert list(lead.fields) == ["Id", "LastName", "Status", "OwnerId", "Score__c", "HasOptedOut"]
    assert (lead.key_prefix, lead.deletable) == ("00Q", True)
    assert lead.fields["OwnerId"].reference_to == ("Group", "User")
    assert lead.fields["OwnerId"].relationship == "Owner"
    assert lead.fields["Status"].picklist == ("New",)
    assert lead.fields["Score__c"].kind is Kind.NUMBER
    assert (lead.fields["Score__c"].precision, lead.fields["Score__c"].scale) == (18, 2)


def test_a_field_is_required_where_a_create_without_it_is_refused(lead: SObject) -> None:
    """Createable, not nillable, without default and no flag: that a create must send."""
    assert [field.name for field in lead.fields.values() if field.required] == ["LastName"]


def test_a_field_is_found_in_any_case(lead: SObject) -> None:
    """API names are found as people type them, and a misspelt one leads to the nearest."""
    status = lead.find("STATUS")
    assert status is not None
    assert status.name == "Status"
    assert lead.find("Statu") is None
    assert lead.closest("Scoer__c") == "Score__c"
    assert lead.closest("xyzzy") is None


def test_what_a_describe_leaves_out_is_not_assumed() -> None:
    """A field described by name and type only can be read but not written."""
    sparse = sobject_from_describe({"name": "X", "fields": [{"name": "A", "type": "string"}]})
    field = sparse.fields["A"]
    assert (field.createable, field.updateable, field.required, field.filterable) == (False, False, False, True)


@pytest.mark.real_data
@pytest.mark.skipif("SFSYNC_DATA" not in os.environ, reason="SFSYNC_DATA does not name the folder of real data")
@pytest.mark.parametrize(
    ("name", "required"),
    [
        ("Lead", {"LastName", "Company"}),
        ("Account", {"Name"}),
        ("Contact", {"LastName"}),
        ("Opportunity", {"Name", "StageName", "CloseDate"}),
    ],
)
def test_describes_of_real_orgs_read_as_known(name: str, required: set[str]) -> None:
    """Recorded describes give every field a kind, and exactly the required fields that public clients know."""
    described = json.loads((Path(os.environ["SFSYNC_DATA"]) / "describe" / f"{name}.json").read_text(encoding="utf-8"))
    sobject = sobject_from_describe(described)
    assert len(sobject.fields) == len(described["fields"])
    assert {field.name for field in sobject.fields.values() if field.required} == required
    assert sobject.fields["OwnerId"].relationship == "Owner"


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        ("picklist", " hot ", "Hot"),
        ("picklist", "Tepid", "Tepid"),
        ("picklist", "", None),
        ("multipicklist", "cold; HOT;cold", "Hot;Cold"),
        ("multipicklist", "Tepid;cold", "Cold;Tepid"),
        ("multipicklist", " ; ", None),
    ],
)
def test_a_picklist_keeps_values_as_its_list_spells_them(kind: str, written: str, kept: str | None) -> None:
    """Several stand in the order of the list, each once, what it does not list behind; other text stays."""
    values = [{"value": one, "active": True} for one in ("Hot", "Cold")]
    field = {"name": "Rating", "label": "Rating", "type": kind, "picklistValues": values}
    assert sobject_from_describe({**DESCRIBE, "fields": [field]}).fields["Rating"].kept(written) == kept
