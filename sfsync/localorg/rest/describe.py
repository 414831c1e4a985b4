"""Describe answers: the list of sObjects, one sObject in brief, one in full."""

from collections.abc import Callable
from functools import lru_cache

from sfsync.localorg import versions
from sfsync.localorg.catalog import ChildRelationship, Field, PicklistValue, SObject
from sfsync.localorg.context import OrgContext
from sfsync.localorg.rest import conditional, older, recent
from sfsync.localorg.rights import grants
from sfsync.localorg.rules.record_types import MASTER, record_types
from sfsync.localorg.saving.record_types import default_of
from sfsync.localorg.sobject import TEXTS
from sfsync.localorg.wire import Answer, Request

Json = dict[str, object]

MOST_IN_A_CALL = 200
_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
}
_FIELD_KEYS = {  # describe's key to the attribute of Field
    "aggregatable": "aggregatable",
    "calculated": "calculated",
    "caseSensitive": "case_sensitive",
    "compoundFieldName": "compound",
    "createable": "createable",
    "custom": "custom",
    "defaultValue": "default_value",
    "defaultedOnCreate": "defaulted_on_create",
    "digits": "digits",
    "externalId": "external_id",
    "extraTypeInfo": "extra",
    "filterable": "filterable",
    "groupable": "groupable",
    "htmlFormatted": "html",
    "idLookup": "id_lookup",
    "inlineHelpText": "help",
    "label": "label",
    "length": "length",
    "name": "name",
    "nameField": "name_field",
    "namePointing": "name_pointing",
    "nillable": "nillable",
    "permissionable": "permissionable",
    "polymorphicForeignKey": "polymorphic",
    "precision": "precision",
    "queryByDistance": "query_by_distance",
    "relationshipName": "relationship_name",
    "restrictedPicklist": "restricted",
    "scale": "scale",
    "searchPrefilterable": "prefilterable",
    "sortable": "sortable",
    "type": "type",
    "unique": "unique",
    "updateable": "updateable",
}
_SAME_FOR_ALL_FIELDS = {
    **dict.fromkeys(("calculatedFormula", "controllerName", "defaultValueFormula", "filteredLookupInfo"), None),
    **dict.fromkeys(("mask", "maskType", "referenceTargetField", "relationshipOrder"), None),
    **dict.fromkeys(("aiPredictionField", "autoNumber", "cascadeDelete", "dependentPicklist", "encrypted"), False),
    **dict.fromkeys(("deprecatedAndHidden", "displayLocationInDecimal", "formulaTreatNullNumberAsZero"), False),
    **dict.fromkeys(("highScaleNumber", "restrictedDelete", "writeRequiresMasterRead"), False),
}
_SOBJECT_KEYS = {  # describe's key to the attribute of SObject
    "createable": "createable",
    "custom": "custom",
    "deletable": "deletable",
    "feedEnabled": "feed_enabled",
    "keyPrefix": "key_prefix",
    "label": "label",
    "labelPlural": "label_plural",
    "layoutable": "layoutable",
    "mergeable": "mergeable",
    "mruEnabled": "mru_enabled",
    "name": "name",
    "queryable": "queryable",
    "replicateable": "replicateable",
    "retrieveable": "retrieveable",
    "searchable": "searchable",
    "triggerable": "triggerable",
    "undeletable": "undeletable",
    "updateable": "updateable",
}
_SAME_FOR_ALL_SOBJECTS = {
    **dict.fromkeys(("associateEntityType", "associateParentEntity"), None),
    **dict.fromkeys(("activateable", "customSetting", "deepCloneable", "deprecatedAndHidden"), False),
    **dict.fromkeys(("hasSubtypes", "isInterface", "isSubtype"), False),
}
_ONE_BYTE = frozenset({"Fiscal"})  # a text that never holds more than ASCII


def list_sobjects(org: OrgContext, request: Request, version: str) -> Answer:
    """GET `/sobjects`: describe all sObjects in short."""

    def body() -> Json:
        entries = [brief(org, one) for one in sorted(org.catalog, key=lambda one: one.name)]
        return {"encoding": "UTF-8", "maxBatchSize": MOST_IN_A_CALL, "sobjects": entries}

    return _conditionally(org, request, "*", body)


