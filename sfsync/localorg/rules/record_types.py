"""Record types: which values of picklists each offers, by which process, with which defaults.

Kept under the kind `record_type` by developer name: `{"id", "label", "default", "picklists": {field: {"values": [...],
"default"}}, "process", "default_for": [profiles], "person"}`; processes under `process` by name:
`{"field", "values": [...], "default"}`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sfsync.localorg.catalog import SObject
from sfsync.localorg.rules import kept
from sfsync.localorg.rules.conditions import RuleProblem
from sfsync.localorg.state import State

PERSON_FLAG = "IsPersonType"  # of RecordType, where the org has person accounts
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
    default_for: frozenset[str]  # the profiles, in lower case, whose users' new records get it instead
    offers: Mapping[str, Offer]  # by field
    person: bool = False  # its accounts are persons


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
    profiles = _profiles(state, facts.get("default_for") or [])
    for one in record_types(state, owner):
        had = _facts(state, owner, one.name)
        left = {"default": False} if facts.get("default") else {}
        others = [each for each in _names(had.get("default_for")) if each.lower() not in profiles]
        _keep(state, owner, one.name, {**had, **left, "default_for": others}, one.active)
    _keep(state, owner, name, {**facts, "id": record_type_id, "label": label}, active)
    if state.catalog.field("RecordType", PERSON_FLAG) is not None:
        person = int(facts.get("person") is True)
        state.run(f'UPDATE "RecordType" SET {PERSON_FLAG} = ? WHERE Id = ?', (person, record_type_id))  # noqa: S608


def offer_by_default(state: State, sobject: str, name: str, profile: str) -> None:
    """Give new records of users with a profile a record type; one that is not there is passed over."""
    owner = state.catalog.sobject(sobject)
    if owner is None:
        return
    for one in record_types(state, owner):
        had = _facts(state, owner, one.name)
        profiles = [each for each in _names(had.get("default_for")) if each.lower() != profile.lower()]
        named = [*profiles, profile] if one.name == name else profiles
        _keep(state, owner, one.name, {**had, "default_for": named}, one.active)


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
    default_for = frozenset(one.lower() for one in _names(facts.get("default_for")))
    default = facts.get("default") is True
    person = facts.get("person") is True
    return RecordType(str(facts["id"]), name, str(facts["label"]), active, default, default_for, offers, person)


def _names(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _profiles(state: State, value: object) -> frozenset[str]:
    """Give names of profiles in lower case. Raises RuleProblem where the org has none of a name."""
    if not isinstance(value, list):
        raise RuleProblem("`default_for` must be a list of profiles")
    for name in value:
        if state.one('SELECT 1 FROM "Profile" WHERE Name = ? COLLATE NOCASE', (str(name),)) is None:
            raise RuleProblem(f"the org has no profile {name!r}")
    return frozenset(str(one).lower() for one in value)


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
