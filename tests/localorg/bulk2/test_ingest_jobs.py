"""Bulk API 2.0 ingest jobs: every row is accounted for."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfsync.localorg.bulk2 import jobs, table

Bulk = Any  # the fixture `bulk` of conftest.py
Reader = Any  # the fixture `rows`: from an answer to its rows
CSV = {"content-type": "text/csv; charset=UTF-8"}


def _load(bulk: Bulk, operation: str, data: str, name: str = "Lead", **properties: str) -> dict[str, Any]:
    """Make a job, upload, close, and look at it until its end."""
    made = bulk.json("POST", "ingest", {"object": name, "operation": operation, **properties})
    assert bulk.ask("PUT", f"ingest/{made['id']}/batches", data.encode(), headers=CSV).status == 201
    bulk.json("PATCH", f"ingest/{made['id']}", {"state": "UploadComplete"})
    return dict(bulk.json("GET", f"ingest/{made['id']}"))


def _column(bulk: Bulk, sql: str) -> list[Any]:
    return [row[0] for row in bulk.context.state.rows(sql)]


def test_a_job_is_made_filled_closed_and_carried_out(bulk: Bulk, rows: Reader) -> None:
    """Create gives an open job with its contentUrl; the upload 201 without body; the end every count."""
    made = bulk.json("POST", "ingest", {"object": "lead", "operation": "insert", "contentType": "CSV"})
    assert (made["state"], made["object"], made["lineEnding"]) == ("Open", "Lead", "LF")
    assert made["contentUrl"] == f"services/data/v59.0/jobs/ingest/{made['id']}/batches"
    answer = bulk.ask("PUT", f"ingest/{made['id']}/batches", b"LastName,Company\nRuiz,Acme\n", headers=CSV)
    assert (answer.status, answer.body) == (201, b"")
    closed = bulk.json("PATCH", f"ingest/{made['id']}", {"state": "UploadComplete"})
    assert closed["state"] == "UploadComplete" and "contentUrl" not in closed
    done = bulk.json("GET", f"ingest/{made['id']}")
    assert (done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == ("JobComplete", 1, 0)
    header, row = rows(bulk.ask("GET", f"ingest/{made['id']}/successfulResults"))
    assert header == ["sf__Id", "sf__Created", "LastName", "Company"]
    assert row[0].startswith("00Q") and row[1:] == ["true", "Ruiz", "Acme"]
    assert rows(bulk.ask("GET", f"ingest/{made['id']}/failedResults")) == [
        ["sf__Id", "sf__Error", "LastName", "Company"]
    ]
    assert rows(bulk.ask("GET", f"ingest/{made['id']}/unprocessedrecords")) == [["LastName", "Company"]]


def test_every_row_has_its_own_outcome(bulk: Bulk, rows: Reader) -> None:
    """Refused rows carry code, message and fields in sf__Error; the others are saved; together they are all rows."""
    data = 'LastName,Company,NumberOfEmployees\nA,Acme,5\nB,,\nC,Acme,many\n"D", "Acme",1\nE,Acme\nF,Acme,7\n'
    job = _load(bulk, "insert", data)
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 6, 4)
    good = rows(bulk.ask("GET", f"ingest/{job['id']}/successfulResults"))[1:]
    assert sorted(one[2] for one in good) == ["A", "F"]
    bad = {one[2]: one for one in rows(bulk.ask("GET", f"ingest/{job['id']}/failedResults"))[1:]}
    assert bad["B"][:2] == ["", "REQUIRED_FIELD_MISSING:Required fields are missing: [Company]:Company --"]
    assert bad["C"][1].startswith("INVALID_TYPE_ON_FIELD_IN_RECORD:Employees: value not of required type: many:")
    assert sum(one[1].startswith("INVALID_CSV_ROW") for one in bad.values()) == 2


def test_an_empty_cell_leaves_alone_and_na_empties(bulk: Bulk) -> None:
    """On update an empty cell changes nothing, #N/A sets null."""
    lead, other = bulk.insert("Lead", *[{"LastName": "A", "Company": "Acme", "City": "Rome", "Status": "New"}] * 2)
    job = _load(bulk, "update", f"Id,City,Title\n{lead},,Chief\n{other[:15]},#N/A,\n")
    assert job["numberRecordsFailed"] == 0
    found = bulk.context.state.rows('SELECT City, Title FROM "Lead" ORDER BY Id')
    assert [tuple(one) for one in found] == [("Rome", "Chief"), (None, None)]


