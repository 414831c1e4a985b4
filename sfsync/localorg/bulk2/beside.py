"""Jobs beside other writes: waiting for records that those lock, and batches that lock each other's parents.

Documented (help, Bulk API guide): the batches of a load run side by side, each in sets of 200 rows that lock parents.
Here each second batch runs beside the one before it, set by set, where the org is so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from sfsync.localorg import locking
from sfsync.localorg.context import OrgContext
from sfsync.localorg.sobject import SObject
from sfsync.localorg.trouble import Stored, Trouble, Written
from sfsync.localorg.variants import LOCKS_WAIT, SIDE_BY_SIDE, is_on

BATCH, BATCH_SETTING = 10_000, "bulk_batch_rows"  # rows of one batch (documented), and the setting for another number
Done = TypeVar("Done")


def patiently(org: OrgContext, work: Callable[[], Done]) -> Done | None:
    """Carry work of a job out; None, and nothing is done, where it waits for a record that is let go soon."""
    trouble = org.trouble
    if trouble is None:
        return work()
    trouble.patient = is_on(org.state, LOCKS_WAIT)
    try:
        with org.state.transaction():
            return work()
    except locking.Locked:
        return None
    finally:
        trouble.waited_seconds = 0.0  # the job has waited, not who looks at it


def batch_rows(org: OrgContext) -> int:
    """Give how many rows one batch of a load has."""
    kept = org.state.setting(BATCH_SETTING)
    return kept if isinstance(kept, int) and kept > 0 else BATCH


class Batches(Trouble):
    """What the batches of one load do to each other's rows, besides whatever else goes wrong with them."""

    def __init__(self, others: Trouble, sobject: SObject) -> None:
        self._others = others
        self._sobject = sobject
        self._held: dict[int, set[str]] = {}  # the parents that a batch locks, by the place of the set in it
        self._place, self._second = 0, False

    def begin(self, first_row: int, rows: int) -> None:
        """Tell at which row of the load a set begins, and how many rows a batch has."""
        self._place, self._second = first_row % rows, first_row // rows % 2 == 1
        if not self._second:
            self._held[self._place] = set()

    def saving(self, sobject: str, rows: Sequence[Written], allow_duplicates: bool) -> None:
        """Refuse rows whose parents the batch beside this one locks."""
        self._others.saving(sobject, rows, allow_duplicates)
        for row in rows:
            met = self._lock([row.row, *([row.before] if row.before else [])])
            if met and not row.errors:
                row.refuse(400, locking.LOCKED, locking.words(met))

    def deleting(self, sobject: str, row: Mapping[str, Stored]) -> tuple[str, str] | None:
        """Refuse the deletion of a row whose parents the batch beside this one locks."""
        met = self._lock([row])
        return (locking.LOCKED, locking.words(met)) if met else self._others.deleting(sobject, row)

    def found_by_key(self, sobject: str, key: str, ids: Sequence[str]) -> Sequence[str]:
        """Ask the others."""
        return self._others.found_by_key(sobject, key, ids)

    def _lock(self, rows: Sequence[Mapping[str, Stored]]) -> list[str]:
        parents = {one for row in rows for one in locking.parents_of(self._sobject, row)}
        held = self._held.setdefault(self._place, set())
        if self._second:
            return sorted(parents & held)
        held.update(parents)
        return []


def with_batches(org: OrgContext, sobject: SObject) -> tuple[OrgContext, Batches | None]:
    """Give the org as the batches of a load find it, where they run side by side."""
    if not is_on(org.state, SIDE_BY_SIDE):
        return org, None
    batches = Batches(org.trouble or Trouble(), sobject)
    return replace(org, trouble=batches), batches
