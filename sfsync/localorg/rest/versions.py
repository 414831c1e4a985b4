"""`/services/data`: which versions there are, and what one of them offers."""

from sfsync.localorg import versions
from sfsync.localorg.context import OrgContext
from sfsync.localorg.wire import Answer, Request, json_answer

_RESOURCES = {  # the version each came with
    **dict.fromkeys(
        ("actions", "limits", "query", "queryAll", "recent", "search", "sobjects", "tooling"), versions.FIRST
    ),
    **{"metadata": 33, "composite": 34, "parameterizedSearch": 36, "jobs": 41},
}


def list_versions(org: OrgContext, request: Request) -> Answer:
    """List the versions, oldest first; needs no session and counts as no call."""
    return json_answer(
        200,
        [{"label": versions.label(one), "url": f"/services/data/v{one}", "version": one} for one in versions.served()],
    )


def list_resources(org: OrgContext, request: Request, version: str) -> Answer:
    """Map the names of a version's resources to their paths."""
    number = versions.number_of(org.version)
    paths = {name: f"{org.base_path}/{name}" for name, since in sorted(_RESOURCES.items()) if since <= number}
    paths["identity"] = f"{request.base_url}/id/{org.org_id}/{org.user_id}"
    return json_answer(200, paths)
