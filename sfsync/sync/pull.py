"""Org to mirror: every change once, and none missed.

A pull asks first how far the org is sure of itself (`getDeleted` tells the start of the oldest open transaction), then
reads all that moved since the last watermark, deleted records too, and moves the watermark with the last page.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sfsync.errors import OrgRefused, Problem, SettingsError, Where
from sfsync.mirror.taken import Taken
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.schema import SObject
from sfsync.salesforce.port import Deleted
from sfsync.sync.context import Context, Target
from sfsync.sync.transport import pull_by_bulk, pull_by_rest

SYSTEM_FIELDS = (
    "Id", "IsDeleted", "SystemModstamp", "CreatedDate", "LastModifiedDate", "LastModifiedById", "MasterRecordId",
)  # fmt: skip
PEOPLE = (
    Target("User", ("Username", "Name", "Email", "IsActive", "UserType")),
    Target("Group", ("Name", "DeveloperName", "Type")),
)  # who can own a record: always mirrored, so that owners can be told and checked
BULK_FROM = 10_000  # records from which a bulk job is cheaper than pages of 2,000
BIN_DAYS = 14  # the org forgets deletes after 15 days (getDeleted): an older watermark means a full pull
_SHORTEST_WINDOW = timedelta(minutes=2)  # getDeleted wants more than a minute


def pull(context: Context, targets: Sequence[Target], *, full: bool, run: int) -> dict[str, Taken]:
    """Pull every target, and the people who can own records; give what was seen, by sObject.

    Raises SettingsError where a field is asked for that the org does not have, before anything is read.
    """
    asked = [*targets, *(people for people in PEOPLE if people.sobject not in {t.sobject for t in targets})]
    schemas = {target.sobject: described(context.schema, target.sobject) for target in asked}
    check_fields(targets, schemas)
    return {target.sobject: _pull_one(context, target, schemas[target.sobject], full, run) for target in asked}


def described(schema_of: Callable[[str], SObject], sobject: str) -> SObject:
    """Give an sObject's schema. Raises SettingsError, with the key of its section, where the org has none such."""
    try:
        return schema_of(sobject)
    except OrgRefused as refused:
        if refused.code not in ("NOT_FOUND", "INVALID_TYPE"):
            raise
        raise SettingsError(
            f"the org has no sObject {sobject}, or its user may not see it",
            todo="correct the name, or remove the section",
            where=Where(key=f"sobjects.{sobject}"),
        ) from refused


def check_fields(targets: Iterable[Target], schemas: Mapping[str, SObject]) -> None:
    """Raise SettingsError with every field that is asked for and not there, each with its key."""
    problems = []
    for target in targets:
        schema = schemas[target.sobject]
        for place, name in enumerate(target.fields):
            if schema.find(name) is None:
                near = schema.closest(name)
                todo = f"did you mean {near}?" if near else "remove it, or let the user see it"
                where = Where(key=f"sobjects.{target.sobject}.fields[{place}]")
                problems.append(Problem(f"the org has no field {name} on {target.sobject}", todo, where))
    if problems:
        raise SettingsError.of(problems)


def _fields(target: Target, schema: SObject) -> tuple[str, ...]:
    """Give the fields to ask for, Id first, in the org's spelling."""
    system = [name for name in SYSTEM_FIELDS if name in schema.fields]
    asked = [field.name for name in (*target.fields, *target.also) if (field := schema.find(name))]
    return tuple(dict.fromkeys([*system, *asked]))


def _pull_one(context: Context, target: Target, schema: SObject, full: bool, run: int) -> Taken:
    fields = _fields(target, schema)
    with context.mirror.writing() as books:
        if books.records.shape(schema, fields):  # a new column is empty until a full pull is complete
            books.watermarks.reset(schema.name)
        books.schemas.put(schema, fields)
        watermark = books.watermarks.get(target.sobject)
    now = context.org.server_time() or context.clock.now()
    since = watermark.covered_until if watermark else None
    if full or since is None or now - since > timedelta(days=BIN_DAYS) or not schema.replicateable:
        return _pull_full(context, schema, fields, since, now, run)
    return _pull_changes(context, schema, fields, since, now, run)


def _covered(context: Context, schema: SObject, since: datetime | None, now: datetime) -> Deleted:
    if not schema.replicateable:
        return Deleted((), now)
    start = min(since or now, now - _SHORTEST_WINDOW)
    return context.org.deleted(schema.name, max(start, now - timedelta(days=BIN_DAYS)), now)


def _pull_changes(
    context: Context, schema: SObject, fields: tuple[str, ...], since: datetime, now: datetime, run: int
) -> Taken:
    """Take what moved since the watermark."""
    told = _covered(context, schema, since, now)
    context.progress.step(f"{schema.name}: changes since {since:%Y-%m-%d %H:%M:%S}")
    taken = pull_by_rest(context, _moved(schema, fields, since), run, deleted_too=True)
    return taken + _finish(context, schema, told, run)


def _moved(schema: SObject, fields: tuple[str, ...], since: datetime) -> Query:
    moved = Condition("SystemModstamp", Compare.AT_LEAST, since)
    return Query(schema.name, fields, (moved,), ("SystemModstamp", "Id"))


def _pull_full(
    context: Context, schema: SObject, fields: tuple[str, ...], since: datetime | None, now: datetime, run: int
) -> Taken:
    """Take every record, and settle what became of those that are no longer there."""
    told = _covered(context, schema, since, now)
    query = Query(schema.name, fields)
    total = context.org.count(query)
    by_bulk = total >= BULK_FROM
    context.progress.step(f"{schema.name}: all {total:,} records by {'Bulk API 2.0' if by_bulk else 'REST'}")
    if by_bulk:
        taken, begun_at = pull_by_bulk(context, query, run, told.covered_until)
        if begun_at < told.covered_until:
            taken = taken + pull_by_rest(context, _moved(schema, fields, begun_at), run, deleted_too=True)
    else:
        taken = pull_by_rest(context, query, run)
    taken = taken + _gone(context, schema, taken, run)
    return taken + _finish(context, schema, told, run)


def _finish(context: Context, schema: SObject, told: Deleted, run: int) -> Taken:
    """Bury what the org told as deleted and move the watermark, in one transaction."""
    with context.mirror.writing() as books:
        buried = books.records.bury(schema.name, told.ids, run=run)
        books.watermarks.set(schema.name, told.covered_until, run=run)
    return Taken(deleted=buried)


def _gone(context: Context, schema: SObject, taken: Taken, run: int) -> Taken:
    """After a full pull: find the records of the mirror that did not come, and ask the org about each.

    A record that is merely no longer visible is not taken for deleted.
    """
    with context.mirror.reading() as books:
        if books.records.count(schema.name) == taken.seen - taken.deleted:
            return Taken()
    present = (str(row[0]) for page in context.org.pages(Query(schema.name, ("Id",))) for row in page.rows)
    with context.mirror.writing() as books:
        missing = books.records.missing(schema.name, present)
    if not missing or "IsDeleted" not in schema.fields:
        return Taken()
    seen = Taken()
    for start in range(0, len(missing), 200):
        ids = Condition("Id", Compare.ONE_OF, tuple(missing[start : start + 200]))
        query = Query(schema.name, _fields(Target(schema.name, ()), schema), (ids,))
        seen = seen + pull_by_rest(context, query, run, deleted_too=True)
    return Taken(deleted=seen.deleted)
