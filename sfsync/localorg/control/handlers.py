"""The handlers of the control plane: wire to calls, nothing else."""

import io
import os
from datetime import datetime, timedelta

from sfsync.errors import FileError
from sfsync.localorg import mail, trace
from sfsync.localorg.context import OrgContext
from sfsync.localorg.control import renewal, settings
from sfsync.localorg.control.body import json_of, keys_of, query_of, refused, text, truth, whole_number
from sfsync.localorg.control.clock import OrgClock
from sfsync.localorg.credentials import credentials
from sfsync.localorg.faults import orders as faults
from sfsync.localorg.forms import web_to_lead
from sfsync.localorg.identity import sessions
from sfsync.localorg.load import loading, sources
from sfsync.localorg.seed.amounts import Amounts
from sfsync.localorg.wire import Answer, Request, json_answer

COUNTED = ("Lead", "Account", "Contact", "Opportunity", "User")
_AMOUNTS = ("leads", "accounts", "contacts", "opportunities")
_MOST_CALLS = 1_000
_MOST_RECORDS = 10_000_000


def health(org: OrgContext, request: Request) -> Answer:
    """Say that the org answers, and which process it is."""
    return json_answer(200, {"health": "ok", "pid": os.getpid(), "now": org.now.isoformat()})


def contents(org: OrgContext, request: Request) -> Answer:
    """Say what the org holds and how it is set."""
    counts = {name: org.state.rows(f'SELECT count(*) FROM "{name}"')[0][0] for name in COUNTED}  # noqa: S608
    return json_answer(200, {"counts": counts, "now": org.now.isoformat(), "settings": settings.shown(org.state)})


def facts(org: OrgContext, request: Request) -> Answer:
    """Give what clients need to get in."""
    return json_answer(200, credentials(org.state, org.clock))


def reset(org: OrgContext, request: Request) -> Answer:
    """Make the org anew, with the amounts and seed given or those it had; it is another org then, with another id."""
    wanted = keys_of(request, *_AMOUNTS, "seed")
    had, seed = renewal.last_amounts(org.state)
    named = {name: whole_number(wanted.get(name, getattr(had, name)), name, 0, _MOST_RECORDS) for name in _AMOUNTS}
    renewal.renew(org.state, org.clock, Amounts(**named), whole_number(wanted.get("seed", seed), "seed", 0, 2**63 - 1))
    return contents(org, request)


def load(org: OrgContext, request: Request) -> Answer:
    """Load a set of exports: the body is a zip archive of CSV files, or one CSV file named by `?name=Lead.csv`."""
    content = request.body
    if content.startswith(b"PK"):
        try:
            files = sources.from_zip(lambda: io.BytesIO(content), "the archive")
        except FileError as error:
            raise refused(error.problems[0].message) from None
    else:
        name = query_of(request, "name").get("name", "file.csv")
        files = sources.FileSet((sources.Source(name, lambda: io.BytesIO(content)),))
    return json_answer(200, loading.load(org.state, org.now, files).shown())


def token(org: OrgContext, request: Request) -> Answer:
    """Start a session for any user who is active and not frozen."""
    username = text(keys_of(request, "username").get("username"), "username")
    row = org.state.one("SELECT Id, IsActive FROM User WHERE Username = ? COLLATE NOCASE", (username,))
    if row is None:
        raise refused(f"the org has no user {username!r}", "NOT_FOUND", 404)
    if not row["IsActive"]:
        raise refused(f"the user {username!r} is not active")
    if sessions.is_frozen(org.state, row["Id"]):
        raise refused(f"the user {username!r} is frozen")
    access_token = sessions.issue_token(org.state, org.clock, row["Id"])
    identity = f"{request.base_url}/id/{org.org_id}/{row['Id']}"
    told = {"access_token": access_token, "instance_url": request.base_url, "id": identity, "token_type": "Bearer"}
    return json_answer(200, {**told, "user_id": row["Id"]})


