"""The ground of all wrappers: an `Org` that passes every question on to another, each through one of two doors."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sfsync.plan.effects import Effect
from sfsync.records.manner import Manner
from sfsync.records.query import DailyQuery, Day, Query
from sfsync.records.schema import RecordTypes, SObject
from sfsync.records.values import Value
from sfsync.salesforce.look_calls import calls_for
from sfsync.salesforce.port import (
    EFFECTS_CALLS,
    ApiUsage,
    BulkJob,
    BulkPage,
    Deleted,
    Ingest,
    IngestJob,
    Look,
    Moved,
    Org,
    OrgIdentity,
    Outcome,
    Page,
    ResultSet,
    RowResults,
    Upload,
)

T = TypeVar("T")


class AroundOrg:
    """Passes everything on. A wrapper overrides `_read`, `_write`, or the few methods it is about.

    `what` is the method's name, `calls` how many API calls it will make at least.
    """

    def __init__(self, inner: Org) -> None:
        self._inner = inner

    def _read(self, what: str, ask: Callable[[], T], calls: int = 1) -> T:
        """Pass on what changes no record."""
        return ask()

    def _write(self, what: str, ask: Callable[[], T], calls: int = 1) -> T:
        """Pass on what changes records."""
        return ask()

    def usage(self) -> ApiUsage | None:
        """See `Org`."""
        return self._inner.usage()

    def manner(self, sobject: str) -> Manner:
        """See `Org`."""
        return self._inner.manner(sobject)

    def calls_made(self) -> int:
        """See `Org`."""
        return self._inner.calls_made()

    def new_share(self, used_today: int) -> None:
        """See `Org`."""
        self._inner.new_share(used_today)

    def server_time(self) -> datetime | None:
        """See `Org`."""
        return self._inner.server_time()

    def identity(self) -> OrgIdentity:
        """See `Org`."""
        return self._read("identity", self._inner.identity)

    def sobject_names(self) -> tuple[str, ...]:
        """See `Org`."""
        return self._read("sobject_names", self._inner.sobject_names)

    def describe(self, sobject: str) -> SObject:
        """See `Org`."""
        return self._read("describe", lambda: self._inner.describe(sobject))

    def record_types(self, sobject: str) -> RecordTypes:
        """See `Org`."""
        return self._read("record_types", lambda: self._inner.record_types(sobject))

    def count(self, query: Query) -> int:
        """See `Org`."""
        return self._read("count", lambda: self._inner.count(query))

    def days(self, query: DailyQuery) -> list[Day]:
        """See `Org`."""
        return self._read("days", lambda: self._inner.days(query))

    def pages(self, query: Query, *, deleted_too: bool = False, position: str | None = None) -> Iterator[Page]:
        """See `Org`. Each page passes the door on its own."""
        return _PagesThrough(self._read, self._inner.pages(query, deleted_too=deleted_too, position=position))

    def deleted(self, sobject: str, since: datetime, until: datetime) -> Deleted:
        """See `Org`."""
        return self._read("deleted", lambda: self._inner.deleted(sobject, since, until))

    def look(self, looks: Sequence[Look]) -> list[Moved]:
        """See `Org`."""
        return self._read("look", lambda: self._inner.look(looks), calls=len(calls_for(looks)))

    def held(self, sobject: str) -> int | None:
        """See `Org`."""
        return self._read("held", lambda: self._inner.held(sobject))

    def effects(self, sobject: str) -> list[Effect]:
        """See `Org`."""
        return self._read("effects", lambda: self._inner.effects(sobject), calls=EFFECTS_CALLS)

    def retrieve(self, sobject: str, ids: Sequence[str], fields: Sequence[str]) -> list[Mapping[str, object] | None]:
        """See `Org`."""
        return self._read("retrieve", lambda: self._inner.retrieve(sobject, ids, fields), calls=-(-len(ids) // 2000))

    def create(self, sobject: str, records: Sequence[Mapping[str, Value]]) -> list[Outcome]:
        """See `Org`."""
        return self._write("create", lambda: self._inner.create(sobject, records))

    def update(self, sobject: str, records: Sequence[tuple[str, Mapping[str, Value]]]) -> list[Outcome]:
        """See `Org`."""
        return self._write("update", lambda: self._inner.update(sobject, records))

    def upsert(self, sobject: str, key_field: str, records: Sequence[tuple[str, Mapping[str, Value]]]) -> list[Outcome]:
        """See `Org`."""
        return self._write("upsert", lambda: self._inner.upsert(sobject, key_field, records))

    def change_owners(
        self, sobject: str, records: Sequence[tuple[str, Mapping[str, Value]]], manner: Manner
    ) -> list[Outcome]:
        """See `Org`."""
        return self._write("change_owners", lambda: self._inner.change_owners(sobject, records, manner))

    def delete(self, sobject: str, ids: Sequence[str]) -> list[Outcome]:
        """See `Org`."""
        return self._write("delete", lambda: self._inner.delete(sobject, ids))

    def start_bulk_query(self, query: Query, *, deleted_too: bool = False) -> BulkJob:
        """See `Org`."""
        return self._read("start_bulk_query", lambda: self._inner.start_bulk_query(query, deleted_too=deleted_too))

    def bulk_query(self, job_id: str) -> BulkJob:
        """See `Org`."""
        return self._read("bulk_query", lambda: self._inner.bulk_query(job_id))

    @contextmanager
    def bulk_page(self, job_id: str, position: str | None) -> Iterator[BulkPage]:
        """See `Org`. The opening of the page passes the door; what is read from it then does not."""
        with ExitStack() as opened:
            yield self._read("bulk_page", lambda: opened.enter_context(self._inner.bulk_page(job_id, position)))

    def end_bulk_query(self, job_id: str) -> None:
        """See `Org`."""
        self._read("end_bulk_query", lambda: self._inner.end_bulk_query(job_id))

    def new_upload(self, does: Ingest, fields: Sequence[str], folder: Path) -> AbstractContextManager[Upload]:
        """See `Org`."""
        return self._inner.new_upload(does, fields, folder)

    def start_ingest(self, does: Ingest) -> IngestJob:
        """See `Org`."""
        return self._write("start_ingest", lambda: self._inner.start_ingest(does))

    def upload(self, job_id: str, upload: Upload) -> None:
        """See `Org`."""
        self._write("upload", lambda: self._inner.upload(job_id, upload))

    def close_ingest(self, job_id: str) -> None:
        """See `Org`."""
        self._write("close_ingest", lambda: self._inner.close_ingest(job_id))

    def ingest(self, job_id: str) -> IngestJob:
        """See `Org`."""
        return self._read("ingest", lambda: self._inner.ingest(job_id))

    def ingest_jobs(self, since: datetime) -> list[IngestJob]:
        """See `Org`."""
        return self._read("ingest_jobs", lambda: self._inner.ingest_jobs(since))

    def abort_ingest(self, job_id: str) -> None:
        """See `Org`."""
        self._write("abort_ingest", lambda: self._inner.abort_ingest(job_id))

    @contextmanager
    def ingest_results(self, job: IngestJob, which: ResultSet, folder: Path) -> Iterator[RowResults]:
        """See `Org`. The fetching passes the door; what is read from the file then does not."""
        with ExitStack() as opened:
            fetch = self._inner.ingest_results
            yield self._read("ingest_results", lambda: opened.enter_context(fetch(job, which, folder)))


class _PagesThrough(Iterator[Page]):
    """Pages of an inner org, each through the door; an error ends nothing, as it does not for the inner pages."""

    def __init__(self, door: Callable[[str, Callable[[], Page | None]], Page | None], pages: Iterator[Page]) -> None:
        self._door = door
        self._pages = pages
        self._over = False

    def __next__(self) -> Page:
        page = None if self._over else self._door("pages", lambda: next(self._pages, None))
        self._over = page is None or page.position is None
        if page is None:
            raise StopIteration
        return page
