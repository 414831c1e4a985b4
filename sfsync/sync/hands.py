"""Whose values an update replaces: what sfsync wrote itself, somebody else need not be asked about."""

from collections.abc import Sequence

from sfsync.mirror.books import Books
from sfsync.mirror.journal import Line
from sfsync.plan.brakes import OurOwn
from sfsync.records.change import Change


def ours_of(books: Books, changes: Sequence[Change]) -> OurOwn:
    """Tell whether the value a field holds now is of sfsync's making: written, or given by the org as it created."""
    hands: dict[tuple[str, str, str], bool] = {}
    for sobject in {change.sobject for change in changes}:
        touched = [change for change in changes if change.sobject == sobject and change.id]
        ids = [change.id for change in touched if change.id]
        names = sorted({part.field for change in touched for part in change.fields})
        lines = books.journal.last_hand(sobject, ids, ["Id", *names])
        for (record_id, name), line in lines.items():
            born = lines.get((record_id, "Id"))
            hands[sobject, record_id, name] = line.origin == "sfsync" or (born is not None and _birthmark(line, born))
    return lambda sobject, record_id, name: hands.get((sobject, record_id, name), False)


def _birthmark(line: Line, born: Line) -> bool:
    """Tell whether the org gave a value as sfsync created the record: an import's leads are owned by sfsync's user."""
    return born.origin == "sfsync" and line.run == born.run and line.before is None
