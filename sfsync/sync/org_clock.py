"""Whether the org's clock has gone back since a watermark was set, and from when on to read then.

What is saved while a clock is behind lies before the watermark once that clock is past it again: nobody would see it.
A watermark knows when it was set by this machine's clock. The org's should have gone on since as far as this one; where
it has not, what moved is read from as far before the watermark as the org's clock calls that moment now.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sfsync.counting import counted
from sfsync.sync.context import Context

SKEW = timedelta(minutes=1)  # by which the clocks of an org's servers may differ


def read_from(context: Context, sobjects: Sequence[str]) -> dict[str, datetime]:
    """Give from when to read what moved of those sObjects whose watermark would hide some of it.

    Where it is this machine's clock that was put forward nothing is hidden, and some is read again. Watermarks that
    lie ahead of the org's clock are left out.
    """
    org_now, now = context.org.server_time(), context.clock.now()
    if org_now is None:
        return {}
    found = {}
    with context.mirror.reading() as books:
        for sobject in sobjects:
            mark = books.watermarks.get(sobject)
            if mark is None or mark.heard_at is None or mark.covered_until > org_now + SKEW:
                continue
            then = org_now - (now - mark.heard_at)
            if then < mark.covered_until - SKEW:
                found[sobject] = then - SKEW
                back = counted(int((mark.covered_until - then).total_seconds() // 60), "minute")
                words = f"{sobject}: the org's clock seems to have gone back {back} since the last pull"
                context.progress.step(f"{words}, so what moved since {found[sobject]:%Y-%m-%d %H:%M:%S} is read")
    return found
