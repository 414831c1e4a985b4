"""Creating, changing and deleting through SOAP."""

import pytest

from tests.localorg.conftest import Org
from tests.localorg.soap.conftest import Soap

LEAD = {"type": "Lead", "LastName": "Nowak", "Company": "Acme"}


def _lead(soap: Soap, **fields: str) -> str:
    return soap.save("create", {**LEAD, **fields}).ids()[0]


def test_records_of_several_sobjects_are_created_in_one_call(soap: Soap) -> None:
    """Results in the order asked; values are what REST shows afterwards."""
    told = soap.save("create", {**LEAD, "AnnualRevenue": "12.4", "DoNotCall": "true"}, {"type": "Account", "Name": "A"})
    lead_id, account_id = told.ids()
    lead = soap.org.get("Lead", lead_id)
    assert (lead["LastName"], lead["AnnualRevenue"], lead["DoNotCall"]) == ("Nowak", 12.0, True)
    assert soap.org.get("Account", account_id)["Name"] == "A"


def test_each_record_fails_on_its_own(soap: Soap) -> None:
    """HTTP 200; the failed one has its errors with fields, and a nil id."""
    told = soap.save("create", LEAD, {"type": "Lead", "LastName": "Solo"})
    good, bad = told.results
    assert good.value("success") == "true" and [one.name for one in bad.children] == ["errors", "id", "success"]
    error = bad.child("errors")
    assert error is not None
    assert [(one.name, one.text) for one in error.children] == [
        ("fields", "Company"),
        ("message", "Required fields are missing: [Company]"),
        ("statusCode", "REQUIRED_FIELD_MISSING"),
    ]
    assert bad.children[1].nil


def test_all_or_none_keeps_nothing_where_something_fails(soap: Soap) -> None:
    """The good one says that it was rolled back."""
    header = "<AllOrNoneHeader><allOrNone>true</allOrNone></AllOrNoneHeader>"
    told = soap.save("create", LEAD, {"type": "Lead", "LastName": "Solo"}, headers=header)
    codes = [one.value("statusCode") for result in told.results for one in result.every("errors")]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert soap.query("SELECT Id FROM Lead").value("size") == "0"


def test_fields_to_null_empties_and_nil_says_nothing(soap: Soap) -> None:
    """A field left out or nil stays as it is."""
    lead_id = _lead(soap, Phone="1", Title="CEO", City="Rome")
    change = (
        f'<update><sObjects xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><type>Lead</type>'
        f"<fieldsToNull>Phone</fieldsToNull><Id>{lead_id[:15]}</Id><Title xsi:nil='true'/><City/></sObjects></update>"
    )
    assert soap.call(change).ids() == [lead_id]
    lead = soap.org.get("Lead", lead_id)
    assert (lead["Phone"], lead["Title"], lead["City"]) == (None, "CEO", None)


def test_an_upsert_says_whether_it_created(soap: Soap) -> None:
    """By external id, and by Id; a field that is no key is a fault."""
    before = "<externalIDFieldName>Ext_Id__c</externalIDFieldName>"
    record = {**LEAD, "Ext_Id__c": "x1"}
    first, second = (soap.save("upsert", record, before=before) for _ in range(2))
    assert first.ids() == second.ids()
    assert [told.results[0].value("created") for told in (first, second)] == ["true", "false"]
    by_id = "<externalIDFieldName>Id</externalIDFieldName>"
    assert soap.save("upsert", {**LEAD, "Id": first.ids()[0]}, before=by_id).results[0].value("created") == "false"
    wrong = soap.save("upsert", record, before="<externalIDFieldName>Title</externalIDFieldName>")
    assert wrong.fault()[0] == "sf:INVALID_FIELD"


def test_parents_can_be_named_by_a_key(soap: Soap) -> None:
    """A nested sObject stands for the reference."""
    soap.save("create", {"type": "Account", "Name": "A", "Ext_Id__c": "a1"})
    account = "<Account><type>Account</type><Ext_Id__c>a1</Ext_Id__c></Account>"
    contact = f"<create><sObjects><type>Contact</type><LastName>N</LastName>{account}</sObjects></create>"
    contact_id = soap.call(contact).ids()[0]
    assert str(soap.org.get("Contact", contact_id)["AccountId"]).startswith("001")


def test_a_record_named_twice_in_one_call_is_not_saved(soap: Soap) -> None:
    """Nor is a parent that is named by its Id and by its key at once."""
    lead_id = _lead(soap)
    told = soap.save("update", *({"type": "Lead", "Id": lead_id, "Title": title} for title in "ab"))
    codes = [one.value("statusCode") for result in told.results for one in result.every("errors")]
    assert codes == ["DUPLICATE_VALUE", "DUPLICATE_VALUE"] and soap.org.get("Lead", lead_id)["Title"] is None
    account = soap.org.make("Account", Ext_Id__c="a")
    both = f"<AccountId>{account}</AccountId><Account><type>Account</type><Ext_Id__c>a</Ext_Id__c></Account>"
    create = f"<create><sObjects><type>Contact</type><LastName>N</LastName>{both}</sObjects></create>"
    error = soap.call(create).results[0].child("errors")
    assert error is not None and error.value("statusCode") == "INVALID_FIELD"