def test_an_update_without_a_good_id_is_refused(bulk: Bulk, rows: Reader) -> None:
    """No id, an id of another kind, one that is none, and one that is unknown: each with its code."""
    (account,) = bulk.insert("Account", {"Name": "Acme"})
    job = _load(bulk, "update", f"Id,City\n,A\n{account},B\nnonsense,C\n00QLc0000000099MAA,D\n")
    bad = rows(bulk.ask("GET", f"ingest/{job['id']}/failedResults"))[1:]
    codes = {one[3]: one[1].split(":")[0] for one in bad}
    assert (codes["A"], codes["B"], codes["C"]) == ("MISSING_ARGUMENT", "MALFORMED_ID", "MALFORMED_ID")
    assert len(codes) == 4


def test_upsert_creates_updates_and_refuses_doubles(bulk: Bulk, rows: Reader) -> None:
    """sf__Created tells new from old; the same key twice in a set is refused."""
    bulk.insert("Lead", {"LastName": "Old", "Company": "Acme", "Ext_Id__c": "k1", "Status": "New"})
    data = "Ext_Id__c,LastName,Company\nk1,New,Acme\nk2,Second,Acme\nk3,X,Acme\nk3,Y,Acme\n,Z,Acme\n"
    job = _load(bulk, "upsert", data, externalIdFieldName="ext_id__c")
    assert job["externalIdFieldName"] == "Ext_Id__c"
    good = {one[2]: one[1] for one in rows(bulk.ask("GET", f"ingest/{job['id']}/successfulResults"))[1:]}
    assert good == {"k1": "false", "k2": "true"}
    bad = rows(bulk.ask("GET", f"ingest/{job['id']}/failedResults"))[1:]
    assert sorted(one[1].split(":")[0] for one in bad) == ["DUPLICATE_VALUE", "DUPLICATE_VALUE", "MISSING_ARGUMENT"]
    assert _column(bulk, "SELECT LastName FROM \"Lead\" WHERE Ext_Id__c = 'k1'") == ["New"]


def test_parents_can_be_named_by_a_key(bulk: Bulk, rows: Reader) -> None:
    """`Account.Ext_Id__c` and `User:Owner.Username` find the parent; an unknown one refuses its row."""
    (account,) = bulk.insert("Account", {"Name": "Acme", "Ext_Id__c": "acme"})
    job = _load(bulk, "insert", "LastName,Account.Ext_Id__c\nA,acme\nB,nobody\n", "Contact")
    assert job["numberRecordsFailed"] == 1
    assert _column(bulk, 'SELECT AccountId FROM "Contact"') == [account]
    username = _column(bulk, 'SELECT Username FROM "User"')[0]
    job = _load(bulk, "insert", f"LastName,Company,User:Owner.Username\nA,Acme,{username}\n")
    assert job["numberRecordsFailed"] == 0


def test_delete_fills_the_bin_and_hard_delete_goes_past_it(bulk: Bulk, rows: Reader) -> None:
    """A deleted record can be seen by queryAll, a hard-deleted one cannot; a second delete is refused."""
    first, second = bulk.insert("Lead", {"Name": "A"}, {"Name": "B"})
    assert _load(bulk, "delete", f"Id\n{first}\n")["numberRecordsFailed"] == 0
    assert _load(bulk, "hardDelete", f"Id\n{second}\n")["numberRecordsFailed"] == 0
    found = [tuple(one) for one in bulk.context.state.rows('SELECT Id, IsDeleted FROM "Lead"')]
    assert found == [(first, 1)]
    again = _load(bulk, "delete", f"Id\n{first}\nnonsense\n")
    bad = rows(bulk.ask("GET", f"ingest/{again['id']}/failedResults"))[1:]
    assert sorted(one[1].split(":")[0] for one in bad) == ["ENTITY_IS_DELETED", "MALFORMED_ID"]


