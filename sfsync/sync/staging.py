"""The order in which changes are staged: by what goes together, with parents as the mirror knows them."""

from collections.abc import Iterable, Mapping, Sequence

from sfsync.mirror.books import Books
from sfsync.mirror.scratch import Scratch
from sfsync.mirror.slices import alike
from sfsync.plan.order import PARENTS, place_of
from sfsync.plan.tally import tally_of
from sfsync.records.change import Change


def ordered(books: Books, scratch: Scratch, changes: Sequence[Change]) -> Sequence[Change]:
    """Give the changes in the order they are to be sent."""
    kinds = tally_of(changes).kinds
    if len(kinds) < 2 and all(sobject not in PARENTS for _, sobject, _ in kinds):
        return changes
    return placed(books, scratch, changes)


def placed(books: Books, scratch: Scratch, changes: Iterable[Change]) -> Sequence[Change]:
    """Give any changes in the order they are to be sent."""
    parents: Mapping[str, str] = {}
    found = scratch.changes(key=lambda change: place_of(change, parents.get(change.id or "")))
    for sobject, some in alike(changes, lambda one: one.sobject):
        parents = _parents(books, sobject, some)
        found.add(some)
    return found.all()


def _parents(books: Books, sobject: str, changes: Sequence[Change]) -> Mapping[str, str]:
    """Give the parents that the records of changes have now, by the records' ids, as far as the mirror knows."""
    field = PARENTS.get(sobject)
    ids = [change.id for change in changes if change.id]
    if field is None or not ids or field not in books.records.columns(sobject):
        return {}
    return {record.id: str(record.fields[field] or "") for record in books.records.records(sobject, [field], ids=ids)}
