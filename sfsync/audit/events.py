"""What became of one record, change by change: the journal, and between two pulls the org's own field history."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sfsync.mirror.journal import Line, Origin
from sfsync.records.values import Value, datetime_text, same, to_plain

_SLACK = timedelta(minutes=1)  # by which the stamp of a change and its row in the field history may be apart


@dataclass(frozen=True, slots=True)
class Event:
    """One field of one record, from what to what."""

    at: datetime
    field: str  # API name; IsDeleted for a record that went or came back, Id for one that sfsync made
    before: Value
    after: Value
    origin: Origin  # who did it: somebody in the org, or sfsync
    run: int | None  # that did it, or saw it; None where no pull saw it, but the org's field history tells
    by: str | None = None  # id of the user, where the org told
    because: tuple[str, ...] = ()
    values_kept: bool = True  # False: the field history only tells that it changed
    source: str = "journal"  # or "field history"

    def plain(self) -> dict[str, Any]:
        """Give it as JSON holds it."""
        return {
            "at": datetime_text(self.at),
            "field": self.field,
            "before": to_plain(self.before),
            "after": to_plain(self.after),
            "origin": self.origin,
            "run": self.run,
            "by": self.by,
            "because": list(self.because),
            "values_kept": self.values_kept,
            "source": self.source,
        }


def event_of(line: Line) -> Event:
    """Give a line of the journal as an event."""
    return Event(line.at, line.field, line.before, line.after, line.origin, line.run, line.by, line.because)


def with_paths(journaled: Iterable[Event], told: Iterable[Event]) -> list[Event]:
    """Give the events of the journal with the paths that the org's field history knows, newest first.

    A change that a pull saw stands for all that happened since the pull before; where the field history ends in the
    same value, its steps take that change's place. What sfsync wrote itself stays as the journal has it.
    """
    known: defaultdict[str, list[Event]] = defaultdict(list)
    rows: defaultdict[str, list[Event]] = defaultdict(list)
    for event in journaled:
        known[event.field].append(event)
    for event in told:
        rows[event.field].append(event)
    merged: list[Event] = []
    for field in known.keys() | rows.keys():
        merged += _merged(known[field], rows[field])
    return sorted(merged, key=lambda event: (event.at, event.run or 0), reverse=True)


def _merged(known: Sequence[Event], rows: Sequence[Event]) -> list[Event]:
    """Put the rows of one field in the place of what stands for them; both oldest first."""
    left = sorted(rows, key=lambda row: row.at)
    found: list[Event] = []
    for event in known:
        steps = [row for row in left if row.at <= event.at + _SLACK]
        ends = bool(steps) and (same(steps[-1].after, event.after) or not steps[-1].values_kept)
        left = left[len(steps) :]
        if not ends:
            found += [*steps, event]
        elif event.origin == "sfsync":
            found += [*steps[:-1], event]
        elif steps[-1].values_kept:
            found += [replace(step, run=event.run) for step in steps]
        else:
            found += [*steps[:-1], replace(event, at=steps[-1].at, by=steps[-1].by)]
    return found + left
