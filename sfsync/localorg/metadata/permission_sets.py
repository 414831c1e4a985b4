"""Permission sets in a deployment: the record that can be assigned to users, and what it grants.

Documented (Metadata API guide, PermissionSet): the elements; a deployed file replaces what was granted before. Seen in
public traces: the words for fields that are not there or always open. Assumed: rights are not switched on by this.
"""

from sfsync.localorg.context import OrgContext
from sfsync.localorg.markup import Element, leaf, tag
from sfsync.localorg.metadata.package import Component
from sfsync.localorg.rights import changing, grants
from sfsync.localorg.saving.draft import Draft, Options
from sfsync.localorg.saving.recycle import delete
from sfsync.localorg.saving.save import save

_RIGHTS = {
    "allowCreate": "create",
    "allowDelete": "delete",
    "allowEdit": "edit",
    "allowRead": "read",
    "modifyAllRecords": "modify_all",
    "viewAllRecords": "view_all",
}
_ALL = "ModifyAllData"


class PermissionProblem(ValueError):
    """A permission set that cannot be put into the org; the text says why."""


def put(org: OrgContext, name: str, element: Element) -> tuple[bool, str]:
    """Make or replace a permission set; tell whether it is new, and its id. Raises PermissionProblem."""
    wanted = {"all": _grants_all(element), "objects": _objects(org, element), "fields": _fields(org, element)}
    known = _id_of(org, name)
    label = element.value("label") or name
    draft = Draft({"Name": name, "Label": label, "Description": element.value("description") or None}, known)
    (outcome,) = save(org, org.sobject("PermissionSet"), [draft], Options())
    if outcome.record_id is None or outcome.errors:
        raise PermissionProblem("; ".join(one.message for one in outcome.errors))
    org.state.run("DELETE FROM _grant_of WHERE holder = ?", (outcome.record_id,))
    try:
        changing.grant(org.state, (outcome.record_id, name), wanted, turn_on=grants.are_on(org.state))
    except changing.RightsProblem as problem:
        raise PermissionProblem(str(problem)) from None
    return known is None, outcome.record_id


def take_out(org: OrgContext, one: Component) -> tuple[bool, str]:
    """Delete a permission set, with its assignments. Raises PermissionProblem."""
    known = _id_of(org, one.full_name)
    if known is None:
        raise PermissionProblem(f"No PermissionSet named: {one.full_name} found")
    delete(org, org.sobject("PermissionSet"), [known])
    return False, known


def written(org: OrgContext, name: str) -> str | None:
    """Write what stands in the file of a permission set, None where there is none of that name."""
    row = org.state.one('SELECT Id, Name, Label FROM "PermissionSet" WHERE Name = ?', (name,))
    if row is None:
        return None
    facts = grants.facts_of(org.state, str(row["Id"]), name)
    objects, fields = facts["objects"], facts["fields"]
    assert isinstance(objects, dict) and isinstance(fields, dict)
    parts = [
        tag(
            "fieldPermissions",
            leaf("editable", level == "edit"),
            leaf("field", path),
            leaf("readable", level != "none"),
        )
        for path, level in sorted(fields.items())
    ]
    parts += [leaf("hasActivationRequired", False), leaf("label", row["Label"])]
    for sobject, rights in sorted(objects.items()):
        told = [leaf(key, right in rights) for key, right in _RIGHTS.items()]
        parts.append(tag("objectPermissions", *told[:4], told[4], leaf("object", sobject), told[5]))
    if facts["all"]:
        parts.append(tag("userPermissions", leaf("enabled", True), leaf("name", _ALL)))
    return "".join(parts)


def _id_of(org: OrgContext, name: str) -> str | None:
    row = org.state.one('SELECT Id FROM "PermissionSet" WHERE Name = ?', (name,))
    return None if row is None else str(row["Id"])


def _is(element: Element, name: str) -> bool:
    return element.value(name).lower() == "true"


def _grants_all(element: Element) -> bool:
    return any(one.value("name") == _ALL and _is(one, "enabled") for one in element.every("userPermissions"))


def _objects(org: OrgContext, element: Element) -> dict[str, list[str]]:
    found = {}
    for one in element.every("objectPermissions"):
        kind = org.catalog.sobject(one.value("object"))
        if kind is None:
            raise PermissionProblem(f"In field: field - no CustomObject named {one.value('object')} found")
        found[kind.name] = [right for key, right in _RIGHTS.items() if _is(one, key)]
    return found


def _fields(org: OrgContext, element: Element) -> dict[str, str]:
    found = {}
    for one in element.every("fieldPermissions"):
        path = one.value("field")
        sobject, _, name = path.partition(".")
        field = org.catalog.field(sobject, name)
        if field is None:
            raise PermissionProblem(f"In field: field - no CustomField named {path} found")
        if not field.permissionable:
            raise PermissionProblem(f"You cannot deploy to a required field: {path}")
        found[path] = "edit" if _is(one, "editable") else "read" if _is(one, "readable") else "none"
    return found
