"""Setting rules up: whatever is kept has been looked at, and can be followed."""

from collections.abc import Callable, Mapping, Sequence

from sfsync.localorg.catalog import Catalog, SObject
from sfsync.localorg.rules import kept, record_types
from sfsync.localorg.rules.auto_response_rules import make_auto_response_rule
from sfsync.localorg.rules.conditions import RuleProblem, condition_of
from sfsync.localorg.rules.duplicates import make_duplicate_rule
from sfsync.localorg.rules.matching import make_matching_rule
from sfsync.localorg.rules.sharing_rules import sharing_facts
from sfsync.localorg.rules.validation_rules import make_validation_rule
from sfsync.localorg.state import State
from sfsync.records.ids import is_id, to_18

ASSIGNMENT = "assignment"
KINDS = (*kept.KINDS, ASSIGNMENT, record_types.RECORD_TYPE, record_types.PROCESS)
ENTRIES = "assignment_rules"  # the setting that holds entries by rule id

_MAKERS: Mapping[str, Callable[[Catalog, SObject, str, kept.Facts], object]] = {
    kept.VALIDATION: make_validation_rule,
    kept.DUPLICATE: make_duplicate_rule,
    kept.MATCHING: make_matching_rule,
    kept.AUTO_RESPONSE: make_auto_response_rule,
}


def set_up(state: State, kind: str, sobject: str, name: str, facts: kept.Facts, active: bool, now: str) -> None:
    """Keep a rule, or replace the one of its kind, sObject and name. Raises RuleProblem.

    One rule of assignment and auto-response is active at a time: the one made active last. `now` is a datetime as
    columns hold it.
    """
    owner = state.catalog.sobject(sobject)
    if owner is None:
        raise RuleProblem(f"the org has no sObject {sobject}")
    if not name:
        raise RuleProblem("a rule needs a name")
    if kind == ASSIGNMENT:
        _assignment(state, owner, name, facts, active, now)
    elif kind == record_types.RECORD_TYPE:
        record_types.set_record_type(state, owner.name, name, facts, active, now)
    elif kind == record_types.PROCESS:
        record_types.set_process(state, owner.name, name, facts)
    elif kind == kept.SHARING:
        kept.keep(state, kind, owner.name, name, sharing_facts(state, owner, facts), active)
    elif kind in _MAKERS:
        _MAKERS[kind](state.catalog, owner, name, facts)
        if kind == kept.AUTO_RESPONSE and active:
            state.run("UPDATE _rule SET active = 0 WHERE kind = ? AND sobject = ?", (kind, owner.name))
        kept.keep(state, kind, owner.name, name, facts, active)
    else:
        raise RuleProblem(f"the kind {kind!r} is not one of {', '.join(KINDS)}")


def _assignment(state: State, sobject: SObject, name: str, facts: kept.Facts, active: bool, now: str) -> None:
    listed = facts.get("entries")
    if not isinstance(listed, list):
        raise RuleProblem("an assignment rule needs entries")
    entries = [_entry(state, sobject, one) for one in listed]
    if active:
        state.run('UPDATE "AssignmentRule" SET Active = 0 WHERE SobjectType = ?', (sobject.name,))
    found = state.one('SELECT Id FROM "AssignmentRule" WHERE SobjectType = ? AND Name = ?', (sobject.name, name))
    rule_id = str(found["Id"]) if found else state.next_id("01Q")
    user = str(state.setting("integration_user_id"))
    state.run(
        """INSERT INTO "AssignmentRule" (Id, Name, SobjectType, Active, CreatedDate, CreatedById, LastModifiedDate,
           LastModifiedById, SystemModstamp) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (Id) DO UPDATE SET
           Active = excluded.Active, LastModifiedDate = excluded.LastModifiedDate,
           SystemModstamp = excluded.SystemModstamp""",
        (rule_id, name, sobject.name, int(active), now, user, now, user, now),
    )
    rules = state.setting(ENTRIES)
    state.set_setting(ENTRIES, {**(rules if isinstance(rules, dict) else {}), rule_id: entries})


def _entry(state: State, sobject: SObject, facts: Mapping[str, object]) -> dict[str, object]:
    """Look at one entry; an owner may be given as an id, as `queue` (developer name) or as `user` (user name)."""
    condition_of(state.catalog, sobject, facts)
    owner = facts.get("owner")
    if facts.get("queue"):
        sql = """SELECT Id FROM "Group" WHERE Type = 'Queue' AND DeveloperName = ? COLLATE NOCASE"""
        owner = _named(state, sql, str(facts["queue"]), "queue")
    elif facts.get("user"):
        sql = 'SELECT Id FROM "User" WHERE Username = ? COLLATE NOCASE'
        owner = _named(state, sql, str(facts["user"]), "user")
    elif owner is not None:
        sql = """SELECT Id FROM "User" WHERE Id = ?1
                 UNION ALL SELECT Id FROM "Group" WHERE Type = 'Queue' AND Id = ?1"""
        given = str(owner)
        owner = _named(state, sql, to_18(given) if is_id(given) else given, "user or queue")
    return {**{key: value for key, value in facts.items() if key not in ("queue", "user")}, "owner": owner}


def _named(state: State, sql: str, name: str, what: str) -> str:
    found = state.one(sql, (name,))
    if found is None:
        raise RuleProblem(f"the org has no {what} {name!r}")
    return str(found["Id"])


def assignment_rules(state: State) -> Sequence[dict[str, object]]:
    """Give the assignment rules as `set_up` takes them."""
    entries = state.setting(ENTRIES)
    rows = state.rows('SELECT Id, Name, SobjectType, Active FROM "AssignmentRule" ORDER BY Id')
    return [
        {
            "kind": ASSIGNMENT,
            "sobject": row["SobjectType"],
            "name": row["Name"],
            "active": bool(row["Active"]),
            "id": row["Id"],
            "entries": entries.get(row["Id"], []) if isinstance(entries, dict) else [],
        }
        for row in rows
    ]
