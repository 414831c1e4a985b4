"""`/composite/sobjects`: up to 200 records in one call, each with its own outcome, HTTP 200 even if all failed.

Documented (REST API guide): `allOrNone` of a composite request around it takes the place of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rest import headers, rows
from sfsync.localorg.saving import reading, recycle, store
from sfsync.localorg.saving.draft import Draft, Outcome
from sfsync.localorg.saving.save import save
from sfsync.localorg.saving.upsert import find_by_key, key_field, name_by_id
from sfsync.localorg.saving.whole import whole_or_not
from sfsync.localorg.sobject import SObject
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer, said
from sfsync.records.ids import to_18

MOST_RECORDS = 200
MOST_CHUNKS = 10  # runs of neighbours of one sObject
MOST_RETRIEVED = 2000

Record = Mapping[str, object]


def create(org: OrgContext, request: Request, version: str) -> Answer:
    """POST: create records, of several sObjects if need be."""

    def save_chunk(kind: SObject, records: Sequence[Record]) -> list[Outcome]:
        drafts = [reading.read(org.catalog, kind, one, request.body) for one in records]
        for draft, record in zip(drafts, records, strict=True):
            if _id_of(record) is not None:
                text = "cannot specify Id in an insert call"
                draft.refuse(400, "INVALID_FIELD_FOR_INSERT_UPDATE", text, ("Id",))
        return save(org, kind, drafts, headers.options(org, request, kind))

    return _in_chunks(org, request, save_chunk)


def update(org: OrgContext, request: Request, version: str) -> Answer:
    """PATCH: change records; each names its `id`."""

    def save_chunk(kind: SObject, records: Sequence[Record]) -> list[Outcome]:
        drafts = [_with_id(kind, reading.read(org.catalog, kind, one, request.body), one) for one in records]
        return save(org, kind, drafts, headers.options(org, request, kind))

    return _in_chunks(org, request, save_chunk)


def upsert(org: OrgContext, request: Request, version: str, sobject: str, field: str) -> Answer:
    """PATCH: create or change records by a key field, or by Id; with a null Id a record is created."""
    kind = org.sobject(sobject)
    by_id = field.lower() == "id"
    key = kind.fields["id"] if by_id else key_field(kind, field)

    def save_chunk(named: SObject, records: Sequence[Record]) -> list[Outcome]:
        drafts = [reading.read(org.catalog, kind, one, request.body) for one in records]
        for draft, record in zip(drafts, records, strict=True):
            if named is not kind:
                text = f"Record type {named.name} does not match the type in the URI: {kind.name}"
                draft.refuse(400, "INVALID_TYPE", text)
            if by_id and _id_of(record) is not None:
                _with_id(kind, draft, record)
        if not by_id:
            find_by_key(org, kind, key, drafts)
        return save(org, kind, drafts, headers.options(org, request, kind))

    return _in_chunks(org, request, save_chunk, tells_created=True)


def delete(org: OrgContext, request: Request, version: str) -> Answer:
    """DELETE `?ids=a,b`: put records into the recycle bin."""
    ids = [one.strip() for one in request.query.get("ids", "").split(",") if one.strip()]
    if not ids:
        raise Refusal(400, "REQUIRED_FIELD_MISSING", "The ids parameter is required")
    _at_most(len(ids), MOST_RECORDS)
    all_or_none = request.query.get("allOrNone", "").lower() == "true" or org.all_or_none
    kinds = [_kind_of_id(org, one) for one in ids]

    def remove() -> list[Outcome]:
        outcomes: list[Outcome] = []
        for kind, group in groupby(zip(kinds, ids, strict=True), key=lambda pair: pair[0]):
            chunk = [one for _, one in group]
            outcomes += _malformed(chunk) if kind is None else recycle.delete(org, kind, [to_18(one) for one in chunk])
        return outcomes

    return json_answer(200, [_result(one) for one in whole_or_not(org, all_or_none, remove)])


def retrieve(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """GET `?ids=&fields=`: records in the order asked, null where there is none."""
    return _retrieved(org, sobject, request.query.get("ids", "").split(","), request.query.get("fields", "").split(","))


def retrieve_posted(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """Show the records of `{"ids": [...], "fields": [...]}`, as GET does, for many ids."""
    asked = headers.json_record(request)
    ids, fields = asked.get("ids"), asked.get("fields")
    if not isinstance(ids, list) or not isinstance(fields, list):
        raise Refusal(400, "JSON_PARSER_ERROR", "ids and fields must be arrays")
    return _retrieved(org, sobject, [said(one) for one in ids], [said(one) for one in fields])


def _retrieved(org: OrgContext, sobject: str, asked: list[str], names: list[str]) -> Answer:
    kind = org.sobject(sobject)
    ids, names = [one.strip() for one in asked if one.strip()], [one for one in names if one.strip()]
    if not ids or not names:
        raise Refusal(400, "MISSING_ARGUMENT", "The ids and fields parameters are required")
    _at_most(len(ids), MOST_RETRIEVED)
    fields = rows.chosen(kind, names)
    wanted = [_to_18(one) or one for one in ids]
    found = store.by_id(org.state, kind, wanted)
    shown = {key: rows.record_json(org, kind, row, fields) for key, row in found.items() if not row.get("IsDeleted")}
    return json_answer(200, [shown.get(one) for one in wanted])


def _in_chunks(
    org: OrgContext,
    request: Request,
    save_chunk: Callable[[SObject, Sequence[Record]], list[Outcome]],
    tells_created: bool = False,
) -> Answer:
    """Save the body's records run by run of one sObject, and answer for each."""
    body = headers.json_record(request)
    records = _records(body)
    kinds = [_kind_of(org, one) for one in records]
    chunks = [
        (kind, [one for _, one in group]) for kind, group in groupby(zip(kinds, records, strict=True), lambda p: p[0])
    ]
    if len(chunks) > MOST_CHUNKS:
        text = "Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce chunking."
        raise Refusal(400, "LIMIT_EXCEEDED", text)

    def save_all() -> list[Outcome]:
        return [outcome for kind, chunk in chunks for outcome in save_chunk(kind, chunk)]

    all_or_none = headers.switch(body, "allOrNone") or org.all_or_none
    outcomes = whole_or_not(org, all_or_none, save_all)
    return json_answer(200, [_result(one, tells_created) for one in outcomes])


