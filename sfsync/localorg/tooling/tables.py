"""The rows of the Tooling API: made of the catalog and the rules when they are asked for, in tables for that while."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sfsync.localorg import field_ids, schema
from sfsync.localorg.context import OrgContext
from sfsync.localorg.metadata.custom_fields import described_as
from sfsync.localorg.rules import kept
from sfsync.localorg.saving import store
from sfsync.localorg.sobject import Field, SObject
from sfsync.localorg.state import State
from sfsync.localorg.tooling import kinds
from sfsync.localorg.values import Stored

Row = dict[str, Stored]


@contextmanager
def laid_out(org: OrgContext) -> Iterator[OrgContext]:
    """Give a view of the org in which the Tooling API's tables stand, for as long as it is used."""
    view = State(org.state.folder, org.state.connection, kinds.catalog())
    made: list[SObject] = []
    try:
        for kind in kinds.catalog():
            org.state.run(schema.table(kind).replace("CREATE TABLE", "CREATE TEMP TABLE", 1))
            made.append(kind)
        for name, rows in _ROWS.items():
            kind_of = kinds.catalog().sobject(name)
            assert kind_of is not None
            store.insert(view, kind_of, _complete(kind_of, rows(org)))
        yield replace(org, state=view, seen=None)  # what the user may not see has no row here
    finally:
        for kind in made:
            org.state.run(f'DROP TABLE temp."{kind.name}"')


def _complete(kind: SObject, rows: Iterator[Row]) -> Iterator[Row]:
    """Put values in for the columns a row does not name."""
    blank: Row = {one.name: 0 if one.type == "boolean" else None for one in kind.columns}
    for row in rows:
        yield {**blank, **row}


def _entities(org: OrgContext) -> Iterator[Row]:
    for kind in org.catalog:
        yield {
            "Id": kind.name,
            "DurableId": kind.name,
            "QualifiedApiName": kind.name,
            "DeveloperName": kind.name,
            "MasterLabel": kind.label,
            "Label": kind.label,
            "PluralLabel": kind.label_plural,
            "KeyPrefix": kind.key_prefix,
            "IsCustomizable": int(kind.layoutable),
            "IsQueryable": int(kind.queryable),
        }


def _fields(org: OrgContext) -> Iterator[Row]:
    for kind in org.catalog:
        for field in kind.fields.values():
            own = field_ids.id_of(org.state, kind, field)[:15] if field.custom else field.name
            yield {
                "Id": f"{kind.name}.{own}",
                "DurableId": f"{kind.name}.{own}",
                "QualifiedApiName": field.name,
                "DeveloperName": field.name.removesuffix("__c"),
                "MasterLabel": field.label,
                "Label": field.label,
                "DataType": _data_type(field),
                "Length": field.length,
                "Precision": field.precision,
                "Scale": field.scale,
                "IsNillable": int(field.nillable),
                "IsIndexed": int(field.unique or field.external_id or field.id_lookup),
                "IsCompound": int(field.type == "address"),
                "RelationshipName": field.relationship_name,
                "EntityDefinitionId": kind.name,
            }


def _data_type(field: Field) -> str:
    """Give the type as Setup words it (assumed but for the plain ones)."""
    kind = described_as(field)["type"]
    if kind == "Text":
        return f"Text({field.length})"
    if kind in ("Number", "Currency", "Percent"):
        return f"{kind}({field.precision - field.scale}, {field.scale})"
    return f"Lookup({','.join(field.reference_to)})" if field.reference_to else kind


def _custom_fields(org: OrgContext) -> Iterator[Row]:
    for kind in org.catalog:
        for field in kind.fields.values():
            if field.custom:
                yield {
                    "Id": field_ids.id_of(org.state, kind, field),
                    "DeveloperName": field.name.removesuffix("__c"),
                    "TableEnumOrId": kind.name,
                    "EntityDefinitionId": kind.name,
                    "FullName": f"{kind.name}.{field.name}",
                    "CreatedById": str(org.state.setting("integration_user_id")),
                    "LastModifiedById": str(org.state.setting("integration_user_id")),
                    "CreatedDate": org.stamp,
                    "LastModifiedDate": org.stamp,
                    "SystemModstamp": org.stamp,
                }


def _validation_rules(org: OrgContext) -> Iterator[Row]:
    for number, rule in enumerate(one for one in kept.listed(org.state) if one["kind"] == kept.VALIDATION):
        yield {
            "Id": f"03dLc{number:010d}AAA",
            "ValidationName": str(rule["name"]),
            "EntityDefinitionId": str(rule["sobject"]),
            "Active": int(bool(rule["active"])),
            "ErrorMessage": str(rule["message"]),
        }


_ROWS = {
    "EntityDefinition": _entities,
    "FieldDefinition": _fields,
    "CustomField": _custom_fields,
    "ValidationRule": _validation_rules,
}
