"""The in-process mount: an adapter for `requests` that asks the org directly, with no socket in between.

A client cannot tell: status, headers, streaming, gzip bodies and dropped connections look as over the wire.
"""

import io
from collections.abc import Callable, Mapping
from http.client import RemoteDisconnected
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import ProtocolError

from sfsync.clock import Clock
from sfsync.localorg.mounts.incoming import body_limit, edge_answer, refused_head, request_of, too_large
from sfsync.localorg.wire import HANG_SECONDS, Answer, Request, Spoil

Timeout = float | tuple[float | None, float | None] | None


class InProcessAdapter(HTTPAdapter):
    """Answers every https request by one org function; delays are slept on the clock handed in."""

    def __init__(self, answer: Callable[[Request], Answer], clock: Clock) -> None:
        super().__init__()
        self._answer = answer
        self._clock = clock

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Timeout = None,
        verify: bool | str = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Answer one prepared request. Raises requests' own errors for a dropped or too slow answer."""
        answer = self._answered(request)
        while answer.resume is not None:
            self._wait(answer.delay_seconds, timeout, request)
            answer = answer.resume()
        silent = answer.spoil is not None and answer.spoil.at != "body"
        self._wait(HANG_SECONDS if silent else answer.delay_seconds, timeout, request)
        if answer.drop or silent:
            cause = RemoteDisconnected("Remote end closed connection without response")
            raise requests.ConnectionError(ProtocolError("Connection aborted.", cause), request=request)
        source, size = _opened(answer)
        if answer.spoil is not None:
            source = cast(BinaryIO, _Spoilt(source, answer.spoil, self._clock, _patience(timeout)))
        response = self.build_response(request, _raw(answer, source, size, bodyless=request.method == "HEAD"))
        if not stream:
            _ = response.content
        return response

    def _answered(self, request: requests.PreparedRequest) -> Answer:
        parts = urlsplit(request.url or "")
        headers = [*request.headers.items(), ("Host", parts.netloc)]
        refused = refused_head(request.path_url, sum(len(name) + len(value) + 4 for name, value in headers))
        if refused:
            return refused
        body = _body(request)
        if len(body) > body_limit(parts.path):
            return too_large()
        try:
            asked = request_of(request.method or "GET", parts.path, parts.query, headers, body, parts.netloc)
        except OverflowError:
            return too_large()
        except ValueError as error:
            return edge_answer(400, f"Bad Request: {error}")
        return self._answer(asked)

    def _wait(self, seconds: float, timeout: Timeout, request: requests.PreparedRequest) -> None:
        patience = _patience(timeout)
        if patience is not None and seconds > patience:
            self._clock.sleep(patience)
            raise requests.ReadTimeout(f"Read timed out. (read timeout={patience})", request=request)
        if seconds > 0:
            self._clock.sleep(seconds)


def _body(request: requests.PreparedRequest) -> bytes:
    body: object = request.body
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read"):
        content = body.read()
        return content if isinstance(content, bytes) else str(content).encode()
    return b"".join(cast("list[bytes]", body))


def _patience(timeout: Timeout) -> float | None:
    return timeout[1] if isinstance(timeout, tuple) else timeout


class _Spoilt(io.RawIOBase):
    """A body as it comes off a wire that spoils it."""

    def __init__(self, source: BinaryIO, spoil: Spoil, clock: Clock, patience: float | None) -> None:
        super().__init__()
        self._source = source
        self._spoil = spoil
        self._clock = clock
        self._patience = patience
        self._left = spoil.stop_at

    def readable(self) -> bool:
        """It can be read."""
        return True

    def close(self) -> None:
        """Close what it reads from."""
        self._source.close()
        super().close()

    def read(self, size: int = -1) -> bytes:
        """Give what comes next. Raises OSError where the line is cut or silent for longer than the client waits."""
        wanted = size if self._left is None else self._left if size < 0 else min(size, self._left)
        piece = self._source.read(wanted) if wanted else b""
        if piece and self._spoil.bytes_per_second > 0:
            self._trickle(len(piece))
        self._left = None if self._left is None else self._left - len(piece)
        if not piece and size != 0:
            self._end()
        return piece

    def _trickle(self, count: int) -> None:
        """Wait until some bytes have trickled in. Raises TimeoutError where the client does not wait for one."""
        gap = 1 / self._spoil.bytes_per_second
        if self._patience is not None and gap > self._patience:
            self._clock.sleep(self._patience)
            raise TimeoutError("The read operation timed out")
        self._clock.sleep(gap * count)

    def _end(self) -> None:
        if self._spoil.stop_at is None or self._spoil.end == "close":
            return
        if self._spoil.end == "hang":
            self._clock.sleep(HANG_SECONDS if self._patience is None else self._patience)
            if self._patience is not None:
                raise TimeoutError("The read operation timed out")
        raise ConnectionResetError(104, "Connection reset by peer")


def _raw(answer: Answer, source: BinaryIO, size: int, bodyless: bool) -> HTTPResponse:
    """Make what urllib3 would have made of the answer off the wire."""
    headers = HTTPHeaderDict(answer.headers)
    if answer.status not in (204, 304) and (answer.spoil is None or answer.spoil.sized):
        headers["Content-Length"] = str(size)
    return HTTPResponse(
        body=io.BytesIO() if bodyless else source,
        headers=headers,
        status=answer.status,
        version=11,
        reason=None,
        preload_content=False,
        decode_content=False,
        request_method="HEAD" if bodyless else None,
    )


def _opened(answer: Answer) -> tuple[BinaryIO, int]:
    if isinstance(answer.body, Path):
        return answer.body.open("rb"), answer.body.stat().st_size
    return io.BytesIO(answer.body), len(answer.body)
