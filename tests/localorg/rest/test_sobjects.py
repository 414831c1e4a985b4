"""One record at a time over REST."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.localorg.conftest import BASE, Org


def test_create_answers_201_with_its_location(org: Org) -> None:
    """id, success and errors in the body; the path of the record, by its real name, in Location."""
    reply = org.ask("POST", "sobjects/lead", {"LastName": "N", "Company": "C", "attributes": {"type": "Lead"}})
    assert reply.status == 201
    assert reply.body == {"id": reply["id"], "success": True, "errors": []}
    assert reply.headers["Location"] == f"/services/data/v59.0/sobjects/Lead/{reply['id']}"


def test_a_record_shows_every_field_nulls_included(org: Org) -> None:
    """attributes first, then all fields in describe's order."""
    lead = org.make("Lead")
    row = org.get("LEAD", lead[:15])
    kind = org.state.catalog.sobject("Lead")
    assert kind is not None
    assert list(row) == ["attributes", *(one.name for one in kind.fields.values())]
    assert row["attributes"] == {"type": "Lead", "url": f"/services/data/v59.0/sobjects/Lead/{lead}"}


def test_a_compound_address_is_an_object_or_null(org: Org) -> None:
    """Address holds its eight parts as soon as one of them is there."""
    assert org.get("Lead", org.make("Lead"))["Address"] is None
    lead = org.get("Lead", org.make("Lead", City="Łódź", Latitude=51.759248, GeocodeAccuracy="City"))
    assert lead["Address"] == {
        "city": "Łódź",
        "country": None,
        "geocodeAccuracy": "City",
        "latitude": 51.759248,
        "longitude": None,
        "postalCode": None,
        "state": None,
        "street": None,
    }


def test_fields_can_be_chosen_in_any_case(org: Org) -> None:
    """`fields=` limits the answer to those, and Id; an unknown one is INVALID_FIELD."""
    lead = org.make("Lead", Email="A@B.com")
    reply = org.ask("GET", f"sobjects/Lead/{lead}", fields="email, COMPANY")
    assert isinstance(reply.body, dict)
    assert list(reply.body.items())[1:] == [("Email", "a@b.com"), ("Company", "Acme"), ("Id", lead)]
    refused = org.ask("GET", f"sobjects/Lead/{lead}", fields="Nope")
    assert (refused.status, refused.error()[0]) == (400, "INVALID_FIELD")


def test_update_answers_204_by_patch_and_by_post_that_says_patch(org: Org) -> None:
    """`?_HttpMethod=PATCH` serves clients that cannot send PATCH."""
    lead = org.make("Lead")
    plain = org.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "a"})
    posted = org.ask("POST", f"sobjects/Lead/{lead}", {"City": "b"}, _HttpMethod="PATCH")
    assert (plain.status, plain.body, posted.status) == (204, None, 204)
    row = org.get("Lead", lead)
    assert (row["Title"], row["City"]) == ("a", "b")


def test_an_id_has_no_place_in_the_body(org: Org) -> None:
    """Neither in a create nor in an update."""
    lead = org.make("Lead")
    created = org.ask("POST", "sobjects/Lead", {"Id": lead, "LastName": "N", "Company": "C"})
    updated = org.ask("PATCH", f"sobjects/Lead/{lead}", {"id": lead})
    assert created.error() == ("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call")
    assert updated.error() == ("INVALID_FIELD", "The Id field should not be specified in the sobject data.")


@pytest.mark.parametrize(
    ("record_id", "status", "code"),
    [
        ("00Q000000000099", 404, "NOT_FOUND"),
        ("001000000000001", 404, "NOT_FOUND"),
        ("no-id", 404, "NOT_FOUND"),
    ],
)
def test_an_id_that_nobody_has_is_not_found(org: Org, record_id: str, status: int, code: str) -> None:
    """Unknown, of another sObject, or no id at all."""
    reply = org.ask("GET", f"sobjects/Lead/{record_id}")
    assert (reply.status, reply.error()[0]) == (status, code)


def test_writing_to_an_id_that_nobody_has_is_a_bad_cross_reference(org: Org) -> None:
    """PATCH and DELETE answer 404 INVALID_CROSS_REFERENCE_KEY."""
    for method, body in (("PATCH", {"Title": "x"}), ("DELETE", None)):
        reply = org.ask(method, "sobjects/Lead/00Q000000000099", body)
        assert (reply.status, reply.error()[0]) == (404, "INVALID_CROSS_REFERENCE_KEY")


def test_upsert_creates_then_updates_and_says_which(org: Org) -> None:
    """201 and created true, then 200 and created false, the same id both times."""
    path = "sobjects/Lead/Ext_Id__c/42"
    first = org.ask("PATCH", path, {"LastName": "N", "Company": "C"})
    second = org.ask("PATCH", path, {"Title": "Dr"})
    assert (first.status, first["created"], second.status, second["created"]) == (201, True, 200, False)
    assert first["id"] == second["id"] and "Location" in first.headers
    row = org.ask("GET", path)
    assert (row["Ext_Id__c"], row["Title"]) == ("42", "Dr")


