"""Looking whether anything moved: describes, deletes and changes of several sObjects in one composite call.

A composite call holds at most 25 requests, five of them queries, and counts as one (REST guide, Composite). Where five
are asked for already, changes are asked of getUpdated, which is no query but sees whole minutes only.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlencode

from sfsync.errors import IncompleteAnswer
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.schema import sobject_from_describe
from sfsync.salesforce.faults import error_of
from sfsync.salesforce.look_calls import QUERIES_AT_ONCE, calls_for
from sfsync.salesforce.port import Look, Moved
from sfsync.salesforce.rest import deleted_in, instant_in
from sfsync.salesforce.soql import count_soql, name
from sfsync.salesforce.wire import Json, Wire, as_count, as_list, as_object, as_text, readable

_SHORTEST_WINDOW = timedelta(minutes=2)  # getDeleted and getUpdated want more than a minute, seconds cut off


class Looking:
    """The part of the adapter that looks without reading."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def look(self, looks: Sequence[Look]) -> list[Moved]:
        """Say whether anything moved, in the order asked."""
        found: dict[int, Moved] = {}
        for places in calls_for(looks):
            found |= zip(places, self._looked([looks[place] for place in places]), strict=True)
        return [found[place] for place in range(len(looks))]

    def held(self, sobject: str) -> int | None:
        """Say about how many living records the org holds, whoever may see them; None where it does not say.

        The count is kept by the org in the background (REST guide, Record Count); one of none is left out.
        """
        answer = self._wire.asked("limits/recordCount", params={"sObjects": name(sobject)})
        with readable("record counts"):
            counts = map(as_object, as_list(answer["sObjects"]))
            told = {as_text(one["name"]).lower(): as_count(one["count"]) for one in counts}
        return told.get(sobject.lower())

    def _looked(self, looks: Sequence[Look]) -> list[Moved]:
        requests = [part for place, look in enumerate(looks) for part in self._requests(place, look)]
        body = {"allOrNone": False, "collateSubrequests": False, "compositeRequest": requests}
        with readable("a look at what moved"):
            answer = as_object(self._wire.calls.restful("composite", None, "POST", json=body))
            parts = {as_text(one["referenceId"]): one for one in map(as_object, as_list(answer["compositeResponse"]))}
            if parts.keys() != {request["referenceId"] for request in requests}:
                raise IncompleteAnswer(f"{len(requests)} questions were asked at once, {len(parts)} answered")
            return [_moved(parts, place) for place in range(len(looks))]

    def _requests(self, place: int, look: Look) -> list[dict[str, object]]:
        """Give the requests of one look. Deletes go before changes: what they cover, the changes have seen."""
        sobject = f"sobjects/{name(look.sobject)}"
        since = {"If-Modified-Since": format_datetime(look.described_at.astimezone(UTC), usegmt=True)}
        window = _window(look.since, look.until)
        return [
            {**self._request(f"schema{place}", f"{sobject}/describe"), "httpHeaders": since},
            self._request(f"deleted{place}", f"{sobject}/deleted/", window),
            self._request(f"updated{place}", f"{sobject}/updated/", window)
            if place >= QUERIES_AT_ONCE
            else self._request(f"count{place}", "queryAll/", {"q": count_soql(_moved_since(look))}),
        ]

    def _request(self, reference: str, path: str, params: Mapping[str, str] | None = None) -> dict[str, object]:
        search = f"?{urlencode(params)}" if params else ""
        url = f"/services/data/v{self._wire.version}/{path}{search}"
        return {"method": "GET", "url": url, "referenceId": reference}


def _moved_since(look: Look) -> Query:
    return Query(look.sobject, (), (Condition("SystemModstamp", Compare.AT_LEAST, look.since),))


def _window(since: datetime, until: datetime) -> dict[str, str]:
    end = until.replace(second=0, microsecond=0)
    start = min(since.replace(second=0, microsecond=0), end - _SHORTEST_WINDOW)
    return {"start": start.isoformat(), "end": end.isoformat()}


def _moved(parts: Mapping[str, Json], place: int) -> Moved:
    schema = _body(parts[f"schema{place}"])
    deleted = deleted_in(as_object(_body(parts[f"deleted{place}"])))
    if f"count{place}" in parts:
        records = as_count(as_object(_body(parts[f"count{place}"]))["totalSize"])
    else:
        updated = as_object(_body(parts[f"updated{place}"]))
        records = len(as_list(updated["ids"]))
        covered = min(deleted.covered_until, instant_in(updated["latestDateCovered"]))
        deleted = replace(deleted, covered_until=covered)
    return Moved(records, deleted, None if schema is None else sobject_from_describe(as_object(schema)))


def _body(part: Json) -> object:
    """Give the body of one answer, None where nothing changed. Raises the OrgError an answer of its own would."""
    status = as_count(part["httpStatusCode"])
    if status >= 400:
        raise error_of(status, json.dumps(part["body"], default=str).encode(), writing=False, calls_left=True)
    return None if status == 304 else part["body"]
