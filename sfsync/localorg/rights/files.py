"""Profiles and permission sets out of metadata files: what they grant, as `rights.changing` takes it.

Documented (Metadata API guide, Profile and PermissionSet): the elements; a permission set that is deployed replaces
what was granted before, a profile changes what it names. Seen in public traces: the words for fields that are not there
or always open. Assumed: rights are not switched on by a deployment.
"""

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote

from sfsync.localorg.catalog import Catalog
from sfsync.localorg.markup import Element
from sfsync.localorg.rights import changing, grants
from sfsync.localorg.rules.record_types import offer_by_default
from sfsync.localorg.setup_rows import insert
from sfsync.localorg.state import State

Leave = Callable[[str, str], None]  # is told what cannot be granted, and why

RIGHTS: Mapping[str, str] = {  # of sObjects
    "allowCreate": "create",
    "allowDelete": "delete",
    "allowEdit": "edit",
    "allowRead": "read",
    "modifyAllRecords": "modify_all",
    "viewAllRecords": "view_all",
}
ALL = "ModifyAllData"
_CALLED = {  # profiles whose files are called otherwise than they are
    "Admin": "System Administrator",
    "Standard": "Standard User",
    "ReadOnly": "Read Only",
    "MinimumAccess": "Minimum Access - Salesforce",
}


def profile_name(file: str) -> str:
    """Give the name of the profile that a file is about."""
    return _CALLED.get(unquote(file), unquote(file))


def put_profile(state: State, name: str, element: Element, now: str, leave: Leave) -> tuple[bool, str]:
    """Make a profile, or change what it grants; tell whether it is new, and its id."""
    row = state.one('SELECT Id FROM "Profile" WHERE Name = ? COLLATE NOCASE', (name,))
    profile_id = str(row["Id"]) if row is not None else _new_profile(state, name, now)
    wanted = granted_by(state.catalog, element, leave)
    changing.grant(state, (profile_id, name), wanted, turn_on=grants.are_on(state))
    for sobject, record_type in _defaults(element):
        offer_by_default(state, sobject, record_type, name)
    return row is None, profile_id


def _new_profile(state: State, name: str, now: str) -> str:
    made = state.next_id("00e")
    insert(state, "Profile", {"Id": made, "Name": name, "UserType": "Standard"}, now)
    grants.keep(state, made, {"all": False, "permissions": {}}, turned_on=False)
    return made


def put_permission_set(state: State, name: str, element: Element, now: str, leave: Leave) -> tuple[bool, str]:
    """Make or replace a permission set; tell whether it is new, and its id."""
    wanted = {"all": False, **granted_by(state.catalog, element, leave)}
    label, told = element.value("label") or name, element.value("description") or None
    row = state.one('SELECT Id FROM "PermissionSet" WHERE Name = ? COLLATE NOCASE', (name,))
    if row is None:
        set_id = state.next_id("0PS")
        insert(state, "PermissionSet", {"Id": set_id, "Name": name, "Label": label, "Description": told}, now)
    else:
        set_id = str(row["Id"])
        changed = "Label = ?, Description = ?, LastModifiedDate = ?, SystemModstamp = ?"
        state.run(f'UPDATE "PermissionSet" SET {changed} WHERE Id = ?', (label, told, now, now, set_id))  # noqa: S608
    state.run("DELETE FROM _grant_of WHERE holder = ?", (set_id,))
    changing.grant(state, (set_id, name), wanted, turn_on=grants.are_on(state))
    return row is None, set_id


def granted_by(catalog: Catalog, element: Element, leave: Leave) -> dict[str, object]:
    """Read what a file grants; `leave` is told of what the org does not have."""
    users = dict(_user_permissions(element))
    found: dict[str, object] = {"all": users[ALL]} if ALL in users else {}
    return {
        **found,
        "objects": dict(_objects(catalog, element, leave)),
        "fields": dict(_fields(catalog, element, leave)),
        "permissions": {name: on for name, on in users.items() if name in grants.PERMISSIONS},
        "record_types": dict(_record_types(element)),
    }


def _user_permissions(element: Element) -> Iterator[tuple[str, bool]]:
    for one in element.every("userPermissions"):
        yield one.value("name"), one.is_true("enabled")


def _objects(catalog: Catalog, element: Element, leave: Leave) -> Iterator[tuple[str, list[str]]]:
    for one in element.every("objectPermissions"):
        kind = catalog.sobject(one.value("object"))
        if kind is None:
            text = f"In field: field - no CustomObject named {one.value('object')} found"
            leave(f"objectPermissions {one.value('object')}", text)
            continue
        yield kind.name, [right for key, right in RIGHTS.items() if one.is_true(key)]


def _fields(catalog: Catalog, element: Element, leave: Leave) -> Iterator[tuple[str, str]]:
    for one in element.every("fieldPermissions"):
        path = one.value("field")
        sobject, _, name = path.partition(".")
        field = catalog.field(sobject, name)
        if field is None:
            leave(f"fieldPermissions {path}", f"In field: field - no CustomField named {path} found")
        elif not field.permissionable:
            leave(f"fieldPermissions {path}", f"You cannot deploy to a required field: {path}")
        else:
            yield path, "edit" if one.is_true("editable") else "read" if one.is_true("readable") else "none"


def _record_types(element: Element) -> Iterator[tuple[str, bool]]:
    for one in element.every("recordTypeVisibilities"):
        yield one.value("recordType"), one.is_true("visible")


def _defaults(element: Element) -> Iterator[tuple[str, str]]:
    """Give the record types that new records of users with a profile get, each with its sObject."""
    for one in element.every("recordTypeVisibilities"):
        if one.is_true("default"):
            sobject, _, name = one.value("recordType").partition(".")
            yield sobject, name
