"""Permissions of users: what the API refuses without each, and with which code."""

from typing import Any

import pytest

from tests.localorg.conftest import Org
from tests.localorg.rights.test_rights import Person, ana, rights

__all__ = ["ana"]
SPACES = 'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"'


def _permit(org: Org, **permissions: bool) -> None:
    rights(org, profile="Standard User", permissions=permissions)


def _soap(person: Person, body: str) -> str:
    head = f"<e:Header><SessionHeader><sessionId>{person.token}</sessionId></SessionHeader></e:Header>"
    text = f"<e:Envelope {SPACES}>{head}<e:Body>{body}</e:Body></e:Envelope>"
    answer = person.org.raw("POST", "/services/Soap/u/59.0", text.encode(), headers={"soapaction": '""'})
    return bytes(answer.body).decode()  # type: ignore[arg-type]


def test_a_user_without_the_api_is_refused_every_call(org: Org, ana: Person) -> None:
    """REST, SOAP and Bulk; others are served, and so is that user with the permission again."""
    _permit(org, ApiEnabled=False)
    for path in ("limits", "sobjects", "query"):
        refused = ana.ask("GET", path)
        assert (refused.status, refused.error()[0]) == (403, "API_DISABLED_FOR_ORG")
    assert "API_DISABLED_FOR_ORG" in _soap(ana, "<getUserInfo/>")
    signed_in = {"authorization": "", "x-sfdc-session": ana.token}
    old = org.raw("GET", "/services/async/59.0/job/750000000000001", headers=signed_in)
    assert b"FeatureNotEnabled" in bytes(old.body)  # type: ignore[arg-type]
    assert org.ask("GET", "limits").status == 200
    _permit(org, ApiEnabled=True)
    assert ana.ask("GET", "limits").status == 200


def test_jobs_that_delete_for_good_need_the_permission(org: Org, ana: Person) -> None:
    """Bulk API 2.0 and 1.0, each in its own words; an administrator has it unless it is taken away."""
    rights(org, profile="Standard User", objects={"Lead": ["delete"]})
    body = {"object": "Lead", "operation": "hardDelete", "lineEnding": "LF"}
    assert ana.ask("POST", "jobs/ingest", body).error()[0] == "FEATURENOTENABLED"
    old = org.raw(
        "POST",
        "/services/async/59.0/job",
        b'{"object": "Lead", "operation": "hardDelete", "contentType": "CSV"}',
        headers={"authorization": f"Bearer {ana.token}", "content-type": "application/json"},
    )
    assert b"FeatureNotEnabled" in bytes(old.body)  # type: ignore[arg-type]
    assert org.ask("POST", "jobs/ingest", body).status == 200
    rights(org, profile="System Administrator", permissions={"BulkApiHardDelete": False})
    assert org.ask("POST", "jobs/ingest", body).error()[0] == "FEATURENOTENABLED"
    _permit(org, BulkApiHardDelete=True)
    assert ana.ask("POST", "jobs/ingest", body).status == 200


def test_converting_needs_the_permission(org: Org, ana: Person) -> None:
    """Beside the rights to the records; nothing is converted without."""
    lead = org.make("Lead", OwnerId=ana.user_id)
    inner = f"<leadId>{lead}</leadId><convertedStatus>Qualified</convertedStatus>"
    call = f"<convertLead><leadConverts>{inner}</leadConverts></convertLead>"
    _permit(org, ConvertLeads=False)
    assert "INSUFFICIENT_ACCESS_OR_READONLY" in _soap(ana, call)
    assert org.get("Lead", lead)["IsConverted"] is False
    _permit(org, ConvertLeads=True)
    assert "<success>true</success>" in _soap(ana, call)


@pytest.mark.parametrize("permission", ["TransferAnyEntity", "TransferAnyLead"])
def test_giving_away_what_one_may_only_change_needs_the_permission(org: Org, ana: Person, permission: str) -> None:
    """Owners give away what is theirs; who may edit by a share gives away with the permission alone."""
    lead, mine = org.make("Lead"), org.make("Lead", OwnerId=ana.user_id)
    rights(org, sharing={"Lead": "private"})
    org.make("LeadShare", LeadId=lead, UserOrGroupId=ana.user_id, LeadAccessLevel="Edit")
    give = {"OwnerId": ana.user_id}
    assert ana.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Dr"}).status == 204
    assert ana.ask("PATCH", f"sobjects/Lead/{lead}", give).error()[0] == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert ana.ask("PATCH", f"sobjects/Lead/{mine}", {"OwnerId": org.user_id}).status == 204
    _permit(org, **{permission: True})
    assert ana.ask("PATCH", f"sobjects/Lead/{lead}", give).status == 204


def test_who_may_not_read_a_kind_of_record_owns_none(org: Org, ana: Person) -> None:
    """A transfer to such a user is refused."""
    lead = org.make("Lead")
    rights(org, profile="Standard User", objects={"Lead": []})
    refused = org.ask("PATCH", f"sobjects/Lead/{lead}", {"OwnerId": ana.user_id})
    assert refused.error()[0] == "TRANSFER_REQUIRES_READ"


