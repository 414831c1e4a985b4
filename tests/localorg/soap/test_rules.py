"""What rules of the org do to records that come through SOAP, and to conversions."""

from tests.localorg.conftest import Org
from tests.localorg.soap.conftest import Soap

LEAD = {"type": "Lead", "FirstName": "Ana", "LastName": "Nowak", "Company": "Acme", "Email": "ana@example.com"}
ALERT = {
    "kind": "duplicate",
    "sobject": "Lead",
    "name": "Leads",
    "actionOnInsert": "Allow",
    "actionOnUpdate": "Allow",
    "operationsOnInsert": ["alert"],
    "operationsOnUpdate": [],
    "matches": [{"sobject": "Lead", "rule": "Standard_Lead_Match_Rule_v1_1"}],
}
CONVERT = (
    "<convertLead><leadConverts><convertedStatus>Qualified</convertedStatus><leadId>{}</leadId>"
    "<sendNotificationEmail>{}</sendNotificationEmail></leadConverts></convertLead>"
)


def _set(org: Org, rule: dict[str, object]) -> None:
    assert org.ask("POST", "/_org/rules", rule).status == 201


def test_a_duplicate_names_what_it_is_one_of(org: Org, soap: Soap) -> None:
    """The error is a DuplicateError with the matching record; the header saves it all the same."""
    _set(org, ALERT)
    first = soap.save("create", LEAD).ids()[0]
    told = soap.save("create", LEAD)
    assert told.error() == ("DUPLICATES_DETECTED", "Use one of these records?")
    error = told.results[0].child("errors")
    duplicate = error.child("duplicateResult") if error else None
    assert error is not None and duplicate is not None and error.type == "DuplicateError"
    assert (duplicate.value("allowSave"), duplicate.value("duplicateRule")) == ("true", "Leads")
    match = duplicate.child("matchResults")
    record = match.child("matchRecords") if match else None
    found = record.child("record") if record else None
    assert found is not None and found.value("Id") == first
    header = "<DuplicateRuleHeader><allowSave>true</allowSave></DuplicateRuleHeader>"
    assert soap.save("create", LEAD, headers=header).ids()


def test_a_conversion_is_validated_only_where_the_org_demands_it(org: Org, soap: Soap) -> None:
    """By default the account's rules do not run; with the setting they refuse the conversion whole."""
    rule = {"kind": "validation", "sobject": "Account", "name": "A", "message": "No site", "formula": "ISBLANK(Site)"}
    _set(org, rule)
    first, second = org.make("Lead"), org.make("Lead")
    assert soap.call(CONVERT.format(first, "false")).results[0].value("success") == "true"
    assert org.ask("POST", "/_org/settings", {"validate_converted_leads": True}).status == 200
    assert soap.call(CONVERT.format(second, "false")).error() == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "No site")
    assert org.get("Lead", second)["IsConverted"] is False


def test_a_validated_conversion_is_blocked_by_duplicates_whatever_the_rule_allows(org: Org, soap: Soap) -> None:
    """A rule that only warns blocks too; naming the matching contact is the way."""
    match = {"sobject": "Contact", "rule": "Standard_Contact_Match_Rule_v1_1"}
    _set(org, {**ALERT, "sobject": "Contact", "name": "Contacts", "matches": [match]})
    org.ask("POST", "/_org/settings", {"validate_converted_leads": True})
    contact_id = org.make("Contact", **{key: value for key, value in LEAD.items() if key not in ("type", "Company")})
    lead_id = org.make("Lead", **{key: value for key, value in LEAD.items() if key != "type"})
    assert soap.call(CONVERT.format(lead_id, "false")).error()[0] == "DUPLICATES_DETECTED"
    account_id = org.make("Account")
    org.ask("PATCH", f"sobjects/Contact/{contact_id}", {"AccountId": account_id})
    named = f"<accountId>{account_id}</accountId><contactId>{contact_id}</contactId></leadConverts>"
    content = CONVERT.format(lead_id, "false").replace("</leadConverts>", named)
    assert soap.call(content).results[0].value("contactId") == contact_id


def test_the_new_owner_is_written_to_where_that_is_asked(org: Org, soap: Soap) -> None:
    """One mail, in the org's mailbox; none without being asked."""
    for notify in ("false", "true"):
        soap.call(CONVERT.format(org.make("Lead"), notify))
    mails = org.ask("GET", "/_org/mail")["mail"]
    assert isinstance(mails, list) and [one["cause"] for one in mails] == ["convertLead"]
