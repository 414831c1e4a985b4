"""Bulk API 1.0: jobs of batches, as clients that speak it need them."""

import csv
import io
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sfsync.localorg.markup import Element
from sfsync.localorg.markup_reading import parse
from sfsync.localorg.wire import Answer
from tests.localorg.conftest import Org

NS = "http://www.force.com/2009/06/asyncapi/dataload"
JSON, XML, CSV = "application/json", "application/xml", "text/csv"


def _ask(org: Org, method: str, path: str, body: bytes = b"", kind: str = XML, **headers: str) -> Answer:
    """Ask with the session in X-SFDC-Session alone, as clients of this API do."""
    named = {"authorization": "", "x-sfdc-session": org.token, "content-type": f"{kind}; charset=UTF-8", **headers}
    return org.raw(method, f"/services/async/59.0/{path}", body, headers=named)


def _text(answer: Answer) -> str:
    body = answer.body.read_bytes() if isinstance(answer.body, Path) else answer.body
    return (zlib.decompress(body, wbits=31) if answer.headers.get("Content-Encoding") else body).decode()


def _read(answer: Answer) -> Element:
    assert answer.headers["Content-Type"] == XML
    return parse(_text(answer).encode())


def _job(org: Org, operation: str, content: str, name: str = "Lead", more: str = "", **headers: str) -> str:
    info = f"<operation>{operation}</operation><object>{name}</object>{more}<contentType>{content}</contentType>"
    made = _ask(org, "POST", "job", f'<jobInfo xmlns="{NS}">{info}</jobInfo>'.encode(), **headers)
    assert made.status == 201, _text(made)
    return _read(made).value("id")


def _batch(org: Org, job: str, data: str, content: str) -> str:
    kind = {"CSV": CSV, "JSON": JSON, "XML": XML}[content]
    made = _ask(org, "POST", f"job/{job}/batch", data.encode(), kind)
    assert made.status == 201, _text(made)
    assert made.headers["Location"].startswith(f"/services/async/59.0/job/{job}/batch/751")
    if content == "JSON":
        assert made.headers["Content-Type"] == JSON
        info = json.loads(_text(made))
        assert info["state"] == "Queued"
        return str(info["id"])
    assert _read(made).value("state") == "Queued"
    return _read(made).value("id")


def _results(org: Org, job: str, batch: str, kind: str) -> str:
    answer = _ask(org, "GET", f"job/{job}/batch/{batch}/result")
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind), _text(answer)
    return _text(answer)


def test_csv_results_come_in_the_order_of_the_batch_with_failures_told(org: Org) -> None:
    """Id, Success, Created, Error, all quoted; a failed row says code, message and fields."""
    job = _job(org, "insert", "CSV")
    batch = _batch(org, job, 'LastName,Company\r\nA,X\r\n,Y\r\n"B, ""C""",Z\r\n', "CSV")
    text = _results(org, job, batch, CSV)
    assert text.startswith('"Id","Success","Created","Error"\n"00Q')
    rows = list(csv.reader(io.StringIO(text)))[1:]
    assert [one[1:3] for one in rows] == [["true", "true"], ["false", "false"], ["true", "true"]]
    assert rows[1][3] == "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"
    assert org.get("Lead", rows[2][0])["LastName"] == 'B, "C"'


def test_json_records_are_written_and_told_in_json(org: Org) -> None:
    """Numbers, nulls and parents by key; the infos of a JSON job's batches are JSON with sorted keys."""
    account = org.make("Account", Ext_Id__c="acme")
    job = _job(org, "insert", "JSON", "Contact")
    records = [
        {"LastName": "A", "Account": {"Ext_Id__c": "acme"}},
        {"LastName": None},
        {"LastName": "B", "Birthdate": 5},
    ]
    batch = _batch(org, job, json.dumps(records), "JSON")
    good, missing, wrong = json.loads(_results(org, job, batch, JSON))
    assert (good["success"], good["created"], good["errors"]) == (True, True, [])
    assert org.get("Contact", good["id"])["AccountId"] == account
    assert (missing["id"], missing["errors"][0]["statusCode"]) == (None, "REQUIRED_FIELD_MISSING")
    assert wrong["success"] is False
    info = json.loads(_text(_ask(org, "GET", f"job/{job}/batch/{batch}")))
    assert list(info) == sorted(info)
    assert (info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]) == ("Completed", 3, 2)


