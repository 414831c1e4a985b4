"""Backups of a mirror: one file, checked when it is made and again before it takes a mirror's place.

The file is a tar archive of `manifest.json` and `mirror.db`, so that it can be taken apart without this program.
"""

import hashlib
import io
import json
import os
import secrets
import sqlite3
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path

from sfsync.errors import FileError, MirrorError, file_error
from sfsync.mirror import migrate
from sfsync.mirror.backlog import DOUBT
from sfsync.mirror.connections import sqlite_driver, told
from sfsync.mirror.decided import RENAME_JOURNAL
from sfsync.mirror.open import Mirror
from sfsync.records.values import datetime_text

FORM = 1
_MANIFEST, _DATABASE = "manifest.json", "mirror.db"
_CHUNK = 1 << 20
_LARGEST_MANIFEST = 65_536
_LOGS = ("-wal", "-shm")  # the files beside a SQLite database


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    form: int
    org_id: str | None
    uid: str  # of the mirror
    revision: str
    made_at: str
    bytes: int  # of the database
    sha256: str  # of the database


def write_backup(mirror: Mirror, file: Path, now: datetime) -> Manifest:
    """Write a backup of a mirror that may be in use, and read it again to see that it is whole.

    The file is its owner's alone, and is put in place only when it is known to be good. Raises FileError where it is
    there already or cannot be written, MirrorError where the mirror proves damaged.
    """
    if file.exists():
        raise FileError(f"{file} is there already", todo="name another file, or remove that one first")
    draft, copy = file.with_name(f"{file.name}.part"), file.with_name(f"{file.name}.db.part")
    try:
        with _removed_after(draft, copy, copy.with_name(f"{copy.name}-journal")):
            _private(copy)
            _copy(mirror, copy)
            manifest = _manifest(copy, now)
            _pack(draft, copy, manifest)
            copy.unlink()
            check_backup(draft, copy)
            os.link(draft, file)  # fails where the file has come to be meanwhile
    except OSError as error:
        raise file_error(file, error, "name a place that can be written to") from None
    return manifest


@contextmanager
def _removed_after(*files: Path) -> Iterator[None]:
    try:
        yield
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def _private(file: Path) -> None:
    """Make an empty file for its owner alone, whatever is there."""
    file.unlink(missing_ok=True)
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))


def _copy(mirror: Mirror, copy: Path) -> None:
    with told(mirror.path, copy), mirror.home.reader.connect() as connection, closing(sqlite3.connect(copy)) as target:
        sqlite_driver(connection).backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


def _manifest(copy: Path, now: datetime) -> Manifest:
    org_id, uid, revision = _checked(copy)
    return Manifest(FORM, org_id, uid, revision, datetime_text(now), copy.stat().st_size, _sha256(copy))


def _checked(database: Path) -> tuple[str | None, str, str]:
    """Give org id, uid and revision of a database. Raises MirrorError where it is damaged, or no mirror."""
    with told(database), closing(sqlite3.connect(f"file:{database.absolute()}?mode=ro", uri=True)) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise MirrorError(f"the mirror is damaged: {found}", todo="a full pull into a new mirror mends it")
        try:
            facts = dict(connection.execute("SELECT name, value FROM _facts"))
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        except (sqlite3.OperationalError, TypeError):
            raise MirrorError(f"{database} holds no mirror", todo="name a file that `sfsync backup` made") from None
    return facts.get("org_id"), str(facts.get("uid", "")), str(revision)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _pack(draft: Path, copy: Path, manifest: Manifest) -> None:
    _private(draft)
    content = json.dumps(asdict(manifest), indent=2).encode()
    with draft.open("wb") as stream:
        with tarfile.open(fileobj=stream, mode="w") as tar:
            head = tarfile.TarInfo(_MANIFEST)
            head.size, head.mode = len(content), 0o600
            tar.addfile(head, io.BytesIO(content))
            body = tarfile.TarInfo(_DATABASE)
            body.size, body.mode = copy.stat().st_size, 0o600
            with copy.open("rb") as database:
                tar.addfile(body, database)
        stream.flush()
        os.fsync(stream.fileno())


