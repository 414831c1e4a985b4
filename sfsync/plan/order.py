"""The order in which changes are put into the outbox: what goes in one call together, parents before children.

Changes that touch one parent lie together, so that they are saved together: the org locks the parent of each record it
saves, and two batches that want the same one at the same time refuse each other (UNABLE_TO_LOCK_ROW).
"""

from collections.abc import Callable, Sequence

from sfsync.records.change import Action, Change

FAMILY = ("Account", "Contact", "Opportunity", "Lead")
"""sObjects whose records may be parents of those named later."""

PARENTS = {"Account": "ParentId", "Contact": "AccountId", "Opportunity": "AccountId"}
"""The field that holds the parent which is locked with a record. Leads have none."""

ParentOf = Callable[[Change], str | None]  # the parent that a change's record has now, where the mirror knows


def in_order(changes: Sequence[Change], parent_of: ParentOf) -> list[Change]:
    """Give the changes in the order they are to be sent; changes that are alike in all this keep theirs."""
    return sorted(changes, key=lambda change: _place(change, parent_of))


def _place(change: Change, parent_of: ParentOf) -> tuple[int, int, str, str, str, str]:
    rank = FAMILY.index(change.sobject) if change.sobject in FAMILY else len(FAMILY)
    deleting = change.action is Action.DELETE
    parent = change.after().get(PARENTS.get(change.sobject, "")) or parent_of(change)
    family = (int(deleting), -rank if deleting else rank)  # children go before their parents do
    return (*family, change.sobject, change.action.value, change.key_field or "", str(parent or ""))
