"""One page of a query's records: children count as records of the page, and those of one record have pages too.

Documented (REST and SOAP API guides, Query Options): children count towards the batch size, which is advice; subqueries
may need queryMore of their own. Seen in public traces: a record with 1,200 children in a batch of 500 came with 499 of
them and a `nextRecordsUrl` that ended in -499. Assumed: a record whose children do not fit on the page begins the next
one; a record of many subqueries gives at least one child of each.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from sfsync.localorg.context import OrgContext
from sfsync.localorg.soql import locators, viewed
from sfsync.localorg.soql.compile import Root
from sfsync.localorg.soql.refusals import refuse_plainly
from sfsync.localorg.soql.shape import Children, Member
from sfsync.localorg.state import Stored

_MARK = re.compile(r"\?(\d+)")
_TOO_MUCH = re.compile("too (large|many|big|long|complex)|at most|overflow")  # what SQLite says of limits of its own


@dataclass(frozen=True, slots=True)
class Result:
    """One page of a query's records, each already written as JSON."""

    total: int
    records: Sequence[str]
    next_page: str | None = None  # "01g...-2000", None on the last page
    used: int = 0  # records of the page, their children included

    def json(self, base_path: str) -> str:
        """Write the page as REST shows it; `base_path` is what addresses start with."""
        head = f'{{"totalSize":{self.total},"done":{"false" if self.next_page else "true"}'
        if self.next_page:
            head += f',"nextRecordsUrl":{json.dumps(f"{base_path}/query/{self.next_page}")}'
        return f'{head},"records":[{",".join(self.records)}]}}'


@dataclass(frozen=True, slots=True)
class Page:
    """Records, each written as JSON, and how many of the ids that were to be shown they stand for."""

    records: Sequence[str]
    taken: int
    used: int


@dataclass(frozen=True, slots=True)
class Paging:
    """Whose pages: a query, or a subquery of it; `path` leads to that, by the places of subqueries."""

    context: OrgContext
    soql: str
    root: Root
    batch: int
    path: tuple[int, ...] = ()

    def first(self, room: int) -> Result:
        """Run the query and give what fits into `room`; a locator keeps which records there are, if there are more."""
        sql = f"SELECT {self.root.id_sql} {self.root.tail_sql()}"
        found = (str(row[0]) for row in rows(self.context, self.root, sql))
        ahead = list(islice(found, room + 1))
        page = self.page(ahead[:room], room)
        if page.taken == len(ahead):
            return Result(page.taken, page.records, used=page.used)
        ids = chain(ahead, found)
        facts = locators.Facts(self.soql, self.root.all_rows, self.batch, self.path)
        locator = locators.keep(self.context.state, self.context.now, facts, ids)
        return Result(locator.total, page.records, f"{locator.id}-{page.taken}", page.used)

    def page(self, ids: Sequence[str], room: int) -> Page:
        """Give those of the records, in their order, that fit into `room`; one at least."""
        members = self.root.members()
        weight = " + ".join(["1", *(one.weight for one in members if isinstance(one, Children))])
        taken, used = (len(ids), len(ids)) if weight == "1" else self._fitting(weight, ids, room)
        if taken or not ids:
            return Page(self._records(members, ids[:taken]), taken, used)
        return self._one(members, ids[0], room)

    def _fitting(self, weight: str, ids: Sequence[str], room: int) -> tuple[int, int]:
        """Tell how many records fit, and what they come to with their children."""
        used = 0
        sql = self.root.page_sql(f"page.key, {weight}", self.root.bind(json.dumps(ids)))
        for place, each in rows(self.context, self.root, sql):
            if used + int(each or 0) > room:
                return int(place or 0), used
            used += int(each or 0)
        return len(ids), used

    def _one(self, members: Sequence[Member], record_id: str, room: int) -> Page:
        """Give a record that has more children than there is room for."""
        shown: list[Member] = []
        used, place = 1, 0
        for one in members:
            if isinstance(one, Children):
                below = replace(self, root=self.root.child(place, record_id), path=(*self.path, place))
                result = below.first(max(1, room - used))
                used, place = used + result.used, place + 1
                text = result.json(self.context.base_path) if result.total else "null"
                shown.append(replace(one, sql=self.root.bind(text)))
            else:
                shown.append(one)
        return Page(self._records(shown, [record_id]), 1, used)

    def _records(self, members: Sequence[Member], ids: Sequence[str]) -> list[str]:
        viewed.note(self.context, self.root.sobject, self.root.query.for_what, ids)
        sql = self.root.page_sql(self.root.json([*members]), self.root.bind(json.dumps(ids)))
        return [str(row[0]) for row in rows(self.context, self.root, sql)]


def rows(context: OrgContext, root: Root, sql: str) -> Iterator[tuple[Stored, ...]]:
    """Carry out a statement of a query. Raises Refusal QUERY_TOO_COMPLICATED where it is too much for SQLite."""
    needed = max((int(one) for one in _MARK.findall(sql)), default=0)  # it needs the values up to its highest mark
    try:
        yield from context.state.stream(sql, root.params[:needed])
    except sqlite3.OperationalError as error:
        if _TOO_MUCH.search(str(error)) is None:
            raise
        reason = "Query is either selecting too many fields or the filter conditions are too complicated."
        raise refuse_plainly(reason, "QUERY_TOO_COMPLICATED") from None
