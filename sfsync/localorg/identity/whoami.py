"""Who am I: the identity URL and its OpenID twin."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity import sessions
from sfsync.localorg.identity.addresses import instance_url
from sfsync.localorg.saving import store
from sfsync.localorg.values import Stored
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer

_URLS = {
    "enterprise": "/services/Soap/c/{version}/{org}",
    "metadata": "/services/Soap/m/{version}/{org}",
    "partner": "/services/Soap/u/{version}/{org}",
    "rest": "/services/data/v{version}/",
    "sobjects": "/services/data/v{version}/sobjects/",
    "query": "/services/data/v{version}/query/",
    "profile": "/{user}",
}


def identity(org: OrgContext, request: Request, org_id: str, user_id: str) -> Answer:
    """GET `/id/<org>/<user>`: the user behind the token, if it is the user asked for."""
    user = _user(org, request)
    if org_id[:15] != org.org_id[:15] or user_id[:15] != str(user["Id"])[:15]:
        raise Refusal(403, "FORBIDDEN", "Wrong_Org")
    url = f"{request.base_url}/id/{org.org_id}/{user['Id']}"
    body = {
        "id": url,
        "asserted_user": True,
        "user_id": user["Id"],
        "organization_id": org.org_id,
        "username": user["Username"],
        "nick_name": user["CommunityNickname"],
        "display_name": user["Name"],
        "email": user["Email"],
        "email_verified": True,
        "first_name": user["FirstName"],
        "last_name": user["LastName"],
        "timezone": user["TimeZoneSidKey"],
        "photos": _photos(request),
        "urls": _urls(org, request, user),
        "active": bool(user["IsActive"]),
        "user_type": "STANDARD",
        "language": user["LanguageLocaleKey"],
        "locale": user["LocaleSidKey"],
        "utcOffset": _offset(org.now, user),
        "last_modified_date": user["LastModifiedDate"],
    }
    return json_answer(200, body)


def userinfo(org: OrgContext, request: Request) -> Answer:
    """GET `/services/oauth2/userinfo`: the user behind the token, as OpenID Connect words it."""
    user = _user(org, request)
    body = {
        "sub": f"{request.base_url}/id/{org.org_id}/{user['Id']}",
        "user_id": user["Id"],
        "organization_id": org.org_id,
        "preferred_username": user["Username"],
        "nickname": user["CommunityNickname"],
        "name": user["Name"],
        "email": user["Email"],
        "email_verified": True,
        "given_name": user["FirstName"],
        "family_name": user["LastName"],
        "zoneinfo": user["TimeZoneSidKey"],
        "photos": _photos(request),
        "profile": f"{request.base_url}/{user['Id']}",
        "picture": _photos(request)["picture"],
        "address": {},
        "is_salesforce_integration_user": user["Id"] == org.state.setting("integration_user_id"),
        "urls": _urls(org, request, user),
        "active": bool(user["IsActive"]),
        "user_type": "STANDARD",
        "language": user["LanguageLocaleKey"],
        "locale": user["LocaleSidKey"],
        "utcOffset": _offset(org.now, user),
        "updated_at": str(user["LastModifiedDate"]).replace(".000+0000", "Z"),
    }
    return json_answer(200, body)


def _user(org: OrgContext, request: Request) -> dict[str, Stored]:
    """Give the row of the token's user. Raises Refusal where the session is none."""
    token = sessions.token_of(request) or request.query.get("oauth_token", "")
    user_id = sessions.user_of(org.state, org.clock, token)
    return store.by_id(org.state, org.sobject("User"), [user_id])[user_id]


def _photos(request: Request) -> dict[str, str]:
    return {"picture": f"{request.base_url}/profilephoto/005/F", "thumbnail": f"{request.base_url}/profilephoto/005/T"}


def _urls(org: OrgContext, request: Request, user: dict[str, Stored]) -> dict[str, str]:
    """Give the address of each API; `{version}` stays for the client to fill in."""
    named = {"{org}": org.org_id[:15], "{user}": str(user["Id"])}
    found = {}
    for name, path in _URLS.items():
        for mark, value in named.items():
            path = path.replace(mark, value)
        found[name] = instance_url(request) + path
    return found


def _offset(now: datetime, user: dict[str, Stored]) -> int:
    """Give the user's distance from UTC in milliseconds, daylight saving not counted."""
    local = now.astimezone(ZoneInfo(str(user["TimeZoneSidKey"])))
    away, saving = local.utcoffset(), local.dst()
    assert away is not None and saving is not None
    return int((away - saving).total_seconds() * 1000)
