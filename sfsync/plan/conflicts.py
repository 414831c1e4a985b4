"""Three-way comparison of a field: what was last agreed, what somebody made of it in the org, and what is wanted.

A field is contested where somebody changed it in the org since it was last agreed. What was last agreed is what sfsync
itself wrote last; where it never wrote the field, what the record held when the rules last concluded on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sfsync.plan.policy import Stance
from sfsync.records.change import FieldChange
from sfsync.records.values import Value, same

MOST_ROUNDS = 3
"""How often a value may be changed back by something else before sfsync stops writing it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One change of a field that the journal tells of."""

    before: Value
    after: Value
    ours: bool
    run: int  # that saw it, or made it
    at: datetime
    by: str | None = None  # id of the user, where the org told


@dataclass(frozen=True, slots=True)
class Concluded:
    """When the rules last concluded on a field, as it is stored."""

    run: int
    at: datetime
    same: bool  # whether they conclude the same now


@dataclass(frozen=True, slots=True)
class Contest:
    """What was last agreed of a field, and the change in the org since."""

    base: Value
    since: Seen  # the latest
    by_conclusion: bool  # the base is what the record held when the rules concluded, not what sfsync wrote
    rounds: int  # how often in a row what sfsync wrote was changed back


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field that waits for a person."""

    sobject: str
    id: str
    field: str
    base: Value  # as last agreed
    org: Value  # as it is there
    ours: Value  # as the rules want it
    because: tuple[str, ...]
    at: datetime  # when the change in the org was made, or seen
    by: str | None  # id of the user, where the org told
    rounds: int = 0  # not 0: something else has changed it back so often


class Verdict(Enum):
    """What is to be done about a field that is to be changed."""

    WRITE = "write"
    LEAVE = "leave"
    WAIT = "wait"


def contest(seen: Sequence[Seen], concluded: Concluded | None) -> Contest | None:
    """Find what was last agreed of a field by what was seen of it, oldest first; None where it is not contested."""
    if not seen or seen[-1].ours:
        return None
    since: list[Seen] = []
    for one in reversed(seen):
        if one.ours:
            return Contest(one.after, seen[-1], False, _rounds(seen))
        if concluded is not None and one.run <= concluded.run:
            break
        since.append(one)
    if concluded is None or not since:
        return None
    return Contest(since[-1].before, seen[-1], True, 0)


def _rounds(seen: Sequence[Seen]) -> int:
    """Count how often in a row, up to now, our value was changed back to the one it had replaced."""
    rounds, place = 0, len(seen) - 1
    while place >= 1:
        back, ours = seen[place], seen[place - 1]
        if back.ours or not ours.ours or not same(back.after, ours.before):
            break
        rounds, place = rounds + 1, place - 2
    return rounds


def judge(
    part: FieldChange, found: Contest | None, concluded: Concluded | None, stance: Stance,
    moved_at: datetime | None = None,
) -> Verdict:  # fmt: skip
    """Say what is to be done about one field of a change, by its contest and who is to win.

    `moved_at` tells when what the rules read of the record last changed since they concluded, where that is known.
    """
    if found is None or same(found.base, part.before):
        return Verdict.WRITE
    if stance is Stance.ORG:
        return Verdict.LEAVE
    if found.rounds >= MOST_ROUNDS:
        return Verdict.WAIT
    if stance is Stance.NEWEST:
        ours_at = concluded.at if concluded is not None and concluded.same else moved_at
        return Verdict.LEAVE if ours_at is not None and found.since.at >= ours_at else Verdict.WRITE
    asked = stance is Stance.ASK and not same(found.base, part.after)
    return Verdict.WAIT if asked else Verdict.WRITE
