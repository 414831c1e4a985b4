"""Parents and grandparents whose roll-ups a write changes: their own validation rules have a say in it.

Documented (Apex guide, order of execution): a parent whose roll-up changes goes through the save procedure, and so does
the grandparent. Seen described of real orgs: a child whose save makes its parent break a rule is refused with that
rule's words. Assumed: all children of that parent in a set are, and the rest of the set is saved; that deletes and
undeletes are held to the same (a variant), and that what a merge moves is not.
"""

from collections.abc import Callable, Mapping, Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rules import kept
from sfsync.localorg.saving import rollups, store, validation_rules
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.sobject import SObject
from sfsync.localorg.wire import Refusal

Rows = Mapping[str, store.Row]
_Drafts = dict[int, Draft]  # each by its identity
_Above = dict[str, dict[str, _Drafts]]  # sObject to id to the drafts below


class _Broken(Exception):
    """A parent is against what was written."""


def write(org: OrgContext, sobject: SObject, drafts: Sequence[Draft], do: Callable[[Sequence[Draft]], None]) -> None:
    """Write drafts by `do`, and refuse those by which a parent comes to break its own rules; nothing of them stays."""
    judges = _judges(org, sobject)
    if not judges:
        do(living(drafts))
        return
    while left := living(drafts):
        try:
            with org.state.transaction():
                _try(org, sobject, judges, left, do)
        except _Broken:
            continue
        return


def _judges(org: OrgContext, sobject: SObject) -> list[SObject]:
    """Give the sObjects with validation rules that roll something of one up, or of what rolls it up."""
    found: dict[str, None] = {}
    level = [sobject.name]
    for _ in range(rollups.LEVELS):
        level = [parent for one in level for parent, _ in rollups.over(org.catalog, org.catalog.version, one)]
        found.update(dict.fromkeys(level))
    return [org.sobject(one) for one in found if kept.active(org.state, kept.VALIDATION, one)]


def _try(
    org: OrgContext,
    sobject: SObject,
    judges: Sequence[SObject],
    drafts: Sequence[Draft],
    do: Callable[[Sequence[Draft]], None],
) -> None:
    """Write, and look at the parents. Raises _Broken, the drafts concerned refused, where one is against it."""
    above = _above(org, sobject, drafts)
    before = [store.by_id(org.state, kind, sorted(above.get(kind.name, ()))) for kind in judges]
    do(drafts)
    for kind, rows in zip(judges, before, strict=True):
        for record_id, errors in _errors(org, kind, rows).items():
            for draft in living([*above[kind.name][record_id].values()]):
                draft.errors += errors
    if len(living(drafts)) < len(drafts):
        raise _Broken


def _above(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> _Above:
    """Give the parents and grandparents of drafts, as they were and as they shall be, each with the drafts below it."""
    found: _Above = {}
    level = {sobject.name: [(row, one) for one in drafts for row in (one.before, one.row) if row]}
    for _ in range(rollups.LEVELS):
        reached: _Above = {}
        for name, pairs in level.items():
            for parent, reference in _references(org, name):
                for row, draft in pairs:
                    if row.get(reference):
                        reached.setdefault(parent, {}).setdefault(str(row[reference]), {})[id(draft)] = draft
        level = {}
        for kind, below in reached.items():
            for record_id, those in below.items():
                found.setdefault(kind, {}).setdefault(record_id, {}).update(those)
            rows = store.by_id(org.state, org.sobject(kind), list(below)).items() if _references(org, kind) else ()
            level[kind] = [(row, one) for record_id, row in rows for one in below[record_id].values()]
    return found


def _references(org: OrgContext, name: str) -> list[tuple[str, str]]:
    """Give the parents that roll something of an sObject up, with its references to them."""
    known = org.sobject(name).known
    pairs = rollups.over(org.catalog, org.catalog.version, name)
    return list(dict.fromkeys((parent, known[rollup.reference.lower()].name) for parent, rollup in pairs))


def _errors(org: OrgContext, kind: SObject, before: Rows) -> dict[str, list[Refusal]]:
    """Give what the rules of parents have against them, of those that are there and whose roll-ups have changed."""
    after = store.by_id(org.state, kind, sorted(before))
    names = [one.name for one in kind.known.values() if one.rollup is not None]
    there = [one for one in before if one in after and not after[one].get("IsDeleted")]
    changed = [one for one in there if any(before[one].get(n) != after[one].get(n) for n in names)]
    drafts = [Draft({}, one, before=before[one], row=after[one]) for one in changed]
    validation_rules.check(org, kind, drafts)
    return {
        str(one.record_id): [Refusal(error.status, error.code, error.message, ()) for error in one.errors]
        for one in drafts
        if one.errors
    }
