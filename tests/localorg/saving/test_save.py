"""What saving accepts, refuses, and works out itself."""

import pytest

from tests.localorg.conftest import NOW, Org

STAMP = NOW.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _refused(org: Org, sobject: str, **fields: object) -> tuple[int, list[dict[str, object]]]:
    reply = org.ask("POST", f"sobjects/{sobject}", fields)
    assert isinstance(reply.body, list), reply.body
    return reply.status, reply.body


def test_required_fields_are_named_together_by_api_name(org: Org) -> None:
    """One error lists all that is missing, in describe's order."""
    assert _refused(org, "Lead", FirstName="Ana") == (
        400,
        [
            {
                "message": "Required fields are missing: [LastName, Company]",
                "errorCode": "REQUIRED_FIELD_MISSING",
                "fields": ["LastName", "Company"],
            }
        ],
    )
    assert _refused(org, "Account", Name="  ")[1][0]["fields"] == ["Name"]


def test_a_required_field_cannot_be_emptied(org: Org) -> None:
    """Updating LastName to null or blank is refused, and the record stays."""
    lead = org.make("Lead")
    for nothing in (None, "", "   "):
        assert org.ask("PATCH", f"sobjects/Lead/{lead}", {"LastName": nothing}).error()[0] == "REQUIRED_FIELD_MISSING"
    assert org.get("Lead", lead)["LastName"] == "Nowak"


def test_messages_name_the_label_and_fields_the_api_name(org: Org) -> None:
    """As in a real org: "Last Name: data value too large", fields [LastName]."""
    status, errors = _refused(org, "Lead", LastName="x" * 81, Company="Acme")
    assert (status, errors[0]["errorCode"], errors[0]["fields"]) == (400, "STRING_TOO_LONG", ["LastName"])
    assert str(errors[0]["message"]) == f"Last Name: data value too large: {'x' * 81} (max length=80)"


def test_an_unknown_field_refuses_the_request(org: Org) -> None:
    """INVALID_FIELD, without a fields key."""
    assert _refused(org, "Lead", Nope=1) == (
        400,
        [{"message": "No such column 'Nope' on sobject of type Lead", "errorCode": "INVALID_FIELD"}],
    )


def test_read_only_fields_are_refused_all_at_once(org: Org) -> None:
    """INVALID_FIELD_FOR_INSERT_UPDATE names every field that cannot be written."""
    status, errors = _refused(org, "Lead", LastName="N", Company="C", Name="x", ConvertedAccountId=None, Address=None)
    assert (status, errors[0]["errorCode"]) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert errors[0]["fields"] == ["Name", "ConvertedAccountId", "Address"]
    assert str(errors[0]["message"]).startswith("Unable to create/update fields: Name, ConvertedAccountId, Address. ")


