"""Deleting, the recycle bin, and coming back from it.

A deleted record of an sObject that soft-deletes stays 15 days with IsDeleted set. Children hanging on it go too, or
lose their reference (and get it back with it), as the child's field says. Other sObjects' rows are gone at once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sfsync.localorg import currencies
from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import contact_roles, permitted, roles, rollups, store
from sfsync.localorg.saving.draft import Outcome, duplicate_value
from sfsync.localorg.saving.shape import shape_of
from sfsync.localorg.sobject import ChildRelationship, SObject
from sfsync.localorg.state import State
from sfsync.localorg.values import Stored, stamp
from sfsync.localorg.wire import Refusal

BIN_DAYS = 15
_MISSING = Refusal(404, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ())
_GONE = Refusal(404, "ENTITY_IS_DELETED", "entity is deleted", ())


def delete(org: OrgContext, sobject: SObject, ids: Sequence[str]) -> list[Outcome]:
    """Delete records, each on its own; ids are 18 characters long."""
    errors: dict[str, Refusal] = {}
    if org.seen is not None:
        org, sobject, errors = permitted.deleting(org, sobject, ids)
    rows = store.by_id(org.state, sobject, ids)
    for record_id in [one for one in ids if one not in errors]:
        refusal = _refusal(org, sobject, rows.get(record_id))
        if refusal is not None:
            errors[record_id] = refusal
    _remove(org, sobject, list(dict.fromkeys(one for one in ids if one not in errors)))
    return [Outcome(one, errors=(errors[one],) if one in errors else ()) for one in ids]


def _refusal(org: OrgContext, sobject: SObject, row: store.Row | None) -> Refusal | None:
    if not sobject.deletable:
        text = f"entity type cannot be deleted: {sobject.label}"
        return Refusal(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text, ())
    if row is None:
        return _MISSING
    if row.get("IsDeleted"):
        return _GONE
    if row.get("IsPersonAccount") and sobject.name == "Contact":
        return Refusal(400, "DELETE_FAILED", "a person's contact goes with its account", ())
    held = next((one for one in sobject.children if one.restricted_delete and _children(org, one, [row["Id"]])), None)
    if held is None:
        refused = org.trouble.deleting(sobject.name, row) if org.trouble is not None else None
        return None if refused is None else Refusal(400, *refused, ())
    text = f"Your attempt to delete {row['Id']} could not be completed because it is associated with the following "
    return Refusal(400, "DELETE_FAILED", f"{text}{org.sobject(held.child_sobject).label_plural}", ())


def _children(org: OrgContext, relation: ChildRelationship, parents: Iterable[Stored]) -> list[str]:
    """Give the ids of living children of parents."""
    rows = store.fetch(org.state, org.sobject(relation.child_sobject), relation.field, parents)
    return [str(row["Id"]) for row in rows]


def _remove(org: OrgContext, sobject: SObject, ids: Sequence[str]) -> None:
    """Take records, and what hangs on them, out of sight."""
    if not ids:
        return
    _remove(org, org.sobject("Group"), roles.groups_of(org, sobject, ids))
    for relation in sobject.children:
        child = org.sobject(relation.child_sobject)
        field = child.fields[relation.field.lower()]
        if relation.cascade_delete:
            _remove(org, child, _children(org, relation, ids))
        elif field.nillable and field.updateable:
            _sever(org, child, relation.field, ids)
    if sobject.soft_deletes:
        gone = {"IsDeleted": 1, "_deleted_at": org.stamp, **_stamps(org, sobject)}
        store.update(org.state, sobject, dict.fromkeys(ids, gone))
    else:
        org.state.many(f'DELETE FROM "{sobject.name}" WHERE Id = ?', [(one,) for one in ids])  # noqa: S608
    rollups.touch_parents(org, sobject, ids)
    contact_roles.leave(org, sobject, ids)
    currencies.settle(org.state, sobject)
    log = "INSERT INTO _deleted_log (sobject, id, deleted_at) VALUES (?, ?, ?)"
    org.state.many(log, [(sobject.name, one, org.stamp) for one in ids])


def _sever(org: OrgContext, child: SObject, field: str, parents: Sequence[str]) -> None:
    """Empty the references of living children, and remember them for the parent's return."""
    rows = store.fetch(org.state, child, field, parents)
    keep = "INSERT INTO _severed (parent, sobject, field, child) VALUES (?, ?, ?, ?)"
    org.state.many(keep, [(row[field], child.name, field, row["Id"]) for row in rows])
    empty: dict[str, Stored] = {field: None, **_system_stamp(org, child)}
    store.update(org.state, child, {str(row["Id"]): empty for row in rows})


