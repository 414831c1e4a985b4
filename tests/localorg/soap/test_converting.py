"""Converting leads and merging records, which SOAP alone can do."""

from collections.abc import Mapping

import pytest

from sfsync.localorg.markup import Element
from tests.localorg.conftest import Org
from tests.localorg.soap.conftest import Soap, Told

RICH = {
    "FirstName": "Ana",
    "LastName": "Nowak",
    "Company": "Acme",
    "Salutation": "Ms.",
    "Title": "CEO",
    "Email": "ana@example.com",
    "Phone": "1",
    "MobilePhone": "2",
    "Fax": "3",
    "City": "Rome",
    "Street": "Via 1",
    "AnnualRevenue": 5,
    "NumberOfEmployees": 7,
    "Industry": "Banking",
    "Rating": "Hot",
    "Website": "https://acme.example.com",
    "LeadSource": "Web",
    "Description": "said",
    "DoNotCall": True,
}


def _convert(soap: Soap, *wishes: Mapping[str, str]) -> Told:
    """Convert leads; what a wish does not name is as clients send it when nothing is chosen."""
    usual = {"convertedStatus": "Qualified", "doNotCreateOpportunity": "false"}
    items = ""
    for wish in wishes:
        items += f"<leadConverts>{''.join(f'<{k}>{v}</{k}>' for k, v in {**usual, **wish}.items())}</leadConverts>"
    return soap.call(f"<convertLead>{items}</convertLead>")


def _ids(result: Element) -> tuple[str, str, str]:
    assert result.value("success") == "true"
    return result.value("accountId"), result.value("contactId"), result.value("opportunityId")


def test_a_lead_becomes_an_account_a_contact_and_an_opportunity(org: Org, soap: Soap) -> None:
    """Its values go where the standard mapping says; the close date is the last day of the quarter."""
    lead_id = org.make("Lead", **RICH)
    told = _convert(soap, {"leadId": lead_id[:15]})
    result = told.results[0]
    names = ["accountId", "contactId", "leadId", "opportunityId", "success"]
    assert [one.name for one in result.children] == names and result.value("leadId") == lead_id
    account_id, contact_id, opportunity_id = _ids(result)
    account, contact = org.get("Account", account_id), org.get("Contact", contact_id)
    opportunity = org.get("Opportunity", opportunity_id)
    assert [account[name] for name in ("Name", "BillingCity", "BillingStreet", "Industry", "Rating", "Phone")] == [
        *("Acme", "Rome", "Via 1", "Banking", "Hot", "1"),
    ]
    assert (account["AnnualRevenue"], account["NumberOfEmployees"], account["AccountSource"]) == (5.0, 7, "Web")
    assert [contact[name] for name in ("Name", "Salutation", "Title", "Email", "MobilePhone", "MailingCity")] == [
        *("Ana Nowak", "Ms.", "CEO", "ana@example.com", "2", "Rome"),
    ]
    assert (contact["AccountId"], contact["DoNotCall"], contact["Description"]) == (account_id, True, "said")
    shown = [opportunity[name] for name in ("Name", "StageName", "CloseDate", "Amount", "Probability", "LeadSource")]
    assert shown == ["Acme", "Prospecting", "2026-12-31", None, 10.0, "Web"]
    assert (opportunity["AccountId"], opportunity["ContactId"]) == (account_id, contact_id)
    role = soap.query("SELECT OpportunityId, ContactId, IsPrimary FROM OpportunityContactRole").child("records")
    assert role and [one.text for one in role.children[2:]] == [opportunity_id, contact_id, "true"]


