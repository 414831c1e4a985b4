"""Roles: with each come two groups, of those who have it, and of these and all below (documented; names assumed)."""

from collections.abc import Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rights.members import ROLE, ROLE_AND_BELOW
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft
from sfsync.localorg.saving.shape import shape_of
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import Stored


def give_groups(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Make the groups of new roles, and name those of renamed ones anew."""
    if sobject.name != "UserRole" or not drafts:
        return
    group = org.sobject("Group")
    new = [one for one in drafts if one.before is None]
    ids = iter(org.state.next_ids(str(group.key_prefix), 2 * len(new)))
    made: dict[str, Stored] = {**shape_of(group).defaults, "OwnerId": org.org_id, "DoesIncludeBosses": 1}
    made |= dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), org.stamp)
    made |= dict.fromkeys(("CreatedById", "LastModifiedById"), org.user_id)
    rows = [
        {**made, **_named(draft), "Id": next(ids), "Type": kind, "RelatedId": draft.row["Id"]}
        for draft in new
        for kind in (ROLE, ROLE_AND_BELOW)
    ]
    store.insert(org.state, group, rows)
    renamed = {str(one.row["Id"]): _named(one) for one in drafts if one.before is not None}
    held = store.fetch(org.state, group, "RelatedId", list(renamed)) if renamed else ()
    store.update(org.state, group, {str(row["Id"]): renamed[str(row["RelatedId"])] for row in held})


def groups_of(org: OrgContext, sobject: SObject, ids: Sequence[str]) -> list[str]:
    """Give the ids of the groups that come with roles, which go with them too."""
    if sobject.name != "UserRole":
        return []
    return [str(row["Id"]) for row in store.fetch(org.state, org.sobject("Group"), "RelatedId", ids)]


def _named(draft: Draft) -> dict[str, Stored]:
    name = str(draft.row["Name"])
    return {"Name": name[:40], "DeveloperName": draft.row["DeveloperName"]}