def check_backup(file: Path, database: Path) -> Manifest:
    """Unpack a backup's database to a place, for its owner alone, and see that it is what it was when it was made.

    Raises FileError where it is no backup, cut off or changed, MirrorTooNew where a newer program made it.
    """
    try:
        with tarfile.open(file, mode="r:") as tar:
            manifest = _read_manifest(file, tar)
            _unpack(tar, database)
    except (tarfile.TarError, EOFError, UnicodeDecodeError) as error:
        raise _no_backup(file) from error
    except OSError as error:
        written = database if error.filename is None else file
        raise file_error(written, error, "name a file that `sfsync backup` made") from None
    if (database.stat().st_size, _sha256(database)) != (manifest.bytes, manifest.sha256):
        raise FileError(f"{file} is not as it was made: its checksum differs", todo="use another backup")
    migrate.check_known(manifest.revision)
    if _checked(database) != (manifest.org_id, manifest.uid, manifest.revision):
        raise FileError(f"{file} holds another mirror than its manifest says", todo="use another backup")
    return manifest


def _read_manifest(file: Path, tar: tarfile.TarFile) -> Manifest:
    head = tar.next()
    stream = tar.extractfile(head) if head is not None and head.name == _MANIFEST and head.isreg() else None
    if stream is None or head is None or head.size > _LARGEST_MANIFEST:
        raise _no_backup(file)
    try:
        told_of: Mapping[str, object] = json.loads(stream.read())
        manifest = Manifest(**told_of)  # type: ignore[arg-type]  # each is compared with what is found
    except (ValueError, TypeError):
        raise _no_backup(file) from None
    if manifest.form != FORM or not isinstance(manifest.revision, str):
        raise FileError(f"{file} was made by a newer sfsync", todo="update sfsync")
    return manifest


def _unpack(tar: tarfile.TarFile, database: Path) -> None:
    body = tar.next()
    stream = tar.extractfile(body) if body is not None and body.name == _DATABASE and body.isreg() else None
    if stream is None:
        raise EOFError
    _private(database)
    with database.open("wb") as target:
        while chunk := stream.read(_CHUNK):
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())


def _no_backup(file: Path) -> FileError:
    return FileError(f"{file} is no backup, or was cut off", todo="name a file that `sfsync backup` made")


def doubt_what_was_open(database: Path, made_at: str) -> int:
    """Have every open entry looked for in the org before anything is sent; gives how many there are.

    One that was never sent may have been since the backup was made. The journal gets another name.
    """
    with told(database), closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute(RENAME_JOURNAL, {"name": secrets.token_hex(8)})
        return connection.execute(DOUBT, {"made_at": made_at}).rowcount


def _empty_log(mirror: Path) -> None:
    """Write what a mirror's log holds into the file itself, where that can be done."""
    if mirror.exists():
        with suppress(sqlite3.Error), closing(sqlite3.connect(mirror)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _free(wanted: Path) -> Path:
    """Give a name that is not taken: this one, or with a number behind it."""
    others = (wanted.with_name(f"{wanted.name}-{number}") for number in count(2))
    return next(one for one in chain([wanted], others) if not one.exists())


def put_in_place(database: Path, mirror: Path, now: datetime) -> Path | None:
    """Put an unpacked database where a mirror is; gives where the old one went, None where there was none.

    The old one is moved aside whole, with what its log holds. The leases must be held.
    """
    _empty_log(mirror)
    aside = _free(mirror.with_name(f"{mirror.name}.before-{now:%Y%m%dT%H%M%S%f}Z")) if mirror.exists() else None
    if aside is not None:
        os.link(mirror, aside)  # and so there is a mirror at every moment, the old one or the new
    for end in _LOGS:
        with suppress(FileNotFoundError):
            source = mirror.with_name(mirror.name + end)
            if aside is None:
                source.unlink()
            else:
                source.rename(aside.with_name(aside.name + end))
    database.replace(mirror)
    folder = os.open(mirror.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return aside
