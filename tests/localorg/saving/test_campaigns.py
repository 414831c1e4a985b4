"""Promises of campaigns and their members."""

from typing import Any
from urllib.parse import urlencode

import pytest

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import convert, merge, wishes
from sfsync.localorg.saving.draft import Draft
from tests.localorg.conftest import Org


@pytest.fixture
def campaign(org: Org) -> str:
    """Make a campaign."""
    return org.make("Campaign", Name="Fair", IsActive=True)


def _context(org: Org) -> OrgContext:
    return OrgContext(org.state, org.clock, org.clock.now(), user_id=org.user_id, version="59.0")


def _rows(org: Org, soql: str) -> list[dict[str, Any]]:
    found: Any = org.ask("GET", "query", q=soql)["records"]
    return [{key: value for key, value in one.items() if key != "attributes"} for one in found]


def _join(org: Org, campaign: str, **fields: object) -> object:
    reply = org.ask("POST", "sobjects/CampaignMember", {"CampaignId": campaign, **fields})
    return reply["id"] if reply.status == 201 else reply.error()


def test_a_campaign_has_statuses_and_counts_its_members(org: Org, campaign: str) -> None:
    """Sent and Responded come with it; members get the default one, and what responded means follows from them."""
    labels = _rows(
        org, f"SELECT Label, IsDefault, HasResponded FROM CampaignMemberStatus WHERE CampaignId = '{campaign}'"
    )
    assert [tuple(one.values()) for one in labels] == [("Sent", True, False), ("Responded", False, True)]
    lead, contact = org.make("Lead", Email="ana@acme.example"), org.make("Contact")
    _join(org, campaign, LeadId=lead)
    _join(org, campaign, ContactId=contact, Status="Responded")
    told = _rows(org, "SELECT Type, Status, HasResponded, Email, LeadOrContactId FROM CampaignMember ORDER BY Id")
    assert [tuple(one.values()) for one in told] == [
        ("Lead", "Sent", False, "ana@acme.example", lead),
        ("Contact", "Responded", True, None, contact),
    ]
    counted = _rows(org, "SELECT NumberOfLeads, NumberOfContacts, NumberOfResponses FROM Campaign")
    assert counted == [{"NumberOfLeads": 1, "NumberOfContacts": 1, "NumberOfResponses": 1}]
    assert _rows(org, "SELECT (SELECT Name FROM CampaignMembers) FROM Campaign")[0]["CampaignMembers"]["totalSize"] == 2


def test_a_status_that_the_campaign_has_not_becomes_its_default(org: Org, campaign: str) -> None:
    """Created with it or changed to it."""
    member = _join(org, campaign, LeadId=org.make("Lead"), Status="Nonsense")
    assert org.get("CampaignMember", str(member))["Status"] == "Sent"
    for status, kept in (("Responded", "Responded"), ("Nonsense", "Sent")):
        assert org.ask("PATCH", f"sobjects/CampaignMember/{member}", {"Status": status}).status == 204
        assert org.get("CampaignMember", str(member))["Status"] == kept


def test_one_is_a_member_once_and_must_be_somebody(org: Org, campaign: str) -> None:
    """A second membership, none at all, and a converted lead are refused."""
    lead = org.make("Lead")
    _join(org, campaign, LeadId=lead)
    assert _join(org, campaign, LeadId=lead) == ("DUPLICATE_VALUE", "Already a campaign member.")
    code, _ = _join(org, campaign)  # type: ignore[misc]
    assert code == "REQUIRED_FIELD_MISSING"
    other = org.make("Lead", IsConverted=True)
    assert _join(org, campaign, LeadId=other) == ("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")


def test_a_conversion_carries_members_over(org: Org, campaign: str) -> None:
    """The lead's memberships are the contact's too, its newest campaign is the opportunity's."""
    lead = org.make("Lead")
    _join(org, org.make("Campaign", Name="Older"), LeadId=lead)
    org.clock.advance(60)
    _join(org, campaign, LeadId=lead)
    done = convert.convert(_context(org), wishes.Wish(lead, "Qualified"))
    assert done.errors == ()
    members = _rows(org, "SELECT LeadId, ContactId, Type FROM CampaignMember")
    assert members == [{"LeadId": lead, "ContactId": done.contact_id, "Type": "Contact"}] * 2
    assert org.get("Opportunity", str(done.opportunity_id))["CampaignId"] == campaign
    assert _rows(
        org, f"SELECT NumberOfConvertedLeads, NumberOfOpportunities FROM Campaign WHERE Id = '{campaign}'"
    ) == [{"NumberOfConvertedLeads": 1, "NumberOfOpportunities": 1}]


def test_a_merge_leaves_one_membership(org: Org, campaign: str) -> None:
    """Where winner and loser are members of one campaign, the loser's ends; any other is the winner's."""
    winner, loser = org.make("Lead"), org.make("Lead")
    more = org.make("Campaign", Name="More")
    for who in (winner, loser):
        _join(org, campaign, LeadId=who)
    _join(org, more, LeadId=loser)
    context = _context(org)
    assert merge.merge(context, context.sobject("Lead"), Draft({}, winner), [loser]).errors == ()
    members = _rows(org, "SELECT CampaignId, LeadId FROM CampaignMember ORDER BY Id")
    assert members == [{"CampaignId": campaign, "LeadId": winner}, {"CampaignId": more, "LeadId": winner}]


def test_a_form_can_name_a_campaign(org: Org, campaign: str) -> None:
    """`Campaign_ID` and `member_status` of web-to-lead."""
    row = org.state.one('SELECT Id FROM "Organization"')
    assert row is not None
    form = {"oid": row["Id"], "last_name": "Web", "company": "Acme", "Campaign_ID": campaign[:15]}
    body = urlencode({**form, "member_status": "Responded"}).encode()
    org.raw("POST", "/servlet/servlet.WebToLead", body, {}, {"authorization": ""})
    assert _rows(org, "SELECT Name, Status FROM CampaignMember") == [{"Name": "Web", "Status": "Responded"}]
