"""Snapshots: the org as it is now, kept under a name, and put back whole: records, settings, clock, faults, calls.

A snapshot is a copy of the state file and of the files of Bulk jobs, in `snapshots/NAME` of the state folder.
"""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sfsync.localorg.context import OrgContext
from sfsync.localorg.control.body import keys_of, refused, text
from sfsync.localorg.control.clock import OrgClock
from sfsync.localorg.credentials import rewrite_facts
from sfsync.localorg.wire import Answer, Request, json_answer

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_FILE, _JOBS = "org.db", "jobs"


def take(org: OrgContext, request: Request) -> Answer:
    """Keep the org as it is, under `{"name"}`; one of that name is replaced."""
    place = _place(org, request)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700, parents=True)
    with closing(sqlite3.connect(org.state.folder / _FILE)) as source, closing(sqlite3.connect(place / _FILE)) as copy:
        source.backup(copy)
    (place / _FILE).chmod(0o600)
    _copy_jobs(org.state.folder, place)
    return json_answer(201, {"snapshots": _listed(org.state.folder)})


def restore(org: OrgContext, request: Request) -> Answer:
    """Make the org what it was when `{"name"}` was taken; clients' sessions of that time live again."""
    place = _place(org, request)
    if not (place / _FILE).exists():
        raise refused(f"there is no snapshot {place.name!r}", "NOT_FOUND", 404)
    with closing(sqlite3.connect(f"file:{place / _FILE}?mode=ro", uri=True)) as source:
        org.state.replace_by(source)
    shutil.rmtree(org.state.folder / _JOBS, ignore_errors=True)
    _copy_jobs(place, org.state.folder)
    if isinstance(org.clock, OrgClock):
        org.clock.restore(org.state)
    rewrite_facts(org.state, org.clock)
    return json_answer(200, {"restored": place.name, "now": org.clock.now().isoformat()})


def show(org: OrgContext, request: Request) -> Answer:
    """List the snapshots."""
    return json_answer(200, {"snapshots": _listed(org.state.folder)})


def forget(org: OrgContext, request: Request) -> Answer:
    """Remove the snapshot `{"name"}`."""
    place = _place(org, request)
    if not (place / _FILE).exists():
        raise refused(f"there is no snapshot {place.name!r}", "NOT_FOUND", 404)
    shutil.rmtree(place, ignore_errors=True)
    return Answer(204)


def _place(org: OrgContext, request: Request) -> Path:
    name = text(keys_of(request, "name").get("name"), "name")
    if not _NAME.fullmatch(name):
        raise refused("`name` must be letters, digits, _ and -, 64 at most")
    return org.state.folder / "snapshots" / name


def _listed(folder: Path) -> list[str]:
    return sorted(one.parent.name for one in (folder / "snapshots").glob(f"*/{_FILE}"))


def _copy_jobs(source: Path, target: Path) -> None:
    if (source / _JOBS).is_dir():
        shutil.copytree(source / _JOBS, target / _JOBS)
