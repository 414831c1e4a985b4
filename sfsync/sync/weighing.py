"""From decisions to changes: compared with the records, kept to policies, held against what others changed since."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from sfsync.mirror.books import Books
from sfsync.mirror.decisions import Stored
from sfsync.mirror.journal import Line
from sfsync.mirror.scratch import Scratch
from sfsync.plan.brakes import QUEUE_PREFIX, measure
from sfsync.plan.compare import compare, same_conclusion
from sfsync.plan.conflicts import Concluded, Conflict, Contest, Seen, Verdict, contest, judge
from sfsync.plan.policy import Policy, Stance
from sfsync.records.change import Change, FieldChange
from sfsync.records.decision import Decision
from sfsync.records.ids import prefix
from sfsync.records.record import Record
from sfsync.records.schema import SObject
from sfsync.records.values import same
from sfsync.sync.foresight import foresee
from sfsync.sync.hands import ours_of

MOST_OPEN = 10_000
"""Conclusions that wait for a person and are remembered as such."""

StoredOnes = Mapping[tuple[str, str], Stored]  # by id and topic


class Weighed:
    """What deciding has come to so far, over all sObjects."""

    def __init__(self, scratch: Scratch) -> None:
        self.decisions = scratch.decisions()  # all there are, where all are asked for
        self.new = scratch.decisions()  # those that are not stored as they are
        self.changes = scratch.changes(key=lambda one: f"{one.sobject}\t{one.id}")
        self.refused = scratch.problems()
        self.conflicts = scratch.conflicts(key=lambda one: f"{one.sobject}\t{one.id}")
        self.waiting = scratch.decisions()  # held back by conflicts
        self.measured: Counter[tuple[str, str]] = Counter()  # what the brakes count
        self.looked_at: dict[str, int] = {}
        self.left = 0  # decisions that are not acted on
        self.open: set[str] = set()  # ids of records with a conclusion that is not to be kept, as far as they are few


@dataclass(frozen=True, slots=True)
class Scales:
    """The weighing of one sObject's records."""

    books: Books
    schema: SObject
    policy: Policy
    weighed: Weighed
    reads: frozenset[str] = frozenset()  # fields that the rules read

    def weigh(self, records: Sequence[Record], decided: Sequence[Decision], stored: StoredOnes) -> None:
        """Weigh some records with the decisions about them."""
        to_do: dict[str, list[Decision]] = {}
        for decision in decided:
            before = stored.get((decision.id, decision.topic))
            if before is not None and before.taken and same_conclusion(decision, before.decision):
                self.weighed.left += bool(decision.wanted)
                continue
            to_do.setdefault(decision.id, []).append(decision)
        compared = [(record, compare(record, to_do.get(record.id, ()), self.schema)) for record in records]
        changes = [change for _, change in compared if change is not None]
        contests = self._contests(changes, to_do, stored)
        moved = self._moved(contests)
        unkept: set[tuple[str, str]] = set()
        weighed: list[Change] = []
        for change in changes:
            unkept |= self._weigh_one(change, to_do[str(change.id)], stored, contests, moved, weighed)
        self._take(weighed)
        if len(self.weighed.open) <= MOST_OPEN:
            self.weighed.open |= {record_id for record_id, _ in unkept}
        present = {record.id: record for record in records}
        for decision in chain.from_iterable(to_do.values()):
            place = decision.id, decision.topic
            before = stored.get(place)
            kept = _with_what_holds(decision, before, present[decision.id])
            if place not in unkept and _is_new(kept, before):
                self.weighed.new.add([kept])

    def _take(self, changes: Sequence[Change]) -> None:
        """Take the changes that the org will not refuse, as far as is known, and measure them for the brakes."""
        foreseen = foresee(self.books, self.schema, changes, self.policy)
        kept = [change for change, complaints in zip(changes, foreseen, strict=True) if not complaints]
        self.weighed.refused.add(chain.from_iterable(foreseen))
        self.weighed.changes.add(kept)
        self.weighed.measured += measure(kept, ours_of(self.books, kept))

    def _contests(
        self, changes: Sequence[Change], to_do: Mapping[str, Sequence[Decision]], stored: StoredOnes
    ) -> dict[tuple[str, str], Contest]:
        """Find the fields that somebody changed in the org since they were last agreed."""
        ids = [str(change.id) for change in changes]
        names = sorted({part.field for change in changes for part in change.fields})
        seen = self.books.journal.of_fields(self.schema.name, ids, names)
        found: dict[tuple[str, str], Contest] = {}
        for (record_id, name), lines in seen.items():
            told = [
                Seen(line.before, line.after, line.origin == "sfsync", line.run, line.at, line.by) for line in lines
            ]
            concluded = _concluded(_owner(to_do.get(record_id, ()), name), stored)
            if (contested := contest(told, concluded)) is not None:
                found[record_id, name] = contested
        return found

    def _moved(self, contests: Mapping[tuple[str, str], Contest]) -> dict[str, list[Line]]:
        """Give what others changed of what the rules read, by contested record, where the newest is to win."""
        ids = sorted({record_id for record_id, name in contests if self.policy.stance(name) is Stance.NEWEST})
        found: dict[str, list[Line]] = {}
        if ids:
            for (record_id, _), lines in self.books.journal.of_fields(
                self.schema.name, ids, sorted(self.reads)
            ).items():
                found.setdefault(record_id, []).extend(line for line in lines if line.origin != "sfsync")
        return found

    def _weigh_one(
        self, change: Change, decisions: Sequence[Decision], stored: StoredOnes,
        contests: Mapping[tuple[str, str], Contest], moved: Mapping[str, Sequence[Line]], weighed: list[Change],
    ) -> set[tuple[str, str]]:  # fmt: skip
        """Weigh one change, into `weighed`; gives the decisions (id and topic) that are not to be kept as concluded."""
        record_id = str(change.id)
        allowed, problems = self.policy.kept_to(change)
        self.weighed.refused.add(problems)
        parts: list[FieldChange] = []
        waiting: set[str] = set()
        unkept: set[tuple[str, str]] = set()
        for part in allowed.fields if allowed else ():
            decision = _owner(decisions, part.field)
            assert decision is not None
            found = None if _out_of_queue(part) else contests.get((record_id, part.field))
            stance, concluded = self.policy.stance(part.field), _concluded(decision, stored)
            moved_at = _moved_at(moved.get(record_id, ()), decision, concluded)
            verdict = judge(part, found, concluded, stance, moved_at)
            if verdict is Verdict.WRITE:
                parts.append(part)
                continue
            assert found is not None
            if verdict is Verdict.WAIT:
                self.weighed.conflicts.add([_conflict(change, part, found)])
                waiting.add(decision.topic)
            else:
                self.weighed.left += 1
            if verdict is Verdict.WAIT or found.by_conclusion or stance is Stance.NEWEST:
                unkept.add((record_id, decision.topic))
        held = [one for one in decisions if one.topic in waiting]
        self.weighed.waiting.add(held)
        held_back = {name for one in held for name in one.wanted}
        if fields := tuple(part for part in parts if part.field not in held_back):
            weighed.append(replace(change, fields=fields))
        return unkept


