"""Carrying out an ingest job: rows in sets of 200, each row its own outcome, three files of results.

A set is a transaction: rows lock and check together, and one row's failure leaves the others alone. Results do not come
in the order of the upload, as little as Salesforce's do: each set is written from its last row to its first.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import TypeAlias

from sfsync.localorg.bulk2 import beside, spool, table
from sfsync.localorg.bulk2.columns import NULL, Column, columns_of, draft_of, id_in
from sfsync.localorg.bulk2.jobs import DELIMITERS, ENDINGS, Job, folder
from sfsync.localorg.bulk2.table import Row, Unreadable, written
from sfsync.localorg.context import OrgContext
from sfsync.localorg.rights import seeing
from sfsync.localorg.saving import operations
from sfsync.localorg.saving.by_column import ByColumn, by_column
from sfsync.localorg.saving.draft import Outcome
from sfsync.localorg.saving.operations import DELETES
from sfsync.localorg.variants import BULK_KEEPS_BLANKS, is_on
from sfsync.localorg.wire import Refusal

SET = 200  # rows of one transaction
SUCCESSFUL, FAILED, UNPROCESSED = "successful.csv.gz", "failed.csv.gz", "unprocessed.csv.gz"
UPLOAD = "upload.csv"
_Cells: TypeAlias = Sequence[str]


def carry_out(org: OrgContext, job: Job) -> Job:
    """Carry out an uploaded job and write its result files; give the job as it is afterwards."""
    place = folder(org.state, job.id)
    try:
        if not job.uploaded:
            raise Unreadable("InvalidBatch : No data was uploaded")
        ends = org.trouble.job_ends() if org.trouble is not None else None
        counts = _Run(org, job).rows(place, None if ends is None else ends[1])
    except (Unreadable, Refusal) as error:
        write_unprocessed(place, job)
        return replace(job, state="Failed", changed_at=org.stamp, error=str(error))
    done = replace(job, state="JobComplete", changed_at=org.stamp, processed=counts[0], failed=counts[1])
    if ends is None:
        return done
    return replace(done, state=ends[0], error=_TIRED if ends[0] == "Failed" else None)


def write_unprocessed(place: Path, job: Job) -> None:
    """Write the result files of a job none of whose rows was tried."""
    delimiter, ending = DELIMITERS[job.delimiter], ENDINGS[job.ending]
    upload = place / UPLOAD
    with spool.written(place / UNPROCESSED) as file:
        if upload.exists():
            with upload.open("rb") as source:
                shutil.copyfileobj(source, file)
    for name, second in ((SUCCESSFUL, "sf__Created"), (FAILED, "sf__Error")):
        with spool.written(place / name) as file:
            file.write(written([("sf__Id", second)], delimiter, ending).encode())


class _Run:
    """One job on its way."""

    def __init__(self, org: OrgContext, job: Job) -> None:
        org = replace(org, user_id=job.user_id, seen=seeing.seen_by(org.state, job.user_id))
        self._org, self._batches = beside.with_batches(org, org.sobject(job.object))
        self._batch_rows = beside.batch_rows(org)
        self._job = job
        self._delimiter, self._ending = DELIMITERS[job.delimiter], ENDINGS[job.ending]
        self._sobject = self._org.sobject(job.object)
        self._blanks = is_on(org.state, BULK_KEEPS_BLANKS)
        self._by_column: ByColumn | None = None

    def rows(self, place: Path, most: int | None = None) -> tuple[int, int]:
        """Save all rows, or the first so many, write the results, and give the number tried and the number refused.

        Raises Unreadable before anything is saved if the upload cannot be read to its end.
        """
        table.check(place / UPLOAD, self._ending)
        rows = table.read(place / UPLOAD, self._delimiter, self._ending)
        header = next(rows, None)
        if not isinstance(header, list):
            raise Unreadable("InvalidBatch : Failed to parse CSV. There is no header row")
        columns = self._columns(header)
        self._by_column = self._way_by_column(columns)
        with ExitStack() as files:
            names = (SUCCESSFUL, FAILED, UNPROCESSED)
            good, bad, none = (files.enter_context(spool.written(place / name)) for name in names)
            for file, first in ((good, ["sf__Id", "sf__Created"]), (bad, ["sf__Id", "sf__Error"]), (none, [])):
                file.write(self._written([[*first, *header]]))
            tried = failed = 0
            for whole in _sets(rows, min(SET, self._batch_rows)):
                if self._batches is not None:
                    self._batches.begin(tried, self._batch_rows)
                left = len(whole) if most is None else max(0, most - tried)
                saved, refused = self._tried(columns, whole[:left])
                good.write(self._written(saved))
                bad.write(self._written(refused))
                none.write(b"".join(self._written([_cells(one)]) for one in whole[left:]))
                tried, failed = tried + len(saved) + len(refused), failed + len(refused)
        return tried, failed

    def _columns(self, header: Sequence[str]) -> list[Column]:
        columns = columns_of(self._org.catalog, self._sobject, header)
        if self._job.operation in DELETES and [one.field.name for one in columns] != ["Id"]:
            raise Unreadable("InvalidBatch : A delete takes the column Id and no other")
        return columns

    def _way_by_column(self, columns: Sequence[Column]) -> ByColumn | None:
        """Give what inserts rows faster than `operations` does, None where it cannot."""
        plain = self._job.operation == "insert" and self._job.rule_id is None and not self._blanks
        if not plain or any(one.key is not None for one in columns):
            return None
        return by_column(self._org, self._sobject, [one.field for one in columns])

    def _tried(self, columns: Sequence[Column], rows: Sequence[Row]) -> tuple[list[_Cells], list[_Cells]]:
        """Save one set and give the results of rows saved and of rows refused, from the last row to the first."""
        ids = self._inserted(columns, rows)
        if ids is not None:
            return [(one, "true", *row) for one, row in zip(reversed(ids), reversed(rows), strict=True)], []
        saved: list[_Cells] = []
        refused: list[_Cells] = []
        for row, outcome in zip(reversed(rows), reversed(self._save(columns, rows)), strict=True):
            cells = (*_cells(row), *[""] * len(columns))[: len(columns)]
            if outcome.success:
                saved.append((outcome.record_id or "", str(outcome.created).lower(), *cells))
            else:
                refused.append((outcome.record_id or "", error_text(outcome.errors[0]), *cells))
        return saved, refused

    def _inserted(self, columns: Sequence[Column], rows: Sequence[Row]) -> list[str] | None:
        """Insert one set by column and give its ids; None, and nothing is done, where that is not the way."""
        if self._by_column is None or set(map(type, rows)) != {list} or set(map(len, rows)) != {len(columns)}:
            return None
        return self._by_column.insert(rows, NULL)

    def _save(self, columns: Sequence[Column], rows: Sequence[Row]) -> list[Outcome]:
        """Save one set and give what became of each row, in order."""
        whole = [one for one in rows if isinstance(one, list) and len(one) == len(columns)]
        with self._org.state.transaction():
            deleting = self._job.operation in DELETES
            found = iter(self._delete(whole) if deleting else self._write(columns, whole))
        if len(whole) == len(rows):
            return list(found)
        return [next(found) if isinstance(one, list) and len(one) == len(columns) else _MALFORMED for one in rows]

    def _write(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[Outcome]:
        drafts = [draft_of(columns, one, self._blanks) for one in rows]
        ids = [id_in(columns, one) for one in rows]
        job = self._job
        return operations.write(self._org, self._sobject, job.operation, job.key, drafts, ids, job.rule_id)

    def _delete(self, rows: Sequence[Sequence[str]]) -> list[Outcome]:
        ids = [one[0] for one in rows]
        return operations.delete(self._org, self._sobject, ids, hard=self._job.operation == "hardDelete")

    def _written(self, rows: Sequence[_Cells]) -> bytes:
        return written(rows, self._delimiter, self._ending).encode()


def _cells(row: Row) -> list[str]:
    """Give the cells of a row; what is no row is one cell."""
    return [row] if isinstance(row, str) else row


def error_text(refusal: Refusal) -> str:
    """Write an error as `sf__Error` shows it: `CODE:message:FIELD LIST --`."""
    return f"{refusal.code}:{refusal.message}:{', '.join(refusal.fields or ())} --"


def _sets(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    for first in rows:
        yield list(islice(chain((first,), rows), size))


_TIRED = "InternalServerError : A batch of the job was tried 10 times and could not be finished"  # documented: 10 times
_MALFORMED = Outcome(None, errors=(Refusal(400, "INVALID_CSV_ROW", "The row is not a row of this CSV file", ()),))