def test_xml_records_are_written_and_told_in_xml(org: Org) -> None:
    """xsi:nil empties a field, a parent stands in an sObject of its own."""
    org.make("Account", Ext_Id__c="acme")
    contact = org.make("Contact", FirstName="Old")
    job = _job(org, "update", "XML", "Contact")
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    parent = "<Account><sObject><Ext_Id__c>acme</Ext_Id__c></sObject></Account>"
    data = f'<sObjects xmlns="{NS}" {xsi}><sObject><Id>{contact}</Id><FirstName xsi:nil="true"/>{parent}</sObject>'
    batch = _batch(org, job, f"{data}<sObject><Id>nonsense</Id></sObject></sObjects>", "XML")
    good, bad = parse(_results(org, job, batch, XML).encode()).every("result")
    assert (good.value("id"), good.value("success"), good.value("created")) == (contact, "true", "false")
    error = bad.child("errors")
    assert error is not None and error.value("statusCode") == "MALFORMED_ID"
    changed = org.get("Contact", contact)
    assert changed["FirstName"] is None and changed["AccountId"] is not None


def test_upsert_and_delete_tell_created_and_gone(org: Org) -> None:
    """By an external id, then by Id; hardDelete leaves nothing in the bin."""
    key = "<externalIdFieldName>Ext_Id__c</externalIdFieldName>"
    org.make("Lead", Ext_Id__c="a")
    job = _job(org, "upsert", "CSV", more=key)
    rows = _results(org, job, _batch(org, job, "Ext_Id__c,LastName,Company\na,A,X\nb,B,Y\n", "CSV"), CSV)
    told = list(csv.reader(io.StringIO(rows)))[1:]
    assert [one[2] for one in told] == ["false", "true"]
    for operation, left in (("delete", 1), ("hardDelete", 1)):
        doomed = told.pop()[0]
        again = _job(org, operation, "CSV")
        assert '"true"' in _results(org, again, _batch(org, again, f"Id\n{doomed}\n", "CSV"), CSV)
        assert org.ask("GET", "queryAll", q="SELECT count() FROM Lead WHERE IsDeleted = true")["totalSize"] == left


def test_a_batch_that_cannot_be_read_fails_whole_and_says_why(org: Org) -> None:
    """An unknown column, no header, broken JSON or XML: state Failed with a message, and no record written."""
    for content, data in (
        ("CSV", "LastName,Nonsense\nA,B\n"),
        ("CSV", ""),
        ("JSON", "[{"),
        ("JSON", '{"LastName": "A"}'),
        ("XML", "<sObjects>"),
        ("XML", '<!DOCTYPE x [<!ENTITY e "x">]><sObjects/>'),
    ):
        job = _job(org, "insert", content)
        batch = _batch(org, job, data, content)
        answer = _text(_ask(org, "GET", f"job/{job}/batch/{batch}"))
        assert "Failed" in answer and "InvalidBatch : " in answer
        assert _ask(org, "GET", f"job/{job}/batch/{batch}/result").status == 400
    assert org.ask("GET", "query", q="SELECT count() FROM Lead")["totalSize"] == 0


def _query(org: Org, soql: str, content: str, name: str = "Contact") -> str:
    job = _job(org, "query", content, name)
    batch = _batch(org, job, soql, content)
    answer = _ask(org, "GET", f"job/{job}/batch/{batch}/result")
    listed = json.loads(_text(answer)) if content == "JSON" else [one.text for one in _read(answer).every("result")]
    assert len(listed) == 1 and len(listed[0]) == 15
    result = _ask(org, "GET", f"job/{job}/batch/{batch}/result/{listed[0]}", **{"accept-encoding": "gzip"})
    assert result.headers["Content-Type"] == {"CSV": CSV, "JSON": JSON, "XML": XML}[content]
    return _text(result)


QUERY = "SELECT Id, LastName, Email, Account.Name, CreatedDate FROM Contact"


def test_a_query_gives_csv_json_or_xml_as_its_job_says(org: Org) -> None:
    """Times are ISO in CSV and XML, milliseconds in JSON; parents are dotted or nested; null is empty, null, or nil."""
    contact = org.make("Contact", LastName="N", AccountId=org.make("Account", Name="Acme"))
    text = _query(org, QUERY, "CSV")
    assert text.splitlines()[1] == f'"{contact}","N","","Acme","2026-11-24T12:30:45.000Z"'
    (record,) = json.loads(_query(org, QUERY, "JSON"))
    assert record["attributes"]["type"] == "Contact" and record["Account"]["Name"] == "Acme"
    assert (record["Email"], record["CreatedDate"]) == (None, 1795523445000)
    root = parse(_query(org, QUERY, "XML").encode())
    (row,) = root.every("records")
    assert [one.name for one in row.children][:3] == ["type", "Id", "Id"]
    email, parent = row.child("Email"), row.child("Account")
    assert email is not None and email.nil and parent is not None and parent.value("Name") == "Acme"
    assert row.value("CreatedDate") == "2026-11-24T12:30:45.000Z"


