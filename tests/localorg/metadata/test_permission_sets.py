"""Permission sets: deployed, assigned, and retrieved."""

import base64
import io
import zipfile

from tests.localorg.conftest import Org
from tests.localorg.metadata.test_deploying import NS, _deploy, _package, _soap, _zip

_SET = f"""<PermissionSet xmlns="{NS}"><label>Sync</label>
<fieldPermissions><editable>false</editable><field>Lead.Own__c</field><readable>true</readable></fieldPermissions>
<objectPermissions><allowCreate>false</allowCreate><allowDelete>false</allowDelete><allowEdit>true</allowEdit>
<allowRead>true</allowRead><modifyAllRecords>false</modifyAllRecords><object>Lead</object>
<viewAllRecords>false</viewAllRecords></objectPermissions></PermissionSet>"""
_FIELD = "<fields><fullName>Own__c</fullName><label>Own</label><type>Text</type><length>9</length></fields>"
_OBJECT = f'<CustomObject xmlns="{NS}">{_FIELD}</CustomObject>'
_PATH = "permissionsets/Sync.permissionset"
_FILES = {_PATH: _SET, "objects/Lead.object": _OBJECT, "package.xml": _package()}


def test_a_deployed_permission_set_can_be_assigned_and_grants_what_it_says(org: Org) -> None:
    """It is a record like any other, in one deployment with the field it opens; deployed again, it is replaced."""
    assert _deploy(org, _zip(**_FILES)).value("success") == "true"
    found = org.ask("GET", "query", q="SELECT Id, Label FROM PermissionSet WHERE Name = 'Sync'").body
    assert isinstance(found, dict) and found["records"][0]["Label"] == "Sync"
    given = {"PermissionSetId": found["records"][0]["Id"], "AssigneeId": org.user_id}
    assert org.ask("POST", "sobjects/PermissionSetAssignment", given).status == 201
    told = org.ask("GET", "/_org/rights").body
    assert isinstance(told, dict)
    granted = {"all": False, "objects": {"Lead": ["edit", "read"]}, "fields": {"Lead.Own__c": "read"}}
    granted |= {"record_types": {}, "permissions": {}}
    assert {"permission_set": "Sync", **granted} in [
        one for part in told.values() if isinstance(part, list) for one in part
    ]
    again = _zip(**{_PATH: _SET.replace("Sync<", "Other<"), "package.xml": _package()})
    assert _deploy(org, again).value("success") == "true"
    assert org.ask("GET", "query", q="SELECT Id FROM PermissionSet WHERE Label = 'Other'")["totalSize"] == 1


def test_a_permission_set_is_retrieved_as_it_was_deployed(org: Org) -> None:
    """What comes out can be deployed again."""
    _deploy(org, _zip(**_FILES))
    types = "<types><members>*</members><name>PermissionSet</name></types>"
    asked = _soap(org, "retrieve", f"<retrieveRequest><unpackaged>{types}</unpackaged></retrieveRequest>")
    retrieval = asked.children[0].value("id")
    told = _soap(org, "checkRetrieveStatus", f"<asyncProcessId>{retrieval}</asyncProcessId>").children[0]
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(told.value("zipFile")))) as archive:
        text = archive.read(f"unpackaged/{_PATH}").decode()
    assert "<field>Lead.Own__c</field><readable>true</readable>" in text and "<allowEdit>true</allowEdit>" in text
    assert _deploy(org, _zip(**{**_FILES, _PATH: text})).value("success") == "true"


def test_what_a_permission_set_cannot_grant_fails_its_deployment(org: Org) -> None:
    """Fields that are not there, and those open to all."""
    for name, problem in (("Lead.No__c", "no CustomField named"), ("Lead.LastName", "deploy to a required field")):
        content = _zip(**{_PATH: _SET.replace("Lead.Own__c", name), "package.xml": _package()})
        told = _deploy(org, content)
        details = told.child("details")
        assert told.value("success") == "false" and details is not None
        assert problem in details.children[0].value("problem")
    assert org.ask("GET", "query", q="SELECT Id FROM PermissionSet WHERE Name = 'Sync'")["totalSize"] == 0
