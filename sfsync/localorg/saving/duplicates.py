"""Duplicate rules: what a new or changed record is the same as, and whether that refuses it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rights.seeing import seen_by
from sfsync.localorg.rules import kept
from sfsync.localorg.rules.conditions import applies
from sfsync.localorg.rules.duplicates import Compared, DuplicateRule, make_duplicate_rule
from sfsync.localorg.rules.matching import Asked, Match, MatchingRule, make_matching_rule
from sfsync.localorg.rules.standard_matching import STANDARD
from sfsync.localorg.rules.views import Views
from sfsync.localorg.saving import permitted, store
from sfsync.localorg.saving.draft import Draft, Options, living
from sfsync.localorg.sobject import SObject
from sfsync.localorg.values import Stored, to_json
from sfsync.localorg.wire import Refusal

_RULES = kept.Compiled(make_duplicate_rule)
_MATCHING = kept.Compiled(make_matching_rule)


@dataclass(frozen=True, slots=True)
class Found:
    """What one matching rule found for one record."""

    compared: Compared
    rule: MatchingRule
    matches: list[Match]


class DuplicateFound(Refusal):
    """The refusal of a duplicate, with what it is a duplicate of."""

    def __init__(self, rule: DuplicateRule, sobject: SObject, allow_save: bool, found: list[dict[str, object]]) -> None:
        super().__init__(400, "DUPLICATES_DETECTED", rule.text, ())
        self.result: dict[str, object] = {
            "allowSave": allow_save,
            "duplicateRule": rule.name,
            "duplicateRuleEntityType": sobject.name,
            "errorMessage": rule.text,
            "matchResults": found,
        }

    def entry(self) -> dict[str, object]:
        """Give the error as REST shows it, with the key as Salesforce misspells it."""
        return {"duplicateResut": self.result, "errorCode": self.code, "message": self.message}


def check(org: OrgContext, sobject: SObject, drafts: Sequence[Draft], options: Options) -> None:
    """Refuse drafts that are duplicates; note those that are saved all the same and shall be reported."""
    rules = sorted(_RULES.of(org.state, kept.DUPLICATE, sobject), key=lambda one: one.order)
    for rule in rules:
        asked = [one for one in living(drafts) if rule.acts(one.before is None) and _touches(rule, one, org)]
        views = Views(org)
        rows = [one.row for one in asked]
        views.fetch(rows, rule.condition.paths)
        asked = [one for one in asked if applies(org, views, rule.condition, one.row, one.before)]
        if asked:
            _ask(org, sobject, rule, asked, options)


def report(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Write down the duplicates that were saved, as DuplicateRecordSet and DuplicateRecordItem show them."""
    for draft in drafts:
        for rule, ids in draft.reported:
            set_id = org.state.next_id("0GK")
            number = org.state.next_number("duplicate record set")
            found = [str(draft.row["Id"]), *dict.fromkeys(ids)]
            made: dict[str, Stored] = {"Id": set_id, "Name": f"{number:08d}", "RecordCount": len(found)}
            made["DuplicateRuleId"] = kept.id_of(org.state, kept.DUPLICATE, sobject.name, rule)
            _insert(org, "DuplicateRecordSet", [made])
            items = zip(org.state.next_ids("0GL", len(found)), found, strict=True)
            rows = [{"Id": one, "DuplicateRecordSetId": set_id, "RecordId": record} for one, record in items]
            _insert(org, "DuplicateRecordItem", [{**row, "Name": row["Id"][-10:]} for row in rows])


def _insert(org: OrgContext, name: str, rows: Sequence[Mapping[str, Stored]]) -> None:
    stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), org.stamp)
    by = dict.fromkeys(("CreatedById", "LastModifiedById"), org.user_id)
    store.insert(org.state, org.sobject(name), [{**stamps, **by, **row} for row in rows])


def _touches(rule: DuplicateRule, draft: Draft, org: OrgContext) -> bool:
    """Tell whether a rule looks at a draft: new records always, others if a field it compares has changed."""
    if draft.before is None:
        return True
    for compared in rule.compared:
        found = _matching_rule(org, compared)
        for item in found.items if found else ():
            source = compared.source(item.field)
            if source is not None and draft.changes(_spelt(draft.row, source)):
                return True
    return False


