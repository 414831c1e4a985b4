"""Bulk API 2.0 query jobs: their life, their refusals, their result pages."""

from typing import Any

import pytest

from sfsync.localorg import job_lists
from sfsync.localorg.bulk2 import jobs, spool
from sfsync.localorg.catalog import Catalog

Bulk = Any  # the fixture `bulk` of conftest.py
Reader = Any  # the fixtures `text` and `rows`: from an answer to its text, or to its rows


def test_a_job_is_made_looked_at_and_read(bulk: Bulk, text: Reader) -> None:
    """Create answers 200 with UploadComplete, a look JobComplete, results the CSV with both headers."""
    (lead,) = bulk.insert("Lead", {"Name": "Ana Ruiz", "Company": 'Acme "Spain", SL'})
    made = bulk.json("POST", "query", {"operation": "query", "query": "SELECT Id, Company FROM Lead"})
    assert made["id"].startswith("750")
    assert {key: made[key] for key in ("operation", "object", "state", "concurrencyMode", "contentType")} == {
        "operation": "query",
        "object": "Lead",
        "state": "UploadComplete",
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
    }
    assert (made["apiVersion"], made["lineEnding"], made["columnDelimiter"]) == (59.0, "LF", "COMMA")
    looked = bulk.json("GET", f"query/{made['id']}")
    assert (looked["state"], looked["numberRecordsProcessed"], looked["jobType"]) == ("JobComplete", 1, "V2Query")
    answer = bulk.ask("GET", f"query/{made['id']}/results")
    assert answer.headers["Sforce-NumberOfRecords"] == "1"
    assert answer.headers["Sforce-Locator"] == "null"
    assert answer.headers["Content-Type"] == "text/csv"
    assert text(answer) == f'"Id","Company"\n"{lead}","Acme ""Spain"", SL"\n'


def test_values_are_written_as_bulk_writes_them(bulk: Bulk, rows: Reader) -> None:
    """Null is empty, booleans are words, times end in Z, numbers with a scale have a point, parents have a path."""
    (acme,) = bulk.insert("Account", {"Name": "Acme"})
    values = {"Amount": 1250, "CloseDate": "2026-03-04", "IsWon": 1, "AccountId": acme, "Probability": 10}
    bulk.insert("Opportunity", {"Name": "line\nend, é", **values}, {"Name": "B"})
    soql = "select name, amount, closedate, iswon, nextstep, createddate, account.name, probability FROM Opportunity"
    found = rows(bulk.ask("GET", f"query/{bulk.query(soql)}/results"))
    assert found == [
        ["Name", "Amount", "CloseDate", "IsWon", "NextStep", "CreatedDate", "Account.Name", "Probability"],
        ["line\nend, é", "12.5", "2026-03-04", "true", "", "2026-03-04T10:30:00.000Z", "Acme", "10.0"],
        ["B", "", "", "false", "", "2026-03-04T10:30:00.000Z", "", ""],
    ]


@pytest.mark.parametrize(
    ("delimiter", "ending", "expected"),
    [
        ("COMMA", "LF", '"Name","City"\n"A",""\n'),
        ("SEMICOLON", "CRLF", '"Name";"City"\r\n"A";""\r\n'),
        ("TAB", "LF", '"Name"\t"City"\n"A"\t""\n'),
        ("PIPE", "LF", '"Name"|"City"\n"A"|""\n'),
        ("CARET", "LF", '"Name"^"City"\n"A"^""\n'),
        ("BACKQUOTE", "CRLF", '"Name"`"City"\r\n"A"`""\r\n'),
    ],
)
def test_delimiter_and_line_ending_are_as_asked(
    bulk: Bulk, text: Reader, delimiter: str, ending: str, expected: str
) -> None:
    """Every delimiter and both line endings, in every line."""
    bulk.insert("Lead", {"Name": "A"})
    job = bulk.query("SELECT Name, City FROM Lead", columnDelimiter=delimiter, lineEnding=ending)
    assert text(bulk.ask("GET", f"query/{job}/results")) == expected


def test_no_records_are_a_header(bulk: Bulk, text: Reader) -> None:
    """A result without records is one page that holds the header line."""
    answer = bulk.ask("GET", f"query/{bulk.query('SELECT Id, Owner.Name FROM Lead')}/results")
    assert (answer.headers["Sforce-NumberOfRecords"], answer.headers["Sforce-Locator"]) == ("0", "null")
    assert text(answer) == '"Id","Owner.Name"\n'


