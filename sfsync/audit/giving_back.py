"""What an undo gives back with owners: teams and manual shares that a change of owner took away, children it moved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sfsync.errors import Problem, Where
from sfsync.mirror.belongings import Belonging
from sfsync.plan.preflight import preflight
from sfsync.plan.transport import OWNER, owners_of
from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.schema import SObject
from sfsync.records.values import from_plain
from sfsync.sync.belongings import hanging_on, schema_of, share_of
from sfsync.sync.context import Context
from sfsync.sync.propose import Following

_MEMBER = {"AccountTeamMember": "UserId", "OpportunityTeamMember": "UserId"}  # others: UserOrGroupId
_LEFT = "it is left as it is; look at it in the org, and change it there if it has to be"


@dataclass(slots=True)
class GivenBack:
    """What follows once the owners are changed back, and what cannot."""

    following: list[Following] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)


def given_back(context: Context, run: int, changes: Sequence[Change]) -> GivenBack:
    """Work out what is to be given back with the owners that these changes bring back. Reads the org, writes nothing.

    Shares that were made since go with a change of owner like all others, so they are given back as well.
    """
    found = GivenBack()
    because = (f"undo of run {run}: it went with the owner",)
    moved = [one for one in changes if owners_of(one, context.org.manner(one.sobject)) is not None]
    if not moved:
        return found
    with context.mirror.reading() as books:
        seen = books.belongings.of_run(run)
    own = {(one.sobject, one.id) for one in changes}
    for sobject in dict.fromkeys(one.sobject for one in moved):
        by_record = {str(one.id): one for one in moved if one.sobject == sobject}
        lost = [one for one in seen if one.sobject == sobject and one.record_id in by_record]
        there = hanging_on(context, list(by_record.values()), context.org.manner(sobject))
        there = [one for one in there if (one.child, one.child_id) not in own]
        for one in _to_make(lost, there, share_of(sobject)):
            _follow(context, found, one, _made(one, schema_of(context, one.child), because))
        owners = {one.child_id: one.fields.get(OWNER) for one in there}
        for one in lost:
            now = owners.get(one.child_id)
            if OWNER in one.fields and (one.child, one.child_id) not in own and now != one.fields[OWNER]:
                _move_back(context, found, one, now, by_record[one.record_id], because)
    return found


def _to_make(lost: Iterable[Belonging], there: Iterable[Belonging], shares: str) -> list[Belonging]:
    """Give the team members that are not there, and all shares, as they are now or else as they were."""
    wanted = {_named(one): one for one in lost if OWNER not in one.fields}
    for one in there:
        if one.child == shares:
            wanted[_named(one)] = one
        else:
            wanted.pop(_named(one), None)
    return list(wanted.values())


def _named(one: Belonging) -> tuple[str, str, object]:
    return one.child, one.record_id, one.fields.get(_MEMBER.get(one.child, "UserOrGroupId"))


def _made(one: Belonging, schema: SObject | None, because: tuple[str, ...]) -> Change:
    known = schema.fields if schema else {}
    parts = tuple(
        FieldChange(name, None, from_plain(known[name].kind, value))
        for name, value in one.fields.items()
        if name in known
    )
    return Change(Action.CREATE, one.child, None, parts, because)


def _move_back(
    context: Context, found: GivenBack, one: Belonging, now: object, parent: Change, because: tuple[str, ...]
) -> None:
    """Give a child back to its owner, unless somebody gave it to another since."""
    if now != parent.before()[OWNER]:
        words = "it went to another owner since" if now is not None else "it is no longer there"
        found.refused.append(Problem(words, _LEFT, Where(sobject=one.child, id=one.child_id, field=OWNER)))
        return
    part = FieldChange(OWNER, str(now), str(one.fields[OWNER]))
    _follow(context, found, one, Change(Action.UPDATE, one.child, one.child_id, (part,), because))


def _follow(context: Context, found: GivenBack, one: Belonging, change: Change) -> None:
    """Have a change follow the one that brings the owner back, unless the org does not take it."""
    schema = schema_of(context, one.child)
    complaints = preflight(change, schema) if schema else [Problem(f"the org has no {one.child}", _LEFT)]
    found.refused += [replace(complaint, next=_LEFT) for complaint in complaints]
    if not complaints:
        found.following.append(Following(change, one.record_id))
