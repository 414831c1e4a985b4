"""The hierarchy of roles: whoever is above may do what those below may, by every API; groups of roles."""

import json
from xml.etree import ElementTree

import pytest

from sfsync.localorg.identity.sessions import issue_token
from tests.localorg.conftest import Org
from tests.localorg.rights.test_rights import Person, rights

PRIVATE = {"Lead": "private", "Account": "private", "Opportunity": "private", "Contact": "by_parent"}


@pytest.fixture
def private(org: Org) -> Org:
    """An org in which nobody sees what is not theirs."""
    rights(org, sharing=PRIVATE)
    return org


def _role(org: Org, name: str, above: str | None = None, access: str = "None") -> str:
    return org.make(
        "UserRole", Name=name, DeveloperName=name, ParentRoleId=above, OpportunityAccessForAccountOwner=access
    )


def _person(org: Org, name: str, role: str | None) -> Person:
    zone = {"TimeZoneSidKey": "GMT", "UserRoleId": role}
    user_id = org.insert("User", Username=f"{name}@example.com", LastName=name, Name=name, IsActive=1, **zone)
    wanted = {"username": f"{name}@example.com", "profile": "Standard User"}
    assert org.ask("POST", "/_org/users", wanted).status == 200
    return Person(org, user_id, issue_token(org.state, org.clock, user_id))


@pytest.fixture
def people(private: Org) -> dict[str, Person]:
    """A boss, two leaders below, a rep below the first, and somebody without a role."""
    boss = _role(private, "Boss")
    north, south = _role(private, "North", boss), _role(private, "South", boss)
    roles = {"boss": boss, "north": north, "south": south, "rep": _role(private, "Rep", north), "none": None}
    return {name: _person(private, name, role) for name, role in roles.items()}


def _who_sees(people: dict[str, Person], record_id: str, sobject: str = "Lead") -> list[str]:
    return [name for name, one in people.items() if record_id in one.found(f"SELECT Id FROM {sobject}")]


def _group(org: Org, role: str, kind: str) -> str:
    sql = 'SELECT g.Id FROM "Group" g JOIN "UserRole" r ON r.Id = g.RelatedId WHERE r.Name = ? AND g.Type = ?'
    row = org.state.one(sql, (role, kind))
    assert row is not None
    return str(row["Id"])


def test_those_above_the_owner_see_and_change_a_record(private: Org, people: dict[str, Person]) -> None:
    """At any height, and nobody beside or below; a role moved elsewhere takes the access along."""
    lead = private.make("Lead", OwnerId=people["rep"].user_id)
    assert _who_sees(people, lead) == ["boss", "north", "rep"]
    assert people["boss"].ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Dr"}).status == 204
    assert people["boss"].ask("DELETE", f"sobjects/Lead/{lead}").status == 204
    other = private.make("Lead", OwnerId=people["north"].user_id)
    assert _who_sees(people, other) == ["boss", "north"]
    assert people["rep"].ask("PATCH", f"sobjects/Lead/{other}", {"Title": "Dr"}).status == 403
    role = private.state.one('SELECT UserRoleId FROM "User" WHERE Id = ?', (people["north"].user_id,))
    assert role is not None
    private.ask("PATCH", f"sobjects/UserRole/{role['UserRoleId']}", {"ParentRoleId": None})
    assert _who_sees(people, other) == ["north"]


def test_every_api_shows_the_same(private: Org, people: dict[str, Person]) -> None:
    """REST, SOQL, SOSL, Bulk and SOAP, for the one above and for the one beside."""
    lead = private.make("Lead", LastName="Hierarch", OwnerId=people["rep"].user_id)
    for name, seen in (("boss", True), ("south", False)):
        one = people[name]
        assert (one.ask("GET", f"sobjects/Lead/{lead}").status == 200) is seen
        found = one.ask("GET", "search", q="FIND {Hierarch} RETURNING Lead(Id)")["searchRecords"]
        assert bool(found) is seen
        assert _bulk_finds(one, lead) is seen and _soap_finds(one, lead) is seen


def _bulk_finds(person: Person, lead: str) -> bool:
    job = person.ask("POST", "jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"})["id"]
    signed = {"authorization": f"Bearer {person.token}"}
    answer = person.org.raw("GET", f"jobs/query/{job}/results", headers=signed)
    body = answer.body if isinstance(answer.body, bytes) else answer.body.read_bytes()
    return lead.encode() in body


def _soap_finds(person: Person, lead: str) -> bool:
    spaces = 'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"'
    head = f"<e:Header><SessionHeader><sessionId>{person.token}</sessionId></SessionHeader></e:Header>"
    body = "<e:Body><query><queryString>SELECT Id FROM Lead</queryString></query></e:Body>"
    text = f"<e:Envelope {spaces}>{head}{body}</e:Envelope>"
    answer = person.org.raw("POST", "/services/Soap/u/59.0", text.encode(), headers={"soapaction": '""'})
    assert isinstance(answer.body, bytes) and answer.status == 200
    return lead in "".join(ElementTree.fromstring(answer.body).itertext())


def test_only_the_owner_and_those_above_delete(private: Org, people: dict[str, Person]) -> None:
    """What a share or the org's default lets everybody change, they still cannot delete."""
    lead = private.make("Lead", OwnerId=people["north"].user_id)
    private.make("LeadShare", LeadId=lead, UserOrGroupId=people["rep"].user_id, LeadAccessLevel="Edit")
    rights(private, sharing={"Lead": "public"})
    for name, status in (("rep", 403), ("south", 403), ("boss", 204)):
        assert people[name].ask("PATCH", f"sobjects/Lead/{lead}", {"Title": name}).status == 204
        assert people[name].ask("DELETE", f"sobjects/Lead/{lead}").status == status


