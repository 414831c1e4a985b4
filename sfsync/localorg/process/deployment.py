"""Deploying an org's source into a local org, running or not."""

from pathlib import Path
from typing import Any

from sfsync.clock import Clock
from sfsync.localorg.process import asking
from sfsync.localorg.process.lifecycle import held_still, running
from sfsync.localorg.process.stopped import deploy_stopped
from sfsync.localorg.source.gathering import Files, zipped


def deploy(folder: Path, files: Files, clock: Clock) -> dict[str, Any]:
    """Deploy files into the folder's org and give the report as JSON holds it.

    Raises FileError (damaged state), OrgUnreachable (held by another process that does not answer).
    """
    folder = folder.absolute()
    facts = running(folder)
    if facts is not None:
        return asking.demand(facts, "POST", "deploy", content=zipped(files))
    with held_still(folder):
        return deploy_stopped(folder, files, clock)
