"""Promises of opening a mirror: where it lives, whose it is, and what is refused."""

import os
import resource
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy

from sfsync.clock import SetClock
from sfsync.errors import MirrorError, MirrorOfAnotherOrg, MirrorTooNew, SettingsError, exit_code_of
from sfsync.mirror import migrate, tables
from sfsync.mirror.connections import path_of
from sfsync.mirror.driver import driver
from sfsync.mirror.open import Mirror, open_mirror
from sfsync.mirror.sqlite_home import sqlite_home
from tests.postgres import ONLY_SQLITE

ACME, GLOBEX = "00D5e000000AAAAEA4", "00D5e000000BBBBEA4"


@ONLY_SQLITE
def test_only_the_owner_can_read_a_mirror(mirror: Mirror) -> None:
    """The folder is made 0700; the file and all that lies beside it are 0600."""
    with mirror.writing() as books:
        books.runs.start("pull", {})
    with mirror.lease("writer", "a test", 0):
        folder = mirror.path.parent
        assert os.stat(folder).st_mode & 0o777 == 0o700
        modes = {path.name: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}
    assert "mirror.db" in modes and len(modes) >= 4
    assert set(modes.values()) == {"0o600"}


def test_a_url_may_be_absolute_or_of_the_working_folder() -> None:
    """Three slashes give a path of the working folder, four an absolute one."""
    assert path_of("sqlite:///.sfsync/mirror.db") == Path(".sfsync/mirror.db")
    assert path_of("sqlite:////srv/mirror.db") == Path("/srv/mirror.db")


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:secret@host/db",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://h/d",
        "mirror.db",
        "",
        "sqlite+x:///a",
    ],
)
def test_other_databases_are_refused_in_words(url: str, clock: SetClock) -> None:
    """Any URL but that of a SQLite file is a mistake in the settings, told without the password it may hold."""
    with pytest.raises(SettingsError, match="the mirror cannot live at") as error:
        open_mirror(url, clock=clock, writable=True)
    assert "secret" not in str(error.value)
    assert "sqlite:///" in error.value.problems[0].next


@ONLY_SQLITE
def test_reading_before_the_first_pull_says_what_to_do(url: str, clock: SetClock) -> None:
    """Where there is no mirror yet, a reading command sends to `sfsync pull` and makes nothing."""
    with pytest.raises(MirrorError, match="no mirror") as error:
        open_mirror(url, clock=clock, writable=False)
    assert error.value.problems[0].next == "run `sfsync pull` first"
    assert not path_of(url).exists()


@ONLY_SQLITE
@pytest.mark.parametrize("writable", [True, False])
def test_a_file_of_no_length_is_a_mirror_that_was_lost(url: str, clock: SetClock, writable: bool) -> None:
    """It is refused, with both ways on, and left as it is; once it is deleted a new mirror is made."""
    path_of(url).parent.mkdir()
    path_of(url).touch()
    with pytest.raises(MirrorError, match="is empty, so the mirror it held is lost") as error:
        open_mirror(url, clock=clock, writable=writable)
    assert "sfsync restore" in error.value.problems[0].next and "delete" in error.value.problems[0].next
    assert path_of(url).stat().st_size == 0
    path_of(url).unlink()
    path_of(url).with_name(f"{path_of(url).name}-wal").write_bytes(b"what the lost one left")
    open_mirror(url, clock=clock, writable=True).close()


@ONLY_SQLITE
def test_a_file_without_tables_is_no_mirror_to_read_and_a_new_one_to_write(url: str, clock: SetClock) -> None:
    """A process that died between making the file and the tables leaves nothing that hinders the next."""
    sqlite_home(url, clock=clock, writable=True).close()  # type: ignore[union-attr]
    assert path_of(url).stat().st_size > 0
    assert {one.name for one in path_of(url).parent.iterdir()} == {path_of(url).name, f"{path_of(url).name}.gate.lock"}
    with pytest.raises(MirrorError, match="no mirror"):
        open_mirror(url, clock=clock, writable=False)
    open_mirror(url, clock=clock, writable=True).close()
    open_mirror(url, clock=clock, writable=False).close()


def test_each_mirror_has_a_name_of_its_own_for_life(url: str, tmp_path: Path, clock: SetClock) -> None:
    """The uid is random hexadecimal, the same at every opening and for readers too, another for another mirror."""
    first = open_mirror(url, clock=clock, writable=True)
    again = open_mirror(url, clock=clock, writable=False)
    other = open_mirror(f"sqlite:///{tmp_path}/other.db", clock=clock, writable=True)
    assert first.uid() == again.uid() != other.uid()
    assert len(first.uid()) == 16 and int(first.uid(), 16) >= 0
    for opened in (first, again, other):
        opened.close()


