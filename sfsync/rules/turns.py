"""Whose turn it is in a pool: weighted round robin that is fair after every single record.

After n records each member has got their share, rounded down or up, never more and never less (the quota method of
M. Balinski and H. Young: of the members below their share, the one with most weight for each record they would have).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a pool."""

    user: str  # username or e-mail address
    weight: int = 1  # share of the records, against the other weights
    cap_per_day: int | None = None  # most records in one day


def next_turn(members: Sequence[Member], given: Mapping[str, int]) -> Member:
    """Give the member whose turn it is, by how many of a cycle's records each has had; there must be a member."""
    total = sum(member.weight for member in members)
    nth = 1 + sum(given.get(member.user, 0) for member in members)
    below = [member for member in members if given.get(member.user, 0) * total < member.weight * nth]
    return max(below, key=lambda member: Fraction(member.weight, given.get(member.user, 0) + 1))


class Turns:
    """The turns of one pool: those given today, and for each set of members who were there the cycle it is in.

    Counting each set for itself keeps it fair when a member is away or has had enough for the day: nobody is flooded on
    coming back. A cycle is over when each has had as many as their weight, so the state stays small.
    """

    def __init__(self, state: Mapping[str, object], today: date) -> None:
        self._day = today.isoformat()
        self._today = _counts(state.get("today")) if state.get("day") == self._day else {}
        cycles = state.get("cycles")
        self._cycles = {key: _counts(cycle) for key, cycle in cycles.items()} if isinstance(cycles, Mapping) else {}

    def full(self, member: Member) -> bool:
        """Tell whether a member has had all they take in a day."""
        return member.cap_per_day is not None and self._today.get(member.user, 0) >= member.cap_per_day

    def give(self, members: Sequence[Member]) -> Member:
        """Give the next record to one of these members, and remember it."""
        key = " ".join(f"{member.user}*{member.weight}" for member in members)
        cycle = self._cycles.setdefault(key, {})
        chosen = next_turn(members, cycle)
        cycle[chosen.user] = cycle.get(chosen.user, 0) + 1
        if all(cycle.get(member.user, 0) == member.weight for member in members):
            del self._cycles[key]
        self._today[chosen.user] = self._today.get(chosen.user, 0) + 1
        return chosen

    def state(self) -> dict[str, object]:
        """Give what the next deciding starts from; JSON can hold it."""
        return {
            "day": self._day,
            "today": dict(self._today),
            "cycles": {key: dict(c) for key, c in self._cycles.items()},
        }


def _counts(stored: object) -> dict[str, int]:
    """Read counts by member out of stored state."""
    if not isinstance(stored, Mapping):
        return {}
    return {str(user): count for user, count in stored.items() if isinstance(count, int)}
