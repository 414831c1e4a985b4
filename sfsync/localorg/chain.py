"""The way of one request, in order. Read STEPS and AFTER: that is all that happens.

A step returns the answer that ends the way, or None to go on; a Refusal raised by one is an answer too. What a
handler wrote before it refused is rolled back; what is counted before it stays. Steps in AFTER change the answer.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime
from functools import partial

from sfsync.clock import Clock
from sfsync.localorg import due_jobs, trace, unknown, urls, usage, variants, versions
from sfsync.localorg.bulk1 import infos as bulk1
from sfsync.localorg.bulk2 import jobs as bulk_jobs
from sfsync.localorg.context import OrgContext
from sfsync.localorg.faults import later, orders
from sfsync.localorg.forms import web_to_lead
from sfsync.localorg.identity import sessions
from sfsync.localorg.locking import Locked
from sfsync.localorg.rights import seeing
from sfsync.localorg.routing import Match, version_of
from sfsync.localorg.saving import recycle
from sfsync.localorg.state import State
from sfsync.localorg.striking import after, before, carrying
from sfsync.localorg.striking.rows import OrderedTrouble
from sfsync.localorg.wire import JSON, Answer, Refusal, Request, not_found, refusal_answer

PRETTY_BYTES = 65_536  # larger bodies stay compact: white space means nothing to a client and doubles the time


@dataclass(slots=True)
class Exchange:
    """One request on its way; steps fill in what later ones need."""

    request: Request
    org: OrgContext
    struck: tuple[orders.Fault, ...] = ()  # the faults on order that hit it
    counted: bool = False  # it was counted against the allowance of API calls
    applied: bool = False  # what was asked is done, whatever the client is told


def run(state: State, clock: Clock, request: Request) -> Answer:
    """Answer one request, or tell how long it waits for a lock and how to go on then."""
    org = OrgContext(state, clock, clock.now(), version=version_of(request.path) or "", base_url=request.base_url)
    return _answered(Exchange(request, replace(org, forward=forward)), STEPS)


def _answered(exchange: Exchange, steps: Sequence["Step"]) -> Answer:
    try:
        answer = _first(exchange, steps)
    except Locked as lock:
        return Answer(503, delay_seconds=lock.seconds, resume=partial(_resumed, exchange))
    for change in AFTER:
        answer = change(exchange, answer)
    return answer


def _resumed(exchange: Exchange) -> Answer:
    """Go on with a request that has waited for a lock: only its handler is left."""
    exchange.org = replace(exchange.org, now=exchange.org.clock.now())
    later.bring_about(exchange.org)
    exchange.org = _troubled(exchange)
    return _answered(exchange, (_handler,))


def _first(exchange: Exchange, steps: Sequence["Step"]) -> Answer:
    """Give the answer of the first step that has one."""
    for step in steps:
        try:
            answer = step(exchange)
        except Refusal as refusal:
            answer = _refused(exchange.request, refusal)
        if answer is not None:
            return answer
    raise AssertionError("the last step always answers")


def _refused(request: Request, refusal: Refusal) -> Answer:
    """Answer a refusal in the shape of the API that is asked."""
    if request.path.lower().startswith(bulk1.BASE):
        return bulk1.refused(request, refusal)
    return refusal_answer(refusal)


def forward(org: OrgContext, request: Request) -> Answer:
    """Answer a request that came inside another one: for the same user, uncounted and unlisted."""
    exchange = Exchange(request, org)
    try:
        _version(exchange)
        return _handler(exchange)
    except Refusal as refusal:
        return refusal_answer(refusal)


def _due(exchange: Exchange) -> Answer | None:
    """Bring about what faults had put off until now, and Bulk jobs that are due."""
    if later.any_waits(exchange.org.state):
        later.bring_about(exchange.org)
        exchange.org = _troubled(exchange)
    due_jobs.carry_out(exchange.org)
    return None


def _fault_before(exchange: Exchange) -> Answer | None:
    """Strike what was ordered to be struck; the control plane is spared."""
    request, org = exchange.request, exchange.org
    if _of_control_plane(request):
        return None
    exchange.struck = orders.strike(org.state, request, org.now)
    if not exchange.struck:
        return None
    answer = before.before(org, request, exchange.struck)
    exchange.org = before.skewed(replace(org, now=org.clock.now()), exchange.struck)
    exchange.org = _troubled(exchange)
    return answer


def _troubled(exchange: Exchange) -> OrgContext:
    """Give the context with what goes wrong with records: locks that are held, and the faults that struck."""
    org, locked = exchange.org, later.locked(exchange.org.state)
    return replace(org, trouble=OrderedTrouble(org, exchange.struck, locked) if locked or exchange.struck else None)


def _version(exchange: Exchange) -> Answer | None:
    """Refuse API versions that are retired or not yet there."""
    version = version_of(exchange.request.path)
    if version is None:
        return None
    if not version or float(version) > versions.LAST or not version.endswith(".0"):
        raise not_found()
    if float(version) < versions.FIRST:
        text = f"API version {version} is retired. Use version {versions.FIRST}.0 or later"
        raise Refusal(410, "GONE", text)
    exchange.org = replace(exchange.org, version=version)
    return None


def _session(exchange: Exchange) -> Answer | None:
    """Demand a living session for everything under a version; other paths see to it themselves."""
    if exchange.org.version:
        sessions.demand_header(exchange.request)
        token = sessions.token_of(exchange.request)
        user_id = sessions.user_of(exchange.org.state, exchange.org.clock, token)
        seen = seeing.seen_by(exchange.org.state, user_id)
        exchange.org = replace(exchange.org, token=token, user_id=user_id, seen=seen)
        seeing.demand_api(exchange.org)
    return None


def _limit(exchange: Exchange) -> Answer | None:
    """Count the call; refuse it where the allowance of the last 24 hours is spent."""
    if exchange.org.version:
        exchange.counted = True
        _demand_room(exchange.org)
        usage.spend(exchange.org.state, exchange.org.now)
    return None


def _demand_room(org: OrgContext) -> None:
    """Refuse a call where too many long ones are under way."""
    if later.any_waits(org.state):
        most, seconds = usage.concurrent(org.state)
        if later.under_way(org.state, org.now - timedelta(seconds=seconds)) >= most:
            raise Refusal(403, "REQUEST_LIMIT_EXCEEDED", before.CONCURRENT)


def _hourly(exchange: Exchange) -> Answer | None:
    """Once an hour, forget what lay in the recycle bin too long, old jobs and dead sessions; take forms that wait."""
    state, hour = exchange.org.state, exchange.org.stamp[:13]
    if exchange.org.version and state.setting("bin_emptied") != hour:
        state.set_setting("bin_emptied", hour)
        recycle.purge(state, exchange.org.now)
        bulk_jobs.purge(state, exchange.org.now)
        sessions.forget_dead(state, exchange.org.clock)
        web_to_lead.release(exchange.org)
    return None


def _handler(exchange: Exchange) -> Answer:
    """Find who answers and ask; what it wrote is undone if it refuses."""
    match, org = _match(exchange.request), exchange.org
    if exchange.struck and carrying.put_off(org, exchange.request, exchange.struck):
        return Answer(503, {}, b"", drop=True)
    org.state.begin(org.now, org.user_id)
    if org.trouble is not None:
        org.trouble.patient = variants.is_on(org.state, variants.LOCKS_WAIT)
    with org.state.transaction():
        answer = carrying.carried_out(org, exchange.struck, lambda: match.answer(org, exchange.request))
    exchange.applied = exchange.request.method != "GET" and answer.status < 400
    return answer


def _match(request: Request) -> Match:
    """Find who answers; note what the org does not have. Raises Refusal."""
    try:
        return urls.match(request)
    except Refusal:
        unknown.note(f"{request.method} {request.path}")
        raise


def _limit_info(exchange: Exchange, answer: Answer) -> Answer:
    """Say how much of the allowance is used; REST alone says it."""
    if not exchange.counted or not exchange.request.path.startswith("/services/data/"):
        return answer
    told = usage.header(exchange.org.state, exchange.org.now)
    return replace(answer, headers={**answer.headers, **told})


def _varied(exchange: Exchange, answer: Answer) -> Answer:
    """Answer the other way where real orgs may do one or the other."""
    return answer if _of_control_plane(exchange.request) else variants.at_the_edge(exchange.org.state, answer)


def _dated(exchange: Exchange, answer: Answer) -> Answer:
    """Tell what time it is in the org."""
    return replace(answer, headers={**answer.headers, "Date": format_datetime(exchange.org.now, usegmt=True)})


def _pretty(exchange: Exchange, answer: Answer) -> Answer:
    """Indent JSON for a client that asks with X-PrettyPrint."""
    wanted = exchange.request.headers.get("x-prettyprint", "") not in ("", "0", "false")
    if not wanted or not isinstance(answer.body, bytes) or answer.headers.get("Content-Type") != JSON:
        return answer
    if not 0 < len(answer.body) <= PRETTY_BYTES:
        return answer
    text = json.dumps(json.loads(answer.body), indent=2, separators=(",", " : "), ensure_ascii=False)
    return replace(answer, body=text.encode())


def _fault_after(exchange: Exchange, answer: Answer) -> Answer:
    """Spoil the finished answer where that was ordered."""
    trouble = exchange.org.trouble
    if trouble is not None:
        trouble.settle()
        answer = replace(answer, delay_seconds=answer.delay_seconds + trouble.waited_seconds)
    if exchange.struck:
        answer = after.after(exchange.org, exchange.struck, answer)
    if answer.delay_seconds or answer.spoil is not None:
        later.note_call(exchange.org, answer)
    return answer


def _trace(exchange: Exchange, answer: Answer) -> Answer:
    """Write the call down, with what the org did whatever the client is told."""
    if not _of_control_plane(exchange.request):
        hit = [fault.id for fault in exchange.struck]
        trace.record(exchange.org, exchange.request, answer, applied=exchange.applied, faults=hit)
    return answer


def _of_control_plane(request: Request) -> bool:
    return request.path.startswith("/_org/")


Step = Callable[[Exchange], Answer | None]
STEPS: tuple[Step, ...] = (
    _due,
    _fault_before,
    _version,
    _session,
    _limit,
    _hourly,
    _handler,
)
AFTER: tuple[Callable[[Exchange, Answer], Answer], ...] = (
    _limit_info,
    _varied,
    _dated,
    _pretty,
    _fault_after,
    _trace,
)
