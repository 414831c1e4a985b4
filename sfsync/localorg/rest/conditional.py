"""Conditional requests: ETag and Last-Modified on describes, Last-Modified on records, ETag on accounts.

Times in these headers are whole seconds (RFC 9110). Recorded: every record that is shown tells Last-Modified, only
accounts an ETag. Documented (REST API guide): If-Match and If-None-Match are heeded for accounts alone; a date that is
none is refused when writing. Its pages differ on DELETE, and what dates mean for writes other than of accounts nobody
has told: variants.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from sfsync.localorg.context import OrgContext
from sfsync.localorg.values import Stored
from sfsync.localorg.variants import DELETES_CONDITIONAL, ETAGS_ALL, WRITES_UNCONDITIONAL, is_on
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer

TAGGED = frozenset({"Account"})  # the sObjects whose records have an ETag


def answer(org: OrgContext, request: Request, name: str, body: object) -> Answer:
    """Answer with a body that carries ETag and Last-Modified, or with 304 where the client has it already.

    Last-Modified is when the body was first seen to be as it is; `name` tells bodies apart.
    """
    full = json_answer(200, body)
    assert isinstance(full.body, bytes)
    tag = f'"{hashlib.blake2b(full.body, digest_size=4).hexdigest()}"'
    changed_at = _changed_at(org, name, tag)
    headers = {"ETag": tag, "Last-Modified": format_datetime(changed_at, usegmt=True)}
    since = _date(request, "if-modified-since")
    if request.headers.get("if-none-match") == tag or (since is not None and changed_at <= since):
        return Answer(304, headers)
    return Answer(200, {**full.headers, **headers}, full.body)


def _changed_at(org: OrgContext, name: str, tag: str) -> datetime:
    """Give when a body last changed, noting it when it does."""
    key = f"describe {hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}"
    kept = org.state.setting(key)
    if isinstance(kept, dict) and kept["tag"] == tag:
        return datetime.fromtimestamp(int(kept["at"]), UTC)
    seconds = int(org.now.timestamp())
    org.state.set_setting(key, {"tag": tag, "at": seconds})
    return datetime.fromtimestamp(seconds, UTC)


def _is_tagged(org: OrgContext, sobject: str) -> bool:
    """Tell whether records of an sObject have an ETag."""
    return sobject in TAGGED or is_on(org.state, ETAGS_ALL)


def row_headers(org: OrgContext, sobject: str, row: Mapping[str, Stored]) -> dict[str, str]:
    """Give the headers that tell how old a record is."""
    last_modified = row.get("LastModifiedDate")
    told = {} if last_modified is None else {"Last-Modified": format_datetime(_instant(last_modified), usegmt=True)}
    return {"ETag": _tag(row), **told} if _is_tagged(org, sobject) else told


def unchanged(org: OrgContext, request: Request, sobject: str, row: Mapping[str, Stored]) -> bool:
    """Tell whether a record is what the client has. Raises Refusal 412 where it must be another and is not."""
    _demand_unmodified(org, request, sobject, row)
    wanted = request.headers.get("if-none-match")
    if wanted is not None and _is_tagged(org, sobject):
        return _among(_tag(row), wanted)
    since, last_modified = _date(request, "if-modified-since"), row.get("LastModifiedDate")
    return since is not None and last_modified is not None and _instant(last_modified) <= since


def demand_dates(request: Request) -> None:
    """Refuse, with 400, to write where a header's date is none; a new record has nothing to compare it with."""
    for name in ("if-modified-since", "if-unmodified-since"):
        _date(request, name, strict=True)


def demand_as_conditioned(org: OrgContext, request: Request, sobject: str, row: Mapping[str, Stored]) -> None:
    """Refuse, with 412, to write or delete a record that is not as a header demands."""
    if request.method == "DELETE" and not is_on(org.state, DELETES_CONDITIONAL):
        return
    _demand_unmodified(org, request, sobject, row)
    _demand_other(org, request, sobject, row)


def _heeds_dates(org: OrgContext, request: Request, sobject: str) -> bool:
    return request.method == "GET" or sobject in TAGGED or not is_on(org.state, WRITES_UNCONDITIONAL)


def _demand_unmodified(org: OrgContext, request: Request, sobject: str, row: Mapping[str, Stored]) -> None:
    """Refuse a record that changed after If-Unmodified-Since, or is not the one If-Match names."""
    since, last_modified = _date(request, "if-unmodified-since", request.method != "GET"), row.get("LastModifiedDate")
    heeded = since is not None and last_modified is not None and _heeds_dates(org, request, sobject)
    if heeded and since is not None and _instant(last_modified) > since:
        raise _failed("The record was modified after the time in If-Unmodified-Since")
    wanted = request.headers.get("if-match")
    if wanted is not None and _is_tagged(org, sobject) and not _among(_tag(row), wanted):
        raise _failed("The record is not the one that If-Match names")


def _demand_other(org: OrgContext, request: Request, sobject: str, row: Mapping[str, Stored]) -> None:
    """Refuse to write a record that If-None-Match says the client has, or that is as old as it says."""
    wanted = request.headers.get("if-none-match")
    if wanted is not None and _is_tagged(org, sobject) and _among(_tag(row), wanted):
        raise _failed("The record is the one that If-None-Match names")
    since, last_modified = _date(request, "if-modified-since", strict=True), row.get("LastModifiedDate")
    heeded = since is not None and last_modified is not None and _heeds_dates(org, request, sobject)
    if heeded and since is not None and _instant(last_modified) <= since:
        raise _failed("The record was not modified after the time in If-Modified-Since")


def _failed(text: str) -> Refusal:
    return Refusal(412, "PRECONDITION_FAILED", text)


def _tag(row: Mapping[str, Stored]) -> str:
    """Give the ETag of a record, of its values as they are."""
    values = json.dumps([value for name, value in row.items() if not name.startswith("_")])
    return f'"{base64.b64encode(hashlib.sha256(values.encode()).digest()).decode()}"'


def _among(tag: str, wanted: str) -> bool:
    """Tell whether a header names a tag; what a proxy adds for compression ("-gzip") is passed over."""
    return wanted.strip() == "*" or tag in (one.strip().replace('-gzip"', '"') for one in wanted.split(","))


def _instant(last_modified: Stored) -> datetime:
    return datetime.strptime(str(last_modified), "%Y-%m-%dT%H:%M:%S.%f%z")


def _date(request: Request, name: str, strict: bool = False) -> datetime | None:
    """Read a date header; a wrong one is passed over, or refused with 400 where `strict`."""
    text = request.headers.get(name)
    if text is None:
        return None
    try:
        read = parsedate_to_datetime(text)
    except ValueError:
        if strict:
            raise Refusal(400, "INVALID_HEADER", f"Invalid date in the header {name}: {text}") from None
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
