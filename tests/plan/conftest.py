"""A schema and changes for tests of plans."""

import pytest

from sfsync.records.schema import SObject, sobject_from_describe


def described(name: str, kind: str, **facts: object) -> dict[str, object]:
    """Give one field as a describe answer has it."""
    defaults = {"createable": True, "updateable": True, "nillable": True, "label": name}
    return {"name": name, "type": kind, **defaults, **facts}


@pytest.fixture
def lead() -> SObject:
    """Lead, as far as plans look at it."""
    return sobject_from_describe(
        {
            "name": "Lead", "keyPrefix": "00Q", "createable": True, "updateable": True, "deletable": True,
            "fields": [
                described("Id", "id", createable=False, updateable=False, nillable=False),
                described("LastName", "string", length=80, nillable=False),
                described("Company", "string", length=255, nillable=False),
                described("Email", "email", length=80),
                described("Score__c", "double", precision=4, scale=0),
                described("OwnerId", "reference", nillable=False, defaultedOnCreate=True),
                described("CleanStatus", "picklist", length=40, restrictedPicklist=True,
                          picklistValues=[{"value": "Matched", "active": True}, {"value": "Old", "active": False}]),
                described("Renewal__c", "date"),
                described("CreatedDate", "datetime", createable=False, updateable=False, nillable=False),
                described("DoNotCall", "boolean", nillable=False, defaultedOnCreate=True),
            ],
        }
    )  # fmt: skip
