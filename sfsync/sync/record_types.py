"""What a record's type does not offer: values of restricted picklists, told before any call writes.

The org refuses such a value though its describe lists it (INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST); picklists that are
not restricted take any text. Where nothing of an sObject's changes can be refused so, the org is asked nothing.
"""

from collections.abc import Iterator, Sequence

from sfsync.errors import Problem, Where
from sfsync.records.change import Action, Change
from sfsync.records.schema import RecordTypes, SObject
from sfsync.sync.context import Context

TYPE = "RecordTypeId"
_MASTER = "012000000000000AAA"  # the record type of records that have none: the same in every org


def misfits(context: Context, schema: SObject, changes: Sequence[Change]) -> Iterator[tuple[int, Problem]]:
    """Find among changes, all of one sObject, values that their records' types do not offer: place and problem."""
    restricted = offered_by_type(schema)
    places = [place for place, change in enumerate(changes) if _touches(change, restricted)]
    if not places:
        return
    types = context.record_types(schema.name)
    if types is None:  # then it refuses what it does not take
        return
    of_each = _types_of(context, schema, [changes[place] for place in places], types)
    for place, record_type in zip(places, of_each, strict=True):
        yield from ((place, problem) for problem in _problems(changes[place], types, record_type, restricted))


def offered_by_type(schema: SObject) -> frozenset[str]:
    """Give the fields whose values a record's type may not offer."""
    if TYPE not in schema.fields:
        return frozenset()
    return frozenset(field.name for field in schema.fields.values() if field.restricted and field.picklist)


def _touches(change: Change, restricted: frozenset[str]) -> bool:
    return change.action is not Action.DELETE and any(
        part.field in restricted and part.after is not None for part in change.fields
    )


def _types_of(context: Context, schema: SObject, changes: Sequence[Change], types: RecordTypes) -> list[str]:
    """Give the record type each change's record will have: as it says, or as it is, or as new records get it."""
    unsaid = [str(one.id) for one in changes if one.id is not None and TYPE not in one.after()]
    rows = context.org.retrieve(schema.name, unsaid, (TYPE,)) if unsaid else []
    held = {record: row[TYPE] for record, row in zip(unsaid, rows, strict=True) if row is not None}
    usual = types.default or _MASTER
    return [
        str(change.after().get(TYPE) or (held.get(change.id) or _MASTER if change.id else usual)) for change in changes
    ]


def _problems(
    change: Change, types: RecordTypes, record_type: str, restricted: frozenset[str]
) -> Iterator[Problem]:  # fmt: skip
    offers = types.offers.get(record_type, {})
    for part in change.fields:
        if part.field not in restricted or part.field not in offers or part.after is None:
            continue
        strange = [one for one in str(part.after).split(";") if one not in offers[part.field]]
        if strange:
            where = Where(sobject=change.sobject, id=change.id, field=part.field, row=change.row)
            offered = ", ".join(sorted(offers[part.field])[:12]) or "nothing"
            words = f"{part.field} does not offer {strange[0]!r} to records of this record type"
            yield Problem(words, f"choose one of: {offered}", where)
