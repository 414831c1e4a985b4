"""Request headers that say what the body is and how it is to be saved."""

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import assignment, reading
from sfsync.localorg.saving.draft import Options
from sfsync.localorg.sobject import SObject
from sfsync.localorg.wire import Refusal, Request


def options(org: OrgContext, request: Request, sobject: SObject) -> Options:
    """Read `Sforce-Auto-Assign`: absent or TRUE runs the active rule, FALSE none, an id that very rule."""
    asked = request.headers.get("sforce-auto-assign", "true").strip()
    if asked.lower() == "false" or sobject.name != "Lead":
        return Options()
    if asked.lower() == "true":
        return Options(assignment.active_rule(org.state, sobject))
    return Options(assignment.rule_named(org.state, sobject, asked))


def json_record(request: Request) -> dict[str, object]:
    """Read the body as one JSON object. Raises Refusal for another media type, or for what is no such object."""
    kind = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", f"Content type {kind} not supported. Use application/json.")
    return reading.parse_record(request.body)
