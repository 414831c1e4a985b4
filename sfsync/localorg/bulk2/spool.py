"""Result pages of a query job as gzipped CSV files.

Pages of 50,000 records are written while the query runs, so that no result is ever held in memory. Pages of another
size are cut from them when they are asked for, and kept. A record ends at a line end outside quotes.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, cast

from isal import igzip

_gzip = cast(Callable[..., IO[bytes]], igzip.open)  # the library has no types

PAGE = 50_000  # records of a spooled page
_TOGETHER = 500  # lines written at once


def write_pages(folder: Path, header: bytes, lines: Iterable[tuple[object, ...]]) -> tuple[int, ...]:
    """Write all lines as pages and give the number of records of each; at least one page, perhaps without records."""
    empty(folder)
    counts: list[int] = []
    rows = (str(row[0]) for row in lines)
    while not counts or counts[-1] == PAGE:
        with written(folder / _name(len(counts))) as file:
            file.write(header)
            counts.append(_write_lines(file, islice(rows, PAGE)))
    if len(counts) > 1 and counts[-1] == 0:
        (folder / _name(len(counts) - 1)).unlink()
        counts.pop()
    return tuple(counts)


def empty(folder: Path) -> None:
    """Make a job's folder, or empty it: an org that was reset gives ids out again."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()


def page(folder: Path, counts: tuple[int, ...], start: int, count: int) -> Path:
    """Give the gzipped file with that many records from a place on; it is cut if it is not there."""
    number, skipped = divmod(start, PAGE)
    if skipped == 0 and min(count, sum(counts) - start) == counts[number]:
        return folder / _name(number)
    cut = folder / f"cut-{start}-{count}.csv.gz"
    if not cut.exists():
        records = _records(folder, counts, number)
        header = next(records)
        with written(cut) as file:
            file.write(header)
            for record in islice(records, skipped, skipped + count):
                file.write(record)
    return cut


def unpacked(path: Path) -> Path:
    """Give the same page without gzip, for a client that does not take it."""
    plain = path.with_suffix("")
    if not plain.exists():
        with _gzip(path, "rb") as packed, _replacing(plain, lambda place: place.open("wb")) as file:
            shutil.copyfileobj(packed, file)
    return plain


def _name(number: int) -> str:
    return f"page-{number:05d}.csv.gz"


def _write_lines(file: IO[bytes], rows: Iterable[str]) -> int:
    count = 0
    rows = iter(rows)
    while block := list(islice(rows, _TOGETHER)):
        file.write("".join(block).encode())
        count += len(block)
    return count


def _records(folder: Path, counts: tuple[int, ...], first: int) -> Iterator[bytes]:
    """Give the header, then each record from the first of a page on."""
    for number in range(first, len(counts)):
        with _gzip(folder / _name(number), "rb") as file:
            records = _split(file)
            header = next(records)
            if number == first:
                yield header
            yield from records


def _split(lines: Iterable[bytes]) -> Iterator[bytes]:
    record = b""
    for line in lines:
        record += line
        if record.count(b'"') % 2 == 0:
            yield record
            record = b""


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """Open a gzipped file for writing that appears under its name when it is whole."""
    with _replacing(path, lambda place: _gzip(place, "wb", compresslevel=1)) as file:
        yield file


@contextmanager
def _replacing(path: Path, opened: Callable[[Path], IO[bytes]]) -> Iterator[IO[bytes]]:
    """Open a file under another name, and give it its own when it is whole."""
    unfinished = path.with_name(path.name + ".part")
    with opened(unfinished) as file:
        yield file
    unfinished.chmod(0o600)
    unfinished.replace(path)
