"""What uses a custom field: as long as anything does, Setup neither deletes the field nor changes its type.

Documented (help): a field that a formula, a roll-up or an active validation rule reads cannot be deleted, one that is
mapped for lead conversion cannot get another type. Seen in public traces: the words. Assumed: the same of criteria,
matching and duplicate rules and record types, and that inactive rules do not count.
"""

import json
from collections.abc import Iterable, Iterator, Mapping

from sfsync.formula import FormulaProblem, parse
from sfsync.formula.tree import names
from sfsync.localorg.catalog import Catalog, Field, SObject
from sfsync.localorg.formulas.paths import CAMPAIGN, ORGANIZATION, USER, Path, find_path
from sfsync.localorg.rules import kept
from sfsync.localorg.rules.conditions import RuleProblem, condition_of
from sfsync.localorg.rules.record_types import RECORD_TYPE
from sfsync.localorg.rules.setup import assignment_rules
from sfsync.localorg.state import State

LEAD_MAP = "lead_convert_map"  # the setting: {"Account" | "Contact" | "Opportunity": {lead field: target field}}
_STARTS = {USER: "User", ORGANIZATION: "Organization", CAMPAIGN: "Campaign"}
_WORDS = {
    **{kept.VALIDATION: "Validation Rule", kept.DUPLICATE: "Duplicate Rule", kept.MATCHING: "Matching Rule"},
    **{kept.AUTO_RESPONSE: "Auto-Response Rule", RECORD_TYPE: "Record Type"},
}
_Name = tuple[str, str]  # of an sObject and a field of it, both in lower case
_Facts = Mapping[str, object]


def refusal(state: State, owner: SObject, field: Field) -> str:
    """Tell what uses a field in the words of Setup, "" where nothing does."""
    wanted = (owner.name.lower(), field.name.lower())
    used = list(dict.fromkeys(told for told, read in _reads(state) if wanted in read))
    return f"This custom field is referenced elsewhere in salesforce.com. : {', '.join(used)}" if used else ""


def _reads(state: State) -> Iterator[tuple[str, set[_Name]]]:
    """Give all that reads fields, as Setup names it, with what it reads."""
    catalog = state.catalog
    for owner in catalog:
        for field in owner.known.values():
            if not field.name.endswith("__pc"):  # the other half of a contact's field goes with it
                yield f"Custom Field - {owner.name}.{field.name}", _of_field(catalog, owner, field)
    for row in state.rows("SELECT kind, sobject, name, value FROM _rule WHERE active = 1 ORDER BY number"):
        ruled = catalog.sobject(row["sobject"])
        if ruled is not None and row["kind"] in _WORDS:
            told = f"{_WORDS[row['kind']]} - {ruled.name}.{row['name']}"
            yield told, _of_rule(catalog, ruled, json.loads(row["value"]))
    for rule in assignment_rules(state):
        ruled = catalog.sobject(str(rule["sobject"]))
        if ruled is not None:
            yield f"Assignment Rule - {ruled.name}.{rule['name']}", _of_rule(catalog, ruled, rule)
    mapped = state.setting(LEAD_MAP)
    for target, pairs in mapped.items() if isinstance(mapped, dict) else ():
        for source, goal in pairs.items():
            read = {("lead", source.lower()), (str(target).lower(), str(goal).lower())}
            yield f"Lead Mapping - Lead.{source} to {target}.{goal}", read


def _of_field(catalog: Catalog, owner: SObject, field: Field) -> set[_Name]:
    """Give what a field is worked out from, or new records' values of it are."""
    if field.rollup is not None:
        summed = [field.rollup.reference, field.rollup.field or "", *(one for one, _, _ in field.rollup.filters)]
        return {(field.rollup.child.lower(), one.lower()) for one in summed}
    sources = [one for one in (field.formula, field.default_formula) if one is not None]
    return {read for source in sources for read in _of_formula(catalog, owner, source)}


def _of_formula(catalog: Catalog, owner: SObject, source: str) -> Iterator[_Name]:
    try:
        written = names(parse(source))
    except FormulaProblem:
        return
    for name in written:
        path = find_path(catalog, owner, name)
        if path is not None:
            yield from _along(catalog, owner, path)


def _along(catalog: Catalog, owner: SObject, path: Path) -> Iterator[_Name]:
    """Give the references on the way of a path, and the field at its end."""
    at = [_STARTS.get(path.start, owner.name)]
    for step in path.steps:
        yield from ((one.lower(), step.reference.lower()) for one in at)
        at = list(step.targets)
    yield from ((one.lower(), path.field.name.lower()) for one in at)


def _of_rule(catalog: Catalog, owner: SObject, facts: _Facts) -> set[_Name]:
    """Give what a rule of any kind reads; only what its facts hold is looked at."""
    read = set(_of_condition(catalog, owner, facts))
    for entry in (*_listed(facts, "entries"), _held(facts, "filter")):
        read.update(_of_condition(catalog, owner, entry))
    plain = [facts.get("field"), *(one.get("field") for one in _listed(facts, "items")), *_held(facts, "picklists")]
    read.update((owner.name.lower(), str(one).lower()) for one in plain if one)
    for match in _listed(facts, "matches"):
        other = str(match.get("sobject") or owner.name).lower()
        for theirs, ours in _held(match, "mapping").items():
            read |= {(other, theirs.lower()), (owner.name.lower(), str(ours).lower())}
    return read


def _of_condition(catalog: Catalog, owner: SObject, facts: _Facts) -> Iterable[_Name]:
    if facts.get("formula"):
        return _of_formula(catalog, owner, str(facts["formula"]))
    try:
        paths = condition_of(catalog, owner, facts).paths
    except RuleProblem:  # a field it reads has gone since
        return ()
    return [read for path in paths for read in _along(catalog, owner, path)]


def _listed(facts: _Facts, key: str) -> list[dict[str, object]]:
    held = facts.get(key)
    return [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []


def _held(facts: _Facts, key: str) -> dict[str, object]:
    held = facts.get(key)
    return held if isinstance(held, dict) else {}
