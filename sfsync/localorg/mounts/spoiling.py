"""Spoilt answers of the HTTPS mount: heads without an end, bodies cut, trickled or followed by silence.

ASGI has no words for these, so the bytes go straight to the transport, which is reached as an attribute of uvicorn's
object behind `send`.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from sfsync.localorg.wire import HANG_SECONDS, Answer, Spoil

_PIECES_PER_SECOND = 10  # of a trickled body
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


def transport_of(send: object) -> asyncio.Transport:
    """Give the connection that an ASGI `send` writes to."""
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    return transport


async def cut(receive: Receive, transport: asyncio.Transport) -> None:
    """Cut a connection, with no further byte.

    The server is let know before the call ends: it would log an error for one that began no answer on a living line.
    """
    transport.abort()
    await _gone(receive)


async def send(answer: Answer, spoil: Spoil, receive: Receive, transport: asyncio.Transport) -> None:
    """Send an answer as far as it shall come, and end it as it shall end."""
    body = answer.body if isinstance(answer.body, bytes) else answer.body.read_bytes()
    if spoil.at != "answer":
        transport.write(head(answer, len(body), spoil))
    if spoil.at == "body":
        await _trickle(body[: spoil.stop_at], spoil.bytes_per_second, transport)
    if spoil.end == "close":
        transport.close()
    elif spoil.end == "reset":
        await _sent(transport)
        transport.abort()
    await _gone(receive)
    transport.abort()


def head(answer: Answer, size: int, spoil: Spoil) -> bytes:
    """Write status line and headers; without the empty line at their end where they shall have none."""
    lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    if spoil.at == "headers":
        return "\r\n".join(lines).encode("latin-1")
    lines += [f"Content-Length: {size}"] if spoil.sized else []
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1")


def pieces(body: bytes, bytes_per_second: float) -> list[tuple[bytes, float]]:
    """Part a body into pieces, each with the seconds to wait before it."""
    if bytes_per_second <= 0:
        return [(body, 0.0)]
    size = max(1, int(bytes_per_second / _PIECES_PER_SECOND))
    return [(body[at : at + size], size / bytes_per_second) for at in range(0, len(body), size)]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


async def _trickle(body: bytes, bytes_per_second: float, transport: asyncio.Transport) -> None:
    for piece, seconds in pieces(body, bytes_per_second):
        if seconds:
            await asyncio.sleep(seconds)
        if transport.is_closing():
            return
        transport.write(piece)


async def _sent(transport: asyncio.Transport) -> None:
    """Wait a moment until what was written has left: cutting a line throws away what is still on its way."""
    for _ in range(200):
        if transport.get_write_buffer_size() == 0:
            break
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.02)


async def _gone(receive: Receive) -> None:
    """Wait until the client has gone, ten minutes at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HANG_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                pass
