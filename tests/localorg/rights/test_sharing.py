"""Records that are open to more than their owner: groups within groups, manual shares, teams, and parents."""

import pytest

from tests.localorg.conftest import Org
from tests.localorg.rights.test_rights import Person, ana, rights

__all__ = ["ana"]


@pytest.fixture
def private(org: Org) -> Org:
    """An org in which nobody sees what is not theirs."""
    rights(org, sharing={"Lead": "private", "Account": "private", "Opportunity": "private", "Contact": "by_parent"})
    return org


def _sees(person: Person, sobject: str, record_id: str) -> bool:
    return record_id in person.found(f"SELECT Id FROM {sobject}")


def _status(person: Person, sobject: str, record_id: str) -> int:
    return person.ask("PATCH", f"sobjects/{sobject}/{record_id}", {"Description": "mine"}).status


def test_a_member_of_a_group_in_a_queue_sees_its_leads(private: Org, ana: Person) -> None:
    """To any depth, and no longer once the membership ends; the queue's mail reaches those members too."""
    queue = private.queue("Lead")
    group = private.make("Group", Name="Sales", DeveloperName="Sales", Type="Regular")
    private.make("GroupMember", GroupId=queue, UserOrGroupId=group)
    member = private.make("GroupMember", GroupId=group, UserOrGroupId=ana.user_id)
    lead = private.make("Lead", OwnerId=queue)
    assert _sees(ana, "Lead", lead) and _status(ana, "Lead", lead) == 204
    private.ask("DELETE", f"sobjects/GroupMember/{member}")
    assert not _sees(ana, "Lead", lead)


def test_a_manual_share_opens_a_record_until_it_has_another_owner(private: Org, ana: Person) -> None:
    """To read, or to edit; a new owner ends it."""
    lead = private.make("Lead")
    share = private.make("LeadShare", LeadId=lead, UserOrGroupId=ana.user_id, LeadAccessLevel="Read")
    assert _sees(ana, "Lead", lead) and _status(ana, "Lead", lead) == 403
    private.ask("PATCH", f"sobjects/LeadShare/{share}", {"LeadAccessLevel": "Edit"})
    assert _status(ana, "Lead", lead) == 204
    private.ask("PATCH", f"sobjects/Lead/{lead}", {"OwnerId": private.queue("Lead")})
    assert not _sees(ana, "Lead", lead)
    assert private.ask("GET", "query", q="SELECT Id FROM LeadShare WHERE RowCause = 'Manual'")["totalSize"] == 0


def test_a_team_opens_a_record_and_is_lost_with_its_owner(private: Org, ana: Person) -> None:
    """An owner change by REST ends teams and manual shares of accounts and opportunities."""
    other = private.insert("User", Username="ben@example.com", LastName="Ben", Name="Ben", IsActive=1)
    account = private.make("Account")
    deal = private.make("Opportunity", AccountId=account)
    private.make("AccountTeamMember", AccountId=account, UserId=ana.user_id, AccountAccessLevel="Edit")
    private.make("OpportunityTeamMember", OpportunityId=deal, UserId=ana.user_id, OpportunityAccessLevel="Read")
    assert _status(ana, "Account", account) == 204
    assert _sees(ana, "Opportunity", deal) and _status(ana, "Opportunity", deal) == 403
    for sobject, record in (("Opportunity", deal), ("Account", account)):
        private.ask("PATCH", f"sobjects/{sobject}/{record}", {"OwnerId": other})
        assert not _sees(ana, sobject, record)
        assert private.ask("GET", "query", q=f"SELECT Id FROM {sobject}TeamMember")["totalSize"] == 0


