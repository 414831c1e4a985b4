"""A program that can die: at a chosen moment of its own calls everything stops, as if the process had been killed.

Moments lie before and after each call to the org, before and after each commit of the mirror, and just before the
commit, when all is written and nothing kept. What is dead stays dead: its error handlers cannot tidy up.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from sfsync.errors import OrgUnreachable
from sfsync.mirror.books import Books
from sfsync.mirror.homes import Home
from sfsync.mirror.open import Mirror
from sfsync.salesforce.around import AroundOrg
from sfsync.salesforce.port import Org
from sfsync.sync.context import Context, Silence
from tests.shop import Shop

T = TypeVar("T")


class Killed(BaseException):
    """The program is no more."""


class Life:
    """Counts the moments of a program, and ends it after so many (None: never)."""

    def __init__(self, moments: int | None = None) -> None:
        self._limit = moments
        self.moments = 0

    @property
    def dead(self) -> bool:
        """Whether it is over."""
        return self._limit is not None and self.moments > self._limit

    def moment(self) -> None:
        """Live through one moment. Raises Killed where that is one too many."""
        self.moments += not self.dead
        if self.dead:
            raise Killed


class MortalOrg(AroundOrg):
    """Asks an org, as long as it lives."""

    def __init__(self, inner: Org, life: Life) -> None:
        super().__init__(inner)
        self._life = life

    def _read(self, what: str, ask: Callable[[], T], calls: int = 1) -> T:
        self._moment()
        answer = ask()
        self._moment()
        return answer

    _write = _read

    def _moment(self) -> None:
        """Live through one moment; a thread of the program ends with an error, since its death would be waited for."""
        try:
            self._life.moment()
        except Killed:
            if threading.current_thread() is threading.main_thread():
                raise
            raise OrgUnreachable("the program is no more") from None


class MortalMirror(Mirror):
    """Reads from a mirror, as long as it lives."""

    __slots__ = ()

    @contextmanager
    def reading(self) -> Iterator[Books]:
        """See `Mirror`."""
        assert isinstance(self.home, MortalHome)
        if self.home.life.dead:
            raise Killed
        with Mirror.reading(self) as books:
            yield books


class MortalHome:
    """Writes to a mirror, as long as it lives."""

    def __init__(self, home: Home, life: Life) -> None:
        self.life = life
        self._home = home

    def __getattr__(self, name: str) -> Any:
        return getattr(self._home, name)

    @contextmanager
    def writing(self, *, durable: bool, beside: Path | None) -> Iterator[Connection]:
        """See `Home`."""
        self.life.moment()
        with self._home.writing(durable=durable, beside=beside) as connection:
            yield connection
            self.life.moment()
        self.life.moment()


def mortal(shop: Shop, life: Life) -> Context:
    """Give a shop's context that lives so long."""
    mirror = MortalMirror(cast(Home, MortalHome(shop.mirror.home, life)), shop.clock)
    return Context(MortalOrg(shop.org, life), mirror, shop.clock, Silence())
