"""What of an undo cannot be done, and why, told before any call writes: records that grew, were converted, are refused.

What somebody changed since is found when the record is looked at before it is written, as with any other change.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sfsync.errors import OrgRefused, Problem, Where
from sfsync.mirror.slices import slices
from sfsync.plan.preflight import preflight
from sfsync.records.change import Action, Change
from sfsync.records.query import Compare, Condition, Query
from sfsync.sync.context import Context

CHILDREN = {
    "Lead": (("Task", "WhoId"), ("Event", "WhoId"), ("CampaignMember", "LeadId")),
    "Account": (
        ("Contact", "AccountId"), ("Opportunity", "AccountId"), ("Case", "AccountId"), ("Contract", "AccountId"),
        ("Asset", "AccountId"), ("Task", "WhatId"), ("Event", "WhatId"),
    ),
    "Contact": (
        ("OpportunityContactRole", "ContactId"), ("Case", "ContactId"), ("CampaignMember", "ContactId"),
        ("Task", "WhoId"), ("Event", "WhoId"),
    ),
    "Opportunity": (
        ("OpportunityContactRole", "OpportunityId"), ("OpportunityLineItem", "OpportunityId"),
        ("Quote", "OpportunityId"), ("Task", "WhatId"), ("Event", "WhatId"),
    ),
}  # fmt: skip
"""What may hang on a record, by sObject, and the field it hangs by (Object Reference)."""

_CONVERTED = ("ConvertedAccountId", "ConvertedContactId", "ConvertedOpportunityId")
_AT_ONCE = 2_000
_LEFT = "it is left as it is; look at it in the org, and change it there if it has to be"


@dataclass(slots=True)
class Undoable:
    """What can be taken back, and what not."""

    changes: list[Change] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)


def undoable(context: Context, changes: Sequence[Change]) -> Undoable:
    """Look at the records of an undo's changes, and sort out what cannot be done. Writes nothing."""
    found = Undoable()
    for sobject, action in dict.fromkeys((change.sobject, change.action) for change in changes):
        alike = [change for change in changes if (change.sobject, change.action) == (sobject, action)]
        grown = _grown(context, sobject, alike, changes) if action is Action.DELETE else {}
        for some in slices(alike, _AT_ONCE):
            converted = _converted(context, sobject, some)
            for change in some:
                record = str(change.id)
                if record in converted:
                    found.refused.append(_problem(change, converted[record]))
                elif record in grown:
                    words = f"{grown[record]} hang on it that were added since, and would go with it"
                    found.refused.append(_problem(change, words))
                else:
                    _weigh(context, found, change)
    order = {(change.sobject, change.id): place for place, change in enumerate(changes)}
    found.changes.sort(key=lambda change: order[change.sobject, change.id])
    return found


def _weigh(context: Context, found: Undoable, change: Change) -> None:
    """Take a change, unless the org no longer takes what it wants back."""
    complaints = [] if change.action is Action.DELETE else preflight(change, context.schema(change.sobject))
    if complaints:
        found.refused += [replace(one, next=_LEFT) for one in complaints]
    else:
        found.changes.append(change)


def _converted(context: Context, sobject: str, changes: Sequence[Change]) -> dict[str, str]:
    """Tell which leads were converted since, and into what."""
    if sobject != "Lead" or "IsConverted" not in context.schema(sobject).fields:
        return {}
    ids = [str(change.id) for change in changes]
    rows = context.org.retrieve(sobject, ids, ("IsConverted", *_CONVERTED))
    found = {}
    for record, row in zip(ids, rows, strict=True):
        if row is not None and row["IsConverted"] is True:
            into = ", ".join(str(row[name]) for name in _CONVERTED if row.get(name))
            found[record] = f"it was converted (into {into}), and a conversion cannot be taken back"
    return found


def _grown(context: Context, sobject: str, deletes: Sequence[Change], all_of_it: Iterable[Change]) -> dict[str, str]:
    """Tell what hangs on records that are to be deleted, but for what is deleted with them."""
    going = {change.id for change in all_of_it if change.action is Action.DELETE}
    counts: dict[str, dict[str, int]] = {}
    for child, name in CHILDREN.get(sobject, ()):
        for child_id, parent in _hanging(context, child, name, [str(change.id) for change in deletes]):
            if child_id not in going:
                counted = counts.setdefault(parent, {})
                counted[child] = counted.get(child, 0) + 1
    return {
        parent: " and ".join(f"{number} {child}" for child, number in counted.items())
        for parent, counted in counts.items()
    }


def _hanging(context: Context, child: str, name: str, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give the children of records with their parents; none where the org has, or shows, no such sObject."""
    try:
        schema = context.schema(child)
    except OrgRefused:
        return
    if name not in schema.fields:
        return
    for page in context.org.pages(Query(child, ("Id", name), (Condition(name, Compare.ONE_OF, tuple(ids)),))):
        for child_id, parent in page.rows:
            yield str(child_id), str(parent)


def _problem(change: Change, words: str) -> Problem:
    return Problem(words, _LEFT, Where(sobject=change.sobject, id=change.id))
