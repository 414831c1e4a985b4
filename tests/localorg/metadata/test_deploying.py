"""Deploying custom fields and rules, and listing what there is."""

import base64
import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfsync.localorg.markup import Element
from sfsync.localorg.markup_reading import parse
from tests.localorg.conftest import Org

NS = "http://soap.sforce.com/2006/04/metadata"


def _field(name: str, kind: str, more: str = "") -> str:
    return f"<fields><fullName>{name}</fullName><label>Own {name}</label><type>{kind}</type>{more}</fields>"


def _package(*members: tuple[str, str]) -> str:
    types = "".join(f"<types><members>{name}</members><name>{kind}</name></types>" for kind, name in members)
    return f'<Package xmlns="{NS}">{types}<version>59.0</version></Package>'


def _zip(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def _objects(*fields: str, folder: str = "", **more: str) -> bytes:
    lead = f'<CustomObject xmlns="{NS}">{"".join(fields)}</CustomObject>'
    return _zip(**{f"{folder}package.xml": _package(), f"{folder}objects/Lead.object": lead, **more})


def _soap(org: Org, call: str, inner: str, status: int = 200, token: str | None = None) -> Element:
    head = f"<SessionHeader><sessionId>{org.token if token is None else token}</sessionId></SessionHeader>"
    body = f'<{call} xmlns="{NS}">{inner}</{call}>'
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    envelope = "http://schemas.xmlsoap.org/soap/envelope/"
    text = f'<e:Envelope xmlns:e="{envelope}" {xsi}><e:Header>{head}</e:Header><e:Body>{body}</e:Body></e:Envelope>'
    answer = org.raw("POST", "/services/Soap/m/59.0/00D000000000000", text.encode(), headers={"authorization": ""})
    assert isinstance(answer.body, bytes) and answer.status == status, answer.body
    found = parse(answer.body).child("Body")
    assert found is not None
    return found.children[0]


def _deploy(org: Org, content: bytes, **options: bool) -> Element:
    """Deploy and give what checkDeployStatus tells."""
    told = "".join(f"<{name}>{str(value).lower()}</{name}>" for name, value in options.items())
    inner = f"<ZipFile>{base64.b64encode(content).decode()}</ZipFile><DeployOptions>{told}</DeployOptions>"
    begun = _soap(org, "deploy", inner).child("result")
    assert begun is not None and begun.value("done") == "false"
    asked = f"<asyncProcessId>{begun.value('id')}</asyncProcessId><includeDetails>true</includeDetails>"
    result = _soap(org, "checkDeployStatus", asked).child("result")
    assert result is not None and result.value("done") == "true"
    return result


def _problems(result: Element) -> list[str]:
    details = result.child("details")
    assert details is not None
    return [one.value("problem") for one in details.every("componentFailures")]


PICKLIST = (
    "<valueSet><restricted>true</restricted><valueSetDefinition>"
    "<value><fullName>a</fullName><default>true</default><label>A</label></value>"
    "<value><fullName>b</fullName><label>B</label></value></valueSetDefinition></valueSet>"
)
FIELDS = {
    "Text": (
        "<length>40</length><unique>true</unique><externalId>true</externalId>",
        "x",
        {"length": 40, "unique": True},
    ),
    "Checkbox": ("<defaultValue>true</defaultValue>", True, {"type": "boolean", "defaultValue": True}),
    "Number": ("<precision>8</precision><scale>2</scale>", 12.25, {"type": "double", "precision": 8, "scale": 2}),
    "Currency": ("<precision>18</precision><scale>2</scale>", 5.0, {"type": "currency"}),
    "Percent": ("<precision>5</precision><scale>1</scale>", 0.5, {"type": "percent"}),
    "Date": ("", "2026-01-02", {"type": "date"}),
    "DateTime": ("", "2026-01-02T03:04:05.000+0000", {"type": "datetime"}),
    "Email": ("", "a@example.com", {"type": "email", "length": 80}),
    "Phone": ("", "1", {"type": "phone", "length": 40}),
    "Url": ("", "example.com", {"type": "url", "length": 255}),
    "TextArea": ("", "x", {"type": "textarea", "length": 255}),
    "LongTextArea": (
        "<length>32768</length><visibleLines>3</visibleLines>",
        "x",
        {"length": 32768, "filterable": False},
    ),
    "Html": ("<length>1000</length>", "x", {"type": "textarea", "extraTypeInfo": "richtextarea"}),
    "Picklist": (PICKLIST, "b", {"type": "picklist", "restrictedPicklist": True}),
    "MultiselectPicklist": (PICKLIST, "a;b", {"type": "multipicklist"}),
}


@pytest.mark.parametrize("kind", list(FIELDS))
def test_a_deployed_field_is_described_and_holds_values(org: Org, kind: str) -> None:
    """Each type the org holds, as describe shows it, written and read back."""
    more, value, described = FIELDS[kind]
    result = _deploy(org, _objects(_field("Own_Field__c", kind, more)))
    assert (result.value("status"), result.value("success")) == ("Succeeded", "true")
    fields: Any = org.ask("GET", "sobjects/Lead/describe")["fields"]
    (found,) = [one for one in fields if one["name"] == "Own_Field__c"]
    assert {key: found[key] for key in described} == described
    lead = org.make("Lead", Own_Field__c=value)
    assert org.get("Lead", lead)["Own_Field__c"] == value


def test_lookups_formulas_and_summaries_work(org: Org) -> None:
    """A lookup names its parent, a formula is worked out, a summary counts."""
    lookup = _field(
        "Partner__c", "Lookup", "<referenceTo>Account</referenceTo><relationshipName>Led</relationshipName>"
    )
    formula = _field(
        "Twice__c", "Number", "<formula>NumberOfEmployees * 2</formula><precision>18</precision><scale>0</scale>"
    )
    assert _deploy(org, _objects(lookup, formula)).value("status") == "Succeeded"
    account = org.make("Account", Name="Acme")
    org.make("Lead", Partner__c=account, NumberOfEmployees=21)
    (row,) = org.ask("GET", "query", q="SELECT Partner__r.Name, Twice__c FROM Lead")["records"]  # type: ignore[attr-defined]
    assert (row["Partner__r"]["Name"], row["Twice__c"]) == ("Acme", 42.0)
    (parent,) = org.ask("GET", "query", q="SELECT (SELECT Id FROM Led__r) FROM Account")["records"]  # type: ignore[attr-defined]
    assert parent["Led__r"]["totalSize"] == 1


def test_a_formula_is_replaced_by_another(org: Org) -> None:
    """A deployment of the same field with other words; the lead shows the new one at once."""
    lead = org.make("Lead")
    for source, value in (("LastName", "Nowak"), ("Company", "Acme")):
        field = _field("Shown__c", "Text", f"<formula>{source}</formula>")
        assert _deploy(org, _objects(field)).value("status") == "Succeeded"
        assert org.get("Lead", lead)["Shown__c"] == value


@pytest.mark.parametrize(
    "bad",
    [
        _field("Nonsense", "Text"),
        _field("Two__Parts__c", "Text"),
        _field("Own__c", "Nonsense"),
        _field("Own__c", "Text", "<length>300</length>"),
        _field("Own__c", "Number"),
        _field("Own__c", "Picklist"),
        _field("Own__c", "Picklist", "<valueSet><valueSetName>Global</valueSetName></valueSet>"),
        _field("Own__c", "Lookup", "<referenceTo>Nonsense</referenceTo>"),
        _field("Score__c", "Date"),
        _field("Score__c", "Number", "<formula>1</formula><precision>4</precision><scale>0</scale>"),
        _field("Own__c", "Text", "<formula>Nonsense__c</formula>"),
        "<listViews><fullName>All</fullName></listViews>",
    ],
)
def test_what_the_org_cannot_hold_fails_and_takes_the_rest_back(org: Org, bad: str) -> None:
    """Each component tells its problem, and by default nothing of the deployment stays."""
    good = _field("Good__c", "Date")
    result = _deploy(org, _objects(good, bad))
    assert (result.value("status"), result.value("success"), result.value("numberComponentErrors")) == (
        "Failed",
        "false",
        "1",
    )
    assert all(_problems(result)) and len(_problems(result)) == 1
    assert org.ask("GET", "query", q="SELECT Good__c FROM Lead").error()[0] == "INVALID_FIELD"
    partial = _deploy(org, _objects(good, bad), rollbackOnError=False)
    assert partial.value("status") == "SucceededPartial"
    assert org.ask("GET", "query", q="SELECT Good__c FROM Lead").status == 200


def test_checking_only_changes_nothing(org: Org) -> None:
    """The result is told, the field is not there."""
    assert _deploy(org, _objects(_field("Own__c", "Date")), checkOnly=True).value("status") == "Succeeded"
    assert org.ask("GET", "query", q="SELECT Own__c FROM Lead").status == 400


def test_the_manifest_is_held_to_and_fields_can_be_taken_out(org: Org) -> None:
    """A member without a file fails; destructiveChanges takes a field away."""
    missing = _zip(**{"package.xml": _package(("CustomField", "Lead.Gone__c"))})
    assert "was not found in zipped directory" in _problems(_deploy(org, missing))[0]
    assert _deploy(org, _objects(_field("Own__c", "Date"), folder="unpackaged/")).value("success") == "true"
    gone = _zip(**{"package.xml": _package(), "destructiveChanges.xml": _package(("CustomField", "Lead.Own__c"))})
    assert _deploy(org, gone).value("success") == "true"
    assert org.ask("GET", "query", q="SELECT Own__c FROM Lead").status == 400
    assert "found" in _problems(_deploy(org, gone))[0]


def test_deployed_rules_run(org: Org) -> None:
    """A validation rule refuses, an assignment rule gives the lead to its queue."""
    queue = org.queue("Lead")
    rule = (
        "<validationRules><fullName>Phone</fullName><active>true</active><errorConditionFormula>ISBLANK(Phone)"
        "</errorConditionFormula><errorMessage>A phone, please</errorMessage></validationRules>"
    )
    entry = (
        "<ruleEntry><assignedTo>Inbound</assignedTo><assignedToType>Queue</assignedToType><criteriaItems>"
        "<field>Lead.Country</field><operation>equals</operation><value>Spain</value></criteriaItems></ruleEntry>"
    )
    assignment = (
        f'<AssignmentRules xmlns="{NS}"><assignmentRule><fullName>R</fullName><active>true</active>'
        f"{entry}</assignmentRule></AssignmentRules>"
    )
    result = _deploy(org, _objects(rule, **{"assignmentRules/Lead.assignmentRules": assignment}))
    assert result.value("status") == "Succeeded", _problems(result)
    refused = org.ask("POST", "sobjects/Lead", {"LastName": "N", "Company": "C"})
    assert refused.error() == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "A phone, please")
    lead = org.make("Lead", Phone="1", Country="Spain")
    assert org.get("Lead", lead)["OwnerId"] == queue
    listed = [one.value("fullName") for one in _soap(org, "listMetadata", _query("ValidationRule")).every("result")]
    assert listed == ["Lead.Phone"]


