"""Which queries bulk jobs do not take.

Documented (Bulk API guide; for the words of 1.0, errors that people quote): Bulk API 2.0 refuses them when the job is
made, a batch of Bulk API 1.0 fails. Assumed: the words of 1.0 about OFFSET, TYPEOF and grouped records.
"""

from sfsync.localorg.soql.compile import Root
from sfsync.localorg.soql.expressions import Expression
from sfsync.localorg.soql.selecting import flat
from sfsync.localorg.soql.shape import Address, Children, Kinds, Member, Parent
from sfsync.localorg.soql.tree import AllFields
from sfsync.localorg.wire import Refusal

_AGGREGATES = "Aggregate Relationships not supported in Bulk"
_FAILED = "InvalidBatch : Failed to process query:"


class NotInBulk(Refusal):
    """A query that no bulk job takes, in the words of Bulk API 2.0; `state_message` has those of a batch of 1.0."""

    def __init__(self, reason: str, state_message: str) -> None:
        super().__init__(400, "API_ERROR", reason)
        self.state_message = state_message


def columns_of(root: Root) -> list[tuple[str, Expression]]:
    """Give header and expression of each column of an export as CSV.

    Raises NotInBulk for aggregates, children, TYPEOF, OFFSET and compound fields; `FIELDS()` leaves compound fields
    out by itself.
    """
    members = members_of(root)
    if any(isinstance(one, Children) for one in members):
        raise _aggregates()
    if any(isinstance(one, Kinds) for one in members):
        raise _feature("TYPEOF")
    return flat(members)


def members_of(root: Root) -> list[Member]:
    """Give what is shown of each record in any form. Raises NotInBulk for aggregates, OFFSET and compound fields."""
    if root.count_only or root.grouped:
        raise _aggregates()
    if root.query.offset is not None:
        raise _feature("OFFSET")
    members = root.members()
    if any(isinstance(one, AllFields) for one in root.query.items):
        return [one for one in members if not isinstance(one, Address)]
    if _has_address(members):
        reason = "Selecting compound data not supported in Bulk Query"
        raise NotInBulk(reason, f"{_FAILED} FUNCTIONALITY_NOT_ENABLED: {reason}")
    return members


def _has_address(members: list[Member]) -> bool:
    return any(isinstance(one, Address) or (isinstance(one, Parent) and _has_address(one.members)) for one in members)


def _aggregates() -> NotInBulk:
    older = f"FeatureNotEnabled : {_AGGREGATES} Query with CSV content type"
    return NotInBulk(f"{_AGGREGATES} V2 Query with CSV content type.", older)


def _feature(name: str) -> NotInBulk:
    return NotInBulk(
        f"{name} not supported in Bulk V2 Query", f"FeatureNotEnabled : {name} not supported in Bulk Query"
    )
