"""Record types: which values of picklists each offers, by which process, with which defaults.

Kept under the kind `record_type` by developer name: `{"id", "label", "default", "picklists": {field: {"values": [...],
"default"}}, "process"}`; processes under `process` by name: `{"field", "values": [...], "default"}`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sfsync.localorg.catalog import SObject
from sfsync.localorg.rules import kept
from sfsync.localorg.rules.conditions import RuleProblem
from sfsync.localorg.state import State

MASTER = "012000000000000AAA"  # the record type of records that have none: the same in every org
RECORD_TYPE, PROCESS = "record_type", "process"
PROCESS_FIELDS = {"Lead": "Status", "Opportunity": "StageName"}
_FIELD = {
    "name": "RecordTypeId",
    "label": "Record Type ID",
    "type": "reference",
    "to": ["RecordType"],
    "relationship": "RecordType",
    "also": "defaulted_on_create",
    "not": "permissionable",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a record type offers for one picklist."""

    values: tuple[str, ...]
    default: str | None = None


@dataclass(frozen=True, slots=True)
class RecordType:
    """One record type of an sObject."""

    id: str
    name: str  # the developer name
    label: str
    active: bool
    default: bool  # new records that name none get it
    offers: Mapping[str, Offer]  # by field


def set_record_type(state: State, sobject: str, name: str, facts: Mapping[str, object], active: bool, now: str) -> None:
    """Make a record type, or change the one of that developer name. Raises RuleProblem."""
    owner = state.catalog.sobject(sobject)
    if owner is None:
        raise RuleProblem(f"the org has no sObject {sobject}")
    picklists = facts.get("picklists") or {}
    for field in picklists if isinstance(picklists, dict) else ():
        if field.lower() not in owner.known:
            raise RuleProblem(f"{owner.name} has no field {field}")
    if "recordtypeid" not in owner.known:
        state.add_field(owner.name, _FIELD)
    label = str(facts.get("label") or name)
    record_type_id = _row(state, owner, name, label, active, now)
    if facts.get("default"):
        for one in record_types(state, owner):
            _keep(state, owner, one.name, {**_facts(state, owner, one.name), "default": False}, one.active)
    _keep(state, owner, name, {**facts, "id": record_type_id, "label": label}, active)


def set_process(state: State, sobject: str, name: str, facts: Mapping[str, object]) -> None:
    """Make a process of leads or opportunities: which statuses or stages it goes through. Raises RuleProblem."""
    owner = state.catalog.sobject(sobject)
    if owner is None or owner.name not in PROCESS_FIELDS:
        raise RuleProblem(f"{sobject} has no processes")
    kept.keep(state, PROCESS, owner.name, name, {"field": PROCESS_FIELDS[owner.name], **facts}, True)


def record_types(state: State, sobject: SObject) -> tuple[RecordType, ...]:
    """Give the record types of an sObject, oldest first."""
    if "recordtypeid" not in sobject.known:
        return ()
    sql = "SELECT name, active, value FROM _rule WHERE kind = ? AND sobject = ? ORDER BY number"
    processes = dict(kept.active(state, PROCESS, sobject.name))
    return tuple(
        _made(sobject, row["name"], bool(row["active"]), json.loads(row["value"]), processes)
        for row in state.rows(sql, (RECORD_TYPE, sobject.name))
    )


def _made(
    sobject: SObject, name: str, active: bool, facts: Mapping[str, object], processes: Mapping[str, str]
) -> RecordType:
    picklists = facts.get("picklists") or {}
    assert isinstance(picklists, dict)
    offers = {
        sobject.known[field.lower()].name: _offer(one)
        for field, one in picklists.items()
        if field.lower() in sobject.known
    }
    process = processes.get(str(facts.get("process")))
    if process is not None:
        read = json.loads(process)
        offers[read["field"]] = _offer(read)
    return RecordType(str(facts["id"]), name, str(facts["label"]), active, facts.get("default") is True, offers)


def _offer(facts: Mapping[str, object]) -> Offer:
    listed = facts.get("values") or []
    default = facts.get("default")
    values = tuple(str(one) for one in listed) if isinstance(listed, list) else ()
    return Offer(values, None if default is None else str(default))


def _facts(state: State, sobject: SObject, name: str) -> dict[str, object]:
    sql = "SELECT value FROM _rule WHERE kind = ? AND sobject = ? AND name = ?"
    row = state.one(sql, (RECORD_TYPE, sobject.name, name))
    return {} if row is None else dict(json.loads(row["value"]))


def _keep(state: State, sobject: SObject, name: str, facts: Mapping[str, object], active: bool) -> None:
    kept.keep(state, RECORD_TYPE, sobject.name, name, facts, active)


def _row(state: State, sobject: SObject, name: str, label: str, active: bool, now: str) -> str:
    """Make or change the row that clients query; give its id."""
    found = state.one('SELECT Id FROM "RecordType" WHERE SobjectType = ? AND DeveloperName = ?', (sobject.name, name))
    record_type_id = str(found["Id"]) if found else state.next_id("012")
    user = str(state.setting("integration_user_id"))
    state.run(
        """INSERT INTO "RecordType" (Id, Name, DeveloperName, SobjectType, IsActive, CreatedDate, CreatedById,
           LastModifiedDate, LastModifiedById, SystemModstamp) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (Id) DO UPDATE SET Name = excluded.Name, IsActive = excluded.IsActive,
           LastModifiedDate = excluded.LastModifiedDate, SystemModstamp = excluded.SystemModstamp""",
        (record_type_id, label, name, sobject.name, int(active), now, user, now, user, now),
    )
    return record_type_id
