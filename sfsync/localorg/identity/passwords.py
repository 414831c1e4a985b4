"""Signing in with a user name and a password, for OAuth and SOAP alike.

Documented (help, password policies): after ten wrong passwords a user is locked out for 15 minutes, and told no more
than that something is wrong; an administrator unlocks earlier (UserLogin.IsPasswordLocked).
"""

from datetime import timedelta

from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity import sessions
from sfsync.localorg.identity.form import same
from sfsync.localorg.state import State
from sfsync.localorg.values import instant

ATTEMPTS_SETTING = "login_attempts"  # how many wrong passwords lock a user out; 0: none does
ATTEMPTS, LOCKED_OUT = 10, timedelta(minutes=15)
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
    if sessions.is_frozen(org.state, str(row["Id"])) or _is_locked(org, str(row["Id"])):
        raise WrongPassword
    integration = row["Id"] == org.state.setting("integration_user_id")
    kept, token = org.state.setting(_setting(org.state, str(row["Id"]))), org.state.setting("security_token")
    if not isinstance(kept, str):
        raise WrongPassword
    password, token = kept, str(token) if integration else ""
    if same(given, password + token):
        _forget_failures(org.state, str(row["Id"]))
        return str(row["Id"])
    if not same(given, password):
        _note_failure(org, str(row["Id"]))
        raise WrongPassword
    if not (trusted or org.state.setting(TRUSTED) is True):
        raise WrongPassword(needs_token=True)
    return str(row["Id"])


def attempts(state: State) -> int:
    """Give how many wrong passwords lock a user out."""
    kept = state.setting(ATTEMPTS_SETTING)
    return kept if isinstance(kept, int) else ATTEMPTS


def _failures(user_id: str) -> str:
    return f"failed logins {user_id}"


def _forget_failures(state: State, user_id: str) -> None:
    if state.setting(_failures(user_id)) is not None:
        state.run("DELETE FROM _setting WHERE key = ?", (_failures(user_id),))


def _note_failure(org: OrgContext, user_id: str) -> None:
    """Count a wrong password; one too many locks the user out."""
    kept = org.state.setting(_failures(user_id))
    count, most = (kept[0] if isinstance(kept, list) else 0) + 1, attempts(org.state)
    if most and count >= most:
        sessions.lock(org.state, user_id, org.stamp)
        count = 0
    org.state.set_setting(_failures(user_id), [count, org.stamp])


def _is_locked(org: OrgContext, user_id: str) -> bool:
    """Tell whether a user is locked out still; whose time is over begins anew."""
    if not sessions.is_locked(org.state, user_id):
        return False
    kept = org.state.setting(_failures(user_id))
    if isinstance(kept, list) and org.now < instant(str(kept[1])) + LOCKED_OUT:
        return True
    sessions.lock(org.state, user_id, org.stamp, locked=False)
    _forget_failures(org.state, user_id)
    return False


def keep(state: State, user_id: str, password: str) -> None:
    """Give a user a password."""
    state.set_setting(_setting(state, user_id), password)


def _setting(state: State, user_id: str) -> str:
    return "password" if user_id == state.setting("integration_user_id") else f"password {user_id}"
