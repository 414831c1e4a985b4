"""Promises of deploying an org's source."""

import io
import json
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from sfsync.errors import FileError
from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving.convert import convert
from sfsync.localorg.saving.wishes import Wish
from sfsync.localorg.source.gathering import from_paths, from_zip, zipped
from tests.localorg.conftest import Org, Reply

DATA = os.environ.get("SFSYNC_DATA", "")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"'


def _xml(root: str, content: str) -> bytes:
    return f"{_HEAD}<{root} {_SPACE}>{content}</{root}>".encode()


def _deployed(org: Org, files: dict[str, bytes]) -> dict[str, object]:
    answer = org.raw("POST", "/_org/deploy", zipped(list(files.items())))
    assert answer.status == 200 and isinstance(answer.body, bytes), answer.body
    return dict(json.loads(answer.body))


def _create(org: Org, **fields: object) -> Reply:
    return org.ask("POST", "sobjects/Lead", {"LastName": "N", "Company": "C", **fields})


_FIELD = _xml(
    "CustomField",
    "<fullName>Budget__c</fullName><label>Budget</label><type>Currency</type><precision>10</precision><scale>2</scale>",
)
_TWICE = _xml(
    "CustomField",
    "<fullName>Twice__c</fullName><label>Twice</label><type>Number</type><precision>10</precision><scale>0</scale>"
    "<formula>Budget__c * 2</formula>",
)
_RULE = _xml(
    "ValidationRule",
    "<fullName>Rich</fullName><active>true</active><errorConditionFormula>Twice__c &gt; 100</errorConditionFormula>"
    "<errorDisplayField>Budget__c</errorDisplayField><errorMessage>Too rich.</errorMessage>",
)
_ASSIGNMENT = _xml(
    "AssignmentRules",
    """<assignmentRule><fullName>Routing</fullName><active>true</active>
    <ruleEntry><assignedTo>West_Queue</assignedTo><assignedToType>Queue</assignedToType>
      <booleanFilter>1 AND (2 OR 3)</booleanFilter>
      <criteriaItems><field>Lead.Country</field><operation>equals</operation><value>US</value></criteriaItems>
      <criteriaItems><field>Lead.State</field><operation>equals</operation><value>CA,OR</value></criteriaItems>
      <criteriaItems><field>Lead.Segment__c</field><operation>equals</operation><value>West</value></criteriaItems>
      <template>unfiled$public/LeadAssigned</template></ruleEntry>
    <ruleEntry><assignedTo>boss@acme.example</assignedTo><assignedToType>User</assignedToType></ruleEntry>
    </assignmentRule>""",
)
_QUEUE = _xml(
    "Queue",
    "<name>West</name><email>west@acme.example</email><queueSobject><sobjectType>Lead</sobjectType></queueSobject>"
    "<queueMembers><users><user>ana@acme.example</user></users></queueMembers>",
)


def test_a_project_in_source_format_works_whole(org: Org) -> None:
    """Fields before what reads them, queues before what names them, whatever order the files come in."""
    base = "force-app/main/default"
    report = _deployed(
        org,
        {
            f"{base}/assignmentRules/Lead.assignmentRules-meta.xml": _ASSIGNMENT,
            f"{base}/objects/Lead/validationRules/Rich.validationRule-meta.xml": _RULE,
            f"{base}/objects/Lead/fields/Budget__c.field-meta.xml": _FIELD,
            f"{base}/objects/Lead/fields/Twice__c.field-meta.xml": _TWICE,
            f"{base}/queues/West_Queue.queue-meta.xml": _QUEUE,
            f"{base}/classes/Trigger.cls": b"public class Trigger {}",
        },
    )
    assert report["counts"] == {"queue": 1, "custom field": 2, "validation": 1, "assignment": 1}
    assert report["left_out"] == []
    assert report["ignored_files"] == [f"{base}/classes/Trigger.cls"]
    made = {(one["what"], one["name"]) for one in report["made"]}  # type: ignore[attr-defined]
    assert {("text field", "Lead.Segment__c"), ("user", "boss@acme.example")} <= made
    org.ask("POST", "/_org/settings", {"rest_sends_assignment_mail": True})
    assert _create(org, Budget__c=60).error() == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Too rich.")
    assert _owner(org, Country="US", Segment__c="West") == "West"
    assert _owner(org, Country="FR", Segment__c="West") == "boss@acme.example"
    mail = org.ask("GET", "/_org/mail")["mail"]
    assert [one["to"] for one in mail] == [["west@acme.example"]]  # type: ignore[attr-defined]


def _owner(org: Org, **fields: object) -> object:
    lead = str(_create(org, **fields)["id"])
    found = org.ask("GET", "query", q=f"SELECT Owner.Name FROM Lead WHERE Id = '{lead}'")
    return found["records"][0]["Owner"]["Name"]  # type: ignore[index]


