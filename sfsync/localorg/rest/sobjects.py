"""`/sobjects/X/...`: one record at a time."""

from sfsync.localorg import unknown, versions
from sfsync.localorg.context import OrgContext
from sfsync.localorg.rest import conditional, headers, related, rows
from sfsync.localorg.saving import reading, recycle, store
from sfsync.localorg.saving.draft import Outcome
from sfsync.localorg.saving.save import save
from sfsync.localorg.saving.upsert import key_field, matches, no_such_key
from sfsync.localorg.sobject import SObject
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer, not_found
from sfsync.records.ids import to_18

DELETED_AS_UNKNOWN = "deleted_as_unknown"  # the switch: GET of a deleted record is NOT_FOUND in every version
_NO_ROWS = frozenset({"approvallayouts", "describe", "layouts", "listviews", "quickactions"})  # resources, not built
CREATED_SINCE = 46  # the version from which an upsert says whether it created


def create(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """POST: create a record."""
    kind = org.sobject(sobject)
    record = headers.json_record(request)
    _demand_conditions(org, request, kind, None)
    if any(name.lower() == "id" for name in record):
        raise Refusal(400, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ("Id",))
    draft = reading.read(org.catalog, kind, record, request.body)
    outcome = save(org, kind, [draft], headers.options(org, request, kind))[0]
    return _saved(org, kind, outcome, 201, {"id": outcome.record_id, "success": True, "errors": []})


def retrieve(org: OrgContext, request: Request, version: str, sobject: str, record_id: str) -> Answer:
    """GET: show a record, all fields or those in `fields=`."""
    kind = org.sobject(sobject)
    _demand_row(request, record_id)
    row = store.by_id(org.state, kind, [_id(kind, record_id)])
    return _shown(org, request, kind, next(iter(row.values()), None))


def update(org: OrgContext, request: Request, version: str, sobject: str, record_id: str) -> Answer:
    """PATCH: change a record."""
    kind = org.sobject(sobject)
    record = headers.json_record(request)
    _not_in_body(record, "Id")
    draft = reading.read(org.catalog, kind, record, request.body)
    draft.record_id = _id_to_write(kind, record_id)
    _demand_conditions(org, request, kind, draft.record_id)
    outcome = save(org, kind, [draft], headers.options(org, request, kind))[0]
    return _saved(org, kind, outcome, 204, None)


def delete(org: OrgContext, request: Request, version: str, sobject: str, record_id: str) -> Answer:
    """DELETE: put a record into the recycle bin."""
    kind = org.sobject(sobject)
    return _deleted(org, request, kind, _id(kind, record_id))


def create_by_id(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """POST `/sobjects/X/Id`: a plain create."""
    return create(org, request, version, sobject)


def retrieve_by_key(org: OrgContext, request: Request, version: str, sobject: str, field: str, value: str) -> Answer:
    """GET by external id: the record, or 300 and the paths of several; by Id and relationship, what hangs on it."""
    kind = org.sobject(sobject)
    if related.names_record(org, kind, field):
        parent = related.parent_of(org, kind, field, value)
        if parent is None:
            return related.children(org, request, kind, field, value)
        return retrieve(org, request, version, parent[0].name, parent[1])
    _demand_row(request, field)
    key = key_field(kind, field)
    found = matches(org, kind, key, [value]).get(value, [])
    if len(found) > 1:
        return _several(org, kind, found)
    rows_found = store.by_id(org.state, kind, found)
    return _shown(org, request, kind, next(iter(rows_found.values()), None))


def upsert(org: OrgContext, request: Request, version: str, sobject: str, field: str, value: str) -> Answer:
    """PATCH by external id: create, update, or 300 and nothing written; by Id and relationship, change the parent."""
    kind = org.sobject(sobject)
    if related.names_record(org, kind, field):
        parent, parent_id = related.parent_to_write(org, kind, field, value, "PATCH")
        return update(org, request, version, parent.name, parent_id)
    key = key_field(kind, field)
    record = headers.json_record(request)
    _not_in_body(record, "Id")
    _not_in_body(record, key.name)
    found = matches(org, kind, key, [value]).get(value, [])
    if len(found) > 1:
        return _several(org, kind, found)
    _demand_conditions(org, request, kind, found[0] if found else None)
    if not found and request.query.get("updateOnly", "").lower() == "true":
        raise not_found()
    draft = reading.read(org.catalog, kind, record if found else {**record, key.name: value}, request.body)
    draft.record_id = found[0] if found else None
    outcome = save(org, kind, [draft], headers.options(org, request, kind))[0]
    tells = versions.number_of(org.version) >= CREATED_SINCE
    body: dict[str, object] = {"id": outcome.record_id, "success": True, "errors": []}
    if tells:
        body["created"] = outcome.created
    if outcome.created:
        return _saved(org, kind, outcome, 201, body)
    return _saved(org, kind, outcome, 200 if tells else 204, body if tells else None)


def delete_by_key(org: OrgContext, request: Request, version: str, sobject: str, field: str, value: str) -> Answer:
    """DELETE by external id: to the bin, or 300 and the paths of several; by Id and relationship, the parent."""
    kind = org.sobject(sobject)
    if related.names_record(org, kind, field):
        parent, parent_id = related.parent_to_write(org, kind, field, value, "DELETE")
        return delete(org, request, version, parent.name, parent_id)
    found = matches(org, kind, key_field(kind, field), [value]).get(value, [])
    if len(found) > 1:
        return _several(org, kind, found)
    if not found:
        raise not_found()
    return _deleted(org, request, kind, found[0])


def _deleted(org: OrgContext, request: Request, kind: SObject, record_id: str) -> Answer:
    _demand_conditions(org, request, kind, record_id)
    return _saved(org, kind, recycle.delete(org, kind, [record_id])[0], 204, None)


def _demand_conditions(org: OrgContext, request: Request, kind: SObject, record_id: str | None) -> None:
    """Refuse to write where a header's date is none, or the record is not as the headers demand."""
    if request.method != "DELETE":
        conditional.demand_dates(request)
    row = store.by_id(org.state, kind, [record_id]).get(record_id) if record_id else None
    if row is not None:
        conditional.demand_as_conditioned(org, request, kind.name, row)


def _demand_row(request: Request, name: str) -> None:
    """Refuse, and note, a resource of sObjects that real orgs have where rows stand, and this one has not."""
    if name.lower() in _NO_ROWS:
        unknown.note(f"{request.method} {request.path}")
        raise not_found()


def _id(kind: SObject, text: str) -> str:
    """Give the 18-character id of a path. Raises Refusal where it is none, or of another sObject."""
    try:
        record_id = to_18(text)
    except ValueError:
        raise no_such_key(text) from None
    if kind.key_prefix and not record_id.startswith(kind.key_prefix):
        raise not_found()
    return record_id


def _id_to_write(kind: SObject, text: str) -> str:
    """Give the 18-character id of a record to change.

    Documented (REST API guide, status codes): what is as long as an id, and none of this sObject, is MALFORMED_ID.
    """
    try:
        return _id(kind, text)
    except Refusal:
        if len(text) not in (15, 18):
            raise
        told = f"{kind.label} ID: id value of incorrect type: {text}"
        raise Refusal(400, "MALFORMED_ID", told, ("Id",)) from None


def _not_in_body(record: dict[str, object], name: str) -> None:
    if any(one.lower() == name.lower() for one in record):
        raise Refusal(400, "INVALID_FIELD", f"The {name} field should not be specified in the sobject data.")


def _shown(org: OrgContext, request: Request, kind: SObject, row: store.Row | None) -> Answer:
    if row is None or (row.get("IsDeleted") and _says_not_found(org)):
        raise not_found()
    if row.get("IsDeleted"):
        raise Refusal(404, "ENTITY_IS_DELETED", "entity is deleted", ())
    told = conditional.row_headers(org, kind.name, row)
    if conditional.unchanged(org, request, kind.name, row):
        return Answer(304, told)
    names = [one for one in request.query.get("fields", "").split(",") if one.strip()]
    fields = rows.chosen(kind, names) if names else None
    return json_answer(200, rows.record_json(org, kind, row, fields), told)


def _says_not_found(org: OrgContext) -> bool:
    """Tell whether a deleted record is told as one that never was.

    Recorded at version 42; ENTITY_IS_DELETED is captured of newer ones. Where between them the border lies is assumed.
    """
    return bool(org.state.setting(DELETED_AS_UNKNOWN) is True or versions.number_of(org.version) <= 42)


def _saved(org: OrgContext, kind: SObject, outcome: Outcome, status: int, body: object) -> Answer:
    """Answer for one record; several errors of it make one array, with the first one's status."""
    if outcome.errors:
        return json_answer(outcome.errors[0].status, [one.entry() for one in outcome.errors])
    if body is None:
        return Answer(status)
    location = {"Location": org.record_url(kind, str(outcome.record_id))} if status == 201 else {}
    return json_answer(status, body, location)


def _several(org: OrgContext, kind: SObject, ids: list[str]) -> Answer:
    return json_answer(300, [org.record_url(kind, one) for one in ids])