def _change_owner(org: Org, account: str, owner: str, *options: str) -> None:
    """Give an account to somebody by SOAP, with options."""
    told = "".join(f"<options><type>{one}</type><execute>true</execute></options>" for one in options)
    session = f"<SessionHeader><sessionId>{org.token}</sessionId></SessionHeader>"
    head = f"{session}<OwnerChangeOptions>{told}</OwnerChangeOptions>"
    kind = "Account" if account.startswith("001") else "Opportunity"
    body = f"<update><sObjects><type>{kind}</type><Id>{account}</Id><OwnerId>{owner}</OwnerId></sObjects></update>"
    spaces = 'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"'
    envelope = f"<e:Envelope {spaces}><e:Header>{head}</e:Header><e:Body>{body}</e:Body></e:Envelope>"
    answer = org.raw("POST", "/services/Soap/u/59.0", envelope.encode(), {}, {"soapaction": '""'})
    assert isinstance(answer.body, bytes) and b"<success>true</success>" in answer.body, answer.body


def test_a_soap_caller_can_keep_a_team(private: Org, ana: Person) -> None:
    """OwnerChangeOptions with KeepAccountTeam, documented for SOAP alone."""
    other = private.insert("User", Username="ben@example.com", LastName="Ben", Name="Ben", IsActive=1)
    account = private.make("Account")
    private.make("AccountTeamMember", AccountId=account, UserId=ana.user_id, AccountAccessLevel="Edit")
    _change_owner(private, account, other, "KeepAccountTeam")
    assert _sees(ana, "Account", account)


def test_a_soap_caller_can_have_the_new_owner_told_and_the_old_one_kept(org: Org, ana: Person) -> None:
    """SendEmail writes to the new owner; the owner of an opportunity that was comes into its team, which stays."""
    org.state.run('UPDATE "User" SET Email = ? WHERE Id = ?', ("ana@acme.example", ana.user_id))
    deal = org.make("Opportunity")
    _change_owner(org, deal, ana.user_id, "SendEmail", "KeepSalesTeamGrantCurrentOwnerReadWriteAccess")
    (letter,) = org.ask("GET", "/_org/mail")["mail"]  # type: ignore[misc]
    assert (letter["to"], letter["record_id"], letter["cause"]) == (["ana@acme.example"], deal, "owner change")
    found = org.ask("GET", "query", q="SELECT UserId, OpportunityAccessLevel FROM OpportunityTeamMember")["records"]
    assert [(one["UserId"], one["OpportunityAccessLevel"]) for one in found] == [(org.user_id, "Edit")]  # type: ignore[attr-defined]


def test_a_soap_caller_can_take_children_along(org: Org) -> None:
    """Contacts whoever owns them, opportunities by owner and stage, open tasks; and nothing that is not asked for."""
    other = org.insert("User", Username="ben@example.com", LastName="Ben", Name="Ben", IsActive=1)
    account = org.make("Account")
    contact, task = org.make("Contact", AccountId=account), org.make("Task", WhatId=account)
    deals = [
        org.make("Opportunity", AccountId=account),
        org.make("Opportunity", AccountId=account, StageName="Closed Won"),
    ]
    mine = org.get("Account", account)["OwnerId"]

    def owners() -> list[object]:
        kinds = ("Contact", contact), ("Task", task), ("Opportunity", deals[0]), ("Opportunity", deals[1])
        return [org.get(kind, one)["OwnerId"] == other for kind, one in kinds]

    _change_owner(org, account, other)
    assert owners() == [False] * 4
    _change_owner(org, account, mine)
    _change_owner(org, account, other, "TransferContacts", "TransferOwnedOpenOpportunities", "TransferOpenActivities")
    assert owners() == [True, True, True, False]
    _change_owner(org, account, mine, "TransferOthersOpenOpportunities", "TransferOwnedOpenOpportunities")
    assert owners() == [True, True, False, False]


def test_contacts_go_with_their_account(private: Org, ana: Person) -> None:
    """`by_parent`: whoever sees the account sees its contacts, and whoever does not sees none."""
    account = private.make("Account")
    contact = private.make("Contact", AccountId=account)
    assert not _sees(ana, "Contact", contact)
    private.make("AccountShare", AccountId=account, UserOrGroupId=ana.user_id, AccountAccessLevel="Read")
    assert _sees(ana, "Contact", contact) and _status(ana, "Contact", contact) == 403
    assert private.ask("POST", "/_org/rights", {"sharing": {"Lead": "by_parent"}}).status == 400
