"""What components the org has, by type, as listMetadata and describeMetadata tell it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sfsync.localorg import field_ids
from sfsync.localorg.context import OrgContext
from sfsync.localorg.rules import kept


@dataclass(frozen=True, slots=True)
class Type:
    """One type of component."""

    name: str
    folder: str
    suffix: str
    children: tuple[str, ...] = ()
    meta: bool = False


TYPES = (
    Type("ApexClass", "classes", "cls", meta=True),
    Type("ApexTrigger", "triggers", "trigger", meta=True),
    Type("AssignmentRules", "assignmentRules", "assignmentRules", ("AssignmentRule",)),
    Type("CustomObject", "objects", "object", ("CustomField", "ValidationRule")),
    Type("Flow", "flows", "flow"),
    Type("PermissionSet", "permissionsets", "permissionset"),
    Type("Profile", "profiles", "profile"),
    Type("Queue", "queues", "queue"),
)
Named = Iterator[tuple[str, str]]  # full name and id


def members(org: OrgContext, kind: str) -> list[tuple[str, str]]:
    """Give name and id of each component of a type; there is none of types the org does not hold."""
    found = _LISTS.get(kind)
    return sorted(found(org)) if found else []


def file_of(kind: str, name: str) -> str:
    """Give the path of a component's file."""
    owner = next((one for one in TYPES if kind == one.name or kind in one.children), None)
    stem = name.partition(".")[0] if owner is not None and kind in owner.children else name
    return f"unpackaged/{owner.folder}/{stem}.{owner.suffix}" if owner else f"unpackaged/{name}"


def _fields(org: OrgContext) -> Named:
    for kind in org.catalog:
        for field in kind.fields.values():
            if field.custom:
                yield f"{kind.name}.{field.name}", field_ids.id_of(org.state, kind, field)


def _objects(org: OrgContext) -> Named:
    yield from ((kind.name, "") for kind in org.catalog if kind.layoutable)


def _rules(org: OrgContext) -> Named:
    rows = org.state.rows("SELECT sobject, name FROM _rule WHERE kind = ?", (kept.VALIDATION,))
    yield from ((f"{row['sobject']}.{row['name']}", "") for row in rows)


def _rows(sql: str) -> Callable[[OrgContext], Named]:
    def listed(org: OrgContext) -> Named:
        yield from ((str(row["name"]), str(row["id"])) for row in org.state.rows(sql))

    return listed


def _kept(kind: str, also: str = "") -> Callable[[OrgContext], Named]:
    own = f"SELECT full_name AS name, id FROM _metadata WHERE type = '{kind}'"  # noqa: S608 - own words
    return _rows(f"{own} {also}")


_LISTS: Mapping[str, Callable[[OrgContext], Named]] = {
    "CustomField": _fields,
    "CustomObject": _objects,
    "ValidationRule": _rules,
    "AssignmentRules": _rows("""SELECT DISTINCT SobjectType AS name, '' AS id FROM "AssignmentRule" """),
    "AssignmentRule": _rows("""SELECT SobjectType || '.' || Name AS name, Id AS id FROM "AssignmentRule" """),
    "Queue": _rows("""SELECT DeveloperName AS name, Id AS id FROM "Group" WHERE Type = 'Queue' """),
    "PermissionSet": _rows('SELECT Name AS name, Id AS id FROM "PermissionSet"'),
    "Profile": _kept("Profile", 'UNION SELECT Name, Id FROM "Profile"'),
}
