"""Request headers that say what the body is and how it is to be saved."""

import re
from collections.abc import Mapping
from json import dumps

from sfsync.localorg import versions
from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import assignment, reading
from sfsync.localorg.saving.draft import Options
from sfsync.localorg.sobject import SObject
from sfsync.localorg.wire import Refusal, Request

DUPLICATE_HEADER_SINCE = 52  # documented


def options(org: OrgContext, request: Request, sobject: SObject) -> Options:
    """Read `Sforce-Auto-Assign` and `Sforce-Duplicate-Rule-Header`.

    The first: absent or TRUE runs the active rule, FALSE none, an id that very rule. The second, from version 52 on:
    `allowSave=true; includeRecordDetails=true; runAsCurrentUser=true`.
    """
    asked = _pairs(request.headers.get("sforce-duplicate-rule-header", ""))
    heard = versions.number_of(org.version) >= DUPLICATE_HEADER_SINCE
    return Options(
        _rule(org, request.headers.get("sforce-auto-assign", "true").strip(), sobject),
        allow_duplicates=heard and asked.get("allowsave") == "true",
        duplicate_details=heard and asked.get("includerecorddetails") == "true",
        as_current_user=heard and asked.get("runascurrentuser") == "true",
    )


def _rule(org: OrgContext, asked: str, sobject: SObject) -> str | None:
    if asked.lower() == "false" or sobject.name != "Lead":
        return None
    if asked.lower() == "true":
        return assignment.active_rule(org.state, sobject)
    return assignment.rule_named(org.state, sobject, asked)


def _pairs(header: str) -> dict[str, str]:
    """Read `a=b; c=d`, names and values in lower case."""
    parts = (one.partition("=") for one in re.split("[;,]", header.lower()))
    return {name.strip(): value.strip() for name, _, value in parts}


def json_record(request: Request) -> dict[str, object]:
    """Read the body as one JSON object. Raises Refusal for another media type, or for what is no such object."""
    kind = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", f"Content type {kind} not supported. Use application/json.")
    return reading.parse_record(request.body)


def switch(body: Mapping[str, object], name: str) -> bool:
    """Read a switch of a body, off where it is not given. Raises Refusal for what is neither true nor false.

    Assumed: texts that say true or false count, as they do in a query string.
    """
    given = body.get(name)
    said = str(given).lower() if isinstance(given, bool | str) else given
    if said not in ("true", "false", None):
        shown = dumps(given, ensure_ascii=False, default=str)
        raise Refusal(400, "JSON_PARSER_ERROR", f"Cannot deserialize instance of boolean from value {shown} of {name}")
    return said == "true"
