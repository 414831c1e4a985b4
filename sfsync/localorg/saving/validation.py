"""System validation, one step a function, in Salesforce's order; each adds errors to the drafts it is against.

Access, types, references, then (once the row is complete) required fields, then uniqueness.
"""

from collections.abc import Mapping, Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rights.seeing import seen_by
from sfsync.localorg.saving import permitted, store
from sfsync.localorg.saving.draft import Draft, duplicate_value, living
from sfsync.localorg.saving.shape import shape_of
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import complaint, outside
from sfsync.localorg.variants import CONVERTED_EDITABLE, PROBABILITY_FREE, STATUS_BY_CONVERSION, is_on
from sfsync.localorg.wire import Refusal
from sfsync.records.ids import to_18

_UNKNOWN = Refusal(  # seen in public traces: so where the other record is out of sight
    400, "DUPLICATE_VALUE", "duplicate value found: <unknown> duplicates value on record with id: <unknown>", ()
)
ABOVE = {  # which field of whom names the record above
    "Account": "ParentId",
    "Campaign": "ParentId",
    "Contact": "ReportsToId",
    "User": "ManagerId",
    "UserRole": "ParentRoleId",
}


def existing(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Find the rows to update; unknown and deleted ones and converted leads refuse."""
    rows = store.by_id(org.state, sobject, [one.record_id for one in drafts if one.record_id])
    for draft in drafts:
        if draft.record_id is None:
            continue
        draft.before = rows.get(draft.record_id)
        if draft.before is None:
            draft.refuse(404, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        elif draft.before.get("IsDeleted"):
            draft.refuse(404, "ENTITY_IS_DELETED", "entity is deleted")
        elif draft.before.get("IsConverted") and sobject.name == "Lead" and not is_on(org.state, CONVERTED_EDITABLE):
            draft.refuse(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")


def access(sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse fields that cannot be written, all of a record in one error."""
    shape = shape_of(sobject)
    for draft in living(drafts):
        open_to = shape.createable if draft.record_id is None else shape.updateable
        if not draft.given.keys() <= open_to:
            closed = [name for name in draft.given if name not in open_to]
            text = f"Unable to create/update fields: {', '.join(closed)}. Please check the security settings of this "
            text += "field and verify that it is read/write for your profile or permission set."
            draft.refuse(400, "INVALID_FIELD_FOR_INSERT_UPDATE", text, tuple(closed))


def parents_by_key(org: OrgContext, drafts: Sequence[Draft]) -> None:
    """Fill in references given by a parent's external id; refuse those that are given by an Id too."""
    for draft in living(drafts):
        for lookup in draft.lookups:
            if draft.given.get(lookup.reference.name) is not None:
                named = f"{lookup.reference.relationship_name} and a salesforce id, {lookup.reference.name}"
                draft.refuse(400, "INVALID_FIELD", f"Cannot specify both an external ID reference {named}")
                continue
            parent = org.sobject(lookup.parent)
            rows = [] if lookup.value is None else store.holders(org.state, parent, lookup.key.name, [lookup.value])
            found = [str(row["Id"]) for row in rows]
            if lookup.value is None:
                draft.given[lookup.reference.name] = None
            elif len(found) == 1:
                draft.given[lookup.reference.name] = found[0]
            else:
                what = "not found" if not found else "is not unique"
                place = f"for field {lookup.key.name} in entity {parent.name}"
                text = f"Foreign key external ID: {lookup.value} {what} {place}"
                draft.refuse(400, "INVALID_FIELD", text)


def types(sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse what does not fit its field: lengths, ranges, restricted picklists, e-mail addresses."""
    lengths = shape_of(sobject).lengths
    for draft in living(drafts):
        for name, value in draft.given.items():
            if value is None or (isinstance(value, str) and len(value) <= lengths.get(name, -1)):
                continue
            refusal = complaint(sobject.fields[name.lower()], value)
            if refusal is not None:
                draft.errors.append(refusal)


def references(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse references to what is no id, of a wrong kind, unknown or deleted, and owners that cannot own."""
    wanted = {one.name: one for one in shape_of(sobject).references}
    asked: dict[str, set[str]] = {}
    for draft in living(drafts):
        for name, value in draft.given.items():
            if name not in wanted or value is None:
                continue
            target = _target(org, wanted[name].reference_to, str(value))
            if target is None:
                text = f"{wanted[name].label}: id value of incorrect type: {value}"
                draft.refuse(400, "MALFORMED_ID", text, (name,))
            elif draft.changes(name):
                asked.setdefault(target, set()).add(str(value))
    found = {
        row["Id"]: row
        for name, ids in asked.items()
        for row in store.by_id(org.state, org.sobject(name), list(ids)).values()
    }
    queues = _queues(org, sobject) if sobject.name == "Lead" or "Group" in asked else frozenset()
    for draft in living(drafts):
        for name in wanted:
            if draft.given.get(name) is not None and draft.changes(name):
                _check_parent(draft, sobject, name, found.get(draft.given[name]), queues)


def hierarchy(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse records that would be above themselves, the records of one set being looked at together.

    Seen in public traces: code and words, for accounts. Assumed: the same for contacts, campaigns, roles and users.
    """
    name = ABOVE.get(sobject.name)
    moved = [one for one in living(drafts) if one.before is not None and one.given.get(name or "") is not None]
    if name is None or not moved:
        return
    above = {str(one.record_id): str(one.given[name]) for one in moved if one.changes(name)}
    for draft in moved:
        if str(draft.record_id) in above and _is_above(org, sobject, name, str(draft.record_id), above):
            draft.refuse(400, "CIRCULAR_DEPENDENCY", "attempt to violate hierarchy constraints", (name,))
            del above[str(draft.record_id)]


def _is_above(org: OrgContext, sobject: SObject, name: str, record_id: str, above: Mapping[str, str]) -> bool:
    """Tell whether the way up from a record comes back to it; `above` are the parents that others are about to get."""
    seen: set[str] = set()
    now = above[record_id]
    while now and now != record_id and now not in seen:
        seen.add(now)
        row = {} if now in above else store.by_id(org.state, sobject, [now]).get(now, {})
        now = above.get(now) or str(row.get(name) or "")
    return now == record_id


def probability(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse opportunities that are likelier than sure, or less likely than never, where the org is so."""
    if sobject.name != "Opportunity" or is_on(org.state, PROBABILITY_FREE):
        return
    field = sobject.known["probability"]
    for draft in living(drafts):
        value = draft.given.get("Probability")
        if isinstance(value, int) and not 0 <= value <= 100 * 10**field.scale:
            draft.errors.append(outside(field, value))


def _target(org: OrgContext, reference_to: Sequence[str], value: str) -> str | None:
    """Name the sObject an id is of, None where it is no id or of none of the field's targets."""
    try:
        prefix = to_18(value)[:3]
    except ValueError:
        return None
    for name in reference_to:
        target = org.catalog.sobject(name)
        if target is not None and target.key_prefix == prefix:
            return target.name
    return None


def _check_parent(draft: Draft, sobject: SObject, name: str, parent: store.Row | None, queues: frozenset[str]) -> None:
    if parent is None:
        draft.refuse(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    elif parent.get("IsDeleted"):
        draft.refuse(400, "ENTITY_IS_DELETED", "entity is deleted")
    elif name == "OwnerId":
        _check_owner(draft, sobject, str(parent["Id"]), parent, queues)


def _check_owner(draft: Draft, sobject: SObject, owner_id: str, owner: store.Row, queues: frozenset[str]) -> None:
    if owner_id.startswith("00G") and owner_id not in queues:
        draft.refuse(400, "INVALID_OPERATION", "Queue not associated with this SObject type", ("OwnerId",))
    elif owner_id.startswith("005") and not owner["IsActive"]:
        text = f"operation performed with inactive user [{owner_id}] as owner of {sobject.name.lower()}"
        draft.refuse(400, "INACTIVE_OWNER_OR_USER", text)


def _queues(org: OrgContext, sobject: SObject) -> frozenset[str]:
    """Give the queues that may own records of an sObject."""
    sql = """SELECT QueueId FROM "QueueSobject" JOIN "Group" ON "Group".Id = QueueId
             WHERE SobjectType = ? AND "Group".Type = 'Queue'"""
    return frozenset(str(row["QueueId"]) for row in org.state.rows(sql, (sobject.name,)))


def statuses(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse leads that are given a converted status without being converted, where the org is so."""
    asked = [one for one in living(drafts) if one.changes("Status")] if sobject.name == "Lead" else []
    if not asked or not is_on(org.state, STATUS_BY_CONVERSION):
        return
    rows = org.state.rows('SELECT ApiName FROM "LeadStatus" WHERE IsConverted = 1')
    converted = {str(row["ApiName"]) for row in rows}
    for draft in asked:
        if draft.given["Status"] in converted and not draft.row.get("IsConverted"):
            draft.refuse(400, "INVALID_STATUS", f"invalid status: {draft.given['Status']}", ("Status",))


def required(sobject: SObject, drafts: Sequence[Draft], custom_apart: bool = False) -> None:
    """Refuse rows that lack what a record cannot be without, all of a record in one error; custom fields if wanted."""
    fields = [one for one in shape_of(sobject).required if not (custom_apart and one.custom)]
    for draft in living(drafts):
        missing = tuple(one.name for one in fields if draft.row[one.name] is None)
        if missing:
            text = f"Required fields are missing: [{', '.join(missing)}]"
            draft.refuse(400, "REQUIRED_FIELD_MISSING", text, missing)


def uniqueness(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse values that another record, or an earlier one of the set, already has in a unique field."""
    for field in shape_of(sobject).unique:
        asked = [one for one in living(drafts) if one.row[field.name] is not None and one.changes(field.name)]
        if not asked:
            continue
        collation = "" if field.case_sensitive else " COLLATE NOCASE"
        rows = store.holders(org.state, sobject, field.name, [one.row[field.name] for one in asked], collation)
        taken = {_key(field.case_sensitive, row[field.name]): row["Id"] for row in rows}
        for draft in asked:
            owner = taken.setdefault(_key(field.case_sensitive, draft.row[field.name]), draft.row["Id"])
            if owner != draft.row["Id"]:
                draft.errors.append(duplicate_value(field, str(owner)) if _sees(org, sobject, str(owner)) else _UNKNOWN)


def _sees(org: OrgContext, sobject: SObject, record_id: str) -> bool:
    """Tell whether the user sees a record; `org` itself sees all while it saves."""
    catalog = seen_by(org.state, org.user_id)
    seen = sobject if catalog is None else catalog.sobject(sobject.name)
    return seen is not None and not permitted.out_of_sight(org, seen, [record_id])


def _key(case_sensitive: bool, value: object) -> str:
    return str(value) if case_sensitive else str(value).lower()
