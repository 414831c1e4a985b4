"""HTTP to an org: requests' Session with everything that makes it safe, so that whoever is handed one need not think.

`CarefulSession` trusts nothing of the environment and ends every call in time. `SfSession` adds the token, its renewal,
what Salesforce tells in headers, and turns every answer that is not a success into one of our errors.
"""

import json
import re
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import certifi
import requests
from requests.adapters import BaseAdapter
from requests.exceptions import (
    ConnectTimeout,
    InvalidProxyURL,
    ProxyError,
    RequestException,
)
from requests.utils import rewind_body
from urllib3.exceptions import HTTPError, MaxRetryError, NameResolutionError, NewConnectionError

from sfsync.clock import Clock
from sfsync.errors import OrgError, OrgUnreachable, SessionExpired, UnknownHost
from sfsync.salesforce.deadline import DeadlineAdapter, deadline
from sfsync.salesforce.faults import error_of, outcome_unknown
from sfsync.salesforce.login import Login
from sfsync.salesforce.port import ApiUsage
from sfsync.salesforce.signin import SignIn

_NO_ADDRESS = getattr(socket, "EAI_NODATA", socket.EAI_NONAME)  # the name is known, and has no address
_USAGE = re.compile(r"(?:^|[;,\s])api-usage=(\d+)/(\d+)")
_VERSION = re.compile(r"/services/(?:data/v|Soap/\w/)(\d+\.\d)")
_RETRIEVE = re.compile(r"/composite/sobjects/[^/]+/?$")  # as a POST it reads
_COMPOSITE = re.compile(r"/composite/?$")  # reads where all its parts do
_NOT_RECORDS = re.compile(r"/jobs/|/oauth2/")
SESSION_MARK = "the-session-comes-here"
"""What stands in a SOAP call where its session belongs, before anything else of it: SOAP takes no Authorization."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a call may take, in seconds."""

    connect: float = 10.0
    read: float = 120.0  # for one read of the socket
    total: float = 600.0  # for a whole call; Salesforce gives up after ten minutes itself (Limits, API Requests)
    download: float = 1200.0  # for a page of bulk results; Salesforce ends them after twenty minutes (Limits, Bulk)


@dataclass(frozen=True, slots=True)
class Network:
    """How the org is reached; nothing of it comes from the environment."""

    ca_file: str | None = None  # PEM; None means the usual authorities
    proxy: str | None = None  # http://host:port
    timeouts: Timeouts = Timeouts()


class CarefulSession(requests.Session):
    """A Session that ignores proxies, netrc and CA of the environment, follows no redirect and ends in time.

    Raises OrgUnreachable for whatever goes wrong on the way; `writing` says whether it may have been OutcomeUnknown.
    """

    def __init__(self, network: Network, clock: Clock, transport: BaseAdapter | None = None) -> None:
        super().__init__()
        self.trust_env = False
        self.headers["Accept-Encoding"] = "gzip"
        self.network = network
        self.clock = clock
        self.mount("https://", transport or DeadlineAdapter(pool_maxsize=16))
        self.adapters.pop("http://", None)

    def send(self, request: requests.PreparedRequest, **kwargs: object) -> requests.Response:
        """Send one request, on our terms whatever the caller said. Raises OrgUnreachable or OutcomeUnknown."""
        timeouts = self.network.timeouts
        proxy = self.network.proxy
        streamed = bool(kwargs.get("stream"))
        try:
            with deadline(self.clock, self.clock.monotonic() + timeouts.total):
                return super().send(
                    request,
                    stream=streamed,
                    verify=self.network.ca_file or certifi.where(),
                    timeout=(timeouts.connect, timeouts.read),
                    proxies={"https": proxy} if proxy else {},
                    allow_redirects=False,
                )
        except (RequestException, HTTPError, OSError) as error:
            raise lost(error, writing=is_write(request)) from None


