"""Two sides compared, record by record and field by field: mirror, org, an earlier time, or a saved plan."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sfsync.audit.merging import as_told, paired, unlike
from sfsync.audit.naming import moment, sobject_named
from sfsync.audit.sides import Asked, MirrorNow, MirrorThen, OrgNow, Planned, Side, planned_fields, planned_ids
from sfsync.errors import Problem, UsageError, Where
from sfsync.mirror.books import Books
from sfsync.mirror.page import NEVER_JOURNALED
from sfsync.mirror.stored import Row
from sfsync.plan.plan import Plan
from sfsync.records.ids import to_18
from sfsync.records.values import Kind, datetime_text, to_plain
from sfsync.sync.context import Context
from sfsync.sync.names import names_of
from sfsync.sync.outcome import DONE, PARTLY, Outcome
from sfsync.sync.plan_file import read_plan
from sfsync.sync.sight import no_longer_seen, shown

MOST_TOLD = 10_000  # records that are listed; all are counted


@dataclass(slots=True)
class _Found:
    """What was compared and what differs."""

    compared: int = 0
    only_a: int = 0
    only_b: int = 0
    differing: int = 0
    listed: list[dict[str, Any]] = field(default_factory=list)

    def add(self, asked: Asked, record_id: str, a: Row | None, b: Row | None) -> None:
        """Look at one record."""
        self.compared += 1
        if a is None or b is None:
            self.only_a += b is None
            self.only_b += a is None
            self._list(asked.sobject, record_id, "b" if a is None else "a", [])
            return
        if places := unlike(asked.kinds, a, b):
            self.differing += 1
            self._list(asked.sobject, record_id, None, [_part(asked, place, a, b) for place in places])

    def made(self, plan: Plan, side: str, sobjects: Sequence[str]) -> None:
        """Note the records a plan would create: they are nowhere else."""
        for change in plan.changes:
            if change.id is None and change.sobject in sobjects:
                self.only_a += side == "a"
                self.only_b += side == "b"
                self._list(change.sobject, None, side, [], change.key)

    def _list(
        self,
        sobject: str,
        record_id: str | None,
        only: str | None,
        fields: list[dict[str, Any]],
        key: str | None = None,
    ) -> None:
        if len(self.listed) < MOST_TOLD:
            self.listed.append({"sobject": sobject, "id": record_id, "key": key, "only": only, "fields": fields})


def _part(asked: Asked, place: int, a: Row, b: Row) -> dict[str, Any]:
    kind = asked.kinds[place]
    left, right = (to_plain(as_told(kind, row[place])) for row in (a, b))
    return {"field": asked.fields[place], "a": left, "b": right}


def diff(books: Books, a: str, b: str, what: Sequence[str], now: datetime, context: Context | None = None) -> Outcome:
    """Compare two sides, of all mirrored sObjects or of those, or those records, that are named.

    A side is `mirror`, `org` (asked through the context), `mirror@TIME` or a time, or the file of a saved plan, which
    stands for what it would make of the other side. Stamps are left out where a side is an earlier time: they are not
    journaled. sObjects that the org no longer shows are told, and not compared with it.

    Raises UsageError where a side or a record cannot be understood or a time is yet to come, FileError
    where a file is no plan.
    """
    sides = _sides(context, books, a, b, now)
    plans = [side.plan for side in sides if isinstance(side, Planned)]
    asked = list(_asked(books, sides, plans, what))
    hidden = _hidden(context, asked) if context is not None else ()
    asked = [one for one in asked if one.sobject not in hidden]
    found = _Found()
    for one in asked:
        with closing(sides[0].rows(one)) as left, closing(sides[1].rows(one)) as right:
            for record_id, ours, theirs in paired(left, right):
                found.add(one, record_id, ours, theirs)
    for side, letter in zip(sides, "ab", strict=True):
        if isinstance(side, Planned):
            found.made(side.plan, letter, [one.sobject for one in asked])
    values = (part[letter] for one in found.listed for part in one["fields"] for letter in "ab")
    counts = {"compared": found.compared, "differing": found.differing, "only_a": found.only_a, "only_b": found.only_b}
    data = {"a": a, "b": b, "differences": found.listed, "names": names_of(books, values)}
    problems = (*map(no_longer_seen, hidden), *_unsure(books, sides, asked))
    return Outcome("diff", PARTLY if hidden else DONE, 3 if hidden else 0, None, counts, problems, data)


def _hidden(context: Context, asked: Sequence[Asked]) -> tuple[str, ...]:
    """Give the sObjects among these that the org no longer shows."""
    names = [one.sobject for one in asked]
    return tuple(name for name in names if shown(context.schema, name, names) is None)


def _sides(context: Context | None, books: Books, a: str, b: str, now: datetime) -> tuple[Side, Side]:
    left, right = (_side(context, books, word, now) for word in (a, b))
    if isinstance(left, Plan) and isinstance(right, Plan):
        return Planned(left, MirrorNow(books), a), Planned(right, MirrorNow(books), b)
    if isinstance(left, Plan):
        assert not isinstance(right, Plan)
        return Planned(left, right, a), right
    if isinstance(right, Plan):
        return left, Planned(right, left, b)
    return left, right


def _side(context: Context | None, books: Books, word: str, now: datetime) -> Side | Plan:
    if word == "mirror":
        return MirrorNow(books)
    if word == "org" and context is not None:
        return OrgNow(context, books)
    if word.startswith("mirror@"):
        return MirrorThen(books, moment(word.removeprefix("mirror@"), latest=now), word)
    if Path(word).exists():
        return read_plan(Path(word), books.schemas.get)
    try:
        moment(word)
    except UsageError:
        todo = "name `mirror`, `org`, `mirror@2026-11-24T12:00`, or the file of a saved plan"
        raise UsageError(f"{word!r} is nothing that can be compared, and there is no such file", todo=todo) from None
    return MirrorThen(books, moment(word, latest=now), word)


def _asked(books: Books, sides: Sequence[Side], plans: Sequence[Plan], what: Sequence[str]) -> Iterator[Asked]:
    """Give what is compared: the fields that are pulled, or those that plans change."""
    chosen = _chosen(books, what)
    past = any(isinstance(side, MirrorThen) for side in sides)
    for sobject, ids in chosen.items():
        held = _kinds(books, sobject)
        names = [name for name in books.schemas.pulled(sobject) if name in held]
        if plans:
            ids = _among(ids, planned_ids(plans, sobject))
            names = [name for name in planned_fields(plans, sobject) if name in held]
            if not ids:
                continue
        if past:
            names = [name for name in names if name not in NEVER_JOURNALED]
        fields = tuple(dict.fromkeys(["Id", *names]))
        yield Asked(sobject, fields, tuple(held[name] for name in fields), ids)


def _among(ids: tuple[str, ...] | None, others: tuple[str, ...]) -> tuple[str, ...]:
    return others if ids is None else tuple(one for one in ids if one in set(others))


def _kinds(books: Books, sobject: str) -> dict[str, Kind]:
    schema, columns = books.schemas.get(sobject), books.records.columns(sobject)
    return {name: field.kind for name, field in schema.fields.items() if name in columns} if schema else {}


def _chosen(books: Books, what: Sequence[str]) -> dict[str, tuple[str, ...] | None]:
    """Give the sObjects to compare, each with the ids of its records, None for all."""
    if not books.schemas.names():
        raise UsageError("nothing is mirrored yet", todo="run `sfsync pull` first")
    if not what:
        return dict.fromkeys(books.schemas.names())
    chosen: dict[str, tuple[str, ...] | None] = {}
    for word in what:
        sobject, slash, record_id = word.partition("/")
        name = sobject_named(books, sobject)
        if not slash:
            chosen[name] = None
            continue
        try:
            ids = (*(chosen.get(name) or ()), to_18(record_id))
        except ValueError as error:
            raise UsageError(str(error), todo="give it as Lead/00Q...") from error
        chosen[name] = ids if name not in chosen or chosen[name] is not None else None
    return chosen


def _unsure(books: Books, sides: Sequence[Side], asked: Sequence[Asked]) -> Iterator[Problem]:
    """Tell where an earlier time lies before the mirror knew an sObject."""
    moments: list[tuple[str, datetime]] = [(side.name, side.moment) for side in sides if isinstance(side, MirrorThen)]
    since: Callable[[str], datetime | None] = books.watermarks.first_complete_at
    for name, at in moments:
        for one in asked:
            known = since(one.sobject)
            if known is None or at < known:
                words = f"the mirror knows it since {datetime_text(known) if known else 'the next pull'}"
                told = f"nothing from before: {name} stands for what was first seen of the records created until then"
                yield Problem(f"{words}, and {told}", "", Where(sobject=one.sobject))
