"""Promises of backups: whole, private, checked, and of this mirror; and what becomes of entries that were open."""

import json
import resource
import sqlite3
import stat
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest

from sfsync.clock import SetClock
from sfsync.errors import FileError, MirrorError, MirrorTooNew
from sfsync.mirror.backup import check_backup, doubt_what_was_open, put_in_place, write_backup
from sfsync.mirror.entries import EntryState
from sfsync.mirror.open import Mirror, open_mirror
from sfsync.records.change import Action, Change, FieldChange
from tests.mirror.leads import lead_id

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def update(number: int, after: str = "New") -> Change:
    """A change of one lead."""
    return Change(Action.UPDATE, "Lead", lead_id(number), (FieldChange("Status", None, after),), ("test",))


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where the mirror lives: servers have their own backups."""
    return f"sqlite:///{tmp_path}/.sfsync/mirror.db"


@pytest.fixture
def kept(leads: Mirror, tmp_path: Path) -> Path:
    """A backup of a mirror of an org, with entries in every open state."""
    leads.belong_to("00D000000000001EAA")
    with leads.writing() as books:
        run = books.runs.start("import", {})
        books.outbox.add(run, [update(number) for number in range(5)] + [update(0, "Working")])
        books.jobs.claim(run, 3, NOW)
        books.outbox.send([2, 3], NOW)
        books.outbox.doubt([3])
        books.outbox.settle(5, EntryState.REJECTED, "X", "no")
    write_backup(leads, tmp_path / "kept.tar", NOW)
    return tmp_path / "kept.tar"


def test_a_backup_holds_what_the_mirror_held(kept: Path, tmp_path: Path, clock: SetClock) -> None:
    """Unpacked and put in another mirror's place it is that mirror; the one that was there is kept whole."""
    place = tmp_path / "other" / "mirror.db"
    other = open_mirror(f"sqlite:///{place}", clock=clock, writable=True)
    other.belong_to("00D000000000002EAA")
    other.close()
    manifest = check_backup(kept, place.with_name("unpacked"))
    assert (manifest.org_id, manifest.made_at) == ("00D000000000001EAA", "2026-03-01T12:00:00.000Z")
    aside = put_in_place(place.with_name("unpacked"), place, NOW)
    assert aside is not None
    for path, org_id in ((place, "00D000000000001EAA"), (aside, "00D000000000002EAA")):
        opened = open_mirror(f"sqlite:///{path}", clock=clock, writable=True)
        assert opened.org_id() == org_id
        opened.close()