def test_deploying_again_changes_nothing_twice(org: Org) -> None:
    """The same rules, one queue, one user; new entries take the place of old ones."""
    files = {"Lead.assignmentRules": _ASSIGNMENT, "West_Queue.queue": _QUEUE}
    assert _deployed(org, files)["made"] != []
    assert _deployed(org, files)["made"] == []
    rules = [one for one in org.ask("GET", "/_org/rules")["rules"] if one["name"] == "Routing"]  # type: ignore[attr-defined]
    assert [len(one["entries"]) for one in rules] == [2]


def test_value_sets_make_statuses_stages_and_picklists(org: Org) -> None:
    """With their default, what is converted, and the probability of stages; values that stay keep their ids."""
    status = "<fullName>{0}</fullName><default>{1}</default><label>{0}</label><converted>{2}</converted>"
    listed = [status.format("New", "false", "false"), status.format("Fresh", "true", "false")]
    listed.append(status.format("Won", "false", "true"))
    stage = "<fullName>Half</fullName><default>false</default><label>Half</label><closed>false</closed><won>false</won>"
    stage += "<forecastCategory>BestCase</forecastCategory><probability>50</probability>"
    was = org.ask("GET", "query", q="SELECT Id FROM LeadStatus WHERE ApiName = 'New'")["records"]
    _deployed(
        org,
        {
            "LeadStatus.standardValueSet": _values(listed),
            "OpportunityStage.standardValueSet": _values([stage]),
            "LeadSource.standardValueSet": _values(["<fullName>Fair</fullName><label>Trade fair</label>"]),
        },
    )
    assert org.get("Lead", org.make("Lead"))["Status"] == "Fresh"
    deal = org.get("Opportunity", org.make("Opportunity", StageName="Half", Amount=10))
    assert (deal["Probability"], deal["ExpectedRevenue"], deal["ForecastCategoryName"]) == (50.0, 5.0, "Best Case")
    found = org.ask("GET", "query", q="SELECT ApiName FROM LeadStatus WHERE IsConverted = true")["records"]
    assert [one["ApiName"] for one in found] == ["Won"]  # type: ignore[attr-defined]
    assert org.ask("GET", "query", q="SELECT Id FROM LeadStatus WHERE ApiName = 'New'")["records"] == was
    fields = org.ask("GET", "sobjects/Contact/describe")["fields"]
    source = next(one for one in fields if one["name"] == "LeadSource")  # type: ignore[attr-defined]
    assert [one["label"] for one in source["picklistValues"]] == ["Trade fair"]


def _values(listed: list[str]) -> bytes:
    return _xml("StandardValueSet", "".join(f"<standardValue>{one}</standardValue>" for one in listed))


def test_record_types_processes_and_shared_values_come_from_an_objects_file(org: Org) -> None:
    """In Metadata API format, everything of an sObject in one file."""
    shared = "<customValue><fullName>Gold</fullName><label>Gold</label></customValue>"
    listed = _xml(
        "CustomObject",
        """<fields><fullName>Tier__c</fullName><label>Tier</label><type>Picklist</type>
          <valueSet><restricted>true</restricted><valueSetName>Tiers</valueSetName></valueSet></fields>
        <fields><fullName>No__c</fullName><label>No</label><type>AutoNumber</type>
          <displayFormat>A-{000}</displayFormat></fields>
        <businessProcesses><fullName>Fast</fullName><isActive>true</isActive>
          <values><fullName>Working</fullName><default>true</default></values></businessProcesses>
        <recordTypes><fullName>Vip</fullName><active>true</active><label>VIP</label>
          <businessProcess>Fast</businessProcess>
          <picklistValues><picklist>Tier__c</picklist><values><fullName>Gold</fullName><default>true</default></values>
          </picklistValues></recordTypes>""",
    )
    report = _deployed(org, {"Lead.object": listed, "Tiers.globalValueSet": _xml("GlobalValueSet", shared)})
    assert report["left_out"] == []
    row = org.state.one("SELECT Id FROM RecordType WHERE DeveloperName = 'Vip'")
    assert row is not None
    lead = org.get("Lead", str(_create(org, RecordTypeId=row["Id"])["id"]))
    assert (lead["Status"], lead["Tier__c"], lead["No__c"]) == ("Working", "Gold", "A-001")


