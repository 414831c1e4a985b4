"""Rows kept on disk while they come in, in whatever order, and given back in the order of their ids."""

import sqlite3
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from sfsync.mirror.stored import Row


class Spool:
    """Rows whose first value is the id. They lie in a file without a name, gone when this is closed or killed."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._file = sqlite3.connect("", isolation_level=None)

    def __enter__(self) -> Self:
        columns = ", ".join(f"c{place}" for place in range(self._width))
        self._file.execute(f"CREATE TABLE rows ({columns})")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, rows: Iterable[Row]) -> None:
        """Put a page of rows in."""
        self._file.execute("BEGIN")
        self._file.executemany(f"INSERT INTO rows VALUES ({', '.join('?' * self._width)})", rows)  # noqa: S608 - marks
        self._file.execute("COMMIT")

    def ordered(self) -> Iterator[Row]:
        """Give the rows in the order of their ids; of two of one record the one that came later."""
        last: Row | None = None
        for row in self._file.execute("SELECT * FROM rows ORDER BY c0, rowid"):
            if last is not None and last[0] != row[0]:
                yield last
            last = row
        if last is not None:
            yield last
