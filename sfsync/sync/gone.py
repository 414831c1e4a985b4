"""Records that are no longer in the org, or no longer to be seen: only what is proven becomes a tombstone.

Proof is the org's own word: a record shown as deleted, an entry of its log of deletes, or a count of all its records,
whoever may see them, that is not above what it shows; of many at once one that is just that. All else may be a lost
permission, until a person says otherwise.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sfsync.counting import counted
from sfsync.errors import BrakeHit, Problem, Where
from sfsync.mirror.taken import Taken
from sfsync.records.ids import is_id
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.schema import SObject
from sfsync.salesforce.port import Deleted
from sfsync.sync.bulk_pull import Reading, ids_by_bulk
from sfsync.sync.context import Context
from sfsync.sync.transport import read_by, way_for

_MOST_VANISHED = 0.01  # of an sObject's records: where more are gone without a word the pull stops
_FEW = 10  # may vanish in any case
COMPARED_EVERY = timedelta(minutes=15)  # the amounts in org and mirror: no log tells of what is purged or hidden
AFTER_DOUBT = timedelta(hours=6)  # where they are not the same for good: comparing all ids each time is dear
_LOOKED_AT_ONCE = 400  # ids that fit into the address of one question
_ONE_BY_ONE = 2_000  # records up to which each is asked for by its id


def bury_told(context: Context, asked: Query, told: Deleted, run: int) -> Taken:
    """Bury what the org told as deleted; what lives in the mirror is looked at first, since it may be back.

    `asked` says which fields are read.
    """
    with context.mirror.reading() as books:
        ids = [record_id for record_id, _ in told.ids]
        living = [one.id for one in books.records.records(asked.sobject, ["Id"], ids=ids)] if ids else []
    if not living:
        return Taken()
    taken, unseen = _look_at(context, asked, living, run)
    return taken + bury(context, asked.sobject, [one for one in told.ids if one[0] in unseen], run)


def compare_amounts(
    context: Context, schema: SObject, asked: Query, run: int, now: datetime
) -> tuple[Taken, tuple[Problem, ...]]:
    """After changes were read: hold the mirror's number of records against the org's, once in a while.

    As `settle_missing`; between two comparisons it only tells again of many that vanished.
    """
    with context.mirror.reading() as books:
        due = books.watermarks.get(compared_mark(schema.name))
        vanished = books.watermarks.get(vanished_mark(schema.name))
    if due is None or now >= due.covered_until:
        context.announce(schema.name, "counting all records", "REST", 1)
        return settle_missing(context, schema, asked, context.org.count(asked), run)
    return Taken(), (still_vanished(schema.name, vanished.run),) if vanished else ()


def settle_missing(
    context: Context, schema: SObject, asked: Query, came: int, run: int, *, consent: bool = False
) -> tuple[Taken, tuple[Problem, ...]]:
    """After every record was read or counted: find those of the mirror that did not come, and what became of each.

    Those the org shows and the mirror lacks all the same are read now: one page may have held another's record twice.
    Gives what was taken, and a problem where records can no longer be seen and nothing proves that they are gone;
    with a person's consent they are taken for gone. Raises BrakeHit where that is so of many: then the mirror is left
    as it is, and it stays an alarm until as many are in mirror and org.
    """
    now = context.org.server_time() or context.clock.now()
    with context.mirror.reading() as books:
        living = books.records.count(schema.name)
    try:
        taken, problems = (
            (Taken(), ()) if living == came else _settled(context, schema, asked, living, came, run, consent)
        )
    except BrakeHit:
        with context.mirror.writing() as books:
            books.watermarks.set(vanished_mark(schema.name), now, run=run)
            books.watermarks.set(compared_mark(schema.name), now + AFTER_DOUBT, run=run)
        raise
    with context.mirror.writing() as books:
        books.watermarks.reset(vanished_mark(schema.name))
        again = now + (AFTER_DOUBT if problems else COMPARED_EVERY)
        books.watermarks.set(compared_mark(schema.name), again, run=run)
    return taken, problems


def vanished_mark(sobject: str) -> str:
    """Give the name under which is kept when the brake stopped a pull since many of an sObject's records vanished."""
    return f"{sobject}/vanished"


def compared_mark(sobject: str) -> str:
    """Give the name under which is kept when the amounts of an sObject's records are to be compared again."""
    return f"{sobject}/compared"


def still_vanished(sobject: str, run: int) -> Problem:
    """Tell that run `run` was stopped since many records vanished, and that this is not settled."""
    return Problem(
        f"run {run} found many records that can no longer be seen, and the mirror still holds them",
        f"see what sfsync's user may read there, then `sfsync pull --full {sobject}`, with --yes if they are gone",
        Where(sobject=sobject),
    )