@pytest.mark.parametrize(
    ("data", "ending", "reason"),
    [
        ("LastName,Nope\nA,B\n", "LF", "InvalidBatch : Field name not found : Nope"),
        ("LastName,Owner.Username\nA,B\n", "LF", "Field name not found : Owner.Username"),
        ("LastName,lastname\nA,B\n", "LF", "Duplicate field name found"),
        ("LastName,Company\r\nA,B\r\n", "LF", "LineEnding is invalid on user data. Current LineEnding setting is LF"),
        ("LastName,Company\nA,B\n", "CRLF", "LineEnding is invalid on user data. Current LineEnding setting is CRLF"),
        ('LastName,Company\n"A,B\n', "LF", "EOF reached before closing an opened quote"),
        ("\n", "LF", "There is no header row"),
    ],
)
def test_an_unreadable_upload_fails_as_a_whole(bulk: Bulk, rows: Reader, data: str, ending: str, reason: str) -> None:
    """State Failed with the reason; nothing was saved; every row is unprocessed."""
    job = _load(bulk, "insert", data, lineEnding=ending)
    assert (job["state"], job["numberRecordsProcessed"]) == ("Failed", 0)
    assert reason in job["errorMessage"]
    assert _column(bulk, 'SELECT COUNT(*) FROM "Lead"') == [0]
    unprocessed = bulk.ask("GET", f"ingest/{job['id']}/unprocessedrecords", headers={"accept-encoding": "identity"})
    assert unprocessed.body.read_text("utf-8") == data.replace("\r\n", "\n")
    assert len(rows(bulk.ask("GET", f"ingest/{job['id']}/successfulResults"))) == 1


def test_a_large_job_accounts_for_every_row_in_another_order(bulk: Bulk, rows: Reader) -> None:
    """Sets of 200 change nothing about the outcome; results do not come in the order of the upload."""
    lines = [f"n{number:04d},{'' if number % 10 == 0 else 'Acme'}" for number in range(1001)]
    job = _load(
        bulk,
        "insert",
        "LastName;Company\r\n" + "\r\n".join(one.replace(",", ";") for one in lines),
        columnDelimiter="SEMICOLON",
        lineEnding="CRLF",
    )
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (1001, 101)
    good = bulk.ask("GET", f"ingest/{job['id']}/successfulResults", headers={"accept-encoding": ""})
    names = [line.split('";"')[2] for line in good.body.read_text("utf-8").splitlines()[1:]]
    assert len(names) == len(set(names)) == 900
    assert names != sorted(names)


def test_assignment_rules_run_only_if_the_job_names_one(bulk: Bulk) -> None:
    """Without assignmentRuleId the active rule does not touch the owner; with it, it does."""
    (queue,) = bulk.insert("Group", {"Name": "Inbound", "Type": "Queue"})
    rule = str(bulk.context.state.setting("lead_rule_id"))
    bulk.context.state.set_setting("assignment_rules", {rule: [{"criteria": [], "owner": queue}]})
    _load(bulk, "insert", "LastName,Company\nA,Acme\n")
    _load(bulk, "insert", "LastName,Company\nB,Acme\n", assignmentRuleId=rule)
    assert _column(bulk, 'SELECT OwnerId FROM "Lead" ORDER BY LastName') == [bulk.context.user_id, queue]


def test_a_small_job_fits_in_one_multipart_body(bulk: Bulk) -> None:
    """A body with the parts job and content makes a job that starts straight away."""
    parts = [
        'Content-Disposition: form-data; name="job"\r\nContent-Type: application/json\r\n\r\n'
        '{"object": "Lead", "operation": "insert"}',
        'Content-Disposition: form-data; name="content"; filename="content"\r\nContent-Type: text/csv\r\n\r\n'
        "LastName,Company\nRuiz,Acme\n",
    ]
    body = "".join(f"--BOUNDARY\r\n{one}\r\n" for one in parts) + "--BOUNDARY--"
    headers = {"content-type": 'multipart/form-data; boundary="BOUNDARY"'}
    answer = bulk.ask("POST", "ingest", body.encode(), headers=headers)
    (job,) = bulk.json("GET", "ingest")["records"]
    assert (answer.status, job["state"]) == (200, "UploadComplete")
    assert bulk.json("GET", f"ingest/{job['id']}")["numberRecordsProcessed"] == 1
    assert _column(bulk, 'SELECT LastName FROM "Lead"') == ["Ruiz"]