class SfSession(CarefulSession):
    """A session signed in to an org.

    Every answer it gives is a success; every other becomes an error of ours. On 401 INVALID_SESSION_ID the login is
    renewed, once for all threads, and the request sent once more as it was, headers and body.
    """

    def __init__(self, sign_in: SignIn, network: Network, clock: Clock, transport: BaseAdapter | None = None) -> None:
        super().__init__(network, clock, transport)
        self.sign_in = sign_in
        self.usage: ApiUsage | None = None
        self.calls = 0  # made so far
        self._told_at: tuple[datetime, float] | None = None  # the org's time (UTC), and when it said so (monotonic)

    def send(self, request: requests.PreparedRequest, **kwargs: object) -> requests.Response:
        """Send a request with the current token. Raises an OrgError for every answer that is not a success."""
        login = self.sign_in.current()
        try:
            return self._sent(request, login, **kwargs)
        except SessionExpired:
            if request._body_position is not None:  # type: ignore[attr-defined]  # a file, which has been read
                rewind_body(request)
            return self._sent(request, self.sign_in.renewed(login), **kwargs)

    def _sent(self, request: requests.PreparedRequest, login: Login, **kwargs: object) -> requests.Response:
        asked = _addressed(request, login)
        self.calls += 1
        answer = super().send(asked, **kwargs)
        self._note(answer)
        if answer.status_code < 300:
            self.sign_in.worked()
            return answer
        raise self._error(asked, answer)

    def _error(self, request: requests.PreparedRequest, answer: requests.Response) -> OrgError:
        try:
            with deadline(self.clock, self.clock.monotonic() + self.network.timeouts.total):
                body = answer.content
        except (RequestException, HTTPError, OSError):
            body = b""
        calls_left = b"REQUEST_LIMIT_EXCEEDED" in body and self._has_calls_left(request, answer)
        error = error_of(answer.status_code, body, writing=is_write(request), calls_left=calls_left)
        if answer.status_code != 401:
            self.sign_in.worked()
        return error

    def _has_calls_left(self, request: requests.PreparedRequest, refused: requests.Response) -> bool:
        """Tell whether the day's calls are not spent: by the refusal's own header, else by /limits, else by memory."""
        if not _USAGE.search(refused.headers.get("Sforce-Limit-Info", "")):
            self._ask_usage(request)
        return self.usage is not None and self.usage.used < self.usage.allowed

    def _ask_usage(self, refused: requests.PreparedRequest) -> None:
        """Ask how many calls are used, where a request went and with its token; an org that does not say is let be."""
        version = _VERSION.search(refused.url or "")
        if version is None:
            return
        address = f"https://{urlsplit(refused.url or '').netloc}/services/data/v{version.group(1)}/limits"
        login = {"Authorization": refused.headers["Authorization"]}
        self.calls += 1
        try:
            answer = super().send(requests.Request("GET", address, headers=login).prepare())
            self._note(answer)
            day = answer.json()["DailyApiRequests"]
            self.usage = ApiUsage(int(day["Max"]) - int(day["Remaining"]), int(day["Max"]))
        except (OrgError, RequestException, ValueError, KeyError, TypeError):
            return

    def server_time(self) -> datetime | None:
        """Give the org's time now: what the last answer told, and what has passed since; None before any."""
        if self._told_at is None:
            return None
        at, said = self._told_at
        return at + timedelta(seconds=self.clock.monotonic() - said)

    def _note(self, answer: requests.Response) -> None:
        """Keep what the headers tell: API calls used (Sforce-Limit-Info) and the org's time (Date)."""
        told = _USAGE.search(answer.headers.get("Sforce-Limit-Info", ""))
        if told:
            self.usage = ApiUsage(int(told.group(1)), int(told.group(2)))
        try:
            at = parsedate_to_datetime(answer.headers["Date"])
        except (KeyError, ValueError, TypeError):
            return
        if at.tzinfo is not None:
            self._told_at = at.astimezone(UTC), self.clock.monotonic()


def is_write(request: requests.PreparedRequest) -> bool:
    """Tell whether a request changes records. Whatever is not known to be harmless does."""
    path = urlsplit(request.url or "").path
    if request.method in ("GET", "HEAD") or _NOT_RECORDS.search(path):
        return False
    if request.method == "POST" and _COMPOSITE.search(path):
        return not _only_asks(request.body)
    return not (request.method == "POST" and _RETRIEVE.search(path))


def _only_asks(body: object) -> bool:
    """Tell whether a composite call holds nothing but GETs."""
    try:
        return isinstance(body, (str, bytes)) and all(
            part["method"] == "GET" for part in json.loads(body)["compositeRequest"]
        )
    except (ValueError, TypeError, KeyError):
        return False


def lost(error: Exception, *, writing: bool) -> OrgError:
    """Make the error for a call that got no whole answer: for a write that had left, its outcome is unknown."""
    why, host = _reason(error), _host(error)
    if _is_unknown(error):
        return UnknownHost(
            f"there is no host named {host}, so the org cannot be reached",
            todo="correct url under [org] in sfsync.toml, or see why this machine does not find the name",
        )
    if writing and not _never_left(error):
        return outcome_unknown(f"the answer to a write never came: {why}")
    return OrgUnreachable(
        f"the org cannot be reached at {host}: {why}", todo="check the network, and [network] in sfsync.toml"
    )


def _never_left(error: Exception) -> bool:
    """Tell whether the connection failed before anything of the request was sent."""
    if isinstance(error, (ConnectTimeout, ProxyError, InvalidProxyURL)):
        return True
    return isinstance(_cause(error), NewConnectionError) or "CERTIFICATE_VERIFY_FAILED" in repr(_cause(error))


def _is_unknown(error: Exception) -> bool:
    """Tell whether there is no host of that name; that names cannot be looked up just now is another matter."""
    cause = _cause(error)
    found = cause.__cause__ if isinstance(cause, NameResolutionError) else None
    return isinstance(found, socket.gaierror) and found.errno in (socket.EAI_NONAME, _NO_ADDRESS)


def _host(error: Exception) -> str:
    asked = error.request if isinstance(error, RequestException) else None
    return urlsplit(asked.url or "").hostname or "its address" if asked is not None else "its address"


def _reason(error: Exception) -> str:
    """Say in a few words what went wrong, without path or query: these may hold values."""
    return type(_cause(error)).__name__


def _cause(error: Exception) -> Exception:
    """Give urllib3's own error out of the one that requests made of it."""
    cause = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    return cause.reason if isinstance(cause, MaxRetryError) and cause.reason else cause


def _addressed(request: requests.PreparedRequest, login: Login) -> requests.PreparedRequest:
    """Give the request as it goes out: to the login's own host, with its token, no assignment rule run unless told."""
    asked = request.copy()
    asked.url = login.instance_url + request.path_url
    asked.headers["Authorization"] = f"Bearer {login.access_token}"
    asked.headers.pop("X-PrettyPrint", None)
    if "SOAPAction" in asked.headers and isinstance(asked.body, bytes):
        token = escape(login.access_token).encode()
        asked.prepare_body(asked.body.replace(SESSION_MARK.encode(), token, 1), None)
    if is_write(request):
        asked.headers.setdefault("Sforce-Auto-Assign", "FALSE")
    return asked
