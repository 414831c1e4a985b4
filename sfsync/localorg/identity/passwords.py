"""Signing in with a user name and a password, for OAuth and SOAP alike."""

from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity import sessions
from sfsync.localorg.identity.form import same

TRUSTED = "trusted_network"  # the setting: callers come from a trusted network, and need no security token


class WrongPassword(Exception):
    """The name or the password is wrong; `needs_token`: only the security token is missing."""

    def __init__(self, needs_token: bool = False) -> None:
        super().__init__("authentication failure")
        self.needs_token = needs_token


def user_of(org: OrgContext, username: str, given: str, *, trusted: bool = False) -> str:
    """Give the id of the user whose name and password these are. Raises WrongPassword.

    The security token stands right behind the password (documented), unless the caller is `trusted` or the setting
    says that all are. Only the org's integration user has a password.
    """
    row = org.state.one('SELECT Id, IsActive FROM "User" WHERE Username = ? COLLATE NOCASE', (username.strip(),))
    if row is None or row["Id"] != org.state.setting("integration_user_id") or not row["IsActive"]:
        raise WrongPassword
    if sessions.is_frozen(org.state, str(row["Id"])):
        raise WrongPassword
    password, token = str(org.state.setting("password")), str(org.state.setting("security_token"))
    if same(given, password + token):
        return str(row["Id"])
    if not same(given, password):
        raise WrongPassword
    if not (trusted or org.state.setting(TRUSTED) is True):
        raise WrongPassword(needs_token=True)
    return str(row["Id"])
