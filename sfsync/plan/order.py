"""The order in which changes are put into the outbox: what goes in one call together, parents before children.

Changes that touch one parent lie together, so that they are saved together: the org locks the parent of each record it
saves, and two batches that want the same one at the same time refuse each other (UNABLE_TO_LOCK_ROW).
"""

from sfsync.records.change import Action, Change

FAMILY = ("Account", "Contact", "Opportunity", "Lead")
"""sObjects whose records may be parents of those named later."""

PARENTS = {"Account": "ParentId", "Contact": "AccountId", "Opportunity": "AccountId"}
"""The field that holds the parent which is locked with a record. Leads have none."""


def place_of(change: Change, parent: str | None) -> str:
    """Give the place of a change among others, as a text to sort by; changes that are alike in all this keep theirs.

    `parent` is the one that its record has now, where that is known.
    """
    rank = FAMILY.index(change.sobject) if change.sobject in FAMILY else len(FAMILY)
    deleting = change.action is Action.DELETE
    family = f"{int(deleting)}{len(FAMILY) - rank if deleting else rank}"  # children go before their parents do
    above = change.after().get(PARENTS.get(change.sobject, "")) or parent
    return "\t".join((family, change.sobject, change.action.value, change.key_field or "", str(above or "")))
