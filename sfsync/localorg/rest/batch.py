"""`/composite/batch`: up to 25 independent subrequests, one after the other.

Documented (REST API guide, Composite Batch): nothing is rolled back; each subrequest counts as a call; with
`haltOnError` those after a failure show 412 BATCH_PROCESSING_HALTED; addresses may be written from `vNN.0/` on.
Assumed: the words of that error, and of refused envelopes.
"""

from collections.abc import Mapping

from sfsync.localorg import usage
from sfsync.localorg.context import OrgContext
from sfsync.localorg.rest import headers
from sfsync.localorg.rest.subrequests import Json, bad_input, body_of, forwarded, inner_request, method_of
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer, not_found

MOST = 25


def batch(org: OrgContext, request: Request, version: str) -> Answer:
    """POST: ask up to 25 subrequests, each for itself."""
    body = headers.json_record(request)
    listed = body.get("batchRequests")
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise bad_input("batchRequests must be a list of subrequests")
    if len(listed) > MOST:
        raise bad_input(f"A batch can hold at most {MOST} subrequests", "LIMIT_EXCEEDED")
    usage.count(org.state, org.now, len(listed) - 1)
    halts, stopped = headers.switch(body, "haltOnError"), False
    results: list[Json] = []
    for one in listed:
        result = _HALTED if stopped else _result(_asked(org, request, one))
        results.append(result)
        stopped = stopped or (halts and _failed(result))
    return json_answer(200, {"hasErrors": any(map(_failed, results)), "results": results})


def _asked(org: OrgContext, outer: Request, given: Mapping[str, object]) -> Answer:
    url = given.get("url")
    if not isinstance(url, str) or not url:
        raise bad_input("Each subrequest must have a url")
    full = url if url.startswith("/services/") else f"/services/data/{url.lstrip('/')}"
    if "/composite/batch" in full or "/composite/graph" in full or "/jobs/" in full:
        raise not_found()
    return forwarded(org, inner_request(outer, method_of(given), full, {}, given.get("richInput")))


def _result(answer: Answer) -> Json:
    return {"statusCode": answer.status, "result": body_of(answer)}


def _failed(result: Json) -> bool:
    status = result["statusCode"]
    return isinstance(status, int) and status >= 400


_WHY = Refusal(412, "BATCH_PROCESSING_HALTED", "Batch processing halted per request: haltOnError was set to true")
_HALTED: Json = {"statusCode": 412, "result": [_WHY.entry()]}
