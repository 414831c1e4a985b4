"""Conditional requests for records."""

import pytest

from tests.localorg.conftest import Org

NOW, LATER = "Tue, 24 Nov 2026 12:30:45 GMT", "Tue, 24 Nov 2026 12:30:46 GMT"
EARLIER = "Tue, 24 Nov 2026 12:30:44 GMT"


def test_records_tell_how_old_they_are_and_accounts_their_etag(org: Org) -> None:
    """Last-Modified on every record that is shown, also where only some fields are; an ETag on accounts alone."""
    lead, account = org.ask("GET", f"sobjects/Lead/{org.make('Lead')}"), org.make("Account")
    assert (lead.headers["Last-Modified"], "ETag" in lead.headers) == (NOW, False)
    shown = org.ask("GET", f"sobjects/Account/{account}", fields="Name")
    assert shown.headers["Last-Modified"] == NOW and len(shown.headers["ETag"]) == 46


def test_an_account_is_read_or_written_only_as_its_etag_allows(org: Org) -> None:
    """304 where the client has it, 412 where it is another; what a proxy adds for gzip is passed over."""
    path = f"sobjects/Account/{org.make('Account')}"
    tag = org.ask("GET", path).headers["ETag"]
    squeezed = tag[:-1] + '-gzip"'
    assert org.ask("GET", path, headers={"if-none-match": squeezed}).status == 304
    assert org.ask("GET", path, headers={"if-match": squeezed}).status == 200
    assert org.ask("PATCH", path, {"Site": "x"}, headers={"if-none-match": tag}).status == 412
    assert org.ask("PATCH", path, {"Site": "x"}, headers={"if-match": tag}).status == 204
    assert org.ask("PATCH", path, {"Site": "y"}, headers={"if-match": tag}).status == 412
    assert org.ask("GET", path, headers={"if-match": tag}).status == 412
    assert org.ask("GET", path, headers={"if-none-match": tag}).status == 200


@pytest.mark.parametrize(
    ("method", "header", "day", "status"),
    [
        ("GET", "if-modified-since", NOW, 304),
        ("GET", "if-modified-since", EARLIER, 200),
        ("GET", "if-unmodified-since", EARLIER, 412),
        ("GET", "if-unmodified-since", "no day", 200),
        ("PATCH", "if-unmodified-since", NOW, 204),
        ("PATCH", "if-unmodified-since", EARLIER, 412),
        ("PATCH", "if-modified-since", LATER, 412),
        ("PATCH", "if-modified-since", EARLIER, 204),
        ("PATCH", "if-unmodified-since", "no day", 400),
    ],
)
def test_any_record_is_read_or_written_only_as_its_age_allows(
    org: Org, method: str, header: str, day: str, status: int
) -> None:
    """By whole seconds; a day that is none is passed over when reading and refused when writing."""
    lead = org.make("Lead")
    body = {"Title": "x"} if method == "PATCH" else None
    assert org.ask(method, f"sobjects/Lead/{lead}", body, headers={header: day}).status == status


@pytest.mark.parametrize(("method", "path"), [("POST", "sobjects/Lead"), ("PATCH", "sobjects/Lead/Ext_Id__c/a")])
def test_a_record_is_not_made_where_a_date_is_none(org: Org, method: str, path: str) -> None:
    """400, and nothing is written; a good date means nothing for a new record."""
    body = {"LastName": "N", "Company": "C"}
    assert org.ask(method, path, body, headers={"if-unmodified-since": "banana"}).status == 400
    assert org.ask("GET", "query", q="SELECT count() FROM Lead")["totalSize"] == 0
    assert org.ask(method, path, body, headers={"if-unmodified-since": EARLIER}).status == 201


def test_an_upsert_by_key_heeds_the_age_of_the_record_it_finds(org: Org) -> None:
    """As a change by Id does."""
    org.make("Lead", Ext_Id__c="a")
    path, late = "sobjects/Lead/Ext_Id__c/a", {"if-unmodified-since": EARLIER}
    assert org.ask("PATCH", path, {"Title": "x"}, headers=late).status == 412


def test_an_etag_means_nothing_for_other_records(org: Org) -> None:
    """If-Match on a lead is passed over."""
    assert org.ask("PATCH", f"sobjects/Lead/{org.make('Lead')}", {"Title": "x"}, {"if-match": '"a"'}).status == 204