def test_defaults_names_and_stamps_are_the_orgs(org: Org) -> None:
    """A new lead gets its default status, owner, joined name, and stamps of whole seconds by the org's clock."""
    lead = org.get("Lead", org.make("Lead", FirstName="Ana", LastName="Diaz", Salutation="Ms."))
    assert (lead["Status"], lead["OwnerId"], lead["Name"]) == ("New", org.user_id, "Ana Diaz")
    assert [lead[name] for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp")] == [STAMP] * 3
    assert (lead["CreatedById"], lead["LastModifiedById"]) == (org.user_id, org.user_id)
    assert (lead["IsConverted"], lead["HasOptedOutOfEmail"], lead["Rating"]) == (False, False, None)


def test_an_update_moves_its_own_stamps_only(org: Org) -> None:
    """LastModifiedDate and SystemModstamp move, CreatedDate stays, and the name follows its parts."""
    lead = org.make("Lead", FirstName="Ana")
    org.clock.advance(90)
    assert org.ask("PATCH", f"sobjects/Lead/{lead[:15]}", {"firstname": None}).status == 204
    row = org.get("Lead", lead)
    assert (row["Name"], row["CreatedDate"]) == ("Nowak", STAMP)
    assert row["SystemModstamp"] == row["LastModifiedDate"] == "2026-11-24T12:32:15.000+0000"


def test_a_picklist_spells_a_value_as_it_was_first_written(org: Org) -> None:
    """By its list, or by the record that first had it; what was refused spells nothing; a Bulk load is no other."""
    refused = {"LastName": "N", "Rating": "TEPID"}  # without a company
    assert org.ask("POST", "sobjects/Lead", refused).status == 400
    first, second = org.make("Lead", Rating="tepid"), org.make("Lead", Rating="Tepid", LeadSource="web")
    assert [org.get("Lead", one)["Rating"] for one in (first, second)] == ["tepid", "tepid"]
    assert org.get("Lead", second)["LeadSource"] == "Web"
    asked = {"object": "Lead", "operation": "insert", "lineEnding": "LF"}
    path = f"jobs/ingest/{org.ask('POST', 'jobs/ingest', asked)['id']}"
    rows = b"LastName,Company,Rating\nBulk,C,TEPID\nBulk,C,Icy\nBulk,C,icy\nBulk,C,hot\n"
    org.raw("PUT", f"{path}/batches", rows, headers={"content-type": "text/csv"})
    org.ask("PATCH", path, {"state": "UploadComplete"})
    org.ask("GET", path)
    soql = "SELECT Rating FROM Lead WHERE LastName = 'Bulk' ORDER BY Id"
    found = [one["Rating"] for one in org.ask("GET", "query", q=soql)["records"]]  # type: ignore[attr-defined]
    assert found == ["tepid", "Icy", "Icy", "Hot"]
    assert org.get("Lead", org.make("Lead", Rating="ICY"))["Rating"] == "Icy"


def test_unrestricted_picklists_take_any_text(org: Org) -> None:
    """Status, LeadSource and StageName take values outside their list, as the API of a real org does."""
    lead = org.make("Lead", Status="Dreaming", LeadSource="Carrier pigeon")
    assert org.get("Lead", lead)["Status"] == "Dreaming"
    assert _refused(org, "Lead", LastName="N", Company="C", CleanStatus="Shiny")[1][0]["errorCode"] == (
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    )


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ("nonsense", "MALFORMED_ID", "Account ID: id value of incorrect type: nonsense"),
        ("00Q000000000001", "MALFORMED_ID", "Account ID: id value of incorrect type: 00Q000000000001EAA"),
        ("001000000000001", "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(org: Org, value: str, code: str, message: str) -> None:
    """No id, an id of another sObject, an id nobody has: each has its own code."""
    _, errors = _refused(org, "Contact", LastName="N", AccountId=value)
    assert (errors[0]["errorCode"], errors[0]["message"]) == (code, message)


def test_a_deleted_parent_is_refused(org: Org) -> None:
    """ENTITY_IS_DELETED: nothing can be hung on a record in the recycle bin."""
    account = org.make("Account")
    org.ask("DELETE", f"sobjects/Account/{account}")
    assert _refused(org, "Contact", LastName="N", AccountId=account)[1][0]["errorCode"] == "ENTITY_IS_DELETED"


def test_a_parent_can_be_named_by_its_external_id(org: Org) -> None:
    """ "Account": {"Ext_Id__c": "x"} fills AccountId; an unknown key is refused, null clears."""
    account = org.make("Account", Ext_Id__c="acme")
    contact = org.make("Contact", Account={"Ext_Id__c": "acme"})
    assert org.get("Contact", contact)["AccountId"] == account
    refused = org.ask("PATCH", f"sobjects/Contact/{contact}", {"Account": {"Ext_Id__c": "nobody"}})
    assert refused.error()[1] == "Foreign key external ID: nobody not found for field Ext_Id__c in entity Account"
    assert org.ask("PATCH", f"sobjects/Contact/{contact}", {"Account": {"Ext_Id__c": None}}).status == 204
    assert org.get("Contact", contact)["AccountId"] is None


def test_unique_values_are_case_sensitive_and_name_the_holder(org: Org) -> None:
    """DUPLICATE_VALUE with the holder's 15-character id; another case is another value; the bin does not count."""
    holder = org.make("Lead", Ext_Id__c="k")
    _, errors = _refused(org, "Lead", LastName="N", Company="C", Ext_Id__c="k")
    assert errors[0]["message"] == f"duplicate value found: Ext_Id__c duplicates value on record with id: {holder[:15]}"
    org.make("Lead", Ext_Id__c="K")
    org.ask("DELETE", f"sobjects/Lead/{holder}")
    org.make("Lead", Ext_Id__c="k")


def test_a_record_can_be_saved_with_the_unique_value_it_has(org: Org) -> None:
    """Writing the same key again is no duplicate."""
    lead = org.make("Lead", Ext_Id__c="k")
    assert org.ask("PATCH", f"sobjects/Lead/{lead}", {"Ext_Id__c": "k", "Title": "Dr"}).status == 204


def test_a_converted_lead_refuses_every_update(org: Org) -> None:
    """CANNOT_UPDATE_CONVERTED_LEAD, and nothing changes."""
    lead = org.make("Lead", IsConverted=True)
    reply = org.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "Dr"})
    assert (reply.status, reply.error()) == (400, ("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead"))


