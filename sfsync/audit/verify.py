"""Proof that the mirror is the org: by counts and newest stamps, by the stamp of every record, or by every field."""

from collections.abc import Sequence
from contextlib import closing
from itertools import chain

from sfsync.audit.differences import LEFT_TODO, TODO, Differences
from sfsync.audit.merging import paired, unlike
from sfsync.audit.org_rows import org_rows
from sfsync.counting import counted
from sfsync.errors import Problem, UsageError, Where
from sfsync.mirror.taken import Taken
from sfsync.records.ids import is_id
from sfsync.records.query import Compare, Condition, DailyQuery, Query
from sfsync.records.schema import SObject
from sfsync.records.values import Kind
from sfsync.sync.context import Context, Target
from sfsync.sync.gone import are_many, bury, is_proven
from sfsync.sync.outcome import DONE, PARTLY, Outcome
from sfsync.sync.pull import PEOPLE
from sfsync.sync.run import begin, finish
from sfsync.sync.sight import no_longer_seen, shown
from sfsync.sync.transport import pull_by_rest, way_for

_HEALED_AT_ONCE = 200
_DAYS_AT_ONCE = 2_000  # groups that an aggregate query gives
LEVELS = {
    1: "counts and newest stamps by day of creation",
    2: "the stamp of every record",
    3: "every field of every record",
}


def verify(context: Context, level: int, *, heal: bool, wait_seconds: float, targets: Sequence[Target] = ()) -> Outcome:
    """Compare what is mirrored of `targets` with the org; with `heal`, pull again what differs, and compare that again.

    Healing takes at least level 2: counts alone do not say which records to pull. At level 3 the fields that `targets`
    ask for and the org does not show are told, since nothing is known of them; so are whole sObjects, at any level, and
    those that were never pulled.

    Raises UsageError where nothing is mirrored yet.
    """
    if not heal:
        found = _compare_all(context, level, targets)
        return _outcome(level, found, found)
    with begin(context, "verify", wait_seconds, {"level": level}) as run:
        looked = max(level, 2)
        found = _compare_all(context, looked, targets)
        healed = sum(_heal(context, one, run) for one in found)
        left = [_compare(context, one.sobject, looked, healed=True) if one.total else one for one in found]
        return finish(context, _outcome(looked, found, left, healed, run))


def _compare_all(context: Context, level: int, targets: Sequence[Target]) -> list[Differences]:
    """Compare what targets name, and the people; all that is mirrored where there are none."""
    with context.mirror.reading() as books:
        names = books.schemas.names()
    if not names:
        raise UsageError("nothing is mirrored yet", todo="run `sfsync pull` first")
    wanted = {target.sobject.lower(): target.fields for target in (*PEOPLE, *targets)}
    if targets and (others := [name for name in names if name.lower() not in wanted]):
        context.progress.step(f"not asked for, so not compared: {', '.join(others)}")
        names = tuple(name for name in names if name not in others)
    found = [_compare(context, name, level) for name in names]
    for one in found:
        if level == 3 and not one.hidden:
            one.unseen = _unseen(context, one.sobject, wanted.get(one.sobject.lower(), ()))
    mirrored = {name.lower() for name in names}
    return found + [_never_pulled(target.sobject) for target in targets if target.sobject.lower() not in mirrored]


def _never_pulled(sobject: str) -> Differences:
    problem = Problem(
        "it was never pulled, so there is nothing to compare", "run `sfsync pull`", Where(sobject=sobject)
    )
    return Differences(sobject, hidden=True, unseen=[problem])


def _compare(context: Context, sobject: str, level: int, *, healed: bool = False) -> Differences:
    with context.mirror.reading() as books:
        mirrored = books.records.count(sobject)
        held = books.records.columns(sobject)
        pulled = [name for name in books.schemas.pulled(sobject) if name in held]
    daily = {"CreatedDate", "SystemModstamp"} <= set(pulled)
    estimate = _estimate(context, sobject, level, mirrored, daily)
    found = Differences(sobject, mirror=mirrored, estimate=estimate, todo=LEFT_TODO if healed else TODO)
    context.progress.step(f"verify {sobject}: {LEVELS[level]}, for about {counted(found.estimate, 'API call')}")
    made = context.org.calls_made()
    schema = shown(context.schema, sobject, [sobject])
    if schema is None:
        found.hidden, found.unseen = True, [no_longer_seen(sobject)]
    else:
        _compare_with(context, schema, pulled, level, daily, found)
    found.calls = context.org.calls_made() - made
    return found


