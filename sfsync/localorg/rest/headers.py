"""Request headers that change what saving does."""

from sfsync.localorg.context import OrgContext
from sfsync.localorg.saving import assignment
from sfsync.localorg.saving.draft import Options
from sfsync.localorg.sobject import SObject
from sfsync.localorg.wire import Request


def options(org: OrgContext, request: Request, sobject: SObject) -> Options:
    """Read `Sforce-Auto-Assign`: absent or TRUE runs the active rule, FALSE none, an id that very rule."""
    asked = request.headers.get("sforce-auto-assign", "true").strip()
    if asked.lower() == "false" or sobject.name != "Lead":
        return Options()
    if asked.lower() == "true":
        return Options(assignment.active_rule(org.state, sobject))
    return Options(assignment.rule_named(org.state, sobject, asked))
