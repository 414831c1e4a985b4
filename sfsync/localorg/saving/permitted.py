"""Rights of one who writes: to fields, to records, to the parents named."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rights import details, grants, seeing
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.saving.shape import shape_of
from sfsync.localorg.sobject import SObject
from sfsync.localorg.wire import Refusal

READ_ONLY = ("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
OUT_OF_SIGHT = ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "insufficient access rights on cross-reference id")
_IN_ONE_STATEMENT = 500


def checked(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> tuple[OrgContext, SObject]:
    """Refuse what the user may not write; give the org and the sObject as they are, for the rest of saving.

    `sobject` is as the user sees it. Rules, defaults and roll-ups are the org's own and see everything.
    """
    whole = replace(org, seen=None)
    for draft in living(drafts):
        closed = [name for name in draft.given if not _open(sobject, name, draft.record_id is None)]
        if closed:
            text = f"Unable to create/update fields: {', '.join(closed)}. Please check the security settings of this "
            text += "field and verify that it is read/write for your profile or permission set."
            draft.refuse(400, "INVALID_FIELD_FOR_INSERT_UPDATE", text, tuple(closed))
    asked = [one.record_id for one in living(drafts) if one.record_id]
    refused = refusals(org, sobject, asked, sobject.writeable)
    for draft in living(drafts):
        if draft.record_id in refused:
            draft.errors.append(refused[draft.record_id])
    _given_away(org, sobject, living(drafts))
    _parents(org, sobject, living(drafts))
    return whole, whole.sobject(sobject.name)


def _given_away(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse another owner for records that the user may change but not give away."""
    asked = [one for one in drafts if one.record_id and one.given.get("OwnerId") is not None]
    if not asked or not sobject.givable:
        return
    held = store.by_id(
        org.state, org.state.catalog.sobject(sobject.name) or sobject, [str(one.record_id) for one in asked]
    )
    moved = [one for one in asked if held[str(one.record_id)]["OwnerId"] != one.given["OwnerId"]]
    refused = refusals(org, sobject, [str(one.record_id) for one in moved], sobject.givable)
    for draft in moved:
        if draft.record_id in refused:
            draft.errors.append(refused[draft.record_id])


def readable_by_owner(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse owners who may not read records of the kind (documented: the code)."""
    named = [one for one in living(drafts) if one.given.get("OwnerId") is not None]
    if not named or not grants.are_on(org.state):
        return
    for draft in named:
        owner = str(draft.given["OwnerId"])
        asked = draft.changes("OwnerId") and grants.holders_of(org.state, owner)  # a queue, say, has no profile
        seen = seeing.seen_by(org.state, owner) if asked else None
        if seen is not None and seeing.governed(sobject) and seen.sobject(sobject.name) is None:
            text = "The new owner must have read permission"
            draft.refuse(400, "TRANSFER_REQUIRES_READ", text, ("OwnerId",))


def refusals(org: OrgContext, sobject: SObject, ids: Sequence[str], condition: str) -> dict[str, Refusal]:
    """Give for ids of records that are there, but that the user may not see, or that fail a condition, why not."""
    there = _among(org, f'"{sobject.name}"', "", ids)
    seen = _among(org, f'"{sobject.name}"', sobject.visible, ids)
    open_ = _among(org, f'"{sobject.name}"', condition, ids)
    told = {one: Refusal(403, *OUT_OF_SIGHT, ()) for one in there - seen}
    return {**{one: Refusal(403, *READ_ONLY, ()) for one in there - open_}, **told}


def out_of_sight(org: OrgContext, sobject: SObject, ids: Sequence[str]) -> set[str]:
    """Give those of some ids that the user does not see; `sobject` is as the user sees it."""
    return set(ids) - _among(org, f'"{sobject.name}"', sobject.visible, ids) if sobject.visible else set()


def deleting(org: OrgContext, sobject: SObject, ids: Sequence[str]) -> tuple[OrgContext, SObject, dict[str, Refusal]]:
    """Give the org and the sObject as they are, and why the user may not delete some of the ids, or bring them back."""
    whole = replace(org, seen=None)
    full = whole.sobject(sobject.name)
    if full.deletable and not sobject.deletable:
        return whole, full, {one: Refusal(403, *READ_ONLY, ()) for one in ids}
    return whole, full, refusals(org, sobject, ids, sobject.removable)


def _parents(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse records that name a parent out of the user's sight."""
    for field in shape_of(sobject).references:
        for draft in drafts:
            value = draft.given.get(field.name)
            target = org.state.catalog.by_prefix(str(value)[:3]) if value and draft.changes(field.name) else None
            if target is None or field.name == "OwnerId":
                continue
            seen = org.catalog.sobject(target.name)
            condition = ""
            if seen is not None and details.ABOUT.get(sobject.name, ("",))[0] == field.name:
                condition = getattr(seen, details.needed(sobject.name))
            closed = seen is not None and (seen.visible or condition)
            if seen is None or (closed and str(value) in refusals(org, seen, [str(value)], condition)):
                draft.refuse(400, OUT_OF_SIGHT[0], OUT_OF_SIGHT[1], (field.name,))


def _open(sobject: SObject, name: str, creating: bool) -> bool:
    field = sobject.fields.get(name.lower())
    return field is not None and (field.createable if creating else field.updateable)


def _among(org: OrgContext, table: str, condition: str, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    also = f" AND {condition}" if condition else ""
    for part in _parts(ids):
        marks = ", ".join("?" * len(part))
        sql = f"SELECT Id FROM {table} WHERE Id IN ({marks}){also}"  # noqa: S608 - names of the catalog
        found |= {str(row["Id"]) for row in org.state.rows(sql, part)}
    return found


def _parts(ids: Sequence[str]) -> Iterable[list[str]]:
    wanted = list(dict.fromkeys(ids))
    return (wanted[start : start + _IN_ONE_STATEMENT] for start in range(0, len(wanted), _IN_ONE_STATEMENT))
