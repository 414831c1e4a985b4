"""Deleting, the recycle bin, and coming back from it.

A deleted record of an sObject that soft-deletes stays 15 days with IsDeleted set. Children hanging on it go too, or
lose their reference (and get it back with it), as the child's field says. Other sObjects' rows are gone at once.

Documented (help): what went with its parent comes back with it alone; a detail deleted before its master is lost once
the master is deleted too. Assumed: the same of contacts and opportunities of accounts, that a reference to what is in
the bin is empty in a record that comes back, and that what is erased takes along what hangs on it in the bin.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sfsync.localorg import currencies, usage
from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import contact_roles, parents, permitted, roles, rollups, sharing, store
from sfsync.localorg.saving.draft import Draft, Outcome, duplicate_value
from sfsync.localorg.saving.shape import shape_of
from sfsync.localorg.sobject import ChildRelationship, Field, SObject
from sfsync.localorg.state import State
from sfsync.localorg.values import Stored, stamp
from sfsync.localorg.variants import DELETES_UNJUDGED, is_on
from sfsync.localorg.wire import Refusal

BIN_DAYS = 15
DAYS_SETTING, RECORDS_SETTING = "recycle_bin_days", "recycle_bin_records"
_MISSING = Refusal(404, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ())
_GONE = Refusal(404, "ENTITY_IS_DELETED", "entity is deleted", ())
_NOT_IN_BIN = Refusal(400, "UNDELETE_FAILED", "Entity is not in the recycle bin", ())
_LOST = ""  # when a detail that is lost was deleted: before everything, so that the next purge takes it


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
    going = [one for one in dict.fromkeys(ids) if one not in errors]
    errors |= _judged(
        org, sobject, rows, going, lambda those: _remove(org, sobject, [str(one.record_id) for one in those])
    )
    return [Outcome(one, errors=(errors[one],) if one in errors else ()) for one in ids]


def _judged(
    org: OrgContext,
    sobject: SObject,
    rows: dict[str, dict[str, Stored]],
    ids: Sequence[str],
    do: Callable[[Sequence[Draft]], None],
) -> dict[str, Refusal]:
    """Take records away or bring them back by `do`; give why the rules of their parents are against it, by id."""
    drafts = [Draft({}, one, before=rows[one], row=rows[one]) for one in ids]
    if is_on(org.state, DELETES_UNJUDGED):
        do(drafts)
    else:
        parents.write(org, sobject, drafts, do)
    return {str(one.record_id): one.errors[0] for one in drafts if one.errors}


def _refusal(org: OrgContext, sobject: SObject, row: store.Row | None) -> Refusal | None:
    if not sobject.deletable:
        text = f"entity type cannot be deleted: {sobject.label}"
        return Refusal(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text, ())
    if row is None:
        return _MISSING
    if (kept := sharing.undeletable(sobject, row)) is not None:
        return kept
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
    return [str(row["Id"]) for row in rows if sharing.undeletable(org.sobject(relation.child_sobject), row) is None]


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
            if child.soft_deletes and not field.nillable:
                _lose(org, child, field, ids)
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


def _lose(org: OrgContext, child: SObject, field: Field, masters: Sequence[str]) -> None:
    """Give details up that were in the bin before their masters."""
    sql = f'UPDATE "{child.name}" SET _deleted_at = ? WHERE "{field.name}" = ? AND _deleted_at < ?'  # noqa: S608
    org.state.many(sql, [(_LOST, one, org.stamp) for one in masters])


def _sever(org: OrgContext, child: SObject, field: str, parents: Sequence[str]) -> None:
    """Empty the references of living children, and remember them for the parent's return."""
    rows = store.fetch(org.state, child, field, parents)
    keep = "INSERT INTO _severed (parent, sobject, field, child) VALUES (?, ?, ?, ?)"
    org.state.many(keep, [(row[field], child.name, field, row["Id"]) for row in rows])
    empty: dict[str, Stored] = {field: None, **store.moved_stamp(org.state, child, org.stamp)}
    store.update(org.state, child, {str(row["Id"]): empty for row in rows})


def _stamps(org: OrgContext, sobject: SObject) -> dict[str, Stored]:
    values = {"LastModifiedDate": org.stamp, "LastModifiedById": org.user_id, "SystemModstamp": org.stamp}
    return {name: values[name] for name in shape_of(sobject).modified_stamps}


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
            told = _judged(org, sobject, rows, [record_id], lambda those: _restore(org, sobject, those[0].row))
            refusal = told.get(record_id)
        outcomes.append(Outcome(record_id, errors=(refusal,) if refusal else ()))
    return outcomes


def _cannot_return(org: OrgContext, sobject: SObject, row: store.Row | None) -> Refusal | None:
    if row is None or not sobject.undeletable:
        return Refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ())
    if not row["IsDeleted"] or row["_deleted_at"] == _LOST:
        return _NOT_IN_BIN
    masters = [one.name for one in shape_of(sobject).references if one.on_parent_delete == "cascade"]
    if any(row[name] is not None and _state_of(org, str(row[name])) != "living" for name in masters):
        return _NOT_IN_BIN
    for field in shape_of(sobject).unique:
        if row[field.name] is not None:
            collation = "" if field.case_sensitive else " COLLATE NOCASE"
            for holder in store.fetch(org.state, sobject, field.name, [row[field.name]], collation):
                return duplicate_value(field, str(holder["Id"]))
    return None


