"""What each database calls the types of columns, and how it tells what tables and indexes it has.

The declared type of a column tells the kind of its field. In SQLite a number's column is declared without a type, the
only way it leaves every digit of a long decimal alone. In PostgreSQL texts compare by their bytes (collation "C"), so
that records come in the order of their ids whatever language the server speaks.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from sfsync.mirror.driver import driver, is_postgres
from sfsync.records.values import Kind


@dataclass(frozen=True, slots=True)
class Catalog:
    """One database's words."""

    declared: Mapping[Kind, str]  # the type of a column
    known: Mapping[str, Kind]  # the kind of a field, by what `columns` tells of its column
    own: tuple[str, ...]  # columns of ours in each table
    columns: str  # the question after a table's columns: name, type; in their order
    index: str  # the question after an index of a name

    def kinds(self, connection: Connection, table: str) -> dict[str, Kind]:
        """Give the fields a table holds, with their kinds, ours left out; none where there is no table."""
        rows = driver(connection).execute(self.columns, (table,))
        return {name: self.known[type_] for name, type_ in rows if not name.startswith("_")}

    def has_index(self, connection: Connection, name: str) -> bool:
        """Tell whether there is an index of that name."""
        return driver(connection).execute(self.index, (name,)).fetchone() is not None


_SQLITE = {
    Kind.TEXT: "TEXT",
    Kind.ID: "CHAR(18)",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.INTEGER: "INTEGER",
    Kind.NUMBER: "",
    Kind.DATE: "DATE",
    Kind.DATETIME: "DATETIME",
    Kind.TIME: "TIME",
}
SQLITE = Catalog(
    declared=_SQLITE,
    known={declared: kind for kind, declared in _SQLITE.items()},
    own=("_deleted BOOLEAN NOT NULL DEFAULT 0", "_run INTEGER"),
    columns="SELECT name, type FROM pragma_table_info(?)",
    index="SELECT 1 FROM sqlite_master WHERE name = ?",
)

POSTGRES = Catalog(
    declared={
        Kind.TEXT: 'text COLLATE "C"',
        Kind.ID: 'varchar COLLATE "C"',
        Kind.BOOLEAN: "boolean",
        Kind.INTEGER: "bigint",
        Kind.NUMBER: "numeric",
        Kind.DATE: "date",
        Kind.DATETIME: "timestamptz(3)",
        Kind.TIME: "time(3)",
    },
    known={
        "text": Kind.TEXT,
        "varchar": Kind.ID,
        "bool": Kind.BOOLEAN,
        "int8": Kind.INTEGER,
        "numeric": Kind.NUMBER,
        "date": Kind.DATE,
        "timestamptz": Kind.DATETIME,
        "time": Kind.TIME,
    },
    own=("_deleted smallint NOT NULL DEFAULT 0", "_run integer"),
    columns=(
        "SELECT attname::text, typname::text FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid"
        " WHERE attrelid = to_regclass(quote_ident(?)) AND attnum > 0 AND NOT attisdropped AND attname NOT LIKE '\\_%'"
        " ORDER BY attnum"
    ),
    index="SELECT 1 WHERE to_regclass(quote_ident(?)) IS NOT NULL",
)


def catalog(connection: Connection) -> Catalog:
    """Give the words of the connection's database."""
    return POSTGRES if is_postgres(connection) else SQLITE
