"""Working hours: on which days, from when to when, in whose time zone somebody is there."""

import re
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sfsync.rules.table import Table

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_RANGE = re.compile(r"([A-Z][a-z]{2})(?:-([A-Z][a-z]{2}))?")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


@dataclass(frozen=True, slots=True)
class Hours:
    """The same hours on some days of the week; they end before midnight or at it."""

    zone: ZoneInfo
    days: frozenset[int]  # 0 is Monday
    starts: time
    ends: time | None  # None: midnight

    def open_at(self, instant: datetime) -> bool:
        """Tell whether somebody is there at an instant: from the start on, up to but without the end."""
        local = instant.astimezone(self.zone)
        clock = local.time()
        return local.weekday() in self.days and self.starts <= clock and (self.ends is None or clock < self.ends)


def read_hours(table: Table) -> Hours | None:
    """Read `{ zone, days, from, to }`; what is wrong goes to the table's problems."""
    zone = _zone(table, table.text("zone", needed=True))
    days = _days(table, table.text("days") or "Mon-Sun")
    starts, ends = _clock(table, "from"), _clock(table, "to")
    table.finish()
    if zone is None or days is None or starts is None or ends is None:
        return None
    if ends != "24:00" and ends <= starts:
        table.blame("to", f"the hours end at {ends}, before they start", "write two pools for hours over midnight")
        return None
    return Hours(zone, days, time.fromisoformat(starts), None if ends == "24:00" else time.fromisoformat(ends))


def _zone(table: Table, name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.blame("zone", f"there is no time zone {name!r}", 'write one as "Europe/Madrid"')
        return None


def _days(table: Table, text: str) -> frozenset[int] | None:
    """Read `Mon-Fri` or `Mon, Wed, Fri-Sun`."""
    found: set[int] = set()
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        first, last = (match[1], match[2] or match[1]) if match else ("", "")
        if first not in DAYS or last not in DAYS or DAYS.index(last) < DAYS.index(first):
            table.blame("days", f"{part.strip()!r} is neither a day nor days from one to another", 'write "Mon-Fri"')
            return None
        found.update(range(DAYS.index(first), DAYS.index(last) + 1))
    return frozenset(found)


def _clock(table: Table, key: str) -> str | None:
    text = table.text(key, needed=True)
    if text is not None and (not _CLOCK.fullmatch(text) or (key == "from" and text == "24:00")):
        table.blame(key, f"{text!r} is no time of day", 'write "09:00"')
        return None
    return text
