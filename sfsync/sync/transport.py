"""Records over REST, page by page, and which of the two ways records come in is the cheaper one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sfsync.errors import IncompleteAnswer, OrgRefused
from sfsync.mirror.page import Filling
from sfsync.mirror.taken import Taken
from sfsync.mirror.watermarks import Resume
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.values import Kind, from_text
from sfsync.salesforce.port import Page
from sfsync.sync.bulk_pull import Came, Reading, pull_by_bulk
from sfsync.sync.context import Context

IN_ORDER = ("SystemModstamp", "Id")
_REST_PAGE = 2_000  # records of a page
_BULK_PAGE = 50_000
_BULK_CALLS = 5  # beside the pages: start, three looks, delete
_RESTARTS = 3  # of one reading, before the pull gives up


@dataclass(frozen=True, slots=True)
class Way:
    """How records come in, and about how many API calls that takes."""

    name: str  # REST or Bulk API 2.0
    calls: int


def way_for(records: int) -> Way:
    """Give the way that takes fewer calls for so many records; REST where it is all the same."""
    by_rest = max(1, -(-records // _REST_PAGE))
    by_bulk = _BULK_CALLS + max(1, -(-records // _BULK_PAGE))
    return Way("REST", by_rest) if by_rest <= by_bulk else Way("Bulk API 2.0", by_bulk)


def read_by(context: Context, way: Way, reading: Reading) -> Came:
    """Take what a reading asks for in by a way."""
    if way.name != "REST":
        return pull_by_bulk(context, reading)
    if "SystemModstamp" in reading.query.fields:
        return pull_in_order(context, reading)
    taken = pull_by_rest(context, reading.query, reading.run, deleted_too=reading.deleted_too, filling=reading.filling)
    return Came(taken, taken.seen, None)


def pull_by_rest(
    context: Context, query: Query, run: int, *, deleted_too: bool = False, filling: Filling | None = None
) -> Taken:
    """Take a query's pages as they come, each in a transaction of its own."""
    taken = Taken()
    for page in context.org.pages(query, deleted_too=deleted_too):
        with context.mirror.writing() as books:
            taken += books.records.take(query.sobject, query.fields, page.rows, run=run, filling=filling)
        context.progress.count(query.sobject, taken.seen, page.total)
    return taken


@dataclass(frozen=True, slots=True)
class Place:
    """How far a reading in the order of stamps and ids has come."""

    stamp: str  # SystemModstamp, as the org wrote it
    id: str
    left: int  # records that are still to come, by what the org first said
    records: int  # that came

    def written(self, reading: Reading) -> str:
        """Give it as it is kept."""
        return f"{reading.purpose}|{self.stamp}|{self.id}|{self.left}|{self.records}"


def pull_in_order(context: Context, reading: Reading) -> Came:
    """Take a query's pages in the order of (SystemModstamp, Id), each with its place, in a transaction of its own.

    A reading that was cut short goes on behind the last record that is in the mirror: so does one whose locator the
    org has forgotten, or whose pages do not add up. Where less comes then than was still to come, something was left
    out before, and it starts again. Raises IncompleteAnswer, or what the org said, after three restarts.
    """
    return _InOrder(context, reading).read()


class _InOrder:
    def __init__(self, context: Context, reading: Reading) -> None:
        self._context = context
        self._reading = reading
        self._taken = Taken()
        self._begun_at: datetime | None = None
        self._place: Place | None = None

    def read(self) -> Came:
        sobject = self._reading.query.sobject
        self._adopt()
        restarts = 0
        while True:
            try:
                self._go_on()
                break
            except (IncompleteAnswer, OrgRefused) as error:
                forgotten = isinstance(error, OrgRefused) and error.code == "INVALID_QUERY_LOCATOR"
                if restarts == _RESTARTS or not (forgotten or isinstance(error, IncompleteAnswer)):
                    raise
                restarts += 1
                self._context.progress.step(f"{sobject}: going on behind what is in the mirror, since {error}")
        with self._context.mirror.writing() as books:
            books.watermarks.forget(sobject)
        return Came(self._taken, self._place.records if self._place else 0, self._begun_at)

    def _adopt(self) -> None:
        """Go on where a run that was cut short has left the same reading."""
        query = self._reading.query
        with self._context.mirror.reading() as books:
            kept = books.watermarks.resume(query.sobject)
        if kept is None or kept.job_id is not None or kept.fields != query.fields:
            return
        purpose, *parts = (kept.position or "").split("|")
        if purpose == self._reading.purpose and len(parts) == 4:
            self._place = Place(parts[0], parts[1], int(parts[2]), int(parts[3]))
            self._begun_at = kept.started_at

    def _go_on(self) -> None:
        """Read from the place on to the end."""
        behind, came, promised = self._place, 0, 0
        for query in questions(self._reading.query, behind):
            total = 0
            for page in self._context.org.pages(query, deleted_too=self._reading.deleted_too):
                total = page.total
                came += len(page.rows)
                self._take(page, (behind.left if behind else total) - came, came + (behind.records if behind else 0))
            promised += total
        if behind and promised < behind.left:
            self._place = None
            raise IncompleteAnswer(f"{behind.left} records of {self._reading.query.sobject} were left, {came} came")

    def _take(self, page: Page, left: int, records: int) -> None:
        reading, query = self._reading, self._reading.query
        with self._context.mirror.writing() as books:
            if page.rows:
                self._place = self._last(page, left, records)
                begun_at = self._begun_at or reading.covered_until
                at = Resume(reading.run, None, self._place.written(reading), begun_at, query.fields)
                books.watermarks.keep(query.sobject, at)
            self._taken += books.records.take(
                query.sobject, query.fields, page.rows, run=reading.run, filling=reading.filling
            )
        self._context.progress.count(query.sobject, records, records + max(left, 0))

    def _last(self, page: Page, left: int, records: int) -> Place:
        """Give the place behind a page. Raises IncompleteAnswer where its records are not in order."""
        fields = self._reading.query.fields
        stamp, record_id = fields.index("SystemModstamp"), fields.index("Id")
        keys = [(str(row[stamp]), str(row[record_id])) for row in page.rows]
        before = (self._place.stamp, self._place.id) if self._place else keys[0]
        if before > keys[0] or keys != sorted(keys):
            raise IncompleteAnswer(f"records of {self._reading.query.sobject} came in another order than asked for")
        return Place(*keys[-1], left, records)


def questions(query: Query, place: Place | None) -> Iterator[Query]:
    """Give what has to be asked to read a query from a place on, in the order of stamps and ids."""
    ordered = replace(query, order_by=IN_ORDER)
    if place is None:
        yield ordered
        return
    stamp = from_text(Kind.DATETIME, place.stamp)
    assert isinstance(stamp, datetime)
    others = tuple(one for one in query.where if one.field != "SystemModstamp")
    same = (Condition("SystemModstamp", Compare.EQUAL, stamp), Condition("Id", Compare.MORE, place.id))
    yield replace(ordered, where=(*others, *same))
    yield replace(ordered, where=(*others, Condition("SystemModstamp", Compare.MORE, stamp)))
