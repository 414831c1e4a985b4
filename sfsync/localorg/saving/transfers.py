"""What goes with a record that comes to another owner: its shares and team end, children move where the caller says.

Documented (SOAP API guide, OwnerChangeOptions): only SOAP can say; contacts move whoever owns them, opportunities by
owner and by whether they are open, open tasks and events of the record itself. The options of sObjects that are not
here change nothing.
"""

from collections.abc import Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rights import shares
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import Stored

Moving = tuple[str, str, str]  # sObject, the field it hangs by, which of them as SQL with ?1, the old owner

OPTIONS: dict[str, Moving] = {
    "TransferContacts": ("Contact", "AccountId", "OwnerId IS NOT NULL"),
    "TransferOwnedOpenOpportunities": ("Opportunity", "AccountId", "IsClosed = 0 AND OwnerId = ?1"),
    "TransferOthersOpenOpportunities": ("Opportunity", "AccountId", "IsClosed = 0 AND OwnerId <> ?1"),
    "TransferOwnedClosedOpportunities": ("Opportunity", "AccountId", "IsClosed = 1 AND OwnerId = ?1"),
    "TransferOpenActivities": ("Task", "WhatId", "IsClosed = 0"),
}
_KEEP_TEAM = {"KeepAccountTeam", "KeepSalesTeam"}


def follow(org: OrgContext, sobject: SObject, drafts: Sequence[Draft], options: frozenset[str]) -> None:
    """End what was shared of records that have come to another owner, and move what goes with them."""
    moved = [one for one in drafts if one.before is not None and one.before.get("OwnerId") != one.row.get("OwnerId")]
    _end(org, sobject.name, [str(one.row["Id"]) for one in moved], options)
    if sobject.name not in shares.TEAMS:
        return
    for draft in moved:
        for option in sorted(options & OPTIONS.keys()):
            _move(org, OPTIONS[option], draft)


def _move(org: OrgContext, moving: Moving, draft: Draft) -> None:
    child, hangs_by, which = moving
    assert draft.before is not None
    old, new = draft.before["OwnerId"], draft.row["OwnerId"]
    sql = f'SELECT Id FROM "{child}" WHERE {which} AND OwnerId <> ?2 AND {hangs_by} = ?3 AND IsDeleted = 0'  # noqa: S608
    ids = [str(row["Id"]) for row in org.state.rows(sql, (old, new, draft.row["Id"]))]
    changed: dict[str, Stored] = {
        "OwnerId": new, "LastModifiedDate": org.stamp, "LastModifiedById": org.user_id, "SystemModstamp": org.stamp
    }  # fmt: skip
    store.update(org.state, org.sobject(child), dict.fromkeys(ids, changed))
    _end(org, child, ids, frozenset())


def _end(org: OrgContext, sobject: str, ids: Sequence[str], options: frozenset[str]) -> None:
    shares.end(org.state, sobject, ids, bool(options & _KEEP_TEAM))
