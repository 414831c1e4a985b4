"""What can be asked for in the Tooling API, and its fields.

Documented (Tooling API guide): names and types of the fields here; the API has many more of both. Code, flows and
packages are known by name alone: the org holds none.
"""

from functools import cache
from types import MappingProxyType

from sfsync.localorg.catalog import Catalog
from sfsync.localorg.objects.read import make_field, with_children
from sfsync.localorg.sobject import SObject

_READ_ONLY = "createable updateable permissionable"
_BOOLEANS = ("IsActive", "IsBeta", "IsValid", "IsCustomizable", "IsNillable", "IsIndexed", "IsCompound", "IsQueryable")
_NUMBERS = ("ApiVersion", "MajorVersion", "MinorVersion", "PatchVersion", "BuildNumber", "NumLinesCovered")
_INTS = (*_NUMBERS, "NumLinesUncovered", "PercentCovered", "Length", "Precision", "Scale", "VersionNumber")
_TIMES = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
_PARENTS = {  # reference fields: relationship and sObject
    "EntityDefinitionId": ("EntityDefinition", "EntityDefinition"),
    "SubscriberPackageId": ("SubscriberPackage", "SubscriberPackage"),
    "SubscriberPackageVersionId": ("SubscriberPackageVersion", "SubscriberPackageVersion"),
    "ApexClassId": ("ApexClass", "ApexClass"),
    "ApexClassOrTriggerId": ("ApexClassOrTrigger", "ApexClass"),
    "ActiveVersionId": ("ActiveVersion", "Flow"),
    "DefinitionId": ("Definition", "FlowDefinition"),
}
_CODE = "Name NamespacePrefix ApiVersion Status Body IsValid"
_KINDS = {
    "EntityDefinition": ("", "DurableId QualifiedApiName DeveloperName MasterLabel Label PluralLabel KeyPrefix"
                             " NamespacePrefix IsCustomizable IsQueryable"),
    "FieldDefinition": ("", "DurableId QualifiedApiName DeveloperName MasterLabel Label DataType NamespacePrefix Length"
                            " Precision Scale IsNillable IsIndexed IsCompound RelationshipName EntityDefinitionId"),
    "CustomField": ("00N", "DeveloperName TableEnumOrId NamespacePrefix EntityDefinitionId FullName"),
    "ValidationRule": ("03d", "ValidationName NamespacePrefix EntityDefinitionId Active ErrorMessage"),
    "ApexClass": ("01p", _CODE),
    "ApexTrigger": ("01q", f"{_CODE} TableEnumOrId"),
    "Flow": ("301", "MasterLabel Status VersionNumber DefinitionId ProcessType"),
    "FlowDefinition": ("300", "DeveloperName MasterLabel ActiveVersionId LatestVersionId NamespacePrefix"),
    "InstalledSubscriberPackage": ("0A3", "SubscriberPackageId SubscriberPackageVersionId"),
    "SubscriberPackage": ("033", "Name NamespacePrefix"),
    "SubscriberPackageVersion": ("04t", "Name MajorVersion MinorVersion PatchVersion BuildNumber IsBeta"
                                        " SubscriberPackageId"),
    "ApexCodeCoverageAggregate": ("715", "ApexClassOrTriggerId NumLinesCovered NumLinesUncovered"),
    "ApexOrgWideCoverage": ("716", "PercentCovered"),
    "ApexTestQueueItem": ("709", "ApexClassId Status ExtendedStatus ParentJobId"),
    "TraceFlag": ("7tf", "TracedEntityId DebugLevelId LogType StartDate ExpirationDate"),
    "DebugLevel": ("7dl", "DeveloperName MasterLabel ApexCode"),
}  # fmt: skip


@cache
def catalog() -> Catalog:
    """Give the sObjects of the Tooling API."""
    made = {name.lower(): _kind(name, prefix, fields) for name, (prefix, fields) in _KINDS.items()}
    return Catalog(with_children(made))


def _kind(name: str, prefix: str, names: str) -> SObject:
    facts: list[dict[str, object]] = [{"name": "Id", "type": "id"}]
    facts += [_facts(one) for one in names.split()]
    audit = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")
    facts += [_facts(one) for one in audit] if prefix else []
    fields = [make_field(one) for one in facts]
    kept = MappingProxyType({one.name.lower(): one for one in fields})
    return SObject(name, name, f"{name}s", prefix or None, kept, scopes=(("everything", "All"),))


def _facts(name: str) -> dict[str, object]:
    if name in _PARENTS:
        relationship, target = _PARENTS[name]
        return {
            "name": name,
            "type": "string",
            "length": 255,
            "to": [target],
            "relationship": relationship,
            "not": _READ_ONLY,
        }
    kind = "boolean" if name in _BOOLEANS or name == "Active" else "int" if name in _INTS else "string"
    kind = "datetime" if name in _TIMES else kind
    size: dict[str, object] = {"length": 255} if kind == "string" else {"digits": 9} if kind == "int" else {}
    also = {"also": "case_sensitive"} if name == "KeyPrefix" else {}  # 00k and 00K are two sObjects
    return {"name": name, "type": kind, "not": _READ_ONLY, **also, **size}
