"""From the mirror and the rules to a plan: decide for each record, compare, forecast, and hold against the brakes."""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import Any

from sfsync.errors import Problem
from sfsync.mirror.books import Books
from sfsync.mirror.decided import Standing
from sfsync.mirror.scratch import Scratch
from sfsync.mirror.slices import slices
from sfsync.plan.brakes import Brakes, measure, overruns_of
from sfsync.plan.plan import Plan
from sfsync.plan.policy import Policy
from sfsync.records.change import Change
from sfsync.records.decision import Decision
from sfsync.rules.decide import Deciding
from sfsync.rules.fingerprint import fingerprint
from sfsync.rules.rulebook import Rulebook
from sfsync.sync.facing import Faced, faced, people_of
from sfsync.sync.hands import ours_of
from sfsync.sync.names import with_names
from sfsync.sync.sight import still_unseen, unseen_since
from sfsync.sync.weighing import MOST_OPEN, Scales, Weighed

_AT_ONCE = 2_000  # records held in memory
_MOST_APART = 100_000  # ids of records that are decided apart from the others


@dataclass(frozen=True, slots=True)
class Following:
    """A change of the plan that is sent only once another record's was applied."""

    change: Change
    after: str  # id of that record


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan, and what has to be remembered once it is carried out. Its lists may be as long as a plan's."""

    plan: Plan
    decisions: Sequence[Decision] = ()  # all of them, where they were asked for
    new: Sequence[Decision] = ()  # those that are not stored yet as they are
    waiting: Sequence[Decision] = ()  # those that are held back by a conflict
    left: Sequence[Decision] = ()  # those that are not to be acted on any more until they change
    turns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # pools' places in their round robin
    revived: "array[int]" = field(default_factory=lambda: array("q"))  # entries that the changes are of, tried again
    unseen: tuple[Problem, ...] = ()  # sObjects of which nothing is decided, since they are no longer to be seen
    following: tuple[Following, ...] = ()  # the last of the changes, which wait for others
    standings: Mapping[str, Standing | None] = field(default_factory=dict)  # by sObject: by what all of it was decided


def propose(
    books: Books,
    scratch: Scratch,
    rulebook: Rulebook,
    brakes: Brakes,
    *,
    org_id: str,
    me: str,
    now: datetime,
    zone: tzinfo = UTC,
    policies: Mapping[str, Policy] = MappingProxyType({}),
    all_of_it: bool = False,
) -> Proposal:
    """Make the plan that the rules ask for, from what the mirror holds. `zone` says when a day begins.

    Records that nothing has touched since they were decided by the same rules are not decided again, unless all
    decisions are asked for.
    """
    people = people_of(books, me)
    weighed = Weighed(scratch)
    turns: dict[str, Mapping[str, Any]] = {}
    standings: dict[str, Standing | None] = {}
    unseen = unseen_since(books)
    for sobject in sorted(rulebook.sobjects() - unseen.keys()):
        schema = books.schemas.get(sobject)
        if schema is not None:
            face = faced(books, rulebook, schema, people, turns, now, zone)
            scales = Scales(books, schema, policies.get(sobject, Policy()), weighed, rulebook.fields(sobject))
            turns |= _decide(face, scales, standings, all_of_it)
    changes, conflicts = weighed.changes.all(), weighed.conflicts.all()
    plan = Plan(
        org_id, now, changes, weighed.refused.all(), overruns_of(weighed.measured, brakes, weighed.looked_at),
        weighed.looked_at, weighed.left, conflicts, line=books.decided.last_line(), journal=books.decided.journal(),
    )  # fmt: skip
    return Proposal(
        with_names(books, plan),
        weighed.decisions.all(),
        weighed.new.all(),
        weighed.waiting.all(),
        turns=turns,
        standings=standings,
        unseen=still_unseen(unseen, rulebook.sobjects()),
    )


def _decide(
    face: Faced, scales: Scales, standings: dict[str, Standing | None], all_of_it: bool
) -> Mapping[str, Mapping[str, Any]]:
    """Decide on one sObject's records and weigh what comes of it; gives the pools' turns after it."""
    books, sobject, weighed = face.books, face.schema.name, scales.weighed
    deciding = Deciding.begin(face.rulebook, face.facts)
    by = fingerprint(face.rulebook, face.schema, face.facts)
    standing = books.decided.get(sobject)
    weighed.looked_at[sobject] = books.records.count(sobject)
    before, weighed.open = weighed.open, set()
    afresh: list[str] | None = None  # all
    if standing is not None and by == standing.by and not all_of_it:
        half = -(-weighed.looked_at[sobject] // 2)
        moved = books.decided.moved(sobject, standing, fewer_than=min(half, _MOST_APART))
        if moved is not None:  # else it is quicker to go through all
            afresh = sorted(moved)
            _weigh_stored(face, scales, standing, frozenset(afresh))
    for records in slices(face.records(afresh), _AT_ONCE):
        face.at_hand(records)
        decided = [decision for record in records for decision in deciding.decide(record)]
        weighed.decisions.add(decided if all_of_it else ())
        scales.weigh(records, decided, books.decisions.get(sobject, [record.id for record in records]))
    few = len(weighed.open) <= MOST_OPEN
    standings[sobject] = Standing(by, 0, 0, tuple(sorted(weighed.open))) if by and few else None
    weighed.open = before
    return deciding.turns()


def _weigh_stored(face: Faced, scales: Scales, standing: Standing, apart: frozenset[str]) -> None:
    """Weigh the stored decisions of records that stand as they were decided, where a record differs from them."""
    books, sobject = face.books, face.schema.name
    scoring = face.rulebook.scoring.get(sobject)
    routed = {"OwnerId"} if sobject in face.rulebook.routing else set()
    wanted = sorted((scoring.write.names() if scoring else frozenset()) | routed)
    scales.weighed.left += books.decided.left(sobject, standing.run)
    differing = (one for one in books.decided.differing(sobject, wanted, standing.run) if one not in apart)
    for ids in slices(differing, _AT_ONCE):
        stored = books.decisions.get(sobject, ids)
        decisions = [one.decision for one in stored.values() if not one.taken]
        scales.weigh(list(books.records.records(sobject, wanted, ids=ids)), decisions, stored)


def braked(plan: Plan, books: Books, brakes: Brakes, unmirrored: Mapping[str, int] = MappingProxyType({})) -> Plan:
    """Give the plan with its brakes and names. `unmirrored` counts the org's records of what is not mirrored."""
    mirrored = {name: unmirrored.get(name) or books.records.count(name) for name in plan.tally.sobjects}
    counted: Counter[tuple[str, str]] = Counter()
    for some in slices(plan.changes, _AT_ONCE):
        counted += measure(some, ours_of(books, some))
    return with_names(books, replace(plan, brakes=overruns_of(counted, brakes, mirrored)))
