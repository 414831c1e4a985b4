"""How a record looks in REST: attributes, fields in describe's order, compound addresses as objects."""

from collections.abc import Iterable, Mapping, Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving.reading import no_such_column
from sfsync.localorg.sobject import Field, SObject
from sfsync.localorg.values import Stored, address_json, to_json


def chosen(sobject: SObject, names: Iterable[str]) -> list[Field]:
    """Find fields by name, each once, in the order given. Raises Refusal INVALID_FIELD for an unknown one."""
    found: dict[str, Field] = {}
    for name in names:
        field = sobject.fields.get(name.strip().lower())
        if field is None:
            raise no_such_column(sobject, name.strip())
        found[field.name] = field
    return list(found.values())


def record_json(
    org: OrgContext, sobject: SObject, row: Mapping[str, Stored], fields: Sequence[Field] | None = None
) -> dict[str, object]:
    """Give a record as REST shows it: all fields, or those chosen and Id."""
    shown = list(sobject.fields.values()) if fields is None else list(fields)
    if all(one.name != "Id" for one in shown):
        shown.append(sobject.fields["id"])
    url = org.record_url(sobject, str(row["Id"]))
    body: dict[str, object] = {"attributes": {"type": sobject.name, "url": url}}
    for field in shown:
        compound = field.type == "address"
        body[field.name] = address_json(sobject, field, row) if compound else to_json(field, row[field.name])
    return body
