"""A loopback CONNECT proxy for clients with hard-wired Salesforce host names: it leads them to the org.

`CONNECT anything.salesforce.com:443` is led to the org's port on this machine, whose certificate bears those names, and
so is the org's own address, for clients that were given both; whatever else is asked is refused with 403, so nothing
that goes through here ever leaves the machine.
"""

import asyncio
import logging
import re
import socket
import threading
from contextlib import suppress

from sfsync.localorg.mounts.https import ADDRESS

_HEAD_SECONDS = 10.0
_STOP_SECONDS = 5.0
_MOST_CONNECTIONS = 256
_PIECE_BYTES = 65_536  # no longer a head of a request is read, either
_ASKED = re.compile(rb"CONNECT (\S{1,300}):(\d{1,5}) HTTP/1\.[01]\r\n")
_SALESFORCE = re.compile(rb"(?:[a-z0-9-]{1,63}\.){1,8}salesforce\.com")
_OWN = (ADDRESS.encode(), b"localhost")  # with the org's port
_LED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_TEXT = b"This proxy leads to hosts under salesforce.com, port 443, and to the local org itself, and nowhere else.\n"
_REFUSED = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    b"Content-Length: " + str(len(_TEXT)).encode() + b"\r\n\r\n" + _TEXT
)
log = logging.getLogger(__name__)


class Proxy:
    """Leads connections to one port of this machine until stopped; runs in a thread of its own."""

    def __init__(self, listener: socket.socket, target_port: int) -> None:
        self._listener = listener
        self._target_port = target_port
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._ready = threading.Event()
        self._running: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The address to give to clients as their HTTPS proxy."""
        return f"http://{ADDRESS}:{self._listener.getsockname()[1]}"

    def start(self) -> None:
        """Begin to take connections."""
        self._thread.start()
        self._ready.wait(_STOP_SECONDS)

    def stop(self) -> None:
        """Cut all connections and end."""
        with suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(_STOP_SECONDS)
        self._listener.close()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except Exception:
            log.exception("the proxy ended")
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._taken, sock=self._listener, limit=_PIECE_BYTES)
        self._ready.set()
        await self._stopped.wait()
        server.close()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection in a task of its own; one too many is closed at once."""
        if len(self._running) >= _MOST_CONNECTIONS:
            writer.transport.abort()
            return
        task = self._loop.create_task(self._connection(reader, writer))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            if not self._leads_to(head):
                writer.write(_REFUSED)
                await writer.drain()
                return
            await self._lead(reader, writer)
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass  # the client hung up, or sent no request
        finally:
            writer.close()

    def _leads_to(self, head: bytes) -> bool:
        """Tell whether a request asks for a host under salesforce.com, or for the org by its own address."""
        asked = _ASKED.match(head)
        if asked is None:
            return False
        host, port = asked[1].lower(), int(asked[2])
        return bool(_SALESFORCE.fullmatch(host)) if port == 443 else host in _OWN and port == self._target_port

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes both ways until one side ends."""
        there, back = await asyncio.open_connection(ADDRESS, self._target_port)
        try:
            writer.write(_LED)
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, back))
                both.create_task(_pump(there, writer))
        finally:
            back.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Carry bytes one way until they end, then say so to the other side."""
    with suppress(OSError):
        while piece := await source.read(_PIECE_BYTES):
            sink.write(piece)
            await sink.drain()
    with suppress(OSError, RuntimeError):
        sink.write_eof()
