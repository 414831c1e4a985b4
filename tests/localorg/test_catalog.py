"""The facts about sObjects, among themselves and against real describes."""

import json
import os
from pathlib import Path

import pytest

from sfsync.localorg.catalog import Catalog
from sfsync.localorg.rest.describe import field_json
from sfsync.records.ids import is_id

MAIN = ("Lead", "Account", "Contact", "Opportunity")
# Why ours differs from the recorded orgs'. Everything else must agree.
ABSENT = {  # state and country picklists are off here; the others are custom fields of a sample org
    "Account": {
        *(f"{kind}{part}Code" for kind in ("Billing", "Shipping") for part in ("State", "Country")),
        *("CustomerPriority__c", "SLA__c", "Active__c", "NumberofLocations__c", "UpsellOpportunity__c"),
        *("SLASerialNumber__c", "SLAExpirationDate__c"),
    }
}
OTHER = {  # (sObject, field, key): the list of values is this org's own, or ordered as in Lead's describe
    ("Lead", "Status", "picklistValues"),
    ("Lead", "Status", "defaultValue"),
    ("Account", "BillingGeocodeAccuracy", "picklistValues"),
    ("Account", "ShippingGeocodeAccuracy", "picklistValues"),
    ("Contact", "Salutation", "picklistValues"),
}


def _described(name: str) -> dict[str, object]:
    folder = os.environ.get("SFSYNC_DATA")
    if not folder:
        pytest.skip("SFSYNC_DATA is not set: real describes are not part of the project")
    read = json.loads((Path(folder) / "describe" / f"{name}.json").read_text())
    assert isinstance(read, dict)
    return read


@pytest.mark.real_data
@pytest.mark.parametrize("name", [*MAIN, "OpportunityContactRole"])
def test_every_field_is_as_a_real_org_describes_it(name: str) -> None:
    """All 57 keys of every standard field agree with a recorded describe, save what is listed above."""
    fields = _described(name)["fields"]
    assert isinstance(fields, list)
    catalog, differing, absent = Catalog.shipped(), set(), set()
    for real in fields:
        ours = catalog.field(name, real["name"])
        if ours is None:
            absent.add(real["name"])
            continue
        shown = field_json(ours)
        assert list(shown) == list(real)
        differing |= {(name, real["name"], key) for key in real if shown[key] != real[key]}
    assert absent == ABSENT.get(name, set())
    assert differing == {one for one in OTHER if one[0] == name}


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["Account", "Contact", "Opportunity", "User"])
def test_children_hang_on_parents_as_in_a_real_org(name: str) -> None:
    """Each child relationship among our sObjects has the real name and fate."""
    children = _described(name)["childRelationships"]
    assert isinstance(children, list)
    real = {
        (one["childSObject"], one["field"]): (one["relationshipName"], one["cascadeDelete"], one["restrictedDelete"])
        for one in children
    }
    kind = Catalog.shipped().sobject(name)
    assert kind is not None
    ours = {
        (one.child_sobject, one.field): (one.relationship_name, one.cascade_delete, one.restricted_delete)
        for one in kind.children
    }
    shared = set(real) & set(ours)
    assert shared and {key: ours[key] for key in shared} == {key: real[key] for key in shared}


@pytest.mark.parametrize("name", MAIN)
def test_the_main_sobjects_carry_two_external_ids(name: str) -> None:
    """Sfsync_Key__c and Ext_Id__c: text 64, external id, unique, case-sensitive, writeable."""
    for key in ("Sfsync_Key__c", "Ext_Id__c"):
        field = Catalog.shipped().field(name, key)
        assert field is not None
        flags = (field.external_id, field.unique, field.case_sensitive, field.id_lookup, field.createable)
        assert (field.type, field.length, flags) == ("string", 64, (True,) * 5)


def test_what_a_new_record_must_bring_is_as_salesforce_says() -> None:
    """Required: LastName and Company; Name; LastName; Name, StageName and CloseDate."""
    required = {}
    for name in MAIN:
        kind = Catalog.shipped().sobject(name)
        assert kind is not None
        required[name] = [one.name for one in kind.fields.values() if one.required]
    assert required == {
        "Lead": ["LastName", "Company"],
        "Account": ["Name"],
        "Contact": ["LastName"],
        "Opportunity": ["Name", "StageName", "CloseDate"],
    }


def test_names_are_found_in_any_case_and_unknown_ones_are_none() -> None:
    """sObjects and fields are case-insensitive, as in a real org."""
    catalog = Catalog.shipped()
    field = catalog.field("lead", "LASTNAME")
    assert field is not None and field.name == "LastName"
    assert catalog.sobject("Nope") is None and catalog.field("Lead", "Nope") is None


def test_every_sobject_holds_together() -> None:
    """Each has an Id first, a three-character prefix where it has records, and references that name where they lead."""
    for kind in Catalog.shipped():
        assert next(iter(kind.fields)) == "id"
        assert is_id(f"{kind.key_prefix}000000000001") or kind.name == "UserRecordAccess"
        for field in kind.fields.values():
            assert (field.type == "reference") == bool(field.reference_to)
            assert field.type != "address" or not field.stored
            assert field.compound is None or field.compound.lower() in kind.fields
