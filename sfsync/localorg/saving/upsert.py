"""Finding the records that ids and keys name."""

from collections.abc import Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft
from sfsync.localorg.sobject import NUMBERS, Field, SObject
from sfsync.localorg.state import State
from sfsync.localorg.values import Stored, WrongType, cast, plain
from sfsync.localorg.variants import FIRST_OF_TWICE, is_on
from sfsync.localorg.wire import Refusal, said
from sfsync.records.ids import is_id, to_18


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
    for row in store.holders(org.state, sobject, key.name, wanted, collation):
        found.setdefault(fold(key, row[key.name]), []).append(str(row["Id"]))
    by_value = {value: found.get(fold(key, one), []) for value, one in stored.items() if one is not None}
    if org.trouble is None:
        return by_value
    return {value: list(org.trouble.found_by_key(sobject.name, key.name, ids)) for value, ids in by_value.items()}


def fold(key: Field, value: Stored) -> str:
    """Give what two values of a key field have in common if they name the same record."""
    return str(value) if key.case_sensitive else str(value).lower()


def _cast(key: Field, value: str) -> Stored:
    try:
        return cast(key, value)
    except WrongType:
        return None


def find_by_key(org: OrgContext, kind: SObject, key: Field, drafts: Sequence[Draft]) -> None:
    """Find each draft's record by its key; keys given twice or held by several records refuse."""
    written = [_written(key, one) for one in drafts]
    found = matches(org, kind, key, [one for one in written if one is not None])
    refused = twice(org.state, [None if one is None else fold(key, one) for one in written])
    for place, (draft, value) in enumerate(zip(drafts, written, strict=True)):
        ids = found.get(value, []) if value is not None else []
        if value is None:
            draft.refuse(400, "MISSING_ARGUMENT", f"{key.name} not specified", ())
        elif place in refused:
            draft.refuse(400, "DUPLICATE_VALUE", f"Duplicate external id specified: {value}", (key.name,))
        elif len(ids) > 1:
            listed = ", ".join(ids)
            text = f"{key.name}: more than one record found for external id field: [{listed}]"
            draft.refuse(400, "DUPLICATE_EXTERNAL_ID", text, (key.name,))
        elif ids:
            draft.record_id = ids[0]
            del draft.given[key.name]


def twice(state: State, names: Sequence[str | None]) -> set[int]:
    """Give the places of rows that are refused because others name the same."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        if name is not None:
            places.setdefault(name, []).append(place)
    several = [found for found in places.values() if len(found) > 1]
    first = 1 if several and is_on(state, FIRST_OF_TWICE) else 0
    return {one for found in several for one in found[first:]}


def _written(key: Field, draft: Draft) -> str | None:
    value = draft.given.get(key.name)
    return plain(value, key.scale) if isinstance(value, int) else value


def name_by_id(kind: SObject, draft: Draft, given: object) -> None:
    """Put an id as given into a draft to update; refuse one that is missing or of another kind of record."""
    found = to_18(given) if isinstance(given, str) and is_id(given) else None
    if given is None:
        draft.refuse(400, "MISSING_ARGUMENT", "Id not specified in an update call")
    elif found is None or (kind.key_prefix and not found.startswith(kind.key_prefix)):
        draft.refuse(
            400, "MALFORMED_ID", f"{kind.fields['id'].label}: id value of incorrect type: {said(given)}", ("Id",)
        )
    else:
        draft.record_id = found
