"""Job infos, batch infos and errors as clients read them, in XML or JSON.

Recorded: the XML is indented by one blank a level and holds times ending in Z; the JSON has its keys in alphabetical
order and times ending in +0000; content types are bare, without a charset. Infos of batches are in JSON where the job
is of JSON, whatever the request says; those of jobs, and errors, where the request's Content-Type is JSON (clients'
source: tap-salesforce, simple-salesforce, salesforce-bulk).
"""

import json
from collections.abc import Mapping, Sequence

from sfsync.localorg.bulk1.jobs import Batch, Job, tally
from sfsync.localorg.markup import DECLARATION, escaped
from sfsync.localorg.wire import Answer, Refusal, Request

NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
BASE = "/services/async/"
JSON, XML, CSV = "application/json", "application/xml", "text/csv"
CONTENT_TYPES = {"JSON": JSON, "XML": XML, "CSV": CSV}
_EXCEPTIONS = {  # what the chain refuses with, in the words of this API: code and, where it has its own, text
    "INVALID_SESSION_ID": (400, "InvalidSessionId", "Invalid session id"),
    "REQUEST_LIMIT_EXCEEDED": (400, "ExceededQuota", None),
    "NOT_FOUND": (404, "InvalidUrl", None),
    "METHOD_NOT_ALLOWED": (405, "InvalidUrl", None),
    "GONE": (410, "InvalidVersion", None),
    "INVALIDENTITY": (400, "InvalidJob", None),
    "FEATURENOTENABLED": (400, "FeatureNotEnabled", None),
    "API_DISABLED_FOR_ORG": (400, "FeatureNotEnabled", None),
    "INVALIDJOB": (400, "InvalidJob", None),
}

Info = Mapping[str, object]


def asks_json(request: Request) -> bool:
    """Tell whether a request speaks JSON, by its Content-Type."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower() == JSON


def job_head(job: Job) -> dict[str, object]:
    """Give what is told of a job wherever it is shown."""
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "createdById": job.user_id,
        "createdDate": job.made_at,
        "systemModstamp": job.changed_at,
        "state": job.state,
        "externalIdFieldName": job.key,
        "assignmentRuleId": job.rule_id,
        "concurrencyMode": job.concurrency,
        "contentType": job.content,
    }


def job_info(job: Job, found: Sequence[Batch]) -> dict[str, object]:
    """Give a job as its info shows it."""
    counts = tally(found)
    spent = sum(one.milliseconds for one in found)
    return {
        **job_head(job),
        **{name: number for name, number in counts.items() if name != "numberRecordsFailed"},
        "numberRetries": 0,
        "apiVersion": float(job.version),
        "numberRecordsFailed": counts["numberRecordsFailed"],
        "totalProcessingTime": spent,
        "apiActiveProcessingTime": spent,
        "apexProcessingTime": 0,
    }


def batch_info(batch: Batch) -> dict[str, object]:
    """Give a batch as its info shows it."""
    return {
        "id": batch.id,
        "jobId": batch.job_id,
        "state": batch.state,
        "stateMessage": batch.message,
        "createdDate": batch.made_at,
        "systemModstamp": batch.changed_at,
        "numberRecordsProcessed": batch.processed,
        "numberRecordsFailed": batch.failed,
        "totalProcessingTime": batch.milliseconds,
        "apiActiveProcessingTime": batch.milliseconds,
        "apexProcessingTime": 0,
    }


def answer(status: int, name: str, info: Info, in_json: bool, headers: Mapping[str, str] | None = None) -> Answer:
    """Answer with one info."""
    if in_json:
        return _json(status, dict(sorted(info.items())), headers)
    return _xml(status, _element(name, info, 0, f'\n   xmlns="{NAMESPACE}"'), headers)


def batch_list(infos: Sequence[Info], in_json: bool) -> Answer:
    """Answer with the infos of all batches of a job."""
    if in_json:
        return _json(200, {"batchInfo": [dict(sorted(one.items())) for one in infos]})
    opened = f'<batchInfoList\n   xmlns="{NAMESPACE}"'
    if not infos:
        return _xml(200, f"{opened} />")
    inner = "\n".join(" " + _element("batchInfo", one, 1) for one in infos)
    return _xml(200, f"{opened}>\n{inner}\n</batchInfoList>")


def result_list(ids: Sequence[str], in_json: bool) -> Answer:
    """Answer with the ids of a query's results."""
    if in_json:
        return _json(200, list(ids))
    inner = "".join(f"<result>{escaped(one)}</result>" for one in ids)
    return _xml(200, f'<result-list xmlns="{NAMESPACE}">{inner}</result-list>')


def refused(request: Request, refusal: Refusal) -> Answer:
    """Answer a refusal: code and message of this API."""
    status, code, text = _EXCEPTIONS.get(refusal.code, (refusal.status, refusal.code, None))
    info = {"exceptionCode": code, "exceptionMessage": text or refusal.message.removeprefix("InvalidJob : ")}
    return answer(status, "error", info, asks_json(request))


def _json(status: int, value: object, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, {"Content-Type": JSON, **(headers or {})}, json.dumps(value, ensure_ascii=False).encode())


def _xml(status: int, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, {"Content-Type": XML, **(headers or {})}, f"{DECLARATION}{text}".encode())


def _element(name: str, info: Info, level: int, attributes: str = "") -> str:
    blanks = " " * (level + 1)
    lines = [f"{blanks}<{key}>{_text(value)}</{key}>" for key, value in info.items() if value is not None]
    return "\n".join([f"<{name}{attributes}>", *lines, f"{' ' * level}</{name}>"])


def _text(value: object) -> str:
    return escaped(str(value).replace(".000+0000", ".000Z"))
