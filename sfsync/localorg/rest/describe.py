"""Describe answers: the list of sObjects, one sObject in brief, one in full."""

from collections.abc import Callable

from sfsync.localorg.catalog import Field, SObject
from sfsync.localorg.context import OrgContext
from sfsync.localorg.rest import conditional
from sfsync.localorg.sobject import TEXTS
from sfsync.localorg.wire import Answer, Request

Json = dict[str, object]

MASTER_RECORD_TYPE = "012000000000000AAA"
MOST_RECENT = 200  # recentItems is empty: nobody looks at records in a browser here
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
_ONE_BYTE = frozenset({"Fiscal"})  # a text that never holds more than ASCII


def list_sobjects(org: OrgContext, request: Request, version: str) -> Answer:
    """GET `/sobjects`."""

    def body() -> Json:
        entries = [brief(org, one) for one in sorted(org.catalog, key=lambda one: one.name)]
        return {"encoding": "UTF-8", "maxBatchSize": MOST_RECENT, "sobjects": entries}

    return _conditionally(org, request, "*", body)


def basic(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """GET `/sobjects/X`."""
    kind = org.sobject(sobject)
    return _conditionally(org, request, kind.name, lambda: {"objectDescribe": brief(org, kind), "recentItems": []})


def full(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """GET `/sobjects/X/describe`."""
    kind = org.sobject(sobject)
    return _conditionally(org, request, kind.name, lambda: describe(org, kind, request.base_url))


def _conditionally(org: OrgContext, request: Request, what: str, body: Callable[[], Json]) -> Answer:
    return conditional.answer(org, request, f"{what} {org.version} {request.base_url} {request.path}", body())


def brief(org: OrgContext, kind: SObject) -> Json:
    """Give the 28 keys of an sObject in the global list."""
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": kind.createable,
        "custom": kind.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": kind.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": kind.feed_enabled,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": kind.key_prefix,
        "label": kind.label,
        "labelPlural": kind.label_plural,
        "layoutable": kind.layoutable,
        "mergeable": kind.mergeable,
        "mruEnabled": kind.mru_enabled,
        "name": kind.name,
        "queryable": kind.queryable,
        "replicateable": kind.replicateable,
        "retrieveable": kind.retrieveable,
        "searchable": kind.searchable,
        "triggerable": kind.triggerable,
        "undeletable": kind.undeletable,
        "updateable": kind.updateable,
        "urls": _urls(org, kind),
    }


def describe(org: OrgContext, kind: SObject, base_url: str) -> Json:
    """Give the whole describe of an sObject, keys in Salesforce's order."""
    here = f"{org.base_path}/sobjects/{kind.name}"
    more: Json = {
        "actionOverrides": [],
        "childRelationships": [_child(kind, place) for place in range(len(kind.children))],
        "compactLayoutable": kind.layoutable,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [field_json(one) for one in kind.fields.values()],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [_master(here)] if kind.undeletable else [],
        "searchLayoutable": kind.layoutable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": label, "name": name} for name, label in kind.scopes],
    }
    urls = {**_urls(org, kind), **(_ui_urls(kind, base_url) if kind.layoutable else {})}
    return dict(sorted({**brief(org, kind), **more, "urls": urls}.items()))


def field_json(field: Field) -> Json:
    """Give the 57 keys of a field."""
    text = field.type in TEXTS
    one_byte = field.type in ("id", "reference") or field.name in _ONE_BYTE
    return {
        "aggregatable": field.aggregatable,
        "aiPredictionField": False,
        "autoNumber": False,
        "byteLength": field.length * (1 if one_byte else 3 if text else 0),
        "calculated": field.calculated,
        "calculatedFormula": None,
        "cascadeDelete": False,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound,
        "controllerName": None,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": field.default_value,
        "defaultValueFormula": None,
        "defaultedOnCreate": field.defaulted_on_create,
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": field.digits,
        "displayLocationInDecimal": False,
        "encrypted": False,
        "externalId": field.external_id,
        "extraTypeInfo": field.extra,
        "filterable": field.filterable,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "groupable": field.groupable,
        "highScaleNumber": False,
        "htmlFormatted": field.html,
        "idLookup": field.id_lookup,
        "inlineHelpText": field.help,
        "label": field.label,
        "length": field.length,
        "mask": None,
        "maskType": None,
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": field.name_pointing,
        "nillable": field.nillable,
        "permissionable": field.permissionable,
        "picklistValues": [
            {
                "active": one.active,
                "defaultValue": one.default,
                "label": one.label,
                "validFor": None,
                "value": one.value,
            }
            for one in field.picklist
        ],
        "polymorphicForeignKey": field.polymorphic,
        "precision": field.precision,
        "queryByDistance": field.query_by_distance,
        "referenceTargetField": None,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship_name,
        "relationshipOrder": None,
        "restrictedDelete": False,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "searchPrefilterable": field.prefilterable,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable,
        "writeRequiresMasterRead": False,
    }


def _child(kind: SObject, place: int) -> Json:
    child = kind.children[place]
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


def _master(here: str) -> Json:
    """Give the record type every record has where there are no others."""
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": MASTER_RECORD_TYPE,
        "urls": {"layout": f"{here}/describe/layouts/{MASTER_RECORD_TYPE}"},
    }
