"""A mirror's own life: backed up into one file, and restored from it."""

import secrets
from dataclasses import asdict
from pathlib import Path

from sfsync.app.program import App
from sfsync.errors import MirrorOfAnotherOrg, SettingsError, UsageError
from sfsync.mirror.backup import Manifest, check_backup, doubt_what_was_open, put_in_place, write_backup
from sfsync.mirror.connections import path_of
from sfsync.mirror.entries import EntryState
from sfsync.mirror.locks import lease, lease_file
from sfsync.records.values import datetime_text
from sfsync.sync.outcome import Outcome
from sfsync.sync.run import begin, finish


def backup(app: App, file: Path) -> Outcome:
    """Write a backup of the mirror, which may be in use."""
    _mirror_file(app)
    with app.mirror(writable=False) as mirror:
        manifest = write_backup(mirror, file, app.wishes.clock.now())
    return Outcome("backup", counts={"bytes": manifest.bytes}, data={"file": str(file.absolute()), **_told(manifest)})


def restore(app: App, file: Path | None) -> Outcome:
    """Put a backup in the mirror's place, and find out in the org what became of every entry that was open in it.

    Nothing is sent before that. A mirror in a database server has been put back by the server's own tools: then there
    is no file. Raises LeaseHeld while a daemon runs or another process writes, FileError where the file is no whole
    backup, MirrorOfAnotherOrg where it is of another org than the settings lead to; the mirror is as it was then.
    """
    if file is None:
        return _put_back_by_server(app)
    path, clock = _mirror_file(app), app.wishes.clock
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unpacked = path.with_name(f"{path.name}.restoring")
    with lease(lease_file(path, "daemon"), "daemon", "restore", 0.0, clock):
        try:
            manifest = check_backup(file, unpacked)
            _check_org(app, file, manifest)
            doubted = doubt_what_was_open(unpacked, manifest.made_at)
            with lease(lease_file(path, "writer"), "writer", "restore", app.wishes.wait_seconds, clock):
                aside = put_in_place(unpacked, path, clock.now())
        finally:
            unpacked.unlink(missing_ok=True)
        told = {"file": str(file.absolute()), "moved_aside": str(aside) if aside else None, **_told(manifest)}
        return _settled(app, doubted, told)


def _put_back_by_server(app: App) -> Outcome:
    """Find out what became of what was open in a mirror that a server has put back as it was."""
    if _in_file(app):
        raise UsageError("no backup is named", todo="name the file that `sfsync backup` made")
    with app.mirror(writable=True) as mirror, mirror.lease("daemon", "restore", 0.0):
        mirror.check_of(app.org().identity().org_id)
        with mirror.lease("writer", "restore", app.wishes.wait_seconds), mirror.writing() as books:
            latest = next(iter(books.runs.latest(1)), None)
            made_at = latest.started_at if latest else app.wishes.clock.now()
            doubted = books.backlog.doubt(made_at)
            books.decided.rename_journal(secrets.token_hex(8))
        return _settled(app, doubted, {"file": None, "moved_aside": None, "made_at": datetime_text(made_at)})


def _in_file(app: App) -> bool:
    return app.settings.mirror_url.startswith("sqlite:")


def _mirror_file(app: App) -> Path:
    """Give the mirror's file. Raises SettingsError where it is in a database server."""
    if not _in_file(app):
        where = app.settings.places.where(("mirror", "url"))
        words = "a mirror in a database server is backed up by that server's own tools"
        todo = "for PostgreSQL: pg_dump and pg_restore, then `sfsync restore` without a file"
        raise SettingsError(words, todo=todo, where=where)
    return path_of(app.settings.mirror_url)


def _check_org(app: App, file: Path, manifest: Manifest) -> None:
    org_id = app.org().identity().org_id
    if manifest.org_id not in (None, org_id):
        raise MirrorOfAnotherOrg(
            f"{file} is a backup of the mirror of org {manifest.org_id}, and the settings lead to org {org_id}",
            todo="restore it in the folder of that org",
        )


def _told(manifest: Manifest) -> dict[str, object]:
    return {name: value for name, value in asdict(manifest).items() if name not in ("form", "bytes")}


def _settled(app: App, doubted: int, told: dict[str, object]) -> Outcome:
    """Look at the org for every entry that was open: the beginning of any run does, before anything is sent."""
    with app.context() as context, begin(context, "restore", app.wishes.wait_seconds) as run:
        with context.mirror.reading() as books:
            left = sum(number for state, number in books.outbox.counts().items() if not EntryState(state).settled)
        counts = {"looked_for": doubted, "still_to_send": left}
        return finish(context, Outcome("restore", run=run, counts=counts, data=told))
