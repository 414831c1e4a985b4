"""Loads a set of exports: a first look over all files, then every row, then what links them. All or nothing.

Ids, owners, links, CreatedDate and LastModifiedDate are kept; SystemModstamp is the time of loading. What cannot be
kept is noted in the report, row by row; nothing is dropped without a word.
"""

import csv
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sfsync.localorg.load import survey as surveying
from sfsync.localorg.load.links import mend_links
from sfsync.localorg.load.picklists import Picklists
from sfsync.localorg.load.reading import Line, lines
from sfsync.localorg.load.report import FILE, ROW, FileReport, Report
from sfsync.localorg.load.rows import RowMaker
from sfsync.localorg.load.sources import FileSet, Source
from sfsync.localorg.load.survey import KEEP, NEW, SELF, TWICE, Survey, facts_of_new_field, survey
from sfsync.localorg.load.writing import LOADED, write
from sfsync.localorg.state import State
from sfsync.localorg.values import stamp

_CHUNK = 500
Progress = Callable[[str, int, int], None]  # file, rows so far, rows in all


def silent(file: str, done: int, total: int) -> None:
    """Report nothing."""


def load(state: State, now: datetime, files: FileSet, progress: Progress = silent) -> Report:
    """Load a set of files in one transaction and tell what became of it. `now` is the org's time."""
    report = Report(ignored_files=list(files.ignored))
    with state.transaction():
        state.run(f"CREATE TEMP TABLE {LOADED} (id TEXT PRIMARY KEY, sobject TEXT, file TEXT, row INTEGER)")
        try:
            surveys = [_survey(state, source, report) for source in files.files]
            for found, told in surveys:
                _make_fields(state, found, told)
            picklists = Picklists(state, report)
            for found, told in surveys:
                _load_file(state, stamp(now), found, told, _Duties(picklists, report, progress))
            picklists.finish(stamp(now))
            mend_links(state, stamp(now), report)
            _log_deleted(state, stamp(now))
        finally:
            state.run(f"DROP TABLE temp.{LOADED}")
    return report


@dataclass(frozen=True, slots=True)
class _Duties:
    """What goes along with every row."""

    picklists: Picklists
    report: Report
    progress: Progress


def _survey(state: State, source: Source, report: Report) -> tuple[Survey | None, FileReport]:
    told = FileReport(source.name)
    report.files.append(told)
    try:
        found = survey(state, source)
    except (ValueError, OSError, csv.Error, zipfile.BadZipFile, zlib.error) as error:
        report.note(source.name, FILE, f"it cannot be read: {error}", None, None)
        return None, told
    told.sobject, told.rows, told.known = found.sobject, found.rows, found.known is not None
    told.encoding, told.delimiter = found.shape.encoding.removesuffix("-sig"), found.shape.delimiter
    return found, told


def _make_fields(state: State, found: Survey | None, told: FileReport) -> None:
    """Make the text fields that custom columns become; a field that two files bring takes the longer texts of both."""
    known = found.known if found else None
    if found is None or known is None:
        return
    for column in found.columns:
        if column.use == NEW:
            have = state.catalog.field(known.name, column.field)
            if have is None or (have.length < column.longest and have.type == "string"):
                state.add_field(known.name, facts_of_new_field(column))
                told.new_fields.append(column.field)
            column.use = KEEP
    found.known = state.catalog.sobject(known.name)


def _load_file(state: State, now: str, found: Survey | None, told: FileReport, duties: _Duties) -> None:
    if found is None:
        return
    name, report = found.source.name, duties.report
    _note_columns(found, told, report)
    if found.known is None or found.id_place is None:
        reason = "it has no Id column" if found.known else f"the org has no sObject {found.sobject}"
        for line in lines(found.source, found.shape):
            report.note(name, ROW, line.broken or reason, None, line.row)
        return
    maker = RowMaker(state, now, found, duties.picklists, report)
    for chunk in _chunks(lines(found.source, found.shape)):
        rows = [made for line in chunk if (made := maker.make(line)) is not None]
        told.loaded += write(state, found.known, name, rows, report)
        duties.progress(name, chunk[-1].row, found.rows)


def _note_columns(found: Survey, told: FileReport, report: Report) -> None:
    for column in found.columns:
        if column.use == SELF:
            told.worked_out.append(column.name)
        elif column.use in (surveying.UNKNOWN, TWICE) and column.filled and found.known is not None:
            reason = "the field is there already" if column.use == TWICE else f"{found.sobject} has no such field"
            report.count_column(told.file, reason, column.name, column.filled, column.example)


def _chunks(source: Iterator[Line]) -> Iterator[Sequence[Line]]:
    while chunk := list(islice(source, _CHUNK)):
        yield chunk


def _log_deleted(state: State, now: str) -> None:
    """Let deletion queries see the records that came deleted."""
    for row in state.rows(f"SELECT DISTINCT sobject FROM temp.{LOADED}"):  # noqa: S608
        sobject = state.catalog.sobject(row["sobject"])
        if sobject is not None and sobject.soft_deletes:
            state.run(
                f"INSERT INTO _deleted_log (sobject, id, deleted_at) SELECT ?, r.id, ? FROM temp.{LOADED} r "  # noqa: S608
                f'JOIN "{sobject.name}" l ON l.Id = r.id WHERE l.IsDeleted = 1',
                (sobject.name, now),
            )
