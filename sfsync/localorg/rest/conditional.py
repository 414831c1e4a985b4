"""Conditional requests: ETag and Last-Modified on describes, dates on records.

Times in these headers are whole seconds (RFC 9110).
"""

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from sfsync.localorg.context import OrgContext
from sfsync.localorg.values import Stored
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer


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


def unchanged(request: Request, last_modified: Stored) -> bool:
    """Tell whether a record is as old as If-Modified-Since says the client's copy is."""
    since = _date(request, "if-modified-since")
    return since is not None and last_modified is not None and _instant(last_modified) <= since


def demand_unmodified(request: Request, last_modified: Stored) -> None:
    """Refuse, with 412, to write a record that changed after If-Unmodified-Since."""
    since = _date(request, "if-unmodified-since", strict=True)
    if since is not None and last_modified is not None and _instant(last_modified) > since:
        raise Refusal(412, "PRECONDITION_FAILED", "The record was modified after the time in If-Unmodified-Since")


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
