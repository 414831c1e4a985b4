"""What a user may do: down to object and field, and by sharing. The API sees what its user may see."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from sfsync.localorg.identity.sessions import issue_token
from tests.localorg.conftest import Org, Reply


@dataclass
class Person:
    """Somebody with a profile of their own, asking the org."""

    org: Org
    user_id: str
    token: str

    def ask(self, method: str, path: str, value: object = None, **query: str) -> Reply:
        """Ask as this person."""
        return self.org.ask(method, path, value, {"authorization": f"Bearer {self.token}"}, **query)

    def found(self, soql: str) -> list[str]:
        """Give the ids a query finds."""
        records = self.ask("GET", "query", q=soql)["records"]
        assert isinstance(records, list)
        return [one["Id"] for one in records]

    def fields(self, sobject: str) -> dict[str, dict[str, object]]:
        """Describe fields."""
        described = self.ask("GET", f"sobjects/{sobject}/describe")["fields"]
        assert isinstance(described, list)
        return {one["name"]: one for one in described}


def rights(org: Org, **wanted: object) -> None:
    """Set rights by the control plane."""
    reply = org.ask("POST", "/_org/rights", wanted)
    assert reply.status == 200, reply.body


@pytest.fixture
def ana(org: Org) -> Person:
    """Somebody whose profile is Standard User."""
    user_id = org.insert(
        "User", Username="ana@example.com", LastName="Torres", Name="Ana Torres", IsActive=1, TimeZoneSidKey="GMT"
    )
    reply = org.ask("POST", "/_org/users", {"username": "ana@example.com", "profile": "Standard User"})
    assert reply.status == 200
    return Person(org, user_id, issue_token(org.state, org.clock, user_id))


def test_rights_are_off_until_one_is_set(org: Org, ana: Person) -> None:
    """Everybody sees and changes everything in an org in which nobody ever set a right."""
    lead = org.make("Lead")
    assert ana.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Dr"}).status == 204
    assert org.ask("GET", "/_org/rights")["on"] is False


def test_a_hidden_field_is_not_there_for_its_user(org: Org, ana: Person) -> None:
    """It is missing from describe, records and FIELDS(), cannot be queried or written; its value stays."""
    lead = org.make("Lead", Email="a@example.com")
    rights(org, profile="Standard User", fields={"Lead.Email": "none"})
    assert "Email" not in ana.fields("Lead") and "Email" in ana.fields("Contact")
    assert "Email" not in ana.ask("GET", f"sobjects/Lead/{lead}").body  # type: ignore[operator]
    for soql in ("SELECT Email FROM Lead", "SELECT Id FROM Lead WHERE Email = 'a@example.com'"):
        assert ana.ask("GET", "query", q=soql).error()[0] == "INVALID_FIELD"
    assert ana.ask("PATCH", f"sobjects/Lead/{lead}", {"Email": None}).error()[0] == "INVALID_FIELD"
    assert ana.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Dr"}).status == 204
    assert org.get("Lead", lead)["Email"] == "a@example.com"


def test_a_field_that_may_only_be_read_refuses_writes(org: Org, ana: Person) -> None:
    """Describe says it is not updateable, and a write of it is refused by name."""
    lead = org.make("Lead", Rating="Hot")
    rights(org, profile="Standard User", fields={"Lead.Rating": "read"})
    assert (ana.fields("Lead")["Rating"]["updateable"], ana.fields("Lead")["Rating"]["createable"]) == (False, False)
    assert ana.ask("GET", f"sobjects/Lead/{lead}")["Rating"] == "Hot"
    refused = ana.ask("PATCH", f"sobjects/Lead/{lead}", {"Rating": "Cold"})
    assert refused.error()[0] == "INVALID_FIELD_FOR_INSERT_UPDATE" and "Rating" in refused.error()[1]


def test_defaults_and_rules_work_on_what_the_user_cannot_see(org: Org, ana: Person) -> None:
    """A record made by one who does not see its status has the default status all the same."""
    rights(org, profile="Standard User", fields={"Lead.Industry": "none", "Lead.Rating": "none"})
    made = ana.ask("POST", "sobjects/Lead", {"LastName": "Nowak", "Company": "Acme"})
    assert made.status == 201
    record = org.get("Lead", str(made["id"]))
    assert (record["Status"], record["OwnerId"], record["Rating"]) == ("New", ana.user_id, None)


def test_an_object_without_rights_is_not_there(org: Org, ana: Person) -> None:
    """It is in no list, cannot be described, read or queried, and no path leads through it."""
    rights(org, profile="Standard User", objects={"Account": []})
    listed = ana.ask("GET", "sobjects")["sobjects"]
    assert isinstance(listed, list) and "Account" not in [one["name"] for one in listed]
    assert ana.ask("GET", "sobjects/Account/describe").status == 404
    assert ana.ask("GET", "query", q="SELECT Id FROM Account").error()[0] == "INVALID_TYPE"
    assert ana.ask("GET", "query", q="SELECT Account.Name FROM Contact").error()[0] == "INVALID_FIELD"


def test_rights_to_create_change_and_delete_are_apart(org: Org, ana: Person) -> None:
    """One who may read and change cannot create or delete; describe says so."""
    lead = org.make("Lead")
    rights(org, profile="Standard User", objects={"Lead": ["edit"]})
    assert ana.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Dr"}).status == 204
    body = {"LastName": "Nowak", "Company": "Acme"}
    assert ana.ask("POST", "sobjects/Lead", body).error()[0] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert ana.ask("DELETE", f"sobjects/Lead/{lead}").error()[0] == "INSUFFICIENT_ACCESS_OR_READONLY"
    described = ana.ask("GET", "sobjects/Lead/describe")
    assert (described["createable"], described["updateable"], described["deletable"]) == (False, True, False)


def test_permission_sets_add_to_the_profile(org: Org, ana: Person) -> None:
    """What a profile lacks a permission set gives to those it is assigned to, and only for that long."""
    rights(org, profile="Standard User", fields={"Lead.Email": "none"})
    made = str(org.ask("POST", "sobjects/PermissionSet", {"Name": "Mail", "Label": "Mail"})["id"])
    rights(org, permission_set="Mail", objects={"Lead": ["read"]}, fields={"Lead.Email": "edit"})
    assert "Email" not in ana.fields("Lead")
    assign = {"PermissionSetId": made, "AssigneeId": ana.user_id}
    given = str(org.ask("POST", "sobjects/PermissionSetAssignment", assign)["id"])
    assert ana.fields("Lead")["Email"]["updateable"] is True
    assert org.ask("DELETE", f"sobjects/PermissionSetAssignment/{given}").status == 204
    assert "Email" not in ana.fields("Lead")


def test_private_records_are_seen_by_their_owners_alone(org: Org, ana: Person) -> None:
    """Query, count, read, parents and getUpdated leave out what others own; an administrator sees all."""
    mine, others = org.make("Lead", OwnerId=ana.user_id), org.make("Lead")
    rights(org, sharing={"Lead": "private", "Account": "private"})
    assert ana.found("SELECT Id FROM Lead") == [mine]
    assert ana.ask("GET", "query", q="SELECT COUNT() FROM Lead")["totalSize"] == 1
    assert ana.ask("GET", f"sobjects/Lead/{others}").status == 404
    window = {"start": "2026-11-24T12:00:00Z", "end": "2026-11-24T12:45:00Z"}
    assert ana.ask("GET", "sobjects/Lead/updated", None, **window)["ids"] == [mine]
    contact = org.make("Contact", AccountId=org.make("Account"))
    assert ana.ask("GET", "query", q="SELECT Id, Account.Name FROM Contact")["records"][0]["Account"] is None  # type: ignore[index]
    assert contact and org.ask("GET", "query", q="SELECT COUNT() FROM Lead")["totalSize"] == 2


def test_records_of_a_queue_are_its_members(org: Org, ana: Person) -> None:
    """A member of the queue that owns a private record sees and takes it; before that nobody does."""
    queue = org.queue("Lead")
    lead = org.make("Lead", OwnerId=queue)
    rights(org, sharing={"Lead": "private"})
    assert ana.found("SELECT Id FROM Lead") == []
    org.make("GroupMember", GroupId=queue, UserOrGroupId=ana.user_id)
    assert ana.found("SELECT Id FROM Lead") == [lead]
    assert ana.ask("PATCH", f"sobjects/Lead/{lead}", {"OwnerId": ana.user_id}).status == 204


def test_what_is_out_of_sight_cannot_be_written_or_named(org: Org, ana: Person) -> None:
    """Writing, deleting or naming as a parent what others own privately is refused, each time with its own code."""
    lead, account = org.make("Lead"), org.make("Account")
    rights(org, sharing={"Lead": "private", "Account": "private"})
    hidden = "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
    assert ana.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Dr"}).error()[0] == hidden
    assert ana.ask("DELETE", f"sobjects/Lead/{lead}").error()[0] == hidden
    assert ana.ask("POST", "sobjects/Contact", {"LastName": "B", "AccountId": account}).error()[0] == hidden


def test_records_that_all_may_read_are_changed_by_their_owners(org: Org, ana: Person) -> None:
    """With public read access others' records are seen, but read-only."""
    lead = org.make("Lead")
    rights(org, sharing={"Lead": "read"})
    assert ana.found("SELECT Id FROM Lead") == [lead]
    assert ana.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Dr"}).error()[0] == "INSUFFICIENT_ACCESS_OR_READONLY"


