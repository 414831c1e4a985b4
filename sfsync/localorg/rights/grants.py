"""What profiles and permission sets grant, as it is kept, and what a user has of them all together.

A grant is `{"all": bool, "objects": {"Lead": ["read", "edit", ...]}, "fields": {"Lead.Email": "none|read|edit"},
"permissions": {"ConvertLeads": bool}, "record_types": {"Lead.Retail": bool}}`. `all` is Modify All Data, which brings
every permission along that is not taken away by name. An object that is granted brings all its fields along, save those
named otherwise. Rights are off until the first of them is set; from then on a profile nobody has set grants what its
name promises.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sfsync.localorg.state import State

SETTING = "rights"  # the setting: how often rights were changed; none: rights are off, and everybody may do everything
SHARING = "sharing"  # the setting: the default by sObject where it is not public
RIGHTS = ("create", "read", "edit", "delete", "view_all", "modify_all")
LEVELS = ("none", "read", "edit")
BY_PARENT = "by_parent"  # a contact or opportunity is open to whom its account is
DEFAULTS = ("public", "read", "private", BY_PARENT)
STANDARD = ("Lead", "Account", "Contact", "Opportunity")  # what "Standard User" works with
PERMISSIONS: Mapping[str, str] = {  # of users: what each allows
    "ApiEnabled": "any call to the API",
    "AssignPermissionSets": "assigning permission sets to users",
    "BulkApiHardDelete": "Bulk jobs that delete for good",
    "ConvertLeads": "converting leads",
    "CreateAuditFields": "new records with stamps of their own, where `set_audit_fields` is on",
    "FreezeUsers": "freezing users",
    "ManageUsers": "creating and changing users, roles, groups and queues",
    "ResetPasswords": "setting others' passwords",
    "TransferAnyEntity": "giving away any record that one may change",
    "TransferAnyLead": "giving away any lead that one may change",
    "ViewAllData": "seeing all records, whoever owns them",
}
_IMPLIED = {
    "create": ("read",),
    "edit": ("read",),
    "delete": ("read", "edit"),
    "view_all": ("read",),
    "modify_all": ("read", "edit", "delete", "view_all"),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """What one profile or permission set grants."""

    everything: bool = False
    objects: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by lower-case name
    fields: Mapping[str, str] = field(default_factory=dict)  # "lead.email" to a level
    permissions: Mapping[str, bool] = field(default_factory=dict)
    record_types: Mapping[str, bool] = field(default_factory=dict)  # "lead.retail": whether it is offered

    def permits(self, name: str) -> bool:
        """Tell whether a permission is granted."""
        return self.permissions.get(name, self.everything)

    def level(self, sobject: str, name: str) -> str:
        """Give what is granted of a field; "" where the object is not granted."""
        if self.everything:
            return "edit"
        granted = "edit" if self.objects.get(sobject.lower()) else ""
        return self.fields.get(f"{sobject}.{name}".lower(), granted)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user has: the sum of the profile and all permission sets."""

    grants: tuple[Grant, ...]

    @property
    def everything(self) -> bool:
        """Tell whether the user may see and change all data."""
        return any(one.everything for one in self.grants)

    @property
    def lacking(self) -> frozenset[str]:
        """Give the permissions that the user has not."""
        return frozenset(one for one in PERMISSIONS if not any(each.permits(one) for each in self.grants))

    def offers(self, sobject: str, record_type: str) -> bool:
        """Tell whether records may get a record type; one that nobody speaks of is offered."""
        said = [one.record_types.get(f"{sobject}.{record_type}".lower()) for one in self.grants]
        return True in said or False not in said

    def on(self, sobject: str) -> frozenset[str]:
        """Give the rights on an sObject."""
        if self.everything:
            return frozenset(RIGHTS)
        found = frozenset().union(*(one.objects.get(sobject.lower(), frozenset()) for one in self.grants))
        return found | {"view_all"} if "read" in found and "ViewAllData" not in self.lacking else found

    def level(self, sobject: str, name: str) -> str:
        """Give the right to a field: none, read or edit, the highest that is granted."""
        levels = [found for one in self.grants if (found := one.level(sobject, name))]
        return max(levels, key=LEVELS.index, default="none")


