"""Lead assignment rules: ordered entries, the first that fits gives the owner.

Entries are data in the setting `assignment_rules`: {rule id: [{"criteria": [{"field", "operation", "value"}, ...]
[, "booleanFilter"] or "formula", "owner": id[, "template", "cc": [address]]}, ...]}; an entry without criteria fits
every lead, one without an owner leaves the lead as it is. The setting `default_lead_owner` (an id) is who gets a lead
no entry fits; without it, the lead keeps its owner. An entry with a template mails the new owner.

Documented (help): the API sends that mail for SOAP alone, where EmailHeader asks for it; web-to-lead sends it always.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sfsync.localorg.catalog import Catalog
from sfsync.localorg.context import OrgContext
from sfsync.localorg.rules.conditions import Condition, RuleProblem, applies, condition_of, fetch_all
from sfsync.localorg.rules.views import Views
from sfsync.localorg.saving import letters
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.sobject import SObject
from sfsync.localorg.state import State
from sfsync.localorg.wire import Refusal

SETTING = "assignment_rules"
DEFAULT_OWNER = "default_lead_owner"
MAIL_ON_REST = "rest_sends_assignment_mail"  # the setting; REST has no header to ask for it, and it is off

Entry = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Compiled:
    condition: Condition
    entry: Entry


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


def assign(org: OrgContext, sobject: SObject, drafts: Sequence[Draft], rule_id: str | None, mails: bool) -> None:
    """Give each draft the owner its rule finds, and write to that owner where mail is wanted.

    One who is inactive can own no lead (assumed: here as everywhere).
    """
    rules = org.state.setting(SETTING)
    if rule_id is None or not isinstance(rules, dict):
        return
    entries = _compiled(org.catalog, sobject, rules.get(rule_id, []))
    default = org.state.setting(DEFAULT_OWNER)
    templates = any(one.entry.get("template") for one in entries)
    mails = mails or (templates and org.state.setting(MAIL_ON_REST) is True)
    views, asked = Views(org), living(drafts)
    fetch_all(views, [one.condition for one in entries], [one.row for one in asked])
    for draft in asked:
        found = next((one for one in entries if applies(org, views, one.condition, draft.row, draft.before)), None)
        owner = found.entry.get("owner") if found is not None else default
        if isinstance(owner, str) and owner and owner != draft.row["OwnerId"]:
            draft.row["OwnerId"] = owner
            draft.row["IsUnreadByOwner"] = 1
            _demand_active(org, draft, owner)
        if mails and found is not None and found.entry.get("template") and not draft.errors:
            draft.letters.append(letters.to_assignee(org, draft, found.entry))


def _demand_active(org: OrgContext, draft: Draft, owner_id: str) -> None:
    row = org.state.one('SELECT IsActive FROM "User" WHERE Id = ?', (owner_id,))
    if row is not None and not row["IsActive"]:
        text = f"operation performed with inactive user [{owner_id}] as owner of lead"
        draft.refuse(400, "INACTIVE_OWNER_OR_USER", text)


_MADE: OrderedDict[tuple[Catalog, int, str], list[_Compiled]] = OrderedDict()
_MOST_KEPT = 64


def _compiled(catalog: Catalog, sobject: SObject, entries: Sequence[Entry]) -> list[_Compiled]:
    """Compile entries, or give them as compiled before; one whose fields have gone fits nothing."""
    key = (catalog, catalog.version, json.dumps(entries))
    if key not in _MADE:
        if len(_MADE) >= _MOST_KEPT:
            _MADE.popitem(last=False)
        _MADE[key] = list(_fitting(catalog, sobject, entries))
    return _MADE[key]


def _fitting(catalog: Catalog, sobject: SObject, entries: Sequence[Entry]) -> list[_Compiled]:
    made = []
    for entry in entries:
        try:
            made.append(_Compiled(condition_of(catalog, sobject, entry), entry))
        except RuleProblem:
            continue
    return made