def _compare_with(
    context: Context, schema: SObject, pulled: Sequence[str], level: int, daily: bool, found: Differences
) -> None:  # fmt: skip
    """Compare what the org shows."""
    asked = [name for name in pulled if name in schema.fields]
    if level > 1:
        fields = asked if level == 3 else [name for name in ("Id", "SystemModstamp") if name in asked]
        _compare_records(context, schema, fields, found)
    elif daily:
        _compare_days(context, schema, found)
    else:
        found.org = context.org.count(Query(schema.name, ("Id",), archived_too=schema.archives))
    if not found.total and found.org != found.mirror:
        found.amounts()


def _estimate(context: Context, sobject: str, level: int, mirrored: int, daily: bool) -> int:
    described = sobject not in context.known
    if level > 1:
        return way_for(mirrored).calls + described
    if not daily:
        return 1 + described
    with context.mirror.reading() as books:
        days = len(books.stored.days(DailyQuery(sobject, "CreatedDate", "SystemModstamp")))
    return days // _DAYS_AT_ONCE + 1 + described


def _unseen(context: Context, sobject: str, wanted: Sequence[str]) -> list[Problem]:
    """Tell the fields that the mirror holds and the org does not show: those wanted, and those of the last pull."""
    with context.mirror.reading() as books:
        held = {name.lower(): name for name in books.records.columns(sobject)}
        names = {name.lower() for name in (*wanted, *books.schemas.pulled(sobject))}
    schema = context.schema(sobject)
    return [
        Problem(
            "the org no longer shows it, so it was not compared; the mirror keeps what it last held",
            "let the user sfsync signs in as read the field, or take it out of sfsync.toml",
            Where(sobject=sobject, field=held[name]),
        )
        for name in sorted(names & held.keys())
        if schema.find(name) is None
    ]


def _compare_days(context: Context, schema: SObject, found: Differences) -> None:
    query = DailyQuery(schema.name, "CreatedDate", "SystemModstamp", schema.archives)
    org = {day.day_on: day for day in context.org.days(query)}
    with context.mirror.reading() as books:
        mirror = {day.day_on: day for day in books.stored.days(query)}
    found.org = sum(day.records for day in org.values())
    for day_on in sorted(org.keys() | mirror.keys()):
        if org.get(day_on) != mirror.get(day_on):
            found.day(day_on, mirror.get(day_on), org.get(day_on))


def _compare_records(context: Context, schema: SObject, fields: Sequence[str], found: Differences) -> None:
    """Hold every record of the org against the mirror's, both in the order of their ids, none of them all in memory."""
    names = list(dict.fromkeys(chain(["Id"], fields)))
    kinds: list[Kind] = [schema.fields[name].kind for name in names]
    theirs = org_rows(context, schema, names, kinds, way_for(found.mirror))
    with context.mirror.reading() as books, closing(theirs), closing(books.stored.rows(schema.name, names)) as ours:
        for record_id, mirror, org in paired(ours, theirs):
            found.org += org is not None
            if mirror is None or org is None:
                found.lacks(record_id, where="org" if mirror is None else "mirror")
            elif places := unlike(kinds, mirror, org):
                found.differs(names, kinds, places, mirror, org)


def _heal(context: Context, found: Differences, run: int) -> int:
    """Pull again the records that differ, bury what is proven gone; give how many."""
    ids = [one for one in found.ids() if is_id(one)]  # the org refuses to be asked for what is none
    with context.mirror.reading() as books:
        fields = books.schemas.pulled(found.sobject)
    healed = Taken()
    for start in range(0, len(ids), _HEALED_AT_ONCE):
        chosen = Condition("Id", Compare.ONE_OF, tuple(ids[start : start + _HEALED_AT_ONCE]))
        query = Query(found.sobject, fields, (chosen,))
        healed = healed + pull_by_rest(context, query, run, deleted_too="IsDeleted" in fields)
    with context.mirror.reading() as books:
        living = books.records.records(found.sobject, ["Id"], ids=found.only_mirror) if found.only_mirror else ()
        gone = [one.id for one in living]
    if gone and is_proven(context, found.sobject, found.org, many=are_many(len(gone), found.mirror)):
        return healed.seen + bury(context, found.sobject, [(one, None) for one in gone], run).deleted
    return healed.seen


def _outcome(
    level: int, found: Sequence[Differences], left: Sequence[Differences], healed: int = 0, run: int | None = None
) -> Outcome:
    """Tell what was found, and complain of what is left."""
    again = [one for one in left if one not in found]
    counts = {
        "records": sum(one.org for one in found),
        "differences": sum(one.total for one in found),
        "healed": healed,
        "left": sum(one.total for one in left),
        "calls": sum(one.calls for one in (*found, *again)),
    }
    data = {"level": level, "sobjects": [one.plain() for one in found]}
    unseen = [problem for one in found for problem in one.unseen]
    problems = (*unseen, *(problem for one in left for problem in one.told))
    state, code = (PARTLY, 3) if counts["left"] or unseen else (DONE, 0)
    return Outcome("verify", state, code, run, counts, problems, data)