def basic(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """GET `/sobjects/X`: describe one in short."""
    kind = org.sobject(sobject)

    def body() -> Json:
        return {"objectDescribe": brief(org, kind), "recentItems": recent.items(org, kind)}

    return _conditionally(org, request, kind.name, body)


def full(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """GET `/sobjects/X/describe`: describe one with its fields, children and record types."""
    kind = org.sobject(sobject)
    return _conditionally(org, request, kind.name, lambda: describe(org, kind, request.base_url))


def _conditionally(org: OrgContext, request: Request, what: str, body: Callable[[], Json]) -> Answer:
    return conditional.answer(org, request, f"{what} {org.version} {request.base_url} {request.path}", body())


def brief(org: OrgContext, kind: SObject) -> Json:
    """Give the 28 keys of an sObject in the global list, in Salesforce's (alphabetical) order."""
    told = {key: getattr(kind, attribute) for key, attribute in _SOBJECT_KEYS.items()}
    whole = dict(sorted({**_SAME_FOR_ALL_SOBJECTS, **told, "urls": _urls(org, kind)}.items()))
    return older.trimmed(whole, versions.number_of(org.version))


def describe(org: OrgContext, kind: SObject, base_url: str) -> Json:
    """Give the whole describe of an sObject, keys in Salesforce's order."""
    here = f"{org.base_path}/sobjects/{kind.name}"
    more: Json = {
        "actionOverrides": [],
        "childRelationships": [_child(one) for one in kind.children],
        "compactLayoutable": kind.layoutable,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": _fields(kind),
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": record_type_infos(org, kind, here) if _has_types(org, kind) else [],
        "searchLayoutable": kind.layoutable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": label, "name": name} for name, label in kind.scopes],
    }
    urls = {**_urls(org, kind), **(_ui_urls(kind, base_url) if kind.layoutable else {})}
    whole = dict(sorted({**brief(org, kind), **more, "urls": urls}.items()))
    return older.trimmed(whole, versions.number_of(org.version))


@lru_cache(256)
def _fields(kind: SObject) -> list[Json]:
    """Give what is told of the fields of an sObject; nobody may change it."""
    return [field_json(one) for one in kind.fields.values()]


def field_json(field: Field) -> Json:
    """Give the 57 keys of a field, in Salesforce's (alphabetical) order."""
    worked_out: Json = {
        "autoNumber": field.auto_number is not None,
        "calculatedFormula": field.formula,
        "defaultValueFormula": field.default_formula,
        "formulaTreatNullNumberAsZero": field.formula is not None and field.blanks == "zeroes",
        "byteLength": field.length * _bytes_a_character(field),
        "picklistValues": [picklist_value(one) for one in field.picklist],
        "referenceTo": list(field.reference_to),
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
    }
    told = {key: getattr(field, attribute) for key, attribute in _FIELD_KEYS.items()}
    return dict(sorted({**_SAME_FOR_ALL_FIELDS, **told, **worked_out}.items()))


def _bytes_a_character(field: Field) -> int:
    if field.type in ("id", "reference") or field.name in _ONE_BYTE:
        return 1
    return 3 if field.type in TEXTS else 0


def picklist_value(one: PicklistValue) -> Json:
    """Give one value of a picklist."""
    return {"active": one.active, "defaultValue": one.default, "label": one.label, "validFor": None, "value": one.value}


def _child(child: ChildRelationship) -> Json:
    return {
        "cascadeDelete": child.cascade_delete,
        "childSObject": child.child_sobject,
        "deprecatedAndHidden": False,
        "field": child.field,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": child.relationship_name,
        "restrictedDelete": child.restricted_delete,
    }


def _urls(org: OrgContext, kind: SObject) -> Json:
    here = f"{org.base_path}/sobjects/{kind.name}"
    plain: Json = {"rowTemplate": f"{here}/{{ID}}", "describe": f"{here}/describe", "sobject": here}
    if not kind.layoutable:
        return plain
    return {
        "compactLayouts": f"{here}/describe/compactLayouts",
        "rowTemplate": f"{here}/{{ID}}",
        "approvalLayouts": f"{here}/describe/approvalLayouts",
        "listviews": f"{here}/listviews",
        "describe": f"{here}/describe",
        "quickActions": f"{here}/quickActions",
        "layouts": f"{here}/describe/layouts",
        "sobject": here,
    }


def _ui_urls(kind: SObject, base_url: str) -> Json:
    return {
        "uiDetailTemplate": f"{base_url}/{{ID}}",
        "uiEditTemplate": f"{base_url}/{{ID}}/e",
        "uiNewRecord": f"{base_url}/{kind.key_prefix}/e",
    }


def _has_types(org: OrgContext, kind: SObject) -> bool:
    """Tell whether an sObject has record types: those that hold an org's data, whatever the user may do."""
    whole = org.state.catalog.sobject(kind.name)
    return whole is not None and whole.undeletable


def record_type_infos(org: OrgContext, kind: SObject, here: str) -> list[Json]:
    """Give the record types of an sObject, last the one every record has where there are no others."""
    types = record_types(org.state, kind)
    default = default_of(org, kind, org.user_id)
    rights = grants.of(org.state, org.user_id) if types else None
    offered = [one.active and (rights is None or rights.offers(kind.name, one.name)) for one in types]
    named = [
        (one.id, one.name, one.label, one.active, one == default, available)
        for one, available in zip(types, offered, strict=True)
    ]
    return [_record_type(here, *one) for one in [*named, (MASTER, "Master", "Master", True, default is None, True)]]


def _record_type(here: str, type_id: str, name: str, label: str, active: bool, default: bool, available: bool) -> Json:
    return {
        "active": active,
        "available": available,
        "defaultRecordTypeMapping": default,
        "developerName": name,
        "master": type_id == MASTER,
        "name": label,
        "recordTypeId": type_id,
        "urls": {"layout": f"{here}/describe/layouts/{type_id}"},
    }