def test_view_all_sees_what_is_private(org: Org, ana: Person) -> None:
    """View All of an sObject shows all its records, Modify All opens them."""
    lead = org.make("Lead")
    rights(org, profile="Standard User", objects={"Lead": ["edit", "view_all"]}, sharing={"Lead": "private"})
    assert ana.found("SELECT Id FROM Lead") == [lead]
    assert ana.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Dr"}).error()[0] == "INSUFFICIENT_ACCESS_OR_READONLY"
    rights(org, profile="Standard User", objects={"Lead": ["modify_all"]})
    assert ana.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Dr"}).status == 204


def test_bulk_jobs_go_by_the_rights_of_who_made_them(org: Org, ana: Person) -> None:
    """A job's query sees, and its upload takes, what its maker may see and write, whoever looks at the job."""
    mine = org.make("Lead", OwnerId=ana.user_id)
    org.make("Lead")
    rights(org, profile="Standard User", fields={"Lead.Email": "none"}, sharing={"Lead": "private"})
    body = {"operation": "query", "query": "SELECT Id FROM Lead"}
    job = ana.ask("POST", "jobs/query", body)["id"]
    assert org.ask("GET", f"jobs/query/{job}")["numberRecordsProcessed"] == 1
    found = org.raw("GET", f"jobs/query/{job}/results").body
    assert isinstance(found, Path) and mine in found.read_text()
    refused = ana.ask("POST", "jobs/query", {**body, "query": "SELECT Email FROM Lead"})
    assert refused.error()[0] == "INVALID_FIELD"
    made = ana.ask("POST", "jobs/ingest", {"object": "Lead", "operation": "insert", "lineEnding": "LF"})["id"]
    rows = b"LastName,Company,Email\nNowak,Acme,a@example.com\n"
    org.raw("PUT", f"jobs/ingest/{made}/batches", rows, headers={"content-type": "text/csv"})
    org.ask("PATCH", f"jobs/ingest/{made}", {"state": "UploadComplete"})
    ended = org.ask("GET", f"jobs/ingest/{made}")
    assert ended["state"] == "Failed" and "Email" in str(ended["errorMessage"])


