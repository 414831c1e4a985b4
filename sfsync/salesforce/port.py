"""What the program asks of an org: the one face of Salesforce that use cases see.

Every method may raise the `OrgError`s of `sfsync.errors`; nothing else escapes. No write runs an assignment rule,
unless the connection was told so for its sObject (`manner`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import NamedTuple, Protocol

from sfsync.errors import Next
from sfsync.plan.effects import Effect
from sfsync.records.manner import Manner
from sfsync.records.query import DailyQuery, Day, Query
from sfsync.records.schema import RecordTypes, SObject
from sfsync.records.values import Value

EFFECTS_CALLS = 5
"""Calls it takes to see what saving records of an sObject sets off."""


@dataclass(frozen=True, slots=True)
class OrgIdentity:
    """Which org this is and as whom we are in it."""

    org_id: str  # 18 characters
    name: str
    is_sandbox: bool
    instance_url: str
    user_id: str
    username: str


@dataclass(frozen=True, slots=True)
class ApiUsage:
    """API calls of the rolling day, as the last answer told."""

    used: int
    allowed: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a REST query: JSON values in the order of the query's fields; parent paths flattened."""

    rows: list[list[object]]
    total: int  # records in the whole answer, as the org says (of one part, where a long ONE_OF is asked in parts)
    position: str | None  # where the next page is; None on the last


@dataclass(frozen=True, slots=True)
class Deleted:
    """Records deleted in a time window."""

    ids: tuple[tuple[str, datetime], ...]  # 18-character id, when
    covered_until: datetime  # all that was committed before this is told: the next window starts here
    told_from: datetime | None = None  # of what was deleted earlier the org knows nothing any more


@dataclass(frozen=True, slots=True)
class Look:
    """What to find out about an sObject without reading its records. It has to be one that is replicated."""

    sobject: str
    since: datetime  # what moved from then on; at most 15 days back
    until: datetime  # now, by the org's clock
    described_at: datetime  # a describe that has not changed since then is not given again
    exact: bool = True  # to the second; else whole minutes will do: what moved in this one may be seen by the next look


@dataclass(frozen=True, slots=True)
class Moved:
    """What a look found."""

    records: int  # deleted ones too, whose SystemModstamp is not before `since`
    deleted: Deleted
    schema: SObject | None  # None: as it was when it was last described


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the org refused one record."""

    code: str  # Salesforce's status code, or "" where it gave none
    message: str
    fields: tuple[str, ...] = ()
    next: Next = Next.BURY  # what to do about it, by its code: RETRY where the same may be taken later


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record of a write, in the order given."""

    id: str | None  # 18 characters where there is a record
    refusals: tuple[Refusal, ...] = ()
    created: bool = False

    @property
    def done(self) -> bool:
        """Whether the org took it."""
        return not self.refusals


@dataclass(frozen=True, slots=True)
class BulkJob:
    """A Bulk API 2.0 query job."""

    id: str  # 18 characters
    state: str  # Salesforce's word: UploadComplete, InProgress, JobComplete, Failed, Aborted
    records: int  # processed so far
    message: str = ""  # why it failed

    @property
    def finished(self) -> bool:
        """Whether it will not move any more."""
        return self.state in ("JobComplete", "Failed", "Aborted")


@dataclass(frozen=True, slots=True)
class Ingest:
    """What a Bulk API 2.0 ingest job is to do."""

    sobject: str
    operation: str  # Salesforce's word: update, upsert or delete
    key_field: str | None = None  # of an upsert: the external id field
    rule_id: str | None = None  # of the assignment rule that is to run

    @property
    def joined_by(self) -> str:
        """The column that tells which row a result is of."""
        return self.key_field or "Id"


@dataclass(frozen=True, slots=True)
class IngestJob:
    """A Bulk API 2.0 ingest job."""

    id: str  # 18 characters
    state: str  # Salesforce's word: Open, UploadComplete, InProgress, JobComplete, Failed, Aborted
    does: Ingest
    user_id: str  # who made it
    made_at: datetime
    tried: int = 0  # rows that were processed so far
    refused: int = 0  # among them
    message: str = ""  # why it failed

    @property
    def finished(self) -> bool:
        """Whether it will not move any more."""
        return self.state in ("JobComplete", "Failed", "Aborted")


class ResultSet(Enum):
    """The three sets of results of an ingest job: each row is in one of them."""

    TAKEN = "successfulResults"
    REFUSED = "failedResults"
    UNTRIED = "unprocessedrecords"


class RowResult(NamedTuple):
    """What became of one row of an ingest job."""

    key: str  # what it is joined by: the record's id (18 characters) or its key, as it was sent
    id: str | None  # of the record, where there is one
    created: bool
    refusal: Refusal | None


class RowResults(Protocol):
    """One set of results, here in whole: a file without a name."""

    count: int

    def __iter__(self) -> Iterator[RowResult]:
        """Give the results, in no order that means anything."""


class Upload(Protocol):
    """The rows of an ingest job, as a file."""

    rows: int

    @property
    def full(self) -> bool:
        """Whether it should not grow any more: a job takes no more than 150 MB (Limits, Bulk API)."""

    def add(self, key: str, values: Mapping[str, Value]) -> bool:
        """Add a row, by its record's id or key; False where a CSV of Bulk cannot say what it is to say."""


class BulkPage(Protocol):
    """One page of a bulk query's results, streamed."""

    records: int  # rows the org says it holds, the header not counted
    position: str | None  # locator of the next page; None on the last

    def chunks(self) -> Iterator[bytes]:
        """Give the CSV bytes, unzipped, in pieces of less than a megabyte, cut anywhere.

        Raises IncompleteAnswer where the body ends before it should.
        """


