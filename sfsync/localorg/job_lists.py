"""`GET /jobs/ingest` and `GET /jobs/query`: lists of jobs of both Bulk APIs, the newest first, filtered if asked.

Documented (Bulk API guide): the first lists all jobs but queries of Bulk API 2.0, the second those queries and all jobs
of Bulk API 1.0 ("Classic"); the filters jobType, isPkChunkingEnabled and concurrencyMode; 1,000 jobs an answer.
Assumed: a filter that names no type or mode is refused; the order.
"""

import json
from collections.abc import Callable, Mapping, Sequence

from sfsync.localorg.bulk1.infos import job_head
from sfsync.localorg.bulk1.jobs import KIND as CLASSIC
from sfsync.localorg.bulk1.jobs import Job as ClassicJob
from sfsync.localorg.bulk2 import ingest, query
from sfsync.localorg.bulk2 import jobs as bulk2
from sfsync.localorg.bulk2.asking import locator, one_of, place_of
from sfsync.localorg.context import OrgContext
from sfsync.localorg.routing import Route
from sfsync.localorg.state import Stored
from sfsync.localorg.wire import Answer, Request, json_answer

MOST = 1000  # jobs in one answer
_KINDS = {"BigObjectIngest": "", "Classic": CLASSIC, "V2Ingest": ingest.KIND, "V2Query": query.KIND}
_FILTERS = ("jobType", "isPkChunkingEnabled", "concurrencyMode")


def list_ingest(org: OrgContext, request: Request, version: str) -> Answer:
    """Answer `GET /jobs/ingest`: jobs that write, and all of Bulk API 1.0."""
    return _listed(org, request, f"{org.base_path}/jobs/ingest", (ingest.KIND, CLASSIC))


def list_query(org: OrgContext, request: Request, version: str) -> Answer:
    """Answer `GET /jobs/query`: jobs that query, and all of Bulk API 1.0."""
    return _listed(org, request, f"{org.base_path}/jobs/query", (query.KIND, CLASSIC))


def _listed(org: OrgContext, request: Request, path: str, kinds: Sequence[str]) -> Answer:
    asked = {name: request.query[name] for name in _FILTERS if request.query.get(name)}
    if "jobType" in asked:
        kinds = (_KINDS[one_of(asked, "jobType", tuple(_KINDS), None)],)
    after = place_of(request.query.get("queryLocator"))
    conditions, values = _conditions(asked)
    if org.seen is not None:  # only who may do all sees the jobs of others
        conditions += " AND json_extract(value, '$.user_id') = ?"
        values.append(org.user_id)
    sql = f"""SELECT kind, value FROM _job WHERE kind IN ({", ".join("?" * len(kinds))}) {conditions}
              ORDER BY made_at DESC, id DESC LIMIT ? OFFSET ?"""  # noqa: S608 (words of this module)
    found = org.state.rows(sql, (*kinds, *values, MOST + 1, after))
    filters = "".join(f"&{name}={value}" for name, value in asked.items())
    following = f"{path}?queryLocator={locator(after + MOST)}{filters}" if len(found) > MOST else None
    records = [_INFOS[str(row["kind"])](str(row["value"])) for row in found[:MOST]]
    return json_answer(200, {"done": following is None, "records": records, "nextRecordsUrl": following})


def _conditions(asked: Mapping[str, str]) -> tuple[str, list[Stored]]:
    """Write filters as SQL: jobs of Bulk API 2.0 are never cut by ids, and all are parallel."""
    conditions = ""
    values: list[Stored] = []
    if "isPkChunkingEnabled" in asked and one_of(asked, "isPkChunkingEnabled", ("true", "false"), None) == "true":
        conditions = "AND coalesce(json_extract(value, '$.chunk'), 0) > 0"
    if "concurrencyMode" in asked:
        conditions += " AND coalesce(json_extract(value, '$.concurrency'), 'Parallel') = ?"
        values.append(one_of(asked, "concurrencyMode", ("Parallel", "Serial"), None))
    return conditions, values


def _classic(value: str) -> dict[str, object]:
    """Give a job of Bulk API 1.0 as a list shows it."""
    job = ClassicJob(**json.loads(value))
    shown = {**job_head(job), "apiVersion": float(job.version), "jobType": "Classic"}
    return {name: value for name, value in shown.items() if value is not None}


_INFOS: Mapping[str, Callable[[str], dict[str, object]]] = {
    CLASSIC: _classic,
    ingest.KIND: lambda value: ingest.info(bulk2.read(value)),
    query.KIND: lambda value: query.info(bulk2.read(value)),
}
_JOBS = "/services/data/{version}/jobs"
ROUTES = (
    Route("GET", f"{_JOBS}/ingest", list_ingest, since=ingest.SINCE),
    Route("GET", f"{_JOBS}/query", list_query, since=query.SINCE),
)
