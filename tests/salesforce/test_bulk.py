"""Bulk results stream through and are told apart from what only looks like them."""

import gzip
import json
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfsync.errors import IncompleteAnswer, OrgError, OrgRefused, OrgUnreachable
from sfsync.records.query import Query
from sfsync.salesforce import csvpage
from sfsync.salesforce.csvpage import CHUNK_BYTES, unzipped
from sfsync.salesforce.port import BulkJob
from tests.salesforce.conftest import DATA, Faked

JOB = "750000000000001AAA"
JOBS = f"{DATA}/jobs/query"
RESULTS = f"{JOBS}/{JOB}/results"
CSV = b'"Id","LastName"\n"00Q000000000001EAA","\xc5\xbblut\n""x"""\n'
LEADS = Query("Lead", ("Id", "LastName"))


def results(faked: Faked, body: bytes, **headers: str) -> None:
    told = {"Sforce-NumberOfRecords": "1", "Sforce-Locator": "null", "Content-Encoding": "gzip"}
    told["Content-Length"] = str(len(body))
    faked.answers.get(RESULTS, body=body, content_type="text/csv", headers={**told, **headers})


def read(faked: Faked, position: str | None = None) -> tuple[bytes, int, str | None]:
    with faked.org.bulk_page(JOB, position) as page:
        return b"".join(page.chunks()), page.records, page.position


def test_a_job_is_started_asked_after_and_deleted(faked: Faked) -> None:
    """A query job goes its way by id, and one that is gone already is no error."""
    made = {"id": JOB, "operation": "query", "object": "Lead", "state": "UploadComplete"}
    faked.answers.post(JOBS, json=made)
    faked.answers.get(
        f"{JOBS}/{JOB}", json={**made, "state": "Failed", "numberRecordsProcessed": 7, "errorMessage": "why"}
    )
    faked.answers.delete(f"{JOBS}/{JOB}", status=204)
    gone = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
    faked.answers.delete(f"{JOBS}/{JOB}", status=404, json=gone)
    assert faked.org.start_bulk_query(LEADS) == BulkJob(JOB, "UploadComplete", 0)
    assert json.loads(faked.asked()[0].body or "") == {
        "operation": "query",
        "query": "SELECT Id, LastName FROM Lead",
        "columnDelimiter": "COMMA",
        "lineEnding": "LF",
    }
    assert "Sforce-Auto-Assign" not in faked.asked()[0].headers
    assert faked.org.bulk_query(JOB) == BulkJob(JOB, "Failed", 7, "why")
    faked.org.end_bulk_query(JOB)
    faked.org.end_bulk_query(JOB)
    faked.org.start_bulk_query(LEADS, deleted_too=True)
    assert json.loads(faked.asked()[-1].body or "")["operation"] == "queryAll"


def test_a_job_that_still_runs_is_aborted_before_it_is_deleted(faked: Faked) -> None:
    """The org deletes no job that has not ended."""
    runs = [{"errorCode": "API_ERROR", "message": "Error encountered when deleting the job"}]
    faked.answers.delete(f"{JOBS}/{JOB}", status=400, json=runs)
    faked.answers.patch(f"{JOBS}/{JOB}", json={"id": JOB, "state": "Aborted"})
    faked.answers.delete(f"{JOBS}/{JOB}", status=204)
    faked.org.end_bulk_query(JOB)
    assert [one.method for one in faked.asked()] == ["DELETE", "PATCH", "DELETE"]
    assert json.loads(faked.asked()[1].body or "") == {"state": "Aborted"}


@pytest.mark.parametrize("job_id", ["", "x/../../sobjects", "750"])
def test_what_is_no_job_id_asks_nothing(faked: Faked, job_id: str) -> None:
    """A damaged job id leads to no other resource."""
    for ask in (faked.org.bulk_query, faked.org.end_bulk_query):
        with pytest.raises(OrgRefused):
            ask(job_id)
    with pytest.raises(OrgRefused), faked.org.bulk_page(job_id, None):
        pass
    assert faked.asked() == []


def test_a_page_gives_its_bytes_as_they_are(faked: Faked) -> None:
    """Accents, line breaks and quotes come byte for byte, with the number of records and the next locator."""
    results(faked, gzip.compress(CSV), **{"Sforce-Locator": "MTAw"})
    results(faked, CSV, **{"Content-Encoding": "identity"})
    assert read(faked) == (CSV, 1, "MTAw")
    assert read(faked, "MTAw") == (CSV, 1, None)
    first, second = faked.asked()
    assert str(first.url).endswith("/results?maxRecords=50000")
    assert str(second.url).endswith("/results?maxRecords=50000&locator=MTAw")
    assert first.req_kwargs["stream"] is True  # type: ignore[attr-defined]


