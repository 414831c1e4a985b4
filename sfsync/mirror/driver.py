"""What both databases of a mirror understand, and the few places where they have to be told apart.

Statements are written once, with `?` or `:name` for values; PostgreSQL's connection turns those into its own marks (see
`postgres.Session`). Both give and take values in the form columns hold (`Stored`), whatever types the columns have.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

from sqlalchemy import Connection, FromClause
from sqlalchemy.dialects import postgresql, sqlite

from sfsync.records.values import Stored


class Rows(Protocol):
    """What a statement gives."""

    @property
    def rowcount(self) -> int:
        """How many rows it wrote."""
        ...

    def fetchone(self) -> Any:
        """Give the next row, None behind the last."""
        ...

    def fetchall(self) -> list[Any]:
        """Give all that are left."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Give them one by one."""
        ...


class Driver(Protocol):
    """The driver's own connection, for what is done by the hundred thousand."""

    def execute(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ..., /) -> Rows:
        """Carry a statement out."""
        ...

    def executemany(self, sql: str, values: Iterable[Sequence[Any]], /) -> Rows:
        """Carry a statement out for many rows of values."""
        ...


def driver(connection: Connection) -> Driver:
    """Give the driver's own connection."""
    return cast(Driver, connection.connection.driver_connection)


def is_postgres(connection: Connection) -> bool:
    """Tell whether the mirror lives in PostgreSQL; else it lives in SQLite."""
    return connection.dialect.name == "postgresql"


def insert(connection: Connection, table: FromClause) -> sqlite.Insert:
    """Give an INSERT that can say what happens on conflict, in the words of the connection's database."""
    made = postgresql.insert(table) if is_postgres(connection) else sqlite.insert(table)  # type: ignore[arg-type]
    return cast(sqlite.Insert, made)  # the two say it alike


def streamed(connection: Connection, sql: str, values: Sequence[Any] = ()) -> Iterable[Any]:
    """Give the rows of a question as they come, however many: none waits in memory for the others."""
    raw: Any = driver(connection)
    ask = raw.streamed if is_postgres(connection) else raw.execute
    return cast(Iterable[Any], ask(sql, values))


def bytes_of(connection: Connection, sql: str, values: Sequence[Any]) -> Iterable[Any]:
    """Give the rows of a question whose columns are all bytes: PostgreSQL would write those out as text."""
    raw: Any = driver(connection)
    rows = raw.execute(sql, values, binary=True) if is_postgres(connection) else raw.execute(sql, values)
    return cast(Iterable[Any], rows)


NO_NUL = "\ufffd"
"""What stands for the character NUL, the only one that PostgreSQL's texts cannot hold."""


def as_held(connection: Connection, rows: Sequence[Sequence[Stored]]) -> Sequence[Sequence[Stored]]:
    """Give rows of values as the connection's database can hold them."""
    return list(map(_nul_free, rows)) if is_postgres(connection) else rows


def _nul_free(row: Sequence[Any]) -> Sequence[Any]:
    """Give a row as PostgreSQL can hold it; mostly it is as it should be."""
    return list(map(without_nul, row)) if "\0" in "".join([one for one in row if one.__class__ is str]) else row


def without_nul(value: Stored) -> Stored:
    """Give a value as PostgreSQL can hold it."""
    return value.replace("\0", NO_NUL) if isinstance(value, str) and "\0" in value else value


def is_one_of(connection: Connection, ids: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Give SQL that tells whether an id is one of these, to stand behind it, and the values for its marks.

    PostgreSQL takes one text for all, which costs the client less than a value each.
    """
    if is_postgres(connection):
        return "= ANY (string_to_array(?, ','))", (",".join(ids),)
    return f"IN ({', '.join('?' * len(ids))})", ids


def put_in(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Put new rows into one of our own tables."""
    raw: Any = driver(connection)
    named = ", ".join(f'"{column}"' for column in columns)
    if is_postgres(connection):
        raw.copied(f'COPY "{table}" ({named}) FROM STDIN', map(_nul_free, rows))
    else:
        marks = ", ".join("?" * len(columns))
        raw.executemany(f'INSERT INTO "{table}" ({named}) VALUES ({marks})', rows)  # noqa: S608 - our own names
