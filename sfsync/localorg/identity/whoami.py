"""Who am I: the identity URL and its OpenID twin.

Seen in clients: a token that does not live is answered with 403 and one word, Bad_OAuth_Token, where the rest of the
API says 401 INVALID_SESSION_ID. Assumed: Missing_OAuth_Token and Wrong_Org with 403, Bad_Id and No_Access with 404.
"""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity import sessions
from sfsync.localorg.identity.addresses import instance_url
from sfsync.localorg.identity.form import form_of
from sfsync.localorg.saving import store
from sfsync.localorg.values import Stored
from sfsync.localorg.wire import Answer, Refusal, Request, json_answer
from sfsync.records.ids import is_id, to_18

Row = dict[str, Stored]

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
    return _answered(org, request, lambda user: _identity(org, request, user, (org_id, user_id)))


def userinfo(org: OrgContext, request: Request) -> Answer:
    """GET `/services/oauth2/userinfo`: the user behind the token, as OpenID Connect words it."""
    return _answered(org, request, lambda user: _userinfo(org, request, user))


def _answered(org: OrgContext, request: Request, show: Callable[[Row], Answer]) -> Answer:
    """Show the token's user, or say in one word why not."""
    try:
        return show(_user(org, request))
    except _Denied as denied:
        return Answer(denied.status, {"Content-Type": "text/html;charset=UTF-8"}, denied.word.encode())


def _identity(org: OrgContext, request: Request, user: Row, asked: tuple[str, str]) -> Answer:
    org_id, user_id = asked
    if not (is_id(org_id) and is_id(user_id)):
        raise _Denied(404, "Bad_Id")
    if to_18(org_id) != org.org_id:
        raise _Denied(403, "Wrong_Org")
    if to_18(user_id) != user["Id"]:
        raise _Denied(404, "No_Access")
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


def _userinfo(org: OrgContext, request: Request, user: Row) -> Answer:
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


class _Denied(Exception):
    """The token, or who is asked for, will not do: a status and one word."""

    def __init__(self, status: int, word: str) -> None:
        super().__init__(word)
        self.status = status
        self.word = word


def _user(org: OrgContext, request: Request) -> Row:
    """Give the row of the token's user. Raises _Denied where there is no token, or no living session of it."""
    token = _token(request)
    if not token:
        raise _Denied(403, "Missing_OAuth_Token")
    try:
        user_id = sessions.user_of(org.state, org.clock, token)
    except Refusal:
        raise _Denied(403, "Bad_OAuth_Token") from None
    return store.by_id(org.state, org.sobject("User"), [user_id])[user_id]


def _token(request: Request) -> str:
    """Give the token of the header, the address or a posted form."""
    told = form_of(request)
    return sessions.token_of(request) or told.get("oauth_token") or told.get("access_token", "")


def _photos(request: Request) -> dict[str, str]:
    return {"picture": f"{request.base_url}/profilephoto/005/F", "thumbnail": f"{request.base_url}/profilephoto/005/T"}


def _urls(org: OrgContext, request: Request, user: Row) -> dict[str, str]:
    """Give the address of each API; `{version}` stays for the client to fill in."""
    named = {"{org}": org.org_id[:15], "{user}": str(user["Id"])}
    found = {}
    for name, path in _URLS.items():
        for mark, value in named.items():
            path = path.replace(mark, value)
        found[name] = instance_url(request) + path
    return found


def _offset(now: datetime, user: Row) -> int:
    """Give the user's distance from UTC in milliseconds, daylight saving not counted."""
    local = now.astimezone(ZoneInfo(str(user["TimeZoneSidKey"])))
    away, saving = local.utcoffset(), local.dst()
    assert away is not None and saving is not None
    return int((away - saving).total_seconds() * 1000)
