"""What a pull brought, by sObject, and how."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sfsync.errors import Problem
from sfsync.mirror.taken import Taken
from sfsync.records.values import to_plain
from sfsync.sync.recompute import Age
from sfsync.sync.transport import Way


@dataclass(frozen=True, slots=True)
class Pulled:
    """What became of one sObject."""

    taken: Taken = Taken()
    asked: str = "nothing"  # "all" records, "changes", or "nothing" where a look told that nothing moved
    way: Way | None = None  # None where nothing was read
    calls: int = 0  # to the API that were made for it
    expected: int = 0  # that it was thought to take
    filled: tuple[str, ...] = ()  # fields that were read of all records, since they are new or have come back
    calculated: tuple[Age, ...] = ()  # how fresh its calculated fields are
    problems: tuple[Problem, ...] = ()  # what the org no longer shows
    unseen_since: datetime | None = None  # when a pull first found that all of it is no longer to be seen

    def shown(self, sobject: str) -> dict[str, object]:
        """Give it as JSON holds it."""
        taken = self.taken
        return {
            "sobject": sobject,
            "seen": taken.seen,
            "new": taken.new,
            "changed": taken.changed,
            "deleted": taken.deleted,
            "undeleted": taken.undeleted,
            "changed_ids": list(taken.changed_ids[:100]),
            "asked": self.asked,
            "by": self.way.name if self.way else None,
            "estimated_calls": self.expected,
            "calls": self.calls,
            "filled": list(self.filled),
            "calculated": [one.shown() for one in self.calculated],
            "unseen_since": to_plain(self.unseen_since),
        }


def noticed(pulled: Mapping[str, Pulled]) -> dict[str, object]:
    """Give what a pull saw, by sObject, as JSON holds it."""
    return {"pulled": [one.shown(sobject) for sobject, one in pulled.items()]}


def counts_of(pulled: Mapping[str, Pulled]) -> dict[str, int]:
    """Add up what a pull saw."""
    total = sum((one.taken for one in pulled.values()), Taken())
    return {
        "seen": total.seen,
        "new": total.new,
        "changed": total.changed,
        "deleted": total.deleted,
        "undeleted": total.undeleted,
    }


def problems_of(pulled: Mapping[str, Pulled]) -> tuple[Problem, ...]:
    """Give all that the org no longer shows."""
    return tuple(problem for one in pulled.values() for problem in one.problems)
