"""What became of one record, change by change: the journal, and between two pulls the org's own field history."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sfsync.mirror.journal import Line, Origin
from sfsync.records.values import Value, datetime_text, same, to_plain

_SLACK = timedelta(minutes=1)  # by which our clock may be behind the org's


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
        end = _end(event, left)
        if end is None:  # its rows are gone, or were never kept
            before = [row for row in left if row.at <= event.at]
            found += [*before, event]
            left = left[len(before) :]
            continue
        found += _steps(event, left[: end + 1])
        left = left[end + 1 :]
    return found + left


def _end(event: Event, rows: Sequence[Event]) -> int | None:
    """Give the place of the row that a journaled change ended with; None where there is none.

    What a pull saw ended with the last row up to the record's stamp. What we wrote has the time of our own clock.
    """
    slack = _SLACK if event.origin == "sfsync" else timedelta()
    fit = [
        place
        for place, row in enumerate(rows)
        if row.at <= event.at + slack and (same(row.after, event.after) or not row.values_kept)
    ]
    if event.origin == "sfsync":
        return min(fit, key=lambda place: abs(rows[place].at - event.at), default=None)
    return fit[-1] if fit else None


def _steps(event: Event, rows: Sequence[Event]) -> list[Event]:
    """Give what takes the place of a journaled change: its rows, seen by its run; or it, where they tell less."""
    if event.origin == "sfsync":
        return [*rows[:-1], event]
    if not rows[-1].values_kept:
        return [*rows[:-1], replace(event, at=rows[-1].at, by=rows[-1].by)]
    return [replace(row, run=event.run) for row in rows]