class Org(Protocol):
    """An org, by what we need of it."""

    def identity(self) -> OrgIdentity:
        """Say which org this is. Two calls, the first time only."""

    def usage(self) -> ApiUsage | None:
        """Say how many API calls are used, from the last answer; None before any. No call."""

    def calls_made(self) -> int:
        """Give how many API calls were made over this connection so far, repeated ones too. No call."""

    def new_share(self, used_today: int) -> None:
        """Begin a run's share of API calls; `used_today`: what earlier runs used within 24 hours. No call."""

    def server_time(self) -> datetime | None:
        """Give the org's time now, by what the last answer told and what has passed since; None before any. No call."""

    def manner(self, sobject: str) -> Manner:
        """Say how writes of an sObject are saved over this connection. No call."""

    def sobject_names(self) -> tuple[str, ...]:
        """Give the names of all sObjects the user can see."""

    def describe(self, sobject: str) -> SObject:
        """Give an sObject's schema. Raises OrgRefused where there is none of that name."""

    def record_types(self, sobject: str) -> RecordTypes:
        """Give what the record types of an sObject offer. One call."""

    def count(self, query: Query) -> int:
        """Count the records a query would give (its fields and order do not matter)."""

    def days(self, query: DailyQuery) -> list[Day]:
        """Give how many records each day has, earliest first; days without any are left out. A call a 2,000 days."""

    def pages(self, query: Query, *, deleted_too: bool = False, position: str | None = None) -> Iterator[Page]:
        """Give a query's pages; with `position`, from there on. Each page is checked against what it said of itself.

        After an error the iterator can be asked on: it asks for the same page again.
        Raises IncompleteAnswer where the pages do not add up to the total, or one repeats.
        """

    def deleted(self, sobject: str, since: datetime, until: datetime) -> Deleted:
        """Give what was deleted in a window (seconds are cut off; at most 15 days back)."""

    def look(self, looks: Sequence[Look]) -> list[Moved]:
        """Say whether anything moved, in the order asked: one call for eight sObjects.

        What is committed later than an answer's `deleted.covered_until` is not counted with certainty.
        """

    def held(self, sobject: str) -> int | None:
        """Say about how many living records the org holds, whoever may see them; None where it does not say."""

    def effects(self, sobject: str) -> list[Effect]:
        """Say what saving records of an sObject sets off, as far as it can be read. A call for each of five kinds."""

    def retrieve(self, sobject: str, ids: Sequence[str], fields: Sequence[str]) -> list[Mapping[str, object] | None]:
        """Read any number of records: JSON values by field, in the order of the ids; None where none is to be seen."""

    def create(self, sobject: str, records: Sequence[Mapping[str, Value]]) -> list[Outcome]:
        """Create records, at most 200. Raises OutcomeUnknown where the answer never came."""

    def update(self, sobject: str, records: Sequence[tuple[str, Mapping[str, Value]]]) -> list[Outcome]:
        """Update records (id and values), at most 200. Raises OutcomeUnknown where the answer never came."""

    def upsert(self, sobject: str, key_field: str, records: Sequence[tuple[str, Mapping[str, Value]]]) -> list[Outcome]:
        """Create or update records by an external id (key and values), at most 200. Raises OutcomeUnknown."""

    def change_owners(
        self, sobject: str, records: Sequence[tuple[str, Mapping[str, Value]]], manner: Manner
    ) -> list[Outcome]:
        """Update records (id and values), at most 200, with the manner's owner options: all of one owner, to one owner.

        Raises OutcomeUnknown where the answer never came.
        """

    def delete(self, sobject: str, ids: Sequence[str]) -> list[Outcome]:
        """Delete records, at most 200. Raises OutcomeUnknown where the answer never came."""

    def start_bulk_query(self, query: Query, *, deleted_too: bool = False) -> BulkJob:
        """Start a Bulk API 2.0 query job."""

    def bulk_query(self, job_id: str) -> BulkJob:
        """Say how a bulk query job stands."""

    def bulk_page(self, job_id: str, position: str | None) -> AbstractContextManager[BulkPage]:
        """Open a page of a finished job's results: the first, or the one at a position."""

    def end_bulk_query(self, job_id: str) -> None:
        """Delete a bulk query job and its results; one that is already gone is fine."""

    def new_upload(self, does: Ingest, fields: Sequence[str], folder: Path) -> AbstractContextManager[Upload]:
        """Open a file, without a name and in a folder, for the rows of an ingest job. No call."""

    def start_ingest(self, does: Ingest) -> IngestJob:
        """Start an ingest job, which waits for its rows, and runs no assignment rule but the one it names."""

    def upload(self, job_id: str, upload: Upload) -> None:
        """Give an open job its rows."""

    def close_ingest(self, job_id: str) -> None:
        """Say that an open job has all its rows: the org goes to work."""

    def ingest(self, job_id: str) -> IngestJob:
        """Say how an ingest job stands."""

    def ingest_jobs(self, since: datetime) -> list[IngestJob]:
        """Give the ingest jobs that were made since then, whoever made them."""

    def abort_ingest(self, job_id: str) -> None:
        """Abort a job."""

    def ingest_results(self, job: IngestJob, which: ResultSet, folder: Path) -> AbstractContextManager[RowResults]:
        """Fetch one set of a finished job's results into a file without a name, in a folder.

        Raises IncompleteAnswer where it is cut, or holds other columns than were sent.
        """
