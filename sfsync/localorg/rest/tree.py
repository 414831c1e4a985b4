"""`/composite/tree/X`: records with their children and children's children, created together or not at all.

Documented (REST API guide, sObject Tree): at most 200 records of 5 sObjects on 5 levels; each carries a reference id;
201 with the new ids, or 400 with the culprits only. Assumed: codes and words of refused envelopes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rest import headers
from sfsync.localorg.rest.subrequests import Json, bad_input
from sfsync.localorg.saving import reading
from sfsync.localorg.saving.draft import Outcome
from sfsync.localorg.saving.save import save
from sfsync.localorg.sobject import ChildRelationship, SObject
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer

MOST_RECORDS, MOST_KINDS, MOST_LEVELS = 200, 5, 5


@dataclass(frozen=True, slots=True)
class _Node:
    """One record of a tree."""

    kind: SObject
    reference: str
    fields: Mapping[str, object]
    parent: str | None  # its parent's reference id
    link: str | None  # the field that names the parent
    level: int


class _Undo(Exception):
    """Rolls a tree back of which one record failed."""


def tree(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """POST: create the trees of the body."""
    nodes = list(_nodes(org, org.sobject(sobject), headers.json_record(request), None, None, 1))
    _check(nodes)
    outcomes: dict[str, Outcome] = {}
    try:
        with org.state.transaction():
            for level in range(1, MOST_LEVELS + 1):
                _create(org, request, [one for one in nodes if one.level == level], outcomes)
    except _Undo:
        bad = [_failure(name, one) for name, one in outcomes.items() if not one.success]
        return json_answer(400, {"hasErrors": True, "results": bad})
    made = [{"referenceId": one.reference, "id": outcomes[one.reference].record_id} for one in nodes]
    return json_answer(201, {"hasErrors": False, "results": made})


def _nodes(
    org: OrgContext, kind: SObject, body: object, parent: str | None, link: str | None, level: int
) -> Iterator[_Node]:
    """Walk over a list of records and what hangs on them, parents first."""
    records = body.get("records") if isinstance(body, dict) else None
    if not isinstance(records, list) or not records or not all(isinstance(one, dict) for one in records):
        raise bad_input("records must be a list of records")
    if level > MOST_LEVELS:
        raise bad_input(f"A tree can be at most {MOST_LEVELS} levels deep", "LIMIT_EXCEEDED")
    relations = {one.relationship_name.lower(): one for one in kind.children if one.relationship_name}
    for record in records:
        reference = _reference(record, kind)
        nested = {name: one for name, one in record.items() if name.lower() in relations and isinstance(one, dict)}
        fields = {name: one for name, one in record.items() if name not in nested}
        yield _Node(kind, reference, fields, parent, link, level)
        for name, one in nested.items():
            relation = relations[name.lower()]
            yield from _nodes(org, _child(org, relation), one, reference, relation.field, level + 1)


def _child(org: OrgContext, relation: ChildRelationship) -> SObject:
    return org.sobject(relation.child_sobject)


def _reference(record: Mapping[str, object], kind: SObject) -> str:
    attributes = record.get("attributes")
    given = attributes if isinstance(attributes, dict) else {}
    if str(given.get("type", "")).lower() != kind.name.lower():
        raise bad_input(f"Each record must have attributes with the type {kind.name}")
    reference = given.get("referenceId")
    if not isinstance(reference, str) or not reference:
        raise bad_input("Include a reference ID for each record in the request.")
    return reference


def _check(nodes: list[_Node]) -> None:
    if len(nodes) > MOST_RECORDS:
        raise bad_input(f"A tree can hold at most {MOST_RECORDS} records", "LIMIT_EXCEEDED")
    if len({one.kind.name for one in nodes}) > MOST_KINDS:
        raise bad_input(f"A tree can hold records of at most {MOST_KINDS} sObjects", "LIMIT_EXCEEDED")
    names = [one.reference for one in nodes]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        text = f"Duplicate ReferenceId provided in the request: {twice}"
        raise bad_input(text)


def _create(org: OrgContext, request: Request, nodes: list[_Node], outcomes: dict[str, Outcome]) -> None:
    """Create the records of one level, sObject by sObject. Raises _Undo where one fails."""
    for kind in dict.fromkeys(one.kind for one in nodes):
        group = [one for one in nodes if one.kind is kind]
        drafts = [reading.read(org.catalog, kind, one.fields, request.body) for one in group]
        for node, draft in zip(group, drafts, strict=True):
            if node.parent is not None and node.link is not None:
                draft.given[node.link] = outcomes[node.parent].record_id
            if any(name.lower() == "id" for name in node.fields):
                text = "cannot specify Id in an insert call"
                draft.refuse(400, "INVALID_FIELD_FOR_INSERT_UPDATE", text, ("Id",))
        saved = save(org, kind, drafts, headers.options(org, request, kind))
        outcomes.update(zip([one.reference for one in group], saved, strict=True))
    if not all(one.success for one in outcomes.values()):
        raise _Undo


def _failure(reference: str, outcome: Outcome) -> Json:
    errors = [_error(one) for one in outcome.errors]
    return {"referenceId": reference, "errors": errors}


def _error(one: Refusal) -> Json:
    return {"statusCode": one.code, "message": one.message, "fields": list(one.fields or ())}
