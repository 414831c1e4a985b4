"""Which record types of an sObject a user has, and what of each picklist each offers.

Documented (REST guide, sObject Layouts): one with several record types has null for `layouts`. The local org has no
page layouts, so it says so of every sObject.
"""

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rest.describe import Json, picklist_value, record_type_infos
from sfsync.localorg.rules.record_types import record_types
from sfsync.localorg.sobject import SObject
from sfsync.localorg.wire import Answer, Request, json_answer


def layouts(org: OrgContext, request: Request, version: str, sobject: str) -> Answer:
    """GET `/sobjects/X/describe/layouts`."""
    kind = org.sobject(sobject)
    mappings = [
        {**info, "layoutId": None, "picklistsForRecordType": _picklists(org, kind, str(info["recordTypeId"]))}
        for info in record_type_infos(org, kind, f"{org.base_path}/sobjects/{kind.name}")
    ]
    return json_answer(200, {"layouts": None, "recordTypeMappings": mappings, "recordTypeSelectorRequired": [False]})


def _picklists(org: OrgContext, kind: SObject, record_type_id: str) -> list[Json]:
    found = next((one for one in record_types(org.state, kind) if one.id == record_type_id), None)
    offers = found.offers if found else {}
    return [
        {
            "picklistName": field.name,
            "picklistValues": [
                picklist_value(one)
                for one in field.picklist
                if field.name not in offers or one.value in offers[field.name].values
            ],
        }
        for field in kind.fields.values()
        if field.picklist
    ]
