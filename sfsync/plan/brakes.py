"""Brakes: how much of other people's work a run may overwrite, clear or delete before a person has to look."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sfsync.records.change import Action, Change, FieldChange
from sfsync.records.ids import prefix

QUEUE_PREFIX = "00G"  # key prefix of Group, the sObject a queue is


@dataclass(frozen=True, slots=True)
class Brakes:
    """Limits on records of one sObject in one run; a share is of that sObject's records in the mirror."""

    overwrites: int = 500
    overwrites_percent: float = 20.0
    clears_percent: float = 1.0
    deletes: int = 0
    canary: int = 0  # changes that are sent first, the others only where those went well; 0: all at once
    canary_refused_percent: float = 10.0  # of them, that may be refused


@dataclass(frozen=True, slots=True)
class Overrun:
    """One brake that a plan goes over."""

    sobject: str
    kind: str  # "overwrites", "clears" or "deletes"
    records: int
    allowed: int


OurOwn = Callable[[str, str, str], bool]  # sObject, id, field: whether sfsync wrote the present value itself


def measure(changes: Iterable[Change], ours: OurOwn) -> Counter[tuple[str, str]]:
    """Count, by sObject and kind, the records in which somebody else's value is overwritten, cleared or deleted.

    Not counted: filling an empty field, a value sfsync wrote last, taking a record out of a queue.
    """
    counted: Counter[tuple[str, str]] = Counter()
    for change in changes:
        if change.action is Action.DELETE:
            counted[change.sobject, "deletes"] += 1
        elif change.action is Action.UPDATE and change.id is not None:
            kinds = {_kind(part) for part in change.fields if not _free(change, part, ours)}
            counted.update((change.sobject, kind) for kind in kinds)
    return counted


def _kind(part: FieldChange) -> str:
    return "clears" if part.after is None else "overwrites"


def _free(change: Change, part: FieldChange, ours: OurOwn) -> bool:
    if part.before is None:
        return True
    out_of_queue = part.field == "OwnerId" and prefix(str(part.before)) == QUEUE_PREFIX
    return out_of_queue or ours(change.sobject, change.id or "", part.field)


def overruns(
    changes: Iterable[Change], brakes: Brakes, mirrored: Mapping[str, int], ours: OurOwn
) -> tuple[Overrun, ...]:
    """Give the brakes the changes go over; `mirrored` counts the mirror's records by sObject."""
    return overruns_of(measure(changes, ours), brakes, mirrored)


def overruns_of(
    counted: Mapping[tuple[str, str], int], brakes: Brakes, mirrored: Mapping[str, int]
) -> tuple[Overrun, ...]:  # fmt: skip
    """Give the brakes that what was measured goes over."""
    found = []
    for (sobject, kind), records in sorted(counted.items()):
        allowed = _allowed(kind, brakes, mirrored.get(sobject, 0))
        if records > allowed:
            found.append(Overrun(sobject, kind, records, allowed))
    return tuple(found)


def _allowed(kind: str, brakes: Brakes, mirrored: int) -> int:
    if kind == "deletes":
        return brakes.deletes
    if kind == "clears":
        return int(mirrored * brakes.clears_percent / 100)
    return min(brakes.overwrites, int(mirrored * brakes.overwrites_percent / 100))
