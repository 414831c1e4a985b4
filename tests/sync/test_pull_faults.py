"""Whatever goes wrong on the way, a pull ends with the mirror as the org is, or says that it is not complete.

Each fault is one the local org makes happen. Where a run ends in an error no watermark has moved, and a plain run after
it, with the fault gone, goes on where that one ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from sfsync.errors import SfsyncError
from tests.shop import Shop
from tests.sync.pulling import agree, end_faults, hits, order_fault, pull

pytestmark = pytest.mark.long

RESULTS = {"path": r"^/services/data/v62.0/(query/01g|jobs/query/\w+/results)"}  # a later page, or a page of a job
JSON_OR_CSV = {"path": r"^/services/data/v62.0/(query/.*|jobs/query/\w+/results)$"}


@dataclass(frozen=True)
class Trouble:
    """One fault, and whether the run it strikes gets over it by itself."""

    do: object
    when: Mapping[str, object]
    ends: bool = True  # the run gets to its end
    ways: tuple[str, ...] = ("REST", "Bulk API 2.0")


TROUBLE: dict[str, Trouble] = {
    "F01 the session expires before the first page": Trouble("expire_session", {**JSON_OR_CSV, "nth": 1}),
    "F01 the session expires between pages": Trouble("expire_session", {**RESULTS, "nth": 2}),
    "F05 the session expires while a job runs": Trouble(
        "expire_session", {"op": "bulk_look", "nth": 1}, ways=("Bulk API 2.0",)
    ),
    "F06 the day's calls are spent midway": Trouble({"limit": "daily"}, {**RESULTS, "nth": 1}, ends=False),
    "F07 too many calls at once for a while": Trouble({"limit": "concurrent"}, {**RESULTS, "times": 3}),
    "F08 a storm of 503 with HTML": Trouble(
        {"status": 503, "body": "<html>busy</html>", "headers": {"Content-Type": "text/html"}},
        {**JSON_OR_CSV, "times": 4},
    ),
    "F08 a storm that does not end": Trouble({"status": 503, "body": "<html>"}, JSON_OR_CSV, ends=False),
    "F10 the line is cut before an answer": Trouble("drop_before_commit", {**RESULTS, "times": 2}),
    "F15 a page is cut, and no length was told": Trouble(
        {"truncate": {"at": 900, "framing": "none"}}, {**JSON_OR_CSV, "times": 2}
    ),
    "F15 a page is cut behind a row": Trouble(
        {"truncate": {"at_row": 3, "framing": "none"}}, {**JSON_OR_CSV, "times": 2}
    ),
    "F16 a packed page is cut": Trouble({"gzip": "cut"}, {**JSON_OR_CSV, "times": 2}),
    "F16 a packed page has a wrong checksum": Trouble({"gzip": "crc"}, {**JSON_OR_CSV, "times": 2}),
    "F16 a packed page lacks its end": Trouble({"gzip": "trailer"}, {**JSON_OR_CSV, "times": 2}),
    "F17 a page well framed with rows missing": Trouble(
        {"truncate": {"at_row": 3, "framing": "chunked_ok"}}, {**JSON_OR_CSV, "times": 1}
    ),
    "F17 a count that is too high": Trouble({"wrong_count": 5}, {**RESULTS, "times": 1}),
    "F17 a count that is too low": Trouble({"wrong_count": -5}, {**RESULTS, "times": 1}),
    "F18 a page of HTML with status 200": Trouble({"wrong_body": "html"}, {**JSON_OR_CSV, "times": 2}),
    "F18 an empty page with status 200": Trouble({"wrong_body": "empty"}, {**JSON_OR_CSV, "times": 2}),
    "F18 JSON of another shape": Trouble({"wrong_body": "shape"}, {**JSON_OR_CSV, "times": 2}),
    "F19 the answer to an earlier request": Trouble({"wrong_body": "earlier"}, {**RESULTS, "nth": 2}),
    "F21 a page comes twice": Trouble("dup_page", {**JSON_OR_CSV, "times": 1}),
    "F22 a page is left out": Trouble("skip_page", {**JSON_OR_CSV, "times": 1}),
    "F23 a page leads to itself": Trouble("loop_page", {**JSON_OR_CSV, "times": 1}),
    "F24 the org has forgotten where the next page is": Trouble(
        "expire_locators", {**RESULTS, "nth": 1}, ways=("REST",)
    ),
    "F24 the results of a job are gone": Trouble(
        {"job": "expire_results"}, {**RESULTS, "nth": 2}, ways=("Bulk API 2.0",)
    ),
    "F24 the org refuses a place in the results": Trouble(
        {"status": 400, "body": [{"errorCode": "INVALIDLOCATOR", "message": "no"}]},
        {**RESULTS, "nth": 2},
        ways=("Bulk API 2.0",),
    ),
    "F36 a job makes no progress": Trouble({"job": "stick"}, {"op": "bulk_look"}, ends=False, ways=("Bulk API 2.0",)),
    "records of a page in another order": Trouble("reorder", {**JSON_OR_CSV, "times": 1}),
}
CASES = [
    pytest.param(name, way, marks=pytest.mark.long if place else ())
    for name, trouble in TROUBLE.items()
    for place, way in enumerate(trouble.ways)
]


@pytest.mark.parametrize(("name", "paged"), CASES, indirect=["paged"])
def test_no_trouble_on_the_way_loses_a_record_or_moves_a_watermark_too_far(name: str, paged: Shop) -> None:
    """A first pull gets over it, or says that it is not complete; a plain run after it then is."""
    trouble = TROUBLE[name]
    order_fault(paged, trouble.do, trouble.when)
    try:
        outcome = pull(paged)
        assert outcome.exit == 0
    except SfsyncError:
        assert not trouble.ends
        assert paged.books().watermarks.get("Lead") is None
        assert paged.books().runs.latest(1)[0].state == "failed"
        assert hits(paged) > 0
        end_faults(paged)
        paged.clock.advance(25 * 3600)  # the day's calls come free again
        assert pull(paged).exit == 0
    else:
        assert trouble.ends
        assert hits(paged) > 0
    agree(paged)
    assert paged.books().watermarks.get("Lead") is not None
