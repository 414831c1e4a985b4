"""A deadline for a whole call, kept on the socket: neither headers nor a body can drip in for ever.

The timeouts of requests hold for one read of the socket each, so a server that sends a byte a second never meets them.
Here every read waits no longer than what is left of the call's deadline.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.util.ssl_ import create_urllib3_context

from sfsync.clock import Clock

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a call has to be over, by the monotonic clock."""

    clock: Clock
    at: float

    def left(self) -> float:
        """Give the seconds that are left. Raises TimeoutError where there are none."""
        seconds = self.at - self.clock.monotonic()
        if seconds <= 0:
            raise TimeoutError("the deadline of the whole call has passed")
        return seconds


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(clock: Clock, at: float) -> Iterator[Deadline]:
    """Hold everything that this thread reads from the org to an instant of the monotonic clock."""
    limit = Deadline(clock, at)
    token = _current.set(limit)
    try:
        yield limit
    finally:
        _current.reset(token)


class DeadlineSocket(ssl.SSLSocket):
    """A TLS socket whose reads keep to the deadline of the call under way."""

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0) -> int:
        """Read as a socket does, but wait no longer than the deadline."""
        limit = _current.get()
        if limit is not None:
            patience = self.gettimeout()
            self.settimeout(limit.left() if patience is None else min(patience, limit.left()))
        return super().recv_into(buffer, nbytes, flags)


class DeadlineAdapter(HTTPAdapter):
    """The transport over real sockets: TLS 1.2 or later, reads held to the deadline, no retries of its own."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool with our own TLS context."""
        super().init_poolmanager(*args, **kwargs, ssl_context=_context())

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Make the pool behind a proxy with our own TLS context."""
        return super().proxy_manager_for(proxy, **kwargs, ssl_context=_context())


def _context() -> ssl.SSLContext:
    context = create_urllib3_context(ssl_minimum_version=ssl.TLSVersion.TLSv1_2)
    context.sslsocket_class = DeadlineSocket
    return context
