"""Sessions with a PostgreSQL server: statements and values in the form the books use, and its errors in words.

The books write `?` and `:name` for values and hold columns as `Stored`: flags 0 or 1, numbers as JSON would have them
or as text, dates and times as text. So it is here that flags become boolean, and instants timestamptz.
"""

import re
import select
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Dumper, Loader
from psycopg.pq.abc import PGresult
from psycopg.types.numeric import FloatDumper, IntDumper
from psycopg.types.string import StrDumperUnknown

from sfsync.mirror.driver import NO_NUL
from sfsync.records.values import Stored, to_plain

_MARK = re.compile(r"\?|(?<!:):([a-z_]+)")
_STREAMED = 2_000  # rows fetched at once

Values = Sequence[Any] | Mapping[str, Any]


@lru_cache(maxsize=512)
def translated(sql: str) -> str:
    """Give a statement with psycopg's marks for its values in place of `?` and `:name`."""
    return _MARK.sub(lambda found: f"%({found[1]})s" if found[1] else "%s", sql.replace("%", "%%"))


class Session(psycopg.Connection[tuple[Any, ...]]):
    """A connection that speaks as the books do; see `driver.Driver`."""

    def execute(self, query: Any, params: Any = (), **options: Any) -> psycopg.Cursor[tuple[Any, ...]]:
        """Carry a statement out."""
        return super().execute(translated(query) if isinstance(query, str) else query, params, **options)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> psycopg.Cursor[tuple[Any, ...]]:
        """Carry a statement out for many rows of values."""
        cursor = self.cursor()
        cursor.executemany(translated(sql), rows)
        return cursor

    def streamed(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Give the rows of a question as they come."""
        with self.cursor(name="streamed_" + str(self._next())) as cursor:
            cursor.itersize = _STREAMED
            yield from cursor.execute(translated(sql), values)

    def copied(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Put rows in by COPY, in the text format; give how many. No text may hold a NUL."""
        with self.cursor() as cursor:
            for type_, dumper in _FASTER:
                cursor.adapters.register_dumper(type_, dumper)
            with cursor.copy(sql) as copy:
                for row in rows:
                    copy.write_row(row)
            return cursor.rowcount

    def poured(self, sql: str, pieces: Iterable[bytes]) -> int:
        """Put rows in by COPY, as the bytes say; give how many there were.

        The server reads one piece while the next is made, and whoever waits for it leaves the other threads alone: in
        libpq's own waiting psycopg would not.
        """
        libpq = self.pgconn
        self._ended(libpq.exec_(sql.encode()), psycopg.pq.ExecStatus.COPY_IN)
        try:
            for piece in pieces:
                libpq.put_copy_data(piece)
                self._wait_while(libpq.flush, select.POLLIN | select.POLLOUT)
        except BaseException:
            self._result(b"there is no more of it")
            raise
        return self._ended(self._result(), psycopg.pq.ExecStatus.COMMAND_OK)

    def _result(self, error: bytes | None = None) -> PGresult | None:
        """End a COPY, by an error where one is given, and give what the server says to it."""
        libpq = self.pgconn
        libpq.put_copy_end(error)
        self._wait_while(libpq.flush, select.POLLIN | select.POLLOUT)
        self._wait_while(libpq.is_busy, select.POLLIN)
        result = libpq.get_result()
        while libpq.get_result() is not None:
            pass
        return result

    def _wait_while(self, waits: Callable[[], int], events: int) -> None:
        """Wait as long as libpq has something to send, or nothing to give, for what may change that."""
        ready = select.poll()
        ready.register(self.pgconn.socket, events)
        while waits():
            ready.poll()
            self.pgconn.consume_input()

    def _ended(self, result: PGresult | None, wanted: psycopg.pq.ExecStatus) -> int:
        """Give how many rows a result is of. Raises what the server said where it is not of the status wanted."""
        if result is None:
            raise psycopg.OperationalError("the server closed the connection")
        if result.status != wanted:
            raise psycopg.errors.error_from_result(result, encoding="utf-8")
        return result.command_tuples or 0

    def _next(self) -> int:
        self.asked = getattr(self, "asked", 0) + 1
        return self.asked


# --- values ---


class _AsText(Dumper):
    """Writes a number as its digits, and leaves the type to the column: int does for boolean, float for numeric."""

    oid = 0

    def dump(self, obj: Any) -> Buffer | None:
        return repr(obj).encode()

    def quote(self, obj: Any) -> Buffer:
        return repr(obj).encode()


class _Text(StrDumperUnknown):
    """Writes a text. There is no NUL in PostgreSQL's."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", NO_NUL) if "\0" in obj else obj)


_FASTER = ((str, StrDumperUnknown), (int, IntDumper), (float, FloatDumper))  # than ours, and as good in COPY


class _Flag(Loader):
    def load(self, data: Buffer) -> Stored:
        return 1 if bytes(data) == b"t" else 0


class _Number(Loader):
    def load(self, data: Buffer) -> Stored:
        plain = to_plain(Decimal(bytes(data).decode()))
        assert not isinstance(plain, bool)
        return plain


class _Day(Loader):
    def load(self, data: Buffer) -> Stored:
        return bytes(data).decode()


class _Instant(Loader):
    """Reads `2024-07-11 21:22:06.5+00`, which a session in UTC with ISO dates writes."""

    def load(self, data: Buffer) -> Stored:
        day, _, rest = bytes(data).decode().partition(" ")
        return f"{day}T{_milliseconds(rest.removesuffix('+00'))}Z"


class _Time(Loader):
    def load(self, data: Buffer) -> Stored:
        return f"{_milliseconds(bytes(data).decode())}Z"


def _milliseconds(time: str) -> str:
    whole, _, fraction = time.partition(".")
    return f"{whole}.{fraction[:3]:0<3}"


_LOADERS = (("bool", _Flag), ("numeric", _Number), ("date", _Day), ("timestamptz", _Instant), ("time", _Time))


def prepared(session: Session) -> Session:
    """Give a session that holds values as the books do."""
    for type_ in (int, float):
        session.adapters.register_dumper(type_, _AsText)
    session.adapters.register_dumper(str, _Text)
    for name, loader in _LOADERS:
        session.adapters.register_loader(name, loader)
    return session
