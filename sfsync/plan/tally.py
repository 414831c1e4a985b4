"""What a plan's changes add up to, counted as they come: a million of them are gone through once, and never held."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self, overload

from sfsync.plan.transport import CHILDREN_BY_OPTION, OWNER, WRITE_SIZE, transport_for
from sfsync.records.change import Action, Change
from sfsync.records.ids import prefix
from sfsync.records.manner import Manner

_IDS_A_QUERY = 500  # of the records whose belongings are looked at
PEOPLE = {"005": "User", "00G": "Group"}
"""sObjects of people and queues, by key prefix."""


@dataclass(slots=True)
class Tally:
    """The sums of some changes."""

    kinds: Counter[tuple[Action, str, str | None]] = field(default_factory=Counter)  # action, sObject, key field
    fields: Counter[tuple[str, str]] = field(default_factory=Counter)  # sObject and field
    reasons: Counter[str] = field(default_factory=Counter)  # the part of a reason before its colon: the rule
    owners: Counter[tuple[str, tuple[str, str]]] = field(default_factory=Counter)  # sObject, old and new, of updates
    people: set[str] = field(default_factory=set)  # ids of users and queues among the values

    @classmethod
    def of(cls, changes: Iterable[Change]) -> Self:
        """Count changes."""
        tally = cls()
        for change in changes:
            tally.add(change)
        return tally

    @property
    def sobjects(self) -> list[str]:
        """Whose records are changed."""
        return sorted({sobject for _, sobject, _ in self.kinds})

    def add(self, change: Change) -> None:
        """Count one change more."""
        sobject = change.sobject
        self.kinds[change.action, sobject, change.key_field] += 1
        reasons = set(change.because)
        for part in change.fields:
            self.fields[sobject, part.field] += 1
            reasons.update(part.because)
            self._meet(part.before)
            self._meet(part.after)
            if part.field == OWNER and change.action is Action.UPDATE:
                self.owners[sobject, (str(part.before), str(part.after))] += 1
        self.reasons.update({line.partition(":")[0] for line in reasons})

    def calls(self, manner_of: Callable[[str], Manner]) -> int:
        """Estimate the API calls the changes take: each kind by the way it will go, in the manner of its sObject."""
        by_soap: Counter[str] = Counter()
        calls = 0
        for (sobject, _), records in self.owners.items():
            if manner_of(sobject).owner_options is not None:
                by_soap[sobject] += records
                calls += -(-records // WRITE_SIZE)
        for kind, records in self.kinds.items():
            action, sobject, _ = kind
            others = records - (by_soap[sobject] if action is Action.UPDATE else 0)
            calls += transport_for(*kind, others, manner_of(sobject)).calls if others else int(action is Action.UPDATE)
        return calls + sum(_looks(manner_of(name)) * -(-records // _IDS_A_QUERY) for name, records in by_soap.items())

    def _meet(self, value: object) -> None:
        if isinstance(value, str) and len(value) == 18 and prefix(value) in PEOPLE:
            self.people.add(value)


def _looks(manner: Manner) -> int:
    """Count the sObjects that are looked at before a change of owner: team, shares, and children that move."""
    moved = {child for one in manner.owner_options or () for child in CHILDREN_BY_OPTION.get(one, ())}
    return 2 + len(moved)


class Counted(Sequence[Change]):
    """Changes with their tally, for a list that is too long to be gone through for each question."""

    def __init__(self, changes: Sequence[Change], tally: Tally) -> None:
        self.changes = changes
        self.tally = tally

    def __len__(self) -> int:
        return len(self.changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    @overload
    def __getitem__(self, place: int) -> Change: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Change]: ...
    def __getitem__(self, place: int | slice) -> Change | Sequence[Change]:
        return self.changes[place]


def tally_of(changes: Sequence[Change]) -> Tally:
    """Give what changes add up to."""
    return changes.tally if isinstance(changes, Counted) else Tally.of(changes)
