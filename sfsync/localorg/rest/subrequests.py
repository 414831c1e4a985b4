"""Requests inside a request: reading them, and asking them in order.

Documented (REST API guide, Composite): a subrequest's address starts with /services/data/vNN.0/; Accept, Authorization
and Content-Type cannot be given to one; headers of the outer request do not reach it; all-or-none of a series reaches
the Collections in it, whatever they say themselves. Recorded: an empty body is shown
as null, and headers shown are those of the resource (Location, ETag, Last-Modified). Assumed: a Collections
answer stays HTTP 200 where a record of it undoes the series; an upsert that finds several records undoes it too.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from urllib.parse import quote

from sfsync.localorg.context import OrgContext
from sfsync.localorg.mounts.incoming import request_of
from sfsync.localorg.rest import references
from sfsync.localorg.wire import Answer, Refusal, Request, json_bytes, not_found, refusal_answer, said

METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"})
_FORBIDDEN_HEADERS = frozenset({"accept", "authorization", "content-type"})
_INSIDE = re.compile(r"/services/data/v[\d.]+/(composite/(?!sobjects(/|$))|composite$|jobs(/|$))", re.IGNORECASE)

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Subrequest:
    """One request inside another."""

    method: str
    url: str
    reference: str
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def mentions(self) -> set[str]:
        """Give the reference ids it refers to."""
        return references.mentioned([self.url, self.body, dict(self.headers)])


def read_all(listed: object, key: str, version: str) -> list[Subrequest]:
    """Read a list of subrequests with reference ids. Raises Refusal for what is none, or two of one id."""
    if not isinstance(listed, list) or not listed:
        raise bad_input(f"{key} must be a list of subrequests")
    read = [_read(one, version) for one in listed]
    counted = Counter(one.reference for one in read)
    twice = next((name for name, count in counted.items() if count > 1), None)
    if twice is not None:
        raise bad_input(f"Duplicate ReferenceId provided in the request: {twice}")
    return read


def _read(given: object, version: str) -> Subrequest:
    if not isinstance(given, dict):
        raise bad_input("A subrequest must be a JSON object")
    reference = given.get("referenceId")
    if not isinstance(reference, str) or not reference:
        raise bad_input("Each subrequest must have a referenceId")
    if float(version) >= references.NULLS_SINCE and not references.REFERENCE_ID.fullmatch(reference):
        text = f"Provided referenceId ('{reference}') must start with a letter or a number, and it can contain only"
        raise bad_input(f"{text} letters, numbers and underscores ('_').")
    url = given.get("url")
    if not isinstance(url, str) or not url.startswith("/services/data/v"):
        raise bad_input(f"The url of the subrequest {reference} must start with /services/data/vXX.X/")
    return Subrequest(method_of(given), url, reference, given.get("body"), headers_of(given))


def method_of(given: Mapping[str, object]) -> str:
    """Read the method of a subrequest, which is written in capitals."""
    method = given.get("method")
    if not isinstance(method, str) or method not in METHODS:
        told = "" if method is None else f", not '{said(method)}'"
        raise bad_input(f"The method of a subrequest must be one of {', '.join(sorted(METHODS))}{told}")
    return method


def headers_of(given: Mapping[str, object]) -> dict[str, str]:
    """Read the headers of a subrequest."""
    headers = given.get("httpHeaders") or {}
    if not isinstance(headers, dict):
        raise bad_input("httpHeaders must be a JSON object")
    closed = sorted(str(name) for name in headers if str(name).lower() in _FORBIDDEN_HEADERS)
    if closed:
        raise bad_input(f"These headers cannot be given to a subrequest: {', '.join(closed)}")
    return {str(name): str(value) for name, value in headers.items()}


def bad_input(reason: str, code: str = "INVALID_INPUT") -> Refusal:
    """Give the refusal of an envelope that is not what it should be (assumed: code and words)."""
    return Refusal(400, code, reason)


def ask(org: OrgContext, outer: Request, one: Subrequest, bodies: references.Bodies) -> Answer:
    """Ask one subrequest, with what earlier ones answered put in; a refusal is its answer."""
    try:
        url = references.resolved_text(one.url, bodies, org.version, lambda text: quote(text, safe=""))
        headers = {name: references.resolved_text(text, bodies, org.version) for name, text in one.headers.items()}
        body = references.resolved(one.body, bodies, org.version)
        if _INSIDE.match(url.partition("?")[0]):
            raise not_found()
        request = inner_request(outer, one.method, url, headers, body)
    except Refusal as refusal:
        return refusal_answer(refusal)
    return forwarded(org, request)


def inner_request(outer: Request, method: str, url: str, headers: Mapping[str, str], body: object) -> Request:
    """Make the request that a subrequest stands for."""
    path, _, query = url.partition("?")
    sent = b"" if body is None else json_bytes(body)
    named = {**headers, "content-type": "application/json"}
    host = outer.base_url.removeprefix("https://")
    return request_of(method, path, query, named.items(), sent, host)


def forwarded(org: OrgContext, request: Request) -> Answer:
    """Have a request answered as if it had come by itself."""
    if org.forward is None:
        raise not_found()
    return org.forward(org, request)


def body_of(answer: Answer) -> object:
    """Give the JSON of an answer, None where it has no body."""
    return json.loads(answer.body, parse_float=Decimal) if isinstance(answer.body, bytes) and answer.body else None


def shown(one: Subrequest, answer: Answer) -> Json:
    """Give the answer to a subrequest as the outer answer shows it."""
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Type"}
    return {
        "body": body_of(answer),
        "httpHeaders": headers,
        "httpStatusCode": answer.status,
        "referenceId": one.reference,
    }


class _Undo(Exception):
    """Rolls a series back of which one failed."""


def in_series(
    org: OrgContext, outer: Request, subrequests: Sequence[Subrequest], all_or_none: bool
) -> tuple[list[Json], bool]:
    """Ask subrequests in order and give what is shown of each, and whether all went well.

    With `all_or_none` the first failure undoes the rest, each of which then shows PROCESSING_HALTED; a record of a
    Collections subrequest that fails is such a failure.
    """
    org = replace(org, all_or_none=all_or_none)
    bodies: dict[str, object] = {}
    answers: list[Json] = []
    try:
        with org.state.transaction():
            for one in subrequests:
                answer = shown(one, ask(org, outer, one, bodies))
                bodies[one.reference] = answer["body"]
                answers.append(answer)
                if all_or_none and _undoes(one, answer):
                    raise _Undo
    except _Undo:
        return [answers[-1] if one is subrequests[len(answers) - 1] else _halted(one) for one in subrequests], False
    return answers, not any(map(failed, answers))


def failed(answer: Json) -> bool:
    """Tell whether a subrequest failed."""
    status = answer["httpStatusCode"]
    return isinstance(status, int) and status >= 400


def _undoes(one: Subrequest, answer: Json) -> bool:
    """Tell whether an answer undoes a series that is all or nothing: a failure, of one record of several too.

    Assumed: so does an upsert that found several records (300).
    """
    results = answer["body"] if one.method != "GET" and isinstance(answer["body"], list) else []
    return (
        failed(answer)
        or answer["httpStatusCode"] == 300
        or any(isinstance(each, dict) and each.get("success", each.get("isSuccess")) is False for each in results)
    )


def _halted(one: Subrequest) -> Json:
    text = "The transaction was rolled back since another operation in the same transaction failed."
    return shown(one, refusal_answer(Refusal(400, "PROCESSING_HALTED", text)))
