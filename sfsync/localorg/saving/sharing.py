"""Shares on the way into the database: people make, change and end those with the cause Manual alone.

Documented (Object Reference, LeadShare and its like): shares of other causes are read-only; a level must be more than
everybody has anyhow, and never All; a share that is there already is changed instead. Seen in public traces: the words
for a level that adds nothing. Assumed: the codes.
"""

from collections.abc import Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.objects.derived import MANUAL
from sfsync.localorg.rights import grants, shares
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.sobject import SObject
from sfsync.localorg.wire import Refusal

_READ_ONLY = Refusal(403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", ())
_BROKEN = "field integrity exception"
_OPEN_TO_ALL = {  # of each default: the level everybody has, and those that add nothing to it
    "public": ("Edit", ("Read", "Edit")),
    "read": ("Read", ("Read",)),
}


def adopt(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Turn new shares into changes of those that are there for the same record and user or group."""
    parent = _shared(sobject)
    if not parent:
        return
    for draft in drafts:
        if draft.record_id is None and draft.given.get("RowCause") in (None, MANUAL):
            rows = store.fetch(org.state, sobject, f"{parent}Id", [draft.given.get(f"{parent}Id")])
            found = [one for one in rows if one["UserOrGroupId"] == draft.given.get("UserOrGroupId")]
            held = next((one for one in found if one["RowCause"] == MANUAL), None)
            if held is not None:
                draft.record_id = str(held["Id"])
                fixed = ("RowCause", "UserOrGroupId", f"{parent}Id")
                draft.given = {key: value for key, value in draft.given.items() if key not in fixed}


def check(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse shares that nobody makes, and levels that add nothing."""
    parent = _shared(sobject)
    if not parent:
        return
    level = f"{parent}AccessLevel"
    for draft in living(drafts):
        if draft.before is not None and _is_kept(draft.before):
            draft.errors.append(_READ_ONLY)
        elif draft.given.get("RowCause") not in (None, MANUAL):
            text = f"{_BROKEN}: RowCause (a share with the cause {draft.given['RowCause']} is not made)"
            draft.refuse(400, "FIELD_INTEGRITY_EXCEPTION", text, ("RowCause",))
        elif draft.given.get(level) is not None:
            _check_level(org, parent, draft, str(draft.given[level]), level)


def _check_level(org: OrgContext, parent: str, draft: Draft, given: str, level: str) -> None:
    default, adding_nothing = _OPEN_TO_ALL.get(_default(org, parent), ("", ()))
    if given == "All":
        draft.refuse(400, "FIELD_INTEGRITY_EXCEPTION", f"{_BROKEN}: {level} (All is the owner's)", (level,))
    elif given in adding_nothing:
        text = f"trivial share level {given}, for organization with default level {default}"
        draft.refuse(400, "FIELD_INTEGRITY_EXCEPTION", f"{_BROKEN}: unknown ({text})", (level,))


def _default(org: OrgContext, parent: str) -> str:
    """Give how records are shared with everybody, "" where rights are not looked at."""
    if not grants.are_on(org.state):
        return ""
    return grants.default_sharing(org.state).get(parent.lower(), "public")


def undeletable(sobject: SObject, row: store.Row) -> Refusal | None:
    """Give the refusal of ending a share that people do not make."""
    return _READ_ONLY if _shared(sobject) and _is_kept(row) else None


def _is_kept(row: store.Row) -> bool:
    return row.get("RowCause") != MANUAL


def _shared(sobject: SObject) -> str:
    """Name whose shares an sObject holds, "" where it holds none."""
    parent = sobject.name.removesuffix("Share")
    return parent if parent in shares.SHARED and parent != sobject.name else ""
