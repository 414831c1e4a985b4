"""Parents whose roll-ups a save changes: values are worked out when read, but their SystemModstamp moves now."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from sfsync.localorg.catalog import Catalog
from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import store
from sfsync.localorg.saving.draft import Draft
from sfsync.localorg.sobject import Rollup, SObject
from sfsync.localorg.values import Stored


def touch(org: OrgContext, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Stamp the parents of records just saved, where something that rolls up has changed."""
    for parent, rollup in over(org.catalog, org.catalog.version, sobject.name):
        names = {
            one.lower() for one in (rollup.reference, rollup.field or "", *(name for name, _, _ in rollup.filters))
        }
        columns = [one.name for one in sobject.known.values() if one.name.lower() in names]
        changed = [one for one in drafts if one.before is None or any(one.before[c] != one.row[c] for c in columns)]
        rows = [row for one in changed for row in (one.before, one.row) if row is not None]
        _stamp(org, parent, sobject, rollup, rows)


def touch_parents(org: OrgContext, sobject: SObject, ids: Sequence[str]) -> None:
    """Stamp the parents of records that go or come back."""
    found = over(org.catalog, org.catalog.version, sobject.name)
    rows = store.by_id(org.state, sobject, ids).values() if found else ()
    for parent, rollup in found:
        _stamp(org, parent, sobject, rollup, rows)


def _stamp(org: OrgContext, parent: str, child: SObject, rollup: Rollup, rows: Iterable[store.Row]) -> None:
    reference = child.known[rollup.reference.lower()].name
    owner = org.sobject(parent)
    now: dict[str, Stored] = {"SystemModstamp": org.stamp}
    ids = dict.fromkeys(str(row[reference]) for row in rows if row[reference])
    store.update(org.state, owner, dict.fromkeys(ids, now))


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
