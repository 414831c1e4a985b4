"""The order in which changes are staged: by what goes together, with parents as the mirror knows them."""

from collections.abc import Sequence

from sfsync.mirror.books import Books
from sfsync.plan.order import PARENTS, in_order
from sfsync.records.change import Change


def ordered(books: Books, changes: Sequence[Change]) -> list[Change]:
    """Give the changes in the order they are to be sent."""
    parents: dict[str, str] = {}
    for sobject, field in PARENTS.items():
        ids = [change.id for change in changes if change.sobject == sobject and change.id]
        if ids and field in books.records.columns(sobject):
            found = books.records.records(sobject, [field], ids=ids)
            parents |= {record.id: str(record.fields[field] or "") for record in found}
    return in_order(changes, lambda change: parents.get(change.id or ""))
