"""Run a query: read, check, compile, and give its records page by page, or as lines of CSV."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sfsync.localorg import fiscal
from sfsync.localorg.context import OrgContext
from sfsync.localorg.soql import locators, record_access
from sfsync.localorg.soql.comparing import Day
from sfsync.localorg.soql.compile import Asking, Compiler, Root
from sfsync.localorg.soql.exporting import columns_of, members_of
from sfsync.localorg.soql.functions import register
from sfsync.localorg.soql.paging import Paging, Result, rows
from sfsync.localorg.soql.parser import parse
from sfsync.localorg.soql.refusals import refuse_plainly
from sfsync.localorg.soql.shape import Member, csv_line
from sfsync.localorg.soql.tree import Call, Query, Selected
from sfsync.localorg.variants import NULLS_LEFT_OUT, is_on

LARGEST_BATCH = 2000  # records of one page
MOST_GROUPS = 2000  # rows of an aggregate query; there are no pages of them


@dataclass(frozen=True, slots=True)
class Export:
    """All records of a query as lines of CSV."""

    sobject: str
    header: tuple[str, ...]
    lines: Iterator[tuple[object, ...]]  # rows of one text each


def compiled(context: OrgContext, soql: str, all_rows: bool) -> Root:
    """Read, check and compile a query for who asks and when. Raises Refusal."""
    query = parse(soql)
    record_access.work_out(context, query)
    return _compiler(context, soql, all_rows).root(query)


def count(context: OrgContext, soql: str, query: Query) -> int:
    """Count the records that are like those of a query, in no order and without a limit; `soql` is its text."""
    counted = Query((Selected(Call("COUNT", None)),), query.source, query.scope, query.where)
    root = _compiler(context, soql, all_rows=False).root(counted)
    sql = root.count_sql()
    return int(str(next(rows(context, root, sql))[0]))


def demand_sound(root: Root) -> None:
    """Raise the Refusal of a query that could not be carried out."""
    if root.count_only:
        root.count_sql()
    elif root.grouped:
        root.groups_sql()
    else:
        root.tail_sql()
    root.members()


def _compiler(context: OrgContext, soql: str, all_rows: bool) -> Compiler:
    register(context.state.connection)
    day = Day(context.now, _zone(context), fiscal.first_month(context.state))
    asking = Asking(
        context.catalog, day, context.user_id, context.version, all_rows, not is_on(context.state, NULLS_LEFT_OUT)
    )
    return Compiler(soql, asking)


def execute(context: OrgContext, soql: str, all_rows: bool, batch: int = LARGEST_BATCH) -> Result:
    """Run a query and give its first page; where there are more records, a locator keeps which.

    `all_rows` takes deleted records in. Raises Refusal where Salesforce would refuse the query.
    """
    root = compiled(context, soql, all_rows)
    if root.count_only:
        sql = root.count_sql()
        return Result(int(str(next(rows(context, root, sql))[0])), ())
    if root.grouped:
        return _groups(context, root)
    return Paging(context, soql, root, batch).first(batch)


def found(context: OrgContext, soql: str, query: Query) -> Sequence[str]:
    """Give the records, at most 2,000, of a query that was read before; `soql` is the text it stands in."""
    root = _compiler(context, soql, all_rows=False).root(query)
    return Paging(context, soql, root, LARGEST_BATCH).first(LARGEST_BATCH).records


def more(context: OrgContext, page: str, batch: int | None = None) -> Result:
    """Give a later page, by its name `01g...-2000`, of a query or a subquery. Raises Refusal INVALID_QUERY_LOCATOR."""
    locator_id, _, written = page.partition("-")
    locator = locators.find(context.state, context.now, locator_id)
    start = int(written) if written.isdigit() and len(written) < 10 else -1
    if not 0 <= start < locator.total:
        raise locators.invalid()
    facts = locator.facts
    size = batch or facts.batch
    root = compiled(context, facts.soql, facts.all_rows)
    for place in facts.path:
        root = root.child(place)
    ids = locators.ids_of(context.state, locator, start, size)
    shown = Paging(context, facts.soql, root, size, facts.path).page(ids, size)
    end = start + shown.taken
    next_page = f"{locator.id}-{end}" if end < locator.total else None
    return Result(locator.total, shown.records, next_page, shown.used)


def export(context: OrgContext, soql: str, all_rows: bool, delimiter: str, ending: str) -> Export:
    """Run a query whose records are wanted as CSV; the lines are worked out as they are taken. Raises Refusal."""
    root = compiled(context, soql, all_rows)
    columns = columns_of(root)
    line = csv_line([expression for _, expression in columns], delimiter, ending)
    sql = f"SELECT {line} {root.tail_sql()}"
    lines = rows(context, root, sql)
    return Export(root.sobject.name, tuple(header for header, _ in columns), lines)


def objects(context: OrgContext, soql: str, all_rows: bool) -> Iterator[tuple[dict[str, object], Sequence[Member]]]:
    """Run a query of a bulk job and give its records one by one as REST shows them, with what each is made of.

    Raises Refusal.
    """
    root = compiled(context, soql, all_rows)
    members = members_of(root)
    sql = f"SELECT {root.json(members)} {root.tail_sql()}"
    for row in rows(context, root, sql):
        yield json.loads(str(row[0])), members


def check_export(context: OrgContext, soql: str, all_rows: bool) -> str:
    """Check that a query can be exported and give its sObject. Raises Refusal."""
    return export(context, soql, all_rows, ",", "\n").sobject


def _groups(context: OrgContext, root: Root) -> Result:
    sql = root.groups_sql()
    groups = [str(row[0]) for row in rows(context, root, sql)]
    if len(groups) > MOST_GROUPS:
        reason = "Aggregate query does not support queryMore(). Try adding a limit to reduce the number of rows."
        raise refuse_plainly(reason, "EXCEEDED_ID_LIMIT")
    return Result(len(groups), groups)


def _zone(context: OrgContext) -> str:
    """Give the time zone of who asks."""
    row = context.state.one('SELECT "TimeZoneSidKey" FROM "User" WHERE "Id" = ?', (context.user_id,))
    return str(row[0]) if row is not None and row[0] else "GMT"
