"""Field history: what tracked fields were and became, as LeadHistory and its like show it.

The setting `history_tracked` says which fields: {"Lead": ["Status", "OwnerId"]}. An sObject without tracked fields
leaves no history. A reference leaves two rows, one with the names and one with the ids; long texts only say that they
have changed (documented: Field History Tracking).
"""

from collections.abc import Mapping, Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.formulas.paths import Path, find_path
from sfsync.localorg.rules.views import Views
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft
from sfsync.localorg.sobject import Field, SObject
from sfsync.localorg.values import Stored, to_csv

SETTING = "history_tracked"
KEPT_IN = {  # sObject to the sObject of its history and the reference there
    "Lead": ("LeadHistory", "LeadId"),
    "Account": ("AccountHistory", "AccountId"),
    "Contact": ("ContactHistory", "ContactId"),
    "Opportunity": ("OpportunityFieldHistory", "OpportunityId"),
}
LONGEST = 255  # characters of a text whose values are kept
_DATA_TYPES = {"reference": "EntityId", "string": "Text", "picklist": "Text", "boolean": "Boolean", "double": "Double"}


def track(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Write down what became of the tracked fields of records just saved."""
    tracked = _tracked(org, sobject)
    if not tracked:
        return
    kind, reference = KEPT_IN[sobject.name]
    owner = org.sobject(kind)
    names = {one.name: found for one in tracked if (found := _name_path(org, sobject, one)) is not None}
    views = Views(org)
    views.fetch([row for one in drafts for row in (one.before, one.row) if row is not None], names.values())
    rows: list[dict[str, Stored]] = []
    for draft in drafts:
        for field, old, new in _changes(views, draft, tracked, names):
            shared = {reference: draft.row["Id"], "CreatedById": org.user_id, "CreatedDate": org.stamp}
            rows.append({**shared, **field, "OldValue": old, "NewValue": new})
    ids = org.state.next_ids(str(owner.key_prefix), len(rows))
    store.insert(org.state, owner, [{"Id": one, **row} for one, row in zip(ids, rows, strict=True)])


def note(org: OrgContext, sobject: SObject, record_id: str, event: str) -> None:
    """Write down that something happened to a record as a whole, where its fields are tracked (assumed: how)."""
    if not _tracked(org, sobject):
        return
    kind, reference = KEPT_IN[sobject.name]
    owner = org.sobject(kind)
    row: dict[str, Stored] = {reference: record_id, "CreatedById": org.user_id, "CreatedDate": org.stamp}
    row |= {"Id": org.state.next_id(str(owner.key_prefix)), "Field": event, "DataType": "Text"}
    store.insert(org.state, owner, [{**row, "OldValue": None, "NewValue": None}])


def is_kept(org: OrgContext, sobject: SObject) -> bool:
    """Tell whether fields of an sObject are tracked."""
    return bool(_tracked(org, sobject))


def _tracked(org: OrgContext, sobject: SObject) -> list[Field]:
    kept = org.state.setting(SETTING) if sobject.name in KEPT_IN else None
    named = kept.get(sobject.name) if isinstance(kept, dict) else None
    return [sobject.known[one.lower()] for one in named or () if one.lower() in sobject.known]


def _name_path(org: OrgContext, sobject: SObject, field: Field) -> Path | None:
    if field.type != "reference" or not field.relationship_name:
        return None
    return find_path(org.catalog, sobject, f"{field.relationship_name}.Name")


def _changes(
    views: Views, draft: Draft, tracked: Sequence[Field], names: Mapping[str, Path]
) -> list[tuple[dict[str, Stored], Stored, Stored]]:
    before = draft.before
    if before is None:
        return [({"Field": "created", "DataType": "Text"}, None, None)]
    found: list[tuple[dict[str, Stored], Stored, Stored]] = []
    for field in tracked:
        old, new = before.get(field.name), draft.row.get(field.name)
        if old == new:
            continue
        told: dict[str, Stored] = {"Field": _shown(field), "DataType": _DATA_TYPES.get(field.type, field.type.title())}
        if field.name in names:
            path = names[field.name]
            found.append(({**told, "DataType": "Text"}, views.stored(before, path), views.stored(draft.row, path)))
        if field.length > LONGEST or field.type == "multipicklist":
            found.append((told, None, None))
        else:
            found.append((told, to_csv(field, old) or None, to_csv(field, new) or None))
    return found


def _shown(field: Field) -> str:
    """Give a field's name as history has it: a standard reference goes without its Id."""
    return field.name.removesuffix("Id") if field.type == "reference" and not field.custom else field.name