def _query(*kinds: str) -> str:
    return "".join(f"<queries><type>{kind}</type></queries>" for kind in kinds)


def test_components_are_described_listed_and_retrieved(org: Org) -> None:
    """Types with their folders, members with their files, and a zip that can be deployed again."""
    types = _soap(org, "describeMetadata", "<asOfVersion>59.0</asOfVersion>").child("result")
    assert types is not None
    assert {"CustomObject", "Flow", "ApexTrigger", "PermissionSet"} <= {one.value("xmlName") for one in types.children}
    listed = list(_soap(org, "listMetadata", _query("CustomField", "Flow")).every("result"))
    assert ("Lead.Score__c", "objects/Lead.object") in [
        (one.value("fullName"), one.value("fileName")) for one in listed
    ]
    wanted = "<types><members>Lead.Score__c</members><name>CustomField</name></types>"
    begun = _soap(org, "retrieve", f"<request><unpackaged>{wanted}</unpackaged></request>").child("result")
    assert begun is not None
    asked = f"<asyncProcessId>{begun.value('id')}</asyncProcessId>"
    result = _soap(org, "checkRetrieveStatus", asked).child("result")
    assert result is not None and result.value("success") == "true"
    content = base64.b64decode(result.value("zipFile"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert set(archive.namelist()) == {"unpackaged/package.xml", "unpackaged/objects/Lead.object"}
    assert _deploy(org, content).value("status") == "Succeeded"


def _metadata(name: str, kind: str, more: str = "") -> str:
    inner = f"<fullName>{name}</fullName><label>Own</label><type>{kind}</type>{more}"
    return f'<metadata xsi:type="CustomField">{inner}</metadata>'


def _saved(org: Org, call: str, inner: str) -> list[tuple[str, str]]:
    return [(one.value("fullName"), one.value("success")) for one in _soap(org, call, inner).every("result")]


def test_fields_are_saved_one_by_one(org: Org) -> None:
    """Created once, updated where it is, upserted either way, read, deleted."""
    field, own = _metadata("Lead.Own__c", "Text", "<length>20</length>"), ("Lead.Own__c", "true")
    assert _saved(org, "updateMetadata", field) == [("Lead.Own__c", "false")]
    assert _saved(org, "createMetadata", field) == [own]
    twice = _soap(org, "createMetadata", field).child("result")
    assert twice is not None and twice.children[0].value("statusCode") == "DUPLICATE_DEVELOPER_NAME"
    assert _saved(org, "upsertMetadata", _metadata("Lead.Own__c", "Text", "<length>30</length>")) == [own]
    names = "<type>CustomField</type><fullNames>Lead.Own__c</fullNames>"
    read = _soap(org, "readMetadata", names).child("result")
    assert read is not None and read.children[0].value("length") == "30"
    assert _saved(org, "deleteMetadata", names) == [own]
    assert _saved(org, "deleteMetadata", names) == [("Lead.Own__c", "false")]


def test_a_deployment_by_rest_is_the_same(org: Org) -> None:
    """A multipart body with options and zip; 201, then what came of it by id."""
    content = _objects(_field("Own__c", "Date"))
    head = b'--B\r\nContent-Disposition: form-data; name="json"\r\nContent-Type: application/json\r\n\r\n'
    options = json.dumps({"deployOptions": {"checkOnly": "false", "rollbackOnError": True}}).encode()
    file = b'\r\n--B\r\nContent-Disposition: form-data; name="file"; filename="m.zip"\r\n\r\n'
    kind = {"content-type": "multipart/form-data; boundary=B"}
    made = org.raw("POST", "metadata/deployRequest", head + options + file + content + b"\r\n--B--\r\n", headers=kind)
    assert made.status == 201 and isinstance(made.body, bytes)
    reply = org.ask("GET", f"metadata/deployRequest/{json.loads(made.body)['id']}", includeDetails="true")
    result: Any = reply["deployResult"]
    assert (result["status"], result["details"]["componentFailures"]) == ("Succeeded", [])
    assert org.ask("GET", "query", q="SELECT Own__c FROM Lead").status == 200
    assert org.ask("POST", "metadata/deployRequest", {}).status == 415
    assert org.ask("GET", "metadata/deployRequest/0Af000000000000AAA").status == 404


def test_calls_without_a_session_or_unknown_fail_as_faults(org: Org) -> None:
    """HTTP 500 with sf:INVALID_SESSION_ID, which clients look for, or no operation."""
    assert _soap(org, "describeMetadata", "", 500, token="dead").value("faultcode") == "sf:INVALID_SESSION_ID"
    assert "No operation available" in _soap(org, "nonsense", "", 500).value("faultstring")
    assert _soap(org, "checkDeployStatus", "<asyncProcessId>x</asyncProcessId>", 500).value("faultstring")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=80), st.text(max_size=80).map(lambda text: _zip(**{"package.xml": text}))))
def test_any_bytes_are_a_failed_deployment_at_worst(org: Org, content: bytes) -> None:
    """No zip, no package.xml, no XML: the deployment fails and says why."""
    result = _deploy(org, content)
    assert result.value("status") == "Failed" and result.value("errorMessage")
