"""Tasks and events: what follows from their values, what they do to whom they are about, and who takes them over.

Documented (Object Reference, Task and Event; help): a task is closed by its status, the account follows from who and
what, a lead's activities have no other record beside it; the newest closed activity is LastActivityDate of whom it is
about, which moves SystemModstamp and not LastModifiedDate; a conversion hands a lead's activities to the contact.
Assumed: the words for a lead beside another record, and that only Completed closes a task.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import Stored, instant, stamp

KINDS = ("Task", "Event")
_CLOSED = "Completed"


def check(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Refuse activities of a lead that name another record too; work out what follows from the others."""
    if sobject.name not in KINDS:
        return
    for draft in living(drafts):
        if str(draft.row["WhoId"]).startswith("00Q") and draft.row["WhatId"] is not None:
            text = f"An activity of a lead cannot be related to another record: {draft.row['WhatId']}"
            draft.refuse(400, "FIELD_INTEGRITY_EXCEPTION", text, ("WhatId",))
            continue
        draft.row["AccountId"] = _account(org, draft.row)
        (_task if sobject.name == "Task" else _event)(draft, org.stamp)
        if sobject.name == "Event" and draft.before is None:
            _demand_time(draft)


def _account(org: OrgContext, row: Mapping[str, Stored]) -> Stored:
    """Give the account that an activity belongs to: that of what it is about, else that of the contact."""
    if str(row["WhatId"]).startswith("001"):
        return row["WhatId"]
    for record_id, table in ((row["WhatId"], "Opportunity"), (row["WhoId"], "Contact")):
        found = org.state.one(f'SELECT AccountId FROM "{table}" WHERE Id = ?', (record_id,))  # noqa: S608 - our names
        if found is not None and found["AccountId"]:
            return str(found["AccountId"])
    return None


def _task(draft: Draft, now: str) -> None:
    closed = draft.row["Status"] == _CLOSED
    draft.row["IsHighPriority"] = int(draft.row["Priority"] == "High")
    draft.row["CompletedDateTime"] = (draft.row["CompletedDateTime"] or now) if closed else None
    draft.row["IsClosed"] = int(closed)


def _event(draft: Draft, now: str) -> None:
    start = draft.row["StartDateTime"] or draft.row["ActivityDateTime"]
    draft.row["StartDateTime"] = draft.row["ActivityDateTime"] = start
    if start is not None:
        draft.row["ActivityDate"] = str(start)[:10]
        _settle_length(draft, str(start))


def _settle_length(draft: Draft, start: str) -> None:
    """Work out the end of an event from its length, or its length from its end, whichever was not given."""
    end, minutes = draft.row["EndDateTime"], draft.row["DurationInMinutes"]
    if minutes is not None and (end is None or not draft.changes("EndDateTime")):
        draft.row["EndDateTime"] = stamp(instant(start) + timedelta(minutes=int(minutes)))
    elif end is not None:
        draft.row["DurationInMinutes"] = int((instant(str(end)) - instant(start)).total_seconds() // 60)


def _demand_time(draft: Draft) -> None:
    """Refuse a new event without a time (the code and words were answered by a real org), or without a length."""
    row = draft.row
    if row["IsAllDayEvent"] and row["ActivityDate"] is not None:
        return
    missing = ["ActivityDateTime"] if row["ActivityDateTime"] is None else []
    missing += ["DurationInMinutes"] if row["DurationInMinutes"] is None and row["EndDateTime"] is None else []
    if missing:
        text = f"Required fields are missing: [{', '.join(missing)}]"
        draft.refuse(400, "REQUIRED_FIELD_MISSING", text, tuple(missing))


def touch(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Tell the records that activities are about of the day of the newest that is closed, or was."""
    if sobject.name not in KINDS:
        return
    for draft in drafts:
        day = draft.row["ActivityDate"]
        over = draft.row["IsClosed"] if sobject.name == "Task" else str(day) <= org.stamp[:10]
        if day is None or not over:
            continue
        for record_id in (draft.row["WhoId"], draft.row["WhatId"], draft.row["AccountId"]):
            kind = org.catalog.by_prefix(str(record_id)[:3]) if record_id else None
            if kind is not None and "lastactivitydate" in kind.fields:
                sql = f"""UPDATE "{kind.name}" SET LastActivityDate = ?1, SystemModstamp = ?2
                          WHERE Id = ?3 AND coalesce(LastActivityDate, '') < ?1"""  # noqa: S608 - a name of the catalog
                org.state.run(sql, (day, org.stamp, record_id))


def carry_over(org: OrgContext, lead_id: str, contact_id: str, account_id: str) -> None:
    """Hand the activities of a converted lead to the contact."""
    now: dict[str, Stored] = {"WhoId": contact_id, "AccountId": account_id, "SystemModstamp": org.stamp}
    for name in KINDS:
        kind = org.sobject(name)
        mine = store.fetch(org.state, kind, "WhoId", [lead_id])
        store.update(org.state, kind, {str(one["Id"]): now for one in mine})
