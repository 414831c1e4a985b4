"""The records of the mirror as its columns hold them, in the order of their ids: for comparing."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from sfsync.mirror.driver import driver, is_postgres, streamed
from sfsync.mirror.shape import quoted
from sfsync.mirror.slices import slices
from sfsync.records.query import DailyQuery, Day
from sfsync.records.values import Kind, Stored, from_text

Row = tuple[Stored, ...]


class StoredRows:
    """The records, by sObject."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(
        self, sobject: str, fields: Sequence[str], ids: Iterable[str] | None = None, *, deleted_too: bool = False
    ) -> Generator[Row]:
        """Give the values of these fields, one record after another: of all records, or of those asked for.

        With `deleted_too` tombstones are among them, and after the fields' values comes whether it is one: 0 or 1.
        """
        names = [*map(quoted, fields), *(["_deleted"] if deleted_too else [])]
        living = "TRUE" if deleted_too else "_deleted = 0"
        select = f"SELECT {', '.join(names)} FROM {quoted(sobject)} WHERE {living}"  # noqa: S608 - checked names
        if ids is None:
            yield from streamed(self._connection, f'{select} ORDER BY "Id"')
            return
        for some in slices(sorted(set(ids))):
            marks = ", ".join("?" * len(some))
            yield from driver(self._connection).execute(f'{select} AND "Id" IN ({marks}) ORDER BY "Id"', some)

    def referring(self, sobject: str, references: Mapping[str, Sequence[str]], since_run: int, most: int) -> list[str]:
        """Give the ids, `most` at most, of records with a parent that a run since that one has written.

        `references` names the reference fields, and for each the sObjects it may point to.
        """
        alike = [
            f'{quoted(field)} IN (SELECT "Id" FROM {quoted(parent)} WHERE _run >= ?)'  # noqa: S608 - checked names
            for field, parents in references.items()
            for parent in parents
        ]
        rows = driver(self._connection).execute(
            f'SELECT "Id" FROM {quoted(sobject)} WHERE _deleted = 0 AND ({" OR ".join(alike)}) LIMIT ?',  # noqa: S608 - checked names
            (*[since_run] * len(alike), most),
        )
        return [str(record_id) for (record_id,) in rows]

    def days(self, query: DailyQuery) -> list[Day]:
        """Give how many records each day has, as the org tells its own; records without that stamp are left out.

        So are those whose stamp is none, which something else wrote; a day whose latest stamp is none has no latest.
        """
        column = quoted(query.day_of)
        day = f"to_char({column}, 'YYYY-MM-DD')" if is_postgres(self._connection) else f"substr({column}, 1, 10)"
        rows = driver(self._connection).execute(
            f"SELECT {day}, count(*), max({quoted(query.latest_of)}) FROM {quoted(query.sobject)}"  # noqa: S608 - checked names
            f" WHERE _deleted = 0 AND {column} IS NOT NULL GROUP BY 1 ORDER BY 1"
        )
        days = ((_day(on), records, _instant(latest)) for on, records, latest in rows)
        return [Day(day_on, records, latest) for day_on, records, latest in days if day_on is not None]


def _day(stored: str) -> date | None:
    try:
        return date.fromisoformat(stored)
    except (TypeError, ValueError):  # a blob, or no such text
        return None


def _instant(stored: str | None) -> datetime | None:
    try:
        value = from_text(Kind.DATETIME, stored)
    except (TypeError, ValueError):  # a blob, or no such text
        return None
    return value if isinstance(value, datetime) else None
