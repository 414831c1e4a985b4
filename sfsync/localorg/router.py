"""Which URLs exist: one line each, first fit wins."""

from sfsync.localorg.control import routes as control
from sfsync.localorg.rest import query, versions
from sfsync.localorg.routing import Match, Route, find
from sfsync.localorg.wire import Request

_DATA = "/services/data/{version}"  # the chain has read and checked the version before a handler is asked

ROUTES: tuple[Route, ...] = (
    Route("GET", "/services/data", versions.list_versions),
    Route("GET", _DATA, versions.list_resources),
    *query.ROUTES,
    *control.ROUTES,
)


def match(request: Request) -> Match:
    """Find who answers a request. Raises Refusal NOT_FOUND or METHOD_NOT_ALLOWED."""
    method = request.query.get("_HttpMethod", request.method) if request.method == "POST" else request.method
    return find(ROUTES, method.upper(), request.raw_path)