def _ask(org: OrgContext, sobject: SObject, rule: DuplicateRule, drafts: Sequence[Draft], options: Options) -> None:
    found: list[list[Found]] = [[] for _ in drafts]
    views = Views(org)
    for compared in rule.compared:
        matching = _matching_rule(org, compared)
        if matching is None:
            continue
        asked = [_asking(views, matching, compared, one) for one in drafts]
        views.fetch([one.row for one in drafts], [item.name for item in matching.items if item.name and _own(compared)])
        for place, matches in enumerate(matching.matches(org, views, asked)):
            others = [one for one in matches if one.row["Id"] != drafts[place].record_id]
            if rule.visible_only or options.as_current_user:
                others = _seen(org, matching, others)
            if others:
                found[place].append(Found(compared, matching, others))
    for draft, results in zip(drafts, found, strict=True):
        if not results:
            continue
        if rule.refuses(draft.before is None, options.allow_duplicates) or options.duplicates_block:
            shown = [_result(org, one, options.duplicate_details) for one in results]
            allow_save = not rule.blocks[0 if draft.before is None else 1]
            draft.errors.append(DuplicateFound(rule, sobject, allow_save, shown))
        elif rule.reports(draft.before is None):
            draft.reported += [(rule.name, [str(one.row["Id"]) for each in results for one in each.matches])]


def _seen(org: OrgContext, matching: MatchingRule, matches: Sequence[Match]) -> list[Match]:
    """Leave out what is out of the user's sight."""
    catalog = seen_by(org.state, org.user_id)
    sobject = matching.sobject if catalog is None else catalog.sobject(matching.sobject.name)
    if sobject is None:
        return []
    hidden = permitted.out_of_sight(org, sobject, [str(one.row["Id"]) for one in matches])
    return [one for one in matches if one.row["Id"] not in hidden]


def _matching_rule(org: OrgContext, compared: Compared) -> MatchingRule | None:
    """Find an active matching rule, or a standard one, by its name."""
    target = org.catalog.sobject(compared.sobject)
    if target is None:
        return None
    for one in _MATCHING.of(org.state, kept.MATCHING, target):
        if one.name.lower() == compared.rule.lower():
            return one
    facts = STANDARD.get((target.name, compared.rule))
    return None if facts is None else _MATCHING.made(org.catalog, target, compared.rule, facts)


def _asking(views: Views, matching: MatchingRule, compared: Compared, draft: Draft) -> Asked:
    """Make what tells a matching rule the draft's value for a field of the records it compares with."""
    names = {one.field: one.name for one in matching.items if one.name is not None}

    def value(field: str) -> Stored:
        source = compared.source(field)
        if source is None:
            return None
        if field in names and _own(compared):
            return views.stored(draft.row, names[field])
        return draft.row.get(_spelt(draft.row, source))

    return value


def _own(compared: Compared) -> bool:
    """Tell whether records are compared with others of their own kind."""
    return not compared.mapping


def _spelt(row: Mapping[str, Stored], name: str) -> str:
    return name if name in row else next((one for one in row if one.lower() == name.lower()), name)


def _result(org: OrgContext, found: Found, details: bool) -> dict[str, object]:
    """Show what a rule found, of it what the user may see; one that bypasses sharing refuses for the rest too."""
    sobject = found.rule.sobject
    catalog = seen_by(org.state, org.user_id) or org.catalog
    visible = catalog.sobject(sobject.name)
    records = []
    for match in _seen(org, found.rule, found.matches):
        record_id = str(match.row["Id"])
        record: dict[str, object] = {
            "attributes": {"type": sobject.name, "url": org.record_url(sobject, record_id)},
            "Id": record_id,
        }
        for item in found.rule.items if details else ():
            if visible is not None and item.field.lower() in visible.fields:
                record[item.field] = to_json(sobject.known[item.field.lower()], match.row[item.field])
        shown = {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": match.confidence, "record": record}
        records.append(shown)
    return {
        "entityType": sobject.name,
        "errors": [],
        "matchEngine": "FuzzyMatchEngine" if found.rule.fuzzy else "ExactMatchEngine",
        "matchRecords": records,
        "rule": found.rule.name,
        "size": len(records),
        "success": True,
    }
