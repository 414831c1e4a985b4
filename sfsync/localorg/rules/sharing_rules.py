"""Sharing rules: what the members of one group own is open to those of another.

Documented (help, owner-based sharing rules): a rule opens records to read or to edit; it never takes access away. Left
out: rules by criteria.
"""

from collections.abc import Mapping

from sfsync.localorg.catalog import SObject
from sfsync.localorg.rules.conditions import RuleProblem
from sfsync.localorg.state import State

SHARED = ("Lead", "Account", "Contact", "Opportunity")
ACCESS = ("Read", "Edit")


def sharing_facts(state: State, sobject: SObject, facts: Mapping[str, object]) -> dict[str, object]:
    """Look at `{"owned_by", "shared_with", "access"}`, and give it with the ids of the groups. Raises RuleProblem."""
    if sobject.name not in SHARED:
        raise RuleProblem(f"{sobject.name} has no sharing rules: {', '.join(SHARED)} have")
    if facts.get("access") not in ACCESS:
        raise RuleProblem(f"`access` must be one of {', '.join(ACCESS)}")
    return {**facts, **{key: _group(state, key, facts.get(key)) for key in ("owned_by", "shared_with")}}


def _group(state: State, key: str, given: object) -> str:
    """Give the id of a public group or queue by its developer name, or of any group by its id."""
    sql = """SELECT Id FROM "Group" WHERE Id = ?1
             OR (Type IN ('Queue', 'Regular') AND DeveloperName = ?1 COLLATE NOCASE) ORDER BY Type DESC"""
    row = state.one(sql, (str(given or ""),))
    if row is None:
        raise RuleProblem(f"`{key}` must be a group of the org, by developer name or id, and {given!r} is none")
    return str(row["Id"])
