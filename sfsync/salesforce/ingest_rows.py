"""The CSV of ingest jobs: the rows that go up, and the three sets of results that come down.

Going up, an empty cell leaves a field alone and `#N/A` empties it, so the very text "#N/A" cannot be said; nor is a
cell of more than 32,000 characters sure to be taken (Bulk guide, Prepare CSV Files; Limits, Bulk API). Coming down,
rows are in any order and headers may be in any case; what we sent comes back beside what became of it.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from sfsync.errors import IncompleteAnswer
from sfsync.records.ids import is_id, to_18
from sfsync.records.values import Value, to_text
from sfsync.salesforce.faults import refusal_next
from sfsync.salesforce.port import Refusal, ResultSet, RowResult

NULL = "#N/A"
LONGEST_CELL = 32_000  # characters
LONGEST_ROW = 400_000
FULL_BYTES = 90_000_000  # 150 MB once it is encoded, which is what counts (Limits, Bulk API): about 100 MB raw
_SHOWN = 300  # characters of a message that are passed on


class Unsayable(Exception):
    """A value that a cell cannot hold."""


class Rows:
    """An `Upload`."""

    def __init__(self, file: IO[bytes], header: Sequence[str]) -> None:
        self.rows = 0
        self._file = file
        self._fields = header[1:]
        self._size = 0
        self._writer = csv.writer(self)  # its CRLF makes it quote both halves of a line end
        self._writer.writerow(header)

    @property
    def full(self) -> bool:
        """Whether it should not grow any more."""
        return self._size >= FULL_BYTES

    def add(self, key: str, values: Mapping[str, Value]) -> bool:
        """Add a row; False, with nothing added, where it holds what a CSV of Bulk cannot say."""
        try:
            cells = [_cell(key), *[_cell(values[name]) if name in values else "" for name in self._fields]]
            if sum(map(len, cells)) + len(cells) * 3 > LONGEST_ROW:
                return False
            self._writer.writerow(cells)
        except (Unsayable, UnicodeEncodeError):
            return False
        self.rows += 1
        return True

    def write(self, text: str) -> None:
        """Write a line: what the CSV writer calls."""
        data = text.encode()
        self._size += len(data)
        self._file.write(data)

    def whole(self) -> IO[bytes]:
        """Give the file, to be read from its start."""
        self._file.flush()
        self._file.seek(0)
        return self._file


def _cell(value: Value) -> str:
    if value is None or value == "":
        return NULL
    text = value if isinstance(value, str) else to_text(value)
    if len(text) > LONGEST_CELL or "\0" in text or text.strip().upper() == NULL:
        raise Unsayable
    return text


class ReadResults:
    """`RowResults` out of a file of CSV. Raises IncompleteAnswer where that is not what an org gives."""

    def __init__(self, file: IO[bytes], which: ResultSet, joined_by: str) -> None:
        self._file = file
        self._which = which
        self._joined_by = joined_by
        self.count = sum(1 for _ in self._lines())

    def __iter__(self) -> Iterator[RowResult]:
        """Give the results."""
        if self.count == 0:
            return
        lines = self._lines(with_header=True)
        header = [cell.lower() for cell in next(lines, [])]
        key = self._place(header, self._joined_by)
        if self._which is ResultSet.UNTRIED:
            for cells in lines:
                yield RowResult(self._key(cells[key]), None, False, None)
            return
        taken = self._which is ResultSet.TAKEN
        record_id = self._place(header, "sf__Id")
        said = self._place(header, "sf__Created" if taken else "sf__Error")
        for cells in lines:
            sent, made = self._key(cells[key]), cells[record_id]
            of = sent if made == sent else to_18(made) if is_id(made) else None
            refusal = None if taken else refusal_in(cells[said])
            yield RowResult(sent, of, taken and cells[said].lower() == "true", refusal)

    def _key(self, cell: str) -> str:
        """Give what a row is joined by; ids of 18 characters come back as they were sent."""
        return to_18(cell) if self._joined_by == "Id" and len(cell) == 15 and is_id(cell) else cell

    def _place(self, header: Sequence[str], column: str) -> int:
        if column.lower() not in header:
            raise IncompleteAnswer(f"the results of a bulk job have no column {column}")
        return header.index(column.lower())

    def _lines(self, with_header: bool = False) -> Iterator[list[str]]:
        """Give the rows, each as wide as the header. An answer of nothing at all is a set without rows."""
        self._file.seek(0)
        try:
            lines = csv.reader(line.decode() for line in self._file)
            header = next(lines, None)
            if header is not None and with_header:
                yield header
            for cells in lines:
                if cells and header and len(cells) != len(header):
                    raise IncompleteAnswer("a row of a bulk job's results does not come whole")
                if cells:
                    yield cells
        except (UnicodeDecodeError, csv.Error):
            raise IncompleteAnswer("the results of a bulk job cannot be read") from None


def refusal_in(text: str) -> Refusal:
    """Read what `sf__Error` says: `CODE:message:FIELD, FIELD --`. The message may hold colons and line ends."""
    code, colon, rest = text.partition(":")
    if not colon or not code.replace("_", "").isalnum() or code != code.upper():
        return Refusal("", text[:_SHOWN] or "the org refused it and gave no reason")
    message, _, named = rest.rpartition(":")
    fields = tuple(field.strip() for field in named.removesuffix("--").split(",") if field.strip())
    return Refusal(code, message[:_SHOWN], fields, refusal_next(code))
