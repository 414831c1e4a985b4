"""What loads do with a set of records: one operation for all, each record with its own outcome."""

from collections.abc import Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import recycle
from sfsync.localorg.saving.draft import Draft, Options, Outcome
from sfsync.localorg.saving.save import save
from sfsync.localorg.saving.upsert import find_by_key, name_by_id
from sfsync.localorg.sobject import SObject
from sfsync.localorg.variants import HARD_UNLOGGED, is_on
from sfsync.localorg.wire import Refusal
from sfsync.records.ids import is_id, to_18

DELETES = ("delete", "hardDelete")
OPERATIONS = ("insert", "update", "upsert", *DELETES)


def write(
    org: OrgContext,
    kind: SObject,
    operation: str,
    key: str | None,
    drafts: Sequence[Draft],
    ids: Sequence[object],
    rule_id: str | None,
) -> list[Outcome]:
    """Insert, update or upsert drafts; `ids` are the records' own as given, `key` the field an upsert goes by."""
    by_id = operation == "update" or (operation == "upsert" and key == "Id")
    for draft, record_id in zip(drafts, ids, strict=True):
        if operation == "insert" and record_id is not None:
            text = "cannot specify Id in an insert call"
            draft.refuse(400, "INVALID_FIELD_FOR_INSERT_UPDATE", text, ("Id",))
        elif by_id and (operation == "update" or record_id is not None):
            name_by_id(kind, draft, record_id)
    if operation == "upsert" and key not in (None, "Id"):
        find_by_key(org, kind, kind.fields[str(key).lower()], drafts)
    return save(org, kind, drafts, Options(rule_id))


def delete(org: OrgContext, kind: SObject, ids: Sequence[str], hard: bool) -> list[Outcome]:
    """Delete records by id; `hard` leaves them out of the recycle bin."""
    good = [to_18(one) for one in ids if _is_of(kind, one)]
    found = iter(recycle.delete(org, kind, good))
    outcomes = [next(found) if _is_of(kind, one) else _malformed(one) for one in ids]
    if hard:
        gone = [str(one.record_id) for one in outcomes if one.success]
        recycle.erase(org, kind, gone)
        if is_on(org.state, HARD_UNLOGGED):
            org.state.many("DELETE FROM _deleted_log WHERE id = ?", [(one,) for one in gone])
    return outcomes


def _is_of(kind: SObject, text: str) -> bool:
    return is_id(text) and to_18(text).startswith(kind.key_prefix or "")


def _malformed(text: str) -> Outcome:
    if not text:
        return Outcome(None, errors=(Refusal(400, "MISSING_ARGUMENT", "Id not specified", ()),))
    return Outcome(None, errors=(Refusal(400, "MALFORMED_ID", f"malformed id {text}", ("Id",)),))