def test_deleted_records_come_back_or_are_gone_for_good(soap: Soap) -> None:
    """Delete, undelete, delete, emptyRecycleBin; ids of nothing are errors of their own."""
    lead_id = _lead(soap)
    ids = f"<ids>{lead_id}</ids>"
    assert soap.call(f"<delete>{ids}</delete>").ids() == [lead_id]
    assert soap.call(f"<delete>{ids}</delete>").error() == ("ENTITY_IS_DELETED", "entity is deleted")
    assert soap.call(f"<undelete>{ids}</undelete>").ids() == [lead_id]
    assert soap.call(f"<delete>{ids}</delete>").ids() == [lead_id]
    assert soap.call(f"<emptyRecycleBin>{ids}</emptyRecycleBin>").ids() == [lead_id]
    assert soap.call(f"<undelete>{ids}</undelete>").error()[0] == "INVALID_CROSS_REFERENCE_KEY"
    assert soap.call("<delete><ids>nonsense</ids></delete>").error()[0] == "MALFORMED_ID"


@pytest.mark.parametrize(
    ("fields", "code", "text"),
    [
        ({"Nope": "x"}, "sf:INVALID_FIELD", "No such column 'Nope'"),
        ({"NumberOfEmployees": "many"}, "soapenv:Client", "'many' is not a valid value for the type xsd:int"),
        ({"AnnualRevenue": ""}, "soapenv:Client", "'' is not a valid value for the type xsd:double"),
        ({"type": "Nope"}, "sf:INVALID_TYPE", "sObject type 'Nope' is not supported."),
    ],
)
def test_what_cannot_be_read_fails_the_whole_call(soap: Soap, fields: dict[str, str], code: str, text: str) -> None:
    """A fault, and no record of the call is kept."""
    told = soap.save("create", LEAD, {**LEAD, **fields})
    assert told.fault()[0] == code and text in told.fault()[1]
    assert soap.query("SELECT Id FROM Lead").value("size") == "0"


def test_long_texts_are_cut_only_where_asked(soap: Soap) -> None:
    """AllowFieldTruncationHeader, as data loaders send it."""
    record = {**LEAD, "FirstName": "x" * 50}
    assert soap.save("create", record).error()[0] == "STRING_TOO_LONG"
    header = (
        "<AllowFieldTruncationHeader><allowFieldTruncation>true</allowFieldTruncation></AllowFieldTruncationHeader>"
    )
    lead_id = soap.save("create", record, headers=header).ids()[0]
    assert soap.org.get("Lead", lead_id)["FirstName"] == "x" * 40


def test_no_assignment_rule_runs_unless_the_header_says_so(org: Org, soap: Soap) -> None:
    """Other than in REST, where it runs by default."""
    queue_id = org.queue("Lead")
    rule_id = str(org.state.setting("lead_rule_id"))
    org.state.set_setting("assignment_rules", {rule_id: [{"criteria": [], "owner": queue_id}]})
    default = "<AssignmentRuleHeader><useDefaultRule>true</useDefaultRule></AssignmentRuleHeader>"
    named = f"<AssignmentRuleHeader><assignmentRuleId>{rule_id[:15]}</assignmentRuleId></AssignmentRuleHeader>"
    owners = [
        org.get("Lead", soap.save("create", LEAD, headers=header).ids()[0])["OwnerId"]
        for header in ("", default, named)
    ]
    assert owners == [org.user_id, queue_id, queue_id]


def test_a_call_takes_200_records_in_ten_runs(soap: Soap) -> None:
    """More is a fault."""
    assert len(soap.save("create", *[LEAD] * 200).ids()) == 200
    assert soap.save("create", *[LEAD] * 201).fault()[0] == "sf:EXCEEDED_ID_LIMIT"
    assert soap.save("create", *[LEAD, {"type": "Account", "Name": "A"}] * 6).fault()[0] == "sf:LIMIT_EXCEEDED"


def test_enterprise_records_are_typed_by_their_xsi_type(soap: Soap) -> None:
    """As clients generated from the enterprise WSDL write them."""
    content = (
        '<create><sObjects xmlns:sf="urn:sobject.enterprise.soap.sforce.com" xsi:type="sf:Lead">'
        "<sf:LastName>N</sf:LastName><sf:Company>A</sf:Company></sObjects></create>"
    )
    assert soap.call(content, kind="c").ids()[0].startswith("00Q")


def test_text_that_looks_like_markup_comes_back_as_it_went_in(soap: Soap) -> None:
    """Ampersands, brackets, quotes, line ends and other alphabets."""
    text = "<b>&amp; \"q\" 'a'\nzażółć 漢字 😀"
    lead_id = _lead(soap, Description=text)
    assert soap.org.get("Lead", lead_id)["Description"] == text
    record = soap.query(f"SELECT Description FROM Lead WHERE Id = '{lead_id}'").child("records")
    assert record is not None and record.value("Description") == text
