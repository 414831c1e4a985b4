"""Up to 200 records in one call."""

import json

import pytest

from tests.localorg.conftest import Org


def _leads(count: int, **fields: object) -> list[dict[str, object]]:
    return [{"attributes": {"type": "Lead"}, "LastName": f"L{n}", "Company": "C", **fields} for n in range(count)]


def _results(org: Org, method: str, path: str, records: object, **body: object) -> list[dict[str, object]]:
    reply = org.ask(method, path, {"records": records, **body})
    assert reply.status == 200 and isinstance(reply.body, list), reply.body
    return reply.body


def _codes(results: list[dict[str, object]]) -> list[object]:
    return [one["errors"][0]["statusCode"] if one["errors"] else "ok" for one in results]  # type: ignore[index]


def test_each_record_has_its_own_outcome_in_order(org: Org) -> None:
    """HTTP 200 whatever happened; failures carry statusCode and no id."""
    records = _leads(3)
    records[1]["LastName"] = None
    results = _results(org, "POST", "composite/sobjects", records)
    assert [one["success"] for one in results] == [True, False, True]
    assert results[1] == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [LastName]",
                "fields": ["LastName"],
            }
        ],
    }
    assert org.get("Lead", str(results[2]["id"]))["LastName"] == "L2"


def test_all_or_none_keeps_nothing_if_one_fails(org: Org) -> None:
    """The culprit has its own error, the others the real rollback text; no row is left."""
    records = _leads(3)
    records[1]["Email"] = "bad"
    results = _results(org, "POST", "composite/sobjects", records, allOrNone=True)
    rolled_back = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert _codes(results) == [rolled_back, "INVALID_EMAIL_ADDRESS", rolled_back]
    assert results[0]["errors"][0]["message"] == (  # type: ignore[index]
        "Record rolled back because not all records were valid and the request was using AllOrNone header"
    )
    assert org.state.rows('SELECT Id FROM "Lead"') == []
    assert _codes(_results(org, "POST", "composite/sobjects", _leads(2), allOrNone=True)) == ["ok", "ok"]


def test_update_needs_an_id_each(org: Org) -> None:
    """A missing id, a malformed one and one of another sObject fail alone."""
    lead = org.make("Lead")
    records = [{"attributes": {"type": "Lead"}, **extra, "Title": "x"} for extra in (
        {"id": lead[:15]}, {}, {"Id": "nonsense"}, {"Id": "001000000000001"}, {"Id": "00Q000000000099"}
    )]  # fmt: skip
    results = _results(org, "PATCH", "composite/sobjects", records)
    assert _codes(results) == ["ok", "MISSING_ARGUMENT", "MALFORMED_ID", "MALFORMED_ID", "INVALID_CROSS_REFERENCE_KEY"]
    assert results[0]["id"] == lead and org.get("Lead", lead)["Title"] == "x"


def test_a_record_named_twice_in_one_call_is_not_saved(org: Org) -> None:
    """Its rows fail by name, short and long ids alike; the others are saved."""
    lead, other = org.make("Lead"), org.make("Lead")
    records = [{"attributes": {"type": "Lead"}, "id": one, "Title": "a"} for one in (lead, other, lead[:15])]
    results = _results(org, "PATCH", "composite/sobjects", records)
    assert _codes(results) == ["DUPLICATE_VALUE", "ok", "DUPLICATE_VALUE"]
    assert results[0]["errors"][0]["message"] == f"Duplicate id specified: {lead}"
    assert org.get("Lead", lead)["Title"] is None and org.get("Lead", other)["Title"] == "a"


def test_a_parent_is_named_by_its_id_or_by_its_key_and_not_by_both(org: Org) -> None:
    """Whichever comes first; a null beside the key says nothing."""
    account = org.make("Account", Ext_Id__c="a")
    by_key = {"LastName": "N", "Account": {"Ext_Id__c": "a"}}
    reply = org.ask("POST", "sobjects/Contact", {**by_key, "AccountId": account})
    text = "Cannot specify both an external ID reference Account and a salesforce id, AccountId"
    assert (reply.status, *reply.error()) == (400, "INVALID_FIELD", text)
    assert org.ask("POST", "sobjects/Contact", {**by_key, "AccountId": None}).status == 201


def test_upsert_by_key_creates_and_updates_side_by_side(org: Org) -> None:
    """Each result says created; a record without the key fails alone."""
    known = org.make("Lead", Ext_Id__c="a")
    records = [*(_leads(1, Ext_Id__c=key)[0] for key in ("a", "b")), _leads(1)[0]]
    results = _results(org, "PATCH", "composite/sobjects/Lead/Ext_Id__c", records)
    assert [one.get("created") for one in results] == [False, True, None]
    assert results[0]["id"] == known and _codes(results)[2] == "MISSING_ARGUMENT"


def test_a_key_given_twice_in_one_call_fails_both(org: Org) -> None:
    """DUPLICATE_VALUE for each of them, and neither is written."""
    records = [_leads(1, Ext_Id__c=key)[0] for key in ("a", "b", "a")]
    results = _results(org, "PATCH", "composite/sobjects/Lead/Ext_Id__c", records)
    assert _codes(results) == ["DUPLICATE_VALUE", "ok", "DUPLICATE_VALUE"]


