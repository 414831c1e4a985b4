"""Parents whose roll-ups a save changes: values are worked out when read, but their stamps move now.

Documented (Apex guide, order of execution): the parent is saved, and the grandparent where what changed rolls up
further. Sources differ on whether LastModifiedDate moves with it: a variant.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from sfsync.localorg.catalog import Catalog
from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft
from sfsync.localorg.saving.shape import shape_of
from sfsync.localorg.sobject import Field, Rollup, SObject
from sfsync.localorg.values import Stored
from sfsync.localorg.variants import ROLLUPS_MODIFY, is_on

LEVELS = 2  # parents and grandparents


def touch(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Stamp the parents of records just saved, where something that rolls up has changed."""
    found = over(org.catalog, org.catalog.version, sobject.name) if drafts else ()
    worked_out = any(one.worked_out for _, rollup in found for one in _columns(sobject, rollup))
    now = store.by_id(org.state, sobject, [str(one.row["Id"]) for one in drafts]) if worked_out else {}
    for parent, rollup in found:
        names = [one.name for one in _columns(sobject, rollup)]
        rows: list[store.Row] = []
        for draft in drafts:
            before, row = draft.before, now.get(str(draft.row["Id"]), draft.row)
            if before is None or any(before.get(name) != row.get(name) for name in names):
                rows += [row] if before is None else [before, row]
        _stamp(org, parent, sobject, rollup, rows)


def touch_parents(org: OrgContext, sobject: SObject, ids: Sequence[str]) -> None:
    """Stamp the parents of records that go or come back."""
    found = over(org.catalog, org.catalog.version, sobject.name)
    rows = store.by_id(org.state, sobject, ids).values() if found else ()
    for parent, rollup in found:
        _stamp(org, parent, sobject, rollup, rows)


def climb(org: OrgContext, sobject: SObject, ids: Sequence[str], levels: int = LEVELS - 1) -> None:
    """Stamp the parents of records whose roll-ups have changed, where those roll up further."""
    found = over(org.catalog, org.catalog.version, sobject.name) if levels else ()
    further = [pair for pair in found if any(one.worked_out for one in _columns(sobject, pair[1]))]
    rows = store.by_id(org.state, sobject, ids).values() if further else ()
    for parent, rollup in further:
        _stamp(org, parent, sobject, rollup, rows, levels - 1)


def _stamp(
    org: OrgContext, parent: str, child: SObject, rollup: Rollup, rows: Iterable[store.Row], levels: int = LEVELS - 1
) -> None:
    reference = child.known[rollup.reference.lower()].name
    owner = org.sobject(parent)
    now: dict[str, Stored] = {"SystemModstamp": org.stamp}
    if is_on(org.state, ROLLUPS_MODIFY):
        modified: dict[str, Stored] = {"LastModifiedDate": org.stamp, "LastModifiedById": org.user_id}
        now |= {name: modified[name] for name in shape_of(owner).modified_stamps if name in modified}
    ids = dict.fromkeys(str(row[reference]) for row in rows if row[reference])
    store.update(org.state, owner, dict.fromkeys(ids, now))
    climb(org, owner, list(ids), levels)


def _columns(child: SObject, rollup: Rollup) -> list[Field]:
    """Give the fields of the child that a roll-up depends on."""
    names = [rollup.reference, rollup.field or "", *(name for name, _, _ in rollup.filters)]
    return [child.known[one.lower()] for one in names if one.lower() in child.known]


@lru_cache(maxsize=256)
def over(catalog: Catalog, version: int, child: str) -> tuple[tuple[str, Rollup], ...]:
    """Give the roll-ups over an sObject with whose they are."""
    return tuple(
        (parent.name, field.rollup)
        for parent in catalog
        if "systemmodstamp" in parent.fields
        for field in parent.known.values()
        if field.rollup is not None and field.rollup.child.lower() == child.lower()
    )
