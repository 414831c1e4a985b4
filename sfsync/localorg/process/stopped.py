"""Changing the org of a state folder that no process runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sfsync import errors
from sfsync.clock import Clock
from sfsync.localorg.control.clock import OrgClock
from sfsync.localorg.control.renewal import any_org, found, holds_data, last_amounts, renew
from sfsync.localorg.load import loading
from sfsync.localorg.load.sources import FileSet
from sfsync.localorg.process.foreground import open_state
from sfsync.localorg.process.options import Options
from sfsync.localorg.seed.amounts import Amounts, Progress
from sfsync.localorg.source.deploying import deploy
from sfsync.localorg.source.gathering import Files
from sfsync.localorg.state import State

_STATE_FILES = ("org.db", "org.db-wal", "org.db-shm")


def reset_stopped(options: Options, folder: Path, clock: Clock, progress: Progress) -> None:
    """Make the org anew; a damaged state is thrown away."""
    try:
        state = open_state(folder)
    except errors.FileError:
        for name in _STATE_FILES:
            (folder / name).unlink(missing_ok=True)
        state = open_state(folder)
    try:
        org_clock = OrgClock(clock)
        org_clock.restore(state)
        had, seed = last_amounts(state)
        wanted = [getattr(options, name) for name in ("leads", "accounts", "contacts", "opportunities")]
        kept = [had.leads, had.accounts, had.contacts, had.opportunities]
        amounts = Amounts(*(old if new is None else new for new, old in zip(wanted, kept, strict=True)))
        renew(state, org_clock, amounts, seed if options.seed is None else options.seed, progress)
    finally:
        state.close()


def load_stopped(folder: Path, files: FileSet, clock: Clock) -> dict[str, Any]:
    """Load a set of exports and give the report as JSON holds it. Raises FileError for a damaged state."""
    with opened(folder, clock) as (state, now):
        return loading.load(state, now, files).shown()


def deploy_stopped(folder: Path, files: Files, clock: Clock) -> dict[str, Any]:
    """Deploy an org's source and give the report as JSON holds it. Raises FileError for a damaged state."""
    with opened(folder, clock) as (state, now):
        return deploy(state, now, files).shown()


@contextmanager
def opened(folder: Path, clock: Clock) -> Iterator[tuple[State, datetime]]:
    """Open the org, an empty one where there is none, and tell its time. Raises FileError for a damaged state."""
    state = open_state(folder)
    try:
        org_clock = OrgClock(clock)
        org_clock.restore(state)
        if not holds_data(state):
            found(state, org_clock, Amounts(0, 0, 0, 0), 1, org_number=any_org())
        yield state, org_clock.now()
    finally:
        state.close()
