"""sObjects whose records are seen by who sees what they are about: histories, shares, roles, members, activities.

Documented (help; Object Reference): history and contact roles go with their record, and history leaves out fields that
are hidden; only who may give a record away shares it; activities are open to their owner, to those above, and to who
sees what they are about. What is only the org's own furniture everybody reads, and administrators change; users, roles
and groups who has Manage Users. Assumed: which fields users change of themselves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from sfsync.localorg.rights.members import groups_of
from sfsync.localorg.sobject import SObject

ABOUT: Mapping[str, tuple[str, str]] = {  # the reference to the record, and its sObject
    **{f"{one}Share": (f"{one}Id", one) for one in ("Lead", "Account", "Contact", "Opportunity")},
    **{f"{one}History": (f"{one}Id", one) for one in ("Lead", "Account", "Contact")},
    "OpportunityFieldHistory": ("OpportunityId", "Opportunity"),
    "OpportunityContactRole": ("OpportunityId", "Opportunity"),
    "AccountTeamMember": ("AccountId", "Account"),
    "OpportunityTeamMember": ("OpportunityId", "Opportunity"),
    "CampaignMember": ("CampaignId", "Campaign"),
    "CampaignMemberStatus": ("CampaignId", "Campaign"),
}
ACTIVITIES = ("Task", "Event")
_MANAGED: Mapping[str, frozenset[str]] = {  # the permissions of which one is needed to change it
    **dict.fromkeys(("User", "UserRole", "Group", "GroupMember", "QueueSobject"), frozenset({"ManageUsers"})),
    "PermissionSetAssignment": frozenset({"ManageUsers", "AssignPermissionSets"}),
    "UserLogin": frozenset({"ManageUsers", "FreezeUsers"}),
}
_OWN = frozenset(  # what users change of themselves
    (
        *("FirstName", "LastName", "Title", "Department", "Division", "CompanyName", "CommunityNickname", "Alias"),
        *("Email", "Phone", "MobilePhone", "Fax", "Extension", "AboutMe", "EmployeeNumber", "Signature"),
        *("Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude", "GeocodeAccuracy"),
        *("TimeZoneSidKey", "LocaleSidKey", "LanguageLocaleKey", "EmailEncodingKey", "DefaultCurrencyIsoCode"),
    )
)
_WHO_AND_WHAT = (("WhoId", ("Lead", "Contact")), ("WhatId", ("Account", "Opportunity", "Campaign")))


def needed(sobject: str) -> str:
    """Name what must be open of the record before one about it may be written: change it, or give it away."""
    return "removable" if sobject.endswith(("Share", "TeamMember")) else "writeable"


def detail(sobject: SObject, parent: SObject | None) -> SObject | None:
    """Give an sObject as who sees its parent so may see it, None where the parent is not there."""
    if parent is None:
        return None
    reference, _ = ABOUT[sobject.name]
    inside = _inside(reference, parent, parent.visible)
    if sobject.name.endswith("History") and parent.hidden:
        names = {name for one in parent.hidden.values() for name in (one.name, one.name.removesuffix("Id"))}
        listed = ", ".join(f"'{name}'" for name in sorted(names))
        inside = " AND ".join(one for one in (inside, f'"Field" NOT IN ({listed})') if one)
    open_to = _inside(reference, parent, getattr(parent, needed(sobject.name)))
    may = parent.updateable
    return replace(
        sobject,
        createable=sobject.createable and may,
        updateable=sobject.updateable and may,
        deletable=sobject.deletable and may,
        visible=inside,
        writeable=open_to,
        removable=open_to,
    )


def activity(sobject: SObject, found: Mapping[str, SObject], user_id: str) -> SObject:
    """Give tasks or events as their owner, and who sees what they are about, may see and change them."""
    mine = f'"OwnerId" IN ({groups_of(user_id)})'
    return replace(
        sobject,
        visible=f"({' OR '.join((mine, *_of_parents(found, 'visible')))})",
        writeable=f"({' OR '.join((mine, *_of_parents(found, 'writeable')))})",
        removable=mine,
    )


def furniture(sobject: SObject, user_id: str, lacking: frozenset[str]) -> SObject:
    """Give what everybody may read, and change who has the permission; of themselves users change some fields."""
    needed = _MANAGED.get(sobject.name)
    if needed is not None and not needed <= lacking:
        return sobject
    if sobject.name == "User":
        own = {key: one if one.name in _OWN else replace(one, updateable=False) for key, one in sobject.fields.items()}
        fields, me = MappingProxyType(own), f"\"Id\" = '{user_id}'"
        return replace(sobject, fields=fields, createable=False, deletable=False, writeable=me, removable=me)
    return replace(sobject, createable=False, updateable=False, deletable=False, undeletable=False)


def _of_parents(found: Mapping[str, SObject], attribute: str) -> Iterator[str]:
    for reference, names in _WHO_AND_WHAT:
        for name in names:
            parent = found.get(name.lower())
            if parent is not None:
                yield f'"{reference}" IN (SELECT "Id" FROM "{name}"{_where(getattr(parent, attribute))})'  # noqa: S608


def _inside(reference: str, parent: SObject, condition: str) -> str:
    return f'"{reference}" IN (SELECT "Id" FROM "{parent.name}"{_where(condition)})' if condition else ""  # noqa: S608


def _where(condition: str) -> str:
    return f" WHERE {condition}" if condition else ""