def test_what_is_shared_with_those_below_reaches_those_above(private: Org, people: dict[str, Person]) -> None:
    """Manual shares, queues, and public groups but those that leave bosses out."""
    shared = private.make("Lead")
    private.make("LeadShare", LeadId=shared, UserOrGroupId=people["rep"].user_id, LeadAccessLevel="Read")
    assert _who_sees(people, shared) == ["boss", "north", "rep"]
    queue = private.queue("Lead")
    private.make("GroupMember", GroupId=queue, UserOrGroupId=people["rep"].user_id)
    assert _who_sees(people, private.make("Lead", OwnerId=queue)) == ["boss", "north", "rep"]
    for bosses, expected in ((True, ["boss", "north", "rep"]), (False, ["rep"])):
        name = f"G{bosses}"
        group = private.make("Group", Name=name, DeveloperName=name, Type="Regular", DoesIncludeBosses=bosses)
        private.make("GroupMember", GroupId=group, UserOrGroupId=people["rep"].user_id)
        lead = private.make("Lead")
        private.make("LeadShare", LeadId=lead, UserOrGroupId=group, LeadAccessLevel="Edit")
        assert _who_sees(people, lead) == expected


def test_a_role_brings_two_groups_that_open_records(private: Org, people: dict[str, Person]) -> None:
    """Of those who have it, and of these with all below; those above see what either is given."""
    for kind, expected in (("Role", ["boss", "north"]), ("RoleAndSubordinates", ["boss", "north", "rep"])):
        group = _group(private, "North", kind)
        lead = private.make("Lead")
        private.make("LeadShare", LeadId=lead, UserOrGroupId=group, LeadAccessLevel="Read")
        assert _who_sees(people, lead) == expected
        queue = private.make("Group", Name=kind, DeveloperName=kind, Type="Queue")
        private.make("QueueSobject", QueueId=queue, SobjectType="Lead")
        private.make("GroupMember", GroupId=queue, UserOrGroupId=group)
        assert _who_sees(people, private.make("Lead", OwnerId=queue)) == expected


def test_the_groups_of_a_role_go_with_it(private: Org) -> None:
    """A role that users have, or that others are below, stays; a renamed one renames its groups."""
    top = _role(private, "Top")
    low = _role(private, "Low", top)
    assert private.ask("DELETE", f"sobjects/UserRole/{top}").error()[0] == "DELETE_FAILED"
    private.ask("PATCH", f"sobjects/UserRole/{low}", {"Name": "Lower", "DeveloperName": "Lower"})
    soql = "SELECT DeveloperName, Type, Related.Name FROM Group WHERE Type LIKE 'Role%' AND DeveloperName = 'Lower'"
    assert private.ask("GET", "query", q=soql)["totalSize"] == 2
    assert private.ask("DELETE", f"sobjects/UserRole/{low}").status == 204
    assert private.ask("GET", "query", q=soql)["totalSize"] == 0


def test_an_account_and_its_opportunities_open_each_other(private: Org, people: dict[str, Person]) -> None:
    """Who sees a deal may read its account; an owner's role says what it may do with others' deals of an account."""
    account = private.make("Account", OwnerId=people["south"].user_id)
    deal = private.make("Opportunity", AccountId=account, OwnerId=people["rep"].user_id)
    assert _who_sees(people, account, "Account") == ["boss", "north", "south", "rep"]
    assert people["rep"].ask("PATCH", f"sobjects/Account/{account}", {"Site": "x"}).status == 403
    assert _who_sees(people, deal, "Opportunity") == ["boss", "north", "rep"]
    role = private.state.one('SELECT UserRoleId FROM "User" WHERE Id = ?', (people["south"].user_id,))
    assert role is not None
    for access, status in (("Read", 403), ("Edit", 204)):
        private.ask("PATCH", f"sobjects/UserRole/{role['UserRoleId']}", {"OpportunityAccessForAccountOwner": access})
        assert people["south"].ask("PATCH", f"sobjects/Opportunity/{deal}", {"NextStep": "x"}).status == status


def test_view_all_and_modify_all_need_no_role(private: Org, people: dict[str, Person]) -> None:
    """They open every record of their sObject, and nothing else."""
    lead = private.make("Lead", OwnerId=people["rep"].user_id)
    account = private.make("Account", OwnerId=people["rep"].user_id)
    rights(private, profile="Standard User", objects={"Lead": ["view_all"]})
    assert _who_sees(people, lead) == list(people)
    assert "none" not in _who_sees(people, account, "Account")
    assert people["none"].ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}).status in (400, 403)
    rights(private, profile="Standard User", objects={"Lead": ["modify_all"]})
    assert people["none"].ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}).status == 204


def test_the_control_plane_gives_a_user_a_role(private: Org, people: dict[str, Person]) -> None:
    """By its name; null takes it away, and an unknown one is told."""
    lead = private.make("Lead", OwnerId=people["rep"].user_id)
    wanted = {"username": "none@example.com", "role": "Boss"}
    assert json.dumps(private.ask("POST", "/_org/users", wanted).body).find('"role": "Boss"') > 0
    assert "none" in _who_sees(people, lead)
    private.ask("POST", "/_org/users", {**wanted, "role": None})
    assert "none" not in _who_sees(people, lead)
    assert private.ask("POST", "/_org/users", {**wanted, "role": "Nobody"}).status == 400
