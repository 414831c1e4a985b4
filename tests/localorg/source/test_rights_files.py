"""Profiles and permission sets as orgs deploy them: what they grant holds for their users."""

import json
from typing import Any

from sfsync.localorg.source.gathering import zipped
from tests.localorg.conftest import Org
from tests.localorg.rights.test_rights import Person, ana

__all__ = ["ana"]
_SPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
_LEAD = "<allowCreate>true</allowCreate><allowEdit>true</allowEdit><allowRead>true</allowRead><object>Lead</object>"
_FLS = "<fieldPermissions><editable>false</editable><field>Lead.{}</field><readable>{}</readable></fieldPermissions>"
_TYPE = "<default>{}</default><recordType>Lead.{}</recordType><visible>{}</visible>"
PROFILE = (
    f"<custom>true</custom><objectPermissions>{_LEAD}</objectPermissions>"
    "<objectPermissions><allowRead>true</allowRead><object>Thing__c</object></objectPermissions>"
    f"{_FLS.format('Rating', 'true')}{_FLS.format('Industry', 'false')}{_FLS.format('Nothing__c', 'true')}"
    f"<recordTypeVisibilities>{_TYPE.format('true', 'Retail', 'true')}</recordTypeVisibilities>"
    f"<recordTypeVisibilities>{_TYPE.format('false', 'Secret', 'false')}</recordTypeVisibilities>"
    "<userPermissions><enabled>true</enabled><name>ApiEnabled</name></userPermissions>"
    "<userPermissions><enabled>true</enabled><name>ViewSetup</name></userPermissions>"
)
SET = (
    f"<label>More</label><objectPermissions><allowDelete>true</allowDelete>{_LEAD}</objectPermissions>"
    f"{_FLS.format('Industry', 'true')}"
    "<userPermissions><enabled>true</enabled><name>ConvertLeads</name></userPermissions>"
)


def _deployed(org: Org, files: dict[str, str]) -> dict[str, Any]:
    packed = [(path, f"<{root} {_SPACE}>{files[path]}</{root}>".encode()) for path, root in _roots(files).items()]
    answer = org.raw("POST", "/_org/deploy", zipped(packed))
    assert answer.status == 200, answer.body
    return dict(json.loads(answer.body))  # type: ignore[arg-type]


def _roots(files: dict[str, str]) -> dict[str, str]:
    return {path: "Profile" if path.endswith("profile-meta.xml") else "PermissionSet" for path in files}


def test_a_profile_that_is_deployed_holds_for_its_users(org: Org, ana: Person) -> None:
    """Objects, fields, permissions and record types; what the org has not is left out with the reason."""
    rules = [{"kind": "record_type", "sobject": "Lead", "name": one} for one in ("Retail", "Secret")]
    assert org.ask("POST", "/_org/rules", rules).status == 201
    report = _deployed(org, {"profiles/Sales%20Rep.profile-meta.xml": PROFILE})
    assert report["counts"] == {"profile": 1}
    assert [one["what"] for one in report["left_out"]] == [
        "objectPermissions Thing__c",
        "fieldPermissions Lead.Nothing__c",
    ]
    assert org.ask("GET", "/_org/rights")["on"] is False
    org.ask("POST", "/_org/users", {"username": "ana@example.com", "profile": "Sales Rep"})
    org.ask("POST", "/_org/rights", {"on": True})
    fields = ana.fields("Lead")
    assert fields["Rating"]["updateable"] is False and "Industry" not in fields
    assert ana.ask("GET", "sobjects/Account/describe").status == 404
    infos: Any = ana.ask("GET", "sobjects/Lead/describe")["recordTypeInfos"]
    told = {one["name"]: (one["available"], one["defaultRecordTypeMapping"]) for one in infos}
    assert (told["Retail"], told["Secret"]) == ((True, True), (False, False))
    secret = next(one["recordTypeId"] for one in infos if one["name"] == "Secret")
    body = {"LastName": "N", "Company": "C", "RecordTypeId": secret}
    assert ana.ask("POST", "sobjects/Lead", body).error()[0] == "INVALID_CROSS_REFERENCE_KEY"
    assert org.ask("POST", "sobjects/Lead", body).status == 201


def test_a_permission_set_that_is_deployed_again_is_replaced(org: Org, ana: Person) -> None:
    """It adds to the profile of whom it is assigned to; and rights can be turned off again."""
    path = "permissionsets/More.permissionset-meta.xml"
    assert _deployed(org, {path: SET})["counts"] == {"permission set": 1}
    found: Any = org.ask("GET", "query", q="SELECT Id, Label FROM PermissionSet WHERE Name = 'More'")["records"]
    org.ask("POST", "sobjects/PermissionSetAssignment", {"PermissionSetId": found[0]["Id"], "AssigneeId": ana.user_id})
    org.ask("POST", "/_org/rights", {"profile": "Standard User", "fields": {"Lead.Industry": "none"}})
    assert ana.fields("Lead")["Industry"]["updateable"] is False
    _deployed(org, {path: "<label>Less</label>"})
    assert "Industry" not in ana.fields("Lead")
    assert org.get("PermissionSet", found[0]["Id"])["Label"] == "Less"
    org.ask("POST", "/_org/rights", {"on": False})
    assert "Industry" in ana.fields("Lead")