@pytest.mark.parametrize("change", [{"frozen": True}, {"active": False}])
def test_frozen_and_inactive_users_are_shut_out(org: Org, change: dict[str, object]) -> None:
    """Their sessions end at once and no way of signing in is left; unfrozen and active again they come back."""
    user = org.state.one('SELECT Username FROM "User"')
    assert user is not None
    facts = org.ask("GET", "/_org/facts").body
    assert isinstance(facts, dict)
    login = {"grant_type": "client_credentials", "client_id": facts["client_id"]}
    form = "&".join(f"{key}={value}" for key, value in {**login, "client_secret": facts["client_secret"]}.items())
    org.ask("POST", "/_org/users", {"username": user["Username"], **change})
    assert org.ask("GET", "limits").error()[0] == "INVALID_SESSION_ID"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    refused = org.raw("POST", "/services/oauth2/token", form.encode(), headers=headers)
    assert refused.status == 400 and b"inactive_user" in bytes(refused.body)
    back = {key: not value for key, value in change.items()}
    org.ask("POST", "/_org/users", {"username": user["Username"], **back})
    assert org.raw("POST", "/services/oauth2/token", form.encode(), headers=headers).status == 200


@pytest.mark.parametrize(
    ("wanted", "word"),
    [
        ({"profile": "Nobody"}, "Nobody"),
        ({"profile": "Standard User", "objects": {"Leed": ["read"]}}, "Leed"),
        ({"profile": "Standard User", "objects": {"Lead": ["rewrite"]}}, "create"),
        ({"profile": "Standard User", "fields": {"Lead.Mail": "none"}}, "Lead.Mail"),
        ({"profile": "Standard User", "fields": {"Lead.LastName": "none"}}, "no right"),
        ({"sharing": {"Lead": "secret"}}, "private"),
    ],
)
def test_rights_that_make_no_sense_are_refused(org: Org, wanted: dict[str, object], word: str) -> None:
    """What is wrong is said by name, and nothing is set."""
    refused = org.ask("POST", "/_org/rights", wanted)
    assert refused.status == 400 and word in refused.error()[1]
    assert org.ask("GET", "/_org/rights")["on"] is False