def test_a_query_without_records_says_so_in_words_as_csv(org: Org) -> None:
    """Clients look for this line; JSON gives an empty list."""
    assert _query(org, QUERY, "CSV") == "Records not found for this query"
    assert json.loads(_query(org, QUERY, "JSON")) == []


@pytest.mark.parametrize("soql", ["nonsense", "SELECT Foo FROM Lead", "SELECT Id FROM Foo", "\u0080"])
def test_a_query_that_is_refused_fails_its_batch(org: Org, soql: str) -> None:
    """The batch tells the code and text a query would get."""
    for content in ("CSV", "JSON"):
        job = _job(org, "query", content)
        batch = _batch(org, job, soql, content)
        assert "InvalidBatch : Failed to process query: " in _text(_ask(org, "GET", f"job/{job}/batch/{batch}"))


@pytest.mark.parametrize(
    ("soql", "words"),
    [
        (
            "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
            "FeatureNotEnabled : Aggregate Relationships not supported in Bulk Query with CSV content type",
        ),
        (
            "SELECT Id, BillingAddress FROM Account",
            "InvalidBatch : Failed to process query: FUNCTIONALITY_NOT_ENABLED: "
            "Selecting compound data not supported in Bulk Query",
        ),
    ],
)
def test_what_no_bulk_query_can_hold_is_told_in_the_words_of_this_api(org: Org, soql: str, words: str) -> None:
    """They are not those of Bulk API 2.0."""
    job = _job(org, "query", "CSV", "Account")
    batch = _batch(org, job, soql, "CSV")
    info = _read(_ask(org, "GET", f"job/{job}/batch/{batch}"))
    assert (info.value("state"), info.value("stateMessage")) == ("Failed", words)


def test_compound_fields_come_in_no_form_and_fields_leaves_them_out(org: Org) -> None:
    """XML and JSON take them as little as CSV does; FIELDS(STANDARD) gives their parts alone."""
    org.make("Account", BillingCity="Gdynia")
    job = _job(org, "query", "JSON", "Account")
    batch = _batch(org, job, "SELECT BillingAddress FROM Account", "JSON")
    assert json.loads(_text(_ask(org, "GET", f"job/{job}/batch/{batch}")))["state"] == "Failed"
    batch = _batch(org, job, "SELECT FIELDS(STANDARD) FROM Account", "JSON")
    (result,) = json.loads(_results(org, job, batch, JSON))
    (record,) = json.loads(_text(_ask(org, "GET", f"job/{job}/batch/{batch}/result/{result}")))
    assert record["BillingCity"] == "Gdynia" and "BillingAddress" not in record


def test_a_query_that_is_no_text_fails_its_batch(org: Org) -> None:
    """Bytes that are not UTF-8 are no query; the job lives on."""
    job = _job(org, "query", "CSV")
    made = _ask(org, "POST", f"job/{job}/batch", b"SELECT \x80 FROM Lead", CSV)
    assert made.status == 201
    (batch,) = _read(_ask(org, "GET", f"job/{job}/batch")).every("batchInfo")
    assert (batch.value("state"), batch.value("stateMessage")[:12]) == ("Failed", "InvalidBatch")


def test_a_query_can_be_cut_by_ids(org: Org) -> None:
    """The batch that was added is NotProcessed, others cover every record exactly once."""
    made = {org.make("Lead", LastName=f"L{n}") for n in range(7)}
    job = _job(org, "query", "CSV", **{"sforce-enable-pkchunking": "true; chunkSize=3"})
    first = _batch(org, job, "SELECT Id FROM Lead WHERE LastName LIKE 'L%'", "CSV")
    found = list(_read(_ask(org, "GET", f"job/{job}/batch")).every("batchInfo"))
    assert [one.value("state") for one in found] == ["NotProcessed", *["Completed"] * 3]
    assert found[0].value("id") == first
    ids = []
    for one in found[1:]:
        base = f"job/{job}/batch/{one.value('id')}/result"
        result = _read(_ask(org, "GET", base)).value("result")
        ids += _text(_ask(org, "GET", f"{base}/{result}")).replace('"', "").split()[1:]
    assert sorted(ids) == sorted(made)


def test_batches_use_up_the_day_s_allowance(org: Org) -> None:
    """`/limits` tells how many are left, as clients look before they load."""
    job = _job(org, "insert", "CSV")
    for _ in range(3):
        _batch(org, job, "LastName,Company\nA,X\n", "CSV")
    left: Any = org.ask("GET", "limits")["DailyBulkApiBatches"]
    assert left == {"Max": 15_000, "Remaining": 14_997}


