"""`/search` and `/parameterizedSearch`: SOSL, and the same without its grammar.

Documented (REST API guide): since version 37 the records stand under `searchRecords`, before in a bare list; a
parameterized search takes `q`, `in`, `fields`, `sobject`, `X.fields`, `X.where`, `X.limit`, `overallLimit`,
`defaultLimit`, in the address or as a JSON body.
"""

import re
from collections.abc import Mapping

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rest import headers
from sfsync.localorg.routing import Route
from sfsync.localorg.sosl import parser, run
from sfsync.localorg.sosl.parser import MOST, Returning, Search
from sfsync.localorg.wire import JSON, Answer, Refusal, Request, said

WRAPPED_SINCE = 37.0
_FIELDS = re.compile(r"[\w.,() \t]+")


def search(org: OrgContext, request: Request, version: str) -> Answer:
    """Search by SOSL: `?q=FIND {...}`."""
    text = request.query.get("q", "")
    if not text.strip():
        raise Refusal(400, "MALFORMED_SEARCH", "A search string has to be specified")
    return _answer(org, parser.parse(text))


def parameterized(org: OrgContext, request: Request, version: str) -> Answer:
    """GET or POST: the search as parameters."""
    asked: Mapping[str, object] = request.query if request.method == "GET" else headers.json_record(request)
    term = asked.get("q")
    if not isinstance(term, str) or not term.strip():
        raise Refusal(400, "MALFORMED_SEARCH", "The parameter q is required")
    group = str(asked.get("in") or "ALL").upper()
    if group not in parser.GROUPS:
        raise Refusal(400, "MALFORMED_SEARCH", f"in must be one of {', '.join(parser.GROUPS)}")
    named = _from_body(asked) if request.method == "POST" else _from_address(asked)
    if len(named) > parser.MOST_SOBJECTS:
        raise Refusal(400, "MALFORMED_SEARCH", f"A search can not return more than {parser.MOST_SOBJECTS} sObjects.")
    returning = tuple(_returning(asked, one) for one in named)
    return _answer(org, Search(_literal(term), group, returning, min(MOST, _number(asked, "overallLimit", MOST))))


def _literal(term: str) -> str:
    """Take the meaning off what a search would read as more than words."""
    return re.sub(r'[(){}"\\]', " ", term)


def _from_address(asked: Mapping[str, object]) -> list[Mapping[str, object]]:
    names = [one.strip() for one in str(asked.get("sobject") or "").split(",") if one.strip()]
    keys = ("fields", "where", "limit")
    return [{"name": one, **{key: asked[f"{one}.{key}"] for key in keys if f"{one}.{key}" in asked}} for one in names]


def _from_body(asked: Mapping[str, object]) -> list[Mapping[str, object]]:
    listed = asked.get("sobjects") or []
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise Refusal(400, "JSON_PARSER_ERROR", "sobjects must be a list of objects")
    return listed


def _returning(asked: Mapping[str, object], one: Mapping[str, object]) -> Returning:
    fields = one.get("fields") or asked.get("fields") or "Id"
    shown = ", ".join(map(said, fields)) if isinstance(fields, list) else said(fields)
    if not _FIELDS.fullmatch(shown):
        raise Refusal(400, "INVALID_FIELD", f"No such column '{shown}'")
    limit = _number(one, "limit", _number(asked, "defaultLimit", MOST))
    where = f" WHERE {one['where']}" if one.get("where") else ""
    return parser.bracketed(said(one.get("name") or ""), f"{shown}{where} LIMIT {limit}")


def _number(asked: Mapping[str, object], name: str, default: int) -> int:
    value = asked.get(name, default)
    if not re.fullmatch(r"\d{1,9}", str(value), re.ASCII):
        raise Refusal(400, "INVALID_SEARCH", f"{name} must be a whole number")
    return int(str(value))


def _answer(org: OrgContext, asked: Search) -> Answer:
    listed = f"[{','.join(run.search(org, asked))}]"
    body = f'{{"searchRecords":{listed}}}' if float(org.version) >= WRAPPED_SINCE else listed
    return Answer(200, {"Content-Type": JSON}, body.encode())


_DATA = "/services/data/{version}"
ROUTES = (
    Route("GET", f"{_DATA}/search", search),
    Route("GET", f"{_DATA}/parameterizedSearch", parameterized, since=36),
    Route("POST", f"{_DATA}/parameterizedSearch", parameterized, since=36),
)