def test_query_all_takes_deleted_records_in(bulk: Bulk, rows: Reader) -> None:
    """The operation queryAll sees what lies in the recycle bin."""
    bulk.insert("Lead", {"Name": "A"}, {"Name": "B", "IsDeleted": 1})
    assert len(rows(bulk.ask("GET", f"query/{bulk.query('SELECT Id FROM Lead')}/results"))) == 2
    everything = bulk.query("SELECT Id FROM Lead", operation="queryAll")
    assert len(rows(bulk.ask("GET", f"query/{everything}/results"))) == 3


def test_pages_of_any_size_hold_every_record_once(bulk: Bulk, rows: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Following Sforce-Locator gives all records in order, with a header on each page, whatever maxRecords says."""
    monkeypatch.setattr(spool, "PAGE", 100)
    bulk.insert("Lead", *({"Name": f'n{number:03d} "q"\n"x'} for number in range(250)))
    job = bulk.query("SELECT Name FROM Lead ORDER BY Name")
    for size in ("1000", "250", "100", "99", "33", None):
        names, locator, pages = [], None, 0
        while locator != "null":
            asked = {"maxRecords": size, "locator": locator}
            answer = bulk.ask("GET", f"query/{job}/results", **{key: one for key, one in asked.items() if one})
            header, *page = rows(answer)
            assert header == ["Name"]
            assert answer.headers["Sforce-NumberOfRecords"] == str(len(page))
            names += [one[0] for one in page]
            locator = answer.headers["Sforce-Locator"]
            pages += 1
        assert names == [f'n{number:03d} "q"\n"x' for number in range(250)]
        assert pages == -(-250 // min(int(size or 100), 250))


def test_an_exact_number_of_pages_has_no_empty_one(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the records fill the pages exactly, the last page is the last full one."""
    monkeypatch.setattr(spool, "PAGE", 10)
    bulk.insert("Lead", *({"Name": f"n{number}"} for number in range(20)))
    job = bulk.query("SELECT Id FROM Lead")
    first = bulk.ask("GET", f"query/{job}/results")
    last = bulk.ask("GET", f"query/{job}/results", locator=first.headers["Sforce-Locator"])
    assert (last.headers["Sforce-NumberOfRecords"], last.headers["Sforce-Locator"]) == ("10", "null")


def test_a_client_without_gzip_gets_plain_text(bulk: Bulk, text: Reader) -> None:
    """Content-Encoding is gzip only for a client that takes it; the text is the same."""
    bulk.insert("Lead", {"Name": "A"})
    path = f"query/{bulk.query('SELECT Name FROM Lead')}/results"
    packed = bulk.ask("GET", path)
    assert packed.headers["Content-Encoding"] == "gzip"
    for accepted in ("identity", "gzip;q=0", ""):
        plain = bulk.ask("GET", path, headers={"accept-encoding": accepted})
        assert "Content-Encoding" not in plain.headers
        assert text(plain) == text(packed) == '"Name"\n"A"\n'


def test_results_do_not_change_with_the_records(bulk: Bulk, text: Reader) -> None:
    """What a job found when it ended stays, whatever is written afterwards."""
    bulk.insert("Lead", {"Name": "A"})
    job = bulk.query("SELECT Name FROM Lead")
    before = text(bulk.ask("GET", f"query/{job}/results"))
    bulk.insert("Lead", {"Name": "B"})
    assert text(bulk.ask("GET", f"query/{job}/results")) == before


def test_pages_can_be_fetched_side_by_side(bulk: Bulk, rows: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """resultPages lists addresses, five at a time; together they hold every record once."""
    monkeypatch.setattr(spool, "PAGE", 10)
    bulk.insert("Lead", *({"Name": f"n{number:02d}"} for number in range(63)))
    job = bulk.query("SELECT Name FROM Lead")
    first = bulk.json("GET", f"query/{job}/resultPages")
    assert (len(first["resultPages"]), first["done"]) == (5, False)
    locator = first["nextRecordsUrl"].partition("locator=")[2]
    second = bulk.json("GET", f"query/{job}/resultPages", locator=locator)
    assert (len(second["resultPages"]), second["done"], second["nextRecordsUrl"]) == (2, True, None)
    names: list[str] = []
    for one in first["resultPages"] + second["resultPages"]:
        locator = one["resultUrl"].partition("locator=")[2]
        names += [row[0] for row in rows(bulk.ask("GET", f"query/{job}/results", locator=locator))[1:]]
    assert names == [f"n{number:02d}" for number in range(63)]


def test_results_belong_to_the_version_that_made_the_job(bulk: Bulk) -> None:
    """Reading through another API version is a conflict: 409; looking at the job is not."""
    job = bulk.query("SELECT Name FROM Lead")
    other = bulk.at(version="60.0")
    assert other.json("GET", f"query/{job}")["state"] == "JobComplete"
    assert other.refusal("GET", f"query/{job}/results").status == 409
    assert other.refusal("GET", f"query/{job}/resultPages").status == 409


def test_a_job_takes_the_looks_it_is_told_to(bulk: Bulk) -> None:
    """With polls:2 two looks see it in progress; results before the end are refused."""
    bulk.context.state.set_setting(jobs.SETTING, "polls:2")
    job = bulk.query("SELECT Name FROM Lead")
    assert bulk.refusal("GET", f"query/{job}/results").code == "INVALIDJOBSTATE"
    states = [bulk.json("GET", f"query/{job}")["state"] for _ in range(4)]
    assert states == ["InProgress", "InProgress", "JobComplete", "JobComplete"]


def test_a_job_takes_the_seconds_it_is_told_to(bulk: Bulk) -> None:
    """With seconds:30 it ends thirty seconds of the org's clock after it was made."""
    bulk.context.state.set_setting(jobs.SETTING, "seconds:30")
    job = bulk.query("SELECT Name FROM Lead")
    assert bulk.at(29).json("GET", f"query/{job}")["state"] == "InProgress"
    ended = bulk.at(30).json("GET", f"query/{job}")
    assert (ended["state"], ended["totalProcessingTime"]) == ("JobComplete", 30_000)


def test_a_running_job_can_be_aborted_and_an_ended_one_cannot(bulk: Bulk) -> None:
    """PATCH with Aborted ends a job that runs; one that has ended stays as it is."""
    bulk.context.state.set_setting(jobs.SETTING, "polls:5")
    job = bulk.query("SELECT Name FROM Lead")
    assert bulk.json("PATCH", f"query/{job}", {"state": "Aborted"})["state"] == "Aborted"
    assert bulk.json("GET", f"query/{job}")["state"] == "Aborted"
    assert bulk.refusal("GET", f"query/{job}/results").code == "INVALIDJOBSTATE"
    assert bulk.refusal("PATCH", f"query/{job}", {"state": "Aborted"}).code == "INVALIDJOBSTATE"
    assert bulk.refusal("PATCH", f"query/{job}", {"state": "JobComplete"}).status == 400


def test_a_job_that_has_not_ended_cannot_be_deleted(bulk: Bulk) -> None:
    """It must be aborted first; the words are the documented ones."""
    bulk.context.state.set_setting("bulk_jobs", "polls:2")
    job = bulk.query("SELECT Name FROM Lead")
    refusal = bulk.refusal("DELETE", f"query/{job}")
    text = "Error encountered when deleting the job because the job is not terminated"
    assert (refusal.status, refusal.code, refusal.message) == (400, "API_ERROR", text)
    assert bulk.json("PATCH", f"query/{job}", {"state": "Aborted"})["state"] == "Aborted"
    assert bulk.ask("DELETE", f"query/{job}").status == 204


def test_a_deleted_job_is_gone_with_its_files(bulk: Bulk) -> None:
    """DELETE answers 204 without a body; the job and its pages are no more."""
    bulk.insert("Lead", {"Name": "A"})
    job = bulk.query("SELECT Name FROM Lead")
    bulk.ask("GET", f"query/{job}/results")
    assert list(jobs.files_of(bulk.context.state, job))
    answer = bulk.ask("DELETE", f"query/{job}")
    assert (answer.status, answer.body) == (204, b"")
    assert not list(jobs.files_of(bulk.context.state, job))
    assert bulk.refusal("GET", f"query/{job}").code == "NOT_FOUND"


def test_an_org_that_was_reset_serves_no_old_pages(bulk: Bulk, text: Reader) -> None:
    """After a reset ids begin anew; a job with the id of an old one gives its own records, cut or plain."""

    def pages(job: str) -> list[str]:
        path = f"query/{job}/results"
        asked = bulk.ask("GET", path, headers={"accept-encoding": ""}), bulk.ask("GET", path, maxRecords="1")
        return [text(one) for one in asked]

    bulk.insert("Lead", {"Name": "A"}, {"Name": "B"})
    old = bulk.query("SELECT Name FROM Lead")
    assert pages(old) == ['"Name"\n"A"\n"B"\n', '"Name"\n"A"\n']
    bulk.context.state.reset()
    bulk.insert("Lead", {"Name": "C"}, {"Name": "D"})
    new = bulk.query("SELECT Name FROM Lead")
    assert new == old
    assert pages(new) == ['"Name"\n"C"\n"D"\n', '"Name"\n"C"\n']


def test_jobs_are_listed_newest_first(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list holds done, records and nextRecordsUrl, and goes on where it stopped."""
    monkeypatch.setattr(job_lists, "MOST", 2)
    made = [bulk.query("SELECT Name FROM Lead") for _ in range(3)]
    first = bulk.json("GET", "query")
    assert [one["id"] for one in first["records"]] == [made[2], made[1]]
    locator = first["nextRecordsUrl"].partition("queryLocator=")[2]
    last = bulk.json("GET", "query", queryLocator=locator)
    assert ([one["id"] for one in last["records"]], last["done"]) == ([made[0]], True)


@pytest.mark.parametrize(
    ("soql", "code", "reason"),
    [
        ("SELECT COUNT() FROM Lead", "API_ERROR", "Aggregate Relationships not supported in Bulk V2 Query"),
        ("SELECT City, COUNT(Id) FROM Lead GROUP BY City", "API_ERROR", "Aggregate Relationships not supported"),
        ("SELECT (SELECT Id FROM Contacts) FROM Account", "API_ERROR", "Aggregate Relationships not supported"),
        ("SELECT Id FROM Lead LIMIT 5 OFFSET 5", "API_ERROR", "OFFSET not supported"),
        ("SELECT TYPEOF Owner WHEN User THEN Name END FROM Lead", "API_ERROR", "TYPEOF not supported"),
        ("SELECT Address FROM Lead", "API_ERROR", "Selecting compound data not supported in Bulk Query"),
        ("SELECT Account.BillingAddress FROM Contact", "API_ERROR", "Selecting compound data not supported"),
        ("SELECT Nope FROM Lead", "INVALID_FIELD", "No such column 'Nope' on entity 'Lead'"),
        ("SELECT Id FROM Nope", "INVALID_TYPE", "sObject type 'Nope' is not supported"),
        ("SELECT Id FROM", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
    ],
)
def test_what_bulk_does_not_take_is_refused_when_the_job_is_made(bulk: Bulk, soql: str, code: str, reason: str) -> None:
    """Aggregates, children, OFFSET, TYPEOF and compound fields are refused, as are wrong queries."""
    refusal = bulk.refusal("POST", "query", {"operation": "query", "query": soql})
    assert (refusal.status, refusal.code) == (400, code)
    assert reason in refusal.message


def test_fields_standard_leaves_compound_fields_out(bulk: Bulk, rows: Reader) -> None:
    """FIELDS(STANDARD) gives every standard field that a cell can hold."""
    (header,) = rows(bulk.ask("GET", f"query/{bulk.query('SELECT FIELDS(STANDARD) FROM Lead')}/results"))
    assert {"Id", "City", "SystemModstamp"} <= set(header)
    assert "Address" not in header and not [name for name in header if name.endswith("__c")]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        {"query": "SELECT Id FROM Lead"},
        {"operation": "insert", "query": "SELECT Id FROM Lead"},
        {"operation": "query"},
        {"operation": "query", "query": "SELECT Id FROM Lead", "lineEnding": "CR"},
        {"operation": "query", "query": "SELECT Id FROM Lead", "columnDelimiter": ","},
    ],
)
def test_a_wrong_job_is_refused(bulk: Bulk, body: object) -> None:
    """A body that is no JSON object, lacks something or holds unknown words is 400."""
    assert bulk.refusal("POST", "query", body).status == 400


@pytest.mark.parametrize(
    ("name", "value"), [("locator", "nonsense!"), ("locator", "OTk5"), ("maxRecords", "0"), ("maxRecords", "x")]
)
def test_a_wrong_page_is_refused(bulk: Bulk, name: str, value: str) -> None:
    """Locators the job did not give out, and page sizes that are none, are 400."""
    bulk.insert("Lead", {"Name": "A"})
    job = bulk.query("SELECT Name FROM Lead")
    assert bulk.refusal("GET", f"query/{job}/results", **{name: value}).status == 400


def test_the_accept_header_of_create_plays_no_part(bulk: Bulk) -> None:
    """Clients that ask for CSV when they make a job get JSON all the same."""
    body = {"operation": "query", "query": "SELECT Id FROM Lead"}
    answer = bulk.ask("POST", "query", body, headers={"accept": "text/csv; charset=UTF-8"})
    assert answer.headers["Content-Type"].startswith("application/json")


def test_a_job_whose_field_has_gone_fails_with_the_reason(bulk: Bulk) -> None:
    """What goes wrong while a job runs is told in its errorMessage, the state is Failed."""
    bulk.context.state.add_field("Lead", {"name": "Gone__c", "type": "string", "length": 10})
    bulk.context.state.set_setting(jobs.SETTING, "polls:1")
    job = bulk.query("SELECT Gone__c FROM Lead")
    bulk.json("GET", f"query/{job}")
    bulk.context.state.catalog = Catalog.shipped()
    looked = bulk.json("GET", f"query/{job}")
    assert looked["state"] == "Failed"
    assert "No such column 'Gone__c'" in looked["errorMessage"]
