"""How each schedule stands: what ran, what failed, what is late. The source of the health page."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sfsync.daemon.due import Due
from sfsync.daemon.schedule import Schedule

LATE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How one schedule stands."""

    since: datetime  # when the daemon began to go by it as it is
    slot_at: datetime | None = None  # latest slot taken
    coalesced: int = 0  # earlier slots that one stood for too
    held: str | None = None  # why nothing of it begins now
    started_at: datetime | None = None  # of the latest run
    ended_at: datetime | None = None  # None while it is under way
    state: str | None = None  # of the latest run that ended
    failures: int = 0  # runs that failed since one did not
    failing_since: datetime | None = None  # when the first of them ended
    error: str | None = None  # why the latest failed
    waits: str | None = None  # why the plan of the latest was not applied, and what to do


_GONE = Standing(datetime.max.replace(tzinfo=UTC))  # of a schedule that a reload took away while it ran


class Standings:
    """How all schedules stand, for any thread to ask."""

    def __init__(self, schedules: Iterable[Schedule], started_at: datetime) -> None:
        self._schedules = {schedule.name: schedule for schedule in schedules}
        self._dues: Mapping[str, Due] = {name: schedule.due() for name, schedule in self._schedules.items()}
        self._standings = {name: Standing(started_at) for name in self._schedules}
        self._lock = threading.Lock()

    def remember(self, name: str, slot_at: datetime | None) -> None:
        """Take over the latest slot of an earlier life."""
        self._change(name, slot_at=slot_at)

    def take_over(self, schedules: Iterable[Schedule], now: datetime) -> None:
        """Go by other schedules from now on; how those that stay stand is kept."""
        with self._lock:
            before, self._schedules = self._schedules, {schedule.name: schedule for schedule in schedules}
            self._dues = {name: schedule.due() for name, schedule in self._schedules.items()}
            stand = {name: self._standings.get(name, Standing(now)) for name in self._schedules}
            self._standings = {
                name: one if before.get(name) == self._schedules[name] else replace(one, since=now)
                for name, one in stand.items()
            }

    def begin(self, name: str, slot_at: datetime, now: datetime, coalesced: int = 0) -> None:
        """Note that a run begins, for a slot that stands for so many earlier ones too."""
        self._change(name, slot_at=slot_at, started_at=now, ended_at=None, coalesced=coalesced, held=None)

    def hold(self, name: str, why: str) -> bool:
        """Note why nothing of a schedule begins now; tell whether that is news."""
        news = self.of(name).held != why
        self._change(name, held=why)
        return news

    def end(self, name: str, state: str, error: str | None, now: datetime, waits: str | None = None) -> None:
        """Note that a run ended, with the reason where it failed, or its plan waits."""
        before = self.of(name)
        failures = 0 if error is None else before.failures + 1
        since = None if error is None else before.failing_since or now
        self._change(name, ended_at=now, state=state, failures=failures, failing_since=since, error=error, waits=waits)

    def _change(self, name: str, **what: object) -> None:
        with self._lock:
            if name in self._standings:  # it may have gone while it ran
                self._standings[name] = replace(self._standings[name], **what)  # type: ignore[arg-type]

    def of(self, name: str) -> Standing:
        """Give how one schedule stands."""
        with self._lock:
            return self._standings.get(name, _GONE)

    def late_seconds(self, name: str, now: datetime) -> float:
        """Give how long the slot to run next has been due, 0 where none is, or it is held on purpose."""
        standing = self.of(name)
        if standing.held is not None:
            return 0.0
        first = self._dues[name].next(standing.slot_at or standing.since)
        if first is None or first > now:
            return 0.0
        return (now - max(first, standing.since)).total_seconds()

    def is_well(self, now: datetime) -> bool:
        """Tell whether no schedule is failing or late."""
        return all(
            self.of(name).failures == 0 and self.late_seconds(name, now) <= LATE_SECONDS
            for name in list(self._standings)
        )

    def told(self, now: datetime) -> list[dict[str, object]]:
        """Give all of it as JSON values."""
        return [self._told(schedule, now) for schedule in list(self._schedules.values())]

    def _told(self, schedule: Schedule, now: datetime) -> dict[str, object]:
        standing = self.of(schedule.name)
        running = standing.started_at is not None and standing.ended_at is None
        return {
            "name": schedule.name,
            "run": schedule.run,
            "sobjects": list(schedule.sobjects),
            "priority": schedule.priority,
            "running": running,
            "held": standing.held,
            "state": standing.state,
            "last_slot_at": _text(standing.slot_at),
            "coalesced": standing.coalesced,
            "last_started_at": _text(standing.started_at),
            "last_ended_at": _text(standing.ended_at),
            "next_run_at": _text(self._dues[schedule.name].next(now)),
            "late_seconds": round(self.late_seconds(schedule.name, now), 3),
            "failures": standing.failures,
            "failing_since": _text(standing.failing_since),
            "error": standing.error,
            "waits": standing.waits,
        }


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="seconds").replace("+00:00", "Z")
