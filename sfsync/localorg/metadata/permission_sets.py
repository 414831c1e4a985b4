"""Permission sets in a deployment: the record that can be assigned to users, and what it grants.

Documented (Metadata API guide, PermissionSet): a deployed file replaces what was granted before.
"""

from sfsync.localorg.context import OrgContext
from sfsync.localorg.markup import Element, leaf, tag
from sfsync.localorg.metadata.package import Component
from sfsync.localorg.rights import changing, files, grants
from sfsync.localorg.saving.recycle import delete


class PermissionProblem(ValueError):
    """A permission set that cannot be put into the org; the text says why."""


def put(org: OrgContext, name: str, element: Element) -> tuple[bool, str]:
    """Make or replace a permission set; tell whether it is new, and its id. Raises PermissionProblem."""
    try:
        return files.put_permission_set(org.state, name, element, org.stamp, _refuse)
    except changing.RightsProblem as problem:
        raise PermissionProblem(str(problem)) from None


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
    objects, fields = _dict(facts["objects"]), _dict(facts["fields"])
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
    for sobject, listed in sorted(objects.items()):
        rights = listed if isinstance(listed, list) else []
        told = [leaf(key, right in rights) for key, right in files.RIGHTS.items()]
        parts.append(tag("objectPermissions", *told[:4], told[4], leaf("object", sobject), told[5]))
    permissions = {**({files.ALL: True} if facts["all"] else {}), **_dict(facts["permissions"])}
    named = sorted(permissions.items())
    parts += [tag("userPermissions", leaf("enabled", on is True), leaf("name", one)) for one, on in named]
    return "".join(parts)


def _id_of(org: OrgContext, name: str) -> str | None:
    row = org.state.one('SELECT Id FROM "PermissionSet" WHERE Name = ?', (name,))
    return None if row is None else str(row["Id"])


def _refuse(what: str, why: str) -> None:
    raise PermissionProblem(why)


def _dict(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value
