"""What of one sObject is not the same in mirror and org, and how it is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sfsync.audit.merging import as_told
from sfsync.counting import counted
from sfsync.errors import Problem, Where
from sfsync.mirror.stored import Row
from sfsync.records.query import Day
from sfsync.records.values import Kind, to_text

MOST_TOLD = 10_000  # records of one sObject that are named; all are counted
TODO = "pull, or verify with --heal"
LEFT_TODO = (
    "see what sfsync's user may read there, then `sfsync pull --full`, with --yes if what is no longer to be seen is"
    " really gone"
)


@dataclass(slots=True)
class Differences:
    """The differences of one sObject."""

    sobject: str
    org: int = 0  # records
    mirror: int = 0
    only_org: list[str] = field(default_factory=list)
    only_mirror: list[str] = field(default_factory=list)
    differing: dict[str, tuple[str, ...]] = field(default_factory=dict)  # id -> fields
    days: dict[date, int] = field(default_factory=dict)  # day of creation -> how many differ at least
    estimate: int = 0  # API calls it was thought to take
    calls: int = 0  # API calls it took
    told: list[Problem] = field(default_factory=list)
    unseen: list[Problem] = field(default_factory=list)  # fields that could not be compared
    hidden: bool = False  # all of it could not be: the org does not show the sObject
    todo: str = TODO  # what a person is to do about each

    @property
    def total(self) -> int:
        """Records that are not the same; where only days were compared, at least so many."""
        if self.hidden:
            return 0
        named = len(self.only_org) + len(self.only_mirror) + len(self.differing)
        return named or sum(self.days.values()) or abs(self.org - self.mirror)

    def ids(self) -> list[str]:
        """Give the ids of all records that are not the same."""
        return [*self.only_org, *self.only_mirror, *self.differing]

    def lacks(self, record_id: str, *, where: str) -> None:
        """Note a record that is only in the org, or only in the mirror (`where`)."""
        (self.only_org if where == "org" else self.only_mirror).append(record_id)
        other = "mirror" if where == "org" else "org"
        self._tell(f"in the {where}, not in the {other}", Where(sobject=self.sobject, id=record_id))

    def differs(
        self, fields: Sequence[str], kinds: Sequence[Kind], places: Sequence[int], mirror: Row, org: Row
    ) -> None:
        """Note a record whose values in some places are not the same."""
        record_id = str(org[0])
        self.differing[record_id] = tuple(fields[place] for place in places)
        for place in places:
            here, there = (to_text(as_told(kinds[place], row[place])) or "empty" for row in (mirror, org))
            where = Where(sobject=self.sobject, id=record_id, field=fields[place])
            self._tell(f"{there} in the org, {here} in the mirror", where)

    def day(self, day_on: date, mirror: Day | None, org: Day | None) -> None:
        """Note a day of creation on which counts or newest stamps are not the same."""
        here, there = mirror.records if mirror else 0, org.records if org else 0
        self.days[day_on] = max(abs(here - there), 1)
        words = f"{counted(there, 'record')} in the org, {here:,} in the mirror"
        if here == there:
            words = f"{counted(there, 'record')}, and the newest change is not the same"
        self._tell(f"created on {day_on}: {words}", Where(sobject=self.sobject))

    def amounts(self) -> None:
        """Note that there are not as many."""
        words = f"{counted(self.org, 'record')} in the org, {self.mirror:,} in the mirror"
        self._tell(words, Where(sobject=self.sobject))

    def _tell(self, words: str, where: Where) -> None:
        if len(self.told) < MOST_TOLD:
            self.told.append(Problem(words, self.todo, where))

    def plain(self) -> dict[str, Any]:
        """Give it as JSON holds it."""
        return {
            "sobject": self.sobject,
            "org": None if self.hidden else self.org,
            "mirror": self.mirror,
            "differences": self.total,
            "estimated_calls": self.estimate,
            "calls": self.calls,
            "only_org": self.only_org[:MOST_TOLD],
            "only_mirror": self.only_mirror[:MOST_TOLD],
            "differing": [
                {"id": key, "fields": list(names)} for key, names in list(self.differing.items())[:MOST_TOLD]
            ],
            "days": [{"day": str(day_on), "differences": number} for day_on, number in self.days.items()],
        }
