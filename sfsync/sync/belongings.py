"""What a change of owner takes away or moves: the team, manual shares, and children where the options say so.

All of it is read before the call and kept with the run, so that an undo can give it back (SOAP guide,
OwnerChangeOptions; Object Reference, AccountShare and AccountTeamMember and their like).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sfsync.counting import counted
from sfsync.errors import OrgRefused
from sfsync.mirror.belongings import Belonging
from sfsync.mirror.slices import slices
from sfsync.plan.effects import Effect
from sfsync.plan.transport import CHILDREN_BY_OPTION, OWNER, owners_of
from sfsync.records.change import Action, Change
from sfsync.records.manner import OWNER_OPTIONS, Manner
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.schema import SObject
from sfsync.records.values import Kind, from_plain, to_plain
from sfsync.sync.context import Context

_HANG_BY = {"Task": "WhatId", "Event": "WhatId", "Note": "ParentId", "Attachment": "ParentId"}  # the others: AccountId
_AT_ONCE = 2_000  # changes of owner that are looked at together
_MANUAL = Condition("RowCause", Compare.EQUAL, "Manual")


def team_of(sobject: str) -> str:
    """Give the sObject of an sObject's team members."""
    return f"{sobject}TeamMember"


def share_of(sobject: str) -> str:
    """Give the sObject of an sObject's shares."""
    return f"{sobject}Share"


def hanging_on(context: Context, changes: Sequence[Change], manner: Manner) -> list[Belonging]:
    """Read what hangs on the records of changes of owner, all of one sObject. What the org has not is left out."""
    sobject, ids = changes[0].sobject, tuple(str(change.id) for change in changes)
    children = dict.fromkeys(
        child for option in manner.owner_options or () for child in CHILDREN_BY_OPTION.get(option, ())
    )
    found = list(_read(context, sobject, team_of(sobject), f"{sobject}Id", ids))
    found += _read(context, sobject, share_of(sobject), f"{sobject}Id", ids, _MANUAL)
    for child in children:
        found += _read(context, sobject, child, _HANG_BY.get(child, "AccountId"), ids)
    return found


def _read(
    context: Context, sobject: str, child: str, parent: str, ids: tuple[str, ...], *where: Condition
) -> Iterator[Belonging]:  # fmt: skip
    schema = schema_of(context, child)
    if schema is None or parent not in schema.fields:
        return
    kept = [OWNER] if OWNER in schema.fields else [one for one in _given(schema) if one != parent]
    query = Query(child, ("Id", parent, *kept), (Condition(parent, Compare.ONE_OF, ids), *where))
    for page in context.org.pages(query):
        for child_id, parent_id, *values in page.rows:
            fields = {
                name: to_plain(from_plain(schema.fields[name].kind, value))
                for name, value in zip(kept, values, strict=True)
                if value is not None
            }
            yield Belonging(sobject, str(parent_id), child, str(child_id), {parent: str(parent_id), **fields})


def _given(schema: SObject) -> list[str]:
    """Give the fields that can be given when such a record is made."""
    return [one.name for one in schema.fields.values() if one.createable and one.kind is not Kind.COMPOUND]


def schema_of(context: Context, sobject: str) -> SObject | None:
    """Give an sObject's schema; None where the org has, or shows, none such."""
    try:
        return context.schema(sobject)
    except OrgRefused:
        return None


def set_off_by_owners(context: Context, sobject: str, changes: Iterable[Change]) -> list[Effect]:
    """Tell what the changes of owner among changes take away or move of one sObject's records."""
    manner = context.org.manner(sobject)
    if sobject in OWNER_OPTIONS and manner.owner_options is None:
        return _lost_unseen(sobject, changes)
    counts: Counter[str] = Counter()
    moving = (one for one in changes if one.sobject == sobject and owners_of(one, manner) is not None)
    for some in slices(moving, _AT_ONCE):
        counts.update(one.child for one in hanging_on(context, some, manner))
    kept = any(option.startswith("Keep") for option in manner.owner_options or ())
    fates = {team_of(sobject): "kept" if kept else _GONE, share_of(sobject): _GONE}
    return [
        Effect(
            sobject, "change of owner", f"{number:,} {child}", fates.get(child, "of them those move that options name")
        )
        for child, number in counts.items()
    ]


def _lost_unseen(sobject: str, changes: Iterable[Change]) -> list[Effect]:
    """Tell what plain changes of owner take away: they are chosen for being cheap, so nothing is read before them."""
    of_it = (one for one in changes if one.sobject == sobject and one.action is Action.UPDATE)
    moving = sum(OWNER in one.after() for one in of_it)
    what = f"teams and manual shares of {counted(moving, 'record')}"
    return [Effect(sobject, "change of owner", what, _LOST)] if moving else []


_LOST = 'taken away, and nothing gives them back: owner_change is "plain"'
_GONE = "taken away; `sfsync undo` gives them back"
