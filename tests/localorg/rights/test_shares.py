"""Share records: those of owners and teams follow what they come from, people's own come and go by hand."""

from typing import Any

import pytest

from sfsync.records.ids import is_id
from tests.localorg.conftest import Org
from tests.localorg.rights.test_rights import Person, ana, rights

__all__ = ["ana"]
SHARED = ("Lead", "Account", "Contact", "Opportunity")


def _shares(org: Org, sobject: str, record_id: str, more: str = "") -> list[dict[str, Any]]:
    fields = f"Id, UserOrGroupId, {sobject}AccessLevel, RowCause, IsDeleted, LastModifiedDate{more}"
    soql = f"SELECT {fields} FROM {sobject}Share WHERE {sobject}Id = '{record_id}' ORDER BY RowCause"
    return list(org.ask("GET", "query", q=soql)["records"])  # type: ignore[call-overload]


@pytest.mark.parametrize("sobject", SHARED)
def test_every_record_has_a_share_of_its_owner(org: Org, ana: Person, sobject: str) -> None:
    """With all access; it follows the owner, can be read by its id and through the record, and goes with the record."""
    record = org.make(sobject)
    (share,) = _shares(org, sobject, record)
    assert (share["UserOrGroupId"], share[f"{sobject}AccessLevel"], share["RowCause"]) == (org.user_id, "All", "Owner")
    assert is_id(share["Id"]) and org.get(f"{sobject}Share", share["Id"])[f"{sobject}Id"] == record
    org.ask("PATCH", f"sobjects/{sobject}/{record}", {"OwnerId": ana.user_id})
    (moved,) = _shares(org, sobject, record)
    assert (moved["UserOrGroupId"], moved["Id"]) == (ana.user_id, share["Id"])
    soql = f"SELECT Id, (SELECT Id FROM Shares), Owner.Name FROM {sobject} WHERE Id = '{record}'"
    found: Any = org.ask("GET", "query", q=soql)["records"]
    assert [one["Id"] for one in found[0]["Shares"]["records"]] == [share["Id"]]
    assert org.ask("DELETE", f"sobjects/{sobject}/{record}").status == 204
    assert _shares(org, sobject, record) == []


def test_the_share_of_an_owner_is_neither_changed_nor_ended_nor_made(org: Org) -> None:
    """By REST and by a Bulk job; the record is given away instead."""
    lead = org.make("Lead")
    (share,) = _shares(org, "Lead", lead)
    path, refused = f"sobjects/LeadShare/{share['Id']}", "INSUFFICIENT_ACCESS_OR_READONLY"
    assert org.ask("PATCH", path, {"LeadAccessLevel": "Read"}).error()[0] == refused
    assert org.ask("DELETE", path).error()[0] == refused
    made = {"LeadId": lead, "UserOrGroupId": org.user_id, "LeadAccessLevel": "Read", "RowCause": "Owner"}
    assert org.ask("POST", "sobjects/LeadShare", made).error()[0] == "FIELD_INTEGRITY_EXCEPTION"
    assert len(_shares(org, "Lead", lead)) == 1


def test_members_of_a_team_have_shares_of_their_own(org: Org, ana: Person) -> None:
    """They come and go with the membership; a conversion of levels is not needed."""
    account = org.make("Account")
    levels = {"AccountAccessLevel": "Edit", "OpportunityAccessLevel": "Read"}
    member = org.make("AccountTeamMember", AccountId=account, UserId=ana.user_id, **levels)
    _, share = _shares(org, "Account", account, ", OpportunityAccessLevel")
    told = (share["RowCause"], share["UserOrGroupId"], share["AccountAccessLevel"], share["OpportunityAccessLevel"])
    assert told == ("Team", ana.user_id, "Edit", "Read")
    assert org.ask("DELETE", f"sobjects/AccountShare/{share['Id']}").status == 403
    org.ask("DELETE", f"sobjects/AccountTeamMember/{member}")
    assert [one["RowCause"] for one in _shares(org, "Account", account)] == ["Owner"]


