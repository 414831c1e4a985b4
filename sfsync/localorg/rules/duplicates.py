"""Duplicate rules as data: what is compared with what, and what follows from a match."""

from collections.abc import Mapping
from dataclasses import dataclass

from sfsync.localorg.catalog import Catalog, SObject
from sfsync.localorg.rules.conditions import Condition, RuleProblem, condition_of

ALERT, REPORT = "alert", "report"
DEFAULT_ALERT = "Use one of these records?"  # the text of rules that have none


@dataclass(frozen=True, slots=True)
class Compared:
    """One matching rule that a duplicate rule asks."""

    sobject: str  # whose records are compared with
    rule: str  # the matching rule's name
    mapping: Mapping[str, str]  # field of those records to field of the new one, in lower case; {}: the same fields

    def source(self, field: str) -> str | None:
        """Name the new record's field that is compared with a field, None where there is none."""
        return self.mapping.get(field.lower()) if self.mapping else field


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """A duplicate rule ready to be asked."""

    name: str
    order: int
    text: str
    blocks: tuple[bool, bool]  # on create, on update
    operations: tuple[frozenset[str], frozenset[str]]  # on create, on update: alert, report
    condition: Condition
    compared: tuple[Compared, ...]
    visible_only: bool = False  # what the user does not see is no duplicate

    def refuses(self, creating: bool, allowed: bool) -> bool:
        """Tell whether a match refuses the record; `allowed`: the caller wants to save duplicates."""
        place = 0 if creating else 1
        return self.blocks[place] or (ALERT in self.operations[place] and not allowed)

    def reports(self, creating: bool) -> bool:
        """Tell whether a match that is saved is written down."""
        place = 0 if creating else 1
        return not self.blocks[place] and REPORT in self.operations[place]

    def acts(self, creating: bool) -> bool:
        """Tell whether a match means anything at all."""
        place = 0 if creating else 1
        return self.blocks[place] or bool(self.operations[place])


def make_duplicate_rule(catalog: Catalog, sobject: SObject, name: str, facts: Mapping[str, object]) -> DuplicateRule:
    """Make a rule of facts named as in DuplicateRule metadata. Raises RuleProblem.

    `{"actionOnInsert": "Allow"|"Block", "actionOnUpdate", "operationsOnInsert": ["alert", "report"],
    "operationsOnUpdate", "alertText", "sortOrder", "filter": {"criteria", "booleanFilter"},
    "matches": [{"sobject", "rule", "mapping": {their field: the new record's}}],
    "securityOption": "EnforceSharingRules"|"BypassSharingRules"}`.
    """
    listed = facts.get("matches")
    if not isinstance(listed, list) or not listed:
        raise RuleProblem("a duplicate rule needs matches: the matching rules it asks")
    given = facts.get("filter")
    return DuplicateRule(
        name,
        int(str(facts.get("sortOrder") or 1)),
        str(facts.get("alertText") or DEFAULT_ALERT),
        (_blocks(facts, "actionOnInsert"), _blocks(facts, "actionOnUpdate")),
        (_operations(facts, "operationsOnInsert"), _operations(facts, "operationsOnUpdate")),
        condition_of(catalog, sobject, given if isinstance(given, dict) else {}),
        tuple(_compared(catalog, sobject, one) for one in listed),
        facts.get("securityOption") == "EnforceSharingRules",
    )


def _blocks(facts: Mapping[str, object], key: str) -> bool:
    action = str(facts.get(key) or "Allow")
    if action not in ("Allow", "Block"):
        raise RuleProblem(f"{key} must be Allow or Block, not {action!r}")
    return action == "Block"


def _operations(facts: Mapping[str, object], key: str) -> frozenset[str]:
    listed = facts.get(key) or []
    named = frozenset(str(one).lower() for one in listed) if isinstance(listed, list) else frozenset({str(listed)})
    if not named <= {ALERT, REPORT}:
        raise RuleProblem(f"{key} may hold alert and report, not {', '.join(sorted(named))}")
    return named


def _compared(catalog: Catalog, sobject: SObject, facts: Mapping[str, object]) -> Compared:
    target = catalog.sobject(str(facts.get("sobject") or sobject.name))
    if target is None:
        raise RuleProblem(f"the org has no sObject {facts.get('sobject')}")
    mapping = facts.get("mapping") or {}
    assert isinstance(mapping, dict)
    pairs = {str(theirs).lower(): str(ours) for theirs, ours in mapping.items()}
    unknown = next((one for one in pairs.values() if one.lower() not in sobject.known), None)
    if unknown is not None:
        raise RuleProblem(f"{sobject.name} has no field {unknown}")
    return Compared(target.name, str(facts.get("rule", "")), pairs)
