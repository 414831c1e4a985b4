"""Keeping what formula fields give right between two readings: worked out here where our formulas are proven right.

A change of a parent, or a new day, changes what a formula gives and moves no stamp, so a pull of changes does not see
it. Whenever a formula field was read of all records, some of them are asked for with all the formula reads, in one
query; where ours gives the same for each of them it is proven, until the next reading. What a proven one gives is
worked out anew when a parent's record came in, or the day is another. All others are as old as their last reading.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo

from sfsync.errors import OrgRefused
from sfsync.formula import EvalContext
from sfsync.mirror.books import Books
from sfsync.mirror.page import Filling
from sfsync.mirror.slices import slices
from sfsync.mirror.taken import Taken
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.record import Record
from sfsync.records.values import Kind, Value, from_plain, same, to_plain
from sfsync.sync.context import Context
from sfsync.sync.fields import refreshed_mark
from sfsync.sync.formulas import Input, OrgFormula, formulas_of, seen_by_formulas

_SAMPLE = 400  # records a proof is made with: one query
_AT_ONCE = 2_000
_MOST_IDS = 50_000  # records worked out by their ids; where it is more, all are
ZONE_FIELD = "TimeZoneSidKey"  # of User: the zone that formulas count days in


@dataclass(frozen=True, slots=True)
class Age:
    """How fresh a calculated field is."""

    field: str
    by: str  # "formula" where it is worked out here, else "reading"
    as_of: datetime | None  # None where it was never read of all records

    def shown(self) -> dict[str, object]:
        """Give it as JSON holds it."""
        return {"field": self.field, "by": self.by, "as_of": to_plain(self.as_of)}


def ages_of(books: Books) -> dict[str, tuple[Age, ...]]:
    """Give how fresh each calculated field of the mirror is, by sObject."""
    ours = formulas_of(books)
    found = {}
    for name in books.schemas.names():
        schema, pulled = books.schemas.get(name), books.schemas.pulled(name)
        calculated = [one for one in pulled if schema and one in schema.fields and schema.fields[one].calculated]
        if calculated:
            proven = {one.field.name for one in ours.get(name, ()) if _is_proven(books, name, one)}
            found[name] = tuple(_age(books, name, field, field in proven) for field in calculated)
    return found


def _age(books: Books, sobject: str, field: str, proven: bool) -> Age:
    mark = books.watermarks.get(_mark(sobject) if proven else refreshed_mark(sobject))
    return Age(field, "formula" if proven else "reading", mark.covered_until if mark else None)


def recompute(context: Context, run: int, now: datetime, came: Collection[str]) -> dict[str, Taken]:
    """Prove what was just read of all records, and work out anew what a new day or a parent has changed.

    `came` are the sObjects this run has read anything of. Gives what was found changed, by sObject.
    """
    with context.mirror.reading() as books:
        formulas = formulas_of(books)
        if not formulas:
            return {}
        zone = _zone(books, context.org.identity().user_id)
    if zone is None:
        return {}
    found: dict[str, Taken] = {}
    for sobject, ours in formulas.items():
        taken = _Recomputing(context, sobject, ours, run, EvalContext(now, zone)).settle({*came, *found})
        if taken.changed:
            found[sobject] = taken
    return found


def _zone(books: Books, user_id: str) -> tzinfo | None:
    """Give the zone of the user sfsync signs in as, in which the org counts days for it; None where it is not known."""
    if ZONE_FIELD not in books.schemas.pulled("User"):
        return None
    user = next(books.records.records("User", [ZONE_FIELD], ids=[user_id]), None)
    try:
        return ZoneInfo(str(user.fields[ZONE_FIELD])) if user else None
    except (KeyError, ValueError, OSError):
        return None


def _mark(sobject: str) -> str:
    """Give the name under which is kept up to when, and to which run, proven formulas were worked out."""
    return f"{sobject}/computed"


def _proof(sobject: str, formula: OrgFormula) -> str:
    return f"{_mark(sobject)}/{formula.mark}"


def _is_proven(books: Books, sobject: str, formula: OrgFormula) -> bool:
    return books.watermarks.get(_proof(sobject, formula)) is not None


class _Recomputing:
    """The formula fields of one sObject, in one run."""

    def __init__(
        self, context: Context, sobject: str, ours: Sequence[OrgFormula], run: int, asking: EvalContext
    ) -> None:
        self._context = context
        self._sobject = sobject
        self._ours = ours
        self._run = run
        self._asking = asking

    def settle(self, came: Collection[str]) -> Taken:
        """Prove, or work out anew; then keep how far it is."""
        with self._context.mirror.reading() as books:
            read = books.watermarks.get(refreshed_mark(self._sobject))
            mark = books.watermarks.get(_mark(self._sobject))
        taken = Taken()
        if read is not None and read.run == self._run:
            self._prove()
        elif mark is not None:
            taken = self._anew(mark.run, mark.covered_until, came)
        with self._context.mirror.writing() as books:
            books.watermarks.set(_mark(self._sobject), self._asking.now, run=self._run)
        return taken

    # --- proving ---

    def _prove(self) -> None:
        """Hold ours against the org's, and keep which are the same."""
        right = self._right() if self._ours else set()
        with self._context.mirror.writing() as books:
            for one in self._ours:
                name = _proof(self._sobject, one)
                if one.field.name in right:
                    books.watermarks.set(name, self._asking.now, run=self._run)
                else:
                    books.watermarks.reset(name)

    def _right(self) -> set[str]:
        right = {one.field.name for one in self._ours}
        for shown, record in self._asked(self._sample()):
            right -= {
                one.field.name
                for one in self._ours
                if one.field.name in right and not same(one.value(record, self._asking), shown[one.field.name])
            }
        later = self._context.org.server_time() or self._asking.now
        if EvalContext(later, self._asking.zone).today != self._asking.today:
            right -= {one.field.name for one in self._ours if one.daily}  # nobody knows which day was meant
        return right

    def _sample(self) -> list[str]:
        with self._context.mirror.reading() as books:
            step = max(1, -(-books.records.count(self._sobject) // _SAMPLE))
            return [str(row[0]) for row in islice(books.stored.rows(self._sobject, ["Id"]), 0, None, step)]

    def _asked(self, ids: Sequence[str]) -> Iterator[tuple[dict[str, Value], dict[str, Value]]]:
        """Ask the org for records: what it shows in the formula fields, and what these read, all at one time."""
        kinds = {one.field.name: one.field.kind for one in self._ours}
        inputs = {one.name: one.kind for formula in self._ours for one in formula.inputs}
        query = Query(self._sobject, tuple({**kinds, **inputs}), (Condition("Id", Compare.ONE_OF, tuple(ids)),))
        try:
            for page in self._context.org.pages(query) if ids else ():
                for row in page.rows:
                    came = dict(zip(query.fields, row, strict=True))
                    shown = {name: from_plain(kind, came[name]) for name, kind in kinds.items()}
                    yield shown, {name: _read(kind, came[name]) for name, kind in inputs.items()}
        except OrgRefused as refused:
            self._context.progress.step(f"{self._sobject}: formulas are left to the org, since {refused}")
            yield dict.fromkeys(kinds, _NOTHING), {}

    # --- working out ---

    def _anew(self, since_run: int, since: datetime, came: Collection[str]) -> Taken:
        """Work out what may be another value than at the last run that did so."""
        with self._context.mirror.reading() as books:
            proven = [one for one in self._ours if _is_proven(books, self._sobject, one)]
        other_day = EvalContext(since, self._asking.zone).today != self._asking.today
        if other_day and any(one.daily for one in proven):
            return self._of(proven, None)
        references = _references(proven)
        parents = {parent for ones in references.values() for parent in ones}
        known = since_run >= self._run - 1  # else runs came between of which nobody knows here what they brought
        if not parents or (known and parents.isdisjoint(came)):
            return Taken()
        with self._context.mirror.reading() as books:
            ids = books.stored.referring(self._sobject, references, since_run, _MOST_IDS + 1)
        return self._of(proven, None if len(ids) > _MOST_IDS else ids)

    def _of(self, proven: Sequence[OrgFormula], ids: Sequence[str] | None) -> Taken:
        """Work formulas out of some records, or all, and take in what they give."""
        taken = Taken()
        if ids is not None and not ids:
            return taken
        amount = "all" if ids is None else f"{len(ids):,}"
        names = ", ".join(one.field.name for one in proven)
        self._context.progress.step(f"{self._sobject}: working out {names} of {amount} records")
        inputs = [one for formula in proven for one in formula.inputs]
        columns = list(dict.fromkeys(["Id", *(one.through or one.field for one in inputs)]))
        with self._context.mirror.reading() as books:
            for some in slices(books.records.records(self._sobject, columns, ids=ids), _AT_ONCE):
                rows = list(self._rows(books, some, proven, inputs))
                fields = ("Id", *(one.field.name for one in proven))
                with self._context.mirror.writing() as writing:
                    taken += writing.records.take(
                        self._sobject, fields, rows, run=self._run, filling=Filling(frozenset())
                    )
        return taken

    def _rows(
        self, books: Books, records: Sequence[Record], proven: Sequence[OrgFormula], inputs: Sequence[Input]
    ) -> Iterator[list[object]]:
        parents = _parents(books, records, inputs)
        for record in records:
            given = {one.name: _input_of(record, one, parents) for one in inputs}
            yield [record.id, *(to_plain(one.value(given, self._asking)) for one in proven)]


class _Nothing(str):
    """What no formula gives."""


_NOTHING = _Nothing("\0")


def _read(kind: Kind, plain: object) -> Value:
    return seen_by_formulas(kind, from_plain(kind, plain))


def _references(formulas: Sequence[OrgFormula]) -> dict[str, tuple[str, ...]]:
    """Give the references that formulas look through, each with the sObjects it may point to."""
    return {one.through: one.parents for formula in formulas for one in formula.inputs if one.through}


def _parents(
    books: Books, records: Sequence[Record], inputs: Sequence[Input]
) -> Mapping[tuple[str, str], Mapping[str, Value]]:
    """Give the parents' values that are read, by reference and the parent's id."""
    found: dict[tuple[str, str], dict[str, Value]] = {}
    for reference, parents in {one.through: one.parents for one in inputs if one.through}.items():
        ids = {str(record.fields[reference]) for record in records if record.fields[reference]}
        for parent in parents:
            held = books.records.columns(parent)
            names = {one.field for one in inputs if one.through == reference and one.field in held}
            for record in books.records.records(parent, ["Id", *sorted(names - {"Id"})], ids=sorted(ids)):
                found.setdefault((reference, record.id), {}).update({**record.fields, "Id": record.id})
    return found


def _input_of(record: Record, one: Input, parents: Mapping[tuple[str, str], Mapping[str, Value]]) -> Value:
    if one.through is None:
        return seen_by_formulas(one.kind, record.id if one.field == "Id" else record.fields[one.field])
    parent = parents.get((one.through, str(record.fields[one.through])), {})
    return seen_by_formulas(one.kind, parent.get(one.field))