def are_many(vanished: int, of: int) -> bool:
    """Tell whether so many of an sObject's records are too many to be gone without a word."""
    return vanished > max(_FEW, _MOST_VANISHED * of)


def is_proven(context: Context, sobject: str, shown: int, *, many: bool = False) -> bool:
    """Tell whether the org holds no more records than it shows, whoever may see them. A call.

    Its count may be an old one (REST guide, Record Count): of many it has to be told, and just what is shown. An
    sObject of which there are none is left out there.
    """
    held = context.org.held(sobject)
    return held == shown if many else (held or 0) <= shown


def _settled(
    context: Context, schema: SObject, asked: Query, living: int, came: int, run: int, consent: bool
) -> tuple[Taken, tuple[Problem, ...]]:
    missing, strange = _unmatched(context, Query(schema.name, ("Id",), archived_too=schema.archives), living)
    taken, _ = _look_at(context, asked, strange, run) if strange else (Taken(), set())
    if not missing:
        return taken, ()
    seen, vanished = _asked_after(context, asked, missing, "IsDeleted" in schema.fields, run)
    taken += seen
    if not vanished:
        return taken, ()
    many = are_many(len(vanished), living)
    if consent or is_proven(context, schema.name, came, many=many):
        return taken + bury(context, schema.name, [(one, None) for one in vanished], run), ()
    if many:
        raise BrakeHit(
            f"{len(vanished):,} of {living:,} {schema.name} records can no longer be seen, and the org does not say"
            " that they were deleted; so they are left as they were, and the pull is not complete",
            todo=f"see what sfsync's user may read there; if they are really gone, `sfsync pull --full --yes"
            f" {schema.name}` takes them for deleted",
        )
    words = Problem(
        f"{counted(len(vanished), f'{schema.name} record')} can no longer be seen, and the org does not say that any"
        f" was deleted ({', '.join(vanished[:3])}); they are left as they were",
        f"see what the user sfsync signs in as may read; if they are really gone, `sfsync pull --full --yes"
        f" {schema.name}` takes them for deleted",
    )
    return taken, (words,)


def _unmatched(context: Context, query: Query, living: int) -> tuple[list[str], list[str]]:
    """Give the ids of living records of the mirror that the org does not show, and of those it alone shows."""
    way = way_for(living)
    context.announce(query.sobject, "comparing all ids", way.name, way.calls)
    if way.name == "REST":
        present = [str(row[0]) for page in context.org.pages(query) for row in page.rows]
    else:
        present = list(ids_by_bulk(context, query))
    with context.mirror.reading() as books:
        return books.records.unmatched(query.sobject, present)


def _asked_after(
    context: Context, asked: Query, missing: list[str], has_bin: bool, run: int
) -> tuple[Taken, list[str]]:
    """Ask what became of missing records; gives what was taken, and those the org does not know."""
    taken = Taken()
    if has_bin and len(missing) > _ONE_BY_ONE:  # many at once: rather read all that lies in the bin
        now = context.org.server_time() or context.clock.now()
        bin_too = replace(asked, where=(Condition("IsDeleted", Compare.EQUAL, True),))
        taken += read_by(context, way_for(len(missing)), Reading(bin_too, run, now, deleted_too=True)).taken
        with context.mirror.reading() as books:
            missing = [one.id for one in books.records.records(asked.sobject, ["Id"], ids=missing)]
        if len(missing) > _ONE_BY_ONE:
            return taken, missing
    seen, unseen = _look_at(context, asked, missing, run)
    return taken + seen, sorted(unseen)


def calls_to_look_at(ids: int) -> int:
    """Give about how many API calls it takes to look at so many records."""
    return -(-ids // _LOOKED_AT_ONCE)


def _look_at(context: Context, asked: Query, ids: Sequence[str], run: int) -> tuple[Taken, set[str]]:
    """Take what the org shows of these records, deleted ones too; give those it does not show.

    The org refuses to be asked for what is no id; something else wrote that to the mirror.
    """
    taken, unseen = Taken(), set(ids)
    place = asked.fields.index("Id")
    known = tuple(one for one in ids if is_id(one))
    query = replace(asked, where=(Condition("Id", Compare.ONE_OF, known),))
    for page in context.org.pages(query, deleted_too=True) if known else ():
        with context.mirror.writing() as books:
            taken += books.records.take(asked.sobject, asked.fields, page.rows, run=run)
        unseen.difference_update(str(row[place]) for row in page.rows)
    return taken, unseen


def bury(context: Context, sobject: str, ids: Sequence[tuple[str, datetime | None]], run: int) -> Taken:
    """Make tombstones of records, each with when it was deleted, None where nobody knows."""
    with context.mirror.writing() as books:
        return Taken(deleted=books.records.bury(sobject, ids, run=run))
