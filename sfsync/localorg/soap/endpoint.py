"""`/services/Soap/u/NN.0` (partner) and `/c/NN.0` (enterprise): every call of the SOAP API comes in here."""

import re
from collections.abc import Callable
from dataclasses import replace

from sfsync.localorg import unknown, usage, versions
from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity import sessions
from sfsync.localorg.markup import leaf, tag
from sfsync.localorg.rights import seeing
from sfsync.localorg.routing import Route
from sfsync.localorg.soap import combining, describing, following, querying, saving, signing
from sfsync.localorg.soap.asked import Asked
from sfsync.localorg.soap.envelope import (
    ENTERPRISE,
    PARTNER,
    Dialect,
    Message,
    SoapFault,
    answer,
    fault_answer,
    fault_of,
    read,
)
from sfsync.localorg.wire import Answer, Refusal, Request

Call = Callable[[Asked], str]  # gives the results as XML

CALLS: dict[str, Call] = {
    **signing.CALLS,
    **saving.CALLS,
    **combining.CALLS,
    **querying.CALLS,
    **following.CALLS,
    **describing.CALLS,
}
_VERSION = re.compile(r"(\d{1,3})(\.0)?")
_NO_SESSION = (
    "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, missing session hash. "
    "This error usually occurs after a session expires or a user logs out."
)


def partner(org: OrgContext, request: Request, version: str, org_id: str = "") -> Answer:
    """Answer a call to the partner API."""
    return _answered(org, request, PARTNER, version)


def enterprise(org: OrgContext, request: Request, version: str, org_id: str = "") -> Answer:
    """Answer a call to the enterprise API."""
    return _answered(org, request, ENTERPRISE, version)


def _answered(org: OrgContext, request: Request, dialect: Dialect, version: str) -> Answer:
    """Answer a call; what it wrote is undone if it fails as a whole."""
    try:
        org = replace(org, version=_served(version))
        message = read(request.body)
        call = _call(dialect, message)
        if message.call.name == "login":
            content = call(Asked(org, request, dialect, message.headers, message.call))
            return answer(dialect, message.call.name, content)
        asked = _signed_in(org, request, dialect, message)
        with org.state.transaction():
            content = call(asked)
        return answer(dialect, message.call.name, content, _limit_info(org))
    except SoapFault as fault:
        return fault_answer(dialect, fault)
    except Refusal as refusal:
        return fault_answer(dialect, fault_of(refusal))


def _served(version: str) -> str:
    """Give the version of the path as "59.0". Raises SoapFault for one retired or not yet there (documented)."""
    found = _VERSION.fullmatch(version)
    if found is None or not versions.FIRST <= int(found.group(1)) <= versions.LAST:
        raise SoapFault("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL")
    return f"{found.group(1)}.0"


def _call(dialect: Dialect, message: Message) -> Call:
    """Find who carries a call out. Raises SoapFault for one the API does not have, or of the other API (documented)."""
    found, asked = CALLS.get(message.call.name), message.call
    if found is None or (asked.namespace and asked.namespace != dialect.namespace):
        unknown.note(f"SOAP call {asked.name}")
        named = f"{{{asked.namespace}}}{asked.name}"
        raise SoapFault(None, f"No operation available for request {named}, please check the WSDL for the service.")
    return found


def _signed_in(org: OrgContext, request: Request, dialect: Dialect, message: Message) -> Asked:
    """Give the call as its user's, counted. Raises SoapFault without a living session or a call left."""
    asked = Asked(org, request, dialect, message.headers, message.call)
    token = asked.setting("SessionHeader", "sessionId")
    try:
        user_id = sessions.user_of(org.state, org.clock, token)
    except Refusal:
        raise SoapFault("INVALID_SESSION_ID", _NO_SESSION) from None
    seen = replace(org, user_id=user_id, token=token, seen=seeing.seen_by(org.state, user_id))
    seeing.demand_api(seen)
    usage.spend(org.state, org.now)
    return replace(asked, org=seen)


def _limit_info(org: OrgContext) -> str:
    """Tell how much of the allowance is used (documented)."""
    used, most = usage.used(org.state, org.now), usage.limit(org.state)
    told = leaf("current", used) + leaf("limit", most) + leaf("type", "API REQUESTS")
    return tag("LimitInfoHeader", tag("limitInfo", told))


ROUTES = (
    Route("POST", "/services/Soap/u/{version}", partner),
    Route("POST", "/services/Soap/u/{version}/{org_id}", partner),
    Route("POST", "/services/Soap/c/{version}", enterprise),
    Route("POST", "/services/Soap/c/{version}/{org_id}", enterprise),
)