def of(state: State, user_id: str) -> Rights | None:
    """Give the rights of a user, None where rights are not looked at."""
    return of_user(state, holders_of(state, user_id)) if are_on(state) else None


def are_on(state: State) -> bool:
    """Tell whether rights are looked at in this org."""
    return state.setting(SETTING) is not None


def holders_of(state: State, user_id: str) -> tuple[tuple[str, str], ...]:
    """Give the ids and names of a user's profile and permission sets."""
    sql = """SELECT p.Id AS id, p.Name AS name FROM "User" u JOIN "Profile" p ON p.Id = u.ProfileId WHERE u.Id = ?1
             UNION ALL SELECT s.Id, s.Name FROM "PermissionSetAssignment" a
             JOIN "PermissionSet" s ON s.Id = a.PermissionSetId WHERE a.AssigneeId = ?1"""
    return tuple((str(row["id"]), str(row["name"])) for row in state.rows(sql, (user_id,)))


def of_user(state: State, holders: Iterable[tuple[str, str]]) -> Rights:
    """Give the rights that holders add up to."""
    return Rights(tuple(grant_of(state, holder, name) for holder, name in holders))


def grant_of(state: State, holder: str, name: str) -> Grant:
    """Give what one profile or permission set grants."""
    facts = facts_of(state, holder, name)
    objects, fields, permissions = facts["objects"], facts["fields"], facts["permissions"]
    types = facts["record_types"]
    assert isinstance(objects, dict) and isinstance(fields, dict)
    assert isinstance(permissions, dict) and isinstance(types, dict)
    return Grant(
        facts["all"] is True,
        {str(key).lower(): _whole(rights) for key, rights in objects.items()},
        {str(key).lower(): str(level) for key, level in fields.items()},
        {str(key): granted is True for key, granted in permissions.items()},
        {str(key).lower(): offered is True for key, offered in types.items()},
    )


def facts_of(state: State, holder: str, name: str) -> dict[str, object]:
    """Give a grant as it is kept, or as the name of a profile promises."""
    row = state.one("SELECT value FROM _grant_of WHERE holder = ?", (holder,))
    usual: dict[str, object] = {"all": False, "objects": {}, "fields": {}, "record_types": {}}
    usual["permissions"] = _promised(holder, name)
    if row is not None:
        return {**usual, **json.loads(row["value"])}
    if not holder.startswith("00e"):
        return usual
    if name in ("Standard User", "Read Only"):
        rights = ["read"] if name == "Read Only" else ["create", "read", "edit", "delete"]
        return {**usual, "objects": {one: rights for one in STANDARD}}
    return {**usual, "all": not name.startswith("Minimum Access")}


def _promised(holder: str, name: str) -> dict[str, bool]:
    """Give the permissions that the name of a profile promises; a permission set promises none."""
    if not holder.startswith("00e"):
        return {}
    return {"ApiEnabled": True, **({"ConvertLeads": True} if name == "Standard User" else {})}


def keep(state: State, holder: str, facts: Mapping[str, object], turned_on: bool = True) -> None:
    """Keep a grant, and have rights looked at unless told otherwise."""
    state.run("INSERT OR REPLACE INTO _grant_of VALUES (?, ?)", (holder, json.dumps(dict(facts))))
    if turned_on:
        turn_on(state)


def turn_on(state: State) -> None:
    """Have rights looked at from now on, and looked at anew."""
    state.set_setting(SETTING, state.next_number("rights changed"))


def turn_off(state: State) -> None:
    """Have rights looked at no longer; what was granted is kept."""
    state.set_setting(SETTING, None)


def default_sharing(state: State) -> Mapping[str, str]:
    """Give how records are shared by lower-case sObject name, where not with everybody."""
    kept = state.setting(SHARING)
    return {str(key).lower(): str(one) for key, one in kept.items()} if isinstance(kept, dict) else {}


def _whole(rights: Iterable[str]) -> frozenset[str]:
    given = set(rights)
    return frozenset(given.union(*(_IMPLIED.get(one, ()) for one in given)))
