"""A page of CSV made a table in a file of its own: read by SQLite's CSV reader and typed by SQL, no row in Python.

The file is written by the SQLite that comes with apsw, and opened by the mirror's SQLite only when that one has closed
it: two SQLites in one process must never share a file. Where anything in a page is unusual there is no part of it, and
the page is taken in row by row.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from sfsync.mirror.casts import cast_function, cast_of_column
from sfsync.mirror.driver import is_postgres
from sfsync.mirror.layout import Layout
from sfsync.mirror.shape import quoted
from sfsync.records.values import Stored

try:
    import apsw
    import apsw.sqlite_extra
except ImportError:  # then every page is taken in row by row
    HAS_READER = False
else:
    HAS_READER = apsw.sqlite_extra.has("csv") is not None


@dataclass(frozen=True, slots=True)
class PartPlan:
    """How pages with this header become parts of one sObject's table."""

    layout: Layout
    create: str  # the statement that made the mirror's table
    run: int

    @property
    def header(self) -> bytes:
        """The first line of such a page."""
        return ",".join(f'"{name}"' for name in self.layout.names).encode()

    def make(self, page: Path, part: Path) -> bool:
        """Make a part of a page; False where it holds what SQL alone cannot type. Neither file may be open elsewhere.

        The page has to be UTF-8 without NUL.
        """
        connection = apsw.Connection(str(part))
        try:
            apsw.sqlite_extra.load(connection, "csv")
            connection.create_scalar_function("_cast", self._cast, 2, deterministic=True)
            for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -512"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            connection.execute(self.create)
            connection.execute(self._source(page))
            connection.execute(self._fill())
        except (apsw.Error, ValueError):
            return False
        finally:
            connection.close()
        return True

    def _cast(self, *values: object) -> Stored:
        place, text = values
        return cast_function(self.layout)(int(str(place)), str(text))

    def _source(self, page: Path) -> str:
        columns = ", ".join(f"c{place}" for place in range(len(self.layout.names)))
        address = str(page).replace("'", "''")
        return (
            f"CREATE VIRTUAL TABLE temp.page USING csv(filename = '{address}', header = yes,"
            f" schema = 'CREATE TABLE x({columns})')"
        )

    def _fill(self) -> str:
        layout = self.layout
        values = [cast_of_column(kind, place, f"c{place}") for place, kind in enumerate(layout.kinds)]
        deleted = layout.place("IsDeleted")
        tombstone = "0" if deleted is None else f"coalesce({values[deleted]}, 0)"
        names = ", ".join(map(quoted, layout.names))
        return (
            f"INSERT INTO {quoted(layout.sobject)} ({names}, _deleted, _run)"  # noqa: S608 - checked names, our own casts
            f" SELECT {', '.join(values)}, {tombstone}, {self.run} FROM temp.page"
        )


def plan_for(connection: Connection, layout: Layout, run: int) -> PartPlan | None:
    """Give how pages become parts of the sObject's table, None where nothing can make them."""
    if not HAS_READER or is_postgres(connection):
        return None
    found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (layout.sobject,)).first()
    return PartPlan(layout, found[0], run) if found else None
