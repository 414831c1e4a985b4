"""Parents whose roll-ups a save changes: their own validation rules have a say in it.

Seen described of real orgs: a child whose save makes a roll-up of its parent break the parent's validation rule is
refused with that rule's words. Assumed: all children of that parent in a set are, and the rest of the set is saved.
"""

from collections.abc import Callable, Mapping, Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rules import kept
from sfsync.localorg.saving import rollups, store, validation_rules
from sfsync.localorg.saving.draft import Draft, living
from sfsync.localorg.sobject import SObject
from sfsync.localorg.wire import Refusal

Rows = Mapping[str, store.Row]


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
                _try(org, judges, left, do)
        except _Broken:
            continue
        return


def _judges(org: OrgContext, sobject: SObject) -> list[tuple[SObject, tuple[str, ...]]]:
    """Give the parents that have validation rules and roll something of an sObject up, with the references to them."""
    found: dict[str, list[str]] = {}
    for parent, rollup in rollups.over(org.catalog, org.catalog.version, sobject.name):
        found.setdefault(parent, []).append(sobject.known[rollup.reference.lower()].name)
    ruled = [one for one in found if kept.active(org.state, kept.VALIDATION, one)]
    return [(org.sobject(one), tuple(dict.fromkeys(found[one]))) for one in ruled]


def _try(
    org: OrgContext,
    judges: Sequence[tuple[SObject, tuple[str, ...]]],
    drafts: Sequence[Draft],
    do: Callable[[Sequence[Draft]], None],
) -> None:
    """Write, and look at the parents. Raises _Broken, the drafts concerned refused, where one is against it."""
    parents = [{parent for draft in drafts for parent in _parents(draft, names)} for _, names in judges]
    before = [store.by_id(org.state, kind, sorted(ids)) for (kind, _), ids in zip(judges, parents, strict=True)]
    do(drafts)
    broken = False
    for (kind, names), rows in zip(judges, before, strict=True):
        errors = _errors(org, kind, rows)
        for draft in drafts:
            found = next((errors[one] for one in _parents(draft, names) if one in errors), None)
            if found is not None:
                broken = True
                draft.errors += found
    if broken:
        raise _Broken


def _parents(draft: Draft, references: Sequence[str]) -> list[str]:
    rows = [row for row in (draft.row, draft.before) if row is not None]
    return list(dict.fromkeys(str(row[name]) for row in rows for name in references if row.get(name)))


def _errors(org: OrgContext, kind: SObject, before: Rows) -> dict[str, list[Refusal]]:
    """Give what the rules of parents have against them, of those whose roll-ups have changed."""
    after = store.by_id(org.state, kind, sorted(before))
    names = [one.name for one in kind.known.values() if one.rollup is not None]
    changed = [one for one in before if any(before[one].get(n) != after[one].get(n) for n in names)]
    drafts = [Draft({}, one, before=before[one], row=after[one]) for one in changed]
    validation_rules.check(org, kind, drafts)
    return {
        str(one.record_id): [Refusal(error.status, error.code, error.message, ()) for error in one.errors]
        for one in drafts
        if one.errors
    }
