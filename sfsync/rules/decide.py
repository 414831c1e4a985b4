"""Deciding: record and facts in, decisions with their reasons out. The same input always gives the same decisions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sfsync.formula import EvalContext
from sfsync.records.decision import Decision
from sfsync.records.record import Record
from sfsync.rules.assigning import Assigner
from sfsync.rules.criterion import GRADE, SCORE
from sfsync.rules.facts import Facts
from sfsync.rules.rulebook import Rulebook
from sfsync.rules.scoring import Found

TurnStates = dict[str, dict[str, object]]  # by pool; JSON can hold it


def decide(rulebook: Rulebook, records: Iterable[Record], facts: Facts) -> tuple[list[Decision], TurnStates]:
    """Decide on all records, in the order of their ids whatever order they come in; give the turns to go on from."""
    deciding = Deciding.begin(rulebook, facts)
    ordered = sorted(records, key=lambda record: (record.sobject, record.id))
    return [decision for record in ordered for decision in deciding.decide(record)], deciding.turns()


@dataclass(slots=True)
class Deciding:
    """Deciding as a stream: one record after another, in the order in which pools are to be served."""

    rulebook: Rulebook
    facts: Facts
    context: EvalContext
    assigners: Mapping[str, Assigner]  # by sObject
    needs: Mapping[str, tuple[frozenset[str], frozenset[str]]]  # by sObject: to be scored, to be routed
    ask_owner: frozenset[str]  # sObjects whose rules read the owner's fields

    @classmethod
    def begin(cls, rulebook: Rulebook, facts: Facts) -> "Deciding":
        """Make ready: find the people that rules name, take up the turns."""
        sobjects = rulebook.sobjects()
        return cls(
            rulebook,
            facts,
            EvalContext(now=facts.now, zone=facts.zone),
            {sobject: Assigner.begin(routing, facts) for sobject, routing in rulebook.routing.items()},
            {sobject: (rulebook.score_needs(sobject), rulebook.owner_needs(sobject)) for sobject in sobjects},
            frozenset(name for name in sobjects if any(path.startswith("Owner.") for path in rulebook.fields(name))),
        )

    def decide(self, record: Record) -> list[Decision]:
        """Give one decision for each topic there are rules for; none for a tombstone."""
        if record.deleted or record.sobject not in self.needs:
            return []
        if record.fields.get("IsConverted") is True:
            return self._nothing(record, "a converted lead takes no changes")
        values = self._values(record)
        score_needs, owner_needs = self.needs[record.sobject]
        decisions: list[Decision] = []
        found: Found | None = None
        scoring, assigner = self.rulebook.scoring.get(record.sobject), self.assigners.get(record.sobject)
        if scoring:
            missing = self._missing(record, score_needs, values)
            found = None if missing else scoring.find(values, self.context)
            decisions.append(
                scoring.decide(record, found, self.facts) if found else _unknown(record, "score", scoring.name, missing)
            )
        if assigner:
            missing = self._missing(record, owner_needs, values)
            if missing:
                decisions.append(_unknown(record, "owner", assigner.routing.name, missing))
            else:
                decisions.append(assigner.decide(record, _with_score(values, found), self.context))
        return decisions

    def turns(self) -> TurnStates:
        """Give the turns as they are now, by pool: what the next deciding starts from, once this one is applied."""
        return {pool: turns.state() for assigner in self.assigners.values() for pool, turns in assigner.turns.items()}

    def _values(self, record: Record) -> Mapping[str, object]:
        """Give the record's fields, with those of its owner where rules read them."""
        if record.sobject not in self.ask_owner:
            return record.fields
        return {**record.fields, **self.facts.people.owner_fields(record.fields.get("OwnerId"))}

    def _missing(self, record: Record, needs: frozenset[str], values: Mapping[str, object]) -> frozenset[str]:
        """Give the fields that are not known of a record; a parent's are, as blank, where there is no parent."""
        missing = needs - values.keys()
        if not missing:
            return missing
        reference = self.rulebook.reference
        blank = {path for path in missing if "." in path and self._blank(record, reference(record.sobject, path), path)}
        return missing - blank

    def _blank(self, record: Record, reference: str, path: str) -> bool:
        if reference not in record.fields:
            return False
        parent = record.fields[reference]
        return parent is None or (path.startswith("Owner.") and str(parent) in self.facts.people.queues)

    def _nothing(self, record: Record, reason: str) -> list[Decision]:
        scoring, assigner = self.rulebook.scoring.get(record.sobject), self.assigners.get(record.sobject)
        topics = (("score", scoring.name if scoring else None), ("owner", assigner.routing.name if assigner else None))
        return [
            Decision(record.sobject, record.id, topic, {}, (f"{name}: {reason}",)) for topic, name in topics if name
        ]


def _unknown(record: Record, topic: str, name: str, missing: frozenset[str]) -> Decision:
    reason = f"{name}: not known here: {', '.join(sorted(missing))}"
    return Decision(record.sobject, record.id, topic, {}, (reason,))


def _with_score(values: Mapping[str, object], found: Found | None) -> Mapping[str, object]:
    return values if found is None else {**values, SCORE: Decimal(found.score), GRADE: found.grade}