def test_a_converted_lead_says_so_and_cannot_change_any_more(org: Org, soap: Soap) -> None:
    """It stays queryable with what it became; converting it again is refused."""
    lead_id = org.make("Lead")
    account_id, contact_id, opportunity_id = _ids(_convert(soap, {"leadId": lead_id}).results[0])
    lead = org.get("Lead", lead_id)
    assert (lead["IsConverted"], lead["Status"], lead["ConvertedDate"]) == (True, "Qualified", "2026-11-24")
    became = [lead[f"Converted{name}Id"] for name in ("Account", "Contact", "Opportunity")]
    assert became == [account_id, contact_id, opportunity_id]
    refused = ("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    assert _convert(soap, {"leadId": lead_id}).error() == refused
    assert org.ask("PATCH", f"sobjects/Lead/{lead_id}", {"Title": "x"}).error() == refused


def test_existing_records_get_only_what_they_lack(org: Org, soap: Soap) -> None:
    """Nothing is overwritten, their owners least of all, but the contact's lead source where that is asked."""
    account_id = org.make("Account", Name="Old", Phone="9")
    contact_id = org.make("Contact", LastName="Old", AccountId=account_id, LeadSource="Other", Title="Boss")
    other = org.insert("User", Username="o@example.com", IsActive=1, LastName="O", Name="O")
    lead_id = org.make("Lead", **RICH)
    wish = {"leadId": lead_id, "accountId": account_id, "contactId": contact_id, "ownerId": other}
    found = _ids(_convert(soap, {**wish, "overwriteLeadSource": "true"}).results[0])
    assert found[:2] == (account_id, contact_id)
    account, contact = org.get("Account", account_id), org.get("Contact", contact_id)
    assert (account["Name"], account["Phone"], account["BillingCity"]) == ("Old", "9", "Rome")
    assert (contact["LastName"], contact["Title"], contact["Email"]) == ("Old", "Boss", "ana@example.com")
    assert (contact["LeadSource"], contact["DoNotCall"]) == ("Web", False)
    assert account["OwnerId"] == contact["OwnerId"] == org.user_id
    assert org.get("Opportunity", found[2])["OwnerId"] == other


def test_an_opportunity_is_made_named_filled_or_left_out_as_asked(org: Org, soap: Soap) -> None:
    """By default it is made."""
    one, two, three = (org.make("Lead") for _ in range(3))
    kept = org.make("Opportunity", Name="Kept")
    told = _convert(
        soap,
        {"leadId": one, "opportunityName": "Big deal"},
        {"leadId": two, "doNotCreateOpportunity": "true"},
        {"leadId": three, "opportunityId": kept},
    )
    named, without, filled = (_ids(result) for result in told.results)
    assert org.get("Opportunity", named[2])["Name"] == "Big deal"
    assert without[2] == "" and org.get("Lead", two)["ConvertedOpportunityId"] is None
    assert filled[2] == kept and org.get("Opportunity", kept)["AccountId"] == filled[0]


def test_a_queues_lead_needs_an_owner(org: Org, soap: Soap) -> None:
    """Queues own no accounts; a user named in the call will."""
    lead_id = org.make("Lead", OwnerId=org.queue("Lead"))
    code, text = _convert(soap, {"leadId": lead_id}).error()
    assert code == "UNKNOWN_EXCEPTION" and text.startswith("Converted objects can only be owned by users.")
    account_id, _, _ = _ids(_convert(soap, {"leadId": lead_id, "ownerId": org.user_id}).results[0])
    assert org.get("Account", account_id)["OwnerId"] == org.user_id


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"convertedStatus": "Working"}, "INVALID_STATUS"),
        ({"convertedStatus": ""}, "INVALID_STATUS"),
        ({"contactId": "003000000000001"}, "MISSING_ARGUMENT"),
        ({"overwriteLeadSource": "true"}, "MISSING_ARGUMENT"),
        ({"accountId": "001000000000001"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"accountId": "003000000000001"}, "MALFORMED_ID"),
        ({"doNotCreateOpportunity": "true", "opportunityName": "x"}, "INVALID_ARGUMENT_TYPE"),
        ({"opportunityName": "x" * 81}, "STRING_TOO_LONG"),
        ({"leadId": "00Q000000000001"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"leadId": ""}, "MALFORMED_ID"),
    ],
)
def test_a_wish_that_cannot_be_fulfilled_leaves_everything_as_it_was(
    org: Org, soap: Soap, wish: dict[str, str], code: str
) -> None:
    """An error of that lead, HTTP 200, and no account, contact or opportunity behind."""
    lead_id = org.make("Lead")
    assert _convert(soap, {"leadId": lead_id, **wish}).error()[0] == code
    assert org.get("Lead", lead_id)["IsConverted"] is False
    for name in ("Account", "Contact", "Opportunity"):
        assert soap.query(f"SELECT count() FROM {name}").value("size") == "0"


def test_a_lead_that_cannot_become_an_opportunity_becomes_nothing(org: Org, soap: Soap) -> None:
    """A company longer than an opportunity's name; the other lead of the call is converted."""
    long, good = org.make("Lead", Company="x" * 200), org.make("Lead")
    first, second = _convert(soap, {"leadId": long}, {"leadId": good}).results
    assert (first.value("success"), second.value("success")) == ("false", "true")
    assert soap.query("SELECT count() FROM Account").value("size") == "1"


