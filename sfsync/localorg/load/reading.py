"""Reading a CSV file as it comes: any usual encoding and delimiter, broken rows told apart from good ones."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from sfsync.localorg.load.sources import Source

_BOMS = (  # the longer ones first: UTF-32LE begins as UTF-16LE does
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_DELIMITERS = ",;\t|"
_LONGEST_CELL = 64 * 1024 * 1024
_PROBE = 1 << 16


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written, and its header."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    skipped_lines: int  # before the header: a `sep=;` line


@dataclass(frozen=True, slots=True)
class Line:
    """One data row: its number (1-based, blank lines not counted), where it ends, and its cells or what is wrong."""

    row: int
    line: int
    cells: Sequence[str]
    broken: str = ""


def shape_of(source: Source) -> Shape:
    """Find out how a file is written. Raises ValueError with words where it holds no header."""
    with source.open() as stream:
        start = stream.read(_PROBE)
    encoding = _encoding(source, start)
    with _text(source, encoding) as text:
        first = text.readline()
        skipped = 0
        delimiter = ""
        if first.lower().startswith("sep=") and len(first.strip()) == 5:
            skipped, delimiter, first = 1, first.strip()[4], text.readline()
    if not first.strip():
        raise ValueError("the file is empty" if not start.strip() else "the first line holds no column names")
    delimiter = delimiter or max(_DELIMITERS, key=lambda one: _split(first, one))
    with _text(source, encoding) as text:
        for _ in range(skipped):
            text.readline()
        header = next(csv.reader(text, delimiter=delimiter), [])
    return Shape(encoding, delimiter, tuple(name.strip().strip("\ufeff") for name in header), skipped)


def lines(source: Source, shape: Shape) -> Iterator[Line]:
    """Give the data rows, good and broken; blank lines are left out."""
    csv.field_size_limit(_LONGEST_CELL)
    width, row = len(shape.header), 0
    with _text(source, shape.encoding) as text:
        for _ in range(shape.skipped_lines):
            text.readline()
        reader = csv.reader(text, delimiter=shape.delimiter, strict=True)
        next(reader, None)
        while True:
            began = reader.line_num
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                row += 1
                yield Line(row, reader.line_num, (), _words(error, began + 1, reader.line_num))
                continue
            if not cells or (len(cells) < width and not any(cells)):
                continue
            row += 1
            broken = ""
            if len(cells) != width and (len(cells) < width or any(cells[width:])):
                broken = f"the row has {len(cells)} cells, the header {width}"
            yield Line(row, reader.line_num, cells[:width], broken)


def _words(error: csv.Error, first: int, last: int) -> str:
    text = str(error)
    if "unexpected end" in text:
        return f"a quote opened on line {first} or later is never closed; lines {first} to {last} cannot be read"
    return f"line {last} cannot be read: {text}"


def _split(line: str, delimiter: str) -> tuple[bool, int]:
    """Rank a delimiter by the header it makes: one with an Id column first, then the one with the most columns."""
    names = next(csv.reader([line], delimiter=delimiter), [])
    return any(name.strip().lower() == "id" for name in names), len(names)


def _encoding(source: Source, start: bytes) -> str:
    for bom, name in _BOMS:
        if start.startswith(bom):
            return name
    if start[1::2].count(0) > len(start) // 4:
        return "utf-16-le"
    if start[0::2].count(0) > len(start) // 4:
        return "utf-16-be"
    return "utf-8" if _decodes(source, "utf-8") else "cp1252"


def _decodes(source: Source, encoding: str) -> bool:
    try:
        with _text(source, encoding) as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def _text(source: Source, encoding: str) -> Iterator[io.TextIOWrapper]:
    stream: BinaryIO = source.open()
    errors = "replace" if encoding in ("cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32") else "strict"
    with stream, io.TextIOWrapper(stream, encoding, errors, newline="") as text:
        yield text
