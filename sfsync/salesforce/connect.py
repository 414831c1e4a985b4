"""The way in: from what is known of an org to an `Org` that is signed in, checked, careful, sparing and noted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import Literal

from requests.adapters import BaseAdapter

from sfsync.clock import Clock
from sfsync.errors import LoginRefused, OrgRefused
from sfsync.records.ids import is_id, to_18
from sfsync.records.manner import Manner
from sfsync.salesforce.adapter import SalesforceOrg
from sfsync.salesforce.budget import BudgetedOrg, Share
from sfsync.salesforce.calllog import LoggedOrg
from sfsync.salesforce.hosts import trusted
from sfsync.salesforce.login import App, Login, client_credentials, refresh_token
from sfsync.salesforce.port import Org
from sfsync.salesforce.retrying import RetryingOrg
from sfsync.salesforce.session import CarefulSession, Network, SfSession, Timeouts
from sfsync.salesforce.signin import SignIn
from sfsync.salesforce.wire import Wire

API_VERSION = "62.0"


@dataclass(frozen=True, slots=True)
class OrgAccess:
    """All that is needed to reach an org and sign in; secrets do not show in its repr."""

    url: str  # https://NAME.my.salesforce.com
    grant: Literal["client_credentials", "refresh_token"]
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    org_id: str | None = None  # the org it has to be; None: whichever it is
    local: bool = False  # a local org: addresses of this machine are trusted
    ca_file: str | None = None  # PEM
    proxy: str | None = field(default=None, repr=False)  # may hold a password
    timeouts: Timeouts = Timeouts()
    api_version: str = API_VERSION
    share: Share = Share()
    manners: Mapping[str, Manner] = field(default_factory=dict)  # how writes are to be saved, by sObject


def connect(
    access: OrgAccess, clock: Clock, *, transport: BaseAdapter | None = None, chance: Random | None = None
) -> Org:
    """Give the org. Makes no call, unless an org id is expected: then it signs in and compares.

    `transport` takes the place of real sockets, `chance` of the machine's, for the jitter of retries. Raises
    LoginRefused where the address is not to be trusted or the org does not let us in, OrgRefused where it is another.
    """
    trusted(access.url, local=access.local)
    network = Network(access.ca_file, access.proxy, access.timeouts)
    sign_in = SignIn(_login(access, CarefulSession(network, clock, transport)), clock)
    session = SfSession(sign_in, network, clock, transport)
    adapter = SalesforceOrg(Wire(session, access.api_version), access.manners)
    logged = LoggedOrg(BudgetedOrg(adapter, access.share, clock), clock)
    org = RetryingOrg(logged, clock, chance or SystemRandom())
    if access.org_id is not None:
        _check_identity(org, access.org_id)
    return org


def _login(access: OrgAccess, session: CarefulSession) -> Callable[[], Login]:
    app = App(access.url, access.client_id, access.client_secret, access.local)
    if access.grant == "client_credentials":
        return lambda: client_credentials(session, app)
    if access.grant == "refresh_token":
        return lambda: refresh_token(session, app, access.refresh_token)
    raise LoginRefused(f"there is no way to sign in called {access.grant!r}", todo="see [org] login in the docs")


def _check_identity(org: Org, expected: str) -> None:
    if not is_id(expected):
        raise OrgRefused(f"{expected[:40]!r} is not the id of an org", todo="correct [org] id")
    found = org.identity()
    if found.org_id != to_18(expected):
        raise OrgRefused(
            f"this is the org {found.name} ({found.org_id}), not {to_18(expected)} as [org] id says",
            todo="check [org] url and the app's secrets; if this org is the one meant, correct [org] id",
        )