def test_jobs_go_through_their_states_and_count_their_batches(org: Org) -> None:
    """Closed takes no more batches, Aborted stops the rest; an empty list of batches is an empty element."""
    job = _job(org, "insert", "CSV")
    assert list(_read(_ask(org, "GET", f"job/{job}/batch")).children) == []
    org.state.set_setting("bulk_jobs", "polls:2")
    batch = _batch(org, job, "LastName,Company\nA,X\n", "CSV")
    states = [_read(_ask(org, "GET", f"job/{job}/batch/{batch}")).value("state") for _ in range(3)]
    assert states == ["InProgress", "InProgress", "Completed"]
    left = _batch(org, job, "LastName,Company\nB,X\n", "CSV")
    done = _read(_ask(org, "POST", f"job/{job}", b"<jobInfo><state>Aborted</state></jobInfo>"))
    assert (done.value("state"), done.value("numberBatchesCompleted"), done.value("numberBatchesTotal")) == (
        "Aborted",
        "1",
        "2",
    )
    assert _read(_ask(org, "GET", f"job/{job}/batch/{left}")).value("state") == "NotProcessed"
    refused = _ask(org, "POST", f"job/{job}/batch", b"LastName\nA\n", CSV)
    assert (refused.status, _read(refused).value("exceptionCode")) == (400, "InvalidJobState")
    assert org.ask("GET", "query", q="SELECT count() FROM Lead")["totalSize"] == 1


def test_the_request_of_a_batch_can_be_read_back(org: Org) -> None:
    """Byte for byte, in the job's content type."""
    job = _job(org, "insert", "JSON")
    batch = _batch(org, job, '[{"LastName":"Ä","Company":"X"}]', "JSON")
    answer = _ask(org, "GET", f"job/{job}/batch/{batch}/request")
    assert (_text(answer), answer.headers["Content-Type"]) == ('[{"LastName":"Ä","Company":"X"}]', JSON)


def test_a_json_request_is_answered_in_json(org: Org) -> None:
    """Job infos and errors follow the request's Content-Type; concurrencyMode may be a number."""
    asked = {"operation": "insert", "object": "lead", "concurrencyMode": 0, "contentType": "JSON"}
    made = _ask(org, "POST", "job", json.dumps(asked).encode(), JSON)
    info = json.loads(_text(made))
    assert (made.status, info["object"], info["concurrencyMode"], info["apiVersion"]) == (201, "Lead", "Parallel", 59.0)
    assert info["createdDate"].endswith("+0000")
    closed = _ask(org, "POST", f"job/{info['id']}", b'{"state":"Closed"}', JSON)
    assert (closed.status, json.loads(_text(closed))["state"]) == (200, "Closed")
    unknown = _ask(org, "GET", "job/750000000000000AAA", kind=JSON)
    assert (unknown.status, json.loads(_text(unknown))["exceptionCode"]) == (400, "InvalidJob")
    assert unknown.headers["Content-Type"] == JSON


def test_a_dead_session_is_told_as_this_api_tells_it(org: Org) -> None:
    """HTTP 400 with InvalidSessionId, which clients look for."""
    answer = _ask(org, "GET", "job/750000000000000AAA", **{"x-sfdc-session": "dead"})
    assert (answer.status, _read(answer).name) == (400, "error")
    assert "<exceptionCode>InvalidSessionId</exceptionCode>" in _text(answer)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", XML),
        (b"<jobInfo>", XML),
        (b"{", JSON),
        (b"[]", JSON),
        (b'{"operation":"insert","object":"Nonsense","contentType":"CSV"}', JSON),
        (b'{"operation":"fly","object":"Lead","contentType":"CSV"}', JSON),
        (b'{"operation":"upsert","object":"Lead","contentType":"CSV"}', JSON),
        (b'{"operation":"insert","object":"Lead","contentType":"PDF"}', JSON),
    ],
)
def test_a_job_that_is_none_is_refused(org: Org, body: bytes, kind: str) -> None:
    """HTTP 400 InvalidJob, in the form of the request."""
    answer = _ask(org, "POST", "job", body, kind)
    assert answer.status == 400 and "InvalidJob" in _text(answer)


def test_old_and_unknown_addresses_are_refused_in_this_form(org: Org) -> None:
    """A retired version, a version to come, a path that is none, records of another form than the job's."""
    named: Mapping[str, str] = {"x-sfdc-session": org.token}
    for version, status in (("29.0", 410), ("99.0", 404)):
        answer: Any = org.raw("GET", f"/services/async/{version}/job/750000000000000AAA", headers=named)
        assert (answer.status, _read(answer).name) == (status, "error")
    assert _ask(org, "GET", "nonsense").status == 404
    job = _job(org, "insert", "CSV")
    assert _ask(org, "POST", f"job/{job}/batch", b"[]", JSON).status == 400
