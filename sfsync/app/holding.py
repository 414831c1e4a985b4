"""Why the daemon is not to begin a run now: a person paused it, here or in the org, or a freeze is on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sfsync.clock import Clock
from sfsync.errors import OrgError, OrgRefused
from sfsync.mirror.pauses import Pause
from sfsync.records.query import Compare, Condition, Query
from sfsync.records.values import datetime_text
from sfsync.salesforce.port import Org
from sfsync.settings.freezes import Freeze

ORG_LOOK_SECONDS = 60.0
_WRITES = ("sync",)


def paused(pauses: Sequence[Pause], schedule: str) -> str | None:
    """Say that a schedule is paused, by whom and until when; None where it is not."""
    one = next((pause for pause in pauses if pause.schedule in (None, schedule)), None)
    if one is None:
        return None
    until = f" until {datetime_text(one.until_at)}" if one.until_at else ""
    reason = f": {one.reason}" if one.reason else ""
    return f"paused since {datetime_text(one.paused_at)}{until}{reason}"


def frozen(freezes: Mapping[str, Freeze], run: str, now: datetime) -> str | None:
    """Say that nothing may be written now, for runs that write; None where it may."""
    if run not in _WRITES:
        return None
    name = next((name for name, freeze in freezes.items() if freeze.covers(now)), None)
    return f"frozen by [freeze.{name}] until {freezes[name].ends} {freezes[name].zone.key}" if name else None


class OrgSwitch:
    """The checkbox in the org that pauses the daemon; asked once a minute at most."""

    def __init__(self, org: Callable[[], Org], clock: Clock, field: tuple[str, str] | None) -> None:
        self._org = org
        self._clock = clock
        self._field = field
        self._asked_at: float | None = None
        self._said: str | None = None
        self._failed: OrgError | None = None

    def paused(self) -> str | None:
        """Say that the checkbox is ticked, None where it is not. Raises an OrgError where that cannot be told."""
        if self._field is None:
            return None
        now = self._clock.monotonic()
        if self._asked_at is None or now - self._asked_at >= ORG_LOOK_SECONDS:
            self._asked_at, self._failed = now, None
            try:
                self._said = self._ask(*self._field)
            except OrgError as error:
                self._failed = error
        if self._failed is not None:
            raise self._failed.with_traceback(None)
        return self._said

    def _ask(self, sobject: str, field: str) -> str | None:
        try:
            ticked = self._org().count(Query(sobject, ("Id",), (Condition(field, Compare.EQUAL, True),)))
        except OrgRefused as refused:
            words = f"[serve] pause_field: the org does not show the checkbox {sobject}.{field} ({refused.code})"
            todo = "let sfsync's user read it, or put the name right in sfsync.toml and have it read anew"
            raise OrgRefused(words, code=refused.code, todo=todo) from refused
        return f"paused in the org: {sobject}.{field} is ticked" if ticked else None