def _stamps(org: OrgContext, sobject: SObject) -> dict[str, Stored]:
    values = {"LastModifiedDate": org.stamp, "LastModifiedById": org.user_id, "SystemModstamp": org.stamp}
    return {name: values[name] for name in shape_of(sobject).modified_stamps}


def _system_stamp(org: OrgContext, sobject: SObject) -> dict[str, Stored]:
    return {"SystemModstamp": org.stamp} if "systemmodstamp" in sobject.fields else {}


def undelete(org: OrgContext, sobject: SObject, ids: Sequence[str]) -> list[Outcome]:
    """Bring records back from the recycle bin, with the children that went with them."""
    errors: dict[str, Refusal] = {}
    if org.seen is not None:
        org, sobject, errors = permitted.deleting(org, sobject, ids)
    rows = store.by_id(org.state, sobject, ids)
    outcomes = []
    for record_id in ids:
        refusal = errors.get(record_id) or _cannot_return(org, sobject, rows.get(record_id))
        if refusal is None:
            _restore(org, sobject, rows[record_id])
        outcomes.append(Outcome(record_id, errors=(refusal,) if refusal else ()))
    return outcomes


def _cannot_return(org: OrgContext, sobject: SObject, row: store.Row | None) -> Refusal | None:
    if row is None or not sobject.undeletable:
        return Refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ())
    if not row["IsDeleted"]:
        return Refusal(400, "UNDELETE_FAILED", "Entity is not in the recycle bin", ())
    for field in shape_of(sobject).unique:
        if row[field.name] is not None:
            collation = "" if field.case_sensitive else " COLLATE NOCASE"
            for holder in store.fetch(org.state, sobject, field.name, [row[field.name]], collation):
                return duplicate_value(field, str(holder["Id"]))
    return None


def _restore(org: OrgContext, sobject: SObject, row: store.Row) -> None:
    record_id = str(row["Id"])
    merged: dict[str, Stored] = {"MasterRecordId": None} if "masterrecordid" in sobject.fields else {}
    back = {"IsDeleted": 0, "_deleted_at": None, **merged, **_stamps(org, sobject)}
    store.update(org.state, sobject, {record_id: back})
    rollups.touch_parents(org, sobject, [record_id])
    org.state.run("DELETE FROM _deleted_log WHERE sobject = ? AND id = ?", (sobject.name, record_id))
    for relation in sobject.children:
        child = org.sobject(relation.child_sobject)
        if relation.cascade_delete and child.soft_deletes:
            gone = f'SELECT * FROM "{child.name}" WHERE "{relation.field}" = ? AND _deleted_at = ?'  # noqa: S608
            for one in map(dict, org.state.rows(gone, (record_id, row["_deleted_at"]))):
                if _cannot_return(org, child, one) is None:
                    _restore(org, child, one)
    for severed in org.state.rows("SELECT * FROM _severed WHERE parent = ?", (record_id,)):
        child = org.sobject(severed["sobject"])
        column = child.fields[str(severed["field"]).lower()].name
        relink = f'UPDATE "{child.name}" SET "{column}" = ? WHERE Id = ? AND "{column}" IS NULL'  # noqa: S608
        org.state.run(relink, (record_id, severed["child"]))
    org.state.run("DELETE FROM _severed WHERE parent = ?", (record_id,))


def empty(org: OrgContext, sobject: SObject, ids: Sequence[str]) -> list[Outcome]:
    """Remove records from the recycle bin for good."""
    rows = store.by_id(org.state, sobject, ids)
    refused = Refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ())
    gone = [one for one in ids if one in rows and rows[one].get("IsDeleted")]
    org.state.many(f'DELETE FROM "{sobject.name}" WHERE Id = ?', [(one,) for one in gone])  # noqa: S608 - catalog name
    return [Outcome(one, errors=() if one in gone else (refused,)) for one in ids]


def purge(state: State, now: datetime) -> int:
    """Empty the recycle bin of what lay there longer than 15 days; give the number of records."""
    until = stamp(now - timedelta(days=BIN_DAYS))
    purged = 0
    for sobject in state.catalog:
        if sobject.soft_deletes:
            purged += state.run(f'DELETE FROM "{sobject.name}" WHERE IsDeleted = 1 AND _deleted_at < ?', (until,))  # noqa: S608
    state.run("DELETE FROM _deleted_log WHERE deleted_at < ?", (until,))
    return purged