def test_what_cannot_be_taken_is_listed_and_takes_nothing_else_along(org: Org) -> None:
    """By file, what of it, and why."""
    entry = "<ruleEntry><criteriaItems><field>{0}</field><operation>{1}</operation><value>x</value></criteriaItems>"
    entry += "<assignedTo>West_Queue</assignedTo><assignedToType>Queue</assignedToType></ruleEntry>"
    entries = entry.format("Lead.Nothing", "equals") + entry.format("Lead.City", "within")
    entries += entry.format("Lead.City", "equals")
    rule = f"<assignmentRule><fullName>R</fullName><active>true</active>{entries}</assignmentRule>"
    match = "<duplicateRuleMatchRules><matchRuleSObjectType>Lead</matchRuleSObjectType><matchingRule>{}</matchingRule>"
    once = "<isActive>true</isActive>" + "".join(
        match.format(one) + "</duplicateRuleMatchRules>" for one in ("Nowhere", "Standard_Lead_Match_Rule_v1_0")
    )
    report = _deployed(
        org,
        {
            "Lead.assignmentRules": _xml("AssignmentRules", rule),
            "Case.assignmentRules": _ASSIGNMENT,
            "Lead.autoResponseRules": b"<!DOCTYPE x [<!ENTITY e 'x'>]><AutoResponseRules>&e;</AutoResponseRules>",
            "Odd.standardValueSet": _values([]),
            "Lead.Once.duplicateRule": _xml("DuplicateRule", once),
            "objects/Lead/fields/Map__c.field": _xml("CustomField", "<fullName>Map__c</fullName><type>Location</type>"),
        },
    )
    told = {(one["file"], one["what"]): one["reason"] for one in report["left_out"]}  # type: ignore[attr-defined]
    assert told["Lead.assignmentRules", "entry 1 of R"] == "Lead has no field Lead.Nothing"
    assert told["Lead.assignmentRules", "entry 2 of R"].startswith("the operation 'within' is not one of")
    assert told["Case.assignmentRules", "assignment rules"] == "the org has no sObject Case"
    assert "no XML that can be read" in told["Lead.autoResponseRules", "auto-response rules"]
    assert told["Odd.standardValueSet", "standard value set"] == "the org has no standard value set Odd"
    assert "Location" in told["objects/Lead/fields/Map__c.field", "custom field"]
    assert told["Lead.Once.duplicateRule", "duplicate rule Once"].startswith("Lead has no matching rule 'Nowhere'")
    assert len(told) == 7
    assert report["counts"] == {"assignment": 1, "duplicate": 1}


def test_folders_archives_and_files_are_gathered_and_bad_archives_refused(tmp_path: Path) -> None:
    """With all that is below a folder, hidden files left out."""
    (tmp_path / "a" / ".git").mkdir(parents=True)
    (tmp_path / "a" / ".git" / "x").write_bytes(b"x")
    (tmp_path / "a" / "b.queue").write_bytes(b"b")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("c/d.queue", b"d")
    (tmp_path / "e.zip").write_bytes(packed.getvalue())
    assert from_paths([tmp_path / "a", tmp_path / "e.zip"]) == [("b.queue", b"b"), ("c/d.queue", b"d")]
    with pytest.raises(FileError, match="no zip archive"):
        from_zip(b"PK\x03\x04nonsense", "x.zip")
    with pytest.raises(FileError, match="no file to deploy"):
        from_paths([])


@pytest.mark.real_data
@pytest.mark.skipif(not DATA, reason="SFSYNC_DATA names no folder of real data")
def test_every_rule_file_of_real_orgs_is_taken_or_listed_with_its_reason(org: Org) -> None:
    """Left out is what is about sObjects or matching rules that are not there; rules about persons turn a switch on."""
    folder = Path(DATA) / "metadata"
    files = from_paths([folder])
    answer = org.raw("POST", "/_org/deploy", zipped(files))
    assert isinstance(answer.body, bytes)
    report = json.loads(answer.body)
    named = {one["file"] for one in (*report["taken"], *report["left_out"])} | set(report["ignored_files"])
    assert named == {path for path, _ in files}
    words = "(the org has no sObject|(Lead|Account|Contact) has no matching rule) "
    assert [one for one in report["left_out"] if not re.match(words, one["reason"])] == []
    assert org.ask("GET", "/_org/settings")["person_accounts"] is True
    assert report["counts"]["duplicate"] >= 30 and report["counts"]["matching"] == 16
    assert _create(org, Email="someone@acme.example").status in (201, 400)


