"""Lead assignment rules: ordered entries, the first that fits gives the owner.

Entries are data in the setting `assignment_rules`: {rule id: [{"criteria": [{"field", "operation", "value"}, ...],
"owner": id}, ...]}. Criteria are ANDed; an entry without any fits every lead; a comma in a value means "or".
The setting `default_lead_owner` (an id) is who gets a lead no entry fits; without it, the lead keeps its owner.
"""

from collections.abc import Callable, Mapping, Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.sobject import NUMBERS, Field, SObject
from sfsync.localorg.state import State
from sfsync.localorg.values import Stored, plain, to_json
from sfsync.localorg.wire import Refusal

SETTING = "assignment_rules"
DEFAULT_OWNER = "default_lead_owner"


def active_rule(state: State, sobject: SObject) -> str | None:
    """Give the id of the active rule of an sObject, None where it has none."""
    row = state.one('SELECT Id FROM "AssignmentRule" WHERE SobjectType = ? AND Active = 1', (sobject.name,))
    return None if row is None else str(row["Id"])


def rule_named(state: State, sobject: SObject, rule_id: str) -> str | None:
    """Give a rule's own id; it may be inactive. None where the sObject has no rules. Raises Refusal if unknown."""
    if sobject.name != "Lead":
        return None
    row = state.one('SELECT Id FROM "AssignmentRule" WHERE substr(Id, 1, 15) = ?', (rule_id[:15],))
    if row is None:
        raise Refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    return str(row["Id"])


def assign(org: OrgContext, sobject: SObject, drafts: Sequence[Draft], rule_id: str | None) -> None:
    """Give each draft the owner its rule finds."""
    rules = org.state.setting(SETTING)
    if rule_id is None or not isinstance(rules, dict):
        return
    default = org.state.setting(DEFAULT_OWNER)
    for draft in living(drafts):
        owner = _owner(sobject, rules.get(rule_id, []), draft.row) or default
        if isinstance(owner, str) and owner != draft.row["OwnerId"]:
            draft.row["OwnerId"] = owner
            draft.row["IsUnreadByOwner"] = 1


def _owner(sobject: SObject, entries: Sequence[Mapping[str, object]], row: Mapping[str, Stored]) -> str | None:
    for entry in entries:
        criteria = entry.get("criteria") or []
        if isinstance(criteria, list) and all(_fits(sobject, one, row) for one in criteria):
            return str(entry["owner"])
    return None


def _fits(sobject: SObject, criterion: Mapping[str, str], row: Mapping[str, Stored]) -> bool:
    field = sobject.fields[criterion["field"].split(".")[-1].lower()]
    test = _TESTS[criterion["operation"]]
    have = _shown(field, row[field.name])
    values = [one.strip().lower() for one in str(criterion.get("value") or "").split(",")]
    return test(have.lower(), values)


def _shown(field: Field, stored: Stored) -> str:
    if isinstance(stored, int) and field.type in NUMBERS:
        return plain(stored, field.scale).removesuffix(".0")
    shown = to_json(field, stored)
    return "" if shown is None else str(shown)


def _compare(have: str, value: str) -> int:
    """Order two values: as numbers where both are, else as text; -1, 0 or 1."""
    try:
        left, right = float(have), float(value)
    except ValueError:
        return (have > value) - (have < value)
    return (left > right) - (left < right)


_TESTS: dict[str, Callable[[str, list[str]], bool]] = {
    "equals": lambda have, values: any(_compare(have, one) == 0 for one in values),
    "notEqual": lambda have, values: all(_compare(have, one) != 0 for one in values),
    "lessThan": lambda have, values: have != "" and any(_compare(have, one) < 0 for one in values),
    "greaterThan": lambda have, values: have != "" and any(_compare(have, one) > 0 for one in values),
    "lessOrEqual": lambda have, values: have != "" and any(_compare(have, one) <= 0 for one in values),
    "greaterOrEqual": lambda have, values: have != "" and any(_compare(have, one) >= 0 for one in values),
    "contains": lambda have, values: any(one in have for one in values),
    "notContain": lambda have, values: all(one not in have for one in values),
    "startsWith": lambda have, values: any(have.startswith(one) for one in values),
}
