"""The query resources: `/query`, `/queryAll`, and the later pages of both."""

import re

from sfsync.localorg.context import OrgContext
from sfsync.localorg.routing import Route
from sfsync.localorg.soql import columns, run
from sfsync.localorg.soql.paging import Result
from sfsync.localorg.soql.plans import plans
from sfsync.localorg.wire import JSON, Answer, Refusal, Request, json_answer

SMALLEST_BATCH = 200
_BATCH = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)


def query(org: OrgContext, request: Request, version: str) -> Answer:
    """Answer `GET /query?q=`: live records; with `explain=`, how they would be found."""
    return _first_page(org, request, all_rows=False)


def query_all(org: OrgContext, request: Request, version: str) -> Answer:
    """Answer `GET /queryAll?q=`: deleted records too."""
    return _first_page(org, request, all_rows=True)


def page(org: OrgContext, request: Request, version: str, page: str) -> Answer:
    """Answer a later page; which records it holds is in its locator, so one handler serves both resources."""
    return answer(org, run.more(org, page, _batch(request)))


def _first_page(org: OrgContext, request: Request, all_rows: bool) -> Answer:
    if request.query.get("explain", "").strip():
        return json_answer(200, {"plans": plans(org, request.query["explain"])})
    text = request.query.get("q", "")
    if not text.strip():
        raise Refusal(400, "MALFORMED_QUERY", "A query string has to be specified")
    if request.query.get("columns", "").lower() == "true":
        return json_answer(200, columns.described(run.compiled(org, text, all_rows)))
    return answer(org, run.execute(org, text, all_rows, _batch(request) or run.LARGEST_BATCH))


def _batch(request: Request) -> int | None:
    """Read `Sforce-Query-Options: batchSize=`, held between 200 and 2,000; None where it says nothing."""
    found = _BATCH.search(request.headers.get("sforce-query-options", ""))
    return max(SMALLEST_BATCH, min(run.LARGEST_BATCH, int(found.group(1)[:9]))) if found else None


def answer(org: OrgContext, result: Result) -> Answer:
    """Put records already written as JSON into one body."""
    return Answer(200, {"Content-Type": JSON}, result.json(org.base_path).encode())


_DATA = "/services/data/{version}"
ROUTES = (
    Route("GET", f"{_DATA}/query", query),
    Route("GET", f"{_DATA}/queryAll", query_all),
    Route("GET", f"{_DATA}/query/{{page}}", page),
    Route("GET", f"{_DATA}/queryAll/{{page}}", page),
)
