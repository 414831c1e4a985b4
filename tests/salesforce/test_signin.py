"""The sign-in all threads share: which failures count, and which do not."""

from datetime import UTC, datetime

import pytest

from sfsync.clock import SetClock
from sfsync.errors import LoginRefused, OrgUnreachable
from sfsync.salesforce.login import Login
from sfsync.salesforce.signin import FUTILE_LOGINS, SignIn

GOOD = Login("https://acme.my.salesforce.com", "token", "00D000000000001AAA", "005000000000001AAA")


class Door:
    """A login that does what it is told, and counts."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked = 0

    def __call__(self) -> Login:
        """Sign in, or not."""
        self.asked += 1
        if self.error is not None:
            raise self.error
        return GOOD


def test_an_org_that_cannot_be_reached_is_no_futile_login() -> None:
    """However often the network fails, the first moment it is back the sign-in is made, without a pause."""
    door = Door()
    sign_in = SignIn(door, SetClock(datetime(2026, 3, 1, tzinfo=UTC)))
    door.error = OrgUnreachable("no route")
    for _ in range(FUTILE_LOGINS * 3):
        with pytest.raises(OrgUnreachable):
            sign_in.current()
    door.error = None
    assert sign_in.current() is GOOD
    assert door.asked == FUTILE_LOGINS * 3 + 1


def test_refusals_count_though_the_network_failed_between_them() -> None:
    """Three refusals pause sign-ins, and the org is not asked meanwhile, whatever the network did in between."""
    door = Door()
    sign_in = SignIn(door, SetClock(datetime(2026, 3, 1, tzinfo=UTC)))
    for _ in range(FUTILE_LOGINS):
        for error in (OrgUnreachable("no route"), LoginRefused("frozen")):
            door.error = error
            with pytest.raises(type(error)):
                sign_in.current()
    asked = door.asked
    with pytest.raises(LoginRefused, match="the last: frozen"):
        sign_in.current()
    assert door.asked == asked