def _state_of(org: OrgContext, record_id: str) -> str:
    """Tell whether a record is living, in the bin or gone."""
    kind = org.state.catalog.by_prefix(record_id[:3])
    row = None if kind is None else store.by_id(org.state, kind, [record_id]).get(record_id)
    return "gone" if row is None else "bin" if row.get("IsDeleted") else "living"


def _without_parents(org: OrgContext, sobject: SObject, row: store.Row) -> dict[str, Stored]:
    """Give the references of a record that lead to what is deleted, emptied; those to the bin are remembered."""
    emptied: dict[str, Stored] = {}
    for field in shape_of(sobject).references:
        if row[field.name] is None or not (field.nillable and field.updateable):
            continue
        where = _state_of(org, str(row[field.name]))
        if where != "living":
            emptied[field.name] = None
        if where == "bin":
            keep = "INSERT INTO _severed (parent, sobject, field, child) VALUES (?, ?, ?, ?)"
            org.state.run(keep, (row[field.name], sobject.name, field.name, row["Id"]))
    return emptied


def _restore(org: OrgContext, sobject: SObject, row: store.Row) -> None:
    record_id = str(row["Id"])
    merged: dict[str, Stored] = {"MasterRecordId": None} if "masterrecordid" in sobject.fields else {}
    back = {"IsDeleted": 0, "_deleted_at": None, **merged, **_stamps(org, sobject)}
    back |= _without_parents(org, sobject, row)
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
        left = store.by_id(org.state, child, [severed["child"]]).get(severed["child"])
        if left is not None and left[column] is None:
            again: dict[str, Stored] = {column: record_id, **store.moved_stamp(org.state, child, org.stamp)}
            store.update(org.state, child, {severed["child"]: again})
    org.state.run("DELETE FROM _severed WHERE parent = ?", (record_id,))


def empty(org: OrgContext, sobject: SObject, ids: Sequence[str]) -> list[Outcome]:
    """Remove records from the recycle bin for good."""
    rows = store.by_id(org.state, sobject, ids)
    refused = Refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ())
    gone = [one for one in ids if one in rows and rows[one].get("IsDeleted")]
    erase(org, sobject, gone)
    return [Outcome(one, errors=() if one in gone else (refused,)) for one in ids]


def erase(org: OrgContext, sobject: SObject, ids: Sequence[str]) -> None:
    """Take deleted records out of the bin for good, and what hangs on them there."""
    if not ids:
        return
    for relation in sobject.children:
        child = org.sobject(relation.child_sobject)
        if relation.cascade_delete and child.soft_deletes:
            found = f'SELECT Id FROM "{child.name}" WHERE "{relation.field}" = ? AND IsDeleted = 1'  # noqa: S608
            erase(org, child, [str(row["Id"]) for one in ids for row in org.state.rows(found, (one,))])
    org.state.many(f'DELETE FROM "{sobject.name}" WHERE Id = ?', [(one,) for one in ids])  # noqa: S608 - catalog name
    org.state.many("DELETE FROM _severed WHERE parent = ?", [(one,) for one in ids])


def bin_days(state: State) -> int:
    """Give how many days deleted records stay."""
    kept = state.setting(DAYS_SETTING)
    return kept if isinstance(kept, int) else BIN_DAYS


def bin_records(state: State) -> int:
    """Give how many records the bin holds: 25 for each megabyte of storage, unless set (documented)."""
    kept = state.setting(RECORDS_SETTING)
    return kept if isinstance(kept, int) else 25 * usage.allowance(state, "DataStorageMB", usage.STORAGE_MB)


def purge(state: State, now: datetime) -> int:
    """Empty the recycle bin of what lay there too long, and of the oldest that is too much; give the number.

    What is too much goes once it has lain there two hours (documented).
    """
    until = stamp(now - timedelta(days=bin_days(state)))
    kinds = [one for one in state.catalog if one.soft_deletes]
    purged = sum(_forget(state, one, until) for one in kinds)
    state.run("DELETE FROM _deleted_log WHERE deleted_at < ?", (until,))
    kept = " UNION ALL ".join(f'SELECT _deleted_at AS at, Id FROM "{one.name}" WHERE IsDeleted = 1' for one in kinds)  # noqa: S608
    sql = f"SELECT at, Id FROM ({kept}) ORDER BY at DESC, Id DESC LIMIT 1 OFFSET ?"  # noqa: S608 - catalog names
    first = state.one(sql, (bin_records(state),))
    if first is not None:
        long_ago = stamp(now - timedelta(hours=2))
        purged += sum(_forget_surplus(state, one, (first["at"], first["Id"], long_ago)) for one in kinds)
    return purged


def _forget(state: State, sobject: SObject, until: str) -> int:
    sql = f'DELETE FROM "{sobject.name}" WHERE IsDeleted = 1 AND _deleted_at < ?'  # noqa: S608 - catalog name
    return state.run(sql, (until,))


def _forget_surplus(state: State, sobject: SObject, bounds: tuple[Stored, Stored, str]) -> int:
    """Forget what was deleted with or before a record, of one time by id, and no later than a third bound."""
    sql = f'DELETE FROM "{sobject.name}" WHERE IsDeleted = 1 AND (_deleted_at, Id) <= (?, ?) AND _deleted_at <= ?'  # noqa: S608
    return state.run(sql, bounds)
