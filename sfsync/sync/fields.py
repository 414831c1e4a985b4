"""Which fields of an sObject are read, and what becomes of those that are new, gone, of another type or back again.

A field the org no longer shows is not null: its column stays as it was. One that is new, of another type or back is
read of all records once, by itself; only then does it count as pulled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sfsync.errors import BrakeHit, Problem, Where
from sfsync.mirror.page import Filling
from sfsync.mirror.taken import Taken
from sfsync.records.query import Query
from sfsync.records.schema import Field, SObject
from sfsync.records.values import Kind
from sfsync.sync.bulk_pull import Reading
from sfsync.sync.context import Context, Target
from sfsync.sync.transport import Way, read_by, way_for

SYSTEM_FIELDS = (
    "Id", "IsDeleted", "SystemModstamp", "CreatedDate", "LastModifiedDate", "LastModifiedById", "MasterRecordId",
    "ConvertedContactId",
)  # fmt: skip
MOST_LOST = 0.2  # of the fields that are pulled: where more are gone at once, something is wrong with the permissions
FEW = 3  # may be gone at once in any case


@dataclass(frozen=True, slots=True)
class Asked:
    """The fields of one sObject, in this run."""

    schema: SObject
    fields: tuple[str, ...]  # to be read: Id first, in the org's spelling
    new: tuple[str, ...] = ()  # among them those to be read of all records
    lost: tuple[str, ...] = ()  # asked for, pulled once, and no longer shown
    hidden_from: Mapping[str, datetime] = field(default_factory=dict)  # of the new ones that are back

    @property
    def calculated(self) -> tuple[str, ...]:
        """The fields whose values may change without their record: formulas and roll-ups."""
        return tuple(name for name in self.fields if self.schema.fields[name].calculated)

    @property
    def filling(self) -> Filling | None:
        """How changes are taken while some fields are still to be read of all records."""
        return Filling(frozenset(self.new), False, self.hidden_from) if self.new else None

    def problems(self) -> tuple[Problem, ...]:
        """Tell what is no longer shown."""
        return tuple(no_longer_shown(self.schema.name, name) for name in self.lost)


def no_longer_shown(sobject: str, name: str) -> Problem:
    """Tell that a field which was pulled once is not to be seen."""
    return Problem(
        f"the org no longer shows {name}; the mirror keeps what it last held",
        "let the user sfsync signs in as read the field, or take it out of sfsync.toml",
        Where(sobject=sobject, field=name),
    )


def fields_of(target: Target, schema: SObject) -> tuple[str, ...]:
    """Give the fields to ask for, Id first, in the org's spelling; sums of others (addresses) are left out."""
    system = [name for name in SYSTEM_FIELDS if name in schema.fields]
    asked = [field for name in (*target.fields, *target.also) if (field := schema.find(name))]
    return tuple(dict.fromkeys([*system, *(field.name for field in asked if field.kind is not Kind.COMPOUND)]))


def asked_of(context: Context, target: Target, schema: SObject, run: int) -> Asked:
    """Find out which fields are read, and shape the table for them.

    Raises BrakeHit, and changes nothing, where so many fields are gone at once that it looks like a lost permission.
    """
    fields = fields_of(target, schema)
    with context.mirror.reading() as books:
        kept, pulled = books.schemas.get(schema.name), books.schemas.pulled(schema.name)
        complete = books.watermarks.get(schema.name)
        columns = {name.lower() for name in books.records.columns(schema.name)}
    lost = tuple(name for name in target.fields if schema.find(name) is None and name.lower() in columns)
    if kept == schema and set(pulled) == set(fields):
        return Asked(schema, fields, lost=lost)
    _check_lost(schema, pulled)
    retyped = {
        name for name in fields if kept and name in kept.fields and _is_other(kept.fields[name], schema.fields[name])
    }
    new = tuple(name for name in fields if complete and (name not in pulled or name in retyped))
    with context.mirror.writing() as books:
        books.records.shape(schema, fields)
        books.schemas.put(schema, [name for name in fields if name not in new])
        for name in pulled:
            if complete and name not in schema.fields:
                books.watermarks.set(hidden_mark(schema.name, name), complete.covered_until, run=run)
        marks = {name: mark for name in new if (mark := books.watermarks.get(hidden_mark(schema.name, name)))}
    return Asked(schema, fields, new, lost, {name: mark.covered_until for name, mark in marks.items()})


