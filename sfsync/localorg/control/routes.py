"""The URLs of the control plane.

They need no token: the server listens on the loopback address alone. A request that a web page sends is refused,
whatever it asks.
"""

from functools import wraps

from sfsync.localorg.context import OrgContext
from sfsync.localorg.control import deploying, handlers, rights, rules, schema, snapshots
from sfsync.localorg.control.body import refused
from sfsync.localorg.routing import Handler, Route
from sfsync.localorg.wire import Answer, Request


def _no_pages(handler: Handler) -> Handler:
    @wraps(handler)
    def guarded(org: OrgContext, request: Request) -> Answer:
        if "origin" in request.headers or "sec-fetch-site" in request.headers:
            raise refused("web pages may not control the org", "FORBIDDEN", 403)
        return handler(org, request)

    return guarded


def _route(method: str, name: str, handler: Handler) -> Route:
    return Route(method, f"/_org/{name}", _no_pages(handler))


ROUTES: tuple[Route, ...] = (
    _route("GET", "health", handlers.health),
    _route("GET", "contents", handlers.contents),
    _route("GET", "facts", handlers.facts),
    _route("POST", "reset", handlers.reset),
    _route("POST", "load", handlers.load),
    _route("POST", "token", handlers.token),
    _route("GET", "clock", handlers.show_clock),
    _route("POST", "clock", handlers.set_clock),
    _route("GET", "faults", handlers.list_faults),
    _route("POST", "faults", handlers.order_faults),
    _route("DELETE", "faults", handlers.clear_faults),
    _route("GET", "calls", handlers.list_calls),
    _route("GET", "mail", handlers.list_mail),
    _route("DELETE", "mail", handlers.forget_mail),
    _route("GET", "web-leads", handlers.list_web_leads),
    _route("GET", "rules", rules.list_rules),
    _route("POST", "rules", rules.set_rules),
    _route("POST", "deploy", deploying.deploy_source),
    _route("POST", "fields", schema.change_fields),
    _route("DELETE", "rules", rules.forget_rules),
    _route("GET", "rights", rights.show),
    _route("POST", "rights", rights.change),
    _route("POST", "users", rights.change_user),
    _route("GET", "snapshots", snapshots.show),
    _route("POST", "snapshots", snapshots.take),
    _route("DELETE", "snapshots", snapshots.forget),
    _route("POST", "restore", snapshots.restore),
    _route("GET", "settings", handlers.show_settings),
    _route("POST", "settings", handlers.change_settings),
)
