"""What goes with a record that comes to another owner: its shares and team end, children move where the caller says.

Documented (SOAP API guide, OwnerChangeOptions): only SOAP can say; contacts move whoever owns them, opportunities by
owner and by whether they are open, open tasks and events of the record itself. The options of sObjects that are not
here change nothing.
"""

from collections.abc import Sequence

from sfsync.localorg import mail
from sfsync.localorg.context import OrgContext
from sfsync.localorg.mail import Mail
from sfsync.localorg.rights import shares
from sfsync.localorg.saving import letters, store
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
_GRANT = "KeepSalesTeamGrantCurrentOwnerReadWriteAccess"  # the owner that was comes into the team
_SEND = "SendEmail"
_KEEP_TEAM = {"KeepAccountTeam", "KeepSalesTeam", _GRANT}


def follow(org: OrgContext, sobject: SObject, drafts: Sequence[Draft], options: frozenset[str]) -> None:
    """End what was shared of records that have come to another owner, and move what goes with them."""
    moved = [one for one in drafts if one.before is not None and one.before.get("OwnerId") != one.row.get("OwnerId")]
    _end(org, sobject.name, [str(one.row["Id"]) for one in moved], options)
    for draft in moved if _SEND in options else ():
        mail.send(org, _told(org, sobject, draft))
    if sobject.name not in shares.TEAMS:
        return
    for draft in moved:
        if _GRANT in options and sobject.name == "Opportunity":
            _grant(org, draft)
        for option in sorted(options & OPTIONS.keys()):
            _move(org, OPTIONS[option], draft)


def _told(org: OrgContext, sobject: SObject, draft: Draft) -> Mail:
    """Write to the new owner of a record."""
    name = draft.row.get("Name") or draft.row["Id"]
    subject = f"{sobject.label} transferred to you."
    body = f"{sobject.label} {name} has been assigned to you.\n{org.base_url}/{draft.row['Id']}\n"
    sender, to = letters.addresses(org, org.user_id), letters.addresses(org, str(draft.row["OwnerId"]))
    return Mail("".join(sender), to, subject, body, record_id=str(draft.row["Id"]), cause="owner change")


def _grant(org: OrgContext, draft: Draft) -> None:
    """Put the owner that was into the team of an opportunity, with the right to change it."""
    assert draft.before is not None
    team, old, record = org.sobject("OpportunityTeamMember"), str(draft.before["OwnerId"]), str(draft.row["Id"])
    members = store.fetch(org.state, team, "OpportunityId", [record])
    if old.startswith("005") and old not in [one["UserId"] for one in members]:
        given: dict[str, Stored] = {"OpportunityId": record, "UserId": old, "OpportunityAccessLevel": "Edit"}
        stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), org.stamp)
        by = dict.fromkeys(("CreatedById", "LastModifiedById"), org.user_id)
        store.insert(org.state, team, [{"Id": org.state.next_id(str(team.key_prefix)), **given, **stamps, **by}])


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