def test_a_share_that_is_there_is_changed_and_one_that_adds_nothing_refused(org: Org, ana: Person) -> None:
    """Making it again gives the same record; All is the owner's, and Read is no more than what everybody has."""
    rights(org, sharing={"Lead": "private"})
    lead = org.make("Lead")
    named = {"LeadId": lead, "UserOrGroupId": ana.user_id}
    first = org.make("LeadShare", **named, LeadAccessLevel="Read")
    assert org.make("LeadShare", **named, LeadAccessLevel="Edit") == first
    assert [one["LeadAccessLevel"] for one in _shares(org, "Lead", lead)] == ["All", "Edit"]
    refused = org.ask("POST", "sobjects/LeadShare", {**named, "LeadAccessLevel": "All"})
    assert refused.error()[0] == "FIELD_INTEGRITY_EXCEPTION"
    rights(org, sharing={"Lead": "read"})
    refused = org.ask("POST", "sobjects/LeadShare", {**named, "LeadAccessLevel": "Read"})
    assert "trivial share level Read" in refused.error()[1]


def test_shares_come_by_every_way_of_reading(org: Org) -> None:
    """Counted, grouped, in pages and as a Bulk job's rows, each once."""
    leads = [org.make("Lead") for _ in range(5)]
    assert org.ask("GET", "query", q="SELECT COUNT() FROM LeadShare")["totalSize"] == 5
    grouped: Any = org.ask("GET", "query", q="SELECT RowCause, COUNT(Id) n FROM LeadShare GROUP BY RowCause")["records"]
    assert [(one["RowCause"], one["n"]) for one in grouped] == [("Owner", 5)]
    soql = f"SELECT LeadId FROM LeadShare WHERE UserOrGroupId = '{org.user_id}' AND Lead.Company = 'Acme'"
    found: Any = org.ask("GET", "query", q=soql)["records"]
    assert sorted(one["LeadId"] for one in found) == sorted(leads)
    job = org.ask("POST", "jobs/query", {"operation": "query", "query": "SELECT Id, LeadId FROM LeadShare"})["id"]
    assert org.ask("GET", f"jobs/query/{job}")["numberRecordsProcessed"] == 5


def test_who_does_not_see_a_record_sees_none_of_its_shares(org: Org, ana: Person) -> None:
    """Nor can anybody else's shares be named."""
    lead = org.make("Lead")
    rights(org, sharing={"Lead": "private"})
    assert ana.found(f"SELECT Id FROM LeadShare WHERE LeadId = '{lead}'") == []
    own = org.make("Lead", OwnerId=ana.user_id)
    assert len(ana.found("SELECT Id FROM LeadShare")) == 1
    assert own and ana.ask("POST", "sobjects/LeadShare", {"LeadId": lead, "UserOrGroupId": ana.user_id}).status != 201


def test_reported_duplicates_name_their_rule(org: Org) -> None:
    """DuplicateRecordSet leads to DuplicateRule, which lists the rules there are."""
    matching = {"kind": "matching", "sobject": "Lead", "name": "By_name", "items": [{"field": "LastName"}]}
    once = {"kind": "duplicate", "sobject": "Lead", "name": "Once", "masterLabel": "Only once"}
    org.ask(
        "POST", "/_org/rules", [matching, {**once, "operationsOnInsert": ["report"], "matches": [{"rule": "By_name"}]}]
    )
    for _ in range(2):
        org.make("Lead")
    soql = "SELECT DuplicateRule.DeveloperName, DuplicateRule.MasterLabel, DuplicateRuleId FROM DuplicateRecordSet"
    (found,) = org.ask("GET", "query", q=soql)["records"]  # type: ignore[misc]
    assert (found["DuplicateRule"]["DeveloperName"], found["DuplicateRule"]["MasterLabel"]) == ("Once", "Only once")
    rule = org.get("DuplicateRule", found["DuplicateRuleId"])
    assert (rule["SobjectType"], rule["IsActive"]) == ("Lead", True)
    assert org.ask("DELETE", f"sobjects/DuplicateRule/{rule['Id']}").status == 400