def test_old_versions_do_not_say_created(org: Org) -> None:
    """Before 46.0 an update by external id is 204 without a body."""
    org.version = "45.0"
    first = org.ask("PATCH", "sobjects/Lead/Ext_Id__c/42", {"LastName": "N", "Company": "C"})
    second = org.ask("PATCH", "sobjects/Lead/Ext_Id__c/42", {"Title": "Dr"})
    assert first.status == 201 and first.body == {"id": first["id"], "success": True, "errors": []}
    assert (second.status, second.body) == (204, None)


def test_a_key_held_by_several_records_answers_300_and_writes_nothing(org: Org) -> None:
    """Email identifies records without being unique: the body lists their paths."""
    leads = [org.make("Lead", Email="twin@example.com") for _ in range(2)]
    paths = [f"/services/data/v59.0/sobjects/Lead/{one}" for one in leads]
    for method, body in (("GET", None), ("PATCH", {"Title": "x"}), ("DELETE", None)):
        reply = org.ask(method, "sobjects/Lead/Email/Twin@Example.com", body)
        assert (reply.status, reply.body) == (300, paths)
    assert [org.get("Lead", one)["Title"] for one in leads] == [None, None]


def test_a_field_that_is_no_key_is_not_found(org: Org) -> None:
    """With Salesforce's own words."""
    reply = org.ask("PATCH", "sobjects/Lead/Namez/1", {"LastName": "N"})
    words = "Provided external ID field does not exist or is not accessible: Namez"
    assert (reply.status, reply.error()) == (404, ("NOT_FOUND", words))


def test_the_key_has_no_place_in_the_body_of_an_upsert(org: Org) -> None:
    """INVALID_FIELD names it."""
    reply = org.ask("PATCH", "sobjects/Lead/Ext_Id__c/1", {"Ext_Id__c": "1", "LastName": "N", "Company": "C"})
    assert reply.error() == ("INVALID_FIELD", "The Ext_Id__c field should not be specified in the sobject data.")


def test_update_only_never_creates(org: Org) -> None:
    """`updateOnly=true` is 404 where there is nothing to update."""
    reply = org.ask("PATCH", "sobjects/Lead/Ext_Id__c/1", {"LastName": "N", "Company": "C"}, updateOnly="true")
    assert (reply.status, org.state.rows('SELECT Id FROM "Lead"')) == (404, [])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=64).filter(lambda t: t == t.strip())
)
def test_any_key_value_survives_the_path(org: Org, value: str) -> None:
    """Slashes, quotes, percent signs and letters of all scripts in an external id find the same record again."""
    path = f"sobjects/Account/Ext_Id__c/{quote(value, safe='')}"
    first, second = org.ask("PATCH", path, {"Name": "A"}), org.ask("PATCH", path, {"Name": "B"})
    assert second.status == 200 and first["id"] == second["id"]
    assert org.get("Account", str(first["id"]))["Ext_Id__c"] == value


def test_post_to_id_is_a_plain_create(org: Org) -> None:
    """From version 37; before, rows of sObjects take no POST."""
    assert org.ask("POST", "sobjects/Lead/Id", {"LastName": "N", "Company": "C"}).status == 201
    org.version = "36.0"
    assert org.ask("POST", "sobjects/Lead/Id", {"LastName": "N", "Company": "C"}).status == 405


def test_delete_by_key(org: Org) -> None:
    """DELETE by external id puts the record into the bin; again, it is not found."""
    org.make("Account", Ext_Id__c="a")
    statuses = [org.ask("DELETE", "sobjects/Account/Ext_Id__c/a").status for _ in range(2)]
    assert statuses == [204, 404]


def test_a_body_that_is_not_json_by_its_own_word_is_415(org: Org) -> None:
    """UNSUPPORTED_MEDIA_TYPE."""
    answer = org.raw("POST", "sobjects/Lead", b"<a/>", headers={"content-type": "application/xml"})
    assert answer.status == 415


def test_a_record_can_be_asked_for_only_if_it_changed(org: Org) -> None:
    """If-Modified-Since: 304 without a body while the record is older."""
    lead = org.make("Lead")
    since = {"if-modified-since": "Tue, 24 Nov 2026 12:30:45 GMT"}
    assert org.ask("GET", f"sobjects/Lead/{lead}", headers=since).status == 304
    org.clock.advance(1)
    org.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"})
    assert org.ask("GET", f"sobjects/Lead/{lead}", headers=since).status == 200


def test_a_write_can_be_made_only_if_nobody_was_faster(org: Org) -> None:
    """If-Unmodified-Since: 412 once the record is newer; a date that is none is 400."""
    lead = org.make("Lead")
    since = {"if-unmodified-since": "Tue, 24 Nov 2026 12:30:45 GMT"}
    assert org.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "a"}, since).status == 204
    org.clock.advance(1)
    org.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "b"})
    assert org.ask("PATCH", f"sobjects/Lead/{lead}", {"Title": "c"}, since).status == 412
    assert org.ask("PATCH", f"sobjects/Lead/{lead}", {}, {"if-unmodified-since": "yesterday"}).status == 400
    assert org.get("Lead", lead)["Title"] == "b"


def test_paths_are_those_of_the_asked_version(org: Org) -> None:
    """Resource map, attributes and Location name the version of the request."""
    org.version = "62.0"
    resources = org.ask("GET", "/services/data/v62.0")
    assert resources["sobjects"] == "/services/data/v62.0/sobjects"
    assert (
        str(resources["identity"]) == f"{BASE}/id/{org.local.state.one('SELECT Id FROM Organization')[0]}/{org.user_id}"
    )
