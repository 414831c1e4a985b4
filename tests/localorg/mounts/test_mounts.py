"""What a client may rely on, over HTTPS and in process alike."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from sfsync.localorg.mounts.incoming import BODY_BYTES
from sfsync.localorg.wire import Answer, Spoil
from tests.localorg.mounts.conftest import Mounted

pytestmark = pytest.mark.long


def test_a_request_arrives_with_method_path_query_headers_and_body(mounted: Mounted) -> None:
    """What the client sent is what the org sees: decoded path and query, lower-case header names, the body's bytes."""
    mounted.session.patch(
        f"{mounted.url}//services/data/v59.0/sobjects/Lead/Ext_Id__c/a%2Fb%20%C3%A9/?_x=1&q=a%2Bb&q=last&empty=",
        data="{}",
        headers={"Sforce-Auto-Assign": "FALSE"},
    )
    asked = mounted.script.asked[0]
    assert asked.method == "PATCH"
    assert asked.path == "/services/data/v59.0/sobjects/Lead/Ext_Id__c/a/b é"
    assert asked.raw_path == "//services/data/v59.0/sobjects/Lead/Ext_Id__c/a%2Fb%20%C3%A9/"
    assert asked.query == {"_x": "1", "q": "last", "empty": ""}
    assert asked.headers["sforce-auto-assign"] == "FALSE"
    assert asked.body == b"{}"
    assert asked.base_url == mounted.url


def test_an_answer_arrives_with_status_headers_and_body(mounted: Mounted) -> None:
    """Status, headers and bytes of the answer are the client's to read, with the right length."""
    mounted.script.answer = Answer(201, {"Location": "/x", "Content-Type": "application/json"}, b'{"id":1}')
    response = mounted.session.post(f"{mounted.url}/x", json={"a": 1})
    assert (response.status_code, response.headers["Location"], response.json()) == (201, "/x", {"id": 1})
    assert response.headers["Content-Length"] == "8"


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_has_no_length(mounted: Mounted, status: int) -> None:
    """204 and 304 carry neither body nor Content-Length."""
    mounted.script.answer = Answer(status)
    response = mounted.session.get(f"{mounted.url}/x")
    assert (response.status_code, response.content) == (status, b"")
    assert "Content-Length" not in response.headers


def test_head_is_answered_as_get_without_the_body(mounted: Mounted) -> None:
    """HEAD gives GET's status and headers, its length included, and no body."""
    response = mounted.session.head(f"{mounted.url}/x")
    assert mounted.script.asked[0].method == "GET"
    assert (response.status_code, response.headers["Content-Length"], response.content) == (200, "5", b"")


def test_a_spooled_file_is_streamed_whole(mounted: Mounted, spooled: Callable[[bytes], Path]) -> None:
    """A body kept in a file arrives byte for byte, read whole or in pieces."""
    content = bytes(range(256)) * 8_000
    mounted.script.answer = Answer(200, {"Content-Type": "text/csv"}, spooled(content))
    assert mounted.session.get(f"{mounted.url}/x").content == content
    with mounted.session.get(f"{mounted.url}/x", stream=True) as response:
        assert b"".join(response.iter_content(100_000)) == content


def test_a_gzipped_file_is_unpacked_by_the_client(mounted: Mounted, spooled: Callable[[bytes], Path]) -> None:
    """A spooled gzip page unpacks in the client, and can be had as sent through `raw`."""
    packed = gzip.compress(b"Id,Name\n" * 90_000)
    mounted.script.answer = Answer(200, {"Content-Encoding": "gzip"}, spooled(packed))
    assert mounted.session.get(f"{mounted.url}/x").content == b"Id,Name\n" * 90_000
    with mounted.session.get(f"{mounted.url}/x", stream=True) as response:
        assert response.raw.read(decode_content=True) == b"Id,Name\n" * 90_000
    with mounted.session.get(f"{mounted.url}/x", stream=True) as response:
        assert response.raw.read(decode_content=False) == packed


def test_a_dropped_answer_is_a_connection_error(mounted: Mounted) -> None:
    """An answer marked to be dropped never comes: the client sees the connection end, and can go on with a new one."""
    mounted.script.answer = Answer(200, {}, b"never seen", drop=True)
    with pytest.raises(requests.ConnectionError):
        mounted.session.post(f"{mounted.url}/x", data=b"x")
    assert len(mounted.script.asked) == 1
    mounted.script.answer = Answer(200, {}, b"again")
    assert mounted.session.get(f"{mounted.url}/x").content == b"again"


def test_a_delay_longer_than_the_clients_patience_is_a_timeout(mounted: Mounted) -> None:
    """A client that waits less than the answer takes gets a read timeout."""
    mounted.script.answer = Answer(200, {}, b"late", delay_seconds=0.2)
    with pytest.raises(requests.ReadTimeout):
        mounted.session.get(f"{mounted.url}/x", timeout=(1, 0.02))
    assert mounted.session.get(f"{mounted.url}/x", timeout=5).content == b"late"


