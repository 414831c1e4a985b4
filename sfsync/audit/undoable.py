"""What of an undo cannot be done, and why, told before any call writes: what somebody changed since, above all.

Values go back one by one. A record that the run created is one thing: it goes as a whole, or stays as a whole. What
somebody changes after this look is found by the one right before the write, as with any other change.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from sfsync.counting import counted
from sfsync.errors import OrgRefused, Problem, Where
from sfsync.mirror.entries import Call
from sfsync.mirror.slices import alike, slices
from sfsync.plan.plan import Plan
from sfsync.plan.preflight import preflight
from sfsync.plan.undo import CREATED
from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.values import Value, to_text
from sfsync.sync.context import Context
from sfsync.sync.freshness import brought_up_to_date, held
from sfsync.sync.standing import NOT_SEEN, expected

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
_AT_ONCE = 2_000  # changes held in memory, and records that one call looks at
_LEFT = "it is left as it is; look at it in the org, and change it there if it has to be"

_Present = Mapping[str, Mapping[str, Value] | None]


def sorted_out(context: Context, run: int, taken_back: int, plan: Plan) -> Iterator["Sorting"]:
    """Look at the records of a plan that takes a run back, and sort out what cannot be done, some records at a time.

    It takes a call for 2,000 of them. Where there are more of an sObject the mirror is brought up to date and asked
    instead, if it can tell. Writes nothing to the org.
    """
    known = {sobject for sobject in plan.tally.sobjects if _mirror_tells(context, run, plan, sobject)}
    for sobject, some in alike(plan.changes, lambda change: change.sobject, _AT_ONCE):
        yield Sorting.begin(context, some, taken_back, sobject in known)


def _mirror_tells(context: Context, run: int, plan: Plan, sobject: str) -> bool:
    """Tell whether the mirror was brought up to date for an sObject, of whose records there are many."""
    if plan.looked_at[sobject] <= _AT_ONCE:
        return False
    fields = {name for of, name in plan.tally.fields if of == sobject} | set(_telling(context, sobject))
    return brought_up_to_date(context, run, Call(Action.UPDATE, sobject, None), fields)


def _telling(context: Context, sobject: str) -> tuple[str, ...]:
    """Give the fields that tell whether a record can be taken back at all."""
    return ("IsConverted",) if sobject == "Lead" and "IsConverted" in context.schema(sobject).fields else ()


@dataclass(slots=True)
class Sorting:
    """Some changes of one sObject that take a run back, sorted."""

    context: Context
    taken_back: int
    possible: list[Change] = field(default_factory=list)  # what can be taken back
    staying: list[Change] = field(default_factory=list)  # the values of records that stay, where not all has to
    refused: list[Problem] = field(default_factory=list)  # why what stays does

    @classmethod
    def begin(cls, context: Context, changes: Sequence[Change], taken_back: int, known: bool) -> Self:
        """Sort changes; `known` tells whether the mirror can be asked how their records stand."""
        sobject, sorting = changes[0].sobject, cls(context, taken_back)
        present = held(context, changes, known, _telling(context, sobject))
        kept = _converted(context, sobject, present)
        if deletes := [change for change in changes if change.action is Action.DELETE]:
            kept |= {**_grown(context, sobject, deletes, taken_back), **_took_in(context, sobject, deletes)}
        for change in changes:
            if (words := kept.get(str(change.id))) is not None:
                sorting.refuse(change, words)
            elif change.action is Action.DELETE:
                sorting.whole(change, present[str(change.id)])
            else:
                sorting.by_value(change, present[str(change.id)])
        return sorting

    def refuse(self, change: Change, words: str, field_name: str | None = None) -> None:
        """Leave a record, or one of its values, and say why."""
        where = Where(sobject=change.sobject, id=change.id, field=field_name)
        self.refused.append(Problem(words, _LEFT, where))

    def whole(self, change: Change, present: Mapping[str, Value] | None) -> None:
        """Take a record back that the run created, unless one of its values was changed since; one that is gone, is."""
        if present is None:
            self.possible.append(change)
            return
        for part in change.fields:
            if part.field not in present or not expected(part, present[part.field], deleting=True):
                self.refuse(change, self._changed(part, present))
                return
        self.possible.append(change)

    def by_value(self, change: Change, present: Mapping[str, Value] | None) -> None:
        """Take those values back that are as the run wrote them, and that the org takes."""
        if present is None:
            self.refuse(change, NOT_SEEN)
            return
        complaints = preflight(change, self.context.schema(change.sobject))
        self.refused += [replace(one, next=_LEFT) for one in complaints]
        if any(one.where.field is None for one in complaints):
            return
        refused = {one.where.field for one in complaints}
        going, staying = [], []
        for part in change.fields:
            if part.field in refused:
                staying.append(part)
            elif expected(part, present[part.field], deleting=False):
                going.append(part)
            else:
                staying.append(part)
                self.refuse(change, self._changed(part, present), part.field)
        self.possible += [replace(change, fields=tuple(going))] if going else []
        self.staying += [replace(change, fields=tuple(staying))] if staying else []

    def _changed(self, part: FieldChange, present: Mapping[str, Value]) -> str:
        if part.field not in present:
            return f"{part.field} is not to be seen any more"
        now, written = to_text(present[part.field]) or "empty", to_text(part.before) or "empty"
        return f"{part.field} is {now} in the org, and run {self.taken_back} wrote {written}"


def _converted(context: Context, sobject: str, present: _Present) -> dict[str, str]:
    """Tell which leads were converted since, and into what."""
    converted = [record for record, values in present.items() if values and values.get("IsConverted") is True]
    if sobject != "Lead" or not converted:
        return {}
    found = {}
    for record, row in zip(converted, context.org.retrieve(sobject, converted, _CONVERTED), strict=True):
        into = ", ".join(str(row[name]) for name in _CONVERTED if row.get(name)) if row else "what is gone"
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
