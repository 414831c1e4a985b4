"""Merging records: losers go into the recycle bin with the winner's Id on them, and what hung on them moves over.

Documented (SOAP API guide, merge; Apex guide, merge statements): at most two losers, one sObject that can be merged,
the winner takes the values given, MasterRecordId, children that change their parent. Assumed: the codes of refusals,
that a winner below a loser takes its place in the hierarchy, and that persons take their contacts along.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import campaigns, history, recycle, rollups, sharing, store, validation
from sfsync.localorg.saving.draft import Draft, Options
from sfsync.localorg.saving.save import save
from sfsync.localorg.sobject import SObject
from sfsync.localorg.wire import Refusal

MOST_LOSERS = 2


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of one merge."""

    master_id: str | None
    merged_ids: tuple[str, ...] = ()
    related_ids: tuple[str, ...] = ()  # records whose parent is now the winner
    errors: tuple[Refusal, ...] = ()


class _Undo(Exception):
    """Undoes a merge that cannot be done to its end."""

    def __init__(self, errors: Sequence[Refusal]) -> None:
        super().__init__(errors)
        self.errors = tuple(errors)


def merge(org: OrgContext, kind: SObject, master: Draft, losers: Sequence[str]) -> Merged:
    """Merge losers (18-character ids) into the record a draft names and changes, or leave everything as it was."""
    try:
        with org.state.transaction():
            return _merged(org, kind, master, list(losers))
    except _Undo as undone:
        return Merged(master.record_id, errors=undone.errors)


def _merged(org: OrgContext, kind: SObject, master: Draft, losers: list[str]) -> Merged:
    _check(org, kind, master, losers)
    outcome = save(org, kind, [master], Options())[0]
    if outcome.errors or outcome.record_id is None:
        raise _Undo(outcome.errors)
    _lift(org, kind, outcome.record_id, losers)
    campaigns.join(org, kind, outcome.record_id, losers)
    halves = _halves(org, kind, [outcome.record_id, *losers])
    related = _move_children(org, kind, outcome.record_id, losers)
    if halves:
        contact = org.sobject("Contact")
        related += _move_children(org, contact, halves[0], halves[1:])
        store.update(org.state, contact, {one: {"MasterRecordId": halves[0]} for one in halves[1:]})
    rollups.climb(org, kind, [outcome.record_id])
    gone = recycle.delete(org, kind, losers)
    failed = [error for one in gone for error in one.errors]
    if failed:
        raise _Undo(failed)
    store.update(org.state, kind, {one: {"MasterRecordId": outcome.record_id} for one in losers})
    if kind.name == "Lead":
        history.note(org, kind, outcome.record_id, "leadMerged")
    return Merged(outcome.record_id, tuple(losers), tuple(related))


def _check(org: OrgContext, kind: SObject, master: Draft, losers: list[str]) -> None:
    if not kind.mergeable:
        raise _refused("INVALID_TYPE_FOR_OPERATION", f"entity type cannot be merged: {kind.label}")
    if master.errors:
        raise _Undo(master.errors)
    if not losers or len(losers) > MOST_LOSERS or len(set(losers)) < len(losers) or master.record_id in losers:
        raise _refused("INVALID_ARGUMENT_TYPE", f"a merge takes one to {MOST_LOSERS} other records")
    rows = store.by_id(org.state, kind, losers)
    for one in losers:
        if one not in rows:
            raise _refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if rows[one].get("IsDeleted"):
            raise _refused("ENTITY_IS_DELETED", "entity is deleted")
        if rows[one].get("IsConverted"):
            raise _refused("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")


def _lift(org: OrgContext, kind: SObject, master_id: str, losers: Sequence[str]) -> None:
    """Put a winner that is below a loser in its place, so that it does not come to be above itself (assumed)."""
    name = validation.ABOVE.get(kind.name)
    if name is None:
        return
    way = [master_id]
    while True:
        row = store.by_id(org.state, kind, way[-1:]).get(way[-1], {})
        above = row.get(name)
        if above is None or above in way:
            break
        way.append(str(above))
    highest = next((one for one in reversed(way) if one in losers), None)
    if highest is not None:
        above = store.by_id(org.state, kind, [highest])[highest][name]
        store.update(org.state, kind, {master_id: {name: above}})


def _halves(org: OrgContext, kind: SObject, ids: Sequence[str]) -> list[str]:
    """Give the contacts of persons in the order of their accounts, none of businesses. Raises _Undo for both."""
    if "personcontactid" not in kind.known:
        return []
    rows = store.by_id(org.state, kind, ids)
    found = [str(half) for one in ids if (half := rows[one]["PersonContactId"]) is not None]
    if found and len(found) < len(ids):
        raise _refused("INVALID_TYPE_FOR_OPERATION", "a person account can be merged with person accounts alone")
    return found


def _move_children(org: OrgContext, kind: SObject, master_id: str, losers: Sequence[str]) -> list[str]:
    """Hang what hangs on the losers on the winner, and give the ids of what moved."""
    moved: dict[str, None] = {}
    for relation in kind.children:
        child = org.sobject(relation.child_sobject)
        rows = store.fetch(org.state, child, relation.field, losers)
        rows = [one for one in rows if sharing.undeletable(child, one) is None]
        rows = [one for one in rows if not (child.name == "Contact" and one.get("IsPersonAccount"))]  # goes along
        stamped = store.moved_stamp(org.state, child, org.stamp)
        store.update(org.state, child, {str(row["Id"]): {relation.field: master_id, **stamped} for row in rows})
        moved.update(dict.fromkeys(str(row["Id"]) for row in rows if str(row["Id"]) not in losers))
    return list(moved)


def _refused(code: str, text: str) -> _Undo:
    return _Undo([Refusal(400, code, text, ())])
