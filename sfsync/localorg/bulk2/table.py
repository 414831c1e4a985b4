"""The CSV a client uploads, read as strictly as Bulk API 2.0 reads it.

Rows end with the line ending the job was made with, outside quotes. A quoted cell has nothing around its quotes, and a
quote within it is doubled. Nothing is trimmed.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

LONGEST_CELL = 131_072  # characters
LONGEST_ROW = 400_000
MOST_COLUMNS = 5_000
_BLOCK = 1_000_000  # characters

Row: TypeAlias = list[str] | str  # the cells of a row; its text, without the line ending, where it is no row of CSV


class Unreadable(Exception):
    """The whole upload is refused; the text is the job's errorMessage."""


def read(path: Path, delimiter: str, ending: str) -> Iterator[Row]:
    """Give the rows of a file, the header first; empty lines are passed over.

    Raises Unreadable for a line ending other than the job's, text that is not UTF-8, and a quote never closed.
    """
    _demand_ending(path, ending)
    for line in _lines(path):
        text = line[: -len(ending)] if line.endswith(ending) else line.removesuffix("\n")
        if '"' in text or len(text) > LONGEST_CELL:
            yield _simply_quoted(text, delimiter) or _cells(text, _cell(delimiter)) or text
        elif text:
            yield text.split(delimiter)


def check(path: Path, ending: str) -> None:
    """Look through a file, to its end. Raises Unreadable as `read` does."""
    _demand_ending(path, ending)
    quotes = 0
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            while block := file.read(_BLOCK):
                quotes += block.count('"')
    except UnicodeDecodeError:
        raise Unreadable(_NOT_UTF_8) from None
    if quotes % 2:
        raise Unreadable(_UNCLOSED)


def _demand_ending(path: Path, ending: str) -> None:
    """Raise Unreadable where the first row does not end as the job says; one without any ending may."""
    first = next(_lines(path), "")
    if ending == "\n":
        wrong = first.removesuffix("\n").endswith("\r")
    else:
        wrong = first.endswith("\n") and not first.endswith(ending)
    if wrong:
        name = "CRLF" if ending == "\r\n" else "LF"
        raise Unreadable(f"LineEnding is invalid on user data. Current LineEnding setting is {name}")


def _lines(path: Path) -> Iterator[str]:
    """Give what stands up to each line feed outside quotes, and what is left at the end."""
    pending: list[str] = []
    quotes = 0
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            for line in file:
                if not pending and '"' not in line:
                    yield line
                    continue
                pending.append(line)
                quotes += line.count('"')
                if quotes % 2 == 0:
                    yield "".join(pending)
                    pending = []
    except UnicodeDecodeError:
        raise Unreadable(_NOT_UTF_8) from None
    if pending:
        raise Unreadable(_UNCLOSED)


def _simply_quoted(text: str, delimiter: str) -> list[str] | None:
    """Give the cells of a row of usual length in which quotes stand around cells only, else None."""
    if len(text) > LONGEST_CELL:
        return None
    cells: list[str] = []
    for place, part in enumerate(f"{delimiter}{text}{delimiter}".split('"')):
        if place % 2:
            cells.append(part)  # it stood in quotes
        elif part != delimiter:
            if len(part) < 2 or part[0] != delimiter or part[-1] != delimiter:
                return None
            cells += part[1:-1].split(delimiter)
    return cells


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


def written(rows: Sequence[Sequence[str]], delimiter: str, ending: str) -> str:
    """Write rows, all of as many cells, with every cell quoted."""
    between, after = f'"{delimiter}"', f'"{ending}"'
    text = after.join(map(between.join, rows))
    if not rows or text.count('"') == 2 * (len(rows) * len(rows[0]) - 1):
        return f'"{text}"{ending}' if rows else ""
    return "".join(f'"{between.join([one.replace(_Q, _Q + _Q) for one in row])}"{ending}' for row in rows)


_Q = '"'
_NOT_UTF_8 = "InvalidBatch : Failed to parse CSV. The upload is not UTF-8"
_UNCLOSED = "InvalidBatch : Failed to parse CSV. EOF reached before closing an opened quote"