def test_custom_fields_go_where_the_orgs_mapping_says(org: Org, soap: Soap) -> None:
    """And LeadSource to the account's source or not, as sources differ."""
    org.state.set_setting("lead_convert_map", {"Contact": {"Grade__c": "Department"}})
    org.ask("POST", "/_org/settings", {"convert_without_account_source": True})
    lead_id = org.make("Lead", Grade__c="A", LeadSource="Web")
    account_id, contact_id, _ = _ids(_convert(soap, {"leadId": lead_id}).results[0])
    assert org.get("Contact", contact_id)["Department"] == "A"
    assert org.get("Account", account_id)["AccountSource"] is None


def test_no_more_than_a_hundred_leads_are_converted_in_a_call(soap: Soap) -> None:
    """A fault, and none is."""
    assert _convert(soap, *[{"leadId": "00Q000000000001"}] * 101).fault()[0] == "sf:EXCEEDED_LEAD_CONVERT_LIMIT"


def _merge(soap: Soap, kind: str, master: str, *losers: str, **fields: str) -> Told:
    values = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    record = f"<masterRecord><type>{kind}</type><Id>{master}</Id>{values}</masterRecord>"
    gone = "".join(f"<recordToMergeIds>{one}</recordToMergeIds>" for one in losers)
    return soap.call(f"<merge><request>{record}{gone}</request></merge>")


def test_merged_records_point_at_the_winner_and_their_children_move(org: Org, soap: Soap) -> None:
    """The winner takes the values given; losers are found by queryAll."""
    winner, loser = org.make("Account", Name="W"), org.make("Account", Name="L")
    contact_id = org.make("Contact", AccountId=loser)
    result = _merge(soap, "Account", winner, loser[:15], Phone="1").results[0]
    assert [one.name for one in result.children] == ["id", "mergedRecordIds", "success", "updatedRelatedIds"]
    told = [result.value(name) for name in ("id", "mergedRecordIds", "updatedRelatedIds")]
    assert told == [winner, loser, contact_id]
    assert (org.get("Account", winner)["Phone"], org.get("Contact", contact_id)["AccountId"]) == ("1", winner)
    found = soap.query("SELECT Id, MasterRecordId FROM Account WHERE IsDeleted = true", "queryAll").child("records")
    assert found is not None and (found.value("Id"), found.value("MasterRecordId")) == (loser, winner)


def test_a_winner_below_a_loser_takes_its_place(org: Org, soap: Soap) -> None:
    """Nobody comes to be above itself: what was between them hangs on the winner."""
    top, loser = org.make("Account"), org.make("Account")
    org.ask("PATCH", f"sobjects/Account/{loser}", {"ParentId": top})
    between = org.make("Account", ParentId=loser)
    winner = org.make("Account", ParentId=between)
    assert _merge(soap, "Account", winner, loser).results[0].value("success") == "true"
    assert [org.get("Account", one)["ParentId"] for one in (winner, between)] == [top, winner]


@pytest.mark.parametrize("losers", [0, 3])
def test_a_merge_takes_one_or_two_losers(org: Org, soap: Soap, losers: int) -> None:
    """Otherwise nothing is changed."""
    winner, others = org.make("Lead"), [org.make("Lead") for _ in range(losers)]
    assert _merge(soap, "Lead", winner, *others, Title="x").error()[0] == "INVALID_ARGUMENT_TYPE"
    assert org.get("Lead", winner)["Title"] is None


def test_a_merge_that_fails_leaves_everything_as_it_was(org: Org, soap: Soap) -> None:
    """A wrong value for the winner, a loser that is gone, an sObject that cannot be merged."""
    winner, loser, gone = (org.make("Lead") for _ in range(3))
    org.ask("DELETE", f"sobjects/Lead/{gone}")
    assert _merge(soap, "Lead", winner, loser, Email="nonsense").error()[0] == "INVALID_EMAIL_ADDRESS"
    assert _merge(soap, "Lead", winner, loser, gone).error()[0] == "ENTITY_IS_DELETED"
    assert org.get("Lead", loser)["MasterRecordId"] is None
    deals = org.make("Opportunity"), org.make("Opportunity")
    assert _merge(soap, "Opportunity", *deals).error()[0] == "INVALID_TYPE_FOR_OPERATION"
