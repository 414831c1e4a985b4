"""What rules are told beside the records: who works in the org, whose turn it is, what sfsync wrote when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sfsync.mirror.books import Books
from sfsync.records.record import Record
from sfsync.records.schema import SObject
from sfsync.records.values import Value
from sfsync.rules.facts import Facts, People, Queue, User
from sfsync.rules.rulebook import Rulebook


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


@dataclass(frozen=True, slots=True)
class Faced:
    """One sObject as its rules face it: the facts, and the records with what is asked of their parents."""

    books: Books
    rulebook: Rulebook
    schema: SObject
    facts: Facts
    last_written: dict[tuple[str, str], datetime]  # what the facts hold of it: of the records at hand

    def records(self, ids: Sequence[str] | None = None) -> Iterator[Record]:
        """Give the mirror's records, all or some, with the parents' fields that rules read under their paths."""
        read = self.rulebook.fields(self.schema.name)
        paths = [path for path in read if "." in path and not path.startswith("Owner.")]
        parents = {path: found for path in paths if (found := _parent_values(self.books, self.schema, path))}
        needed = [name for name in self.books.schemas.pulled(self.schema.name) if name in read or name == "Id"]
        for record in self.books.records.records(self.schema.name, needed, ids=ids):
            if not parents:
                yield record
                continue
            fields = dict(record.fields)
            for path, (reference, values) in parents.items():
                fields[path] = values.get(str(record.fields.get(reference)))
            yield Record(record.sobject, record.id, fields, record.deleted)

    def at_hand(self, records: Sequence[Record]) -> None:
        """Have the facts tell when sfsync last wrote these records' score and owner."""
        sobject = self.schema.name
        names = [self.rulebook.scoring[sobject].write.score] if sobject in self.rulebook.scoring else []
        names += ["OwnerId"] if sobject in self.rulebook.routing else []
        hands = self.books.journal.last_hand(sobject, [record.id for record in records], names)
        self.last_written.clear()
        self.last_written.update((key, line.at) for key, line in hands.items() if line.origin == "sfsync")


def faced(
    books: Books, rulebook: Rulebook, schema: SObject, people: People, turns: Mapping[str, Any],
    now: datetime, zone: tzinfo,
) -> Faced:  # fmt: skip
    """Give an sObject as its rules face it; `turns` are those that were given in this deciding already."""
    pools = rulebook.routing[schema.name].pools if schema.name in rulebook.routing else {}
    last_written: dict[tuple[str, str], datetime] = {}
    facts = Facts(
        people=people,
        now=now,
        zone=zone,
        first_complete_at=books.watermarks.first_complete_at(schema.name),
        turns={pool: turns.get(pool) or books.turns.get(pool) for pool in pools},
        last_written=last_written,
    )
    return Faced(books, rulebook, schema, facts, last_written)


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
