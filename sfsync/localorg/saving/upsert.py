"""Upsert: finding the records that keys name."""

from collections.abc import Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import store
from sfsync.localorg.sobject import NUMBERS, Field, SObject
from sfsync.localorg.values import Stored, WrongType, cast
from sfsync.localorg.wire import Refusal


def key_field(sobject: SObject, name: str) -> Field:
    """Find a field one may upsert on: an external id, or another that identifies records. Raises Refusal NOT_FOUND."""
    field = sobject.fields.get(name.lower())
    if field is None or not (field.external_id or field.id_lookup) or field.name == "Id":
        raise no_such_key(name)
    return field


def no_such_key(name: str) -> Refusal:
    """Give the refusal of a path segment that is neither an id nor a field one may upsert on."""
    return Refusal(404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {name}")


def matches(org: OrgContext, sobject: SObject, key: Field, values: Sequence[str]) -> dict[str, list[str]]:
    """Give for each value, as written, the ids of the living records that have it in the key field."""
    stored = {value: _cast(key, value) for value in values}
    collation = "" if key.case_sensitive or key.type in NUMBERS else " COLLATE NOCASE"
    wanted = [one for one in stored.values() if one is not None]
    found: dict[str, list[str]] = {}
    for row in store.fetch(org.state, sobject, key.name, wanted, collation):
        found.setdefault(fold(key, row[key.name]), []).append(str(row["Id"]))
    return {value: found.get(fold(key, one), []) for value, one in stored.items() if one is not None}


def fold(key: Field, value: Stored) -> str:
    """Give what two values of a key field have in common if they name the same record."""
    return str(value) if key.case_sensitive else str(value).lower()


def _cast(key: Field, value: str) -> Stored:
    try:
        return cast(key, value)
    except WrongType:
        return None
