"""Getting components out: custom fields by object and permission sets, as files in a zip or as records.

Documented (Metadata API guide): the zip holds package.xml and a file for each object; what is asked for and is not
there is told as a message, not as a failure.
"""

import base64
import io
import json
import zipfile
from collections.abc import Iterator

from sfsync.localorg.context import OrgContext
from sfsync.localorg.markup import DECLARATION, Element, escaped, leaf, tag
from sfsync.localorg.metadata import listing, permission_sets
from sfsync.localorg.metadata.custom_fields import described_as
from sfsync.localorg.metadata.listing import file_of
from sfsync.localorg.sobject import Field
from sfsync.localorg.wire import Refusal
from sfsync.records.ids import is_id, to_18

KIND, PREFIX = "retrieval", "09S"
Json = dict[str, object]
_NAMESPACE = ' xmlns="http://soap.sforce.com/2006/04/metadata"'
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # files in the zip carry no time, so that the same org gives the same bytes


def retrieve(org: OrgContext, request: Element) -> str:
    """Make the zip that a request asks for, keep it, and give its id."""
    wanted = request.child("unpackaged") or request
    files: dict[str, list[Field]] = {}
    sets: dict[str, str] = {}
    messages: list[Json] = []
    asked: list[tuple[str, str]] = []
    for kind in wanted.every("types"):
        for member in kind.every("members"):
            asked.append((kind.value("name"), member.text.strip()))
    for kind_name, name in asked:
        found = dict(_fields(org, kind_name, name))
        named = _permission_sets(org, name) if kind_name == "PermissionSet" else {}
        sets.update(named)
        for owner, fields in found.items():
            files.setdefault(owner, []).extend(one for one in fields if one not in files.get(owner, []))
        if not found and not named and name != "*":
            problem = f"Entity of type '{kind_name}' named '{name}' cannot be found"
            messages.append({"fileName": "unpackaged/package.xml", "problem": problem})
    content = _zip(files, sets, asked, org.version)
    made = org.state.next_id(PREFIX)
    properties = [_properties(org, "CustomObject", owner) for owner in files]
    properties += [_properties(org, "PermissionSet", name) for name in sets] + [_properties(org, "Package", "")]
    result: Json = {
        "done": True,
        "fileProperties": properties,
        "id": made,
        "messages": messages,
        "status": "Succeeded",
        "success": True,
        "zipFile": base64.b64encode(content).decode(),
    }
    sql = "INSERT INTO _job (id, kind, state, made_at, value) VALUES (?, ?, 'Succeeded', ?, ?)"
    org.state.run(sql, (made, KIND, org.stamp, json.dumps(result)))
    return made


def find(org: OrgContext, retrieval_id: str) -> Json:
    """Give what a retrieval made. Raises Refusal INVALID_ID_FIELD."""
    long = to_18(retrieval_id) if is_id(retrieval_id) else retrieval_id
    row = org.state.one("SELECT value FROM _job WHERE kind = ? AND id = ?", (KIND, long))
    if row is None:
        raise Refusal(404, "INVALID_ID_FIELD", f"Invalid retrieval id: {retrieval_id}")
    return dict(json.loads(row["value"]))


def record(org: OrgContext, kind: str, name: str) -> str:
    """Write one component as a record of readMetadata; an empty one where it is not there."""
    for text in _permission_sets(org, name).values() if kind == "PermissionSet" else ():
        return tag("records", leaf("fullName", name), text, attributes=f' xsi:type="{escaped(kind)}"')
    for owner, fields in _fields(org, kind, name):
        for field in fields if kind == "CustomField" else ():
            return _field("records", field, f"{owner}.{field.name}", f' xsi:type="{escaped(kind)}"')
        return tag("records", leaf("fullName", owner), attributes=f' xsi:type="{escaped(kind)}"')
    return '<records xsi:nil="true"/>'


def _fields(org: OrgContext, kind: str, name: str) -> Iterator[tuple[str, list[Field]]]:
    """Give the custom fields a member stands for, by sObject; "*" stands for all."""
    owner, _, field_name = name.partition(".")
    for sobject in org.catalog:
        custom = [one for one in sobject.fields.values() if one.custom]
        if kind == "CustomObject" and (name == sobject.name or (name == "*" and custom)):
            yield sobject.name, custom
        elif kind == "CustomField" and (name == "*" or owner == sobject.name):
            chosen = [one for one in custom if name == "*" or one.name == field_name]
            if chosen:
                yield sobject.name, chosen


def _permission_sets(org: OrgContext, name: str) -> dict[str, str]:
    """Give the inner XML of permission sets by name; "*" stands for all."""
    names = [found for found, _ in listing.members(org, "PermissionSet")] if name == "*" else [name]
    return {one: text for one in names if (text := permission_sets.written(org, one)) is not None}


def _zip(files: dict[str, list[Field]], sets: dict[str, str], asked: list[tuple[str, str]], version: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for owner, fields in files.items():
            inner = "".join(_field("fields", one, one.name) for one in fields)
            text = DECLARATION + tag("CustomObject", inner, attributes=_NAMESPACE)
            archive.writestr(zipfile.ZipInfo(file_of("CustomObject", owner), _FIRST_DAY), text)
        for name, inner in sets.items():
            text = DECLARATION + tag("PermissionSet", inner, attributes=_NAMESPACE)
            archive.writestr(zipfile.ZipInfo(file_of("PermissionSet", name), _FIRST_DAY), text)
        types = [tag("types", leaf("members", name), leaf("name", kind)) for kind, name in asked]
        manifest = DECLARATION + tag("Package", *types, leaf("version", version), attributes=_NAMESPACE)
        archive.writestr(zipfile.ZipInfo("unpackaged/package.xml", _FIRST_DAY), manifest)
    return content.getvalue()


def _field(name: str, field: Field, full_name: str, attributes: str = "") -> str:
    told = {**described_as(field), "fullName": full_name}
    values = [
        tag("value", leaf("fullName", one.value), leaf("default", one.default), leaf("label", one.label))
        for one in field.picklist
    ]
    held = [tag("valueSet", leaf("restricted", field.restricted), tag("valueSetDefinition", *values))] if values else []
    return tag(name, *(leaf(key, value) for key, value in told.items()), *held, attributes=attributes)


def _properties(org: OrgContext, kind: str, name: str) -> Json:
    """Tell of a file in the zip, as recorded; when each component was made is not kept, so that it is the org's day."""
    path = file_of(kind, name) if name else "unpackaged/package.xml"
    row = org.state.one('SELECT CreatedDate FROM "Organization"') if name else None
    made_at = org.stamp if row is None else str(row["CreatedDate"])
    who = {"ById": org.user_id, "ByName": "Integration Sync", "Date": made_at.replace("+0000", "Z")}
    return {
        **{f"created{name}": value for name, value in who.items()},
        "fileName": path,
        "fullName": name or path,
        "id": "",
        **{f"lastModified{name}": value for name, value in who.items()},
        "manageableState": "unmanaged",
        "type": kind,
    }
