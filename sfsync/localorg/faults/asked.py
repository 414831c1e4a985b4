"""What a request is about: what it does, to which sObject, records and job. Faults choose by it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sfsync.localorg.state import State
from sfsync.localorg.wire import Request
from sfsync.records.ids import is_id, to_18

_DATA = r"^/services/data/v[\d.]+"
_WRITES = {"POST": "create", "PATCH": "update", "DELETE": "delete", "PUT": "update"}
_OPS: tuple[tuple[str, str, str], ...] = (  # (method or "", path, op); an op "*" goes by the method
    ("POST", r"^/services/oauth2/token$", "login"),
    ("GET", rf"{_DATA}/query(All)?/.", "query_more"),
    ("GET", rf"{_DATA}/query(All)?$", "query"),
    ("GET", rf"{_DATA}/sobjects/\w+/(updated|deleted)$", "replicate"),
    ("GET", rf"{_DATA}/sobjects(/\w+(/describe)?)?$", "describe"),
    ("GET", rf"{_DATA}/limits", "limits"),
    ("PATCH", rf"{_DATA}/(composite/)?sobjects/\w+/[^/]+/.", "upsert"),
    ("PATCH", rf"{_DATA}/composite/sobjects/\w+/\w+$", "upsert"),
    ("GET", rf"{_DATA}/(composite/)?sobjects/", "read"),
    ("", rf"{_DATA}/(composite/)?sobjects", "*"),
    ("", rf"{_DATA}/composite", "composite"),
    ("PUT", rf"{_DATA}/jobs/\w+/\w+/batches$", "bulk_upload"),
    ("GET", rf"{_DATA}/jobs/\w+/\w+/.", "bulk_results"),
    ("GET", rf"{_DATA}/jobs/\w+/\w+$", "bulk_look"),
    ("PATCH", rf"{_DATA}/jobs/\w+/\w+$", "bulk_close"),
    ("POST", rf"{_DATA}/jobs/", "bulk_create"),
    ("", r"^/services/async/", "bulk1"),
)
_SOAP_CALL = re.compile(rb"<(?:\w+:)?Body\b[^>]*>\s*<(?:\w+:)?(\w+)")
_SOAP_OPS = {"queryMore": "query_more", "convertLead": "convert", "describeSObject": "describe", "retrieve": "read"}
GROUPS = {
    "write": frozenset({"create", "update", "upsert", "delete", "composite", "convert", "merge", "undelete"}),
    "bulk": frozenset({"bulk_create", "bulk_upload", "bulk_close", "bulk_look", "bulk_results", "bulk1"}),
}
OPS = tuple(sorted({op for _, _, op in _OPS if op != "*"} | {*_WRITES.values(), "convert", "merge", "undelete"}))
_FROM = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE)
_TYPE = re.compile(rb'"type"\s*:\s*"(\w+)"|"object"\s*:\s*"(\w+)"|<(?:\w+:)?(?:type|sObjectType)>(\w+)<')
_ID = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?(?![0-9A-Za-z])")


@dataclass(frozen=True, slots=True)
class About:
    """What one request is about."""

    request: Request
    state: State

    @property
    def op(self) -> str:
        """Give the word for what the request does, "other" where there is none."""
        method, path = self.request.method, self.request.path
        if path.lower().startswith("/services/soap/"):
            found = _SOAP_CALL.search(self.request.body)
            call = found.group(1).decode() if found else "other"
            return _SOAP_OPS.get(call, call.lower())
        for wanted, pattern, op in _OPS:
            if wanted in ("", method) and re.search(pattern, path, re.IGNORECASE):
                return op if op != "*" else _WRITES.get(method, "read")
        return "other"

    def does(self, op: str) -> bool:
        """Tell whether the request does that, or one of that group."""
        return self.op in GROUPS.get(op, (op,))

    def concerns(self, sobject: str) -> bool:
        """Tell whether the request names an sObject: in its path, its query, its body, or through its job."""
        return sobject.lower() in {one.lower() for one in self._sobjects()}

    def names(self, record_id: str) -> bool:
        """Tell whether the request names a record, by its id of 15 or 18 characters."""
        text = f"{self.request.path} {' '.join(self.request.query.values())} "
        text += self.request.body[:1_000_000].decode("utf-8", "replace")
        wanted = to_18(record_id) if is_id(record_id) else record_id
        return any(is_id(one) and to_18(one) == wanted for one in _ID.findall(text))

    @property
    def job_state(self) -> str:
        """Give the state of the Bulk job that the path names, "" where it names none."""
        row = self._job("state")
        return row or ""

    def _sobjects(self) -> Iterator[str]:
        parts = self.request.path.split("/")
        if "sobjects" in parts[:-1]:
            yield parts[parts.index("sobjects") + 1]
        yield from _FROM.findall(self.request.query.get("q", ""))
        body = self.request.body[:100_000]
        for found in _TYPE.findall(body):
            yield from (one.decode() for one in found if one)
        yield from _FROM.findall(body.decode("utf-8", "replace"))
        named = self._job("json_extract(value, '$.object')")
        if named:
            yield named

    @property
    def job_id(self) -> str:
        """Give the 18-character id of the Bulk job that the path names, "" where it names none."""
        found = re.search(r"/jobs?/(?:\w+/)?(750\w{12}(?:\w{3})?)", self.request.path)
        return to_18(found.group(1)) if found is not None and is_id(found.group(1)) else ""

    def _job(self, what: str) -> str | None:
        if not self.job_id:
            return None
        sql = f"SELECT {what} AS told FROM _job WHERE id IN (?, ?)"  # noqa: S608 - our own words
        row = self.state.one(sql, (self.job_id, self.job_id[:15]))
        return None if row is None else str(row["told"])