@pytest.mark.parametrize("step", ["link", "fsync"])
def test_a_restore_that_dies_leaves_a_whole_mirror_in_place(
    kept: Path, tmp_path: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The old one until the new one takes its place in one step, so that no daemon begins an empty one."""
    place = tmp_path / "other" / "mirror.db"
    other = open_mirror(f"sqlite:///{place}", clock=clock, writable=True)
    other.belong_to("00D000000000002EAA")
    other.close()
    check_backup(kept, place.with_name("unpacked"))
    with monkeypatch.context() as patched:
        name = "pathlib.Path.replace" if step == "link" else "sfsync.mirror.backup.os.fsync"
        patched.setattr(name, Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            put_in_place(place.with_name("unpacked"), place, NOW)
    opened = open_mirror(f"sqlite:///{place}", clock=clock, writable=False)
    assert opened.org_id() == ("00D000000000002EAA" if step == "link" else "00D000000000001EAA")
    opened.close()


def test_a_backup_is_its_owners_alone_and_can_be_taken_apart_by_hand(kept: Path, tmp_path: Path) -> None:
    """Mode 0600, nothing else left beside it; `tar` and `sqlite3` are enough to read it."""
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == [".sfsync", "kept.tar"]
    with tarfile.open(kept) as tar:
        assert tar.getnames() == ["manifest.json", "mirror.db"]
        tar.extract("mirror.db", tmp_path, filter="data")
    assert sqlite3.connect(tmp_path / "mirror.db").execute("SELECT count(*) FROM _outbox").fetchone() == (6,)


def test_an_open_backup_is_not_written_over(kept: Path, leads: Mirror) -> None:
    """A file that is there stays as it is."""
    before = kept.read_bytes()
    with pytest.raises(FileError, match="is there already"):
        write_backup(leads, kept, NOW)
    assert kept.read_bytes() == before


@pytest.mark.parametrize("cut", [0, 300, 5_000, 60_000])
def test_a_backup_that_was_cut_off_is_refused(kept: Path, tmp_path: Path, cut: int) -> None:
    """However little of it is there, it is no backup."""
    (tmp_path / "cut.tar").write_bytes(kept.read_bytes()[:cut])
    with pytest.raises(FileError, match="no backup, or was cut off"):
        check_backup(tmp_path / "cut.tar", tmp_path / "unpacked")


def test_a_backup_that_was_changed_is_refused(kept: Path, tmp_path: Path) -> None:
    """One bit of the database turned is found by the checksum."""
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "odd.tar").write_bytes(content)
    with pytest.raises(FileError, match="checksum"):
        check_backup(tmp_path / "odd.tar", tmp_path / "unpacked")


def test_a_backup_of_a_newer_program_is_refused(kept: Path, tmp_path: Path) -> None:
    """What this program cannot know it does not touch."""
    with tarfile.open(kept) as tar:
        tar.extractall(tmp_path / "apart", filter="data")
    manifest = json.loads((tmp_path / "apart/manifest.json").read_text())
    (tmp_path / "apart/manifest.json").write_text(json.dumps({**manifest, "revision": "9999"}))
    with tarfile.open(tmp_path / "newer.tar", "w") as tar:
        for name in ("manifest.json", "mirror.db"):
            tar.add(tmp_path / "apart" / name, name)
    with pytest.raises(MirrorTooNew):
        check_backup(tmp_path / "newer.tar", tmp_path / "unpacked")


def test_a_damaged_mirror_makes_no_backup(leads: Mirror, tmp_path: Path) -> None:
    """A backup of what is broken would be trusted one day: it is not made."""
    with leads.writing() as books:
        books.outbox.add(books.runs.start("import", {}), [update(number) for number in range(500)])
    leads.writer.dispose()  # type: ignore[union-attr]
    connection = sqlite3.connect(leads.path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(leads.path.read_bytes())
    content[-4096 * 6 : -4096 * 3] = bytes(4096 * 3)
    leads.path.write_bytes(content)
    with pytest.raises(MirrorError, match="damaged"):
        write_backup(leads, tmp_path / "kept.tar", NOW)
    assert not (tmp_path / "kept.tar").exists()


def test_where_there_is_no_room_nothing_is_left(leads: Mirror, tmp_path: Path) -> None:
    """The words are about the copy, not about the mirror, which has all the room it needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    place = tmp_path / "small"
    place.mkdir()
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, hard))
    try:
        with pytest.raises(MirrorError, match=r"kept\.tar\.db\.part cannot grow"):
            write_backup(leads, place / "kept.tar", NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(place.iterdir()) == []


def test_what_was_open_is_doubted_before_anything_is_sent(kept: Path, tmp_path: Path, clock: SetClock) -> None:
    """Each open entry may have been sent since: all are to be looked for, but those behind another about a record."""
    database = tmp_path / "restored.db"
    manifest = check_backup(kept, database)
    assert doubt_what_was_open(database, manifest.made_at) == 3
    mirror = open_mirror(f"sqlite:///{database}", clock=clock, writable=True)
    with mirror.writing() as books:
        assert books.outbox.counts() == {"UNKNOWN": 4, "NEW": 1, "REJECTED": 1}
        assert books.outbox.ready(None, 10, NOW) is None
    mirror.close()
