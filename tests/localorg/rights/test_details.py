"""What hangs on records is seen by who sees them: histories, shares, contact roles, activities. Who changes setup."""

import pytest

from tests.localorg.conftest import Org
from tests.localorg.rights.test_rights import Person, ana, rights

__all__ = ["ana"]


@pytest.fixture
def private(org: Org) -> Org:
    """An org in which nobody sees what is not theirs, with a history of leads."""
    org.ask("POST", "/_org/settings", {"history_tracked": {"Lead": ["Email", "Status"]}})
    rights(org, sharing={one: "private" for one in ("Lead", "Account", "Contact", "Opportunity")})
    return org


def _count(person: Person, soql: str) -> object:
    return person.ask("GET", "query", q=soql)["totalSize"]


def test_history_goes_with_its_record_and_leaves_out_hidden_fields(private: Org, ana: Person) -> None:
    """Of a lead out of sight there is none; of one in sight, none of a field that is hidden."""
    mine, other = private.make("Lead", OwnerId=ana.user_id), private.make("Lead")
    for lead in (mine, other):
        private.ask("PATCH", f"sobjects/Lead/{lead}", {"Status": "Working", "Email": "a@example.com"})
    told = "SELECT Id FROM LeadHistory WHERE Field != 'created'"
    assert _count(ana, told) == 2
    rights(private, profile="Standard User", fields={"Lead.Email": "none"})
    assert _count(ana, told) == 1
    assert private.ask("GET", "query", q=told)["totalSize"] == 4


def test_only_who_may_give_a_record_away_shares_it(private: Org, ana: Person) -> None:
    """Owners do; who may edit it by a share sees that share, and makes no other."""
    mine, other = private.make("Lead", OwnerId=ana.user_id), private.make("Lead")
    private.make("LeadShare", LeadId=other, UserOrGroupId=ana.user_id, LeadAccessLevel="Edit")
    private.make("LeadShare", LeadId=private.make("Lead"), UserOrGroupId=private.queue("Lead"), LeadAccessLevel="Read")
    assert _count(ana, "SELECT Id FROM LeadShare WHERE RowCause = 'Manual'") == 1
    share = {"UserOrGroupId": private.user_id, "LeadAccessLevel": "Read"}
    assert ana.ask("POST", "sobjects/LeadShare", {**share, "LeadId": mine}).status == 201
    refused = ana.ask("POST", "sobjects/LeadShare", {**share, "LeadId": other})
    assert refused.error()[0] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"


def test_activities_and_contact_roles_go_with_what_they_are_about(private: Org, ana: Person) -> None:
    """Her own are hers; others she sees where she sees the record, and deletes not."""
    mine, other = private.make("Lead", OwnerId=ana.user_id), private.make("Lead")
    task = private.make("Task", Subject="call", WhoId=mine)
    private.make("Task", Subject="call", WhoId=other)
    assert ana.found("SELECT Id FROM Task") == [task]
    assert ana.ask("PATCH", f"sobjects/Task/{task}", {"Subject": "write"}).status == 204
    assert ana.ask("DELETE", f"sobjects/Task/{task}").status == 403
    own = str(ana.ask("POST", "sobjects/Task", {"Subject": "own"})["id"])
    assert ana.ask("DELETE", f"sobjects/Task/{own}").status == 204
    deal, contact = private.make("Opportunity"), private.make("Contact", OwnerId=ana.user_id)
    private.make("OpportunityContactRole", OpportunityId=deal, ContactId=contact)
    assert _count(ana, "SELECT Id FROM OpportunityContactRole") == 0


def test_what_is_gone_is_told_to_who_saw_it(private: Org, ana: Person) -> None:
    """getDeleted heeds sharing."""
    mine, other = private.make("Lead", OwnerId=ana.user_id), private.make("Lead")
    for lead in (mine, other):
        private.ask("DELETE", f"sobjects/Lead/{lead}")
    private.clock.advance(120)
    window = {"start": "2026-11-24T00:00:00Z", "end": "2026-11-25T00:00:00Z"}
    told = ana.ask("GET", "sobjects/Lead/deleted/", **window)["deletedRecords"]
    assert [one["id"] for one in told] == [mine]  # type: ignore[attr-defined]