def hidden_mark(sobject: str, name: str) -> str:
    """Give the name under which is kept up to when a field was pulled that the org no longer shows."""
    return f"{sobject}/hidden/{name}"


def _is_other(before: Field, now: Field) -> bool:
    """Tell whether a field has another type or formula, so that all its values may be others and no stamp moved."""
    return before.kind is not now.kind or (before.formula, before.blanks_as_zeroes) != (
        now.formula,
        now.blanks_as_zeroes,
    )


def _check_lost(schema: SObject, pulled: Sequence[str]) -> None:
    gone = [name for name in pulled if name not in schema.fields]
    if len(gone) > max(FEW, MOST_LOST * len(pulled)):
        raise BrakeHit(
            f"the org no longer shows {len(gone)} of the {len(pulled)} fields of {schema.name} that are mirrored"
            f" ({', '.join(gone[:5])}, ...), so nothing was pulled",
            todo="give the user sfsync signs in as the right to read them again, or take them out of sfsync.toml",
        )


def fill(context: Context, asked: Asked, run: int) -> Taken:
    """Read the new fields of all records the mirror has; a value that one had held before counts as changed."""
    if not asked.new:
        return Taken()
    schema = asked.schema
    with context.mirror.reading() as books:
        way = way_for(books.records.count(schema.name, deleted_too=True))
    beside = ("Id", "IsDeleted", "SystemModstamp", "CreatedDate")
    filling = Filling(frozenset(asked.new), hidden_from=asked.hidden_from)
    taken = _read_all(context, schema, beside, asked.new, way, filling, run)
    with context.mirror.writing() as books:
        books.schemas.put(schema, asked.fields)
        for name in asked.hidden_from:
            books.watermarks.reset(hidden_mark(schema.name, name))
    return taken


def refresh(context: Context, asked: Asked, run: int, now: datetime, every: timedelta, *, read: bool) -> Taken:
    """Read the calculated fields of all records again, once in a while: what changes in them moves no stamp.

    `read`: every record was just read with all its fields, so that they are fresh.
    """
    schema = asked.schema
    if not asked.calculated:
        return Taken()
    with context.mirror.reading() as books:
        last = books.watermarks.get(refreshed_mark(schema.name))
        way = way_for(books.records.count(schema.name))
    taken = Taken()
    if not read:
        if last is not None and now - last.covered_until < every:
            return taken
        fields = tuple(name for name in asked.calculated if name not in asked.new)
        taken = Taken() if not fields else _read_all(context, schema, ("Id",), fields, way, Filling(frozenset()), run)
    with context.mirror.writing() as books:
        books.watermarks.set(refreshed_mark(schema.name), now, run=run)
    return taken


def refreshed_mark(sobject: str) -> str:
    """Give the name under which is kept when an sObject's calculated fields were last read of all records."""
    return f"{sobject}/calculated"


def _read_all(
    context: Context,
    schema: SObject,
    beside: Sequence[str],
    names: Sequence[str],
    way: Way,
    filling: Filling,
    run: int,
) -> Taken:
    """Read some fields of all records the mirror has; with SystemModstamp beside them deleted ones too."""
    context.announce(schema.name, f"{', '.join(names)} of all records", way.name, way.calls)
    fields = dict.fromkeys((*(name for name in beside if name in schema.fields), *names))
    deleted_too = "IsDeleted" in fields
    now = context.org.server_time() or context.clock.now()
    reading = Reading(
        Query(schema.name, tuple(fields), archived_too=schema.archives),
        run,
        now,
        deleted_too=deleted_too,
        filling=filling,
    )
    return read_by(context, way, reading).taken
