"""The org's living records as the mirror's columns would hold them, in the order of their ids."""

import csv
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

from sfsync.audit.spool import Spool
from sfsync.errors import IncompleteAnswer
from sfsync.mirror.driver import without_nul
from sfsync.mirror.stored import Row
from sfsync.records.query import Query
from sfsync.records.schema import SObject
from sfsync.records.values import Kind, Stored, from_plain, from_text, to_stored
from sfsync.sync.ahead import Fetched
from sfsync.sync.bulk_pull import pages_by_bulk
from sfsync.sync.context import Context
from sfsync.sync.transport import Way

_READ_AT_ONCE = 2_000


def org_rows(
    context: Context, schema: SObject, fields: Sequence[str], kinds: Sequence[Kind], way: Way
) -> Generator[Row]:
    """Give every record the org shows: values in the order of the fields, Id the first.

    No order is asked of the org: they wait on disk until the last has come. Raises IncompleteAnswer where a page makes
    no sense.
    """
    query = Query(schema.name, tuple(fields), archived_too=schema.archives)
    with Spool(len(fields)) as spool:
        for rows in _by_rest(context, query, kinds) if way.name == "REST" else _by_bulk(context, query, kinds):
            spool.add(rows)
        yield from spool.ordered()


def rows_by_id(
    context: Context, sobject: str, fields: Sequence[str], kinds: Sequence[Kind], ids: Sequence[str]
) -> Generator[Row]:
    """Give those of these records the org shows, in the order of their ids."""
    wanted = sorted(set(ids))
    cast = _caster(kinds, from_plain, context.mirror.holds_nul)
    for start in range(0, len(wanted), _READ_AT_ONCE):
        for record in context.org.retrieve(sobject, wanted[start : start + _READ_AT_ONCE], fields):
            if record is not None:
                yield cast([record.get(name) for name in fields])


def _by_rest(context: Context, query: Query, kinds: Sequence[Kind]) -> Iterator[Iterator[Row]]:
    cast = _caster(kinds, from_plain, context.mirror.holds_nul)
    came = 0
    for page in context.org.pages(query):
        yield map(cast, page.rows)
        came += len(page.rows)
        context.progress.count(query.sobject, came, page.total)


def _by_bulk(context: Context, query: Query, kinds: Sequence[Kind]) -> Iterator[Iterator[Row]]:
    cast = _caster(kinds, from_text, context.mirror.holds_nul)
    for page in pages_by_bulk(context, query):
        yield map(cast, _records(page, query))


def _records(page: Fetched, query: Query) -> Iterator[list[str]]:
    """Give the records of a page, their values in the order of the query's fields."""
    count = 0
    try:
        with page.file.open(encoding="utf-8-sig", newline="") as text:
            lines = csv.reader(text, strict=True)
            header = [name.lower() for name in next(lines, [])]
            places = [header.index(name.lower()) for name in query.fields] if header else []
            for line in lines:
                yield [line[place] for place in places]
                count += 1
    except (csv.Error, UnicodeDecodeError, ValueError, IndexError) as error:
        raise IncompleteAnswer(f"a page of {query.sobject} makes no sense: {error}") from None
    if count != page.records:
        raise IncompleteAnswer(f"a page of {page.records} records of {query.sobject} holds {count}")


def _caster(kinds: Sequence[Kind], read: Callable[[Kind, Any], Any], holds_nul: bool) -> Callable[[Sequence[Any]], Row]:
    """Give what casts a row to stored values. It shares nothing with the casts of a pull, so that it can find them out.

    It raises IncompleteAnswer where a value is not of its field's kind.
    """
    casts = [_cell(kind, read, holds_nul) for kind in kinds]

    def cast(row: Sequence[Any]) -> Row:
        try:
            return tuple([one(value) for one, value in zip(casts, row, strict=True)])
        except ValueError as error:
            raise IncompleteAnswer(f"the org's answer for {row[0]} makes no sense: {error}") from None

    return cast


def _cell(kind: Kind, read: Callable[[Kind, Any], Any], holds_nul: bool) -> Callable[[Any], Stored]:
    if kind in (Kind.TEXT, Kind.ID):
        return (lambda value: value or None) if holds_nul else (lambda value: without_nul(value or None))
    if kind is Kind.DATETIME and read is from_text:
        return lambda text: text if text[23:] == "Z" else to_stored(kind, from_text(kind, text))
    return lambda value: to_stored(kind, read(kind, value))
