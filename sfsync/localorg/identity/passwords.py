"""Signing in with a user name and a password, for OAuth and SOAP alike."""

from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity import sessions
from sfsync.localorg.identity.form import same
from sfsync.localorg.state import State

TRUSTED = "trusted_network"  # the setting: callers come from a trusted network, and need no security token


class WrongPassword(Exception):
    """The name or the password is wrong; `needs_token`: only the security token is missing."""

    def __init__(self, needs_token: bool = False) -> None:
        super().__init__("authentication failure")
        self.needs_token = needs_token


def user_of(org: OrgContext, username: str, given: str, *, trusted: bool = False) -> str:
    """Give the id of the user whose name and password these are. Raises WrongPassword.

    The security token stands right behind the password (documented), unless the caller is `trusted` or the setting
    says that all are. The org's integration user has a password and a token; others have what they were given.
    """
    row = org.state.one('SELECT Id, IsActive FROM "User" WHERE Username = ? COLLATE NOCASE', (username.strip(),))
    if row is None or not row["IsActive"]:
        raise WrongPassword
    if sessions.is_frozen(org.state, str(row["Id"])):
        raise WrongPassword
    integration = row["Id"] == org.state.setting("integration_user_id")
    kept, token = org.state.setting(_setting(org.state, str(row["Id"]))), org.state.setting("security_token")
    if not isinstance(kept, str):
        raise WrongPassword
    password, token = kept, str(token) if integration else ""
    if same(given, password + token):
        return str(row["Id"])
    if not same(given, password):
        raise WrongPassword
    if not (trusted or org.state.setting(TRUSTED) is True):
        raise WrongPassword(needs_token=True)
    return str(row["Id"])


def keep(state: State, user_id: str, password: str) -> None:
    """Give a user a password."""
    state.set_setting(_setting(state, user_id), password)


def _setting(state: State, user_id: str) -> str:
    return "password" if user_id == state.setting("integration_user_id") else f"password {user_id}"