def test_a_unique_value_of_a_record_out_of_sight_is_taken_without_a_word_about_it(private: Org, ana: Person) -> None:
    """Neither its id nor its field."""
    private.make("Lead", Ext_Id__c="taken")
    refused = ana.ask("PATCH", "sobjects/Lead/Ext_Id__c/taken", {"LastName": "N", "Company": "C"}).error()
    assert refused == (
        "DUPLICATE_VALUE",
        "duplicate value found: <unknown> duplicates value on record with id: <unknown>",
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("User/{}", {"ProfileId": "{profile}"}),
        ("PermissionSetAssignment", {"AssigneeId": "{}", "PermissionSetId": "0PS000000000001AAA"}),
        ("GroupMember", {"GroupId": "{queue}", "UserOrGroupId": "{}"}),
    ],
)
def test_nobody_but_an_administrator_changes_setup(org: Org, ana: Person, path: str, body: dict[str, str]) -> None:
    """Profiles, permission sets and queues are not open to whom they would open more."""
    queue = org.queue("Lead")
    profile = org.state.one("SELECT Id FROM \"Profile\" WHERE Name = 'System Administrator'")
    assert profile is not None
    rights(org, sharing={"Lead": "private"})
    filled = {key: one.format(ana.user_id, profile=profile["Id"], queue=queue) for key, one in body.items()}
    method = "PATCH" if "{}" in path else "POST"
    assert ana.ask(method, f"sobjects/{path.format(ana.user_id)}", filled).status == 400
    lead = org.make("Lead", OwnerId=queue)
    assert ana.found("SELECT Id FROM Lead") == [] and lead


def test_nobody_but_an_administrator_changes_the_org(org: Org, ana: Person) -> None:
    """By the Tooling API or the Metadata API; to read the org's shape is open."""
    rights(org, sharing={"Lead": "private"})
    field = {"FullName": "Lead.Own__c", "Metadata": {"type": "Text", "label": "Own", "length": 10}}
    assert ana.ask("POST", "tooling/sobjects/CustomField", field).error()[0] == "INSUFFICIENT_ACCESS"
    spaces = 'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://soap.sforce.com/2006/04/metadata"'
    head = f"<e:Header><SessionHeader><sessionId>{ana.token}</sessionId></SessionHeader></e:Header>"
    text = f"<e:Envelope {spaces}>{head}<e:Body><describeMetadata/></e:Body></e:Envelope>"
    answer = org.raw("POST", "/services/Soap/m/59.0", text.encode(), headers={"authorization": ""})
    assert answer.status == 500 and b"INSUFFICIENT_ACCESS" in answer.body  # type: ignore[operator]
    soql = "SELECT Id FROM EntityDefinition WHERE QualifiedApiName = 'Lead'"
    assert ana.ask("GET", "tooling/query", q=soql)["totalSize"] == 1


def test_a_bulk_job_is_its_users_own(org: Org, ana: Person) -> None:
    """What an administrator's job found is not for others; records are not deleted for good without the permission."""
    rights(org, sharing={"Lead": "private"})
    for path, asked in (
        ("jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"}),
        ("jobs/ingest", {"operation": "insert", "object": "Lead"}),
    ):
        job = org.ask("POST", path, asked)["id"]
        assert ana.ask("GET", f"{path}/{job}").status == 404 and org.ask("GET", f"{path}/{job}").status == 200
        assert ana.ask("GET", path)["records"] == [] and len(org.ask("GET", path)["records"]) == 1  # type: ignore[arg-type]
    refused = ana.ask("POST", "jobs/ingest", {"operation": "hardDelete", "object": "Lead"})
    assert refused.error()[0] == "FEATURENOTENABLED"
