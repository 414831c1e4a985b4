"""Records that are no longer in the org, or no longer to be seen: only what is proven becomes a tombstone.

Proof is the org's own word: a record shown as deleted, an entry of its log of deletes, or a count of all its records,
whoever may see them, that is not above what it shows. All else may be a lost permission.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sfsync.counting import counted
from sfsync.errors import BrakeHit, Problem
from sfsync.mirror.taken import Taken
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.schema import SObject
from sfsync.salesforce.port import Deleted
from sfsync.sync.bulk_pull import Reading, ids_by_bulk
from sfsync.sync.context import Context
from sfsync.sync.transport import read_by, way_for

MOST_VANISHED = 0.01  # of an sObject's records: where more are gone without a word the pull stops
FEW = 10  # may vanish in any case
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
    return taken + _bury(context, asked.sobject, [one for one in told.ids if one[0] in unseen], run)


def settle_missing(
    context: Context, schema: SObject, asked: Query, came: int, run: int
) -> tuple[Taken, tuple[Problem, ...]]:
    """After every record was read: find those of the mirror that did not come, and what became of each.

    Those the org shows and the mirror lacks all the same are read now: one page may have held another's record twice.
    Gives what was taken, and a problem where records can no longer be seen and nothing proves that they are gone.
    Raises BrakeHit where that is so of many: then the mirror is left as it is, and no watermark moves.
    """
    with context.mirror.reading() as books:
        living = books.records.count(schema.name)
    if living == came:
        return Taken(), ()
    missing, strange = _unmatched(context, Query(schema.name, ("Id",), archived_too=schema.archives), living)
    taken, _ = _look_at(context, asked, strange, run) if strange else (Taken(), set())
    if not missing:
        return taken, ()
    seen, vanished = _asked_after(context, asked, missing, "IsDeleted" in schema.fields, run)
    taken += seen
    if not vanished:
        return taken, ()
    if len(vanished) > max(FEW, MOST_VANISHED * living):
        raise BrakeHit(
            f"{len(vanished):,} of {living:,} {schema.name} records can no longer be seen, and the org does not say"
            " that they were deleted; so they are left as they were, and the pull is not complete",
            todo="see what sfsync's user may read there; if they are really gone, move the mirror aside and pull anew",
        )
    held = context.org.held(schema.name)
    if held is not None and held <= came:
        return taken + _bury(context, schema.name, [(one, None) for one in vanished], run), ()
    words = Problem(
        f"{counted(len(vanished), f'{schema.name} record')} can no longer be seen, and the org does not say that any"
        f" was deleted ({', '.join(vanished[:3])}); they are left as they were",
        "see what the user sfsync signs in as may read",
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
    """Take what the org shows of these records, deleted ones too; give those it does not show."""
    taken, unseen = Taken(), set(ids)
    place = asked.fields.index("Id")
    query = replace(asked, where=(Condition("Id", Compare.ONE_OF, tuple(ids)),))
    for page in context.org.pages(query, deleted_too=True):
        with context.mirror.writing() as books:
            taken += books.records.take(asked.sobject, asked.fields, page.rows, run=run)
        unseen.difference_update(str(row[place]) for row in page.rows)
    return taken, unseen


def _bury(context: Context, sobject: str, ids: Sequence[tuple[str, datetime | None]], run: int) -> Taken:
    with context.mirror.writing() as books:
        return Taken(deleted=books.records.bury(sobject, ids, run=run))
