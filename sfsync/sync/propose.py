"""From the mirror and the rules to a plan: decide for each record, compare, forecast, and hold against the brakes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType
from typing import Any

from sfsync.errors import Problem
from sfsync.mirror.books import Books
from sfsync.mirror.decisions import Stored
from sfsync.mirror.entries import Entry
from sfsync.plan.brakes import Brakes, OurOwn, overruns
from sfsync.plan.compare import compare, same_conclusion
from sfsync.plan.plan import Plan
from sfsync.plan.preflight import preflight
from sfsync.records.change import Change
from sfsync.records.decision import Decision
from sfsync.records.record import Record
from sfsync.records.schema import SObject
from sfsync.records.values import Value
from sfsync.rules.decide import decide
from sfsync.rules.facts import Facts, People, Queue, User
from sfsync.rules.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan, and what has to be remembered once it is carried out."""

    plan: Plan
    decisions: tuple[Decision, ...]
    new: tuple[Decision, ...] = ()  # those among them that are not stored yet as they are
    left: tuple[Decision, ...] = ()  # those that are not to be acted on any more until they change
    turns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # pools' places in their round robin
    revived: tuple[Entry, ...] = ()  # the entries whose changes these are, where they are tried again


def propose(
    books: Books, rulebook: Rulebook, brakes: Brakes, *, org_id: str, me: str, now: datetime, zone: tzinfo = UTC
) -> Proposal:
    """Make the plan that the rules ask for, from what the mirror holds. `zone` says when a day begins."""
    people = people_of(books, me)
    found = _Found()
    for sobject in sorted(rulebook.sobjects()):
        schema = books.schemas.get(sobject)
        if schema is not None:
            records = list(_with_parents(books, rulebook, schema))
            facts = _facts(books, sobject, people, rulebook, found.turns, now, zone)
            found.add(schema, records, *decide(rulebook, records, facts), books.decisions.get(sobject))
    plan = Plan(org_id, now, tuple(found.changes), tuple(found.refused), (), found.looked_at, found.left)
    return Proposal(braked(plan, books, brakes), tuple(found.decisions), tuple(found.new), turns=found.turns)


@dataclass(slots=True)
class _Found:
    """What deciding has come to so far, over all sObjects."""

    decisions: list[Decision] = field(default_factory=list)
    new: list[Decision] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    looked_at: dict[str, int] = field(default_factory=dict)
    turns: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    left: int = 0

    def add(
        self,
        schema: SObject,
        records: Sequence[Record],
        decided: Sequence[Decision],
        turns: Mapping[str, Mapping[str, Any]],
        stored: Mapping[tuple[str, str], Stored],
    ) -> None:
        """Add one sObject's decisions, and the changes they ask for."""
        self.looked_at[schema.name] = len(records)
        self.turns.update(turns)
        self.decisions += decided
        to_do: dict[str, list[Decision]] = {}
        for decision in decided:
            before = stored.get((decision.id, decision.topic))
            if before is not None and before.taken and same_conclusion(decision, before.decision):
                self.left += bool(decision.wanted)
                continue
            to_do.setdefault(decision.id, []).append(decision)
            if before is None or before.taken or before.decision != decision:
                self.new.append(decision)
        for record in records:
            change = compare(record, to_do.get(record.id, ()), schema)
            complaints = preflight(change, schema) if change else []
            self.refused += complaints
            if change is not None and not complaints:
                self.changes.append(change)


def braked(plan: Plan, books: Books, brakes: Brakes, unmirrored: Mapping[str, int] = MappingProxyType({})) -> Plan:
    """Give the plan with the brakes it is over. `unmirrored` counts the org's records of what is not mirrored."""
    sobjects = {change.sobject for change in plan.changes}
    mirrored = {sobject: unmirrored.get(sobject) or books.records.count(sobject) for sobject in sobjects}
    over = overruns(plan.changes, brakes, mirrored, _ours(books, plan.changes))
    return replace(plan, brakes=over)