@pytest.mark.parametrize("cut", [1, 4, 8, 12, 30])
def test_a_page_that_was_cut_is_incomplete(faked: Faked, cut: int) -> None:
    """A body that ends early is found out by its trailer, even where the length that was told fits."""
    results(faked, gzip.compress(CSV * 100)[:-cut])
    with pytest.raises(IncompleteAnswer):
        read(faked)


def test_a_page_with_a_wrong_checksum_is_incomplete(faked: Faked) -> None:
    """A damaged body is not believed."""
    damaged = bytearray(gzip.compress(CSV * 100))
    damaged[-6] ^= 1
    results(faked, bytes(damaged))
    with pytest.raises(IncompleteAnswer):
        read(faked)


def test_a_page_shorter_than_its_length_is_incomplete(faked: Faked) -> None:
    """Without zipping, the length that was told is held to."""
    headers = {"Sforce-NumberOfRecords": "1", "Sforce-Locator": "null", "Content-Length": str(len(CSV) + 5)}
    faked.answers.get(RESULTS, body=CSV, content_type="text/csv", headers=headers)
    with pytest.raises(IncompleteAnswer):
        read(faked)


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({"Content-Type": "text/html"}, OrgUnreachable),
        ({"Sforce-NumberOfRecords": ""}, IncompleteAnswer),
        ({"Sforce-NumberOfRecords": "many"}, IncompleteAnswer),
        ({"Sforce-Locator": "MTAw"}, IncompleteAnswer),
    ],
)
def test_a_page_that_does_not_say_what_it_is_is_not_read(
    faked: Faked, headers: dict[str, str], error: type[OrgError]
) -> None:
    """HTML, a page without its count, and one that leads back to itself are refused before a byte is read."""
    told = {"Sforce-NumberOfRecords": "1", "Sforce-Locator": "null", **headers}
    content_type = told.pop("Content-Type", "text/csv")
    faked.answers.get(RESULTS, body=CSV, content_type=content_type, headers=told)
    with pytest.raises(OrgError) as caught:
        read(faked, "MTAw")
    assert type(caught.value) is error


def test_a_refused_page_is_told_by_its_code(faked: Faked) -> None:
    """A streamed refusal is read and understood as any other."""
    faked.answers.get(RESULTS, status=409, json=[{"errorCode": "INVALIDJOBSTATE", "message": "m"}])
    with pytest.raises(OrgRefused) as caught:
        read(faked)
    assert caught.value.code == "INVALIDJOBSTATE"


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


@pytest.fixture(params=["isal", "zlib"], scope="module")
def unzipper(request: pytest.FixtureRequest) -> Iterator[None]:
    """Both ways to unzip: the fast one, and that of the standard library where there is no other."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "zlib":
            patch.setattr(csvpage, "new_unzipper", lambda: zlib.decompressobj(csvpage.GZIP))
        yield


@given(st.binary(max_size=3000), st.integers(1, 700), st.integers(1, 3000), st.integers(1, 3))
def test_unzipping_gives_back_what_was_zipped_however_it_was_cut(
    unzipper: None, content: bytes, size: int, repeat: int, members: int
) -> None:
    """Pieces of any size, streams of several members and of any ratio unzip to the same bytes."""
    whole = content * repeat
    zipped = gzip.compress(whole, mtime=0) * members
    assert b"".join(unzipped(pieces(zipped, size))) == whole * members


@given(st.binary(min_size=1, max_size=3000), st.data())
def test_a_stream_cut_anywhere_is_found_out(unzipper: None, content: bytes, data: st.DataObject) -> None:
    """There is no place where a zipped stream can end early and pass for whole."""
    zipped = gzip.compress(content, mtime=0)
    cut = data.draw(st.integers(0, len(zipped) - 1))
    with pytest.raises(IncompleteAnswer):
        list(unzipped(pieces(zipped[:cut], 100)))


def test_a_small_body_that_unzips_to_much_never_fills_memory(unzipper: None) -> None:
    """Twenty megabytes out of twenty kilobytes come a megabyte at a time."""
    zipped = gzip.compress(bytes(20 * CHUNK_BYTES), compresslevel=9)
    sizes = [len(chunk) for chunk in unzipped(iter([zipped]))]
    assert max(sizes) <= CHUNK_BYTES
    assert sum(sizes) == 20 * CHUNK_BYTES