def test_a_queue_owns_leads_only_where_it_may(org: Org) -> None:
    """A queue needs a QueueSobject for Lead; accounts are never owned by one."""
    queue = org.queue()
    refused = org.ask("POST", "sobjects/Lead", {"LastName": "N", "Company": "C", "OwnerId": queue})
    assert refused.error() == ("INVALID_OPERATION", "Queue not associated with this SObject type")
    org.make("QueueSobject", QueueId=queue, SobjectType="Lead")
    lead = org.make("Lead", OwnerId=queue)
    assert (org.get("Lead", lead)["OwnerId"], org.get("Lead", lead)["IsUnreadByOwner"]) == (queue, True)
    assert _refused(org, "Account", Name="A", OwnerId=queue)[1][0]["errorCode"] == "MALFORMED_ID"


def test_an_inactive_user_cannot_be_given_records_but_keeps_what_it_has(org: Org) -> None:
    """INACTIVE_OWNER_OR_USER when the owner changes; other edits of such a record go through."""
    person = org.insert("User", LastName="Gone", Username="gone@example.com", IsActive=1)
    lead = org.make("Lead", OwnerId=person)
    org.state.run('UPDATE "User" SET IsActive = 0 WHERE Id = ?', (person,))
    assert _refused(org, "Lead", LastName="N", Company="C", OwnerId=person)[1][0]["message"] == (
        f"operation performed with inactive user [{person}] as owner of lead"
    )
    assert org.ask("PATCH", f"sobjects/Lead/{lead}", {"OwnerId": person, "Title": "Dr"}).status == 204


def test_a_stage_brings_probability_category_and_closure(org: Org) -> None:
    """StageName sets what belongs to it, unless the write gives it; ExpectedRevenue and fiscal period follow."""
    deal = org.make("Opportunity", Amount=1000.25, StageName="Needs Analysis", CloseDate="2026-05-31")
    row = org.get("Opportunity", deal)
    assert (row["Probability"], row["ExpectedRevenue"], row["IsClosed"]) == (20.0, 200.05, False)
    assert (row["FiscalYear"], row["FiscalQuarter"], row["Fiscal"]) == (2026, 2, "2026 2")
    org.ask("PATCH", f"sobjects/Opportunity/{deal}", {"StageName": "Closed Won"})
    row = org.get("Opportunity", deal)
    assert (row["Probability"], row["IsClosed"], row["IsWon"], row["ForecastCategory"]) == (100.0, True, True, "Closed")
    org.ask("PATCH", f"sobjects/Opportunity/{deal}", {"StageName": "Prospecting", "Probability": 33})
    row = org.get("Opportunity", deal)
    assert (row["Probability"], row["IsWon"], row["ForecastCategoryName"]) == (33.0, False, "Pipeline")


def test_a_probability_set_by_hand_stays_when_the_stage_does(org: Org) -> None:
    """Only a change of stage resets it."""
    deal = org.make("Opportunity", Probability=42)
    org.ask("PATCH", f"sobjects/Opportunity/{deal}", {"StageName": "Prospecting", "Amount": 10})
    row = org.get("Opportunity", deal)
    assert (row["Probability"], row["ExpectedRevenue"]) == (42.0, 4.2)


def test_kinds_that_the_api_does_not_create_are_refused(org: Org) -> None:
    """LeadStatus is read-only."""
    assert _refused(org, "LeadStatus", MasterLabel="X")[1][0]["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The HTTP entity body is required"),
        (b"[]", "must be one JSON object"),
        (b'{"LastName": }', "Unexpected character ('}' (code 125))"),
        (b'{"LastName": "x"', "Unexpected end-of-input"),
        (b'{"AnnualRevenue": NaN}', "not valid JSON"),
        (b'{"LastName": "\\ud800"}', "not valid JSON"),
        (b"\xff\xfe\xfa", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_what_is_no_json_record_is_refused_with_words(org: Org, body: bytes, words: str) -> None:
    """Broken bodies give JSON_PARSER_ERROR, never a crash."""
    answer = org.raw("POST", "sobjects/Lead", body)
    assert isinstance(answer.body, bytes)
    assert answer.status == 400 and b"JSON_PARSER_ERROR" in answer.body and words.encode() in answer.body


def test_a_wrong_value_is_placed_in_the_body(org: Org) -> None:
    """The parser error says on which line and column the value stands."""
    answer = org.raw("POST", "sobjects/Lead", b'{"LastName": "N",\n "Company": 7}')
    assert isinstance(answer.body, bytes) and b"at [line:2, column:13]" in answer.body
