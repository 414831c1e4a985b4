"""Which queries Bulk API 2.0 does not take."""

from sfsync.localorg.soql.compile import Root
from sfsync.localorg.soql.expressions import Expression
from sfsync.localorg.soql.refusals import refuse_plainly
from sfsync.localorg.soql.selecting import flat
from sfsync.localorg.soql.shape import Address, Children, Kinds, Member, Parent
from sfsync.localorg.soql.tree import AllFields
from sfsync.localorg.wire import Refusal


def columns_of(root: Root) -> list[tuple[str, Expression]]:
    """Give header and expression of each column of an export.

    Raises Refusal API_ERROR for aggregates, children, TYPEOF, OFFSET and compound fields; `FIELDS()` leaves compound
    fields out by itself.
    """
    if root.count_only or root.grouped:
        raise _not_in_bulk("Aggregate Relationships not supported in Bulk V2 Query with CSV content type.")
    if root.query.offset is not None:
        raise _not_in_bulk("OFFSET not supported in Bulk V2 Query")
    members = root.members()
    if any(isinstance(one, Children) for one in members):
        raise _not_in_bulk("Aggregate Relationships not supported in Bulk V2 Query with CSV content type.")
    if any(isinstance(one, Kinds) for one in members):
        raise _not_in_bulk("TYPEOF not supported in Bulk V2 Query")
    if _has_address(members) and not any(isinstance(one, AllFields) for one in root.query.items):
        raise _not_in_bulk("Selecting compound data not supported in Bulk Query")
    return flat(members)


def _has_address(members: list[Member]) -> bool:
    return any(isinstance(one, Address) or (isinstance(one, Parent) and _has_address(one.members)) for one in members)


def _not_in_bulk(reason: str) -> Refusal:
    return refuse_plainly(reason, "API_ERROR")
