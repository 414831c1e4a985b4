"""Reading metadata files: which kind a file is of, what it is called, and what its XML says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from sfsync.localorg.markup import BadMarkup, Element
from sfsync.localorg.markup_reading import parse
from sfsync.localorg.rules.conditions import RuleProblem

KINDS: Mapping[str, str] = {  # suffix of the file's name to the kind, in the order of deployment
    "globalValueSet": "global value set",
    "standardValueSet": "standard value set",
    "email": "email template",
    "queue": "queue",
    "object": "object",
    "field": "custom field",
    "businessProcess": "business process",
    "recordType": "record type",
    "validationRule": "validation rule",
    "matchingRule": "matching rules",
    "duplicateRule": "duplicate rule",
    "assignmentRules": "assignment rules",
    "autoResponseRules": "auto-response rules",
    "LeadConvertSetting": "lead convert settings",
    "profile": "profile",
    "permissionset": "permission set",
}

_META = "-meta.xml"
_BESIDE = ("email",)  # kinds whose XML is about the file beside it


@dataclass(frozen=True, slots=True)
class MetadataFile:
    """One file of an org's source."""

    path: str  # as told to people
    suffix: str  # a key of KINDS
    name: str  # of the component: the file's name without its suffixes
    folder: str  # the sObject whose folder it lies in (objects/Lead/fields/...), "" where in none
    content: bytes
    body: bytes = b""  # what lies in the file beside it, which the XML is about

    def root(self) -> Element:
        """Read the XML. Raises RuleProblem where it is none."""
        try:
            return parse(self.content)
        except BadMarkup as error:
            raise RuleProblem(f"it is no XML that can be read: {error}") from None

    @property
    def short_name(self) -> str:
        """Give the name without what stands before it up to a double underscore, as in exports of several orgs."""
        return self.name.removesuffix("__c").rsplit("__", 1)[-1] + ("__c" if self.name.endswith("__c") else "")


def sorted_files(files: Iterable[tuple[str, bytes]]) -> tuple[list[MetadataFile], list[str]]:
    """Tell metadata files, in the order of deployment, from the paths of all others."""
    found: list[MetadataFile] = []
    ignored: list[str] = []
    listed = list(files)
    paths = {path for path, _ in listed}
    beside = {path: content for path, content in listed if path.rpartition(".")[2] in _BESIDE}
    for path, content in listed:
        made = _file(path, content)
        if made is None or (path in beside and f"{path}{_META}" not in paths):
            ignored.append(path)
        elif path not in beside:
            found.append(replace(made, body=beside.get(path.removesuffix(_META), b"")))
    order = {suffix: place for place, suffix in enumerate(KINDS)}
    return sorted(found, key=lambda one: (order[one.suffix], one.path)), sorted(ignored)


def _file(path: str, content: bytes) -> MetadataFile | None:
    parts = PurePosixPath(path).parts
    name, _, suffix = parts[-1].removesuffix(_META).rpartition(".")
    if suffix not in KINDS or not name:
        return None
    place = parts.index("objects") + 1 if "objects" in parts[:-2] else 0
    return MetadataFile(path, suffix, name, parts[place] if place else "", content)


def texts(element: Element, name: str) -> list[str]:
    """Give the texts of all children of a name."""
    return [one.text.strip() for one in element.every(name) if one.text.strip()]