def _access(org: Org, user_id: str, *records: str) -> dict[str, str]:
    listed = ", ".join(f"'{one}'" for one in records)
    where = f"UserId = '{user_id}' AND RecordId IN ({listed})"
    reply = org.ask("GET", "query", q=f"SELECT RecordId, MaxAccessLevel FROM UserRecordAccess WHERE {where}")
    return {one["RecordId"]: one["MaxAccessLevel"] for one in reply["records"]}  # type: ignore[attr-defined]


def test_what_a_user_may_do_with_records_can_be_asked(org: Org, ana: Person) -> None:
    """UserRecordAccess: by one user and up to 200 records; everything before rights are on."""
    mine, shared, other = org.make("Lead", OwnerId=ana.user_id), org.make("Lead"), org.make("Lead")
    assert set(_access(org, ana.user_id, mine, other).values()) == {"All"}
    rights(org, sharing={"Lead": "private"})
    org.make("LeadShare", LeadId=shared, UserOrGroupId=ana.user_id, LeadAccessLevel="Edit")
    assert _access(org, ana.user_id, mine, shared, other) == {mine: "All", shared: "Edit", other: "None"}
    assert _access(org, org.user_id, other) == {other: "All"}
    rights(org, sharing={"Lead": "read"})
    assert _access(org, ana.user_id, other) == {other: "Read"}
    soql = f"SELECT HasReadAccess, HasEditAccess FROM UserRecordAccess WHERE UserId = '{ana.user_id}'"
    assert org.ask("GET", "query", q=soql).status == 400
    (row,) = ana.ask("GET", "query", q=f"{soql} AND RecordId = '{other}'")["records"]  # type: ignore[misc]
    assert (row["HasReadAccess"], row["HasEditAccess"]) == (True, False)


def test_a_sharing_rule_opens_what_one_group_owns_to_another(org: Org, ana: Person) -> None:
    """To read or to edit, by shares with the cause Rule that follow owners and members; off, nothing is left of it."""
    rights(org, sharing={"Lead": "private"})
    ben = org.insert("User", Username="ben@example.com", LastName="Ben", Name="Ben", IsActive=1)
    for name, member in (("East", ben), ("West", ana.user_id)):
        group = org.make("Group", Name=name, DeveloperName=name, Type="Regular")
        org.make("GroupMember", GroupId=group, UserOrGroupId=member)
    theirs, other = org.make("Lead"), org.make("Lead")
    org.state.run('UPDATE "Lead" SET OwnerId = ? WHERE Id = ?', (ben, theirs))
    rule: dict[str, object] = {"kind": "sharing", "sobject": "Lead", "name": "East_to_West", "access": "Read"}
    rule |= {"owned_by": "East", "shared_with": "West"}
    assert org.ask("POST", "/_org/rules", rule).status == 201
    assert ana.found("SELECT Id FROM Lead") == [theirs]
    assert [one["RowCause"] for one in _shares(org, "Lead", theirs)] == ["Owner", "Rule"]
    assert [one["RowCause"] for one in _shares(org, "Lead", other)] == ["Owner"]
    assert ana.ask("PATCH", f"sobjects/Lead/{theirs}", {"Title": "Dr"}).status == 403
    (share,) = [one for one in _shares(org, "Lead", theirs) if one["RowCause"] == "Rule"]
    assert is_id(share["Id"]) and org.ask("DELETE", f"sobjects/LeadShare/{share['Id']}").status == 403
    assert org.ask("POST", "/_org/rules", {**rule, "access": "Edit"}).status == 201
    assert ana.ask("PATCH", f"sobjects/Lead/{theirs}", {"Title": "Dr"}).status == 204
    assert org.ask("POST", "/_org/rules", {**rule, "active": False}).status == 201
    assert ana.found("SELECT Id FROM Lead") == []
    assert org.ask("POST", "/_org/rules", {**rule, "owned_by": "Nobody"}).status == 400
