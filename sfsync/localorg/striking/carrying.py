"""Carrying a struck request out: later, out of others' sight, or with its records locked meanwhile."""

from collections.abc import Callable, Sequence

from sfsync.localorg.context import OrgContext
from sfsync.localorg.faults import later
from sfsync.localorg.faults.orders import Fault, values
from sfsync.localorg.striking.watching import watching
from sfsync.localorg.wire import Answer, Request


def put_off(org: OrgContext, request: Request, struck: Sequence[Fault]) -> bool:
    """Put a request off that shall be done after its client has gone; tell whether it was."""
    for fault, value in values(struck, "ghost"):
        assert isinstance(value, dict)
        kept = {"request": later.packed(request), "user": org.user_id, "version": org.version, "fault": fault.id}
        later.put_off(org, later.GHOST, float(value["delay"]), kept)
        return True
    return False


def carried_out(org: OrgContext, struck: Sequence[Fault], do: Callable[[], Answer]) -> Answer:
    """Have a request carried out, with what delays order for the records it writes."""
    hidden = [float(value["delay"]) for _, value in values(struck, "late_commit") if isinstance(value, dict)]
    seconds = sum(int(str(value)) for _, value in values(struck, "delay_ms")) / 1000
    if not hidden and not seconds:
        return do()
    with watching(org.state) as watch:
        answer = do()
    if watch.rows and hidden:
        rows, locked = watch.after(), watch.locked()
        watch.put_back()
        later.put_off(org, later.COMMIT, max(hidden), {"rows": rows, "locked": locked})
    elif watch.rows:
        later.hold_locks(org, watch.locked(), seconds)
    return answer
