"""What a deployment brings: a zip of files, read into components within bounds.

Documented (Metadata API guide): package.xml names the members; files lie in a folder by type, perhaps below one more
folder; destructiveChanges.xml names what is to go; a deployment has at most 10,000 files and 400 MB unpacked.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from sfsync.localorg.markup import BadMarkup, Element
from sfsync.localorg.markup_reading import parse

MOST_FILES, MOST_BYTES, MOST_FILE_BYTES = 10_000, 400_000_000, 20_000_000
_TYPES = {  # by folder
    "objects": "CustomObject",
    "assignmentRules": "AssignmentRules",
    "permissionsets": "PermissionSet",
    "profiles": "Profile",
}
_CHILDREN = {"fields": "CustomField", "validationRules": "ValidationRule"}
_DESTRUCTIVE = ("destructiveChanges.xml", "destructiveChangesPre.xml", "destructiveChangesPost.xml")


class BadPackage(Exception):
    """The zip cannot be deployed as a whole; the text says why."""


@dataclass(frozen=True, slots=True)
class Component:
    """One component of a deployment. `element` None: it is to be deleted; `problem`: why it cannot be read."""

    type: str
    full_name: str
    file: str
    element: Element | None = None
    problem: str = ""


def components(content: bytes) -> list[Component]:
    """Read a zip. Raises BadPackage."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return list(_read(archive))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise BadPackage(f"The deployment is no zip archive that can be read: {error}") from None


def _read(archive: zipfile.ZipFile) -> Iterator[Component]:
    infos = [one for one in archive.infolist() if not one.is_dir()]
    if len(infos) > MOST_FILES or sum(one.file_size for one in infos) > MOST_BYTES:
        raise BadPackage(
            "Maximum size of request reached. Maximum size of request is 10,000 files and 400 MB unzipped."
        )
    manifest = next((one for one in infos if one.filename.rpartition("/")[2] == "package.xml"), None)
    if manifest is None:
        raise BadPackage("No package.xml found")
    base = manifest.filename.removesuffix("package.xml")
    members = set(_members(_parsed(archive, manifest)))
    found: set[tuple[str, str]] = set()
    for info in infos:
        for one in _of_file(archive, info, base):
            named = one.type, one.full_name
            found.add(named)
            if one.type != "CustomObject" or one.problem or named in members:
                yield one  # an sObject that only lends its file to its fields is no component of the deployment
    for kind, name in sorted(members - found):
        if name != "*":
            text = f"An object '{name}' of type {kind} was named in package.xml, but was not found in zipped directory"
            yield Component(kind, name, f"{base}package.xml", problem=text)


def _of_file(archive: zipfile.ZipFile, info: zipfile.ZipInfo, base: str) -> Iterator[Component]:
    path = info.filename.removeprefix(base)
    folder, _, name = path.partition("/")
    if path in _DESTRUCTIVE:
        for kind, member in _members(_parsed(archive, info)):
            yield Component(kind, member, info.filename)
    elif name and not name.endswith("-meta.xml"):
        stem, kind = name.rpartition("/")[2].rpartition(".")[0], _TYPES.get(folder, "")
        if not kind:
            text = f"This org does not hold components of the folder {folder}"
            yield Component(folder, stem, info.filename, problem=text)
        else:
            yield from _of_type(kind, stem, info.filename, archive, info)


def _of_type(kind: str, stem: str, file: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[Component]:
    try:
        root = _parsed(archive, info)
    except BadPackage as error:
        yield Component(kind, stem, file, problem=str(error))
        return
    yield Component(kind, stem, file, root)
    for child in root.children if kind == "CustomObject" else ():
        full = f"{stem}.{child.value('fullName')}"
        if child.name in _CHILDREN:
            yield Component(_CHILDREN[child.name], full, file, child)
        elif child.children and child.value("fullName"):
            yield Component(child.name, full, file, problem=f"This org does not hold {child.name}")


def _parsed(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Element:
    if info.file_size > MOST_FILE_BYTES:
        raise BadPackage(f"{info.filename} is too large")
    try:
        with archive.open(info) as file:
            return parse(file.read(MOST_FILE_BYTES + 1))
    except BadMarkup as error:
        raise BadPackage(f"Error parsing file {info.filename}: {error}") from None


def _members(root: Element) -> Iterator[tuple[str, str]]:
    for kind in root.every("types"):
        for member in kind.every("members"):
            yield kind.value("name"), member.text.strip()
