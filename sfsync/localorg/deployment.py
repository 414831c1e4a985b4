"""Deploying an org's source into a local org, running or not."""

from pathlib import Path
from typing import Any

from sfsync.clock import Clock
from sfsync.errors import OrgUnreachable
from sfsync.localorg import asking
from sfsync.localorg.control.clock import OrgClock
from sfsync.localorg.control.renewal import any_org, found, holds_data
from sfsync.localorg.foreground import open_state
from sfsync.localorg.hold import Held, hold
from sfsync.localorg.lifecycle import running
from sfsync.localorg.seed.amounts import Amounts
from sfsync.localorg.source.deploying import deploy as deploy_files
from sfsync.localorg.source.gathering import Files, zipped


def deploy(folder: Path, files: Files, clock: Clock) -> dict[str, Any]:
    """Deploy files into the folder's org and give the report as JSON holds it.

    Raises FileError (damaged state), OrgUnreachable (held by another process that does not answer).
    """
    folder = folder.absolute()
    facts = running(folder)
    if facts is not None:
        return asking.demand(facts, "POST", "deploy", content=zipped(files))
    try:
        with hold(folder):
            return _deploy_stopped(folder, files, clock)
    except Held as error:
        raise OrgUnreachable(f"{error}, and does not answer", todo="use `sfsync org stop` first") from None


def _deploy_stopped(folder: Path, files: Files, clock: Clock) -> dict[str, Any]:
    state = open_state(folder)
    try:
        org_clock = OrgClock(clock)
        org_clock.restore(state)
        if not holds_data(state):
            found(state, org_clock, Amounts(0, 0, 0, 0), 1, org_number=any_org())
        return deploy_files(state, org_clock.now(), files).shown()
    finally:
        state.close()
