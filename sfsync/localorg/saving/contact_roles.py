"""Contact roles of opportunities: the primary one, and the opportunity's ContactId, which shows it.

Documented (Object Reference): an opportunity has one primary contact; the ContactId of a new opportunity makes its
primary role, and shows whose that is afterwards. Seen described of real orgs: a second primary role takes the place of
the first. Assumed: the opportunity's SystemModstamp moves with it.
"""

from collections.abc import Iterable, Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft
from sfsync.localorg.saving.shape import shape_of
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import Stored

_ROLE = "OpportunityContactRole"


def settle(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Make the roles that new opportunities bring, and keep one primary role for each of those that have roles."""
    if sobject.name == "Opportunity":
        _make(org, [one for one in drafts if one.before is None and one.row["ContactId"]])
    elif sobject.name == _ROLE:
        for draft in drafts:
            if draft.row["IsPrimary"]:
                _take_over(org, sobject, str(draft.row["OpportunityId"]), str(draft.row["Id"]))
        _show(org, sobject, [str(one.row["OpportunityId"]) for one in drafts if _matters(one)])


def leave(org: OrgContext, sobject: SObject, ids: Sequence[str]) -> None:
    """Show what is left of primary roles, where some have gone."""
    if sobject.name == _ROLE:
        gone = store.by_id(org.state, sobject, ids).values()
        _show(org, sobject, [str(row["OpportunityId"]) for row in gone if row["IsPrimary"]])


def _matters(draft: Draft) -> bool:
    return bool(draft.row["IsPrimary"] or (draft.before is not None and draft.before["IsPrimary"]))


def _make(org: OrgContext, drafts: Sequence[Draft]) -> None:
    kind = org.sobject(_ROLE)
    stamps: dict[str, Stored] = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), org.stamp)
    shared: dict[str, Stored] = {**shape_of(kind).defaults, **stamps, "IsPrimary": 1}
    shared |= dict.fromkeys(("CreatedById", "LastModifiedById"), org.user_id)
    ids = org.state.next_ids(str(kind.key_prefix), len(drafts)) if drafts else []
    rows = [
        {**shared, "Id": role_id, "OpportunityId": one.row["Id"], "ContactId": one.row["ContactId"]}
        for one, role_id in zip(drafts, ids, strict=True)
    ]
    store.insert(org.state, kind, rows)


def _take_over(org: OrgContext, kind: SObject, opportunity_id: str, role_id: str) -> None:
    held = store.fetch(org.state, kind, "OpportunityId", [opportunity_id])
    others = [str(row["Id"]) for row in held if row["IsPrimary"] and row["Id"] != role_id]
    now: dict[str, Stored] = {"IsPrimary": 0, "LastModifiedDate": org.stamp, "LastModifiedById": org.user_id}
    store.update(org.state, kind, dict.fromkeys(others, {**now, "SystemModstamp": org.stamp}))


def _show(org: OrgContext, kind: SObject, opportunities: Iterable[str]) -> None:
    ids = list(dict.fromkeys(opportunities))
    held = store.fetch(org.state, kind, "OpportunityId", ids) if ids else []
    contacts = {str(row["OpportunityId"]): row["ContactId"] for row in held if row["IsPrimary"]}
    now = {one: {"ContactId": contacts.get(one), "SystemModstamp": org.stamp} for one in ids}
    store.update(org.state, org.sobject("Opportunity"), now)
