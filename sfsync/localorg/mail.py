"""The org's outgoing mail: nothing leaves the machine, it is kept to be read under /_org/mail."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sfsync.localorg.context import OrgContext
from sfsync.localorg.state import State


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it would have been sent."""

    sender: str
    to: Sequence[str]
    subject: str
    body: str
    html: bool = False
    record_id: str | None = None  # the record it is about
    logged: bool = False  # it was to be logged as an activity
    cause: str = ""  # what sent it: the action's name
    cc: Sequence[str] = ()
    template: str = ""  # what it is written with; subject and body are blank where the org has none of that name
    text: str = ""  # of one that is written with a template: the body as plain text
    reply_to: str = ""


def send(org: OrgContext, mail: Mail) -> None:
    """Put a mail into the mailbox."""
    org.state.run("INSERT INTO _mail (sent_at, value) VALUES (?, ?)", (org.stamp, json.dumps(asdict(mail))))


def sent(state: State) -> list[dict[str, object]]:
    """Give all mails, oldest first."""
    rows = state.rows("SELECT * FROM _mail ORDER BY number")
    return [{"number": row["number"], "sent_at": row["sent_at"], **json.loads(row["value"])} for row in rows]


def forget(state: State) -> None:
    """Empty the mailbox."""
    state.run("DELETE FROM _mail")
