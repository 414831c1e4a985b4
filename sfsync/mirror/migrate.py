"""Bringing the fixed tables of a mirror to what this program expects."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

from sfsync.errors import MirrorError, MirrorTooNew
from sfsync.mirror import tables
from sfsync.mirror.driver import is_postgres

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0009"  # the newest revision
_OTHERS = {
    "sqlite": ("this SQLite file holds other tables and no mirror", "give another file under [mirror] url"),
    "postgresql": (
        "this PostgreSQL schema holds other tables and no mirror",
        "give a database of its own under [mirror] url, or a schema by ?options=-csearch_path%3Dsfsync behind it",
    ),
}


def revision(connection: Connection) -> str | None:
    """Give the revision the tables are at, None for a file with nothing in it.

    Raises MirrorError where the file is somebody else's.
    """
    names = inspect(connection).get_table_names()
    if not {"alembic_version", "_facts"} <= {*names}:
        if names:
            words, todo = _OTHERS[connection.dialect.name]
            raise MirrorError(words, todo=todo)
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest revision. Raises MirrorTooNew where the file is already past it.

    SQLite's go through all revisions there ever were; PostgreSQL's are made as they are to be now.
    """
    from alembic import command  # a quarter of a second, and needed once in a mirror's life

    config = _config()
    config.attributes["connection"] = connection
    found = revision(connection)
    check_known(found)
    if found is None and is_postgres(connection):
        _check_database(connection)
        tables.metadata.create_all(connection, checkfirst=False)
        for statement in (*tables.OUTBOX_GUARD_POSTGRES, tables.PRINTS_POSTGRES):
            connection.exec_driver_sql(statement)
        command.stamp(config, "head")
    else:
        command.upgrade(config, "head")


def _check_database(connection: Connection) -> None:
    """Raise MirrorError where a PostgreSQL database cannot hold a mirror."""
    encoding, schema = connection.exec_driver_sql("SELECT getdatabaseencoding(), current_schema()").one()
    if encoding != "UTF8":
        raise MirrorError(
            f"the database of the mirror is in {encoding}, which cannot hold every text",
            todo="create it anew in UTF-8: createdb --encoding UTF8 --template template0",
        )
    if schema is None:
        raise MirrorError(
            "the schema that [mirror] url leads to is not there",
            todo="create it (CREATE SCHEMA), or correct options=-csearch_path=... in the URL",
        )


def check_known(found: str | None) -> None:
    """Raise MirrorTooNew for a revision this program has never heard of."""
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise MirrorTooNew(
            f"the mirror was written by a newer sfsync: its tables are at revision {found}, this one knows {HEAD}",
            todo="update sfsync, or use another mirror",
        )


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
