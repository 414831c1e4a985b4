"""What of an undo cannot be done, and why, told before any call writes: records that grew, were converted, are refused.

What somebody changed since is found when the record is looked at before it is written, as with any other change.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sfsync.counting import counted
from sfsync.errors import OrgRefused, Problem, Where
from sfsync.mirror.slices import slices
from sfsync.plan.preflight import preflight
from sfsync.plan.undo import CREATED
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
_AT_ONCE = 2_000  # changes held in memory
_LEFT = "it is left as it is; look at it in the org, and change it there if it has to be"


@dataclass(frozen=True, slots=True)
class Undoable:
    """What can be taken back, and what not."""

    changes: Sequence[Change]
    refused: Sequence[Problem]


def undoable(context: Context, taken_back: int, changes: Iterable[Change]) -> Undoable:
    """Look at the records of the changes that take a run back, and sort out what cannot be done. Writes nothing."""
    possible, refused = context.mirror.scratch.changes(), context.mirror.scratch.problems()
    for some in slices(changes, _AT_ONCE):
        converted, grown = _looked_at(context, some, taken_back)
        for change in some:
            complaints = list(_complaints(context, change, converted, grown))
            refused.add(complaints)
            possible.add([] if complaints else [change])
    return Undoable(possible.all(), refused.all())


def _looked_at(
    context: Context, changes: Sequence[Change], taken_back: int
) -> tuple[Mapping[str, str], Mapping[str, str]]:  # fmt: skip
    """Tell, by the records' ids, what was converted since, and what would go with those that are to be deleted."""
    converted: dict[str, str] = {}
    grown: dict[str, str] = {}
    for sobject in dict.fromkeys(change.sobject for change in changes):
        of_it = [change for change in changes if change.sobject == sobject]
        converted |= _converted(context, sobject, of_it)
        if deletes := [change for change in of_it if change.action is Action.DELETE]:
            grown |= {**_grown(context, sobject, deletes, taken_back), **_took_in(context, sobject, deletes)}
    return converted, grown


def _complaints(
    context: Context, change: Change, converted: Mapping[str, str], grown: Mapping[str, str]
) -> Iterable[Problem]:  # fmt: skip
    """Say what keeps a change from being made."""
    record = str(change.id)
    if record in converted:
        return [_problem(change, converted[record])]
    if record in grown:
        return [_problem(change, grown[record])]
    if change.action is Action.DELETE:
        return []
    return [replace(one, next=_LEFT) for one in preflight(change, context.schema(change.sobject))]


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


def _grown(context: Context, sobject: str, deletes: Sequence[Change], taken_back: int) -> dict[str, str]:
    """Tell what hangs on records that are to be deleted, but for what is deleted with them."""
    counts: dict[str, dict[str, int]] = {}
    for child, name in CHILDREN.get(sobject, ()):
        hanging = list(_hanging(context, child, name, [str(change.id) for change in deletes]))
        going = _made(context, taken_back, [child_id for child_id, _ in hanging])
        for child_id, parent in hanging:
            if child_id not in going:
                kinds = counts.setdefault(parent, {})
                kinds[child] = kinds.get(child, 0) + 1
    named = {
        parent: " and ".join(counted(number, f"{child} record") for child, number in one.items())
        for parent, one in counts.items()
    }
    return {parent: f"it got {some} since, which would go with it" for parent, some in named.items()}


def _took_in(context: Context, sobject: str, deletes: Sequence[Change]) -> dict[str, str]:
    """Tell what was merged into records that are to be deleted: as the org knows, or pulls have seen."""
    ids = [str(change.id) for change in deletes]
    with context.mirror.reading() as books:
        merges = books.keys.merged_into(ids)
    merges |= dict(_hanging(context, sobject, "MasterRecordId", ids, deleted_too=True))
    taken = Counter(merges.values())
    return {one: f"{counted(taken[one], sobject)} merged into it since would be lost with it" for one in taken}


def _made(context: Context, run: int, ids: Sequence[str]) -> set[str]:
    """Give those of these records that a run created."""
    with context.mirror.reading() as books:
        lines = (line for some in slices(ids) for line in books.journal.of_run(run, "sfsync", some))
        return {line.record_id for line in lines if line.field == CREATED}


def _hanging(
    context: Context, child: str, name: str, ids: Sequence[str], *, deleted_too: bool = False
) -> Iterator[tuple[str, str]]:
    """Give the children of records with their parents; none where the org has, or shows, no such sObject."""
    try:
        schema = context.schema(child)
    except OrgRefused:
        return
    if name not in schema.fields:
        return
    query = Query(child, ("Id", name), (Condition(name, Compare.ONE_OF, tuple(ids)),))
    for page in context.org.pages(query, deleted_too=deleted_too):
        for child_id, parent in page.rows:
            yield str(child_id), str(parent)


def _problem(change: Change, words: str) -> Problem:
    return Problem(words, _LEFT, Where(sobject=change.sobject, id=change.id))
