"""`/services/oauth2/authorize`: a page to sign in on, which sends the browser back with a code.

The steps and the names of the parameters are documented; the page is the local org's own. A code is sent only to this
machine or to a Salesforce address, whoever asks.
"""

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode, urlsplit

from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity import grants, passwords
from sfsync.localorg.identity.form import OAuthError, form_of, secret_of
from sfsync.localorg.identity.grants import Grant
from sfsync.localorg.wire import Answer, Request

_KEPT = ("response_type", "client_id", "redirect_uri", "state", "scope", "code_challenge", "code_challenge_method")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_HEADERS = {
    "Content-Type": "text/html;charset=UTF-8",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'",
    "Referrer-Policy": "no-referrer",
}


def show(org: OrgContext, request: Request) -> Answer:
    """GET: the page, with the parameters of the request in it."""
    form = form_of(request)
    try:
        _check(org, form)
    except OAuthError as refused:
        return _page(400, f"<p>{escape(refused.error)}: {escape(refused.description)}</p>")
    return _page(200, _form(form))


def sign_in(org: OrgContext, request: Request) -> Answer:
    """POST of the page: go back to the client with a code, or show the page again where the password is wrong."""
    form = form_of(request)
    try:
        _check(org, form)
        user_id = passwords.user_of(org, form.get("username", ""), form.get("password", ""), trusted=True)
    except OAuthError as refused:
        return _page(400, f"<p>{escape(refused.error)}: {escape(refused.description)}</p>")
    except passwords.WrongPassword:
        return _page(401, "<p>User name or password is wrong.</p>" + _form(form))
    redirect_uri = form["redirect_uri"]
    code = grants.keep(
        org, grants.CODE, Grant(form["client_id"], user_id, redirect_uri, form.get("code_challenge", ""))
    )
    back = {"code": code, **({"state": form["state"]} if form.get("state") else {})}
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return Answer(302, {"Location": f"{redirect_uri}{joint}{urlencode(back)}", "Cache-Control": "no-store"})


def success(org: OrgContext, request: Request) -> Answer:
    """GET `/services/oauth2/success`: where clients without a page of their own have the browser end up."""
    return _page(200, "<p>You are signed in. This page can be closed.</p>")


def _check(org: OrgContext, form: Mapping[str, str]) -> None:
    """Refuse what may not be answered with a code."""
    if form.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response type not supported")
    secret_of(org, form.get("client_id", ""))
    if not _may_go_to(form.get("redirect_uri", "")):
        raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
    if form.get("code_challenge") and form.get("code_challenge_method", "S256") != "S256":
        raise OAuthError("invalid_request", "code challenge method must be S256")


def _may_go_to(redirect_uri: str) -> bool:
    if any(ord(one) <= 32 or ord(one) == 127 for one in redirect_uri):
        return False
    try:
        parts = urlsplit(redirect_uri)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.fragment:
        return False
    return (parts.scheme in ("http", "https") and host in _LOCAL) or (
        parts.scheme == "https" and host.endswith(".salesforce.com")
    )


def _form(form: Mapping[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(form[name])}">' for name in _KEPT if form.get(name)
    )
    known = escape(form.get("username") or form.get("login_hint") or "")
    return (
        '<form method="post" action="/services/oauth2/authorize">'
        f"{hidden}"
        f'<p><label>User name <input name="username" autocomplete="username" value="{known}" required></label></p>'
        '<p><label>Password <input name="password" type="password" required></label></p>'
        "<p><button>Sign in</button></p></form>"
    )


def _page(status: int, content: str) -> Answer:
    head = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Local org: sign in</title></head>'
    return Answer(status, _HEADERS, f"{head}<body><h1>Local org</h1>{content}</body></html>".encode())
