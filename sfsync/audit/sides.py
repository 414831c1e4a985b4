"""The sides of a comparison: the mirror now, the mirror as it was, the org, or what a plan would make of the other."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sfsync.audit.org_rows import org_rows, rows_by_id
from sfsync.mirror.books import Books
from sfsync.mirror.stored import Row
from sfsync.plan.plan import Plan
from sfsync.records.change import Action
from sfsync.records.values import Kind, Stored, datetime_text, to_stored
from sfsync.sync.context import Context
from sfsync.sync.transport import way_for


@dataclass(frozen=True, slots=True)
class Asked:
    """What is compared of one sObject."""

    sobject: str
    fields: tuple[str, ...]  # Id the first
    kinds: tuple[Kind, ...]
    ids: tuple[str, ...] | None = None  # None: all records


class Side(Protocol):
    """One side. Its rows come in the order of their ids; their values are as columns hold them."""

    @property
    def name(self) -> str:
        """What it is called, as a person wrote it."""

    def rows(self, asked: Asked) -> Generator[Row]:
        """Give its records."""


@dataclass(frozen=True, slots=True)
class MirrorNow:
    """The mirror as it is."""

    books: Books
    name: str = "mirror"

    def rows(self, asked: Asked) -> Generator[Row]:
        """Give its living records."""
        yield from self.books.stored.rows(asked.sobject, asked.fields, asked.ids)


@dataclass(frozen=True, slots=True)
class OrgNow:
    """The org as it is."""

    context: Context
    books: Books
    name: str = "org"

    def rows(self, asked: Asked) -> Generator[Row]:
        """Read its records."""
        if asked.ids is not None:
            yield from rows_by_id(self.context, asked.sobject, asked.fields, asked.kinds, asked.ids)
            return
        way = way_for(self.books.records.count(asked.sobject))
        self.context.announce(asked.sobject, "all records", way.name, way.calls)
        yield from org_rows(self.context, self.context.schema(asked.sobject), asked.fields, asked.kinds, way)


@dataclass(frozen=True, slots=True)
class MirrorThen:
    """The mirror as it was at a moment, as far as the journal goes back."""

    books: Books
    moment: datetime
    name: str

    def rows(self, asked: Asked) -> Generator[Row]:
        """Give the records that were there, with what they held: what was journaled since is taken back."""
        then = self._taken_back(asked)
        stored = self.books.stored.rows(asked.sobject, (*asked.fields, "CreatedDate"), asked.ids, deleted_too=True)
        until = datetime_text(self.moment)
        for *row, created, deleted in stored:
            was = then.get(str(row[0]), {})
            if was.get("IsDeleted", deleted) or (created is not None and str(created) > until):
                continue
            yield overlaid(asked, tuple(row), was)

    def _taken_back(self, asked: Asked) -> Mapping[str, Mapping[str, Stored]]:
        kinds = {**dict(zip(asked.fields, asked.kinds, strict=True)), "IsDeleted": Kind.BOOLEAN}
        then: dict[str, dict[str, Stored]] = {}
        for line in self.books.journal.since(asked.sobject, self.moment):
            if line.field in kinds:  # of several changes of one field the first tells what it was
                then.setdefault(line.record_id, {}).setdefault(line.field, to_stored(kinds[line.field], line.before))
        return then


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan would make of the records of another side."""

    plan: Plan
    on: Side
    name: str

    def rows(self, asked: Asked) -> Generator[Row]:
        """Give the other side's records, with the values the plan wants; those it deletes are gone."""
        changes = {change.id: change for change in self.plan.changes if change.id and change.sobject == asked.sobject}
        kinds = dict(zip(asked.fields, asked.kinds, strict=True))
        for row in self.on.rows(asked):
            change = changes.get(str(row[0]))
            if change is None:
                yield row
            elif change.action is not Action.DELETE:
                wanted = change.after()
                yield overlaid(asked, row, {name: to_stored(kinds[name], wanted[name]) for name in wanted})


def overlaid(asked: Asked, row: Row, values: Mapping[str, Stored]) -> Row:
    """Give a row with other values in some of its fields."""
    if not values:
        return row
    return tuple(values.get(name, held) for name, held in zip(asked.fields, row, strict=True))


def planned_ids(plans: Iterable[Plan], sobject: str) -> tuple[str, ...]:
    """Give the ids of the records of one sObject that plans change."""
    return tuple(dict.fromkeys(c.id for plan in plans for c in plan.changes if c.id and c.sobject == sobject))


def planned_fields(plans: Iterable[Plan], sobject: str) -> Sequence[str]:
    """Give the fields of one sObject that plans change."""
    return list(dict.fromkeys(_fields(plans, sobject)))


def _fields(plans: Iterable[Plan], sobject: str) -> Iterator[str]:
    for plan in plans:
        for change in plan.changes:
            if change.sobject == sobject:
                yield from (part.field for part in change.fields)