def test_a_conversion_goes_by_the_mapping_as_far_as_it_fits(org: Org) -> None:
    """A number goes into a number of another scale, anything into a text; what cannot be is told and left out."""
    number = {"type": "double", "precision": 10}
    fields: tuple[tuple[str, dict[str, object]], ...] = (
        ("Lead", {"name": "Seats__c", **number}),
        ("Lead", {"name": "Word__c", "type": "string", "length": 20}),
        ("Opportunity", {"name": "Seats__c", **number, "scale": 2}),
        ("Opportunity", {"name": "Shown__c", "type": "string", "length": 20}),
    )
    for sobject, field in fields:
        assert org.ask("POST", "/_org/fields", {"sobject": sobject, "do": "add", "field": field}).status == 200
    pairs = (
        ("Seats__c", "Seats__c"),
        ("Seats__c", "ExpectedRevenue"),
        ("Word__c", "Seats__c"),
        ("Word__c", "Shown__c"),
    )
    listed = "".join(
        f"<mappingFields><inputField>{one}</inputField><outputField>{other}</outputField></mappingFields>"
        for one, other in pairs
    )
    mapping = f"<objectMapping><inputObject>Lead</inputObject>{listed}<outputObject>Opportunity</outputObject>"
    mapping += "</objectMapping>"
    report = _deployed(org, {"LeadConvert.LeadConvertSetting": _xml("LeadConvertSettings", mapping)})
    assert [one["reason"] for one in report["left_out"]] == [  # type: ignore[attr-defined]
        "Opportunity.ExpectedRevenue cannot be written",
        "string cannot become double",
    ]
    context = OrgContext(org.state, org.clock, org.clock.now(), user_id=org.user_id, version="59.0")
    lead = org.make("Lead", Seats__c=12, Word__c="twelve")
    deal = org.get("Opportunity", str(convert(context, Wish(lead, "Qualified")).opportunity_id))
    assert (deal["Seats__c"], deal["Shown__c"]) == (12.0, "twelve")


def test_a_queue_has_groups_and_roles_for_members(org: Org) -> None:
    """Public groups and roles are made; whoever is in them is in the queue, and gets its mail."""
    queue = _xml(
        "Queue",
        "<name>West</name><queueSobject><sobjectType>Lead</sobjectType></queueSobject><queueMembers>"
        "<publicGroups><publicGroup>Sales</publicGroup></publicGroups><roles><role>Sales_Rep</role></roles>"
        "<roleAndSubordinates><roleAndSubordinate>Boss</roleAndSubordinate></roleAndSubordinates>"
        "</queueMembers>",
    )
    report = _deployed(org, {"West.queue": queue, "Lead.assignmentRules": _TO_WEST})
    assert report["left_out"] == []
    role, group = (org.state.one(sql) for sql in (
        'SELECT Id FROM "UserRole" WHERE DeveloperName = \'Sales_Rep\'',
        'SELECT Id FROM "Group" WHERE DeveloperName = \'Sales\'',
    ))  # fmt: skip
    assert role is not None and group is not None
    org.insert("User", LastName="Rep", Email="rep@acme.example", UserRoleId=role["Id"], IsActive=1)
    other = org.insert("User", LastName="Seller", Email="seller@acme.example", IsActive=1)
    org.make("GroupMember", GroupId=group["Id"], UserOrGroupId=other)
    boss = org.state.one("SELECT Id FROM \"UserRole\" WHERE DeveloperName = 'Boss'")
    assert boss is not None
    team = org.make("UserRole", Name="Team", ParentRoleId=boss["Id"], OpportunityAccessForAccountOwner="None")
    org.insert("User", LastName="Below", Email="team@acme.example", UserRoleId=team, IsActive=1)
    org.ask("POST", "/_org/settings", {"rest_sends_assignment_mail": True})
    _create(org)
    mail = org.ask("GET", "/_org/mail")["mail"]
    assert [one["to"] for one in mail] == [["rep@acme.example", "seller@acme.example", "team@acme.example"]]  # type: ignore[attr-defined]


_TO_WEST = _xml(
    "AssignmentRules",
    "<assignmentRule><fullName>Routing</fullName><active>true</active><ruleEntry><assignedTo>West</assignedTo>"
    "<assignedToType>Queue</assignedToType><template>a/b</template></ruleEntry></assignmentRule>",
)


def test_email_templates_come_with_the_text_beside_them(org: Org) -> None:
    """HTML and plain text; deployed again they are replaced; a rule that names one not there gets a stand-in."""
    meta = "<available>true</available><name>Thanks</name><subject>Hi {!Lead.Name}</subject>"
    html = _xml("EmailTemplate", f"{meta}<type>custom</type><textOnly>Plain</textOnly>")
    base = "email/Leads"
    files = {f"{base}/Thanks.email": b"<p>Hi</p>", f"{base}/Thanks.email-meta.xml": html}
    for _ in range(2):
        report = _deployed(org, {**files, "Lead.assignmentRules": _TO_WEST})
    assert (report["counts"], report["ignored_files"]) == ({"email template": 1, "assignment": 1}, [])
    soql = "SELECT DeveloperName, Subject, Body, HtmlValue, IsActive FROM EmailTemplate ORDER BY DeveloperName"
    found: Any = org.ask("GET", "query", q=soql)["records"]
    told = [[one[key] for key in ("DeveloperName", "Subject", "Body", "HtmlValue", "IsActive")] for one in found]
    assert told[0][:2] == ["b", "b: {!Lead.Name}"]
    assert told[1] == ["Thanks", "Hi {!Lead.Name}", "Plain", "<p>Hi</p>", True]