def _owner(decisions: Sequence[Decision], name: str) -> Decision | None:
    return next((decision for decision in decisions if name in decision.wanted), None)


def _concluded(decision: Decision | None, stored: StoredOnes) -> Concluded | None:
    before = stored.get((decision.id, decision.topic)) if decision else None
    if before is None or decision is None:
        return None
    return Concluded(before.run, before.at, same_conclusion(decision, before.decision))


def _moved_at(lines: Sequence[Line], decision: Decision, concluded: Concluded | None) -> datetime | None:
    """Tell when what a decision goes by last changed since it was last made, None where that is not known."""
    if concluded is None:
        return None
    since = (one.at for one in lines if one.run > concluded.run and one.field not in decision.wanted)
    return max(since, default=None)


def _with_what_holds(decision: Decision, before: Stored | None, record: Record) -> Decision:
    """Give a decision that wants nothing with what an earlier one wanted, where the record holds just that.

    So whoever takes that value back later, or changes it, is known to disagree with a conclusion.
    """
    if decision.wanted or before is None or before.taken:
        return decision
    wanted = before.decision.wanted
    if not all(same(record.fields.get(name), value) for name, value in wanted.items()):
        return decision
    return replace(decision, wanted=wanted, detail={**before.decision.detail, **decision.detail})


def _is_new(decision: Decision, before: Stored | None) -> bool:
    return before is None or before.taken or before.decision != decision


def _out_of_queue(part: FieldChange) -> bool:
    return part.field == "OwnerId" and part.before is not None and prefix(str(part.before)) == QUEUE_PREFIX


def _conflict(change: Change, part: FieldChange, found: Contest) -> Conflict:
    return Conflict(
        change.sobject, str(change.id), part.field, found.base, part.before, part.after, part.because,
        found.since.at, found.since.by, found.rounds,
    )  # fmt: skip