@pytest.mark.parametrize(
    ("spoil", "seen"),
    [
        (Spoil(at="answer", end="hang"), requests.ReadTimeout),
        (Spoil(at="headers", end="hang"), requests.ReadTimeout),
        (Spoil(stop_at=700, end="hang"), requests.ConnectionError),
        (Spoil(stop_at=700, end="reset"), (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)),
        (Spoil(stop_at=700, end="close"), requests.exceptions.ChunkedEncodingError),
        (Spoil(bytes_per_second=2), requests.ConnectionError),
    ],
    ids=["silence", "endless head", "silence in the body", "cut", "too short", "slower than patience"],
)
def test_a_spoilt_answer_is_an_error_of_its_kind(
    mounted: Mounted, spoil: Spoil, seen: type[Exception] | tuple[type[Exception], ...]
) -> None:
    """Silence is a timeout, a cut line and a body shorter than told are errors of the connection; then all goes on."""
    mounted.script.answer = Answer(200, {"Content-Type": "text/csv"}, b"x" * 1000, spoil=spoil)
    with pytest.raises(seen):
        mounted.session.get(f"{mounted.url}/x", timeout=(5, 0.1))
    mounted.script.answer = Answer(200, {}, b"again")
    assert mounted.session.get(f"{mounted.url}/x", timeout=5).content == b"again"


def test_a_body_without_a_length_may_end_anywhere_unseen(mounted: Mounted, spooled: Callable[[bytes], Path]) -> None:
    """Where no length is told, a body cut short looks whole to the client."""
    spoil = Spoil(stop_at=700, end="close", sized=False)
    mounted.script.answer = Answer(200, {"X-Is": "there"}, spooled(b"x" * 1000), spoil=spoil)
    response = mounted.session.get(f"{mounted.url}/x", timeout=5)
    assert (response.content, response.headers["X-Is"]) == (b"x" * 700, "there")
    assert "Content-Length" not in response.headers


def test_a_slow_body_arrives_whole_in_its_time(mounted: Mounted) -> None:
    """A trickling body is whole in the end, for a client that waits long enough between two bytes."""
    mounted.script.answer = Answer(200, {}, b"x" * 40, spoil=Spoil(end="close", bytes_per_second=400))
    assert mounted.session.get(f"{mounted.url}/x", timeout=5).content == b"x" * 40


def test_a_body_in_chunks_arrives_whole(mounted: Mounted) -> None:
    """A client may send a body piece by piece without telling its length."""
    mounted.session.put(f"{mounted.url}/x", data=iter([b"one,", b"two,", b"three"]))
    assert mounted.script.asked[0].body == b"one,two,three"


def test_a_gzipped_request_body_is_unpacked(mounted: Mounted) -> None:
    """A body sent with Content-Encoding gzip reaches the org as plain bytes; one that is no gzip is refused."""
    headers = {"Content-Encoding": "gzip"}
    mounted.session.post(f"{mounted.url}/x", data=gzip.compress(b'{"a":1}'), headers=headers)
    assert json.loads(mounted.script.asked[0].body) == {"a": 1}
    assert mounted.session.post(f"{mounted.url}/x", data=b"not gzip", headers=headers).status_code == 400
    cut_off = gzip.compress(b"a" * 1000)[:-9]
    assert mounted.session.post(f"{mounted.url}/x", data=cut_off, headers=headers).status_code == 400


def test_a_gzip_bomb_is_refused_before_it_unpacks(mounted: Mounted) -> None:
    """A small body that unpacks to more than the limit is 413 and never reaches the org."""
    packed = gzip.compress(bytes(BODY_BYTES + 1), compresslevel=1)
    refused = mounted.session.post(f"{mounted.url}/x", data=packed, headers={"Content-Encoding": "gzip"})
    assert refused.status_code == 413
    assert mounted.script.asked == []


def test_a_body_over_the_limit_is_refused(mounted: Mounted) -> None:
    """More than 50 MB is 413 on ordinary paths; a Bulk upload may be larger."""
    big = bytes(BODY_BYTES + 1)
    assert mounted.session.post(f"{mounted.url}/x", data=big).status_code == 413
    upload = f"{mounted.url}/services/data/v59.0/jobs/ingest/750000000000001/batches"
    assert mounted.session.put(upload, data=big).status_code == 200
    assert len(mounted.script.asked[0].body) == len(big)


def test_a_long_address_and_long_headers_are_refused(mounted: Mounted) -> None:
    """Address and headers together may hold 16,384 bytes: 414 for the address, 431 for the headers."""
    assert mounted.session.get(f"{mounted.url}/x?q={'a' * 17_000}").status_code == 414
    assert mounted.session.get(f"{mounted.url}/x", headers={"X-Long": "a" * 17_000}).status_code == 431
    assert mounted.session.get(f"{mounted.url}/x?q={'a' * 15_000}").status_code == 200


def test_two_answers_with_the_same_name_do_not_mix(mounted: Mounted) -> None:
    """Each request of one session gets its own answer, in order."""
    mounted.script.answer = lambda request: Answer(200, {}, request.path.encode())
    assert [mounted.session.get(f"{mounted.url}/{n}").text for n in range(20)] == [f"/{n}" for n in range(20)]


def test_a_request_that_waits_for_a_lock_is_answered_once_it_has_waited(mounted: Mounted) -> None:
    """The client sees one answer, the last."""
    answers = [Answer(200, body=b"done"), Answer(503, delay_seconds=0.01)]

    def resume() -> Answer:
        answer = answers.pop()
        return answer if answer.status == 200 else replace(answer, resume=resume)

    mounted.script.answer = Answer(503, delay_seconds=0.01, resume=resume)
    response = mounted.session.get(f"{mounted.url}/x")
    assert (response.status_code, response.content) == (200, b"done")
