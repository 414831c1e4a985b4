"""What clients need to get in: the org's facts that lie in its state."""

from dataclasses import replace

from sfsync.clock import Clock
from sfsync.localorg import facts
from sfsync.localorg.identity import sessions
from sfsync.localorg.state import State
from sfsync.localorg.values import stamp

KEPT = ("client_id", "client_secret", "refresh_token", "password", "security_token")  # access tokens name their org
SHOWN = ("password", "security_token", "client_id", "client_secret", "access_token", "refresh_token")


def credentials(state: State, clock: Clock) -> dict[str, str]:
    """Give org id, user name, client, tokens; the access token is the same each time, and alive again."""
    user_id = str(state.setting("integration_user_id"))
    if state.setting("access_token") is None:
        state.set_setting("access_token", sessions.issue_token(state, clock, user_id))
    revive = "INSERT OR REPLACE INTO _session VALUES (?, ?, ?)"
    state.run(revive, (str(state.setting("access_token")), user_id, stamp(clock.now())))
    org, user = (
        state.one("SELECT Id FROM Organization"),
        state.one("SELECT Username FROM User WHERE Id = ?", (user_id,)),
    )
    return {
        "org_id": str(org["Id"]) if org else "",
        "username": str(user["Username"]) if user else "",
        **{key: str(state.setting(key)) for key in SHOWN},
    }


def rewrite_facts(state: State, clock: Clock) -> None:
    """Bring the file of facts up to date, where there is one."""
    last = facts.read(state.folder)
    if last is not None:
        facts.write(state.folder, replace(last, **credentials(state, clock)))  # type: ignore[arg-type]
