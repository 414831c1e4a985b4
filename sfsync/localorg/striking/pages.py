"""Pages that go wrong: addresses that lead back or too far, records in another order, numbers that are wrong."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from sfsync.localorg.context import OrgContext
from sfsync.localorg.faults.orders import Fault, chance
from sfsync.localorg.striking.content import Rows, content_of, with_content
from sfsync.localorg.wire import Answer

_NEXT = "nextRecordsUrl"
_LOCATOR, _COUNT = "Sforce-Locator", "Sforce-NumberOfRecords"
_PLACE = re.compile(r"^(?P<head>.*-)(?P<place>\d+)$")
_Move = Callable[[int, int], int]  # (where the next page starts, records of this one) -> where it shall start


def dup_page(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    """Lead to the same records once more, under an address that has not been seen."""
    return _moved(answer, lambda start, size: start - size, unseen=True)


def skip_page(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    """Lead past a page; past the last one there is no further address."""
    return _moved(answer, lambda start, size: start + size)


def loop_page(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    """Lead to the page itself, under the address it has."""
    return _moved(answer, lambda start, size: start - size)


def reorder(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    """Put the records of a page into another order."""

    def shuffled(rows: Rows) -> Rows:
        order = sorted(range(len(rows)), key=lambda place: chance(fault.seed, fault.id, fault.hits, place))
        order = order[::-1] if order == sorted(order) else order
        return [rows[place] for place in order]

    content = content_of(answer)
    return answer if content is None else with_content(answer, content.changed(shuffled))


def wrong_count(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    """Tell a wrong number of records."""
    by = int(str(value))
    if _COUNT in answer.headers:
        return replace(answer, headers={**answer.headers, _COUNT: str(max(0, int(answer.headers[_COUNT]) + by))})
    page = _page(answer)
    total = page.get("totalSize") if page else None
    if page is None or not isinstance(total, int):
        return answer
    return _with_page(answer, {**page, "totalSize": max(0, total + by)})


def shuffle_results(org: OrgContext, fault: Fault, value: object, answer: Answer) -> Answer:
    """Put the rows of results into another order, under a header in lower case."""
    answer = reorder(org, fault, value, answer)
    content = content_of(answer)
    if content is None or content.header is None:
        return answer
    return with_content(answer, replace(content, header=content.header.lower()))


def _moved(answer: Answer, move: _Move, unseen: bool = False) -> Answer:
    """Make the address of the next page lead elsewhere."""
    if answer.headers.get(_LOCATOR, "null") != "null":
        size = int(answer.headers.get(_COUNT, "0"))
        place = max(0, move(_place_of(answer.headers[_LOCATOR]), size))
        return replace(answer, headers={**answer.headers, _LOCATOR: _locator(place, unseen)})
    page = _page(answer)
    found = _PLACE.match(str(page[_NEXT])) if page and page.get(_NEXT) else None
    if page is None or found is None:
        return answer
    records, total = page["records"], page["totalSize"]
    assert isinstance(records, list) and isinstance(total, int)
    place = max(0, move(int(found["place"]), len(records)))
    if place >= total:
        return _with_page(answer, {**{key: one for key, one in page.items() if key != _NEXT}, "done": True})
    return _with_page(answer, {**page, _NEXT: f"{found['head']}{'0' * unseen}{place}"})


def _page(answer: Answer) -> dict[str, object] | None:
    if not isinstance(answer.body, bytes) or b'"records"' not in answer.body:
        return None
    read = json.loads(answer.body)
    return read if isinstance(read, dict) else None


def _with_page(answer: Answer, page: Mapping[str, object]) -> Answer:
    return replace(answer, body=json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode())


def _place_of(locator: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except (binascii.Error, ValueError):
        return 0


def _locator(place: int, unseen: bool) -> str:
    return base64.urlsafe_b64encode(f"{'0' * unseen}{place}".encode()).decode().rstrip("=")


CHANGES = {
    "dup_page": dup_page,
    "skip_page": skip_page,
    "loop_page": loop_page,
    "wrong_count": wrong_count,
    "reorder": reorder,
    "shuffle_results": shuffle_results,
}