def test_states_follow_each_other(bulk: Bulk) -> None:
    """One upload to an open job; no results before the end; an aborted job leaves every row unprocessed."""
    bulk.context.state.set_setting(jobs.SETTING, "polls:1")
    job = bulk.json("POST", "ingest", {"object": "Lead", "operation": "insert"})["id"]
    assert bulk.refusal("GET", f"ingest/{job}/successfulResults").code == "INVALIDJOBSTATE"
    assert bulk.refusal("DELETE", f"ingest/{job}").code == "INVALIDJOBSTATE"
    bulk.ask("PUT", f"ingest/{job}/batches", b"LastName,Company\nA,Acme\n", headers=CSV)
    with pytest.raises(Exception, match="INVALIDJOBSTATE"):
        bulk.ask("PUT", f"ingest/{job}/batches", b"LastName\nA\n", headers=CSV)
    bulk.json("PATCH", f"ingest/{job}", {"state": "UploadComplete"})
    assert bulk.json("GET", f"ingest/{job}")["state"] == "InProgress"
    assert bulk.json("PATCH", f"ingest/{job}", {"state": "Aborted"})["state"] == "Aborted"
    assert bulk.json("GET", f"ingest/{job}")["numberRecordsProcessed"] == 0
    assert bulk.ask("DELETE", f"ingest/{job}").status == 204
    assert bulk.refusal("GET", f"ingest/{job}").code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"object": "Nope", "operation": "insert"}, "INVALIDENTITY"),
        ({"operation": "insert"}, "INVALIDENTITY"),
        ({"object": "Lead", "operation": "query"}, "INVALIDJOB"),
        ({"object": "Lead", "operation": "upsert"}, "INVALIDJOB"),
        ({"object": "Lead", "operation": "upsert", "externalIdFieldName": "City"}, "INVALIDJOB"),
        ({"object": "Lead", "operation": "insert", "contentType": "XML"}, "INVALIDJOB"),
        (
            {"object": "Lead", "operation": "insert", "assignmentRuleId": "01Q000000000001"},
            "INVALID_CROSS_REFERENCE_KEY",
        ),
    ],
)
def test_a_wrong_job_is_refused(bulk: Bulk, body: dict[str, str], code: str) -> None:
    """Unknown sObjects, operations, keys and rules are refused when the job is made."""
    refusal = bulk.refusal("POST", "ingest", body)
    assert (refusal.status, refusal.code) == (400, code)


def test_jobs_of_one_kind_are_listed_apart(bulk: Bulk) -> None:
    """Query jobs are not among ingest jobs, nor the reverse."""
    ingest = bulk.json("POST", "ingest", {"object": "Lead", "operation": "insert"})["id"]
    query = bulk.query("SELECT Id FROM Lead")
    assert [one["id"] for one in bulk.json("GET", "ingest")["records"]] == [ingest]
    assert [one["id"] for one in bulk.json("GET", "query")["records"]] == [query]


_CELLS = st.text(st.sampled_from(list('ab ,;"\n\r\té')), max_size=6)


@given(st.lists(st.lists(_CELLS, min_size=2, max_size=2), min_size=1, max_size=5), st.sampled_from(["\n", "\r\n"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_quoted_is_read_back(tmp_path: Any, cells: list[list[str]], ending: str) -> None:
    """Delimiters, quotes and line ends within quoted cells survive, whatever the line ending."""
    path = tmp_path / "upload.csv"
    table_rows = [["first", "second"], *cells]
    path.write_bytes("".join(table.written([one], ",", ending) for one in table_rows).encode())
    assert list(table.read(path, ",", ending)) == table_rows
