"""Which URLs exist: one line each, first fit wins."""

from sfsync.localorg import job_lists
from sfsync.localorg.bulk1 import resources as bulk1
from sfsync.localorg.bulk2 import ingest as bulk2_ingest
from sfsync.localorg.bulk2 import query as bulk2_query
from sfsync.localorg.control import routes as control
from sfsync.localorg.forms import web_to_lead
from sfsync.localorg.identity import authorize, oauth, whoami
from sfsync.localorg.metadata import resources as metadata
from sfsync.localorg.metadata import soap as metadata_soap
from sfsync.localorg.rest import (
    actions,
    batch,
    collections,
    composite,
    describe,
    graph,
    layouts,
    limits,
    query,
    recent,
    replication,
    search,
    sobjects,
    tree,
    user_passwords,
    versions,
)
from sfsync.localorg.routing import Match, Route, find
from sfsync.localorg.soap import endpoint as soap
from sfsync.localorg.tooling import resources as tooling
from sfsync.localorg.wire import Request

_DATA = "/services/data/{version}"  # the chain has read and checked the version before a handler is asked

ROUTES: tuple[Route, ...] = (
    Route("GET", "/services/data", versions.list_versions),
    Route("GET", _DATA, versions.list_resources),
    Route("POST", "/services/oauth2/token", oauth.token),
    Route("POST", "/services/oauth2/revoke", oauth.revoke),
    Route("GET", "/services/oauth2/revoke", oauth.revoke),
    Route("GET", "/services/oauth2/authorize", authorize.show),
    Route("POST", "/services/oauth2/authorize", authorize.sign_in),
    Route("GET", "/services/oauth2/success", authorize.success),
    Route("GET", "/services/oauth2/userinfo", whoami.userinfo),
    Route("POST", "/services/oauth2/userinfo", whoami.userinfo),
    Route("GET", "/id/{org_id}/{user_id}", whoami.identity),
    Route("GET", f"{_DATA}/limits", limits.list_limits),
    Route("GET", f"{_DATA}/limits/recordCount", limits.record_count, since=40),
    Route("GET", f"{_DATA}/recent", recent.recent),
    Route("GET", f"{_DATA}/sobjects", describe.list_sobjects),
    Route("GET", f"{_DATA}/sobjects/{{sobject}}", describe.basic),
    Route("POST", f"{_DATA}/sobjects/{{sobject}}", sobjects.create),
    Route("GET", f"{_DATA}/sobjects/{{sobject}}/describe", describe.full),
    Route("GET", f"{_DATA}/sobjects/{{sobject}}/describe/layouts", layouts.layouts),
    Route("GET", f"{_DATA}/sobjects/{{sobject}}/updated", replication.updated),
    Route("GET", f"{_DATA}/sobjects/{{sobject}}/deleted", replication.deleted),
    Route("POST", f"{_DATA}/sobjects/{{sobject}}/Id", sobjects.create_by_id, since=37),
    Route("GET", f"{_DATA}/sobjects/{{sobject}}/{{record_id}}", sobjects.retrieve),
    Route("PATCH", f"{_DATA}/sobjects/{{sobject}}/{{record_id}}", sobjects.update),
    Route("DELETE", f"{_DATA}/sobjects/{{sobject}}/{{record_id}}", sobjects.delete),
    *user_passwords.ROUTES,
    Route("GET", f"{_DATA}/sobjects/{{sobject}}/{{field}}/{{value}}", sobjects.retrieve_by_key),
    Route("PATCH", f"{_DATA}/sobjects/{{sobject}}/{{field}}/{{value}}", sobjects.upsert),
    Route("DELETE", f"{_DATA}/sobjects/{{sobject}}/{{field}}/{{value}}", sobjects.delete_by_key),
    Route("POST", f"{_DATA}/composite/sobjects", collections.create, since=42),
    Route("PATCH", f"{_DATA}/composite/sobjects", collections.update, since=42),
    Route("DELETE", f"{_DATA}/composite/sobjects", collections.delete, since=42),
    Route("GET", f"{_DATA}/composite/sobjects/{{sobject}}", collections.retrieve, since=42),
    Route("POST", f"{_DATA}/composite/sobjects/{{sobject}}", collections.retrieve_posted, since=42),
    Route("PATCH", f"{_DATA}/composite/sobjects/{{sobject}}/{{field}}", collections.upsert, since=46),
    Route("GET", f"{_DATA}/composite", composite.resources, since=34),
    Route("POST", f"{_DATA}/composite", composite.composite, since=38),
    Route("POST", f"{_DATA}/composite/batch", batch.batch, since=34),
    Route("POST", f"{_DATA}/composite/graph", graph.graph, since=50),
    Route("POST", f"{_DATA}/composite/tree/{{sobject}}", tree.tree, since=34),
    *query.ROUTES,
    *search.ROUTES,
    *tooling.ROUTES,
    *metadata.ROUTES,
    *metadata_soap.ROUTES,
    *actions.ROUTES,
    *web_to_lead.ROUTES,
    *job_lists.ROUTES,
    *bulk1.ROUTES,
    *bulk2_query.ROUTES,
    *bulk2_ingest.ROUTES,
    *soap.ROUTES,
    *control.ROUTES,
)


def match(request: Request) -> Match:
    """Find who answers a request. Raises Refusal NOT_FOUND or METHOD_NOT_ALLOWED."""
    method = request.query.get("_HttpMethod", request.method) if request.method == "POST" else request.method
    return find(ROUTES, method.upper(), request.raw_path)
