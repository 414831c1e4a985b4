"""Campaigns: the statuses they come with, who is a member, and what becomes of members at conversion and merge.

Documented (Object Reference: Campaign, CampaignMember, CampaignMemberStatus; help; API guide): a campaign has statuses
of its own, Sent and Responded at first; whether a member has responded follows from the status; one that the campaign
has not becomes its default; one is a member once; at conversion the members of a lead become those of the contact, and
the newest campaign is the opportunity's. Seen in public traces: the words for who is a member already, and that a
converted lead cannot become one. Assumed: the code for neither lead nor contact.
"""

from collections.abc import Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import Stored

_AT_FIRST = (("Sent", 1, 0), ("Responded", 0, 1))  # label, default, has responded
_WHO = ("LeadId", "ContactId")


def check(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse members that are nobody, converted leads, or members already; give the others their status."""
    if sobject.name != "CampaignMember":
        return
    for draft in living(drafts):
        who = next((str(draft.row[name]) for name in reversed(_WHO) if draft.row[name]), None)
        if who is None:
            text = "Required fields are missing: [LeadId or ContactId]"
            draft.refuse(400, "REQUIRED_FIELD_MISSING", text, _WHO)
            continue
        if draft.before is None:
            _check_new(org, draft)
        draft.row["LeadOrContactId"] = who
        _give_status(org, draft)
    _once(org, living(drafts))


def _check_new(org: OrgContext, draft: Draft) -> None:
    lead = org.state.one('SELECT IsConverted FROM "Lead" WHERE Id = ?', (draft.row["LeadId"],))
    if lead is not None and lead["IsConverted"]:
        draft.refuse(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")


def _give_status(org: OrgContext, draft: Draft) -> None:
    """Work out whether a member has responded, by its campaign's statuses; given none of them, it gets the default."""
    sql = 'SELECT * FROM "CampaignMemberStatus" WHERE CampaignId = ? AND IsDeleted = 0 ORDER BY IsDefault DESC, Id'
    statuses = {str(row["Label"]): row for row in org.state.rows(sql, (draft.row["CampaignId"],))}
    given = draft.before is None or draft.changes("Status")
    if statuses and given and draft.row["Status"] not in statuses:
        draft.row["Status"] = next(iter(statuses), None)
    found = statuses.get(str(draft.row["Status"]))
    draft.row["HasResponded"] = int(found is not None and bool(found["HasResponded"]))
    if draft.row["HasResponded"] and draft.row["FirstRespondedDate"] is None:
        draft.row["FirstRespondedDate"] = org.stamp[:10]


def _once(org: OrgContext, drafts: Sequence[Draft]) -> None:
    """Refuse new members who are members already, or are twice in the set."""
    new = [one for one in drafts if one.before is None]
    kind = org.sobject("CampaignMember")
    held = store.fetch(org.state, kind, "CampaignId", [one.row["CampaignId"] for one in new]) if new else []
    seen = {(row["CampaignId"], name, row[name]) for row in held for name in _WHO if row[name]}
    for draft in new:
        keys = {(draft.row["CampaignId"], name, draft.row[name]) for name in _WHO if draft.row[name]}
        if keys & seen:
            draft.refuse(400, "DUPLICATE_VALUE", "Already a campaign member.")
        else:
            seen |= keys


def give_statuses(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Give new campaigns the statuses that members can have."""
    new = [one for one in drafts if one.before is None] if sobject.name == "Campaign" else []
    if not new:
        return
    kind = org.sobject("CampaignMemberStatus")
    ids = iter(org.state.next_ids(str(kind.key_prefix), len(new) * len(_AT_FIRST)))
    stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), org.stamp)
    by = dict.fromkeys(("CreatedById", "LastModifiedById"), org.user_id)
    rows: list[dict[str, Stored]] = [
        {"Id": next(ids), "CampaignId": one.row["Id"], "Label": label, "SortOrder": place, "IsDefault": default}
        | {"HasResponded": responded, **stamps, **by}
        for one in new
        for place, (label, default, responded) in enumerate(_AT_FIRST, 1)
    ]
    store.insert(org.state, kind, rows)


def newest(org: OrgContext, lead_id: str) -> str | None:
    """Give the campaign that a lead became a member of last."""
    sql = """SELECT CampaignId FROM "CampaignMember" WHERE LeadId = ? AND IsDeleted = 0
             ORDER BY CreatedDate DESC, Id DESC"""
    row = org.state.one(sql, (lead_id,))
    return None if row is None else str(row["CampaignId"])


def carry_over(org: OrgContext, lead_id: str, contact_id: str) -> None:
    """Make the memberships of a converted lead those of the contact; where that is a member, they end."""
    kind = org.sobject("CampaignMember")
    mine = store.fetch(org.state, kind, "LeadId", [lead_id])
    theirs = {row["CampaignId"] for row in store.fetch(org.state, kind, "ContactId", [contact_id])}
    _move(org, kind, mine, {"ContactId": contact_id, "LeadOrContactId": contact_id}, theirs)


def join(org: OrgContext, kind: SObject, winner_id: str, losers: Sequence[str]) -> None:
    """Make the memberships of merged records the winner's, once for each campaign."""
    name = f"{kind.name}Id"
    if name not in _WHO:
        return
    members = org.sobject("CampaignMember")
    theirs = {row["CampaignId"] for row in store.fetch(org.state, members, name, [winner_id])}
    for loser in losers:
        mine = store.fetch(org.state, members, name, [loser])
        _move(org, members, mine, {name: winner_id, "LeadOrContactId": winner_id}, theirs)


def _move(
    org: OrgContext, kind: SObject, rows: Sequence[store.Row], now: dict[str, Stored], taken: set[Stored]
) -> None:
    stamps: dict[str, Stored] = {"LastModifiedDate": org.stamp, "SystemModstamp": org.stamp}
    for row in rows:
        gone: dict[str, Stored] = {"IsDeleted": 1, "_deleted_at": org.stamp}
        change = gone if row["CampaignId"] in taken else now
        store.update(org.state, kind, {str(row["Id"]): {**change, **stamps}})
        taken.add(row["CampaignId"])