def test_a_mirror_belongs_to_one_org_for_ever(mirror: Mirror) -> None:
    """The first org binds it, again is fine, another is refused with both named and a way out."""
    assert mirror.org_id() is None
    mirror.belong_to(ACME)
    mirror.belong_to(ACME)
    with pytest.raises(MirrorOfAnotherOrg) as error:
        mirror.belong_to(GLOBEX)
    assert ACME in str(error.value) and GLOBEX in str(error.value) and error.value.problems[0].next
    assert mirror.org_id() == ACME


@pytest.mark.parametrize("writable", [True, False])
def test_a_mirror_of_a_newer_program_is_refused(mirror: Mirror, url: str, clock: SetClock, writable: bool) -> None:
    """A revision this program does not know is left alone, by readers and writers."""
    with mirror.writing() as books:
        driver(books._connection).execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(MirrorTooNew, match="9999") as error:
        open_mirror(url, clock=clock, writable=writable)
    assert "update sfsync" in error.value.problems[0].next
    with mirror.reading() as books:
        assert driver(books._connection).execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_a_reader_asks_for_an_older_mirror_to_be_brought_up(
    mirror: Mirror, url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader cannot bring tables up to date, so it says which command does."""
    monkeypatch.setattr(migrate, "HEAD", "later")
    with pytest.raises(MirrorError, match="older sfsync") as error:
        open_mirror(url, clock=clock, writable=False)
    assert "sfsync pull" in error.value.problems[0].next


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path, clock: SetClock) -> None:
    """A SQLite file with other tables is no mirror and stays as it was."""
    with sqlite3.connect(tmp_path / "music.db") as music:
        music.execute("CREATE TABLE songs (name)")
    music.close()
    with pytest.raises(MirrorError, match="other tables"):
        open_mirror(f"sqlite:///{tmp_path}/music.db", clock=clock, writable=True)
    with sqlite3.connect(tmp_path / "music.db") as music:
        assert music.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]
    music.close()


@pytest.mark.parametrize("writable", [True, False])
def test_a_file_that_is_no_database_is_told_in_words(tmp_path: Path, clock: SetClock, writable: bool) -> None:
    """Whatever else lies at the place of the mirror is named and not overwritten."""
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, " * 500)
    with pytest.raises(MirrorError, match="not a mirror"):
        open_mirror(f"sqlite:///{path}", clock=clock, writable=writable)
    assert path.read_text().startswith("Dear diary")


@ONLY_SQLITE
def test_a_damaged_mirror_is_told_in_words(leads: Mirror, url: str, clock: SetClock) -> None:
    """Where the file's pages make no sense, the error says to restore a backup or pull anew."""
    leads.close()
    size = leads.path.stat().st_size
    with leads.path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    with pytest.raises(MirrorError, match="damaged") as error:
        open_mirror(url, clock=clock, writable=True)
    assert "restore" in error.value.problems[0].next


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path: Path, clock: SetClock) -> None:
    """Where the mirror's place cannot be made, the error names it."""
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(MirrorError, match="cannot be made"):
        open_mirror(f"sqlite:///{tmp_path}/taken/mirror.db", clock=clock, writable=True)


@ONLY_SQLITE
def test_migrated_tables_are_the_declared_tables(mirror: Mirror, tmp_path: Path) -> None:
    """What the revisions make step by step is what the program expects: tables, columns, indexes, trigger."""
    declared = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/declared.db")
    with declared.begin() as connection:
        tables.metadata.create_all(connection)
        connection.exec_driver_sql(tables.OUTBOX_GUARD)
    declared.dispose()
    assert _statements(mirror.path) == _statements(tmp_path / "declared.db")


@ONLY_SQLITE
def test_the_newest_revision_is_the_one_the_program_names(mirror: Mirror) -> None:
    """Opening runs every revision there is, and stops where `migrate.HEAD` says."""
    assert _revision(mirror.path) == migrate.HEAD


def _statements(path: Path) -> dict[str, str]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {name: " ".join(sql.replace('"', "").split()) for name, sql in rows if name != "alembic_version"}


def _revision(path: Path) -> str:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    connection.close()
    return str(found)


@ONLY_SQLITE
def test_a_limit_on_the_size_of_files_is_told_as_one(mirror: Mirror) -> None:
    """Where the mirror may not grow, that is said, and what to do; what was written before is whole."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, before[1]))
    try:
        with pytest.raises(MirrorError, match="a limit was met") as error, mirror.writing() as books:
            for _ in range(300):
                books.runs.start("pull", {"note": "x" * 100_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "raise the limit" in error.value.problems[0].next and exit_code_of(error.value) == 2
    with mirror.writing() as books:
        assert books.runs.latest() == []
