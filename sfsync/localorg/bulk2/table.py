"""The CSV a client uploads, read as strictly as Bulk API 2.0 reads it.

Rows end with the line ending the job was made with, outside quotes. A quoted cell has nothing around its quotes, and a
quote within it is doubled. Nothing is trimmed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LONGEST_CELL = 131_072  # characters
LONGEST_ROW = 400_000
MOST_COLUMNS = 5_000


class Unreadable(Exception):
    """The whole upload is refused; the text is the job's errorMessage."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its text without the line ending, and its cells; None where it is no row of CSV."""

    text: str
    cells: Sequence[str] | None


def read(path: Path, delimiter: str, ending: str) -> Iterator[Row]:
    """Give the rows of a file, the header first; empty lines are passed over.

    Raises Unreadable for a line ending other than the job's, text that is not UTF-8, and a quote never closed.
    """
    pattern = _cell(delimiter)
    for text in _rows(path, ending):
        if '"' in text or len(text) > LONGEST_CELL:
            yield Row(text, _cells(text, pattern))
        else:
            yield Row(text, text.split(delimiter))


def check(path: Path, ending: str) -> None:
    """Read a file to its end. Raises Unreadable as `read` does."""
    for _ in _rows(path, ending):
        pass


def _rows(path: Path, ending: str) -> Iterator[str]:
    """Give the text of each row that is not empty, without its ending."""
    name = "CRLF" if ending == "\r\n" else "LF"
    for number, text in enumerate(_texts(path, ending)):
        if number == 0 and text.endswith("\r") != (ending == "\r\n"):
            raise Unreadable(f"LineEnding is invalid on user data. Current LineEnding setting is {name}")
        text = text.removesuffix("\r") if ending == "\r\n" else text
        if text:
            yield text


def _texts(path: Path, ending: str) -> Iterator[str]:
    """Give the text of each row up to its line feed; the last may lack one, and then also its carriage return."""
    pending: list[bytes] = []
    quotes = 0
    with path.open("rb") as file:
        for line in file:
            pending.append(line)
            quotes += line.count(b'"')
            if quotes % 2 == 0:
                yield _decoded(b"".join(pending), ending)
                pending = []
    if pending:
        raise Unreadable("InvalidBatch : Failed to parse CSV. EOF reached before closing an opened quote")


def _decoded(row: bytes, ending: str) -> str:
    try:
        text = row.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("InvalidBatch : Failed to parse CSV. The upload is not UTF-8") from None
    if text.endswith("\n"):
        return text.removesuffix("\n")
    return text + "\r" if ending == "\r\n" else text


@lru_cache(maxsize=8)
def _cell(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    return re.compile(rf'(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>[^"{mark}]*))(?P<more>{mark}|$)')


def _cells(text: str, pattern: re.Pattern[str]) -> list[str] | None:
    cells: list[str] = []
    place, more = 0, len(text) <= LONGEST_ROW
    while more:
        match = pattern.match(text, place)
        if match is None:
            return None
        quoted = match["quoted"]
        cells.append(match["bare"] if quoted is None else quoted.replace('""', '"'))
        place, more = match.end(), bool(match["more"])
    return cells if cells and max(map(len, cells)) <= LONGEST_CELL else None


def written(cells: Sequence[str], delimiter: str, ending: str) -> str:
    """Write a row with every cell quoted."""
    return delimiter.join('"' + one.replace('"', '""') + '"' for one in cells) + ending
