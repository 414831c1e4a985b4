"""Deploying an org's source by the control plane: `POST /_org/deploy` with a zip archive."""

from sfsync.errors import FileError
from sfsync.localorg.context import OrgContext
from sfsync.localorg.control.body import refused
from sfsync.localorg.source.deploying import deploy
from sfsync.localorg.source.gathering import from_zip
from sfsync.localorg.wire import Answer, Request, json_answer


def deploy_source(org: OrgContext, request: Request) -> Answer:
    """Take what the org can out of the metadata files of an archive, and tell what became of each."""
    try:
        files = from_zip(request.body, "the archive")
    except FileError as error:
        raise refused(error.problems[0].message) from None
    return json_answer(200, deploy(org.state, org.now, files).shown())
