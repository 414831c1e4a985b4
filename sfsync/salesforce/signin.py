"""The one sign-in that all threads share: renewed once when it has ended, and not for ever."""

import threading
from collections.abc import Callable

from sfsync.clock import Clock
from sfsync.errors import LoginRefused, OrgError, OrgUnreachable
from sfsync.salesforce.login import Login

FUTILE_LOGINS = 3
"""How many logins in a row may fail, or give a token that is refused, before there is a pause."""

FIRST_PAUSE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 3600.0


class SignIn:
    """Holds the current login and renews it, one thread at a time.

    After three logins in a row that were of no use it makes no more for a minute, then one, then pauses twice as long,
    up to an hour: a user that is frozen is not locked as well, and no API calls are burnt.
    """

    def __init__(self, login: Callable[[], Login], clock: Clock) -> None:
        self._login = login
        self._clock = clock
        self._lock = threading.Lock()
        self._current: Login | None = None
        self._futile = 0
        self._closed_until = 0.0
        self._why = "the token it gave was refused"  # what became of the last one

    def current(self) -> Login:
        """Give the login in use, made now where there is none. Raises LoginRefused."""
        return self._current or self.renewed(None)

    def renewed(self, refused: Login | None) -> Login:
        """Give a login other than the one that was refused, made now if no other thread did. Raises LoginRefused."""
        with self._lock:
            if self._current is not None and self._current is not refused:
                return self._current
            self._current = None
            self._guard()
            self._count_futile()
            try:
                self._current = self._login()
            except OrgUnreachable:
                self._futile -= 1  # nobody was asked
                raise
            except OrgError as error:
                self._why = error.problems[0].message
                raise
            return self._current

    def worked(self) -> None:
        """Note that the org took the token: the count of futile logins starts again."""
        self._futile = 0

    def _guard(self) -> None:
        if self._futile < FUTILE_LOGINS or self._clock.monotonic() >= self._closed_until:
            return
        seconds = round(self._closed_until - self._clock.monotonic())
        raise LoginRefused(
            f"{self._futile} sign-ins in a row were of no use, so there is no other for {seconds} seconds; "
            f"the last: {self._why}",
            todo="check in the org's Setup that the user is active and may use the API, and the app is not blocked",
        )

    def _count_futile(self) -> None:
        """Count the login about to be made as futile; `worked` takes it back."""
        self._futile += 1
        pause = FIRST_PAUSE_SECONDS * 2 ** max(0, self._futile - FUTILE_LOGINS)
        self._closed_until = self._clock.monotonic() + min(pause, LONGEST_PAUSE_SECONDS)
