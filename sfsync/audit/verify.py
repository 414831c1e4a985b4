"""Proof that the mirror is the org: by counts, by the stamp of every record, or by every field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sfsync.errors import Problem, UsageError, Where
from sfsync.mirror.taken import Taken
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.schema import SObject
from sfsync.records.values import Value, from_plain, same, to_text
from sfsync.sync.context import Context
from sfsync.sync.outcome import DONE, PARTLY, Outcome
from sfsync.sync.run import begin, finish
from sfsync.sync.transport import pull_by_rest

_LISTED = 50
_HEALED_AT_ONCE = 200
LEVELS = {1: "counts", 2: "the stamp of every record", 3: "every field of every record"}


@dataclass(slots=True)
class Differences:
    """What of one sObject is not the same in mirror and org."""

    sobject: str
    org: int = 0
    mirror: int = 0
    only_org: list[str] = field(default_factory=list)
    only_mirror: list[str] = field(default_factory=list)
    differing: dict[str, tuple[str, ...]] = field(default_factory=dict)  # id -> fields, empty below level 3
    told: list[Problem] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Records that are not the same."""
        named = len(self.only_org) + len(self.only_mirror) + len(self.differing)
        return max(named, abs(self.org - self.mirror))


def verify(context: Context, level: int, *, heal: bool, wait_seconds: float) -> Outcome:
    """Compare every mirrored sObject with the org; with `heal`, pull again what differs, and compare that again.

    Healing takes at least level 2: counts alone do not say which records to pull. Raises UsageError where nothing is
    mirrored yet.
    """
    if not heal:
        found = _compare_all(context, level)
        return _outcome(level, found, found)
    with begin(context, "verify", wait_seconds, {"level": level}) as run:
        looked = max(level, 2)
        found = _compare_all(context, looked)
        healed = sum(_heal(context, one, run) for one in found)
        left = [_compare(context, one.sobject, looked) if one.total else one for one in found]
        return finish(context, _outcome(looked, found, left, healed, run))


def _compare_all(context: Context, level: int) -> list[Differences]:
    with context.mirror.reading() as books:
        names = books.schemas.names()
    if not names:
        raise UsageError("nothing is mirrored yet", todo="run `sfsync pull` first")
    return [_compare(context, name, level) for name in names]


def _compare(context: Context, sobject: str, level: int) -> Differences:
    context.progress.step(f"verify {sobject}: {LEVELS[level]}")
    with context.mirror.reading() as books:
        schema = books.schemas.get(sobject)
        fields = books.schemas.pulled(sobject)
        mirrored = books.records.count(sobject)
    assert schema is not None
    if level == 1:
        return Differences(sobject, context.org.count(Query(sobject, ("Id",))), mirrored)
    asked = fields if level == 3 else tuple(name for name in ("Id", "SystemModstamp") if name in fields)
    return _compare_records(context, schema, asked, mirrored)


def _compare_records(context: Context, schema: SObject, fields: Sequence[str], mirrored: int) -> Differences:
    found = Differences(schema.name, mirror=mirrored)
    with context.mirror.reading() as books:
        ours = {record.id: record.fields for record in books.records.records(schema.name, fields)}
    for record_id, values in _org_records(context, schema, fields):
        found.org += 1
        held = ours.pop(record_id, None)
        if held is None:
            found.only_org.append(record_id)
            continue
        unlike = tuple(name for name in fields if not same(values[name], held.get(name)))
        if unlike:
            found.differing[record_id] = unlike
            found.told += [_unlike(Where(sobject=schema.name, id=record_id, field=one), values, held) for one in unlike]
    found.only_mirror.extend(ours)
    return found


def _unlike(where: Where, org: Mapping[str, Value], mirror: Mapping[str, Value]) -> Problem:
    name = str(where.field)
    words = f"{to_text(org[name]) or 'empty'} in the org, {to_text(mirror.get(name)) or 'empty'} in the mirror"
    return Problem(words, "pull, or verify with --heal", where)


def _org_records(context: Context, schema: SObject, fields: Sequence[str]) -> Iterator[tuple[str, dict[str, Value]]]:
    kinds = [schema.fields[name].kind for name in fields]
    for page in context.org.pages(Query(schema.name, tuple(fields))):
        for row in page.rows:
            values = {name: from_plain(kind, raw) for name, kind, raw in zip(fields, kinds, row, strict=True)}
            yield str(values["Id"]), values


def _heal(context: Context, found: Differences, run: int) -> int:
    """Pull again the records that differ; give how many."""
    ids = [*found.only_org, *found.only_mirror, *found.differing]
    with context.mirror.reading() as books:
        fields = books.schemas.pulled(found.sobject)
    healed = Taken()
    for start in range(0, len(ids), _HEALED_AT_ONCE):
        chosen = Condition("Id", Compare.ONE_OF, tuple(ids[start : start + _HEALED_AT_ONCE]))
        query = Query(found.sobject, fields, (chosen,))
        healed = healed + pull_by_rest(context, query, run, deleted_too="IsDeleted" in fields)
    return healed.seen


def _outcome(
    level: int, found: Sequence[Differences], left: Sequence[Differences], healed: int = 0, run: int | None = None
) -> Outcome:
    """Tell what was found, and complain of what is left."""
    problems = [problem for one in left for problem in (_missing(one) + one.told)][:_LISTED]
    counts = {
        "records": sum(one.org for one in found),
        "differences": sum(one.total for one in found),
        "healed": healed,
        "left": sum(one.total for one in left),
    }
    data = {
        "level": level,
        "sobjects": [
            {"sobject": one.sobject, "org": one.org, "mirror": one.mirror, "differences": one.total,
             "only_org": one.only_org[:_LISTED], "only_mirror": one.only_mirror[:_LISTED],
             "differing": [{"id": key, "fields": list(names)} for key, names in list(one.differing.items())[:_LISTED]]}
            for one in found
        ],
    }  # fmt: skip
    state, code = (PARTLY, 3) if counts["left"] else (DONE, 0)
    return Outcome("verify", state, code, run, counts, tuple(problems), data)


def _missing(found: Differences) -> list[Problem]:
    todo = "pull, or verify with --heal"
    problems = [
        Problem("in the org, not in the mirror", todo, Where(sobject=found.sobject, id=key)) for key in found.only_org
    ]
    problems += [
        Problem("in the mirror, not in the org", todo, Where(sobject=found.sobject, id=key))
        for key in found.only_mirror
    ]
    if not problems and found.org != found.mirror:
        words = f"{found.org:,} records in the org, {found.mirror:,} in the mirror"
        problems = [Problem(words, todo, Where(sobject=found.sobject))]
    return problems
