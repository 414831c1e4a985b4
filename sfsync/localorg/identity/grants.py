"""Tokens that outlive an answer: refresh tokens, and codes that are changed into tokens once.

The table `_grant` keeps them with what they stand for; `value` is JSON.
"""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta

from sfsync.localorg.context import OrgContext
from sfsync.localorg.identity import sessions
from sfsync.localorg.values import stamp

CODE, REFRESH = "code", "refresh"
CODE_LIFE = timedelta(minutes=15)  # documented


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code or a refresh token stands for."""

    client_id: str
    user_id: str
    redirect_uri: str = ""
    challenge: str = ""  # PKCE: what the verifier must hash to; "" where none was given
    session: str = ""  # the access token given for it last


def keep(org: OrgContext, kind: str, grant: Grant) -> str:
    """Keep a grant and give the token or code that stands for it."""
    made = ("5Aep861" if kind == REFRESH else "aPrx") + sessions.secret(org.state, kind, 80)
    org.state.run("DELETE FROM _grant WHERE kind = ? AND made_at < ?", (CODE, stamp(org.now - CODE_LIFE)))
    org.state.run("INSERT INTO _grant VALUES (?, ?, ?, ?)", (made, kind, org.stamp, json.dumps(asdict(grant))))
    return made


def find(org: OrgContext, kind: str, token: str) -> Grant | None:
    """Give what a token or code stands for, None where it is unknown or its time is over."""
    row = org.state.one("SELECT made_at, value FROM _grant WHERE token = ? AND kind = ?", (token, kind))
    if row is None or (kind == CODE and row["made_at"] < stamp(org.now - CODE_LIFE)):
        return None
    return Grant(**json.loads(row["value"]))


def note_session(org: OrgContext, token: str, grant: Grant, session: str) -> None:
    """Remember the access token given for a refresh token, so that both end together."""
    value = json.dumps({**asdict(grant), "session": session})
    org.state.run("UPDATE _grant SET value = ? WHERE token = ?", (value, token))


def forget(org: OrgContext, token: str) -> bool:
    """Forget a token or code; tell whether it was known."""
    return org.state.run("DELETE FROM _grant WHERE token = ?", (token,)) > 0
