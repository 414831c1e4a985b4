"""Signing in: one function per OAuth grant, each giving a `Login`.

The token endpoint answers errors as one object `{"error", "error_description"}`, and says nothing of when a token ends.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import requests

from sfsync.errors import LoginRefused, Next, OrgError
from sfsync.records.ids import to_18
from sfsync.salesforce.faults import error_of, read_said, unreadable
from sfsync.salesforce.hosts import trusted

TOKEN_PATH = "/services/oauth2/token"

_TOKEN = re.compile(r"[!-~]+", re.ASCII)  # what a header can hold

_TODO: Mapping[str, str] = {
    "invalid_grant": "the sign-in has ended or been taken back: check [org] in sfsync.toml, the user and app in Setup",
    "invalid_client": "check client_id and client_secret in sfsync.toml against the app in the org's Setup",
    "invalid_client_id": "check client_id in sfsync.toml against the app in the org's Setup",
    "unsupported_grant_type": "switch this flow on for the app in the org's Setup, under OAuth settings",
    "inactive_user": "activate the user in the org's Setup, or sign in as another",
    "inactive_org": "the org is locked or gone: ask its owner",
}


@dataclass(frozen=True, slots=True)
class Login:
    """A sign-in that worked."""

    instance_url: str  # https://host[:port], checked
    access_token: str = field(repr=False)
    org_id: str  # 18 characters
    user_id: str  # 18 characters


@dataclass(frozen=True, slots=True)
class App:
    """The app, as the org knows it, that signs in for us."""

    url: str  # where to sign in
    client_id: str
    client_secret: str = field(repr=False)
    local: bool = False  # a local org: addresses of this machine are trusted


def client_credentials(session: requests.Session, app: App) -> Login:
    """Sign in as the app itself, which runs as the user set in the org. Works at the org's My Domain only.

    Raises LoginRefused, or OrgUnreachable and OrgBusy where it may work later.
    """
    return _token(session, app, {"grant_type": "client_credentials"}, auth=(app.client_id, app.client_secret))


def refresh_token(session: requests.Session, app: App, token: str) -> Login:
    """Sign in by the refresh token of a person who signed in before. Raises as `client_credentials` does."""
    form = {"grant_type": "refresh_token", "client_id": app.client_id, "refresh_token": token}
    if app.client_secret:
        form["client_secret"] = app.client_secret
    return _token(session, app, form)


def _token(session: requests.Session, app: App, form: Mapping[str, str], auth: tuple[str, str] | None = None) -> Login:
    url = trusted(app.url, local=app.local) + TOKEN_PATH
    answer = session.post(url, data=form, auth=auth, headers={"Accept": "application/json"})
    if answer.status_code != 200:
        raise _refused(answer)
    return _login(answer, app)


def _refused(answer: requests.Response) -> OrgError:
    error = error_of(answer.status_code, answer.content)
    if error.next is not Next.STOP:
        return error
    said = read_said(answer.content)
    words = f"{said[0].code}: {said[0].message}" if said and said[0].code else f"HTTP {answer.status_code}"
    todo = _TODO.get(error.code, "check [org] in sfsync.toml and the app in the org's Setup")
    return LoginRefused(f"the org did not let us in: {words}", code=error.code, todo=todo)


def _login(answer: requests.Response, app: App) -> Login:
    try:
        told = answer.json()
        token, instance, identity_url = (str(told[key]) for key in ("access_token", "instance_url", "id"))
        org_id, user_id = (to_18(step) for step in identity_url.rstrip("/").split("/")[-2:])
    except (ValueError, KeyError, TypeError):
        raise unreadable("signing in") from None
    if not _TOKEN.fullmatch(token):
        raise unreadable("signing in")
    return Login(trusted(instance, local=app.local), token, org_id, user_id)