def show_clock(org: OrgContext, request: Request) -> Answer:
    """Say what time it is in the org."""
    return json_answer(200, _clock(org).shown())


def set_clock(org: OrgContext, request: Request) -> Answer:
    """Set the clock: `{"set": time}` stands still there, `{"advance": seconds}`, `{"real": true}`."""
    clock, wanted = _clock(org), keys_of(request, "set", "advance", "real")
    if len(wanted) != 1:
        raise refused("one of set, advance and real must be given")
    if "set" in wanted:
        clock.stand_at(org.state, _instant(wanted["set"]))
    elif "advance" in wanted:
        seconds = _seconds(wanted["advance"])
        _demand_near(clock.now() + timedelta(seconds=seconds), "advance")
        clock.advance(org.state, seconds)
    elif truth(wanted["real"], "real"):
        clock.run_as_machine(org.state)
    else:
        raise refused("`real` must be true: to stand still the clock is `set`")
    return json_answer(200, clock.shown())


def order_faults(org: OrgContext, request: Request) -> Answer:
    """Add faults: a list of them, or one."""
    value = json_of(request)
    made = faults.order(org.state, value if isinstance(value, list) else [value])
    return json_answer(201, {"faults": [one.shown() for one in made]})


def list_faults(org: OrgContext, request: Request) -> Answer:
    """Give all faults with how often each struck."""
    return json_answer(200, {"faults": [one.shown() for one in faults.listed(org.state)]})


def clear_faults(org: OrgContext, request: Request) -> Answer:
    """Take all faults back."""
    query_of(request)
    faults.clear(org.state)
    return Answer(204)


def list_calls(org: OrgContext, request: Request) -> Answer:
    """Give recorded calls, oldest first: those after number `after`, at most `limit`."""
    asked = query_of(request, "after", "limit")
    after, most = asked.get("after", "0"), asked.get("limit", str(_MOST_CALLS))
    if not all(one.isascii() and one.isdigit() and len(one) < 19 for one in (after, most)):
        raise refused("`after` and `limit` must be whole numbers")
    return json_answer(200, {"calls": trace.calls(org.state, int(after), int(most))})


def list_mail(org: OrgContext, request: Request) -> Answer:
    """Give the mails the org would have sent, oldest first."""
    return json_answer(200, {"mail": mail.sent(org.state)})


def forget_mail(org: OrgContext, request: Request) -> Answer:
    """Empty the mailbox."""
    query_of(request)
    mail.forget(org.state)
    return Answer(204)


def list_web_leads(org: OrgContext, request: Request) -> Answer:
    """Give the web-to-lead forms that came, with what became of each."""
    web_to_lead.release(org)
    return json_answer(200, {"web_leads": web_to_lead.submitted(org.state)})


def change_settings(org: OrgContext, request: Request) -> Answer:
    """Set how Bulk jobs end, how many calls a day allows, how long sessions live."""
    settings.change(org.state, keys_of(request, *settings.KNOWN))
    return json_answer(200, settings.shown(org.state))


def show_settings(org: OrgContext, request: Request) -> Answer:
    """Give what is set."""
    return json_answer(200, settings.shown(org.state))


def _clock(org: OrgContext) -> OrgClock:
    if not isinstance(org.clock, OrgClock):
        raise refused("the time of this org is not set here: whoever made it holds its clock")
    return org.clock


def _instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        raise refused("`set` must be a time such as 2026-01-05T09:00:00Z") from None
    if instant.tzinfo is None:
        raise refused("`set` must have a time zone, as in 2026-01-05T09:00:00Z")
    _demand_near(instant, "set")
    return instant


def _demand_near(instant: datetime, name: str) -> None:
    if not 1970 < instant.year < 4000:
        raise refused(f"`{name}` must lead to a time between 1971 and 3999")


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 10**9:
        raise refused("`advance` must be a number of seconds")
    return float(value)