def _ours(books: Books, changes: Sequence[Change]) -> OurOwn:
    """Tell whether sfsync itself wrote the value a field holds now."""
    hands: dict[tuple[str, str, str], bool] = {}
    for sobject in {change.sobject for change in changes}:
        touched = [change for change in changes if change.sobject == sobject and change.id]
        ids = [change.id for change in touched if change.id]
        names = sorted({part.field for change in touched for part in change.fields})
        for (record_id, name), line in books.journal.last_hand(sobject, ids, names).items():
            hands[sobject, record_id, name] = line.origin == "sfsync"
    return lambda sobject, record_id, name: hands.get((sobject, record_id, name), False)


def people_of(books: Books, me: str) -> People:
    """Give the users and queues that the mirror knows."""
    users = {
        record.id: User(
            record.id, _text(record, "Username"), _text(record, "Name"), _text(record, "Email"),
            record.fields.get("IsActive") is not False,
        )
        for record in _records(books, "User")
    }  # fmt: skip
    queues = {
        record.id: Queue(record.id, _text(record, "Name"), _text(record, "DeveloperName"))
        for record in _records(books, "Group")
        if record.fields.get("Type") == "Queue"
    }
    return People(users, queues, me)


def _records(books: Books, sobject: str) -> Iterator[Record]:
    return books.records.records(sobject) if books.schemas.get(sobject) else iter(())


def _text(record: Record, name: str) -> str:
    value = record.fields.get(name)
    return value if isinstance(value, str) else ""


def _facts(
    books: Books,
    sobject: str,
    people: People,
    rulebook: Rulebook,
    turns: Mapping[str, Any],
    now: datetime,
    zone: tzinfo,
) -> Facts:
    pools = rulebook.routing[sobject].pools if sobject in rulebook.routing else {}
    return Facts(
        people=people,
        now=now,
        zone=zone,
        first_complete_at=books.watermarks.first_complete_at(sobject),
        turns={pool: turns.get(pool) or books.turns.get(pool) for pool in pools},
        last_written=_last_written(books, sobject, rulebook),
    )


def _last_written(books: Books, sobject: str, rulebook: Rulebook) -> Mapping[tuple[str, str], datetime]:
    """Tell when sfsync last wrote each record's score and owner."""
    names = [rulebook.scoring[sobject].write.score] if sobject in rulebook.scoring else []
    names += ["OwnerId"] if sobject in rulebook.routing else []
    ids = [record.id for record in books.records.records(sobject, ("Id",))]
    hands = books.journal.last_hand(sobject, ids, names)
    return {key: line.at for key, line in hands.items() if line.origin == "sfsync"}


def _with_parents(books: Books, rulebook: Rulebook, schema: SObject) -> Iterator[Record]:
    """Give the mirror's records, with the parents' fields that rules read added under their paths (`Owner.Name`)."""
    read = rulebook.fields(schema.name)
    paths = [path for path in read if "." in path and not path.startswith("Owner.")]
    parents = {path: found for path in paths if (found := _parent_values(books, schema, path))}
    needed = [name for name in books.schemas.pulled(schema.name) if name in read or name == "Id"]
    for record in books.records.records(schema.name, needed):
        if not parents:
            yield record
            continue
        fields = dict(record.fields)
        for path, (reference, values) in parents.items():
            fields[path] = values.get(str(record.fields.get(reference)))
        yield Record(record.sobject, record.id, fields, record.deleted)


def _parent_values(books: Books, schema: SObject, path: str) -> tuple[str, Mapping[str, Value]] | None:
    """Give the reference field a path goes through, and the parents' values by id; None where they are not mirrored."""
    relationship, name = path.split(".", 1)
    through = next((f for f in schema.fields.values() if (f.relationship or "").lower() == relationship.lower()), None)
    if through is None:
        return None
    values: dict[str, Value] = {}
    mirrored = False
    for parent in through.reference_to:
        known = books.schemas.get(parent)
        parent_field = known.find(name) if known else None
        if parent_field and parent_field.name in books.schemas.pulled(parent):
            mirrored = True
            rows = books.records.records(parent, ("Id", parent_field.name))
            values.update({row.id: row.fields.get(parent_field.name) for row in rows})
    return (through.name, values) if mirrored else None
