"""Schedules, and the clockwork that hands over each slot when it is due."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from apscheduler.executors.base import BaseExecutor
from apscheduler.job import Job
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from sfsync.daemon.due import Due, Every, Wall, first_due


@dataclass(frozen=True, slots=True)
class Schedule:
    """One thing to do again and again. Either `every_seconds` or `cron` is set."""

    name: str
    run: str  # what to do: pull, sync, verify
    sobjects: tuple[str, ...]
    every_seconds: int | None = None
    cron: str | None = None  # five fields, weekdays by name
    zone: ZoneInfo = ZoneInfo("UTC")
    priority: int = 0  # of those that wait the highest runs next

    def due(self) -> Due:
        """Give the instants it is due at. Raises ValueError where neither span nor cron is set, or both."""
        if self.every_seconds is not None and self.cron is None:
            return Every(self.every_seconds)
        if self.cron is not None and self.every_seconds is None:
            return Wall(self.cron, self.zone)
        raise ValueError(f"schedule {self.name}: one of every_seconds and cron is needed")


class Slots(Protocol):
    """The lasting record of slots that were taken."""

    def claim(self, schedule: str, slot_at: datetime, coalesced: int) -> bool:
        """Take a slot, which stands for so many earlier ones too; False where it was taken before, by whomever."""

    def end(self, schedule: str, slot_at: datetime) -> None:
        """Say that the run of a slot came to its end, however it went."""

    def give_back(self) -> list[tuple[str, datetime]]:
        """Give back, and tell, slots whose runs a daemon before this one did not bring to an end: each once."""

    def last(self, schedule: str, until: datetime) -> datetime | None:
        """Give the latest slot taken up to an instant, the instant before one that was given back; None where none was.

        What lies after the instant was taken by a clock that was ahead.
        """


class _SlotTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler is untyped
    """Tells APScheduler our slots."""

    def __init__(self, due: Due) -> None:
        self._due = due

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Give the slot after the one before, of several that are past the latest; without one before the next."""
        if previous_fire_time is None:
            return self._due.next(now - timedelta(microseconds=1))
        return self._due.latest(now, previous_fire_time) or self._due.next(previous_fire_time)


class _HandOver(BaseExecutor):  # type: ignore[misc]
    """Hands over the job's name with the exact slot, in the scheduler's own thread, instead of calling the job."""

    def __init__(self, take: Callable[[str, datetime], None]) -> None:
        super().__init__()
        self._take = take

    def _do_submit_job(self, job: Job, run_times: list[datetime]) -> None:
        self._take(job.id, run_times[-1])
        self._run_job_success(job.id, [])


class Clockwork:
    """Wakes when slots are due and hands each over once; several that were missed are one, the latest."""

    def __init__(self, schedules: Iterable[Schedule], take: Callable[[str, datetime], None]) -> None:
        self._dues: dict[str, Due] = {schedule.name: schedule.due() for schedule in schedules}
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": _HandOver(take)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
            daemon=True,
        )

    def start(self, slots: Slots, now: datetime) -> None:
        """Start waking: at once for schedules that have a slot to make up for."""
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        for name, due in self._dues.items():
            self._wait_for(name, due, slots, now)
        self._scheduler.start()

    def _wait_for(self, name: str, due: Due, slots: Slots, now: datetime) -> None:
        first = first_due(due, slots.last(name, now), now) or due.next(now)
        if first is not None:
            self._scheduler.add_job(_nothing, _SlotTrigger(due), id=name, next_run_time=first, replace_existing=True)

    def take_over(
        self, before: Mapping[str, Schedule], after: Mapping[str, Schedule], slots: Slots, now: datetime
    ) -> None:
        """Go by other schedules from now on; what stayed the same is not touched, so no slot of it is lost."""
        for name in before.keys() - after.keys():
            self._dues.pop(name)
            if self._scheduler.get_job(name) is not None:
                self._scheduler.remove_job(name)
        for name, schedule in after.items():
            if before.get(name) != schedule:
                self._dues[name] = schedule.due()
                self._wait_for(name, self._dues[name], slots, now)

    def look(self, now: datetime) -> None:
        """Look at the wall clock anew; to be called every few seconds.

        A machine that slept, or whose clock was moved, would otherwise be waited out by the span that was left before.
        """
        for name, due in list(self._dues.items()):
            job, coming = self._scheduler.get_job(name), due.next(now)
            if job is not None and coming is not None and coming < job.next_run_time:
                job.modify(next_run_time=coming)
        self._scheduler.wakeup()

    def stop(self) -> None:
        """Hand over nothing any more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


def _nothing() -> None:
    """Be what APScheduler needs to have; what a schedule does is done elsewhere."""
