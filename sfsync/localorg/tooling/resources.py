"""`/tooling/query` and `/tooling/sobjects`, with custom fields that can be made and taken away.

Recorded: the shape of a query's answer, with size, queryLocator and entityTypeName (null where nothing is found).
Documented (Tooling API guide): a CustomField is saved with FullName and Metadata.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from sfsync.localorg import field_ids
from sfsync.localorg.context import OrgContext
from sfsync.localorg.markup import Element
from sfsync.localorg.metadata import allowed, applying
from sfsync.localorg.metadata.custom_fields import described_as
from sfsync.localorg.metadata.package import Component
from sfsync.localorg.rest import describe, headers
from sfsync.localorg.routing import Route
from sfsync.localorg.sobject import Field, SObject
from sfsync.localorg.soql import columns, run
from sfsync.localorg.tooling import kinds, tables
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer, not_found

Json = dict[str, object]

_EVERYTHING = 1_000_000  # records of one answer: there are no pages
_DEEPEST = 20


def list_resources(org: OrgContext, request: Request, version: str) -> Answer:
    """GET /tooling: list the resources."""
    names = ("query", "sobjects")
    return json_answer(200, {name: f"{org.base_path}/tooling/{name}" for name in names})


def query(org: OrgContext, request: Request, version: str) -> Answer:
    """GET /tooling/query?q=: query what the Tooling API knows."""
    text = request.query.get("q", "")
    if not text.strip():
        raise Refusal(400, "MALFORMED_QUERY", "A query string has to be specified")
    if request.query.get("columns", "").lower() == "true":
        with tables.laid_out(org) as view:
            return json_answer(200, columns.described(run.compiled(view, text, False)))
    return json_answer(200, _asked(org, text))


def _asked(org: OrgContext, text: str) -> Json:
    with tables.laid_out(org) as view:
        found = run.execute(view, text, False, _EVERYTHING)
        records = [_placed(json.loads(one)) for one in found.records]
    kind = _kind_of(records[0]) if records else None
    shown: Json = {"size": len(records), "totalSize": found.total, "done": True, "queryLocator": None}
    return {**shown, "entityTypeName": kind, "records": records}


def _kind_of(record: Json) -> str | None:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    return str(name) if name else None


def _placed(record: Json) -> Json:
    """Put the addresses of a record and its parents under /tooling."""
    for value in (record, *(one for one in record.values() if isinstance(one, dict))):
        attributes = value.get("attributes")
        if isinstance(attributes, dict) and "url" in attributes:
            attributes["url"] = str(attributes["url"]).replace("/sobjects/", "/tooling/sobjects/", 1)
    return record


def list_sobjects(org: OrgContext, request: Request, version: str) -> Answer:
    """GET /tooling/sobjects: describe all sObjects of the Tooling API in short."""
    with tables.laid_out(org) as view:
        return describe.list_sobjects(view, request, version)


def basic(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """GET /tooling/sobjects/X: describe one in short."""
    with tables.laid_out(org) as view:
        return describe.basic(view, request, version, sobject)


def full(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """GET /tooling/sobjects/X/describe: describe one with its fields."""
    with tables.laid_out(org) as view:
        return describe.full(view, request, version, sobject)


def retrieve(org: OrgContext, request: Request, version: str, sobject: str, record_id: str) -> Answer:
    """GET /tooling/sobjects/X/id: a record; a custom field with its metadata."""
    kind = kinds.catalog().sobject(sobject)
    if kind is None or not record_id.replace(".", "").replace("_", "").isalnum():
        raise not_found()
    names = ", ".join(one.name for one in kind.columns)
    found = _asked(org, f"SELECT {names} FROM {kind.name} WHERE Id = '{record_id}'")["records"]  # noqa: S608 (SOQL)
    if not isinstance(found, list) or not found:
        raise not_found()
    record = found[0]
    if kind.name == "CustomField":
        owner, field = _named(org, record_id)
        record = {**record, "FullName": f"{owner.name}.{field.name}", "Metadata": described_as(field)}
    return json_answer(200, record)


def create(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """POST /tooling/sobjects/CustomField: make a field."""
    allowed.check(org.state, org.user_id)
    _only_fields(sobject)
    body = headers.json_record(request)
    name = str(body.get("FullName", ""))
    owner = org.catalog.sobject(name.partition(".")[0])
    if owner is not None and name.partition(".")[2].lower() in owner.fields:
        raise Refusal(400, applying.TWICE, applying.already_there("CustomField", name), ())
    made = _applied(org, name, body.get("Metadata"))
    location = {"Location": f"{org.base_path}/tooling/sobjects/CustomField/{made}"}
    shown = {"id": made, "success": True, "errors": [], "warnings": [], "infos": []}
    return json_answer(201, shown, location)


def update(org: OrgContext, request: Request, version: str, sobject: str, record_id: str) -> Answer:
    """PATCH /tooling/sobjects/CustomField/id: change a field."""
    allowed.check(org.state, org.user_id)
    _only_fields(sobject)
    owner, field = _named(org, record_id)
    _applied(org, f"{owner.name}.{field.name}", headers.json_record(request).get("Metadata"))
    return Answer(204)


def delete(org: OrgContext, request: Request, version: str, sobject: str, record_id: str) -> Answer:
    """DELETE /tooling/sobjects/CustomField/id: take a field away."""
    allowed.check(org.state, org.user_id)
    _only_fields(sobject)
    owner, field = _named(org, record_id)
    _try(org, Component("CustomField", f"{owner.name}.{field.name}", ""))
    return Answer(204)


def _only_fields(sobject: str) -> None:
    if sobject.lower() != "customfield":
        raise Refusal(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be saved here: {sobject}", ())


def _named(org: OrgContext, field_id: str) -> tuple[SObject, Field]:
    for kind in org.catalog:
        field = field_ids.field_of(org.state, kind, field_id)
        if field is not None:
            return kind, field
    raise not_found()


def _applied(org: OrgContext, full_name: str, metadata: object) -> str:
    if not isinstance(metadata, dict) or "." not in full_name:
        raise Refusal(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [FullName, Metadata]", ("FullName",))
    element = _element("fields", {**metadata, "fullName": full_name.partition(".")[2]}, 0)
    return _try(org, Component("CustomField", full_name, "", element))


def _try(org: OrgContext, one: Component) -> str:
    try:
        return applying.apply(org, one)[1]
    except applying.Problem as problem:
        raise Refusal(400, "FIELD_INTEGRITY_EXCEPTION", str(problem), ()) from None


def _element(name: str, value: object, depth: int) -> Element:
    """Write JSON as the elements that the Metadata API would have."""
    if depth > _DEEPEST:
        raise Refusal(400, "JSON_PARSER_ERROR", "Metadata is nested too deeply")
    if not isinstance(value, Mapping):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return Element(name, text="" if value is None else text)
    children = [
        _element(str(key), one, depth + 1)
        for key, held in value.items()
        for one in (held if isinstance(held, list) else [held])
    ]
    return replace(Element(name), children=tuple(children))


_TOOLING = "/services/data/{version}/tooling"
_RECORD = f"{_TOOLING}/sobjects/{{sobject}}/{{record_id}}"
ROUTES = (
    Route("GET", _TOOLING, list_resources),
    Route("GET", f"{_TOOLING}/query", query),
    Route("GET", f"{_TOOLING}/sobjects", list_sobjects),
    Route("GET", f"{_TOOLING}/sobjects/{{sobject}}", basic),
    Route("POST", f"{_TOOLING}/sobjects/{{sobject}}", create),
    Route("GET", f"{_TOOLING}/sobjects/{{sobject}}/describe", full),
    Route("GET", _RECORD, retrieve),
    Route("PATCH", _RECORD, update),
    Route("DELETE", _RECORD, delete),
)
