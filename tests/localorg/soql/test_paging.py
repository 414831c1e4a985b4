"""Long results come in pages whose records were fixed when the query ran."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from sfsync.localorg.rest import query
from sfsync.localorg.soql import run
from sfsync.localorg.wire import Refusal, Request

Asked = Any  # the fixture `org` of conftest.py


def _get(org: Asked, soql: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    request = Request("GET", "/query", {"q": soql}, headers or {}, b"", "https://org", "/query")
    body: dict[str, Any] = json.loads(query.query(org.context, request, version="59.0").body)
    return body


def _next(org: Asked, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    request = Request("GET", "/query", {}, headers or {}, b"", "https://org", "/query")
    page = str(body["nextRecordsUrl"]).rsplit("/", 1)[1]
    body = json.loads(query.page(org.context, request, version="59.0", page=page).body)
    return dict(body)


def _fill(org: Asked, count: int) -> list[str]:
    return list(org.insert("Lead", *({"Name": f"n{number:05d}"} for number in range(count))))


def test_a_short_result_is_done(org: Asked) -> None:
    """The body holds totalSize, done and records in this order, and no nextRecordsUrl."""
    _fill(org, 3)
    body = _get(org, "SELECT Name FROM Lead")
    assert list(body) == ["totalSize", "done", "records"]
    assert (body["totalSize"], body["done"], len(body["records"])) == (3, True, 3)


def test_pages_hold_2000_records_and_all_of_them(org: Asked) -> None:
    """Following nextRecordsUrl gives every record once, in the order asked for."""
    _fill(org, 4100)
    body = _get(org, "SELECT Name FROM Lead ORDER BY Name DESC")
    assert list(body) == ["totalSize", "done", "nextRecordsUrl", "records"]
    assert str(body["nextRecordsUrl"]).startswith("/services/data/v59.0/query/01g")
    assert str(body["nextRecordsUrl"]).endswith("-2000")
    names, sizes = [], []
    while True:
        names += [one["Name"] for one in body["records"]]
        sizes.append(len(body["records"]))
        assert body["totalSize"] == 4100
        if body["done"]:
            break
        body = _next(org, body)
    assert sizes == [2000, 2000, 100]
    assert names == [f"n{number:05d}" for number in range(4099, -1, -1)]


@pytest.mark.parametrize(("asked", "given"), [("500", 500), ("1", 200), ("9999", 2000)])
def test_the_batch_size_is_held_between_200_and_2000(org: Asked, asked: str, given: int) -> None:
    """Sforce-Query-Options sets the size of pages within its bounds, for later pages too."""
    _fill(org, 2100)
    body = _get(org, "SELECT Name FROM Lead", {"sforce-query-options": f"batchSize={asked}"})
    assert len(body["records"]) == given
    following = [one["Name"] for one in _next(org, body)["records"]]
    assert following == [f"n{number:05d}" for number in range(given, min(2 * given, 2100))]
    assert len(_next(org, body, {"sforce-query-options": "batchSize=300"})["records"]) == min(300, 2100 - given)


def test_pages_are_not_moved_by_writes(org: Asked) -> None:
    """Records made while paging do not appear, deleted ones drop out, changed ones show their present values."""
    ids = _fill(org, 2300)
    body = _get(org, "SELECT Name FROM Lead WHERE Name LIKE 'n%' ORDER BY Name")
    state = org.context.state
    org.insert("Lead", {"Name": "n00000a"}, {"Name": "n99999"})
    state.run('UPDATE "Lead" SET "IsDeleted" = 1 WHERE "Id" = ?', (ids[2100],))
    state.run('UPDATE "Lead" SET "Name" = \'changed\' WHERE "Id" = ?', (ids[2200],))
    names = [one["Name"] for one in _next(org, body)["records"]]
    assert len(names) == 299
    assert names[0] == "n02000"
    assert "n02100" not in names
    assert names[199] == "changed"


@pytest.mark.parametrize("page", ["01gLc0000000009IAA-2000", "nonsense", "01g", "-1", "01gLc0000000001IAA/0-0"])
def test_an_unknown_locator_is_refused(org: Asked, page: str) -> None:
    """A locator the org did not give out is INVALID_QUERY_LOCATOR."""
    _fill(org, 2001)
    assert org.result("SELECT Name FROM Lead").next_page == "01gLc0000000001IAA-2000"
    with pytest.raises(Refusal) as caught:
        run.more(org.context, page)
    assert (caught.value.status, caught.value.code) == (400, "INVALID_QUERY_LOCATOR")


def test_a_place_past_the_last_record_is_refused(org: Asked) -> None:
    """Pages end with the last record."""
    _fill(org, 2001)
    page = org.result("SELECT Name FROM Lead").next_page
    assert len(run.more(org.context, page).records) == 1
    with pytest.raises(Refusal):
        run.more(org.context, page.replace("-2000", "-2001"))


def test_a_locator_lives_two_days(org: Asked) -> None:
    """Just before two days are over it works, just after it is INVALID_QUERY_LOCATOR."""
    _fill(org, 2001)
    page = org.result("SELECT Name FROM Lead").next_page
    almost = org.later(org.context.now + timedelta(days=2))
    assert len(run.more(almost.context, page).records) == 1
    over = org.later(org.context.now + timedelta(days=2, seconds=1))
    with pytest.raises(Refusal) as caught:
        run.more(over.context, page)
    assert caught.value.code == "INVALID_QUERY_LOCATOR"


def test_offset_skips_and_limit_ends(org: Asked) -> None:
    """LIMIT and OFFSET cut the result before it is counted."""
    _fill(org, 20)
    result = org.result("SELECT Name FROM Lead ORDER BY Name LIMIT 5 OFFSET 10")
    assert result.total == 5
    assert [json.loads(one)["Name"] for one in result.records] == [f"n{number:05d}" for number in range(10, 15)]


def test_a_request_without_query_is_refused(org: Asked) -> None:
    """No text is MALFORMED_QUERY."""
    with pytest.raises(Refusal) as caught:
        _get(org, " ")
    assert caught.value.code == "MALFORMED_QUERY"
