"""A CSV file as rows: encoding, header and cells checked, every fault with its row."""

import codecs
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sfsync.errors import FileError, Where

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


CELL_LIMIT = 131_072  # characters of one field, as Bulk API CSV has it

RESULT_COLUMNS = {
    "done": ("row", "id", "outcome"),
    "refused": ("row", "code", "message"),
    "open": ("row", "state", "message"),
}
"""What the result files of an import begin with, by what they hold; such a file can be mended and imported again."""


@dataclass(frozen=True, slots=True)
class Row:
    """One data row: its number (1-based, header not counted), the line it ends on, and its cells."""

    number: int
    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A file's header, and how to read its rows."""

    path: Path
    header: tuple[str, ...]
    encoding: str
    passed_over: int = 0  # leading columns that are ours: the file is a result of an earlier import

    def rows(self) -> Iterator[Row]:
        """Give the rows one by one; blank lines are no rows.

        Raises FileError, with the line, where the file is not well-formed CSV.
        """
        with self.path.open(encoding=self.encoding, newline="") as file:
            reader = csv.reader(file, strict=True)
            number = start = 0
            try:
                next(reader)
                start = reader.line_num
                for cells in reader:
                    _check_lengths(cells)
                    start = reader.line_num
                    if cells:
                        number += 1
                        yield Row(number, start, tuple(cells[self.passed_over :]))
            except csv.Error as error:
                raise _malformed(self.path, start + 1, error) from error


def open_table(path: Path) -> Table:
    """Read a file's encoding and header.

    Raises FileError where there is no such file, its text is not UTF-8 (or UTF-16 or 32 with a byte order mark), it has
    no header, or its columns are not separated by commas.
    """
    try:
        encoding = _encoding(path)
        with path.open(encoding=encoding, newline="") as file:
            header = tuple(name.strip() for name in next(csv.reader(file, strict=True), []))
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}", todo="check the path and its rights") from error
    except csv.Error as error:
        raise _malformed(path, 1, error) from error
    where = Where(file=str(path), line=1)
    if not any(header):
        raise FileError("there is no header line", todo="let the first line name the fields, by API name", where=where)
    separator = next((mark for mark in ";\t|" if len(header) == 1 and mark in header[0]), None)
    if separator:
        words = f"the columns seem to be separated by {separator!r}"
        raise FileError(words, todo="save the file with commas and import it again", where=where)
    ours = next((len(names) for names in RESULT_COLUMNS.values() if header[: len(names)] == names), 0)
    return Table(path, header[ours:], encoding, ours)


def _check_lengths(cells: list[str]) -> None:
    """Refuse what csv would refuse by itself, if its limit were not one for the whole process."""
    if max(map(len, cells), default=0) > CELL_LIMIT:
        raise csv.Error(f"field larger than field limit ({CELL_LIMIT})")


def fingerprint(path: Path) -> str:
    """Give the SHA-256 of a file's bytes: whether it is still the file it was."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _malformed(path: Path, line: int, error: csv.Error) -> FileError:
    where = Where(file=str(path), line=line)
    words = f"the row that starts here is not well-formed CSV: {error}"
    return FileError(words, todo="mend its quotes: a cell that begins with one has to end with one", where=where)


def _encoding(path: Path) -> str:
    """Tell the encoding by its mark, and make sure that the whole file is in it."""
    with path.open("rb") as file:
        start = file.read(4)
        encoding = next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8")
        if encoding == "utf-8" and b"\0" in start:
            raise FileError(
                "this seems to be UTF-16 text without the byte order mark that says so",
                todo="save the file as UTF-8 (in Excel: CSV UTF-8) and import it again",
                where=Where(file=str(path), line=1),
            )
        file.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        line = 1
        while True:
            block = file.read(1 << 20)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                raise FileError(
                    f"this is not {encoding.upper()} text: byte 0x{error.object[error.start]:02x}",
                    todo="save the file as UTF-8 (in Excel: CSV UTF-8) and import it again",
                    where=Where(file=str(path), line=line),
                ) from error
            if not block:
                return encoding
            line += text.count("\n")
