"""Rows that a write locks, and what becomes of another one that meets them.

Documented (help): a write locks its records and the parents they name; another one waits for them, 10 seconds at most.
Seen in public traces: the words, with the ids of what could not be locked.
"""

from collections.abc import Iterable, Iterator, Mapping

from sfsync.localorg.sobject import SObject

Stored = str | int | None
LOCKED = "UNABLE_TO_LOCK_ROW"
WORDS = "unable to obtain exclusive access to this record"
WAIT_SECONDS = 10.0
_PARENTS = frozenset({"Account", "Contact", "Lead", "Opportunity"})  # records that writes of their children lock
_MOST_NAMED = 10


class Locked(Exception):
    """A record is held by another write, and will be let go in so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"locked for {seconds} seconds")
        self.seconds = seconds


def words(ids: Iterable[str]) -> str:
    """Say which records could not be locked."""
    named = list(dict.fromkeys(ids))
    more = f", ... ({len(named) - _MOST_NAMED} more)" if len(named) > _MOST_NAMED else ""
    told = f" or {len(named)} records: {','.join(named[:_MOST_NAMED])}{more}" if named else ""
    return f"{WORDS}{told}"


def parents_of(sobject: SObject, row: Mapping[str, Stored]) -> Iterator[str]:
    """Give the ids of the parents that a write of a row locks."""
    for field in sobject.known.values():
        if field.type == "reference" and row.get(field.name) and _PARENTS & set(field.reference_to):
            yield str(row[field.name])
