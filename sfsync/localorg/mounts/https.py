"""The HTTPS mount: uvicorn on the loopback address, one org function behind it.

The server runs in a thread of its own with its own event loop; the org function runs in a small pool. The org
answers after its commit, so what this file does with the answer (wait, send, cut the line) cannot undo anything.
"""

import asyncio
import logging
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sfsync.localorg.mounts import spoiling
from sfsync.localorg.mounts.certificate import Certificate
from sfsync.localorg.mounts.incoming import body_limit, edge_answer, refused_head, request_of, too_large
from sfsync.localorg.wire import Answer, Request, json_answer

ADDRESS = "127.0.0.1"
CHUNK_BYTES = 256 * 1024
STOP_SECONDS = 10.0
PATIENCE_SECONDS = 60.0  # for the next piece of a request that has begun
WHOLE_SECONDS = 600.0  # for all of it
THREADS = 8
_HEAD_BYTES_READ = 65_536  # beyond this a request is not even read to its end

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
log = logging.getLogger(__name__)


class PortTaken(Exception):
    """The port asked for is in use; its text is for people."""


def listen(port: int) -> socket.socket:
    """Bind the loopback address; port 0 takes any free one. Raises PortTaken."""
    # with its protocol named asyncio switches Nagle's algorithm off; else each answer waits 40 ms for an ACK
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise PortTaken(f"port {port} on {ADDRESS} cannot be used: {error}") from error
    return listener


class HttpsServer:
    """Serves one org function over TLS until stopped. `start` returns once connections are accepted."""

    def __init__(
        self,
        answer: Callable[[Request], Answer],
        certificate: Certificate,
        listener: socket.socket,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._answer = answer
        self._patience = patience
        self._certificate = certificate
        self._listener = listener
        self._thread = threading.Thread(target=self._run, name="https", daemon=True)
        self._stop_asked = threading.Event()
        self._ready = threading.Event()
        self._failure: Exception | None = None
        self.port: int = listener.getsockname()[1]

    @property
    def url(self) -> str:
        """The address clients use, without a slash at the end."""
        return f"https://{ADDRESS}:{self.port}"

    def start(self) -> None:
        """Begin to serve; raises what keeps it from serving."""
        self._thread.start()
        self._ready.wait(STOP_SECONDS)
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Take no new connection, let running requests end (ten seconds at most), close."""
        self._stop_asked.set()
        self._thread.join(STOP_SECONDS * 2)
        self._listener.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:
            self._failure = error
            log.exception("the server ended")
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        with ThreadPoolExecutor(THREADS, thread_name_prefix="org") as pool:
            server = uvicorn.Server(self._config(_App(self._answer, pool, self._patience)))
            serving = asyncio.ensure_future(server.serve(sockets=[self._listener]))
            while not server.started and not serving.done():
                await asyncio.sleep(0.002)
            if server.started:
                self._ready.set()
                await asyncio.to_thread(self._stop_asked.wait)
                await _wind_down(server)
            await serving

    def _config(self, app: "_App") -> uvicorn.Config:
        return uvicorn.Config(
            app,
            http=_Protocol,
            loop="asyncio",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,  # the org tells its own time
            proxy_headers=False,
            timeout_keep_alive=75,
            ssl_certfile=self._certificate.server,
            ssl_keyfile=self._certificate.key,
        )


async def _wind_down(server: uvicorn.Server) -> None:
    """Close the doors, let the running requests end, then cut what idle connections are left."""
    for listener in server.servers:
        listener.close()
    tasks = set(server.server_state.tasks)
    if tasks:
        await asyncio.wait(tasks, timeout=STOP_SECONDS)
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    server.should_exit = True


class _Protocol(HttpToolsProtocol):
    """Stops reading a head that has no end, and waiting for one that does not come."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer = self.loop.call_later(PATIENCE_SECONDS, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        self._timer.cancel()
        self._timer = self.loop.call_later(PATIENCE_SECONDS, self.transport.abort)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._timer.cancel()
        super().on_headers_complete()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > _HEAD_BYTES_READ:
            raise ValueError("the head of the request is too large")  # the parser answers 400 and closes


class _App:
    """The ASGI callable: reads a request, has it answered in the pool, sends the answer."""

    def __init__(self, answer: Callable[[Request], Answer], pool: ThreadPoolExecutor, patience: float) -> None:
        self._answer = answer
        self._patience = patience
        self._pool = pool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answered(scope, receive)
        while answer is not None and answer.resume is not None:
            await asyncio.sleep(answer.delay_seconds)
            answer = await self._asked(answer.resume)
        if answer is None:
            return
        if answer.delay_seconds > 0:
            await asyncio.sleep(answer.delay_seconds)
        if answer.drop:
            await spoiling.cut(receive, spoiling.transport_of(send))
        elif answer.spoil is not None:
            await spoiling.send(answer, answer.spoil, receive, spoiling.transport_of(send))
        else:
            await _send(answer, scope["method"] == "HEAD", send)

    async def _answered(self, scope: Scope, receive: Receive) -> Answer | None:
        """Give the answer, None where the client hung up before its request was whole."""
        raw_path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        refused = refused_head(f"{raw_path}?{query}", sum(len(name) + len(value) + 4 for name, value in headers))
        if refused:
            return refused
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                body = await _body(receive, body_limit(raw_path), self._patience)
            host = dict(headers).get("host", "")
            request = request_of(scope["method"], raw_path, query, headers, body, host)
        except TimeoutError:
            return edge_answer(408, "Request Timeout")
        except ConnectionError:
            return None
        except OverflowError:
            return too_large()
        except ValueError as error:
            return edge_answer(400, f"Bad Request: {error}")
        return await self._asked(lambda: self._answer(request))

    async def _asked(self, work: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._pool, _guarded, work)


def _guarded(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    except Exception:
        log.exception("a request has no answer")
        message = "An unexpected error occurred. The local org's log says more."
        return json_answer(500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": message}])


async def _body(receive: Receive, limit: int, patience: float) -> bytes:
    """Read the body.

    Raises OverflowError over the limit, ConnectionError where the client hung up, TimeoutError where it sends nothing
    for so many seconds.
    """
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await asyncio.wait_for(receive(), patience)
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client hung up")
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise OverflowError("the body is over its limit")
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


class _Spelt(bytes):
    """The name of a header that goes out as it is spelt: uvicorn would write it in lower case.

    Salesforce writes `Content-Type` (recorded), and there are clients that read no other spelling rightly.
    """

    def lower(self) -> bytes:
        """Give the name as it is."""
        return self


async def _send(answer: Answer, bodyless: bool, send: Send) -> None:
    size = answer.body.stat().st_size if isinstance(answer.body, Path) else len(answer.body)
    head = {"type": "http.response.start", "status": answer.status, "headers": _sent_headers(answer, size)}
    await send(head)
    if bodyless or isinstance(answer.body, bytes):
        body = b"" if bodyless or not isinstance(answer.body, bytes) else answer.body
        await send({"type": "http.response.body", "body": body})
        return
    with answer.body.open("rb") as stream:
        while piece := stream.read(CHUNK_BYTES):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _sent_headers(answer: Answer, size: int) -> list[tuple[bytes, bytes]]:
    headers: Mapping[str, str] = answer.headers
    sent: list[tuple[bytes, bytes]] = [
        (_Spelt(name.encode("latin-1")), value.encode("latin-1")) for name, value in headers.items()
    ]
    if answer.status not in (204, 304):
        sent.append((b"Content-Length", str(size).encode()))
    return sent