def test_upsert_on_mail_finds_it_in_any_case(org: Org) -> None:
    """Keys that are not case-sensitive match without regard to case."""
    contact = org.make("Contact", Email="gob.bluth@example.com")
    record = {"attributes": {"type": "Contact"}, "LastName": "Bluth", "Email": "GOB.Bluth@Example.com"}
    results = _results(org, "PATCH", "composite/sobjects/Contact/email", [record])
    assert results == [{"id": contact, "success": True, "errors": [], "created": False}]


def test_upsert_by_id_creates_where_the_id_is_null(org: Org) -> None:
    """`/composite/sobjects/Lead/Id` updates what has an id."""
    lead = org.make("Lead")
    results = _results(org, "PATCH", "composite/sobjects/Lead/Id", [*_leads(1, Id=None), *_leads(1, Id=lead)])
    assert [one["created"] for one in results] == [True, False]


def test_a_unique_value_twice_in_one_create_goes_to_the_first(org: Org) -> None:
    """The second one names the first as holder."""
    results = _results(org, "POST", "composite/sobjects", _leads(2, Ext_Id__c="a"))
    assert _codes(results) == ["ok", "DUPLICATE_VALUE"]
    assert str(results[0]["id"])[:15] in results[1]["errors"][0]["message"]  # type: ignore[index]


def test_kinds_can_be_mixed_in_at_most_ten_runs(org: Org) -> None:
    """Neighbours of one sObject make a chunk; eleven chunks refuse the whole call."""
    pair = [{"attributes": {"type": "Account"}, "Name": "A"}, *_leads(1)]
    assert _codes(_results(org, "POST", "composite/sobjects", pair * 5)) == ["ok"] * 10
    refused = org.ask("POST", "composite/sobjects", {"records": [*pair * 5, pair[0]]})
    assert refused.status == 400 and "more than 10 chunks" in refused.error()[1]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"records": _leads(201)}, "EXCEEDED_ID_LIMIT"),
        ({"records": []}, "REQUIRED_FIELD_MISSING"),
        ({"records": [1]}, "JSON_PARSER_ERROR"),
        ({}, "JSON_PARSER_ERROR"),
        ({"records": [{"LastName": "x"}]}, "INVALID_TYPE"),
        ({"records": [{"attributes": {"type": "Nope"}}]}, "INVALID_TYPE"),
        ({"records": [{"attributes": {"type": "Lead"}, "Nope": 1}]}, "INVALID_FIELD"),
    ],
)
def test_a_malformed_call_is_refused_whole(org: Org, body: dict[str, object], code: str) -> None:
    """400, and nothing is written."""
    refused = org.ask("POST", "composite/sobjects", body)
    assert (refused.status, refused.error()[0]) == (400, code)
    assert org.state.rows('SELECT Id FROM "Lead"') == []


def test_delete_takes_ids_of_several_kinds(org: Org) -> None:
    """Unknown and malformed ids fail alone; allOrNone keeps the records."""
    lead, account = org.make("Lead"), org.make("Account")
    kept = org.ask("DELETE", "composite/sobjects", ids=f"{lead},00Q000000000099", allOrNone="true")
    assert isinstance(kept.body, list)
    assert _codes(kept.body) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_CROSS_REFERENCE_KEY"]
    assert org.get("Lead", lead)["IsDeleted"] is False
    gone = org.ask("DELETE", "composite/sobjects", ids=f"{lead},{account[:15]},nonsense")
    assert isinstance(gone.body, list) and _codes(gone.body) == ["ok", "ok", "MALFORMED_ID"]


def test_retrieve_is_aligned_with_the_ids(org: Org) -> None:
    """null for missing and deleted records, by GET and by POST; an unknown field refuses the call."""
    first, gone, second = (org.make("Lead", Title=title) for title in "abc")
    org.ask("DELETE", f"sobjects/Lead/{gone}")
    ids = [first[:15], gone, "00Q000000000099", second]
    got = org.ask("GET", "composite/sobjects/Lead", ids=",".join(ids), fields="Title")
    posted = org.ask("POST", "composite/sobjects/Lead", {"ids": ids, "fields": ["title"]})
    assert isinstance(got.body, list) and got.body == posted.body
    assert [one and one["Title"] for one in got.body] == ["a", None, None, "c"]
    assert org.ask("POST", "composite/sobjects/Lead", {"ids": ids, "fields": ["x"]}).error()[0] == "INVALID_FIELD"


def test_the_whole_call_counts_once(org: Org) -> None:
    """200 records cost one API call."""
    org.state.set_setting("api_limit", 10)
    answer = org.raw("POST", "composite/sobjects", json.dumps({"records": _leads(200)}).encode())
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/10"


def test_two_hundred_records_cost_a_few_statements(org: Org) -> None:
    """Records are saved set by set: ten times as many cost no statement more, but for the rows themselves."""
    org.ask("GET", "limits")  # the first call of an hour also empties the bin
    few, many = (_statements(org, "POST", _leads(count)) for count in (20, 200))
    assert len(many) == len(few) <= 31
    ids = [str(row["Id"]) for row in org.state.rows('SELECT Id FROM "Lead"')]
    changes = [{"attributes": {"type": "Lead"}, "id": one, "Title": "x"} for one in ids[:200]]
    assert len(_statements(org, "PATCH", changes)) <= 30


def _statements(org: Org, method: str, records: list[dict[str, object]]) -> list[str]:
    """Give the different statements that one call runs."""
    ran: list[str] = []
    org.state.connection.set_trace_callback(ran.append)
    _results(org, method, "composite/sobjects", records)
    org.state.connection.set_trace_callback(None)
    return [one for one in ran if not one.startswith(('INSERT INTO "Lead"', 'UPDATE "Lead"'))]