def _records(body: Record) -> list[dict[str, object]]:
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise Refusal(400, "JSON_PARSER_ERROR", "records must be an array of objects")
    if not records:
        raise Refusal(400, "REQUIRED_FIELD_MISSING", "The records parameter is required")
    _at_most(len(records), MOST_RECORDS)
    return records


def _at_most(count: int, most: int) -> None:
    if count > most:
        text = f"record limit reached. cannot submit more than {most} records into this call"
        raise Refusal(400, "EXCEEDED_ID_LIMIT", text)


def _kind_of(org: OrgContext, record: Record) -> SObject:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise Refusal(400, "INVALID_TYPE", "Each record must have attributes with a type")
    kind = org.catalog.sobject(name)
    if kind is None:
        raise Refusal(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return kind


def _kind_of_id(org: OrgContext, text: str) -> SObject | None:
    """Find the sObject an id is of, None where it is no id of this org."""
    record_id = _to_18(text)
    return org.catalog.by_prefix(record_id[:3]) if record_id else None


def _to_18(text: str) -> str | None:
    try:
        return to_18(text)
    except ValueError:
        return None


def _malformed(ids: Sequence[str]) -> list[Outcome]:
    return [Outcome(None, errors=(Refusal(400, "MALFORMED_ID", f"malformed id {one}", ()),)) for one in ids]


def _id_of(record: Record) -> object:
    return next((value for name, value in record.items() if name.lower() == "id"), None)


def _with_id(kind: SObject, draft: Draft, record: Record) -> Draft:
    """Put the record's id into its draft."""
    name_by_id(kind, draft, _id_of(record))
    return draft


def _result(outcome: Outcome, tells_created: bool = False) -> dict[str, object]:
    """Give one outcome as Collections show it: `statusCode` where single records say `errorCode`."""
    if not outcome.success:
        errors = [
            {"statusCode": one.code, "message": one.message, "fields": list(one.fields or ())} for one in outcome.errors
        ]
        return {"success": False, "errors": errors}
    shown: dict[str, object] = {"id": outcome.record_id, "success": True, "errors": []}
    return {**shown, "created": outcome.created} if tells_created else shown
