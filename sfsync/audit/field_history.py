"""The org's own field history of one record, where it keeps one: LeadHistory, OpportunityFieldHistory and their like.

Only tracked fields are in it, for 18 months (Field History Tracking). A reference leaves two rows, one with names and
one with ids; of a long text only the fact that it changed is kept.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from sfsync.audit.events import Event
from sfsync.errors import OrgRefused
from sfsync.records.ids import is_id, to_18
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.schema import Field, SObject
from sfsync.records.values import Kind, Value, from_plain
from sfsync.salesforce.port import Org
from sfsync.sync.sight import is_unknown

_ROW = ("Field", "OldValue", "NewValue", "CreatedById", "CreatedDate")


def field_history(org: Org, schema: SObject, record_id: str) -> list[Event]:
    """Give what the org's field history tells of a record, oldest first; nothing where it keeps none of the sObject.

    Raises OrgError where the org cannot be asked.
    """
    name = _kept_in(schema.name)
    kept = _described(org.describe, name)
    reference = _reference(kept, schema.name) if kept else None
    if kept is None or reference is None or not set(_ROW) <= kept.fields.keys():
        return []
    query = Query(name, _ROW, (Condition(reference, Compare.EQUAL, record_id),), ("CreatedDate", "Id"))
    found = [event for page in org.pages(query) for row in page.rows for event in _event(schema, row)]
    return sorted(found, key=lambda event: event.at)


def _kept_in(sobject: str) -> str:
    if sobject.endswith("__c"):
        return f"{sobject[:-1]}History"  # Thing__c has Thing__History
    return "OpportunityFieldHistory" if sobject == "Opportunity" else f"{sobject}History"


def _described(describe: Callable[[str], SObject], name: str) -> SObject | None:
    try:
        return describe(name)
    except OrgRefused as refused:
        if is_unknown(refused):
            return None
        raise


def _reference(kept: SObject, sobject: str) -> str | None:
    return next((field.name for field in kept.fields.values() if sobject in field.reference_to), None)


def _event(schema: SObject, row: Sequence[object]) -> Iterator[Event]:
    """Give the event a row stands for; none for what is no field, and for the names of references."""
    named, old, new, by, at = row
    field = _field(schema, str(named))
    if field is None:
        return
    values = (old, new)
    if field.kind is Kind.ID:
        if not all(value is None or is_id(str(value)) for value in values):
            return
        values = tuple(None if value is None else to_18(str(value)) for value in values)  # type: ignore[assignment]
    moment = from_plain(Kind.DATETIME, at)
    assert isinstance(moment, datetime)
    before, after = (_value(field, value) for value in values)
    kept = before is not None or after is not None
    yield Event(moment, field.name, before, after, "org", None, _by(by), (), kept, "field history")


def _field(schema: SObject, named: str) -> Field | None:
    """Find the field that history names; it leaves the Id off the name of a standard reference."""
    return schema.find(named) or schema.find(f"{named}Id")


def _value(field: Field, plain: object) -> Value:
    try:
        return from_plain(field.kind, plain)
    except ValueError:
        return None if plain is None else str(plain)


def _by(by: object) -> str | None:
    return None if by is None else to_18(str(by))