def test_stamps_of_their_own_come_with_records_where_org_and_permission_allow(org: Org, ana: Person) -> None:
    """Describe says so; SystemModstamp stays the org's; an update changes none."""
    stamps = {"CreatedDate": "2020-02-03T04:05:06.000+0000", "LastModifiedDate": "2021-01-01T00:00:00.000+0000"}
    lead = {"LastName": "N", "Company": "C", **stamps, "CreatedById": ana.user_id}
    assert org.ask("POST", "sobjects/Lead", lead).error()[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert org.ask("POST", "/_org/settings", {"set_audit_fields": True}).status == 200
    made = org.get("Lead", str(org.ask("POST", "sobjects/Lead", lead)["id"]))
    assert {key: made[key] for key in stamps} == stamps and made["CreatedById"] == ana.user_id
    assert str(made["SystemModstamp"]).startswith("2026-11-24")
    assert org.ask("PATCH", f"sobjects/Lead/{made['Id']}", stamps).error()[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    _permit(org, CreateAuditFields=False)
    assert ana.fields("Lead")["CreatedDate"]["createable"] is False
    assert ana.ask("POST", "sobjects/Lead", lead).error()[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    _permit(org, CreateAuditFields=True)
    assert ana.ask("POST", "sobjects/Lead", lead).status == 201
    org.ask("POST", "/_org/settings", {"set_audit_fields": False})
    assert ana.ask("POST", "sobjects/Lead", lead).error()[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_users_are_managed_by_who_has_the_permission_and_each_changes_some_of_their_own(org: Org, ana: Person) -> None:
    """A telephone number yes, a profile or somebody else no."""
    _permit(org, ManageUsers=False)
    names = "Email = 'a@b.example', Alias = 'ana', CommunityNickname = 'ana', LocaleSidKey = 'en_US', "
    more = "EmailEncodingKey = 'UTF-8', LanguageLocaleKey = 'en_US'"
    org.state.run(f'UPDATE "User" SET {names}{more} WHERE Id = ?', (ana.user_id,))
    own, other = f"sobjects/User/{ana.user_id}", f"sobjects/User/{org.user_id}"
    assert ana.ask("PATCH", own, {"Phone": "1", "TimeZoneSidKey": "Europe/Rome"}).status == 204
    assert ana.ask("PATCH", own, {"IsActive": False}).error()[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert ana.ask("PATCH", other, {"Phone": "1"}).error()[0] == "INSUFFICIENT_ACCESS_OR_READONLY"
    group = {"Name": "Sales", "DeveloperName": "Sales", "Type": "Regular"}
    assert ana.ask("POST", "sobjects/Group", group).error()[0] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    _permit(org, ManageUsers=True)
    assert ana.ask("PATCH", other, {"Phone": "1"}).status == 204
    assert ana.ask("POST", "sobjects/Group", group).status == 201


def test_view_all_data_shows_all_and_opens_nothing(org: Org, ana: Person) -> None:
    """Of every sObject that may be read at all."""
    lead = org.make("Lead")
    rights(org, sharing={"Lead": "private"})
    assert ana.found("SELECT Id FROM Lead") == []
    _permit(org, ViewAllData=True)
    assert ana.found("SELECT Id FROM Lead") == [lead]
    assert ana.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Dr"}).error()[0] == "INSUFFICIENT_ACCESS_OR_READONLY"


def test_a_permission_set_adds_permissions_and_a_fault_takes_them_away(org: Org, ana: Person) -> None:
    """What a profile lacks a permission set gives; the fault `perm` takes it away in the middle of a client's work."""
    _permit(org, ConvertLeads=False)
    made = str(org.ask("POST", "sobjects/PermissionSet", {"Name": "More", "Label": "More"})["id"])
    rights(org, permission_set="More", permissions={"ApiEnabled": True, "ConvertLeads": True})
    org.ask("POST", "sobjects/PermissionSetAssignment", {"PermissionSetId": made, "AssigneeId": ana.user_id})
    assert "SUCCESS" not in _soap(ana, "<convertLead/>")
    fault = {"do": {"perm": {"permission": "ApiEnabled"}}, "when": {"nth": 2}}
    assert org.ask("POST", "/_org/faults", fault).status == 201
    assert [ana.ask("GET", "limits").status for _ in range(3)] == [200, 403, 403]
    shown: Any = org.ask("GET", "/_org/rights")["grants"]
    assert all("permissions" in one for one in shown)


def test_a_permission_that_is_unknown_is_refused(org: Org) -> None:
    """By name, with those that are known; and so is one that is neither true nor false."""
    for wrong in ({"ConvertLead": True}, {"ConvertLeads": "yes"}, ["ConvertLeads"]):
        refused = org.ask("POST", "/_org/rights", {"profile": "Standard User", "permissions": wrong})
        assert refused.status == 400 and "permissions" in refused.error()[1]
