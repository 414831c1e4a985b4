"""What a user may do with records, as queries of UserRecordAccess ask.

Documented (Object Reference, UserRecordAccess): a query names one user and at most 200 records. Assumed: of a record
that is not there, or deleted, a user has the access None; the words of the refusals.
"""

from collections.abc import Iterator, Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.rights.seeing import seen_by
from sfsync.localorg.sobject import SObject
from sfsync.localorg.soql.tree import Comparison, Condition, Joined, Literal, Membership, Path, Query
from sfsync.localorg.state import State
from sfsync.localorg.wire import Refusal
from sfsync.records.ids import is_id, to_18

KIND = "UserRecordAccess"
MOST_RECORDS = 200
_FLAGS = ("HasReadAccess", "HasEditAccess", "HasDeleteAccess", "HasTransferAccess", "HasAllAccess")
_LEVELS = ("Read", "Edit", "Delete", "Transfer", "All")


def work_out(org: OrgContext, query: Query) -> None:
    """Put the rows that a query asks for where it finds them. Raises Refusal MALFORMED_QUERY."""
    if query.source.name.lower() != KIND.lower():
        return
    users, records = _named(query.where, "userid"), _named(query.where, "recordid")
    if len(users) != 1 or not records:
        raise Refusal(400, "MALFORMED_QUERY", f"{KIND} is queried by one UserId and by RecordId")
    if len(records) > MOST_RECORDS:
        raise Refusal(400, "MALFORMED_QUERY", f"{KIND} is queried for at most {MOST_RECORDS} records")
    org.state.run(f'DELETE FROM "{KIND}"')  # noqa: S608 - our own name
    names = ", ".join(("Id", "UserId", "RecordId", *_FLAGS, "MaxAccessLevel"))
    sql = f'INSERT INTO "{KIND}" ({names}) VALUES ({", ".join("?" * 9)})'  # noqa: S608 - our own names
    for place, record_id in enumerate(records):
        may = access(org.state, users[0], record_id)
        best = next((level for level, one in zip(reversed(_LEVELS), reversed(may), strict=True) if one), "None")
        org.state.run(sql, [f"{KIND}{place:03}", users[0], record_id, *map(int, may), best])


def _named(condition: Condition | None, name: str) -> Sequence[str]:
    """Give the ids that a condition, or one among those that must all hold, asks a field for."""
    return list(dict.fromkeys(to_18(one) for one in _literals(condition, name) if is_id(one)))


def _literals(condition: Condition | None, name: str) -> Iterator[str]:
    if isinstance(condition, Joined) and condition.operator == "AND":
        for one in condition.conditions:
            yield from _literals(one, name)
    values: Sequence[Literal] = ()
    if isinstance(condition, Comparison) and condition.operator == "=":
        values = (condition.right,)
    elif isinstance(condition, Membership) and condition.operator == "IN":
        values = condition.values
    left = condition.left if isinstance(condition, Comparison | Membership) else None
    if isinstance(left, Path) and left.names[-1].lower() == name:
        yield from (one.value for one in values)


def access(state: State, user_id: str, record_id: str) -> tuple[bool, ...]:
    """Tell whether a user may read, edit, delete, give away and share a record."""
    whole = state.catalog.by_prefix(record_id[:3])
    catalog = seen_by(state, user_id) or state.catalog
    kind = catalog.sobject(whole.name) if whole is not None else None
    if kind is None or not _holds(state, kind, kind.visible, record_id):
        return (False,) * len(_FLAGS)
    edit = kind.updateable and _holds(state, kind, kind.writeable, record_id)
    delete = kind.deletable and _holds(state, kind, kind.removable, record_id)
    give = edit and _holds(state, kind, kind.givable, record_id)
    return True, edit, delete, give, delete and give


def _holds(state: State, kind: SObject, condition: str, record_id: str) -> bool:
    alive = ["IsDeleted = 0"] if kind.soft_deletes else []
    where = " AND ".join(["Id = ?", *alive, *([condition] if condition else [])])
    return state.one(f"SELECT 1 FROM {kind.whole} WHERE {where}", (record_id,)) is not None  # noqa: S608 - catalog names
