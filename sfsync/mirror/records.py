"""The records of the mirror: one typed table per sObject, named as it, with a column per field."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from sfsync.clock import Clock
from sfsync.errors import MirrorError, Problem, Where
from sfsync.mirror import hands, shape
from sfsync.mirror.bulk import Load
from sfsync.mirror.casts import json_caster
from sfsync.mirror.driver import driver, is_postgres, streamed
from sfsync.mirror.journal import Origin
from sfsync.mirror.layout import layout_of
from sfsync.mirror.page import Filling, Page
from sfsync.mirror.part import PartPlan, plan_for
from sfsync.mirror.prints import Prints, void
from sfsync.mirror.shape import quoted
from sfsync.mirror.slices import slices
from sfsync.mirror.taken import Taken
from sfsync.records.record import Record
from sfsync.records.schema import SObject
from sfsync.records.values import Kind, Value, datetime_text, from_stored


class Records:
    """All records, by sObject."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    # --- writing ---

    def shape(self, schema: SObject, fields: Sequence[str]) -> list[str]:
        """Make the sObject's table, or widen it; gives the columns that were added. See `shape.shape`."""
        return shape.shape(self._connection, schema, fields)

    def columns(self, sobject: str) -> frozenset[str]:
        """Give the fields the sObject's table has a column for, those the org no longer shows among them."""
        return frozenset(self._kinds(sobject))

    def take(
        self,
        sobject: str,
        fields: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        run: int,
        filling: Filling | None = None,
    ) -> Taken:
        """Take a page of REST rows in: JSON values in the order of the fields, `Id` among them.

        What differs is written and journaled (the first sight of a record is not). IsDeleted true makes a tombstone,
        false lifts one; MasterRecordId makes keys follow. Raises IncompleteAnswer where a value is not of its field's
        kind.
        """
        layout = layout_of(sobject, self._indexed(sobject), fields)
        stored = list(map(json_caster(layout), rows))
        page = Page(self._connection, layout, run=run, now=self._now(), filling=filling)
        taken, written = page.take(stored)
        void(self._connection, sobject, written)
        return taken

    def take_csv(
        self,
        sobject: str,
        fields: Sequence[str],
        chunks: Iterable[bytes],
        expected: int,
        *,
        run: int,
        filling: Filling | None = None,
        beside: bool = False,
    ) -> Taken:
        """Take a page of a bulk query in: CSV bytes, cut anywhere, of `expected` rows and (at least) these fields.

        `chunks` is gone through twice where records come in no order; each time it has to give them from the start.
        The result is that of `take`. Records whose bytes are known from an earlier load are not looked at. `beside`
        tells that the transaction was opened with the page's part beside it.
        Raises IncompleteAnswer, to be let out of the transaction, where there are fewer or more rows or a field lacks.
        """
        kinds = self._kinds(sobject)
        load = Load(self._connection, sobject, kinds, run=run, now=self._now(), filling=filling, beside=beside)
        return load.take(fields, chunks, expected)

    def part_plan(self, sobject: str, fields: Sequence[str], run: int) -> PartPlan | None:
        """Give how pages of a first load become parts, None where this is none or nothing can make them."""
        kinds = self._kinds(sobject)
        if shape.is_indexed(self._connection, sobject) and not shape.is_empty(self._connection, sobject):
            return None
        return plan_for(self._connection, layout_of(sobject, kinds, fields), run)

    def loaded(self, sobject: str) -> None:
        """Say that the last page of a bulk query is in: what the first load put off is done now."""
        self._indexed(sobject)
        self.settle_prints(sobject)

    def settle_prints(self, sobject: str) -> None:
        """Put in the prints a bulk query has put off: at its end, and before another one begins."""
        prints = Prints(self._connection, sobject)
        prints.read()
        prints.settle()

    def bury(
        self,
        sobject: str,
        ids: Sequence[tuple[str, datetime | None]],
        *,
        run: int,
        origin: Origin = "org",
        because: tuple[str, ...] = (),
    ) -> int:
        """Make tombstones of records that are gone from the org, each with when (None: now); gives how many were not.

        Ids the mirror does not hold are passed over.
        """
        kinds = self._indexed(sobject)
        now = self._clock.now()
        when = {record_id: now if at is None else at for record_id, at in ids}
        return hands.bury(self._connection, sobject, kinds, when, run=run, origin=origin, because=because)

    def settle(
        self,
        sobject: str,
        changes: Sequence[tuple[str, Mapping[str, Value]]],
        *,
        run: int,
        because: Sequence[Mapping[str, tuple[str, ...]]],
        found: Mapping[str, Mapping[str, Value]] = MappingProxyType({}),
    ) -> None:
        """Write down what the org has just taken from us: ids with values, and for each the reasons by field.

        Records that are not there yet (creates) get a row with what is known. Journaled as done by sfsync; where a
        record is known to have held something else right before than the mirror has, that is journaled first.
        """
        writes = [
            (record_id, [(name, value, reasons.get(name, ())) for name, value in values.items()])
            for (record_id, values), reasons in zip(changes, because, strict=True)
        ]
        hands.settle(self._connection, sobject, self._indexed(sobject), writes, found, run=run, now=self._now())

    # --- reading ---

    def records(
        self,
        sobject: str,
        fields: Sequence[str] | None = None,
        *,
        ids: Iterable[str] | None = None,
        deleted_too: bool = False,
    ) -> Iterator[Record]:
        """Give records in the order of their ids, one by one: all or those asked for, with all fields or some.

        Raises MirrorError where a column holds what is no value of its field.
        """
        kinds = self._kinds(sobject)
        if not kinds:
            return
        chosen = {name: kinds[name] for name in (kinds if fields is None else fields)}
        for row in self._rows(sobject, [*chosen, "Id", "_deleted"], ids, deleted_too):
            try:
                values = {name: from_stored(kind, one) for (name, kind), one in zip(chosen.items(), row, strict=False)}
            except ValueError:
                raise _unreadable(sobject, chosen, row) from None
            yield Record(sobject, row[-2], values, bool(row[-1]))

    def get(self, sobject: str, record_id: str) -> Record | None:
        """Give one record, a tombstone too; None where the mirror does not hold it."""
        return next(self.records(sobject, ids=[record_id], deleted_too=True), None)

    def holders(self, sobject: str, field: str, values: Sequence[str], *, fold: bool) -> Iterator[tuple[str, str]]:
        """Give the living records that hold one of these values in a text field: ids and values; in one look.

        With `fold` the values are in lower case, and case does not matter.
        """
        if field not in self._kinds(sobject):
            return
        column = f"lower({quoted(field)})" if fold else quoted(field)
        for some in slices(values, 2_000):
            marks = ", ".join("?" * len(some))
            yield from driver(self._connection).execute(
                f'SELECT "Id", {quoted(field)} FROM {quoted(sobject)} WHERE {column} IN ({marks}) AND _deleted = 0',  # noqa: S608 - checked names
                some,
            )

    def count(self, sobject: str, deleted_too: bool = False) -> int:
        """Count the records, with or without tombstones."""
        if not self._kinds(sobject):
            return 0
        table = quoted(sobject)
        every, buried = (
            driver(self._connection)
            .execute(
                f"SELECT (SELECT count(*) FROM {table}), (SELECT count(*) FROM {table} WHERE _deleted = 1)"  # noqa: S608 - checked names
            )
            .fetchone()
        )
        return int(every) if deleted_too else int(every - buried)

    def stamps(self, sobject: str) -> Iterator[tuple[str, str]]:
        """Give the id and SystemModstamp of every live record, in the order of the ids.

        The stamp is text, as Bulk writes it; empty for a record that sfsync created and no pull has seen yet.
        """
        if "SystemModstamp" in self._kinds(sobject):
            for record_id, stamp in self._rows(sobject, ["Id", "SystemModstamp"], None, False):
                yield record_id, stamp or ""

    def unmatched(self, sobject: str, present: Iterable[str]) -> tuple[list[str], list[str]]:
        """Give the ids of live records that are not among those given, and those given that are of none; in order."""
        if not self._kinds(sobject):
            return [], sorted(present)
        raw = driver(self._connection)
        if is_postgres(self._connection):  # a reader cannot make a table there, and an array can be as long as it likes
            there = f'SELECT "Id"::text FROM {quoted(sobject)} WHERE _deleted = 0'  # noqa: S608 - checked name
            given = [list(present)]
            missing = raw.execute(f"{there} EXCEPT SELECT unnest(?::text[])", given).fetchall()
            strange = raw.execute(f"SELECT unnest(?::text[]) EXCEPT {there}", given).fetchall()
            return sorted(row[0] for row in missing), sorted(row[0] for row in strange)
        raw.execute("CREATE TEMP TABLE IF NOT EXISTS present (id TEXT PRIMARY KEY) WITHOUT ROWID")
        raw.execute("DELETE FROM temp.present")
        raw.executemany("INSERT OR IGNORE INTO temp.present VALUES (?)", ((record_id,) for record_id in present))
        living = f'SELECT "Id" FROM {quoted(sobject)} WHERE _deleted = 0'  # noqa: S608 - checked name
        missing = raw.execute(f'{living} AND "Id" NOT IN (SELECT id FROM temp.present) ORDER BY "Id"').fetchall()  # noqa: S608
        strange = raw.execute(f"SELECT id FROM temp.present WHERE id NOT IN ({living}) ORDER BY id").fetchall()  # noqa: S608
        raw.execute("DROP TABLE temp.present")
        return [row[0] for row in missing], [row[0] for row in strange]

    def _rows(
        self, sobject: str, columns: Sequence[str], ids: Iterable[str] | None, deleted_too: bool
    ) -> Iterator[Any]:
        named = ", ".join(name if name.startswith("_") else quoted(name) for name in columns)
        select = f"SELECT {named} FROM {quoted(sobject)}"  # noqa: S608 - checked names
        alive = "" if deleted_too else " AND _deleted = 0"
        if ids is None:
            yield from streamed(self._connection, f'{select} WHERE TRUE{alive} ORDER BY "Id"')
            return
        for some in slices(sorted(set(ids))):
            marks = ", ".join("?" * len(some))
            yield from driver(self._connection).execute(f'{select} WHERE "Id" IN ({marks}){alive} ORDER BY "Id"', some)

    def _kinds(self, sobject: str) -> dict[str, Kind]:
        return shape.columns(self._connection, sobject)

    def _indexed(self, sobject: str) -> dict[str, Kind]:
        """Give the kinds of an sObject's fields, its ids indexed: a first load that was cut short puts that off."""
        kinds = self._kinds(sobject)
        if kinds:
            shape.index(self._connection, sobject)
        return kinds

    def _now(self) -> str:
        return datetime_text(self._clock.now())


def _unreadable(sobject: str, kinds: Mapping[str, Kind], row: Sequence[Any]) -> MirrorError:
    """Say which values of a row are none of their fields' kinds: something else has written to the mirror."""
    problems = []
    for (name, kind), stored in zip(kinds.items(), row, strict=False):
        try:
            from_stored(kind, stored)
        except ValueError as mistake:
            words = f"the mirror holds what sfsync never wrote there: {mistake}"
            where = Where(sobject=sobject, id=row[-2], field=name)
            problems.append(Problem(words, "run `sfsync verify --level 3 --heal`, which reads it from the org", where))
    return MirrorError.of(problems)
