"""`/composite`: a series of subrequests that may use each other's answers, in one call.

Documented (REST API guide, Composite): at most 25 subrequests, of which 5 may be queries or Collections; HTTP 200
unless the envelope itself is bad; subrequests run for one user and count as one call. `collateSubrequests` is accepted;
subrequests run in order whatever it says. Assumed: codes and words of refused envelopes.
"""

import re

from sfsync.localorg import versions
from sfsync.localorg.context import OrgContext
from sfsync.localorg.rest import headers
from sfsync.localorg.rest.subrequests import bad_input, in_series, read_all
from sfsync.localorg.wire import Answer, Request, json_answer

RESOURCES = {"tree": 34, "batch": 34, "sobjects": 42, "graph": 50}  # the version each came with (documented)
MOST = 25  # subrequests
MOST_COSTLY = 5  # queries and Collections among them
_COSTLY = re.compile(r"/services/data/v[\d.]+/(query|queryAll|composite/sobjects)(/|\?|$)", re.IGNORECASE)


def resources(org: OrgContext, request: Request, version: str) -> Answer:
    """GET: list the resources of the family."""
    number = versions.number_of(org.version)
    shown = {name: f"{org.base_path}/composite/{name}" for name, since in RESOURCES.items() if since <= number}
    return json_answer(200, shown)


def composite(org: OrgContext, request: Request, version: str) -> Answer:
    """POST: ask up to 25 subrequests, together or not at all if so wished."""
    body = headers.json_record(request)
    subrequests = read_all(body.get("compositeRequest"), "compositeRequest", org.version)
    if len(subrequests) > MOST:
        raise bad_input(f"A composite request can hold at most {MOST} subrequests", "LIMIT_EXCEEDED")
    if sum(_COSTLY.match(one.url) is not None for one in subrequests) > MOST_COSTLY:
        text = f"A composite request can hold at most {MOST_COSTLY} query and sObject Collections subrequests"
        raise bad_input(text, "LIMIT_EXCEEDED")
    answers, _ = in_series(org, request, subrequests, headers.switch(body, "allOrNone"))
    return json_answer(200, {"compositeResponse": answers})
